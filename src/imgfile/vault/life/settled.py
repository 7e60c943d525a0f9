"""What became of an item of the inbox: accepted, as which record, or rejected; once, by a clinician.

1. The note comes before the record, so that of two who accept at once one finds the other's, and anybody can finish it.
2. It is of the very note that states the item.
3. An item of a computer that was closed since, and what somebody signed who was, count only where a trail states them
   up to then: else whoever left could let a photo vanish from the inbox, and its key with it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from imgfile import notes
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life.closings import expect_stated
from imgfile.vault.life.signers import Signer, read_verified, signer_of
from imgfile.vault.records.item import Item, items
from imgfile.vault.records.item import load as load_item
from imgfile.vault.roster.json import digest_of, id_of, seen_of
from imgfile.vault.roster.model import Role, Seen
from imgfile.vault.times import format_time, parse_time

MAY_SETTLE: Final = frozenset({Role.CLINICIAN})
_HINT: Final = "Use the item no more until you know why:  imgfile verify"


class Verdict(StrEnum):
    """What somebody decided about an item."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the note states."""

    item: RecordId
    manifest: Digest
    """Of the item's note."""
    how: Verdict
    to: tuple[PatientFolder, RecordId] | None
    """As which record it was accepted."""
    at: datetime
    signer: Signer
    roster: Seen = (0, "")
    digest: Digest = Digest("")


def sign(vault: Vault, stated: Settled, key: SigningKey) -> notes.Note:
    """State it; `signer`, `roster` and `digest` of `stated` are not looked at."""
    body: Body = {
        "item": stated.item,
        "manifest": stated.manifest,
        "how": stated.how.value,
        "at": format_time(stated.at),
        "roster": list(vault.roster.seen),
    }
    if stated.to is not None:
        body["to"] = {"patient": stated.to[0], "record": stated.to[1]}
    return key.sign("settled", vault.id, body, version=vault.roster.format)


def name_of(item: str) -> str:
    """Name the note that settles an item."""
    return f"{layout.item(item)}/{layout.GONE}"


def expect_put_here(vault: Vault, of: Item) -> None:
    """See that an item counts although its computer may be closed by now. Raises `Damaged`."""
    expect_stated(vault, of.station, of.item, of.digest, layout.item(of.item))


def load(vault: Vault, of: Item) -> Settled | None:
    """Read what became of an item; None while it waits. Raises `Damaged`."""
    name = name_of(of.item)
    if not vault.store.exists(name):
        return None
    note = read_verified(vault, name, "settled")
    try:
        found = _parse(vault, note)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"{name} does not say what became of an item.", _HINT) from error
    if (found.item, found.manifest) != (of.item, of.digest):
        raise Damaged(f"{name} belongs to another item.", _HINT)
    if not found.signer.has_one_of(MAY_SETTLE):
        raise Damaged(f"{name} is signed by somebody who may not say that.", _HINT)
    expect_stated(vault, found.signer.name, found.item, found.digest, name)
    return found


def accepted_items(vault: Vault, *, may_pass_over: bool = False) -> dict[RecordId, set[RecordId]]:
    """Return which items were accepted as which record: several, where the photo was filed already.

    `may_pass_over`: what does not hold is passed over, for whoever finds it elsewhere. Raises `Damaged` for it else.
    """
    found: dict[RecordId, set[RecordId]] = {}
    for name in items(vault):
        try:
            stated = load(vault, load_item(vault, name))
        except Damaged:
            if not may_pass_over:
                raise
            continue
        if stated is not None and stated.to is not None:
            found.setdefault(stated.to[1], set()).add(stated.item)
    return found


def _parse(vault: Vault, note: notes.Note) -> Settled:
    body, how = note.body, Verdict(note.body["how"])
    to = body.get("to")
    if (to is None) is (how is Verdict.ACCEPTED):
        raise ValueError(how)
    seen = seen_of(body["roster"])
    return Settled(
        item=RecordId(id_of(body["item"])),
        manifest=Digest(digest_of(body["manifest"])),
        how=how,
        to=None if to is None else (PatientFolder(id_of(to["patient"])), RecordId(id_of(to["record"]))),
        at=parse_time(body["at"]),
        signer=signer_of(vault, note, seen),
        roster=seen,
        digest=Digest(note.digest),
    )
