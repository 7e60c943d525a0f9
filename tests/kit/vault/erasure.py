"""A world to erase in: a station's pending notes on disk, a filed photo's release, and a system that fails on cue."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from imgfile import beneath, device, files, renaming, replacing, staging
from imgfile.clinical.proofs import (
    Agreed,
    Clearance,
    Digest,
    Erasure,
    Inventory,
    Patch,
    PatientFolder,
    RecordId,
    Release,
    Removal,
    Verified,
)
from imgfile.erase.note import PendingFacts
from imgfile.erase.region import erase_region
from imgfile.erase.resume import resume
from imgfile.erase.whole_file import erase_export, erase_file

MARKER = b"imgfile-marked-block:"
PHOTO = b"the photo"
"""What the photo in a mailbox, or in an export, decodes to, as far as these tests pretend."""


@dataclass
class Notes:
    """Pending notes as the station keeps them: one durable file each."""

    folder: Path

    def write(self, facts: PendingFacts) -> Note:
        """Make a note."""
        note = Note(self.folder / secrets.token_hex(8))
        note.update(facts)
        return note

    def all(self) -> list[Note]:
        """List the notes there are."""
        return [Note(path) for path in sorted(self.folder.glob("[0-9a-f]*"))]


@dataclass
class Note:
    """One pending note."""

    path: Path

    def update(self, facts: PendingFacts) -> None:
        """Replace its facts."""
        files.replace(self.path, json.dumps(facts).encode("ascii"))

    def drop(self) -> None:
        """Remove it."""
        files.unlink(self.path)

    @property
    def facts(self) -> PendingFacts:
        """Read its facts."""
        facts: PendingFacts = json.loads(self.path.read_bytes())
        return facts


def marked(blocks: int = 64, *, tail: int = 300) -> bytes:
    """Make a photo's worth of bytes in which every 4 KiB block can be found again on a raw device."""
    body = b"".join(
        (MARKER + b"%08d:" % number + secrets.token_bytes(32)).ljust(4096, b".") for number in range(blocks)
    )
    return body + MARKER.ljust(tail, b",")


def digest_of(data: bytes) -> Digest:
    """Return the SHA-256 of bytes, as proofs hold it."""
    return Digest(hashlib.sha256(data).hexdigest())


def removal(*patches: Patch, photo: bytes = PHOTO) -> Removal:
    """Pretend that this is how a photo leaves its mailbox."""
    return Removal(digest_of(photo), "7f3k-q2ma", patches)


def release(data: bytes) -> Release:
    """Pretend that these bytes are filed and proven."""
    verified = Verified(
        patient=PatientFolder("1" * 32),
        record=RecordId("2" * 32),
        manifest_digest=Digest("3" * 64),
        original_digest=digest_of(data),
        reached="device",
        is_new=True,
    )
    return Release(verified, Digest("4" * 64))


def identity(path: Path) -> files.FileIdentity:
    """Read the identity that ingest would have read."""
    with files.opened_source(path) as descriptor:
        return files.FileIdentity.of(descriptor)


def clearance(data: bytes) -> Clearance:
    """Pretend that an export of these bytes was walked, holds one photo that is filed, and may go."""
    inventory = Inventory(digest_of(data), (release(PHOTO),), (), ())
    return Clearance(Agreed(inventory), Digest("5" * 64))


