"""What an item of the inbox opens to, seen to be what was put there: its facts say where it belongs."""

from __future__ import annotations

import hashlib

from imgfile import sealing
from imgfile.clinical.consent import SignedForm
from imgfile.clinical.proofs import Digest, PatientFolder
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Place, Record
from imgfile.errors import Damaged, WrongKey, damage_in
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys import things
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.records.item import Item

NOBODYS = PatientFolder("0" * 32)
"""What stands for a patient's directory in an item's facts."""
ROLE = "item"
"""What an item's facts are in their place; a record's are `record`."""
_HINT = "Restore it from a backup, then:  imgfile verify"


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """One item, open: its note and its sealed facts."""

    item: Item
    facts: Record = field(repr=False)
    form: SignedForm | None = field(default=None, repr=False)
    """The signed form that it was put there with."""


def open_item(vault: Vault, of: Item, practice: PracticeKeys) -> OpenedItem:
    """Open an item's facts. Raises `Damaged` unless they belong to this very item and name every object beside them."""
    here = layout.item(of.item)
    with damage_in(of.reference):
        facts = record_json.load(_open(vault, of, layout.FACTS, practice))
        place = Place(vault=vault.id, pid=NOBODYS, record=of.item, station=of.station, role=ROLE)
        if facts.place != place or facts.siblings.keys() != of.objects.keys() - {layout.FACTS}:
            raise Damaged(f"{here}/{layout.FACTS} holds the facts of something else.", _HINT)
        return OpenedItem(of, facts, _form(vault, of, facts, practice))


def open_item_photo(vault: Vault, opened: OpenedItem, practice: PracticeKeys) -> bytes:
    """Open an item's photo. Raises `Damaged` unless it is the very photo that its facts were sealed with."""
    of, stated = opened.item, opened.facts.siblings[layout.IMAGE]
    with damage_in(of.reference):
        photo = _open(vault, of, layout.IMAGE, practice)
        if (len(photo), hashlib.sha256(photo).hexdigest()) != (stated.length, stated.digest):
            raise Damaged(f"{layout.item(of.item)} holds another photo than its facts state.", _HINT)
    return photo


def _form(vault: Vault, of: Item, facts: Record, practice: PracticeKeys) -> SignedForm | None:
    if layout.FORM not in facts.siblings:
        return None
    from imgfile.images.form_type import form_type  # noqa: PLC0415 - few photos come with a form

    form, stated = _open(vault, of, layout.FORM, practice), facts.siblings[layout.FORM]
    digest = Digest(hashlib.sha256(form).hexdigest())
    if (len(form), digest) != (stated.length, stated.digest) or digest != facts.consent.document:
        raise Damaged(f"{layout.item(of.item)} holds another form than its facts state.", _HINT)
    return SignedForm(digest, form_type(form), form)


def _open(vault: Vault, of: Item, name: str, practice: PracticeKeys) -> bytes:
    full = f"{layout.item(of.item)}/{name}"
    stored = vault.store.read_matching(full, of.objects[name].digest, "what the item's note states", _HINT)
    try:
        return sealing.unseal_bytes(stored, [things.open_identity(vault, of.key, practice)])
    except WrongKey as error:
        raise Damaged(f"{full} does not open with the practice's key.", _HINT) from error
