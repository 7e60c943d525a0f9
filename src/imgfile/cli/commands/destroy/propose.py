"""`imgfile destroy propose RECORD…`: propose to destroy records, as the first of two persons (R18)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from imgfile.acts.life import destroy
from imgfile.acts.life.person import Actor, admit_person
from imgfile.cli.acting.sitting_here import expect_role_here, expect_stating
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.life.destruction import record_lines, records_of_patient
from imgfile.cli.purpose import ReasonOption, problem_with, refuse, stated_reason
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.text import parse_line
from imgfile.errors import UsageError
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.proposals import MAY_PROPOSE
from imgfile.vault.records.find import find
from imgfile.vault.records.manifest import Manifest

RecordsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="RECORD", help="References, or their first 4 characters.", show_default=False),
]
PatientOption = Annotated[
    str | None,
    typer.Option("--patient", metavar="-", help="All of a patient's: - asks for the number, or reads it from a pipe."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("propose", help="Propose to destroy records; another person approves it.")(propose)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def propose(  # noqa: PLR0913 - three options of its own beside what it works with
    *,
    record: RecordsArgument = None,
    vault: Vault,
    patient: PatientOption = None,
    reason: ReasonOption = None,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Propose to destroy one or more records of one patient."""
    expect_stating(vault)
    expect_role_here(vault, identities, MAY_PROPOSE, "propose to destroy a record")
    chosen = _chosen(vault, record or [], patient, terminal)
    destroy.expect_destroyable(vault, [life.load(vault, each) for each in chosen])
    refuse([problem_with("reason", reason, parse_line, terminal), identities.problem()], "destroy propose")
    if terminal.can_ask:
        asking.show(terminal, ["To be destroyed, once another person approves it:", *record_lines(vault, chosen)])
    said = stated_reason(reason, "Why is it destroyed:", terminal, example="its retention ended in May 2026")
    by = admit_person(vault, identities.unlock(), MAY_PROPOSE, "propose to destroy a record")
    made = destroy.propose(vault, chosen, said, by, at=datetime.now(UTC))
    if terminal.is_json:
        terminal.data({"type": "proposed", "proposal": made.reference, "records": [each.reference for each in chosen]})
    terminal.say(f"Proposed as {made.reference}. Nothing is destroyed before another person approves it, anywhere:")
    terminal.say(f"  imgfile destroy approve {made.reference}")
    _say_who(vault, by, terminal)


def _say_who(vault: Vault, by: Actor, terminal: Terminal) -> None:
    """Name who may approve it; where nobody may, that is said now, and not to whoever tries days later."""
    me = vault.roster.person(by.holder)
    if found := destroy.seconds(vault, by):
        terminal.say(f"Who may: {'; '.join(one.title for one in found)}.")
    elif me is not None:
        terminal.warn(
            f"nobody of the practice may yet: it takes {destroy.partners_named(me)}. "
            "An administrator says who is one:  imgfile people role PERSON ROLE"
        )


def _chosen(vault: Vault, references: list[str], patient: str | None, terminal: Terminal) -> list[Manifest]:
    if bool(references) == (patient is not None):
        raise UsageError("name records, or a patient.", "imgfile destroy propose RECORD   or   --patient -")
    if patient is not None:
        return records_of_patient(vault, patient, terminal)
    found = {each.record: each for each in (find(vault, reference) for reference in references)}
    if len({each.folder for each in found.values()}) != 1:
        raise UsageError("these are photos of several patients.", "Propose them for one patient after the other.")
    return list(found.values())
