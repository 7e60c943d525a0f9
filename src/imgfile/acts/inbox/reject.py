"""Rejecting an item of the inbox: nothing is filed, and its key goes (rules 3, 5 and 6 of `settle`)."""

from __future__ import annotations

from imgfile.acts.inbox.held import expect_no_hold
from imgfile.acts.inbox.settle import end, expect_waiting, is_left, note_of, settle
from imgfile.acts.ingest.context import Run
from imgfile.acts.life.person import Actor
from imgfile.clinical.vocabulary import Disposition
from imgfile.errors import UsageError
from imgfile.vault.access import Vault
from imgfile.vault.life import settled
from imgfile.vault.life.settled import Settled, Verdict
from imgfile.vault.life.write import finish_entries
from imgfile.vault.records.item import Item
from imgfile.vault.records.open_item import OpenedItem
from imgfile.vault.still_admitted import expect_still_admitted
from imgfile.vault.trail import permissions
from imgfile.vault.trail.permissions import Disposal
from imgfile.vault.trail.statements import settled_by


def reject(run: Run, opened: OpenedItem, by: Actor, reason: str) -> None:
    """State that an item is not filed and why, durably in the trail, and remove its key (R28).

    Raises `RefusedByRule` for one on hold, `UsageError` where somebody else settled it, `NotWritable`, `Damaged`; then
    it waits on, or is what they made of it, and no trail says that it was rejected here.
    """
    vault, of, now = run.vault, opened.item, run.now()
    expect_no_hold(run, opened)
    with vault.station.locked():
        expect_still_admitted(vault, by.holder)
        finish_entries(vault)
        expect_waiting(vault, of)
        listed = vault.roster.person(by.holder)
        who = listed.who if listed is not None else by.holder
        digest = opened.facts.picture.original_digest
        whose = run.pseudonyms.folder(opened.facts.patient)
        why = Disposal(digest, Disposition.REJECT_RETURN, who, whose, reason)
        disposed = permissions.disposal_entry(vault, why, at=now)
        found, is_ours = settle(vault, of, note_of(of, Verdict.REJECTED, None, now), by, disposed)
        if not is_ours:
            raise UsageError(f"{of.reference} was {found.how.value} a moment ago.", "Nothing was removed.")
        end(vault, of, digest)


def finish(vault: Vault, of: Item) -> bool:
    """Finish a rejection that died once it was stated; return whether anything of it was left to do.

    Raises `NotWritable`, `Damaged`.
    """
    with vault.station.locked():
        found = settled.load(vault, of)
        if found is None or found.to is not None or not is_left(vault, of):
            return False
        finish_entries(vault)
        _expect_entered(vault, of, found)
        end(vault, of)
    return True


def _expect_entered(vault: Vault, of: Item, found: Settled) -> None:
    """See that a trail states who rejected an item, and why: then its key may go. Raises `UsageError`, `Damaged`."""
    if found.digest not in {*settled_by(vault, of.item), *vault.roster.accepted}:
        raise UsageError(
            f"another computer began to reject {of.reference}, and has not finished.",
            "Nothing was changed. Reject it at that computer again; where that is lost:  imgfile check --clean",
        )
