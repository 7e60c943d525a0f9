"""`imgfile export RECORD -o FILE|-`: take a copy of one photo out of the vault."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile.acts.disclosure import export as act
from imgfile.acts.disclosure.agreed import agreed_purposes, must_be_anonymous
from imgfile.acts.disclosure.entry import Act, Statement
from imgfile.acts.disclosure.open import admit, expect_looking, read_facts
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.leftovers import warn_leftovers
from imgfile.cli.options import (
    RecordArgument,
)
from imgfile.cli.purpose import (
    ReasonOption,
    about,
    parse_purpose,
    parse_reason,
    problem_with,
    refuse,
    stated_purpose,
    stated_reason,
)
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.interview.choices import YES_OR_NO, pick
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.permitted_uses import MAY_LEAVE_FOR, exportable_for, refuse_export
from imgfile.clinical.record.additions import ConsentDocument
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import AnswerInvalid, UsageError
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life.standing import find_here

_STDOUT: Final = "-"

CopyOption = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FILE", allow_dash=True, show_default=False, help="A new file; - is standard output."
    ),
]
PurposeOption = Annotated[
    str | None, typer.Option("--purpose", metavar="PURPOSE", help=f"What for: {' | '.join(MAY_LEAVE_FOR)}")
]


AnonymisedOption = Annotated[
    bool,
    typer.Option("--anonymised", help="For teaching and the like: you looked, and nobody can be recognised in it."),
]
_ANONYMOUS: Final = "Can anybody be recognised in it: face, tattoo, jewellery, room, writing? (y/n):"
_EXPLAINED: Final = Explanation(
    "Beyond care a photo leaves only where nobody can be recognised in it, unless the form says otherwise (R5). "
    "Nothing detects that: look at it first.",
    "Whoever takes the copy.",
    "n",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export", help="Take a copy of one photo out of the vault. Entered in the audit trail.")(export)


@with_terminal("no_input", "quiet")
@with_vault_and_identities
def export(  # noqa: PLR0913 - three options of its own beside what it works with
    *,
    record: RecordArgument,
    output: CopyOption,
    vault: Vault,
    purpose: PurposeOption = None,
    reason: ReasonOption = None,
    anonymised: AnonymisedOption = False,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Judge what the copy is for, enter it in the trail, then write it."""
    vault.station.require_memory()
    _check_output(vault, output, terminal)
    warn_leftovers(terminal, [output])
    expect_looking(vault)
    found = find_here(vault, record)
    problems = [
        problem_with("purpose", purpose, parse_purpose, terminal),
        problem_with("reason", reason, parse_reason, terminal),
        identities.problem(),
    ]
    refuse(problems, "export")
    reader = admit(vault, identities.unlock())
    opened = read_facts(vault, found, reader)
    act.refuse_withdrawn(opened)
    if purpose is None or reason is None:
        terminal.show(f"  {found.reference}: {about(opened.facts)}")
    agreed = agreed_purposes(vault, opened, at=datetime.now(UTC))
    chosen = stated_purpose(purpose, exportable_for(opened.facts, agreed), terminal)
    refuse_export(opened.facts, chosen, agreed, reference=found.reference)
    is_anonymous = anonymised or _asked_anonymous(chosen, agreed.get(chosen), terminal)
    why = stated_reason(reason, "Reason, and who gets it:", terminal)
    leaving = act.export(
        vault, opened, reader, Statement(Act.EXPORTED, chosen, why, datetime.now(UTC)), is_anonymous=is_anonymous
    )
    if str(output) == _STDOUT:
        terminal.raw(leaving.photo)
        return
    act.write(leaving, output)
    terminal.say(f"Exported {found.reference} to {output}. That copy is outside the vault: erasing it is up to you.")
    if chosen in agreed and agreed[chosen].outlet:
        terminal.say(f"It was agreed to for one outlet: {agreed[chosen].outlet}.")
    better = act.better_name(leaving, output)
    if better is not None:
        terminal.say(f"Other programs know it better as {better.name}: it is {opened.facts.picture.media_type}.")


def _asked_anonymous(purpose: Purpose, agreed: ConsentDocument | None, terminal: Terminal) -> bool:
    """Ask whether anybody can be recognised, where that counts and somebody can be asked; return whether nobody can."""
    if not terminal.can_ask or not must_be_anonymous(purpose, agreed):
        return False
    while True:
        try:
            return pick(asking.answer(terminal, _ANONYMOUS, _EXPLAINED), YES_OR_NO) == "no"
        except AnswerInvalid:
            terminal.show("  y or n; q quits.")


def _check_output(vault: Vault, output: Path, terminal: Terminal) -> None:
    if str(output) != _STDOUT:
        act.check_target(vault, output)
    elif terminal.has_screen:
        raise UsageError("the output is a photo, and standard output is a terminal.", "Give -o FILE, or pipe it on.")
