"""`imgfile keys recovery new`: a new recovery key, where the old one is lost or somebody may have seen it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from imgfile.acts.practice.administrator import admit_administrator, expect_format_2
from imgfile.acts.practice.leaving import renew_recovery
from imgfile.cli.acting.administrator import expect_administrator
from imgfile.cli.founding.answers import Answers, given_path
from imgfile.cli.founding.recovery_place import NEW_RECOVERY, place_outside
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import NewRecoveryOption
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.practice_state import maintenance
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault


class Step(StrEnum):
    """What can be done with the recovery key."""

    NEW = "new"


StepArgument = Annotated[Step, typer.Argument(metavar="new", help="Make a new recovery key; the old one is closed.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("recovery", help="Make a new recovery key; the old one opens nothing that is filed later.")(recovery)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def recovery(
    *,
    step: StepArgument,  # noqa: ARG001 - the only one there is, said so that nobody makes a key by a slip
    new_recovery_file: NewRecoveryOption = None,
    vault: Vault,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Sign the roster that closes the old key and lists the new one."""
    expect_format_2(vault)
    expect_administrator(vault, identities)
    answers = Answers(terminal, "keys recovery")
    place = answers.take(NEW_RECOVERY, given_path(new_recovery_file), place_outside(vault))
    answers.refuse_problems()
    refuse([identities.problem()], "keys recovery new")
    now = datetime.now(UTC)
    renewed = renew_recovery(vault, admit_administrator(vault, identities.unlock()), place, at=now)
    maintenance.note_recovery_tested(renewed.station, now.astimezone().date())
    if terminal.is_json:
        terminal.data({"type": "recovery", "roster": renewed.roster.number, "recovery_file": str(place)})
    terminal.say(f"{place} is the recovery key now, tested. Print it, lock it away, and leave it on no disk.")
    terminal.say("The old one opens what was filed until now, and nothing later. Destroy it.")
