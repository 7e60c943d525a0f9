"""The moment a record exists, and the only place that says `Verified`.

Two ways lead there, and no third:

1. `commit`: seal, write, read back from the device, decrypt with the file key still in memory, compare with what
   was meant, and only then publish the signed manifest. Until that last step nothing is visible, and a crash
   leaves orphans that mean nothing.
2. `prove_stored`: this station's own manifest states that an earlier run did all that, and every object still
   matches its signed digest. Another station's manifest does not count here: it takes an identity to prove that
   such a record opens.

Either way, the keys that open the record must lie there whole, from the practice's down: whoever restored a vault
without them, or deleted them from a share, has records that are noise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from imgfile import sealing
from imgfile.clinical.filing import Filing
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId, Refiled, Stripped, Verified
from imgfile.clinical.record.model import Sibling
from imgfile.device import ReadBack
from imgfile.errors import Damaged, RefusedByRule, SourceRemains
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys import things
from imgfile.vault.keys.record_keys import SealingKey, expect_openable, sealing_key
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest, Origin, SealedObject

if TYPE_CHECKING:
    from imgfile.vault.records.item import Why


@dataclass(frozen=True, slots=True)
class Submission:
    """What is to be filed under a record id: the stripped photo, its sealed facts as bytes, and the keyed marks.

    A photo that was filed before, elsewhere, is `Refiled`, and its manifest says where it was (`origin`).
    """

    folder: PatientFolder
    record: RecordId
    stripped: Stripped | Refiled
    facts: bytes = field(repr=False)
    photo_mark: str
    same_mark: str
    birth_guard: str
    filed_at: datetime
    origin: Origin | None = None
    form: bytes = field(default=b"", repr=False)
    """The signed form that is sealed beside it; empty where there is none."""

    @property
    def original_digest(self) -> Digest:
        """SHA-256 of the photo as it was received."""
        photo = self.stripped
        return photo.original_digest if isinstance(photo, Refiled) else photo.original.digest


@dataclass(frozen=True, slots=True)
class _Object:
    """One object as written: how it must read back."""

    name: str
    plaintext: bytes = field(repr=False)
    file_key: sealing.FileKey = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSubmission:
    """What is to be put into the inbox: as a record's, without a patient's directory and without marks."""

    item: RecordId
    why: Why
    stripped: Stripped
    facts: bytes = field(repr=False)
    deadline: str
    received: datetime
    form: bytes = field(default=b"", repr=False)


def form_beside(filing: Filing) -> dict[str, Sibling]:
    """Return what a record states of the signed form that is sealed beside its photo; nothing where there is none."""
    form = filing.signed_form
    return {layout.FORM: Sibling(form.digest, len(form.data))} if form is not None else {}


def commit(vault: Vault, submission: Submission, beside: Callable[[Digest], None] | None = None) -> Verified:
    """Make a record exist, proven. Raises `NotWritable` or `Damaged`; then there is no record.

    `beside` is called with the manifest's digest before it is published: what is put beside the record then counts
    from its first moment, and means nothing where that never comes.
    """
    key = sealing_key(vault, submission.folder, submission.record)
    folder = layout.record(submission.folder, submission.record)
    objects, level = _sealed(vault, folder, submission, key.recipient)
    note = manifest.sign(vault, _manifest(key, submission, objects))
    if beside is not None:
        beside(Digest(note.digest))
    vault.store.publish(f"{folder}/{layout.MANIFEST}", note.encode())
    published = manifest.load(vault, submission.folder, submission.record)
    return _verified(published, submission.original_digest, level, is_new=True)


def commit_item(vault: Vault, submission: ItemSubmission) -> Verified:
    """Make an item of the inbox exist, proven like a record. Raises `NotWritable` or `Damaged`; then there is none."""
    from imgfile.vault.records import item  # noqa: PLC0415 - most photos go into a record at once

    key = things.make(vault, things.INBOX_FOLDER, submission.item)
    folder = layout.item(submission.item)
    objects, level = _sealed(vault, folder, submission, key.recipient)
    stated = item.Item(
        item=submission.item,
        why=submission.why,
        key=key.stated,
        objects=objects,
        deadline=submission.deadline,
        received=submission.received,
    )
    vault.store.publish(f"{folder}/{layout.MANIFEST}", item.sign(vault, stated).encode())
    published = item.load(vault, submission.item)
    return Verified(
        patient=things.INBOX_FOLDER,
        record=published.item,
        manifest_digest=published.digest,
        original_digest=submission.stripped.original.digest,
        reached=level,
        is_new=True,
    )


def _sealed(
    vault: Vault, folder: str, submission: Submission | ItemSubmission, recipient: sealing.PublicRecipient
) -> tuple[dict[str, SealedObject], str]:
    """Seal photo, facts and form in a directory, durable and read back; return these as they lie there, and how far."""
    objects = [
        _write(vault, f"{folder}/{layout.IMAGE}", submission.stripped.data, [recipient]),
        _write(vault, f"{folder}/{layout.FACTS}", submission.facts, [recipient]),
    ]
    if submission.form:
        objects.append(_write(vault, f"{folder}/{layout.FORM}", submission.form, [recipient]))
    vault.store.sync(folder)
    proven, reached = zip(*(_read_back(vault, each) for each in objects), strict=True)
    names = [each.name.rpartition("/")[2] for each in objects]
    level = ReadBack.DEVICE if all(one is ReadBack.DEVICE for one in reached) else ReadBack.REOPENED
    return dict(zip(names, proven, strict=True)), level.value


def prove_stored(vault: Vault, stored: Manifest, original: Digest) -> Verified:
    """Prove a record that an earlier run of this station filed, without any key that opens it.

    Raises `RefusedByRule` when its record is gone, `SourceRemains` when another station filed it, `Damaged` when an
    object no longer matches, or the keys that open it are not there.
    """
    _expect_here(vault, stored)
    if stored.station != vault.here.station:
        raise SourceRemains(
            f"it is filed already as {stored.reference}, by another computer, and cannot be proven from here.",
            "Run it on that computer, or look at the record and delete the source yourself.",
        )
    if manifest.load(vault, stored.folder, stored.record) != stored:  # it may have been read long before
        raise Damaged(f"the manifest of {stored.reference} is another than it was.", "Run:  imgfile verify")
    from imgfile.vault.records.objects import objects_match  # noqa: PLC0415 - what is filed anew is read back instead

    objects_match(vault, stored)
    expect_openable(vault, stored.folder, stored.key)
    return _verified(stored, original, "manifest", is_new=False)


def _expect_here(vault: Vault, stored: Manifest) -> None:
    """Raise `RefusedByRule` for a record that is gone: what its objects still hold proves nothing of the photo."""
    from imgfile.record_state.memory import recall_record  # noqa: PLC0415 - what is filed anew has no past

    tombstone = layout.tombstone(stored.folder, stored.record)
    seen = recall_record(vault.station, stored.record).gone
    if vault.store.exists(tombstone) or (seen and seen not in vault.roster.accepted):
        raise RefusedByRule(
            "R16",
            f"it was filed as {stored.reference}, and that record is gone; nothing was erased.",
            "It was moved, withdrawn or destroyed: what became of it is listed by  imgfile list",
        )


def _write(vault: Vault, name: str, plaintext: bytes, recipients: Sequence[sealing.Recipient]) -> _Object:
    sealed = sealing.seal(plaintext, recipients)
    vault.store.create(name, sealed)
    return _Object(name, plaintext, sealed.file_key)


def _read_back(vault: Vault, written: _Object) -> tuple[SealedObject, ReadBack]:
    """Read an object from its device and prove it; its digest is of the very bytes that were proven."""
    stored, reached = vault.store.read_back(written.name)
    if not things.opens_to(written.plaintext, stored, written.file_key):
        raise Damaged("the filed copy does not read back as it was written.", "Check the disk or share it lies on.")
    return SealedObject(len(stored), Digest(hashlib.sha256(stored).hexdigest())), reached


def _manifest(key: SealingKey, submission: Submission, objects: dict[str, SealedObject]) -> Manifest:
    return Manifest(
        folder=submission.folder,
        record=submission.record,
        key=key.stated,
        objects=objects,
        photo_mark=submission.photo_mark,
        same_mark=submission.same_mark,
        birth_guard=submission.birth_guard,
        filed_at=submission.filed_at,
        station="",
        digest=Digest(""),
        origin=submission.origin,
    )


def _verified(proven: Manifest, original: Digest, reached: str, *, is_new: bool) -> Verified:
    return Verified(
        patient=proven.folder,
        record=proven.record,
        manifest_digest=proven.digest,
        original_digest=original,
        reached=reached,
        is_new=is_new,
    )
