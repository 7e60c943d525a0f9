"""The values that a photo's path hands from step to step.

Each is made in one place, by the step that established what it states; a test over the syntax tree holds
every module to that. So "nothing is erased unless the filed copy is proven" (R15) is a type, not a habit:

    Photo ── images.strip ──► Stripped ─┐
                                        ├─ vault ──► Verified ── audit trail ──► Release ── erase ──► Erasure
    answers ── clinical.filing ► Filing ┘                                                     ▲
    a photo in a mailbox ── mail.removal.plan ──► Removal ────────────────────────────────────┘

In the place of a Stripped photo stands a Refiled one, where it was filed before and is filed elsewhere now.
What erases compares the permission's digest with what it is about to overwrite, so no caller can mix up two photos.
A whole export goes by a permission of its own, for it may hold photos that nobody filed:

    Release of each ──┐
                      ├─ walked ──► Inventory ── asked ──► Agreed ── audit trail ──► Clearance ── erase ──► Erasure
    what is not filed ┘

A photo that is filed nowhere goes by a third, which somebody's typed act makes (R28):

    a clinician's act ── audit trail ──► Disposed ── erase ──► Erasure
"""

from __future__ import annotations

import hashlib
import itertools
import zlib
from datetime import datetime
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Final, NewType, TypeAlias

from imgfile.frozen import dataclass, field

Digest = NewType("Digest", str)
"""SHA-256 of stated bytes: 64 lower-case hex characters."""
PatientFolder = NewType("PatientFolder", str)
"""The keyed pseudonym that names a patient's directory: 32 lower-case hex characters."""
RecordId = NewType("RecordId", str)
"""A record's directory name: 32 random lower-case hex characters."""


class MediaType(StrEnum):
    """What the bytes are, whatever the name says."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    HEIC = "image/heic"
    AVIF = "image/avif"
    JXL = "image/jxl"
    WEBP = "image/webp"
    GIF = "image/gif"
    BMP = "image/bmp"
    TIFF = "image/tiff"


@dataclass(frozen=True)
class Photo:
    """One clinical photograph as it was received. Made by reading a source."""

    data: bytes = field(repr=False)

    @cached_property
    def digest(self) -> Digest:
        """Of its bytes; they cannot change, so it is the same whenever somebody first asks."""
        return Digest(hashlib.sha256(self.data).hexdigest())


FURTHER_PICTURE: Final = "further picture"
"""The kind of a picture that stood in the same file and is in no record: a photo of its own."""


@dataclass(frozen=True, slots=True)
class Removed:
    """One thing that strip took out: where it stood (`APP1 Exif`), its size in bytes, and what kinds of facts it held.

    `kinds` are words of a closed list in `images`: place, time, device, person, hidden picture, ... never values.
    """

    block: str
    length: int
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stripped:
    """A photo with its metadata gone, checked against `original`. Made by `images.verify.check`.

    `width` and `height` are pixels as displayed (orientation applied). `taken_at` is the camera's own clock, aware
    only when the photo stated its offset. `warnings` are sentences for a person, without any value.
    """

    data: bytes = field(repr=False)
    original: Photo
    media_type: MediaType
    width: int
    height: int
    orientation: int
    taken_at: datetime | None = field(repr=False)
    removed: tuple[Removed, ...]
    warnings: tuple[str, ...] = ()

    @property
    def further_pictures(self) -> int:
        """How many pictures stood in the same file that are none of this one's: in its record they are not."""
        return sum(FURTHER_PICTURE in entry.kinds for entry in self.removed)

    @cached_property
    def digest(self) -> Digest:
        """Of its bytes, as of a `Photo`'s."""
        return Digest(hashlib.sha256(self.data).hexdigest())


@dataclass(frozen=True, slots=True)
class Refiled:
    """A photo that was stripped and proven before, as it was opened again, to be filed elsewhere.

    Made by `vault.records.refile`, which matched it with the facts that it was sealed with: of a record that was filed
    for the wrong patient, or of an item of the inbox.
    """

    data: bytes = field(repr=False)
    digest: Digest
    original_digest: Digest
    """Of the photo as it was received."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The filed copy is proven. Made by the vault, having read every object back just now.

    Either this run decrypted the very bytes with the file key it still held, or this station's own signed manifest
    states that an earlier run did and every object matches its signed digest.
    """

    patient: PatientFolder
    record: RecordId
    manifest_digest: Digest
    original_digest: Digest
    reached: str
    """`device`, `reopened` (see `device.ReadBack`) or `manifest` (an earlier run's signed statement, re-matched)."""
    is_new: bool


@dataclass(frozen=True, slots=True)
class Release:
    """Permission to erase one source: `verified` holds and its audit entry is durable. Made by the audit trail."""

    verified: Verified
    audit_digest: Digest

    @property
    def digest(self) -> Digest:
        """Of the photo that may go, as it was received: whoever erases compares it with what is there."""
        return self.verified.original_digest

    @property
    def filed(self) -> tuple[tuple[RecordId, Digest], ...]:
        """The record that holds what is lost with the source, and its photo's digest."""
        return ((self.verified.record, self.verified.original_digest),)


