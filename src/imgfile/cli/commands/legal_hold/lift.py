"""`imgfile legal-hold lift RECORD`: a person says that a record need not be kept any more."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from imgfile.acts.life import hold
from imgfile.acts.life.person import admit_person
from imgfile.cli.acting.sitting_here import expect_role_here, expect_stating
from imgfile.cli.formats import show_local_moment
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import RecordArgument
from imgfile.cli.purpose import ReasonOption, problem_with, refuse, stated_reason
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.text import parse_line
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Addition, Effect
from imgfile.vault.records.find import find


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lift", help="Lift a record's legal hold: a clinician, a privacy lead or an administrator.")(lift)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def lift(
    *,
    record: RecordArgument,
    vault: Vault,
    reason: ReasonOption = None,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Lift the legal holds that stand."""
    expect_stating(vault)
    expect_role_here(vault, identities, hold.MAY_LIFT, "lift a legal hold")
    of = life.load(vault, find(vault, record))
    hold.expect_held(of)
    problems = [problem_with("reason", reason, parse_line, terminal), identities.problem()]
    refuse(problems, "legal-hold lift")
    stood = [f"{show_local_moment(each.at)}, {_computer(vault, each)}" for each in of.standing(Effect.HELD)]
    if terminal.can_ask and len(stood) > 1:
        why = f"Why each is:  imgfile show {of.manifest.reference} --history"
        asking.show(terminal, [f"It is under {len(stood)} legal holds, and all of them are lifted. {why}", *stood])
    said = stated_reason(reason, "Why is it lifted:", terminal, example="the claim is settled")
    by = admit_person(vault, identities.unlock(), hold.MAY_LIFT, "lift a legal hold")
    now = hold.lift(vault, of, said, by, at=datetime.now(UTC))
    reference = of.manifest.reference
    if terminal.is_json:
        state = {"held": now.is_held, "is_kept": now.is_kept}
        terminal.data({"type": "lifted", "record": reference, "holds": len(stood), **state})
    if len(stood) > 1 and not terminal.can_ask:
        terminal.say(f"{len(stood)} legal holds were lifted: {'; '.join(stood)}.")
    if now.is_held:
        terminal.say(f"Lifted; but {reference} was put under another hold meanwhile, and that one stands.")
    elif now.is_kept:
        terminal.say(f"{reference} is under no legal hold any more. It moved under that hold, and what it was is kept")
        terminal.say("until two persons destroy it; where it is now it has a hold of its own, lifted by itself:")
        terminal.say(f"  imgfile destroy propose {reference}")
    else:
        terminal.say(f"{reference} is under no legal hold any more. Nothing is destroyed by that.")


def _computer(vault: Vault, of: Addition) -> str:
    return vault.roster.station_names.get(of.station, of.station[:8])
