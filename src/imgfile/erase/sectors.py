"""The bytes to be overwritten, sector by sector: old, new, or a stranger's.

A device writes 512 bytes whole or not at all, so after any crash each sector is the old or the new one, if the file
is still ours. One that is neither means that someone else wrote, and then nothing is touched.

Between two looks the size, the number of names and the times are compared, ctime among them, which no program can set;
what has changed is read anew. No call compares and writes in one: what is written between the last look and the very
next call is not seen.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence

from imgfile import files
from imgfile.clinical.proofs import Digest
from imgfile.erase.note import SECTOR_BYTES, SECTOR_DIGEST_BYTES, PendingErasure, Region, WholeFile

GUARD_BYTES = 4096
"""How much on each side of a region must be as it was."""


class Watch:
    """Whether somebody else has touched an open file since it was last looked at."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._seen = files.state_of(descriptor)

    def renew(self) -> None:
        """Take the file as it is now: what changed it was an own write. Raises OSError."""
        self._seen = files.state_of(self._descriptor)

    def has_changed(self) -> bool:
        """Return whether the file is not as it was last seen. Raises OSError."""
        return files.state_of(self._descriptor) != self._seen


def pieces(offset: int, length: int) -> Iterator[tuple[int, int]]:
    """Cut a run into pieces of at most 1 MiB at whole mebibytes: start and length in bytes."""
    end = offset + length
    while offset < end:
        step = min(files.CHUNK_BYTES - offset % files.CHUNK_BYTES, end - offset)
        yield offset, step
        offset += step


def _all_pieces(target: WholeFile | Region) -> Iterator[tuple[int, int]]:
    return itertools.chain.from_iterable(itertools.starmap(pieces, target.runs))


def digests(descriptor: int, offset: int, length: int) -> tuple[Digest, bytes]:
    """Read a run once: its SHA-256, and the truncated digest of each sector. Raises OSError."""
    whole, parts = hashlib.sha256(), []
    for start, step in pieces(offset, length):
        data = files.read_at(descriptor, start, step)
        whole.update(data)
        parts += [_digest(sector) for sector in _cut(start, data)]
    return Digest(whole.hexdigest()), b"".join(parts)


def piece_digests(descriptor: int, length: int) -> tuple[Digest, bytes]:
    """Read a file once: its SHA-256, and the truncated digest of each mebibyte. Raises OSError."""
    whole, parts = hashlib.sha256(), []
    for start, step in pieces(0, length):
        data = files.read_at(descriptor, start, step)
        whole.update(data)
        parts.append(_digest(memoryview(data)))
    return Digest(whole.hexdigest()), b"".join(parts)


def guards(descriptor: int, runs: Sequence[tuple[int, int]]) -> tuple[Digest, ...]:
    """Digest up to 4 KiB at each end of what lies before, between and after runs. Raises OSError."""
    starts = [offset for offset, _ in runs]
    ends = [offset + length for offset, length in runs]
    first, last = max(0, starts[0] - GUARD_BYTES), ends[-1] + GUARD_BYTES
    return tuple(_guard(descriptor, begin, end) for begin, end in zip([first, *ends], [*starts, last], strict=True))


def _guard(descriptor: int, begin: int, end: int) -> Digest:
    middle = max(begin, end - GUARD_BYTES)
    head = files.read_at(descriptor, begin, min(GUARD_BYTES, middle - begin))
    return Digest(hashlib.sha256(head + files.read_at(descriptor, middle, end - middle)).hexdigest())


def overwrite(descriptor: int, target: WholeFile | Region, look: Callable[[], None], watch: Watch) -> None:
    """Write the new bytes over the old ones, once; does not sync. Raises OSError.

    Before each piece of a whole file `look` is called if `watch` shows that somebody else has touched it: it raises
    what stops this, and then no further byte is written.
    """
    for start, step in _all_pieces(target):
        fresh = target.fresh(start, step)
        if isinstance(target, WholeFile) and watch.has_changed():
            look()
        files.overwrite(descriptor, start, fresh)
        watch.renew()


def are_old_or_new(descriptor: int, erasure: PendingErasure) -> bool:
    """Return whether every sector is one of the two; without digests of old ones, each must be new. Raises OSError.

    Of a long file, what is before the noted stretch must be new, and what is after it old.
    """
    target = erasure.target
    if isinstance(target, WholeFile) and not (is_new(descriptor, target) and is_rest_old(descriptor, target)):
        return False
    old = _chunks(erasure.sectors)
    for start, step in _all_pieces(target):
        data = files.read_at(descriptor, start, step)
        new = _cut(start, target.fresh(start, step))
        for sector, expected in zip(_cut(start, data), new, strict=False):
            noted = next(old, b"")
            if sector != expected and _digest(sector) != noted:
                return False
        if len(data) != step:
            return False
    return True


def is_as_noted(erasure: PendingErasure, descriptor: int) -> bool:
    """Return whether a file has the noted length, and each sector is one that the note allows. Raises OSError."""
    is_as_long = files.FileIdentity.of(descriptor).size == erasure.size
    return is_as_long and are_old_or_new(descriptor, erasure)


def is_new(descriptor: int, target: WholeFile) -> bool:
    """Return whether everything before the stretch was overwritten. Raises OSError."""
    done = pieces(0, target.start)
    return all(files.read_at(descriptor, start, step) == target.fresh(start, step) for start, step in done)


def is_rest_old(descriptor: int, target: WholeFile) -> bool:
    """Return whether nothing after the stretch has changed. Raises OSError."""
    noted = _chunks(target.rest)
    rest = pieces(target.end, target.length - target.end)
    return all(_digest(memoryview(files.read_at(descriptor, *piece))) == next(noted, b"") for piece in rest)


def _cut(start: int, data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    first = SECTOR_BYTES - start % SECTOR_BYTES
    yield view[:first]
    for offset in range(first, len(view), SECTOR_BYTES):
        yield view[offset : offset + SECTOR_BYTES]


def _chunks(noted: bytes) -> Iterator[bytes]:
    for offset in range(0, len(noted), SECTOR_DIGEST_BYTES):
        yield noted[offset : offset + SECTOR_DIGEST_BYTES]


def _digest(sector: memoryview) -> bytes:
    return hashlib.sha256(sector).digest()[:SECTOR_DIGEST_BYTES]
