"""A second walk of a stripped JPEG, beside its original: allow-listed, and the coded data the very same bytes.

Written apart from the stripper and its walker on purpose: this one steps through output and original together.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from imgfile.images.verify.proof import Proof, demand, is_same

ALLOWED_FRAMES: Final = b"\xc0\xc1\xc2\xc3\xc9\xca\xcb"
ALLOWED: Final = ALLOWED_FRAMES + b"\xda\xdc\xd9"
"""SOFn, SOS, DNL, EOI, and tables before them; in front of them, in this order, only APP0, APP1, APP2 and APP14."""
JFIF, EXIF, ICC, ADOBE = 0xE0, 0xE1, 0xE2, 0xEE
HEADS: Final = frozenset({JFIF, EXIF, ICC, ADOBE})

TAIL_BYTES: Final = 4096
"""How much of a scan's end is searched: the one place in coded data that a decoder may never look at."""
_END_OF_SCAN = re.compile(rb"\xff[^\x00-\xbf\xd0-\xd7\xff]")
_RESTART = re.compile(rb"(\xff[\xd0-\xd7])")
_NEXT = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
_ICC_MARK, _JFIF_MARK, _ADOBE_MARK = b"ICC_PROFILE\0", b"JFIF\0", b"Adobe"
_JFIF_BYTES: Final = 14
_ADOBE_BYTES: Final = 12
_DROPPED: Final = frozenset({0xFE, *range(0xE0, 0xF0)})
_FRAME_BYTES: Final = 6
"""A frame without its components (T.81 §B.2.2)."""
_END_MARK: Final = b"\xff\xd9"
_SOS, _EOI, _DNL = 0xDA, 0xD9, 0xDC

TABLES: Final = frozenset({0xDB, 0xC4, 0xCC, 0xDD})
"""DQT, DHT, DAC, DRI."""
_DQT, _DHT, _DAC, _DRI = 0xDB, 0xC4, 0xCC, 0xDD

Heads = list[tuple[int, bytes]]
"""Application segments: marker and payload."""


def prove(original: bytes, output: bytes, exif_block: bytes, density: tuple[int, int, int] | None = None) -> Proof:
    """Raise `UnsupportedImage` unless the output is only the original's picture, with this Exif block or none."""
    heads, start = _output_heads(output)
    skipped: Heads = []
    size, coded = prove_coded(original, output, start, skipped)
    _prove_heads(heads, skipped, exif_block, density)
    return Proof(*size, _profile(skipped), _profile(heads), coded)


def prove_coded(
    original: bytes, output: bytes, start: int, skipped: Heads, used: set[tuple[int, int]] | None = None
) -> tuple[tuple[int, int], tuple[bytes, ...]]:
    """Step through both up to their ends; give the size stated, and what is searched. Adds heads to `skipped`.

    `used` are names of tables: of a TIFF's, those that its strips use are added; the tables apart may hold just these.

    The output's coded data are looked through. The original's are not: they are the very same bytes, so no marker
    stands in them either, and they end where the output's do if a marker follows them there.
    """
    mine, theirs, has_scan = start, 2, False
    coded: list[bytes] = []
    frame, size, is_cut = (0, b""), (0, 0), False
    own, others = _Tables(is_strict=True), _Tables(is_strict=False)
    while True:
        mine = _pass_tables(output, mine, own, coded)
        marker, theirs = _next_picture(original, theirs, None if has_scan else skipped, others)
        is_open = not marker and has_scan and output[mine:] == _END_MARK
        if is_open:  # the original lacks its end mark
            break
        demand(marker in ALLOWED and output[mine : mine + 2] == bytes((255, marker)), "coded segments")
        if marker == _EOI:
            break
        end = mine + 2 + int.from_bytes(output[mine + 2 : mine + 4], "big")
        if marker == _SOS:
            keys = _names(*frame, output[mine + 4 : end])
            demand(own.use(keys) == others.use(keys), "tables")
            (set() if used is None else used).update(keys)
            has_scan, header_end, end = True, end, _scan_end(output, end)
            coded.append(output[max(header_end, end - TAIL_BYTES) : end])
        else:
            coded.append(output[mine + 4 : end])
        taken = end - mine
        if not is_same(output, mine, original, theirs, taken) or (
            marker == _SOS and not _is_scan_end(original, theirs + taken)
        ):
            demand(marker == _SOS, "coded data")
            taken, is_cut = _cut_scan(output[mine:end], header_end - mine, original, theirs), True
        if marker in ALLOWED_FRAMES:
            frame = marker, output[mine + 4 : end]
        if marker in ALLOWED_FRAMES or (marker == _DNL and not size[1]):
            size = _size(output[mine + 4 : end], size, is_frame=marker != _DNL)
        theirs += taken
        mine = end
    demand(mine + 2 == len(output), "end of file")
    demand(not is_cut or _shows_the_same(original + _END_MARK * is_open, output), "pixels of the coded data")
    demand(has_scan or own.same(others), "tables")
    own.prove_used(set() if has_scan or used is None else used)
    return size, tuple(coded)


def _shows_the_same(original: bytes, output: bytes) -> bool:
    from imgfile.images import pixels  # noqa: PLC0415 - only where a scan was cut

    return pixels.are_same(original, output, pixels.JPEG) is True