@dataclass(frozen=True, slots=True)
class Disposed:
    """Permission to erase one photo that is filed nowhere: a named clinician's act, durable in the trail (R28).

    Made by the audit trail. It is bound to the photo's digest: it says nothing of any other.
    """

    digest: Digest
    """Of the photo that may go, as it was received: whoever erases compares it with what is there."""
    mark: str
    """The keyed mark of that digest, by which the trail names the photo."""
    audit_digest: Digest

    @property
    def filed(self) -> tuple[tuple[RecordId, Digest], ...]:
        """No record holds what is lost with the source."""
        return ()


@dataclass(frozen=True, slots=True)
class Patch:
    """New bytes for one run of a file, which keeps its length.

    `before` is the SHA-256 of the run's present bytes, of which there are `length`. Tombstones are mostly spaces: they
    are held as a pending note holds them, `packed` (RFC 1950), so that the plans of many photos can wait in memory.
    """

    offset: int
    before: Digest
    length: int
    packed: bytes = field(repr=False)

    @classmethod
    def of(cls, offset: int, before: Digest, after: bytes) -> Patch:
        """Pack the bytes that take the run's place."""
        return cls(offset, before, len(after), zlib.compress(after, 1))

    @property
    def end(self) -> int:
        """Where the run ends."""
        return self.offset + self.length

    @property
    def after(self) -> bytes:
        """The bytes that take the run's place, unpacked anew each time."""
        return zlib.decompress(self.packed)


@dataclass(frozen=True, slots=True)
class Removal:
    """How one photo leaves its mailbox in place. Made by `mail.removal.plan`, from one look at the file.

    `photo` is the SHA-256 of what the bytes under `patches` decode to, as each patch's `before` is of the bytes
    themselves. The patches are ascending and apart. `reference` is the record that the tombstone names.
    """

    photo: Digest
    reference: str
    patches: tuple[Patch, ...]

    def overlaps(self, other: Removal) -> bool:
        """Return whether both change the same byte: done one after the other, the second would not fit any more."""
        runs = sorted((patch.offset, patch.end) for patch in (*self.patches, *other.patches))
        return any(end > start for (_, end), (start, _) in itertools.pairwise(runs))


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every photo that stands in an export, each either filed or not. Made by walking the whole of it just now.

    `content` is the SHA-256 of the very file that was walked; `unfiled` and `unsearched` are parts, `12/2.1`.
    """

    content: Digest
    filed: tuple[Release, ...]
    unfiled: tuple[str, ...]
    """Photos of which this run proved no record."""
    unsearched: tuple[str, ...]
    """Parts that may hold a photo, and could not be looked into."""
    disposed: tuple[Disposed, ...] = ()
    """Photos that are filed nowhere because a clinician decided that: they are decided about, and not unfiled."""

    @property
    def loses_photos(self) -> bool:
        """Whether a photo may be in no record once the export is gone."""
        return bool(self.unfiled or self.unsearched)


@dataclass(frozen=True, slots=True)
class Agreed:
    """Somebody agreed that an export goes, having been shown each photo in it that is not filed.

    Made where that is asked, or, where everything is filed, from the inventory alone.
    """

    inventory: Inventory


@dataclass(frozen=True, slots=True)
class Clearance:
    """Permission to erase one whole export: `agreed` holds and its audit entry is durable. Made by the audit trail."""

    agreed: Agreed
    audit_digest: Digest

    @property
    def digest(self) -> Digest:
        """Of the whole export that was walked: whoever erases compares it with what is there."""
        return self.agreed.inventory.content

    @property
    def filed(self) -> tuple[tuple[RecordId, Digest], ...]:
        """The records of the photos that stood in it, each with its photo's digest."""
        return tuple(pair for release in self.agreed.inventory.filed for pair in release.filed)


Permission: TypeAlias = Release | Clearance | Disposed
"""What erasing needs to be allowed: each kind has the `digest` of what may go, and the records `filed` of it."""


class Evidence(IntEnum):
    """How much of an erasure is proven (docs/explanation/erasure.md)."""

    E0 = 0
    """Other names or clones remain: the photo can still be read."""
    E1 = 1
    """Unlinked or blanked only: copy-on-write, shared, compressed, or a network file system."""
    E2 = 2
    """Overwritten; that the same blocks were hit cannot be proven."""
    E3 = 3
    """Overwritten in place: the physical blocks before and after are the same."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A source is gone, as far as `evidence` says. Made by `erase`.

    `out_of_reach` are sentences that name copies imgfile cannot reach; `leftovers` counts desktop copies also removed.
    """

    evidence: Evidence
    out_of_reach: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
