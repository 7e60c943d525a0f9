"""An item of the inbox: a photo with its answers that is no record yet, and the station's statement that it is whole.

It is put there where patients have no pseudonyms, on a computer without that key, or where it waits for somebody's
decision. It exists when its note does; it is settled once (`life.settled`), and its key goes then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from imgfile import notes
from imgfile.clinical.proofs import Digest, RecordId
from imgfile.errors import Damaged, UsageError, damage_in
from imgfile.frozen import dataclass
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.things import INBOX_FOLDER
from imgfile.vault.records.manifest import SealedObject, sealed_objects
from imgfile.vault.roster.json import id_of, seen_of
from imgfile.vault.roster.model import Seen
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.times import format_time, parse_time

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|")


class Why(StrEnum):
    """Why a photo waits."""

    NO_PSEUDONYMS = "no_pseudonyms"
    """It was filed on a computer that cannot name patients' directories."""
    QUARANTINED = "quarantined"
    """Somebody has to decide about it first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What an item's note states."""

    item: RecordId
    why: Why
    key: ThingKey
    objects: dict[str, SealedObject]
    deadline: str
    """The day by which somebody is to decide, as `2026-12-06`; empty for none."""
    received: datetime
    station: str = ""
    roster: Seen = (0, "")
    digest: Digest = Digest("")

    @property
    def reference(self) -> str:
        """What people call it."""
        return layout.reference(self.item)


def sign(vault: Vault, stated: Item) -> notes.Note:
    """State an item as this station; `station`, `roster` and `digest` of `stated` are not looked at."""
    body: notes.Body = {
        "item": stated.item,
        "why": stated.why.value,
        "key": stated.key.to_json(),
        "objects": {name: {"length": one.length, "sha256": one.digest} for name, one in stated.objects.items()},
        "deadline": stated.deadline,
        "received": format_time(stated.received),
        "roster": list(vault.roster.seen),
    }
    return vault.sign("item", body)


def load(vault: Vault, item: str) -> Item:
    """Read an item's note, and see that a listed station signed it for this very place. Raises `Damaged`."""
    with damage_in(layout.reference(RecordId(item))):
        name = f"{layout.item(item)}/{layout.MANIFEST}"
        note = vault.station_note(name, "item")
        try:
            found = _parse(note)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Damaged(f"{name} does not say what an item's note says.") from error
        if found.item != item:
            raise Damaged(f"{name} belongs to another item.")
        return found


def _parse(note: notes.Note) -> Item:
    body, item = note.body, RecordId(id_of(note.body["item"]))
    if not isinstance(body["deadline"], str) or _DAY.fullmatch(body["deadline"]) is None:
        raise ValueError(body["deadline"])
    return Item(
        item=item,
        why=Why(body["why"]),
        key=ThingKey.from_json(INBOX_FOLDER, item, body["key"]),
        objects=sealed_objects(body["objects"]),
        deadline=body["deadline"],
        received=parse_time(body["received"]),
        station=note.signer,
        roster=seen_of(body["roster"]),
        digest=Digest(note.digest),
    )


def items(vault: Vault) -> Iterator[RecordId]:
    """Yield every item that exists, settled or not."""
    for name in vault.store.names(layout.INBOX):
        if layout.is_id(name) and vault.store.exists(f"{layout.item(name)}/{layout.MANIFEST}"):
            yield RecordId(name)


def find(vault: Vault, reference: str) -> Item:
    """Return the item that a reference, or a prefix of one, names. Raises `UsageError` when none or several do."""
    wanted = layout.normalise_reference(reference)
    if wanted is None:
        raise UsageError("that is no reference.", "References look like 7f3k-q2ma:  imgfile inbox list")
    found = [item for item in items(vault) if layout.reference(item).startswith(wanted)]
    if not found:
        raise UsageError(f"nothing in the inbox is called {wanted}.", "List it:  imgfile inbox list")
    if len(found) > 1:
        names = ", ".join(layout.reference(item) for item in found[:5])
        raise UsageError(f"{wanted} names {len(found)} items: {names}.", "Type one more character.")
    return load(vault, found[0])