def _cut_scan(scan: bytes, head: int, original: bytes, theirs: int) -> int:
    """Return how long the original's scan is, of which each restart's part begins with the output's."""
    demand(is_same(scan, 0, original, theirs, head), "coded data")
    found = _END_OF_SCAN.search(original, theirs + head)
    end = found.start() if found is not None else len(original)
    mine, others = (_RESTART.split(part) for part in (scan[head:], original[theirs + head : end]))
    demand(len(mine) == len(others), "coded data")
    for part, other in zip(mine, others, strict=True):
        demand(other.startswith(part), "coded data")
    return end - theirs


def _pass_tables(output: bytes, at: int, tables: _Tables, coded: list[bytes]) -> int:
    """Take the output's tables from a place on, and return where they end."""
    while output[at : at + 1] == b"\xff" and output[at + 1] in TABLES:
        body = _body(output, at)
        tables.define(output[at + 1], body)
        coded.append(body)
        at += 4 + len(body)
    return at


def _next_picture(data: bytes, at: int, skipped: Heads | None, tables: _Tables) -> tuple[int, int]:
    """Find the original's next segment that is no table, and take the tables before it."""
    marker, start = _next_coded(data, at, skipped)
    while marker in TABLES:
        body = _body(data, start)
        tables.define(marker, body)
        marker, start = _next_coded(data, start + 4 + len(body), skipped)
    return marker, start


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


def _prove_heads(heads: Heads, skipped: Heads, exif_block: bytes, density: tuple[int, int, int] | None) -> None:
    """Compare each with what the original's decoders obeyed, byte for byte; a density may stand where none did."""
    by_marker = dict(heads)
    stated = _last(skipped, JFIF, _JFIF_MARK, _JFIF_BYTES, behind=bytes(2))
    allowed = [stated]
    if density is not None and ADOBE not in by_marker and (stated is None or not stated[len(_JFIF_MARK) + 2]):
        allowed.append(_JFIF_MARK + b"\1\2" + struct.pack(">BHH", *density) + bytes(2))
    demand(by_marker.get(JFIF) in allowed, "JFIF")
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
    if found is None:
        return not original[at:].strip(b"\xff\0")
    return original.count(b"\xff", at, found.start()) == found.start() - at


def _size(body: bytes, stated: tuple[int, int], *, is_frame: bool) -> tuple[int, int]:
    """Read width and height of a frame, or the height that DNL states behind the first scan."""
    if is_frame:
        return int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
    return stated[0], int.from_bytes(body[:2], "big")


# --- tables -----------------------------------------------------------------------------------------------


class _Tables:
    """The tables that stand at one place of a stream, by marker and number, and which of them a scan has used."""

    def __init__(self, *, is_strict: bool) -> None:
        self._tables: dict[tuple[int, int], bytes] = {}
        self._unused: set[tuple[int, int]] = set()
        self._is_strict = is_strict
        """Whether a table must be used before another takes its number."""

    def define(self, marker: int, body: bytes) -> None:
        """Take the tables of a segment."""
        for number, table in _split_tables(marker, body):
            demand(not self._is_strict or (marker, number) not in self._unused, "unused tables")
            self._tables[marker, number] = table
            self._unused.add((marker, number))

    def use(self, keys: set[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """Return the tables by these names, as far as there are any, and remember that they were used."""
        self._unused -= keys
        return {key: self._tables[key] for key in keys if key in self._tables}

    def prove_used(self, elsewhere: set[tuple[int, int]]) -> None:
        """Raise `UnsupportedImage` if a table was never used, nor is elsewhere."""
        demand(self._unused <= elsewhere, "unused tables")

    def same(self, other: _Tables) -> bool:
        """Return whether each of these tables is the other's."""
        return self._tables.items() <= other._tables.items()


def _split_tables(marker: int, body: bytes) -> Iterator[tuple[int, bytes]]:
    """Cut a segment's payload into its tables, each with its number."""
    if marker == _DRI:
        yield 0, body
        return
    while body:
        head = body[0]
        length = {_DQT: 129 if head & 0xF0 else 65, _DHT: 17 + sum(body[1:17])}.get(marker, 2)
        demand(length <= len(body), "coded segments")
        yield (head & 15 if marker == _DQT else head), body[:length]
        body = body[length:]


def _names(frame_marker: int, frame: bytes, scan: bytes) -> set[tuple[int, int]]:
    """Return which tables a scan uses, from the frame's payload and the scan's."""
    count = scan[0] if scan else 0
    demand(
        len(scan) == 4 + 2 * count and len(frame) > _FRAME_BYTES and len(frame) == 6 + 3 * frame[5], "coded segments"
    )
    steps = {frame[at]: frame[at + 2] for at in range(6, len(frame), 3)}
    start, approximation = scan[-3], scan[-1]
    is_progressive = frame_marker in {0xC2, 0xCA}
    coding = _DAC if frame_marker >= 0xC9 else _DHT  # noqa: PLR2004 - arithmetic
    keys = {(_DRI, 0)}
    for component, tables in zip(scan[1:-3:2], scan[2:-3:2], strict=True):
        has_first = not is_progressive or (start == 0 and approximation < 16)  # noqa: PLR2004 - the upper half is Ah
        has_others = not is_progressive or start > 0
        if frame_marker not in {0xC3, 0xCB}:  # without loss there are neither steps nor further coefficients
            keys.add((_DQT, steps.get(component, -1)))
            keys |= {(coding, 16 + tables % 16)} if has_others else set()
        keys |= {(coding, tables // 16)} if has_first else set()
    return keys