@dataclass
class Source:
    """A file with a photo in it, or a mailbox with one at `regions`, and the notes of the station that erases it."""

    path: Path
    notes: Notes
    data: bytes
    regions: tuple[slice, ...] = ()
    is_export: bool = False
    identity: files.FileIdentity = field(init=False)

    def __post_init__(self) -> None:
        self.path.write_bytes(self.data)
        descriptor = os.open(self.path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        self.identity = identity(self.path)

    @property
    def region(self) -> slice:
        """Where the photo begins in a mailbox."""
        return self.regions[0]

    @property
    def removal(self) -> Removal:
        """What takes the photo's place in a mailbox."""
        planned = []
        for region in self.regions:
            length = region.stop - region.start
            tombstone = b"Removed by imgfile\n".ljust(length, b" ")[:length]
            planned.append(Patch.of(region.start, digest_of(self.data[region]), tombstone))
        return removal(*planned)

    @property
    def erased(self) -> bytes | None:
        """What the path holds after a finished erasure."""
        data = bytearray(self.data)
        for patch in self.removal.patches:
            data[patch.offset : patch.end] = patch.after
        return bytes(data) if self.regions else None

    def erase(self) -> Erasure:
        """Erase it, as the act of filing would."""
        if self.is_export:
            return erase_export(clearance(self.data), self.path, self.identity, pending=self.notes)
        if not self.regions:
            return erase_file(release(self.data), self.path, self.identity, pending=self.notes)
        return erase_region(release(PHOTO), self.path, self.identity, self.removal, pending=self.notes)

    @property
    def proven(self) -> list[Verified]:
        """What the next run proves anew."""
        return [release(PHOTO if self.is_export or self.regions else self.data).verified]

    def finish(self) -> list[Erasure]:
        """Finish what the notes say, as the next run would, and drop them."""
        finished = []
        for note in self.notes.all():
            finished.append(resume(note.facts, proven=self.proven, pending=note))
            note.drop()
        return finished

    def now(self) -> bytes | None:
        """Read what the path holds."""
        return self.path.read_bytes() if self.path.exists() else None


def photo(folder: Path, data: bytes | None = None) -> Source:
    """Make a photo to erase, beside a folder for the notes."""
    return Source(folder / "photo.jpg", _notes(folder), data or marked())


def mailbox(folder: Path) -> Source:
    """Make a mailbox with a photo in its midst, at no round offset."""
    before, image, after = b"From a\n\nbefore\n" * 700, marked(), b"\nFrom b\n\nafter\n" * 700
    region = slice(len(before), len(before) + len(image))
    return Source(folder / "Inbox", _notes(folder), before + image + after, (region,))


def scattered(folder: Path) -> Source:
    """Make a mailbox file with a photo in pieces: one shorter than a sector, gaps short and long, the end of file."""
    image, data, regions = marked(), b"x" * 700, []
    for piece, gap in ((image[:41_060], 36), (image[41_060:41_124], 9000), (image[41_124:], 0)):
        regions.append(slice(len(data), len(data) + len(piece)))
        data += piece + b"y" * gap
    return Source(folder / "rash.msg", _notes(folder), data, tuple(regions))


def export(folder: Path) -> Source:
    """Make an export that is erased in several stretches, where a test makes these a mebibyte long."""
    return Source(folder / "export.zip", _notes(folder), marked(files.CHUNK_BYTES // 4096 + 9), is_export=True)


def _notes(folder: Path) -> Notes:
    (folder / "notes").mkdir(exist_ok=True)
    return Notes(folder / "notes")


Fault = Callable[[int, str, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


class FailingSystem:
    """Stands in for `os` in the seam to the file system, counts its calls, and asks `fault` about each."""

    def __init__(self, fault: Fault) -> None:
        self.calls: list[str] = []
        self._fault = fault

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - it stands for a whole module
        real = getattr(os, name)
        if not callable(real) or isinstance(real, type) or name == "strerror":
            return real

        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as above
            self.calls.append(name)
            return self._fault(len(self.calls), name, real, arguments, named)

        return call


def failing_at(number: int, code: int) -> Fault:
    """Let one call fail with an error; closing a file never fails here, as on Linux it has happened anyway."""

    def fault(
        count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        if count == number and name != "close":
            raise OSError(code, os.strerror(code))
        return real(*arguments, **named)

    return fault


def dying_at(number: int) -> Fault:
    """Kill the process at one call; a write gets half of its sectors down first."""

    def fault(
        count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        if count == number:
            if name == "pwrite":
                descriptor, data, offset = arguments
                os.pwrite(descriptor, data[: (offset + len(data) // 2) // 512 * 512 - offset], offset)  # type: ignore[attr-defined,unused-ignore]
            os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[attr-defined,unused-ignore]
        return real(*arguments, **named)

    return fault


ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)


def refusing(call: str, code: int) -> FailingSystem:
    """Let every call of one kind fail."""

    def fault(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        if name == call:
            raise OSError(code, os.strerror(code))
        return real(*arguments, **named)

    return FailingSystem(fault)


def answering(call: str, answer: object) -> FailingSystem:
    """Let every call of one kind give one answer."""

    def fault(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - as above
        return answer if name == call else real(*arguments, **named)

    return FailingSystem(fault)


def stand_in(system: FailingSystem, put: Callable[[ModuleType, str, object], None] = setattr) -> None:
    """Put a system in the place of the real one, in all of the seam: for good, or by a monkeypatch's `setattr`."""
    for module in (files, staging, replacing, renaming, device, beneath):
        put(module, "os", system)


def stage(path: Path, data: bytes = b"onetwo") -> None:
    """Stage a file and publish it; raise what `publish` returns."""
    with staging.Staging("strip") as under_way:
        under_way.add(path, data)
        for error in under_way.publish():
            if error:
                raise error
