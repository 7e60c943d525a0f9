"""The permissions to erase, and the one place that makes them: each is in the trail first.

A `Release` lets the source of one filed photo go; a `Clearance` a whole export; a `Disposed` one photo that is filed
nowhere, by a named clinician's act at a clinician's computer (R28). None exists before the note that states it is
durable, so whatever dies afterwards has left its reason behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from imgfile.clinical.proofs import Agreed, Clearance, Digest, Disposed, PatientFolder, RecordId, Release, Verified
from imgfile.clinical.vocabulary import Disposition
from imgfile.errors import RefusedByRule
from imgfile.frozen import dataclass, field
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Role, Use
from imgfile.vault.times import format_time
from imgfile.vault.trail.chain import append
from imgfile.vault.trail.read import entries_of


def release(vault: Vault, verified: Sequence[Verified], *, at: datetime) -> list[Release]:
    """Make the filing of these photos part of the trail, durably; only then may their sources go.

    A photo filed by an earlier run is entered as `matched`, so a run that died before its entry is made good here.
    Raises `NotWritable`.
    """
    note = append(vault, [_entry(proof, at) for proof in verified])
    return [Release(proof, Digest(note.digest)) for proof in verified]


def _entry(proof: Verified, at: datetime) -> Body:
    if proof.patient == layout.INBOX:
        stated: Body = {"item": proof.record, "note": proof.manifest_digest, "read_back": proof.reached}
        return {"act": "item", "at": format_time(at), **stated}
    entry = filed_entry(proof.patient, proof.record, proof.manifest_digest, proof.reached, at=at)
    return entry if proof.is_new else {**entry, "act": "matched"}


def filed_entry(folder: PatientFolder, record: RecordId, manifest: Digest, reached: str, *, at: datetime) -> Body:
    """Return what the trail states of a record that this run files: its manifest, and how far it was read back."""
    return {
        "act": "filed",
        "at": format_time(at),
        "patient": folder,
        "record": record,
        "manifest": manifest,
        "read_back": reached,
    }


def clear(vault: Vault, agreed: Agreed, *, at: datetime) -> Clearance:
    """Make it part of the trail, durably, that an export may go, and what goes with it. Raises `NotWritable`."""
    inventory = agreed.inventory
    entry: Body = {
        "act": "clearing",
        "at": format_time(at),
        "records": [release.verified.record for release in inventory.filed],
        "unfiled": len(inventory.unfiled),
        "unsearched": len(inventory.unsearched),
    }
    return Clearance(agreed, Digest(append(vault, [entry]).digest))


@dataclass(frozen=True, slots=True)
class Disposal:
    """What a clinician decided about a photo that is not filed."""

    photo: Digest
    how: Disposition
    actor: str
    """The clinician's id in the roster, as they stated it."""
    folder: PatientFolder | None
    """The patient's, where somebody knows who that is."""
    words: str = field(repr=False)
    """The reason, and the description if there is one: sealed."""


ERASED_BY: Final = frozenset({Disposition.DESCRIBE_AND_DESTROY, Disposition.REJECT_RETURN})


def dispose(vault: Vault, decided: Disposal, *, at: datetime) -> Disposed:
    """Make it part of the trail, durably, that a photo which is not filed may go; its reason is sealed first.

    Hold the station's lock. Raises `RefusedByRule` (R21, R26, R28), `NotWritable`, `Damaged`.
    """
    entry = disposal_entry(vault, decided, at=at)
    return Disposed(decided.photo, str(entry["photo"]), Digest(append(vault, [entry]).digest))


def disposal_entry(vault: Vault, decided: Disposal, *, at: datetime) -> Body:
    """Seal why a photo is not filed, and return what is to be entered of that: it permits nothing until it is.

    Hold the station's lock. Raises `RefusedByRule` (R21, R26, R28), `NotWritable`, `Damaged`.
    """
    if vault.here.use is Use.RECEPTION:
        raise RefusedByRule("R26", "a reception computer erases no photo that is not filed.", _AT_THEIRS)
    actor = vault.roster.person(decided.actor)
    if actor is None or Role.CLINICIAN not in actor.roles or decided.how not in ERASED_BY:
        raise RefusedByRule("R28", "only a clinician of the practice erases a photo that is not filed.", _AT_THEIRS)
    from imgfile.record_state.set_aside import PhotosSetAside  # noqa: PLC0415 - most photos are filed, here and below
    from imgfile.vault.keys.pseudonyms import open_pseudonyms  # noqa: PLC0415
    from imgfile.vault.keys.things import INBOX_FOLDER  # noqa: PLC0415
    from imgfile.vault.trail.reasons import seal_reason  # noqa: PLC0415

    if PhotosSetAside(vault.station).on_hold(decided.photo):
        raise RefusedByRule("R21", "it is on a safeguarding hold; it is left as it is.", _LIST)
    mark = open_pseudonyms(vault).same(decided.photo)
    return {
        "act": "disposed",
        "at": format_time(at),
        "photo": mark,
        "how": decided.how.value,
        "actor": decided.actor,
        "reason": seal_reason(vault, decided.folder or INBOX_FOLDER, decided.words),
        **({"patient": decided.folder} if decided.folder else {}),
    }


def how_disposed(vault: Vault, mark: str) -> Disposition | None:
    """Return what this station's trail says became of a photo that is not filed, by its mark. Raises `Damaged`."""
    disposed = (each for each in entries_of(vault, vault.here.station) if each["act"] == "disposed")
    ways = [str(entry.get("how")) for entry in disposed if entry.get("photo") == mark]
    return next((way for way in ERASED_BY if ways and way.value == ways[-1]), None)


_AT_THEIRS: Final = "Nothing was changed. A clinician decides, at their own computer."
_LIST: Final = "A named person lifts that:  imgfile safeguarding list"
