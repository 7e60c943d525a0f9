"""Settling an item of the inbox: accepted into a patient's record, or rejected; by a clinician, once.

The rules of `decide`, `accept` and `reject`, and what these share: whether it waits, the note that settles it, its end.

1. The clinician's identity opens the item; what was answered when it was put there is asked and judged anew here, by
   every rule, and an intimate photo of a child is attested at this prompt (R9).
2. A photo that is filed already for this patient is accepted as that record; one that is another patient's stops (R25).
   That is looked at again when it is filed: somebody was asked since.
3. The note that settles it comes first, and names the record that is to be: of two who accept at once, one finds the
   other's and ends; a run that died is finished by whoever accepts it next, and once its record is there by the
   computer that filed it (`finish`).
4. The record is committed, read back and entered like any; then its photo waits no more here, and the item's key goes.
5. Rejecting removes the item's key: whoever has no other copy of the photo then has none. It is a named clinician's
   act, for a reason; whether there is a safeguarding concern comes before it (R28). The note that settles it comes
   first here too: the reason is entered with it, durably, before the key goes, and only where nobody else settled it.
6. A photo on a safeguarding hold is neither looked at, accepted nor rejected (R21).
"""

from __future__ import annotations

from datetime import datetime

from imgfile.acts.life.person import Actor
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged, UsageError
from imgfile.notes import Body
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import settled
from imgfile.vault.life.settled import Settled, Verdict
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.write import claim_entered
from imgfile.vault.records.find import is_published
from imgfile.vault.records.item import Item
from imgfile.vault.times import format_time
from imgfile.vault.trail.read import every_entry
from imgfile.vault.trail.statements import settled_by


def expect_waiting(vault: Vault, of: Item) -> None:
    """See that nobody has settled an item. Raises `UsageError`, which says what became of it, `Damaged`."""
    settled.expect_put_here(vault, of)
    found = settled.load(vault, of)
    if found is None:
        _expect_stated_nowhere(vault, of)
        return
    if found.to is None:
        raise UsageError(f"{of.reference} was rejected.", "Nothing was changed.")
    if is_published(vault, *found.to):
        raise UsageError(f"{of.reference} was accepted: it is {layout.reference(found.to[1])} now.", "")


def _expect_stated_nowhere(vault: Vault, of: Item) -> None:
    """See that no trail states what became of an item that seems to wait: an older copy may have been put back."""
    if not set(settled_by(vault, of.item)).issubset(vault.roster.accepted):
        raise Damaged(
            f"what became of {of.reference} is not there, and a trail states it.",
            "A share can take a minute to show it. If it stays so, somebody took it, or an older copy is back:\n"
            "file and destroy nothing of it until you know why:  imgfile verify\n"
            "A backup was restored, and there is no newer one?  imgfile vault accept-loss",
        )


def was_source_erased(vault: Vault, of: Item) -> bool:
    """Return whether a trail says that the source of an item's photo was erased: no other copy is known then."""
    return any(entry["act"] == "erased" and entry.get("record") == of.item for entry in every_entry(vault))


def note_of(of: Item, how: Verdict, to: tuple[PatientFolder, RecordId] | None, at: datetime) -> Settled:
    """Return what the note that settles an item states; `to` is the record, where it is accepted."""
    return Settled(item=of.item, manifest=of.digest, how=how, to=to, at=at, signer=Signer(""))


def settle(vault: Vault, of: Item, stated: Settled, by: Actor, *others: Body) -> tuple[Settled, bool]:
    """Publish the note that settles an item, unless there is one; return the one that counts, and whether it is this.

    `others` are entered with it, as of this item and note.
    """
    if (found := settled.load(vault, of)) is not None:
        return found, False
    note = settled.sign(vault, stated, by.key)
    about = {"item": stated.item, "note": note.digest}
    entry = {"act": "settled", "at": format_time(stated.at), **about}
    claim_entered(vault, settled.name_of(stated.item), note.encode(), entry, *({**each, **about} for each in others))
    found = settled.load(vault, of)
    if found is None:
        raise UsageError(f"{of.reference} could not be settled.", "Run it again.")
    return found, found.digest == note.digest


def is_left(vault: Vault, of: Item) -> bool:
    """Return whether a run that died left the key of what it settled, or that its photo waits at this computer."""
    is_waiting = vault.station.has_set_aside and PhotosSetAside(vault.station).has_copy(of.reference)
    return is_waiting or vault.store.exists(of.key.name)


def end(vault: Vault, of: Item, digest: Digest | None = None) -> None:
    """Forget that the photo of what is settled waits at this computer, and remove the key. Hold the station's lock."""
    if vault.station.has_set_aside:
        PhotosSetAside(vault.station).end_copy(of.reference)
        if digest is not None:
            PhotosSetAside(vault.station).end_quarantine(digest)
    vault.store.burn(of.key.name)
