"""`imgfile safeguarding lift HOLD`: a named person says, with a reason, that a photo is no longer on hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from imgfile.acts.lift import MAY_LIFT, expect_held, lift
from imgfile.acts.practice.administrator import expect_format_2
from imgfile.cli.acting.sitting_here import expect_role_here
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.purpose import ReasonOption, problem_with, refuse, stated
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.text import parse_reason
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault

HoldArgument = Annotated[
    str, typer.Argument(metavar="HOLD", help="As the list names it, or how it begins: 3f9a2c1d", show_default=False)
]
_ASKED: Final = "Why it may be lifted:"
_WHY: Final = Explanation(
    "What came of the concern, in a few words and without names. It is sealed, and stands in the trail of what was "
    "done with yours. From then on the photo may be filed, described or returned like any other.",
    "A clinician or the privacy lead of the practice, once whoever leads on safeguarding has said so.",
    "discussed with the safeguarding lead, no further action",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lift", help="Lift a safeguarding hold, with your name and a reason.")(lift_)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def lift_(
    *, hold: HoldArgument, vault: Vault, reason: ReasonOption = None, identities: Identities, terminal: Terminal
) -> None:
    """Lift one hold."""
    expect_format_2(vault)
    held = expect_held(vault.enrolled(), hold)
    expect_role_here(vault, identities, MAY_LIFT, "lift a safeguarding hold")
    refuse([problem_with("reason", reason, parse_reason, terminal), identities.problem()], "safeguarding lift")
    why = parse_reason(reason) if reason is not None else stated(_ASKED, _WHY, parse_reason, terminal)
    actor = lift(vault, held, identities.unlock(), why, at=datetime.now(UTC))
    if terminal.is_json:
        terminal.data({"type": "lifted", "hold": held.short})
    terminal.say(f"Lifted by {actor}: {held.short}. It may be filed, described or returned:  imgfile ingest PHOTO")
