"""Which commands there are, in which module each lives, and what the overview says of each.

The table is all that the overview and the suggestions need: no command is imported for them. A module named here has
`register(app: typer.Typer) -> None`, which adds its command under the name of the table.

A family of commands (`imgfile vault list`) is a package instead, and `FAMILIES` has a line for each of its commands.
The module of `imgfile vault list` is `list` in that package (an underscore for each hyphen), and its
`register` adds `list`. Of a family too, only the command that was named is imported.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from imgfile.errors import UsageError

GROUPS: Final = ("Filing", "Looking", "Records", "Checking", "Practice", "Tools")

COMMANDS: Final = {
    "init": ("Filing", "imgfile.cli.commands.init", "Set up the practice's vault, once"),
    "ingest": (
        "Filing",
        "imgfile.cli.commands.ingest",
        "File photos of a file, folder or mailbox, then erase the source",
    ),
    "inbox": ("Filing", "imgfile.cli.commands.inbox", "Photos that wait for a clinician: list, look, accept, reject"),
    "mail": ("Filing", "imgfile.cli.commands.mail", "List the mails still to be deleted in the mail account"),
    "scan": ("Filing", "imgfile.cli.commands.scan", "List the photos in a mailbox or folder; changes nothing"),
    "find": ("Looking", "imgfile.cli.commands.find", "Find photos by whose, of what, when, why, by whom"),
    "list": ("Looking", "imgfile.cli.commands.list", "List what is filed; needs no passphrase"),
    "show": ("Looking", "imgfile.cli.commands.show", "Show the facts of one filed photo"),
    "view": ("Looking", "imgfile.cli.commands.view", "Look at filed photos, once, in the browser; compare"),
    "export": ("Looking", "imgfile.cli.commands.export", "Take copies out: the photo, a PDF, a pack for the record"),
    "handed": ("Looking", "imgfile.cli.commands.handed", "Say where a photo is in the clinical record now"),
    "amend": (
        "Records",
        "imgfile.cli.commands.amend",
        "Correct an answer of a filed photo; the old one stays",
    ),
    "move": ("Records", "imgfile.cli.commands.move", "Move a photo of the wrong patient to the right one"),
    "rekey": ("Records", "imgfile.cli.commands.rekey", "Lead a patient's photos to the number they have now"),
    "note": ("Records", "imgfile.cli.commands.note", "Add a clinical note, or what came of it; needs no passphrase"),
    "legal-hold": ("Records", "imgfile.cli.commands.legal_hold", "Keep a record from being destroyed: add, list, lift"),
    "consent": ("Records", "imgfile.cli.commands.consent", "What was agreed since filing, and what was withdrawn"),
    "safeguarding": (
        "Records",
        "imgfile.cli.commands.safeguarding",
        "Photos on a safeguarding hold: list, lift",
    ),
    "destroy": ("Records", "imgfile.cli.commands.destroy", "Destroy records, by two persons: propose, list, approve"),
    "status": ("Checking", "imgfile.cli.commands.status", "Say in one line what is filed, and what waits"),
    "check": ("Checking", "imgfile.cli.commands.check", "Look at your set-up: what is well, what to do next"),
    "verify": ("Checking", "imgfile.cli.commands.verify", "Check that every filed photo is there and unaltered"),
    "audit": ("Checking", "imgfile.cli.commands.audit", "Print and check the trail of what was done"),
    "join": ("Practice", "imgfile.cli.commands.join", "Join your practice's vault from a new computer"),
    "recover": ("Practice", "imgfile.cli.commands.recover", "Get back in with the recovery key, on a bare machine"),
    "keys": ("Practice", "imgfile.cli.commands.keys", "Change your passphrase; test or renew the recovery key"),
    "people": (
        "Practice",
        "imgfile.cli.commands.people",
        "The people: list, requests to join, approve, remove, role",
    ),
    "station": ("Practice", "imgfile.cli.commands.station", "The computers of the practice: list, rename, retire"),
    "roster": ("Practice", "imgfile.cli.commands.roster", "What is signed of all that: show, fingerprint, pin"),
    "policy": ("Practice", "imgfile.cli.commands.policy", "What the practice decided: show, check, edit, notice"),
    "vault": ("Practice", "imgfile.cli.commands.vault", "List and name the vaults that this computer knows"),
    "explain": (
        "Tools",
        "imgfile.cli.commands.tools.explain",
        "Explain a question, a rule, a code, a body site, a setting",
    ),
    "inspect": ("Tools", "imgfile.cli.commands.tools.inspect", "Show what a photo gives away besides the picture"),
    "strip": ("Tools", "imgfile.cli.commands.tools.strip", "Copy a photo without its metadata, every pixel unchanged"),
    "demo": ("Tools", "imgfile.cli.commands.tools.demo", "Show the whole path on an invented patient"),
}
"""Name: (group, module or a family's package, what it does)."""

FAMILIES: Final = {
    "inbox": {
        "list": "List the photos that wait",
        "look": "Look at one, once, in the browser",
        "accept": "File one; every rule judges it anew",
        "reject": "Destroy one, and file nothing",
    },
    "mail": {
        "list": "List the mails that wait to be deleted in the mail account and ticked off",
        "done": "Tick off mails that are deleted there",
    },
    "consent": {
        "show": "Show what was agreed, at filing and since",
        "add": "Add a signed form for uses beyond care, or let a photo be used again",
        "withdraw": "Stop a photo's use, or destroy it the same day",
        "review": "List consents of parents whose children decide by now",
    },
    "keys": {
        "passphrase": "Change your passphrase on this computer",
        "test-recovery": "See that the recovery key still opens the vault",
        "recovery": "Make a new recovery key",
    },
    "people": {
        "list": "List the people, their roles, and where they look",
        "approve": "Let a new computer, and the person at it, in",
        "requests": "List the computers that ask to join",
        "remove": "Remove somebody who leaves",
        "role": "Say what a person may do",
    },
    "destroy": {
        "propose": "Propose to destroy records",
        "list": "List what is proposed",
        "approve": "Destroy what another person proposed",
    },
    "legal-hold": {
        "add": "Put a record under a legal hold; needs no passphrase",
        "list": "List the records under one",
        "lift": "Lift it, as a person who may",
    },
    "station": {
        "list": "List the computers, and whose they are",
        "rename": "Call a computer otherwise",
        "retire": "Close a computer that is given up or lost",
    },
    "roster": {
        "show": "Show every roster: what it changed, and who signed it",
        "fingerprint": "Show the vault's eight words, to be read out",
        "pin": "Trust a vault for reading alone",
    },
    "policy": {
        "show": "Show what the practice decided for all its photos",
        "check": "See whether a file can be a policy; changes nothing",
        "edit": "Change the policy, and sign it",
        "notice": "Print the page for patients",
    },
    "safeguarding": {
        "list": "List the photos on hold at this computer, and whom to call",
        "lift": "Lift a hold, with your name and a reason",
    },
    "vault": {
        "list": "List the vaults that this computer knows",
        "name": "Name a vault, as --vault then takes it",
        "default": "Choose the vault that commands mean without --vault",
        "accept-loss": "Go on after an older backup was restored",
        "keys": "Where the vault's keys are, if not in its folder",
        "upgrade": "Move a vault of format 1 to format 2, for more people",
    },
}
"""Name of a family: its commands, and what each does."""

BESIDE: Final = {
    "keys": (
        "Forgot your passphrase? No command tells it. On that computer:  imgfile join FOLDER --again  and an "
        "administrator approves a new one; where nobody can, the recovery key does:  imgfile recover FOLDER"
    ),
}
"""Name of a family: what whoever looks here may want, and another command does."""

UNSAID: Final = {"inbox": "list", "mail": "list"}
"""Name of a family: the command of it that its name alone, or with options, runs."""

HELP_OPTIONS: Final = ("-h", "--help")
_NUMBER_DIGITS: Final = 10
_LONG_NUMBER: Final = r"\d(?:[ ./-]?\d){5,}"

_OPENING: Final = (
    "imgfile files a clinical photograph into the patient's record, proves the filed copy, and only then erases the "
    "source."
)
_CLOSING: Final = (
    ("More about one of them:", "imgfile COMMAND --help"),
    ("Where to begin:", "imgfile demo, imgfile init, imgfile ingest PHOTO"),
)
MIN_COLUMNS: Final = 40
MAX_COLUMNS: Final = 80


def every_command() -> list[str]:
    """Return the words of every command, such as `list` and `vault list`; of a family only its commands."""
    return [words for name in COMMANDS for words in _with_its_commands(name)]


def _with_its_commands(name: str) -> Iterable[str]:
    return [f"{name} {each}" for each in FAMILIES[name]] if name in FAMILIES else [name]


def module_of(words: str) -> str:
    """Return the module that registers a command."""
    name, _, own = words.partition(" ")
    package = COMMANDS[name][1]
    return f"{package}.{own.replace('-', '_')}" if own else package


def command_of(arguments: Sequence[str]) -> str:
    """Return the words of the command that a line begins with; of a family alone, its name. Raises `UsageError`."""
    name, *rest = arguments
    if name not in COMMANDS:
        raise unknown(name)
    if name in UNSAID and (not rest or (rest[0].startswith("-") and rest[0] not in HELP_OPTIONS)):
        return f"{name} {UNSAID[name]}"
    if name not in FAMILIES or not rest or rest[0] in HELP_OPTIONS:
        return name
    if rest[0] not in FAMILIES[name]:
        raise _unknown_among(FAMILIES[name], rest[0], f"{name} ")
    return f"{name} {rest[0]}"


def with_unsaid(command: str, arguments: Sequence[str]) -> list[str]:
    """Put a family's command where its name alone stands for it: `mail --json` is `mail list --json`."""
    name, _, own = command.partition(" ")
    return [name, own, *arguments[1:]] if own and list(arguments[1:2]) != [own] else list(arguments)


def overview(columns: int = MAX_COLUMNS) -> str:
    """Return the page that says what imgfile can do, for a screen of so many columns."""
    import textwrap  # noqa: PLC0415 - only this page is laid out here

    width = max(MIN_COLUMNS, min(columns, MAX_COLUMNS))
    sections = [textwrap.wrap(_OPENING, width)]
    for group in GROUPS:
        rows = [(name, does) for name, (of, _, does) in COMMANDS.items() if of == group]
        sections.append([group, *(line for row in rows for line in _row(*row, width))])
    closing = [f"{title:25}{typed}" for title, typed in _CLOSING]
    if max(map(len, closing)) > width:
        closing = [line for pair in _CLOSING for text in pair for line in textwrap.wrap(text, width)]
    sections.append(closing)
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def family_page(name: str, columns: int = MAX_COLUMNS) -> str:
    """Return the page of a family of commands, for a screen of so many columns."""
    import textwrap  # noqa: PLC0415 - see above

    width = max(MIN_COLUMNS, min(columns, MAX_COLUMNS))
    commands = FAMILIES[name]
    rows = [line for each in commands.items() for line in _row(*each, width, names=commands)]
    more = "More about one of them:"
    typed = f"imgfile {name} COMMAND --help"
    usage = f"Usage: imgfile {name} {f'[{UNSAID[name]}] | ' if name in UNSAID else ''}COMMAND [OPTIONS]"
    closing = [f"{more}  {typed}"] if len(more) + len(typed) + 2 <= width else [more, f"  {typed}"]
    opening = textwrap.wrap(usage, width, subsequent_indent="  ")
    beside = textwrap.wrap(BESIDE.get(name, ""), width)
    does = textwrap.wrap(f"  {COMMANDS[name][2]}.", width, subsequent_indent="  ")
    sections = [opening, does, rows, *([beside] if beside else []), closing]
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _row(name: str, does: str, width: int, *, names: Iterable[str] = COMMANDS) -> list[str]:
    import textwrap  # noqa: PLC0415 - see above

    indent = " " * (max(map(len, names)) + 4)
    return textwrap.wrap(f"  {name:{len(indent) - 2}}{does}", width, subsequent_indent=indent)


def unknown(word: str) -> UsageError:
    """Return the error for a first word that names no command, with the likeliest command meant."""
    if _is_there(word):
        return UsageError(
            f"there is no command {word}, but a file of that name.", f"To file it:  imgfile ingest {word}"
        )
    return _unknown_among(COMMANDS, word)


def _unknown_among(names: Iterable[str], word: str, family: str = "") -> UsageError:
    """Return the error for a word that names no command, or no command of a family such as `vault `."""
    shown = mask_numbers(word)
    program = f"imgfile {family}"
    if word.startswith("-"):
        hint = f"{program}COMMAND --help lists its options."
        return UsageError(f"there is no option {shown} before a command.", hint)
    import difflib  # noqa: PLC0415 - only a slip of the hand needs it

    near = difflib.get_close_matches(word, names, n=1)
    hint = f"Did you mean:  {program}{near[0]}" if near else f"{program}--help lists them."
    return UsageError(f"there is no command {family}{shown}.", hint)


def mask_numbers(text: str) -> str:
    """Leave out what may be a patient's number or birth date, typed where it does not belong (R23)."""
    return re.sub(_LONG_NUMBER, "[number]", text)


_TAKE_A_NUMBER: Final = ("ingest", "inbox accept")
"""Commands of which a number is an answer about a new photo, as flags and tables give all of them (R1)."""


def refuse_split_number(arguments: Sequence[str]) -> None:
    """Raise `UsageError` for a patient's number that a shell took for several words, since it was not quoted."""
    for at, word in enumerate(arguments):
        if word == "--patient":
            parts = list(itertools.takewhile(_is_digits, arguments[at + 1 :]))
            if len(parts) > 1 and len("".join(parts)) == _NUMBER_DIGITS:
                is_answer = " ".join(arguments[:2]).startswith(_TAKE_A_NUMBER)
                by = 'Leave its blanks out, or quote it: --patient "..."'
                raise UsageError(
                    "the patient's number came in several words.",
                    by if is_answer else "It is not taken from the command line: --patient - < number.txt",
                )


def _is_digits(word: str) -> bool:
    return word.isascii() and word.isdecimal()


def _is_there(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):  # too long, or no name at all
        return False
