"""The manifest: a station's signed statement that it decrypted these very bytes. A record exists when this does."""

from __future__ import annotations

import re
from datetime import datetime

from imgfile import notes
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.layout import KeyId
from imgfile.vault.times import format_time, parse_time

_OBJECT = re.compile(r"[a-z0-9-]{1,64}\.age")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SealedObject:
    """One object of a record as it lies in the vault: length in bytes, and the SHA-256 of the ciphertext."""

    length: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest states. `photo_mark` and `birth_guard` are keyed (see `pseudonyms`)."""

    folder: PatientFolder
    record: RecordId
    key: KeyId
    objects: dict[str, SealedObject]
    photo_mark: str
    birth_guard: str
    filed_at: datetime
    station: str
    digest: Digest
    """SHA-256 of the note's text."""

    @property
    def reference(self) -> str:
        """What people call the record."""
        return layout.reference(self.record)


def sign(vault: Vault, facts: Manifest) -> notes.Note:
    """State a manifest as this station; `station` and `digest` of `facts` are not looked at."""
    body: notes.Body = {
        "patient": facts.folder,
        "record": facts.record,
        "key": facts.key,
        "objects": {name: {"length": item.length, "sha256": item.digest} for name, item in facts.objects.items()},
        "photo": facts.photo_mark,
        "dob": facts.birth_guard,
        "filed": format_time(facts.filed_at),
    }
    return vault.station.signing_key.sign("manifest", vault.id, body)


def load(vault: Vault, folder: PatientFolder, record: RecordId) -> Manifest:
    """Read a record's manifest, and see that a listed station signed it for this very place. Raises `Damaged`."""
    name = f"{layout.record(folder, record)}/{layout.MANIFEST}"
    note = notes.verified_note(vault.store.read(name), vault.roster.station_keys, kind="manifest", vault=vault.id)
    try:
        manifest = _parse(note)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"{name} does not say what a manifest says.") from error
    if (manifest.folder, manifest.record) != (folder, record):
        raise Damaged(f"{name} belongs to another record.")
    return manifest


def _parse(note: notes.Note) -> Manifest:
    body = note.body
    objects = {name: SealedObject(item["length"], Digest(item["sha256"])) for name, item in body["objects"].items()}
    if not {layout.IMAGE, layout.FACTS} <= objects.keys():
        raise KeyError(layout.IMAGE)
    if not all(type(item.length) is int and _DIGEST.fullmatch(item.digest) for item in objects.values()):
        raise ValueError
    if not (all(map(_OBJECT.fullmatch, objects)) and layout.is_id(body["key"])):  # they become paths
        raise ValueError
    return Manifest(
        folder=PatientFolder(body["patient"]),
        record=RecordId(body["record"]),
        key=KeyId(body["key"]),
        objects=objects,
        photo_mark=_text(body["photo"]),
        birth_guard=_text(body["dob"]),
        filed_at=parse_time(body["filed"]),
        station=note.signer,
        digest=Digest(note.digest),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
