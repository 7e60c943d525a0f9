"""The bytes to be overwritten, sector by sector: old, new, or a stranger's.

A device writes 512 bytes whole or not at all, so after any crash each sector is the old or the new one, if the file
is still ours. One that is neither means that someone else wrote, and then nothing is touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from imgfile import files
from imgfile.clinical.proofs import Digest
from imgfile.erase.note import SECTOR_BYTES, SECTOR_DIGEST_BYTES, PendingErasure, Region, WholeFile

GUARD_BYTES = 4096
"""How much on each side of a region must be as it was."""


def pieces(offset: int, length: int) -> Iterator[tuple[int, int]]:
    """Cut a run into pieces of at most 1 MiB at whole mebibytes: start and length in bytes."""
    end = offset + length
    while offset < end:
        step = min(files.CHUNK_BYTES - offset % files.CHUNK_BYTES, end - offset)
        yield offset, step
        offset += step


def digests(descriptor: int, offset: int, length: int) -> tuple[Digest, bytes]:
    """Read a run once: its SHA-256, and the truncated digest of each sector. Raises OSError."""
    whole, parts = hashlib.sha256(), []
    for start, step in pieces(offset, length):
        data = files.read_at(descriptor, start, step)
        whole.update(data)
        parts += [_digest(sector) for sector in _cut(start, data)]
    return Digest(whole.hexdigest()), b"".join(parts)


def guards(descriptor: int, offset: int, length: int) -> tuple[Digest, Digest]:
    """Digest up to 4 KiB before and after a run. Raises OSError."""
    start = max(0, offset - GUARD_BYTES)
    return (
        digests(descriptor, start, offset - start)[0],
        Digest(hashlib.sha256(files.read_at(descriptor, offset + length, GUARD_BYTES)).hexdigest()),
    )


def overwrite(descriptor: int, target: WholeFile | Region) -> None:
    """Write the new bytes over the old ones, once; does not sync. Raises OSError."""
    for start, step in pieces(target.offset, target.length):
        files.overwrite(descriptor, start, target.fresh(start, step))


def are_old_or_new(descriptor: int, erasure: PendingErasure) -> bool:
    """Tell whether every sector is one of the two; without digests of old ones, each must be new. Raises OSError."""
    old = _chunks(erasure.sectors)
    for start, step in pieces(erasure.target.offset, erasure.target.length):
        data = files.read_at(descriptor, start, step)
        new = _cut(start, erasure.target.fresh(start, step))
        for sector, expected in zip(_cut(start, data), new, strict=False):
            noted = next(old, b"")
            if sector != expected and _digest(sector) != noted:
                return False
        if len(data) != step:
            return False
    return True


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
