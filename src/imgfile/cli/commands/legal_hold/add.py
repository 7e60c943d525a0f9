"""`imgfile legal-hold add RECORD`: keep a record from being destroyed; needs no passphrase."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from imgfile.acts.life import hold
from imgfile.acts.life.person import person_here
from imgfile.acts.practice.administrator import expect_format_2
from imgfile.cli.options import RecordArgument
from imgfile.cli.purpose import ReasonOption, problem_with, refuse, stated_reason
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.clinical.facts import Person
from imgfile.clinical.text import parse_line
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.records.find import find

ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who says so; without it, whose computer this is.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("add", help="Put a record under a legal hold: it is not destroyed. Needs no passphrase.")(add)


@with_terminal("no_input", "json", "quiet")
@with_vault
def add(
    *,
    record: RecordArgument,
    vault: Vault,
    reason: ReasonOption = None,
    by: ByOption = None,
    terminal: Terminal,
) -> None:
    """Put a record under a legal hold."""
    expect_format_2(vault)
    of = find(vault.enrolled(), record)
    life.load(vault, of).expect_here()
    refuse([problem_with("reason", reason, parse_line, terminal)], "legal-hold add")
    said = stated_reason(
        reason, "Why is it kept (claim, inquiry, whose letter):", terminal, example="claim of May 2026, Smith & Co"
    )
    hold.hold(vault, of, said, Person(by) if by else person_here(vault), at=datetime.now(UTC))
    if terminal.is_json:
        terminal.data({"type": "held", "record": of.reference})
    terminal.say(f"{of.reference} is under a legal hold: nobody destroys it until a person lifts that.")
