"""`imgfile roster pin FOLDER`: trust a vault for reading, on a computer that files nothing into it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile import station
from imgfile.acts.practice.recover import first_roster, look
from imgfile.cli.founding.answers import TRIES, Answers, Question, Uncounted
from imgfile.cli.founding.vault_folder import take_vault_folder
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import AnswerInvalid, UsageError
from imgfile.terminal import Terminal
from imgfile.vault.roster.model import fingerprint_of, is_fingerprint, words_slip

FolderArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FOLDER]", help="The vault's folder, or a restored copy of it.", show_default=False),
]
FingerprintOption = Annotated[
    str | None,
    typer.Option("--fingerprint", metavar="WORDS", help="The vault's eight words, as a colleague reads them."),
]

_WORDS: Final = Question(
    "fingerprint",
    "--fingerprint",
    "The vault's eight words, as a colleague reads them out:",
    Explanation(
        "So that it is the practice's vault, and not one that somebody put in its place. Where imgfile works they are "
        "shown by: imgfile roster fingerprint.",
        "Whoever looks after the practice's backups.",
        "tiger armour lemon ninety orbit gentle swan cradle",
    ),
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("pin", help="Trust a vault for reading alone: to list, check and audit it.")(pin)


@with_terminal("no_input", "json", "quiet")
def pin(*, folder: FolderArgument = None, fingerprint: FingerprintOption = None, terminal: Terminal) -> None:
    """Trust the roster 1 whose words somebody typed, and all that follows from it."""
    folder, first = take_vault_folder(folder, terminal, "roster pin", first_roster)
    if any(each.vault == first.vault for each in station.known_vaults()):
        raise UsageError("this computer knows that vault already.", "See:  imgfile vault list")
    answers = Answers(terminal, "roster pin")
    answers.take(_WORDS, fingerprint, lambda typed: _same(typed, first.digest), tries=TRIES)
    answers.refuse_problems()
    vault = look(folder, first)
    station.pin(vault.station.pin)
    if terminal.is_json:
        facts = {"type": "pinned", "vault": vault.id, "roster": vault.roster.number}
        terminal.data({**facts, "fingerprint": fingerprint_of(first.digest)})
    terminal.say(f"Trusted for reading: {folder}, roster {vault.roster.number}. Next: imgfile verify")


def _same(typed: str, digest: str) -> str:
    if slip := words_slip(typed):
        raise Uncounted(slip)
    if not is_fingerprint(typed, digest):
        raise AnswerInvalid("These are not the words of the vault that lies here.")
    return typed
