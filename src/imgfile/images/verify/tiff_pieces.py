"""A second look at a TIFF's strips and tiles: the same picture as the original's, and nothing behind it.

Written apart from `images/formats/tiff/ends.py`: what can be uncompressed here is, and compared as far as it shows.
TIFF 6.0 §9, §13, §21; RFC 1950; the .xz format 1.2; RFC 8878; ITU-T T.4 and T.6.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images.verify import lzw
from imgfile.images.verify.proof import demand

_BEHIND: Final = "data behind the picture"
_TURNED: Final = bytes(sum((byte >> place & 1) << 7 - place for place in range(8)) for byte in range(256))
_STEP: Final = 1 << 16
_MEMORY: Final = 1 << 27
_SUBSAMPLED: Final = 6
_APART: Final = 2
_MAX_FAX: Final = 1 << 23
_ENDS: Final = {4: re.compile("(?:0{11}1){2}"), 3: re.compile("0{11,}1(?:1?0{11,}1){5}1?")}
_BITS: Final = tuple(f"{byte:08b}" for byte in range(256))


@dataclass(frozen=True, slots=True)
class Size:
    """A page's numbers that say how many bytes its pieces take uncompressed."""

    width: int
    height: int
    across: int
    down: int
    bits: tuple[int, ...]
    planar: int
    photometric: int
    subsampling: tuple[int, ...]
    is_tiled: bool

    def piece_bytes(self, index: int) -> int:
        """Return how many bytes one strip's or tile's pixels take; 0 if the numbers do not say so."""
        columns = -(-self.width // self.across)
        rows = -(-self.height // self.down)
        plane, place = divmod(index, columns * rows)
        lines = self.down if self.is_tiled else min(self.down, self.height - place // columns * self.down)
        depths = self.bits[plane : plane + 1] if self.planar == _APART else self.bits
        if self.photometric == _SUBSAMPLED and self.subsampling != (1, 1):
            if depths != (8, 8, 8) or len(self.subsampling) != 2 or not set(self.subsampling) <= {1, 2, 4}:  # noqa: PLR2004
                return 0
            wide, high = self.subsampling
            return -(-self.across // wide) * -(-lines // high) * (wide * high + 2)
        return (self.across * sum(depths) + 7) // 8 * lines


def prove(mine: bytes, theirs: bytes, compression: int, needed: int, *, is_turned: bool) -> None:
    """Raise `UnsupportedImage` unless a piece shows what the original's shows, and ends there.

    One whose end cannot be found here must be the very same.
    """
    if is_turned:
        mine, theirs = mine.translate(_TURNED), theirs.translate(_TURNED)
    if compression == 5 and needed:  # noqa: PLR2004 - LZW
        is_old = theirs[:1] == b"\0" and len(theirs) > 1 and theirs[1] & 1
        lzw.prove(mine, theirs, needed, lzw.OLD_TIFF if is_old else lzw.TIFF, 8)
    elif compression in {8, 32946} and needed:
        _prove_deflate(mine, theirs, needed)
    elif compression == 32773 and needed:  # noqa: PLR2004 - PackBits
        _prove_pack_bits(mine, theirs, needed)
    elif compression in _ENDS and len(theirs) <= _MAX_FAX:
        _prove_fax(mine, theirs, _ENDS[compression])
    else:
        demand(theirs.startswith(mine), "coded data")
        is_ended = {1: _ends_plain, 34925: _ends_lzma, 50000: _ends_zstandard}.get(compression, _ends_somewhere)
        found = is_ended(mine, needed) if needed else None
        demand(mine == theirs if found is None else found, _BEHIND)


def _prove_deflate(mine: bytes, theirs: bytes, needed: int) -> None:
    """Inflate both side by side, as far as the pixels go."""
    engine = zlib.decompressobj()
    shown = 0
    others = _inflated(zlib.decompressobj(), theirs)
    left = b""
    for piece in _inflated(engine, mine):
        shown += len(piece)
        want = piece
        while want:
            left = left or next(others, b"")
            count = min(len(left), len(want))
            demand(count and left[:count] == want[:count], "coded data")
            left, want = left[count:], want[count:]
        if shown > needed:
            break
    if shown < needed:
        demand(theirs.startswith(mine) and (engine.eof or mine == theirs), "coded data")
        demand(not engine.unused_data, _BEHIND)
        return
    demand(shown == needed and engine.eof and not engine.unused_data, _BEHIND)


def _inflated(engine: zlib._Decompress, coded: bytes) -> Iterator[bytes]:
    """Yield what a stream gives, up to where it breaks."""
    fed = coded
    while not engine.eof:
        try:
            piece = engine.decompress(fed, _STEP)
        except zlib.error:
            return
        fed = engine.unconsumed_tail
        if piece:
            yield piece
        elif not fed:
            return


def _prove_pack_bits(mine: bytes, theirs: bytes, needed: int) -> None:
    shown, end = _unpacked(mine, needed)
    if len(shown) < needed:
        demand(mine == theirs, "coded data")
        return
    demand(len(shown) == needed and end == len(mine), _BEHIND)
    demand(_unpacked(theirs, needed)[0][:needed] == shown, "coded data")


def _unpacked(coded: bytes, needed: int) -> tuple[bytes, int]:
    """Expand packets until there is enough; return also where the last one ends."""
    pieces: list[bytes] = []
    at = total = 0
    while total < needed and at < len(coded):
        head = struct.unpack_from("b", coded, at)[0]
        if head >= 0:
            piece = coded[at + 1 : at + 2 + head]
            at += 2 + head
        else:  # -128 is nothing
            piece = b"" if head == -128 else coded[at + 1 : at + 2] * (1 - head)  # noqa: PLR2004
            at += 1 if head == -128 else 2  # noqa: PLR2004
        pieces.append(piece)
        total += len(piece)
    return b"".join(pieces), at


def _prove_fax(mine: bytes, theirs: bytes, end: re.Pattern[str]) -> None:
    """Demand that codes end with the codes that end a page, and are the very same up to there."""
    bits, others = ("".join(map(_BITS.__getitem__, coded)) for coded in (mine, theirs))
    found = end.search(bits)
    if found is None:
        demand(mine == theirs, "coded data")
        return
    demand(bits[: found.end()] == others[: found.end()], "coded data")
    demand(len(bits) - found.end() < 8 and "1" not in bits[found.end() :], _BEHIND)  # noqa: PLR2004 - a byte


def _ends_somewhere(_mine: bytes, _needed: int) -> bool | None:
    """Return None: where a picture's codes end cannot be known here."""
    return None


def _ends_plain(mine: bytes, needed: int) -> bool | None:
    return len(mine) == needed if len(mine) >= needed else None


def _ends_lzma(mine: bytes, needed: int) -> bool | None:
    import lzma  # noqa: PLC0415 - rare, and left out of some builds of Python

    engine = lzma.LZMADecompressor(memlimit=_MEMORY)
    try:
        shown = len(engine.decompress(mine, needed + 1))
        while not engine.eof and not engine.needs_input and shown <= needed:
            shown += len(engine.decompress(b"", needed + 1 - shown))
    except lzma.LZMAError:
        return None
    return not engine.unused_data if engine.eof and shown <= needed else None


def _ends_zstandard(mine: bytes, _: int) -> bool | None:
    """Return whether one frame fills the piece: its head, blocks of stated lengths, perhaps a checksum (§3.1.1)."""
    flags = int.from_bytes(mine[4:5], "big")
    is_single = flags & 0x20
    at = 5 + (0 if is_single else 1) + (0, 1, 2, 4)[flags & 3] + ((1 if is_single else 0), 2, 4, 8)[flags >> 6]
    block = 0
    while not block & 1:
        if at + 3 > len(mine):
            return None
        block = mine[at] | mine[at + 1] << 8 | mine[at + 2] << 16
        at += 4 if block & 6 == 2 else 3 + (block >> 3)  # noqa: PLR2004 - a run is one byte
    at += 4 if flags & 4 else 0
    return at == len(mine) if at <= len(mine) and mine.startswith(b"\x28\xb5\x2f\xfd") else None
