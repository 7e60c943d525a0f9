"""Choosing the passphrase: one's own, typed twice unseen, or one that is made, shown once and typed once.

What is shown stands in the place of the screen, on the terminal's other one, which has no scrollback and is cleared
before it is left: nothing of it remains in the window, for whoever sits down next or scrolls back.
"""

from __future__ import annotations

from typing import Final
from unicodedata import normalize

from imgfile.cli.identity import run_command, spellings
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import AnswerInvalid
from imgfile.terminal import Terminal, asking

MIN_PASSPHRASE_CHARACTERS: Final = 12

_TO_MAKE_ONE: Final = "Passphrase. You need it to look at photos, not to file them. Enter makes one:"
_WHO: Final = "The clinician alone. Nobody else needs it, and imgfile cannot tell it to you again."
_CHOOSING: Final = Explanation(
    "It seals the key that opens the records on this computer. Enter makes one of six words; your own has at least "
    f"{MIN_PASSPHRASE_CHARACTERS} characters, and is typed twice, unseen.",
    _WHO,
    "Enter",
)
_AGAIN: Final = Explanation("The same passphrase once more, against slips of the hand.", _WHO, "what you typed above")
_TYPING: Final = Explanation(
    "The six words above, to see that they are written down rightly. Blanks do for the hyphens.",
    _WHO,
    "the six words",
)


def from_command(command: str) -> str:
    """Return the passphrase that a command prints. Raises `AnswerInvalid` for one that is too short."""
    passphrase = run_command(command).decode("utf-8", "surrogateescape").rstrip("\r\n")
    if len(passphrase) < MIN_PASSPHRASE_CHARACTERS:
        raise AnswerInvalid(f"the identity command prints fewer than {MIN_PASSPHRASE_CHARACTERS} characters.")
    return normalize("NFC", passphrase)


def ask_passphrase(terminal: Terminal) -> str:
    """Ask until there is one. Raises `Cancelled`."""
    while True:
        typed = asking.answer(terminal, _TO_MAKE_ONE, _CHOOSING, is_secret=True)
        if not typed:
            return _made(terminal)
        if len(typed) < MIN_PASSPHRASE_CHARACTERS:
            terminal.show(f"  At least {MIN_PASSPHRASE_CHARACTERS} characters; several words are easiest.")
        elif typed in spellings(asking.answer(terminal, "Once more:", _AGAIN, is_secret=True)):
            return normalize("NFC", typed)
        else:
            terminal.show("  Those two are not the same.")


def _made(terminal: Terminal) -> str:
    from imgfile.sealing.words import make_passphrase  # noqa: PLC0415 - a word list, wanted once in a practice's life

    made = make_passphrase()
    with terminal.other_screen() as is_cleared:
        terminal.show(f"  {made}      write it down now")
        while made not in spellings(asking.answer(terminal, "Type it:", _TYPING)):
            terminal.show("  That is not it. It is still on the screen.")
    if not is_cleared:
        terminal.show("  The passphrase is still on this screen. Clear it when you have written it down.")
    return made
