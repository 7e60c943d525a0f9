"""A second walk of a stripped JPEG, beside its original: allow-listed, and the coded data the very same bytes.

Written apart from the stripper and its walker on purpose: this one steps through output and original together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imgfile.images.verify.proof import Proof, demand, is_same

ALLOWED_FRAMES: Final = b"\xc0\xc1\xc2\xc3\xc9\xca\xcb"
ALLOWED: Final = ALLOWED_FRAMES + b"\xc4\xcc\xda\xdb\xdc\xdd\xd9"
"""SOFn, DHT, DAC, SOS, DQT, DNL, DRI, EOI; in front of them, in this order, only APP0, APP1, APP2 and APP14."""
JFIF, EXIF, ICC, ADOBE = 0xE0, 0xE1, 0xE2, 0xEE
HEADS: Final = frozenset({JFIF, EXIF, ICC, ADOBE})

TAIL_BYTES: Final = 4096
"""How much of a scan's end is searched: the one place in coded data that a decoder may never look at."""
_END_OF_SCAN = re.compile(rb"\xff[^\x00-\xbf\xd0-\xd7\xff]")
_NEXT = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
_ICC_MARK, _JFIF_MARK, _ADOBE_MARK = b"ICC_PROFILE\0", b"JFIF\0", b"Adobe"
_JFIF_BYTES: Final = 14
_ADOBE_BYTES: Final = 12
_DROPPED: Final = frozenset({0xFE, *range(0xE0, 0xF0)})
_SOS, _EOI, _DNL = 0xDA, 0xD9, 0xDC

Heads = list[tuple[int, bytes]]
"""Application segments: marker and payload."""


def prove(original: bytes, output: bytes, exif_block: bytes) -> Proof:
    """Raise `UnsupportedImage` unless the output is only the original's picture, with this Exif block or none."""
    heads, start = _output_heads(output)
    skipped: Heads = []
    size, coded = prove_coded(original, output, start, skipped)
    _prove_heads(heads, skipped, exif_block)
    return Proof(*size, _profile(skipped), _profile(heads), coded)


def prove_coded(
    original: bytes, output: bytes, start: int, skipped: Heads
) -> tuple[tuple[int, int], tuple[bytes, ...]]:
    """Step through both up to their ends; give the size stated, and what is searched. Adds heads to `skipped`.

    The output's coded data are looked through. The original's are not: they are the very same bytes, so no marker
    stands in them either, and they end where the output's do if a marker follows them there.
    """
    mine, theirs, has_scan = start, 2, False
    coded: list[bytes] = []
    size = (0, 0)
    while True:
        marker, theirs = _next_coded(original, theirs, None if has_scan else skipped)
        demand(marker in ALLOWED and output[mine : mine + 2] == bytes((255, marker)), "coded segments")
        if marker == _EOI:
            break
        end = mine + 2 + int.from_bytes(output[mine + 2 : mine + 4], "big")
        if marker == _SOS:
            has_scan, header_end, end = True, end, _scan_end(output, end)
            coded.append(output[max(header_end, end - TAIL_BYTES) : end])
        else:
            coded.append(output[mine + 4 : end])
        demand(is_same(output, mine, original, theirs, end - mine), "coded data")
        if marker in ALLOWED_FRAMES or (marker == _DNL and not size[1]):
            size = _size(output[mine + 4 : end], size, is_frame=marker != _DNL)
        theirs += end - mine
        mine = end
        demand(marker != _SOS or _is_scan_end(original, theirs), "coded data")
    demand(mine + 2 == len(output), "end of file")
    return size, tuple(coded)


def _output_heads(output: bytes) -> tuple[Heads, int]:
    """Read the application segments in front; they must be sorted, and none may stand elsewhere."""
    demand(output[:2] == b"\xff\xd8", "start of file")
    heads: Heads = []
    at = 2
    while output[at : at + 1] == b"\xff" and output[at + 1] in HEADS:
        end = at + 2 + int.from_bytes(output[at + 2 : at + 4], "big")
        heads.append((output[at + 1], output[at + 4 : end]))
        at = end
    markers = [marker for marker, _ in heads]
    demand(markers == sorted(markers), "order of segments")
    demand(all(markers.count(once) <= 1 for once in HEADS - {ICC}), "repeated segments")
    return heads, at


def _prove_heads(heads: Heads, skipped: Heads, exif_block: bytes) -> None:
    """Compare each with what the original's decoders obeyed, byte for byte."""
    by_marker = dict(heads)
    demand(by_marker.get(JFIF) == _last(skipped, JFIF, _JFIF_MARK, _JFIF_BYTES, behind=bytes(2)), "JFIF")
    demand(by_marker.get(EXIF, b"") == exif_block, "Exif")
    demand(by_marker.get(ADOBE) == _last(skipped, ADOBE, _ADOBE_MARK, _ADOBE_BYTES), "Adobe")
    chunks = [body for marker, body in heads if marker == ICC]
    numbered = [_ICC_MARK + bytes((number, len(chunks))) for number in range(1, len(chunks) + 1)]
    demand([body[: len(_ICC_MARK) + 2] for body in chunks] == numbered, "colour profile")


def _last(skipped: Heads, marker: int, mark: bytes, length: int, behind: bytes = b"") -> bytes | None:
    """Return what the last such segment says to a decoder, with what must follow it in place of the rest."""
    bodies = [body for found, body in skipped if found == marker and body.startswith(mark) and len(body) >= length]
    return bodies[-1][: length - len(behind)] + behind if bodies else None


def _profile(heads: Heads) -> bytes | None:
    """Join a profile as decoders do: sorted by number."""
    chunks = sorted(body[len(_ICC_MARK) :] for marker, body in heads if marker == ICC and body.startswith(_ICC_MARK))
    return b"".join(chunk[2:] for chunk in chunks) or None


def _next_coded(data: bytes, at: int, skipped: Heads | None) -> tuple[int, int]:
    """Find the original's next segment that is neither application data nor a comment."""
    for marker, start in _markers(data, at):
        if marker in _DROPPED:
            if skipped is not None:
                skipped.append((marker, _body(data, start)))
            continue
        return marker, start
    return 0, len(data)


def _markers(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    found = _NEXT.search(data, at)
    while found is not None:
        yield found[1][0], found.start()
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        found = _NEXT.search(data, found.end() + length)


def _body(data: bytes, start: int) -> bytes:
    return data[start + 4 : start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")]


def _scan_end(output: bytes, start: int) -> int:
    found = _END_OF_SCAN.search(output, start)
    demand(found, "end of a scan")
    return found.start() if found is not None else start


def _is_scan_end(original: bytes, at: int) -> bool:
    """Return whether only fill bytes stand between here and a marker that ends a scan."""
    found = _END_OF_SCAN.search(original, at)
    return found is not None and original.count(b"\xff", at, found.start()) == found.start() - at


def _size(body: bytes, stated: tuple[int, int], *, is_frame: bool) -> tuple[int, int]:
    """Read width and height of a frame, or the height that DNL states behind the first scan."""
    if is_frame:
        return int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
    return stated[0], int.from_bytes(body[:2], "big")
