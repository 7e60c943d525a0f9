"""`imgfile inbox reject ITEM`: a clinician decides that a photo that waits is not filed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import typer

from imgfile.acts.inbox import settle as act
from imgfile.acts.life.person import admit_person
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import ItemArgument, YesOption
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import Cancelled, Problem
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life.settled import MAY_SETTLE
from imgfile.vault.records import item as items

_CONFIRM: Final = "This may be the only copy left. Destroy it here? (y destroy, q quit):"
_EXPLAINED: Final = Explanation(
    "The item's key is removed, and nothing opens it any more. Where its source was erased when it was put here, no "
    "other copy is left; the sender may have one.",
    "A clinician, who has asked whether there is any safeguarding concern: then it stays where it is.",
    "y",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reject", help="Destroy a photo that waits in the inbox, and file nothing.")(reject)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def reject(
    *, item: ItemArgument, vault: Vault, yes: YesOption = False, identities: Identities, terminal: Terminal
) -> None:
    """Reject an item."""
    vault.station.require_memory()
    of = items.find(vault.enrolled(), item)
    act.expect_waiting(vault, of)
    missing = None
    if not (yes or terminal.can_ask):
        missing = Problem("confirmation", "--yes", "is missing", is_missing=True)
    refuse([missing, identities.problem()], "inbox reject")
    by = admit_person(vault, identities.unlock(), MAY_SETTLE, "reject from the inbox")
    if not yes and asking.answer(terminal, _CONFIRM, _EXPLAINED).strip().casefold() not in {"y", "yes", "destroy"}:
        raise Cancelled(asking.NOTHING_CHANGED)
    act.reject(vault, of, by, at=datetime.now(UTC))
    if terminal.is_json:
        terminal.data({"type": "rejected", "item": of.reference})
    terminal.say(f"{of.reference} was rejected, and its key is gone. Backups made before now still open it.")
