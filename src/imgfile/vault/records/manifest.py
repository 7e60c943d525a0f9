"""The manifest: a station's signed statement that it decrypted these very bytes. A record exists when this does."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from imgfile import notes
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged, damage_in
from imgfile.frozen import dataclass
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.layout import KeyId
from imgfile.vault.roster.json import digest_of, seen_of
from imgfile.vault.roster.model import Seen
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.times import format_time, parse_time

_OBJECT = re.compile(r"[a-z0-9-]{1,64}\.age")


@dataclass(frozen=True, slots=True)
class SealedObject:
    """One object of a record as it lies in the vault: length in bytes, and the SHA-256 of the ciphertext."""

    length: int
    digest: Digest


class Cause(StrEnum):
    """Why a photo was not filed from its source."""

    MOVED = "moved"
    """From a record of the wrong patient."""
    REKEYED = "rekeyed"
    """From a record under a number that changed."""
    ACCEPTED = "accepted"
    """From the inbox."""


LEADING: Final = frozenset({Cause.MOVED, Cause.REKEYED})
"""Why a photo was filed from another record, which leads to it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a photo was before, and when it was filed first: what is judged by that day goes on being judged by it."""

    how: Cause
    start: RecordId
    """The record's or the item's id."""
    first: datetime
    knew: tuple[Digest, ...] = ()
    """Of a moved or rekeyed record: the ends of what was added to the one before, as far as it is carried here."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest states. `photo_mark`, `same_mark` and `birth_guard` are keyed (see `pseudonyms`)."""

    folder: PatientFolder
    record: RecordId
    key: KeyId | ThingKey
    """What it is sealed to: a key of its own; in format 1 one of its patient's."""
    objects: dict[str, SealedObject]
    photo_mark: str
    birth_guard: str
    filed_at: datetime
    station: str
    digest: Digest
    """SHA-256 of the note's text."""
    same_mark: str = ""
    """By which the same photo is noticed, whoever its patient is; empty in format 1."""
    roster: Seen = (0, "")
    """The newest roster that its station knew; unknown in format 1."""
    origin: Origin | None = None
    """Where the photo was before; None where it was filed from its source."""

    @property
    def first_filed_at(self) -> datetime:
        """When the photo was filed first, under whatever number."""
        return self.filed_at if self.origin is None else self.origin.first

    @property
    def reference(self) -> str:
        """What people call the record."""
        return layout.reference(self.record)


def is_same_photo(one: Manifest, other: Manifest) -> bool:
    """Return whether two records are of one photo, as far as their marks tell: format 1 has none."""
    return not other.same_mark or one.same_mark == other.same_mark


def stems_from(new: Manifest, old: Manifest) -> bool:
    """Return whether a photo was filed from another record; or both were from one, by two who began at once."""
    if new.origin is None or new.origin.how not in LEADING:
        return False
    return new.origin.start == old.record or (old.origin is not None and new.origin.start == old.origin.start)


def sign(vault: Vault, facts: Manifest) -> notes.Note:
    """State a manifest as this station; `station`, `digest` and `roster` of `facts` are not looked at."""
    body: notes.Body = {
        "patient": facts.folder,
        "record": facts.record,
        "key": facts.key.to_json() if isinstance(facts.key, ThingKey) else facts.key,
        "objects": {name: {"length": item.length, "sha256": item.digest} for name, item in facts.objects.items()},
        "photo": facts.photo_mark,
        "dob": facts.birth_guard,
        "filed": format_time(facts.filed_at),
    }
    if isinstance(facts.key, ThingKey):
        body |= {"same": facts.same_mark, "roster": list(vault.roster.seen)}
    if facts.origin is not None:
        first = format_time(facts.origin.first)
        origin = {"how": facts.origin.how.value, "from": facts.origin.start, "first": first}
        body["origin"] = {**origin, **({"knew": sorted(facts.origin.knew)} if facts.origin.knew else {})}
    return vault.sign("manifest", body)


def load(vault: Vault, folder: PatientFolder, record: RecordId, *, check: notes.Check | None = None) -> Manifest:
    """Read a record's manifest, and see that a station signed it that might, for this very place. Raises `Damaged`.

    `check` is as `notes.verified_note` has it.
    """
    with damage_in(layout.reference(record)):
        name = layout.manifest(folder, record)
        note = vault.station_note(name, "manifest", check=check)
        try:
            manifest = _parse(note)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Damaged(f"{name} does not say what a manifest says.") from error
        if (manifest.folder, manifest.record) != (folder, record):
            raise Damaged(f"{name} belongs to another record.")
        return manifest


def sealed_objects(stated: notes.Body) -> dict[str, SealedObject]:
    """Read which objects a note states, by their names; photo and facts at least. Raises ValueError, KeyError."""
    objects = {name: SealedObject(item["length"], Digest(item["sha256"])) for name, item in stated.items()}
    if not {layout.IMAGE, layout.FACTS} <= objects.keys():
        raise KeyError(layout.IMAGE)
    if not all(type(item.length) is int and layout.is_digest(item.digest) for item in objects.values()):
        raise ValueError
    if not all(map(_OBJECT.fullmatch, objects)):  # they become paths
        raise ValueError
    return objects


def _parse(note: notes.Note) -> Manifest:
    body = note.body
    objects = sealed_objects(body["objects"])
    is_format_1 = note.version == layout.FORMAT_1
    return Manifest(
        folder=PatientFolder(body["patient"]),
        record=RecordId(body["record"]),
        key=_patient_key(body["key"]) if is_format_1 else _thing_key(body),
        objects=objects,
        photo_mark=_text(body["photo"]),
        birth_guard=_text(body["dob"]),
        filed_at=parse_time(body["filed"]),
        station=note.signer,
        digest=Digest(note.digest),
        same_mark="" if is_format_1 else _text(body["same"]),
        roster=(0, "") if is_format_1 else seen_of(body["roster"]),
        origin=_origin(body.get("origin")),
    )


def _origin(stated: Any) -> Origin | None:  # noqa: ANN401 - whatever a note may say
    match stated:
        case None:
            return None
        case {"how": str(how), "from": str(start), "first": first} if layout.is_id(start):
            knew = tuple(Digest(digest_of(each)) for each in stated.get("knew", ()))
            return Origin(Cause(how), RecordId(start), parse_time(first), knew)
    raise ValueError(stated)


def _patient_key(value: object) -> KeyId:
    if not (isinstance(value, str) and layout.is_id(value)):  # it becomes a path
        raise ValueError(value)
    return KeyId(value)


def _thing_key(body: notes.Body) -> ThingKey:
    return ThingKey.from_json(PatientFolder(body["patient"]), body["record"], body["key"])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
