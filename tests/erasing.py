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
from typing import Any

from imgfile import files
from imgfile.clinical.proofs import Digest, Erasure, PatientFolder, RecordId, Release, Verified
from imgfile.erase import PendingFacts, erase_file, erase_region, resume

MARKER = b"imgfile-marked-block:"


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


def release(data: bytes) -> Release:
    """Pretend that these bytes are filed and proven."""
    verified = Verified(
        patient=PatientFolder("1" * 32),
        record=RecordId("2" * 32),
        manifest_digest=Digest("3" * 64),
        original_digest=Digest(hashlib.sha256(data).hexdigest()),
        reached="device",
        is_new=True,
    )
    return Release(verified, Digest("4" * 64))


def identity(path: Path) -> files.FileIdentity:
    """Read the identity that ingest would have read."""
    with files.opened_source(path) as descriptor:
        return files.FileIdentity.of(descriptor)


@dataclass
class Source:
    """A file with a photo in it, or a mailbox with one at `region`, and the notes of the station that erases it."""

    path: Path
    notes: Notes
    data: bytes
    region: slice | None = None
    identity: files.FileIdentity = field(init=False)

    def __post_init__(self) -> None:
        self.path.write_bytes(self.data)
        descriptor = os.open(self.path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        self.identity = identity(self.path)

    @property
    def tombstone(self) -> bytes:
        """What the region holds after a finished erasure."""
        assert self.region is not None
        length = self.region.stop - self.region.start
        return b"Removed by imgfile\n".ljust(length, b" ")[:length]

    @property
    def erased(self) -> bytes | None:
        """What the path holds after a finished erasure."""
        if self.region is None:
            return None
        return self.data[: self.region.start] + self.tombstone + self.data[self.region.stop :]

    def erase(self) -> Erasure:
        """Erase it, as the act of filing would."""
        if self.region is None:
            return erase_file(release(self.data), self.path, self.identity, pending=self.notes)
        before = hashlib.sha256(self.data[self.region]).hexdigest()
        patch = files.Patch(self.region.start, before, self.tombstone)
        return erase_region(release(b"the photo"), self.path, self.identity, patch, pending=self.notes)

    def finish(self) -> list[Erasure]:
        """Finish what the notes say, as the next run would, and drop them."""
        finished = []
        for note in self.notes.all():
            finished.append(resume(note.facts, pending=note))
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
    return Source(folder / "Inbox", _notes(folder), before + image + after, region)


def _notes(folder: Path) -> Notes:
    (folder / "notes").mkdir(exist_ok=True)
    return Notes(folder / "notes")


Fault = Callable[[int, str, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


class FailingSystem:
    """Stands in for `os` inside `imgfile.files`, counts its calls, and asks `fault` about each."""

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
