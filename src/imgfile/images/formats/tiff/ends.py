"""Where a strip's or tile's picture ends within its coded data: what follows is never shown, and goes.

Each compression is asked in its own way: LZW and PackBits are counted, Deflate and LZMA have an end of their own, so
has a Zstandard frame, and most faxes end with codes that occur nowhere else. Where codes break off, nothing is cut,
and that is said. TIFF 6.0 §9, §13; Technical Note 2; RFC 1950; .xz 1.2; RFC 8878; ITU-T T.4 and T.6.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Final

from imgfile.images.formats import lzw
from imgfile.images.inflate import measure

MAX_FAX_BYTES: Final = 8 << 20
"""A strip of a fax whose bits are looked through; a page takes some hundred kilobytes."""
MAX_MEMORY: Final = 128 << 20
"""What LZMA may take."""
_STEP_BYTES: Final = 1 << 16
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_LITERAL_MAX, _NOTHING = 127, 128
"""PackBits' heads (§9): up to 127 bytes as they are, 128 nothing, above it one byte again and again."""
_PAGE_END: Final = re.compile("0{11}10{11}1")
"""T.6 §2.4.1.1: two ends of a line, which no picture holds."""
_FAX_END: Final = re.compile("0{11,}1(?:1?0{11,}1){5}1?")
"""T.4 §4.1.4: six ends of a line; with a 1 behind each where lines are coded by the line above."""
_FRAME: Final = b"\x28\xb5\x2f\xfd"
_RUN_BLOCK: Final = 1


def trimmed(coded: bytes, compression: int, needed: int, *, is_reversed: bool) -> bytes | None:
    """Return a piece up to its picture's end: the very same if nothing stands behind, or nothing says where that is.

    None if the codes break off, so that decoders disagree about what they show. `needed` is how many bytes its pixels
    take uncompressed. Bits of a byte may be stored in reverse (FillOrder 2).
    """
    trim = _TRIMMERS.get(compression)
    if trim is None or not needed:
        return coded
    if not is_reversed:
        return trim(coded, needed)
    turned = coded.translate(_REVERSED)
    made = trim(turned, needed)
    return coded if made is turned else made and made.translate(_REVERSED)


def _plain(coded: bytes, needed: int) -> bytes:
    return coded if len(coded) <= needed else coded[:needed]


def _lzw(coded: bytes, needed: int) -> bytes | None:
    return lzw.trimmed(coded, needed, lzw.tiff_kind(coded))


def _pack_bits(coded: bytes, needed: int) -> bytes | None:
    """Count what comes out (§9); a packet that has more than is needed is shortened."""
    at = shown = 0
    try:
        while shown < needed:
            head = coded[at]
            if head <= _LITERAL_MAX:
                shown, at = shown + head + 1, at + head + 2
            else:
                shown, at = shown + (257 - head if head > _NOTHING else 0), at + (2 if head > _NOTHING else 1)
    except IndexError:
        return None
    if at > len(coded):
        return None
    surplus = shown - needed
    if not surplus:
        return coded if at == len(coded) else coded[:at]
    if head > _NOTHING:  # a run of one byte less one is that byte as it is
        return coded[: at - 2] + bytes((head + surplus if head + surplus <= 256 - 1 else 0,)) + coded[at - 1 : at]
    start = at - head - 2
    return coded[:start] + bytes((head - surplus,)) + coded[start + 1 : at - surplus]


def _deflate(coded: bytes, needed: int) -> bytes | None:
    stream = measure((memoryview(coded),), limit=needed)
    if stream.inflated < needed and not stream.is_ended:
        return None
    if stream.is_ended and stream.inflated <= needed:
        return coded if stream.consumed == len(coded) else coded[: stream.consumed]
    return _deflated_anew(coded, needed)


def _deflated_anew(coded: bytes, needed: int) -> bytes:
    """Compress again only what is shown of a stream that holds more."""
    engine, packer = zlib.decompressobj(), zlib.compressobj(9)
    made: list[bytes] = []
    fed, left = coded, needed
    while left:
        shown = engine.decompress(fed, min(left, _STEP_BYTES))
        made.append(packer.compress(shown))
        fed, left = engine.unconsumed_tail, left - len(shown)
    made.append(packer.flush())
    return b"".join(made)


def _lzma(coded: bytes, needed: int) -> bytes | None:
    import lzma  # noqa: PLC0415 - rare, and left out of some builds of Python

    engine, shown, fed = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_MEMORY), 0, coded
    try:
        while not engine.eof and shown <= needed:
            piece = engine.decompress(fed, _STEP_BYTES)
            shown, fed = shown + len(piece), b""
            if not piece and engine.needs_input and not engine.eof:
                return None
    except lzma.LZMAError:
        return None
    if shown > needed:
        return None
    return coded[: len(coded) - len(engine.unused_data)] if engine.unused_data else coded


def _zstandard(coded: bytes, _: int) -> bytes | None:
    """Step over the blocks of the one frame that decoders read (RFC 8878 §3.1.1)."""
    if not coded.startswith(_FRAME) or len(coded) < len(_FRAME) + 2:
        return None
    descriptor = coded[4]
    is_single, has_checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    size_bytes = (is_single, 2, 4, 8)[descriptor >> 6]
    at = 5 + (not is_single) + (0, 1, 2, 4)[descriptor & 3] + size_bytes
    is_last = 0
    while not is_last:
        head = int.from_bytes(coded[at : at + 3], "little")
        is_last, kind, length = head & 1, head >> 1 & 3, head >> 3
        at += 3 + (1 if kind == _RUN_BLOCK else length)
        if at > len(coded):
            return None
    at += 4 * has_checksum
    if at > len(coded):
        return None
    return coded if at == len(coded) else coded[:at]


def _fax(end: re.Pattern[str]) -> Callable[[bytes, int], bytes | None]:
    def trim(coded: bytes, _: int) -> bytes | None:
        """Cut behind the codes that end a page, the last byte filled up with zeros."""
        if len(coded) > MAX_FAX_BYTES:
            return coded
        found = end.search(f"{int.from_bytes(coded, 'big'):0{8 * len(coded)}b}")
        if found is None:  # many writers leave them out
            return coded
        length = -(-found.end() // 8)
        kept = int.from_bytes(coded[:length], "big") >> 8 * length - found.end() << 8 * length - found.end()
        made = kept.to_bytes(length, "big")
        return coded if made == coded else made

    return trim


_TRIMMERS: Final[dict[int, Callable[[bytes, int], bytes | None]]] = {
    1: _plain,
    3: _fax(_FAX_END),
    4: _fax(_PAGE_END),
    5: _lzw,
    8: _deflate,
    32773: _pack_bits,
    32946: _deflate,
    34925: _lzma,
    50000: _zstandard,
}
"""By the number of the compression (TIFF 6.0 §8, Technical Notes, libtiff's registry)."""
COUNTED: Final = frozenset({5, 8, 32773, 32946})
"""Those whose end is always found: their codes are counted, or say it. A fax may go without an end mark."""
