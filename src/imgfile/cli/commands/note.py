"""`imgfile note RECORD`: add words to a filed photo, which needs no passphrase and can be done at reception."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from imgfile.acts.life.note import add_words
from imgfile.acts.life.person import expect_open_to_additions, person_here
from imgfile.cli.acting.who_reads import read_by
from imgfile.cli.options import RecordArgument
from imgfile.cli.purpose import problem_with, refuse, stated
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.clinical.facts import Person
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.record.additions import Words
from imgfile.clinical.text import MAX_TEXT_CHARACTERS, parse_line, parse_text
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.life.addition import AdditionKind
from imgfile.vault.life.standing import find_here

STDIN: Final = "-"
_MAX_BYTES: Final = 4 * MAX_TEXT_CHARACTERS

TextOption = Annotated[
    str | None, typer.Option("--text", metavar="TEXT", help="What to add; - reads it from standard input.")
]
OutcomeOption = Annotated[bool, typer.Option("--outcome", help="It says what came of the photo.")]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who says it; without it, whose computer this is.")
]
_NOTE = Explanation(
    "What you want to stand beside the photo: what was found since, whom you told, what was done. It is sealed, signed "
    "by this computer, and never changed; the photo and its answers stay as they are.",
    "Anybody at a computer of the practice.",
    "Seen face to face on Monday: settling, treatment stopped",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("note", help="Add a clinical note to a filed photo, or what came of it. Needs no passphrase.")(note)


@with_terminal("no_input", "json", "quiet")
@with_vault
def note(  # noqa: PLR0913 - three options of its own beside what it works with
    *,
    record: RecordArgument,
    vault: Vault,
    text: TextOption = None,
    outcome: OutcomeOption = False,
    by: ByOption = None,
    terminal: Terminal,
) -> None:
    """Add words to a record."""
    vault.station.require_memory()
    of = find_here(vault.enrolled(), record)
    expect_open_to_additions(vault, of)
    given = _on_standard_input() if text == STDIN else text
    named = None if by is None else problem_with("by", by, parse_line, terminal)
    refuse([problem_with("text", given, parse_text, terminal), named], "note")
    kind = AdditionKind.OUTCOME if outcome else AdditionKind.CLINICAL_NOTE
    words = Words(
        kind=kind.value, text=parse_text(given) if given is not None else stated("Note:", _NOTE, parse_text, terminal)
    )
    who = Person(parse_line(by)) if by is not None else person_here(vault)
    add_words(vault, of, words, who, at=datetime.now(UTC))
    if terminal.is_json:
        terminal.data({"type": "added", "record": of.reference, "kind": kind.value})
    terminal.say(read_by(vault, f"Added to {of.reference}. Read it", f"imgfile show {of.reference} --history"))


def _on_standard_input() -> str:
    data = sys.stdin.buffer.read(_MAX_BYTES + 1) if sys.stdin else b""
    return data.decode("utf-8-sig", "replace")
