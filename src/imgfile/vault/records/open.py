"""What a record opens to, seen to be what was filed here.

age tells neither who sealed an object nor for which place. So the sealed facts say where they belong, and what each
object beside them opens to; both must be so, or what opened is not what a station filed.
"""

from __future__ import annotations

import hashlib

from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Place, Record
from imgfile.errors import Damaged, WrongKey, damage_in
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.objects import open_object

_HINT = "Restore it from a backup, then:  imgfile verify"


@dataclass(frozen=True, slots=True)
class Opened:
    """One record, open: its signed manifest and its sealed facts."""

    manifest: Manifest
    facts: Record = field(repr=False)


def open_facts(vault: Vault, of: Manifest, practice: PracticeKeys) -> Opened:
    """Open a record's facts. Raises `Damaged` unless they belong to this very place and name every object beside them.

    `practice` are what `keys.practice` opened, so a record's key that they do not open is damage.
    """
    here = layout.record(of.folder, of.record)
    with damage_in(of.reference):
        facts = record_json.load(_open(vault, of, layout.FACTS, practice))
        if facts.place != Place(vault=vault.id, pid=of.folder, record=of.record, station=of.station):
            raise Damaged(f"{here}/{layout.FACTS} holds the facts of another record.", _HINT)
        if facts.siblings.keys() != of.objects.keys() - {layout.FACTS}:
            raise Damaged(f"{here} does not hold the objects that its facts name.", _HINT)
    return Opened(of, facts)


def open_photo(vault: Vault, opened: Opened, practice: PracticeKeys) -> bytes:
    """Open a record's photo. Raises `Damaged` unless it is the very photo that the facts were sealed with."""
    return _open_sibling(vault, opened, layout.IMAGE, practice)


def open_form(vault: Vault, opened: Opened, practice: PracticeKeys) -> bytes:
    """Open the signed form that a photo was filed with, which its facts name. Raises `Damaged` as `open_photo`."""
    return _open_sibling(vault, opened, layout.FORM, practice)


def open_every_sibling(vault: Vault, opened: Opened, practice: PracticeKeys) -> None:
    """Open every object that a record's facts name, and see that each is what they state. Raises `Damaged`."""
    for name in opened.facts.siblings:
        _open_sibling(vault, opened, name, practice)


def _open_sibling(vault: Vault, opened: Opened, name: str, practice: PracticeKeys) -> bytes:
    of, stated = opened.manifest, opened.facts.siblings[name]
    with damage_in(of.reference):
        plaintext = _open(vault, of, name, practice)
        if (len(plaintext), hashlib.sha256(plaintext).hexdigest()) != (stated.length, stated.digest):
            here = layout.record(of.folder, of.record)
            raise Damaged(f"{here}/{name} is not the one that its facts were sealed with.", _HINT)
    return plaintext


def _open(vault: Vault, of: Manifest, name: str, practice: PracticeKeys) -> bytes:
    try:
        return open_object(vault, of, name, practice)
    except WrongKey as error:
        here = layout.record(of.folder, of.record)
        raise Damaged(f"{here}/{name} does not open with the practice's key.", _HINT) from error
