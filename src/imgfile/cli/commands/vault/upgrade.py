"""`imgfile vault upgrade`: move a vault from format 1 to format 2, which knows more than one person and computer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile.acts.practice import upgrade
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.cli.founding.answers import Answers, Question
from imgfile.cli.founding.recovery_place import NEW_RECOVERY, place_outside
from imgfile.cli.identity import Identities, identity_in, with_vault_and_identities
from imgfile.cli.options import NewRecoveryOption
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault

RecoveryOption = Annotated[
    Path | None, typer.Option("--recovery-file", metavar="FILE", help="The recovery file that init wrote.")
]

_WHO: Final = "An administrator, once for the whole practice."
_OLD: Final = Question(
    "recovery_file",
    "--recovery-file",
    "Recovery file (Enter: it is not at hand, make a new one):",
    Explanation(
        "In format 2 the recovery key can sign, so that it can let people in again. It gets what it signs with now, "
        "and for that it is needed once. Without it a new one is made, and takes its place.",
        _WHO,
        "E:/recovery.txt",
    ),
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("upgrade", help="Move a vault of format 1 to format 2, for more people and computers.")(upgrade_)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def upgrade_(
    *,
    vault: Vault,
    recovery_file: RecoveryOption = None,
    new_recovery_file: NewRecoveryOption = None,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Sign the roster of format 2."""
    if recovery_file is not None and new_recovery_file is not None:
        raise UsageError("--recovery-file and --new-recovery-file were both given.", "Give one of them.")
    if not vault.roster.is_format_1 and upgrade.finish(vault, at=datetime.now(UTC)):
        terminal.say("The vault was moved to format 2 already. Nothing is left to do.")
        return
    upgrade.expect_format_1(vault)
    kept, made = _places(vault, recovery_file, new_recovery_file, terminal)
    refuse([identities.problem()], "upgrade the vault")
    by = admit_administrator(vault, identities.unlock())
    now = datetime.now(UTC)
    if kept is not None:
        upgraded = upgrade.upgrade_with(vault, by, identity_in(kept), at=now)
    else:
        upgraded = upgrade.upgrade_anew(vault, by, made, at=now)
    if terminal.is_json:
        terminal.data({"type": "roster", "number": upgraded.roster.number, "format": upgraded.roster.format})
    terminal.say(f"The vault is of format 2 from roster {upgraded.roster.number} on. No record was touched.")
    if kept is None:
        terminal.say(f"  {made} is the recovery key now, tested. Print it, lock it away, and leave it on no disk.")
    terminal.say("Computers with an older imgfile refuse it until they are updated. On another one:  imgfile join")


def _places(vault: Vault, kept: Path | None, made: Path | None, terminal: Terminal) -> tuple[Path | None, Path]:
    """Return the recovery file that there is, or else where a new one is to go."""
    if kept is not None:
        return kept, Path()
    answers = Answers(terminal, "vault upgrade")
    if made is not None:
        place = answers.take(NEW_RECOVERY, str(made), place_outside(vault))
        answers.refuse_problems()
        return None, place
    if terminal.can_ask:
        old = answers.take(_OLD, None, lambda text: Path(text).expanduser() if text.strip() else None)
        if old is not None:
            return old, Path()
    place = answers.take(NEW_RECOVERY if terminal.can_ask else _OLD, None, place_outside(vault))
    answers.refuse_problems()
    return None, place
