"""Where a WebP's coded pictures end: bytes that change no pixel, whatever stands in them, are behind it, and go.

Only decoding finds that end, and decoding is libwebp's work, by way of Pillow: a picture is decoded with its last bytes
and with others in their place, and where that makes no difference, the first byte that makes one is sought in halves.
A lossy picture is coded in partitions (RFC 6386 §9.2, §9.5), each of which has an end of its own. What encoders write
there, and decoders look ahead to, is less than four bytes of each: less is looked for only in a trial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from imgfile.images import pixels
from imgfile.images.formats.webp import riff
from imgfile.images.formats.webp.picture import LOSSLESS, LOSSY

MAX_PIXELS: Final = 8_000_000
"""What is decoded without being asked to: half a second or so."""
LOOK_AHEAD_BYTES: Final = 3
"""Zeros that are put in place of what is cut: decoders look so far ahead."""
MAX_ZEROS: Final = 8
"""Bytes with which encoders fill up a partition: zeros, or some that cannot be taken out."""
_FLUSHED_BYTES: Final = 3
"""Bytes that encoders write last, though decoders may do without."""
_LOSSLESS_AHEAD_BYTES: Final = 1
_HEAD_BYTES: Final = 10
_SIZE_BYTES: Final = 3
_MOST_BYTES: Final = 8
_MOST_HEAD_BYTES: Final = 1 << 16
"""More than the pixels of any picture take, each and together: what is longer is decoded without the rest first."""
_SIDE: Final = 0x3FFF
"""A side's bits; above them stands how to enlarge the picture (§9.1)."""
_FILLINGS: Final = (b"\xa5\x3c\x96\x0f", b"\x1b\xe4\x72\xd8")
_WEBP: Final = "WEBP"

Shows = Callable[[bytes], bool]
"""Whether a picture of these bytes shows what the original does."""


def trimmed(
    name: bytes, body: bytes, others: list[tuple[bytes, bytes | memoryview]], size: tuple[int, int], *, with_trial: bool
) -> bytes | None:
    """Return a picture or its transparency up to its end, the very same if nothing stands behind; None if unreadable.

    `others` are the chunks of the same picture, by name; `size` is its width and height.
    """
    if name == LOSSY:
        others = [(LOSSY, body)]

    def wrapped(changed: bytes) -> bytes:
        if name == LOSSY:
            changed = _wholly_visible(changed)
        chunks = [(other, changed if other == name else unchanged) for other, unchanged in others]
        head = [] if len(chunks) == 1 else riff.encode(b"VP8X", b"\x10\0\0\0", *(_24_bits(side - 1) for side in size))
        parts = [*head, *(piece for chunk in chunks for piece in riff.encode(*chunk))]
        return b"".join((b"RIFF", sum(map(len, parts), 4).to_bytes(4, "little"), b"WEBP", *parts))

    most = _HEAD_BYTES + _MOST_BYTES * size[0] * size[1] + _MOST_HEAD_BYTES
    short = body[:most]
    shown = pixels.shown(wrapped(short), _WEBP)
    if shown is None:  # perhaps a picture of more bytes than pixels can take
        short, shown = body, pixels.shown(wrapped(body), _WEBP)
    if shown is None:
        return None

    def shows(changed: bytes) -> bool:
        return pixels.shown(wrapped(changed), _WEBP) == shown

    if name == LOSSY:
        return _lossy(short, shows, 1 if with_trial else LOOK_AHEAD_BYTES + 1)
    if name == LOSSLESS or body[0] & 3 == 1:  # RFC 9649 §2.7.1.2: transparency that is compressed, as lossless is
        return _lossless(short, shows)
    return body


def _wholly_visible(body: bytes) -> bytes:
    """State the size of a lossy picture so large that all of what its blocks of sixteen pixels hold is shown."""
    sides = (int.from_bytes(body[at : at + 2], "little") for at in (6, 8))
    larger = (side & ~_SIDE | min(-(-(side & _SIDE) // 16) * 16, _SIDE) for side in sides)
    return body[:6] + b"".join(side.to_bytes(2, "little") for side in larger) + body[_HEAD_BYTES:]


def _24_bits(number: int) -> bytes:
    return number.to_bytes(3, "little")


def _lossless(body: bytes, shows: Shows) -> bytes:
    """Cut what decodes without: a decoder that misses a byte says so."""
    end = len(body)
    if end <= _LOSSLESS_AHEAD_BYTES + 1 or not shows(body[: end - _LOSSLESS_AHEAD_BYTES - 1]):
        return body
    return body[: _first(1, end, lambda length: shows(body[:length]))]


def _first(low: int, high: int, is_enough: Callable[[int], bool]) -> int:
    """Return the least number of bytes that is enough, in halves."""
    while low < high:
        middle = (low + high) // 2
        if is_enough(middle):
            high = middle
        else:
            low = middle + 1
    return high


# --- lossy pictures -----------------------------------------------------------------------------------------


def _lossy(body: bytes, shows: Shows, least: int) -> bytes | None:
    """Cut the end of each partition, and state their lengths anew."""
    first_bytes = int.from_bytes(body[:3], "little") >> 5
    first = body[_HEAD_BYTES : _HEAD_BYTES + first_bytes]
    count = _partitions(first)
    sizes_end = _HEAD_BYTES + first_bytes + _SIZE_BYTES * (count - 1)
    if len(first) < first_bytes or sizes_end > len(body):
        return None
    parts = [first, *_parts(body, sizes_end, count)]
    for index, part in enumerate(parts):
        shows_with = partial(_shows_with, shows, body, parts, index)
        end = _part_end(part, shows_with, least)
        if any(part[end + _FLUSHED_BYTES :]) or len(part) > end + MAX_ZEROS:
            ahead = (bytes(LOOK_AHEAD_BYTES), part[end : end + LOOK_AHEAD_BYTES])
            made = next((part[:end] + some for some in ahead if shows_with(part[:end] + some)), None)
            if made is None and len(part) > end + MAX_ZEROS:
                return None
            parts[index] = made or part
    made = _joined(body, parts)
    return body if made == body else made


def _parts(body: bytes, sizes_end: int, count: int) -> Iterator[bytes]:
    """Cut the coefficients' partitions, of which all but the last state their lengths (§9.5)."""
    at = sizes_end
    for index in range(count - 1):
        place = sizes_end - _SIZE_BYTES * (count - 1 - index)
        length = int.from_bytes(body[place : place + _SIZE_BYTES], "little")
        yield body[at : at + length]
        at += length
    yield body[at:]


def _joined(body: bytes, parts: list[bytes]) -> bytes:
    """Write a picture of these partitions."""
    tag = int.from_bytes(body[:3], "little") & 0x1F | len(parts[0]) << 5
    sizes = (_24_bits(len(part)) for part in parts[1:-1])
    return b"".join((_24_bits(tag), body[3:_HEAD_BYTES], parts[0], *sizes, *parts[1:]))


def _shows_with(shows: Shows, body: bytes, parts: list[bytes], index: int, changed: bytes) -> bool:
    return shows(_joined(body, [*parts[:index], changed, *parts[index + 1 :]]))


def _part_end(part: bytes, shows: Shows, least: int) -> int:
    """Return from where on it makes no difference what a partition holds, if that is so many bytes before its end."""

    def is_enough(length: int) -> bool:
        left = len(part) - length
        return all(shows(part[:length] + (filling * (left // 4 + 1))[:left]) for filling in _FILLINGS)

    back, before = least, 0
    while back < len(part) and is_enough(len(part) - back):
        back, before = 2 * back, back
    return _first(max(len(part) - back + 1, 0), len(part) - before, is_enough) if before else len(part)


def _partitions(first: bytes) -> int:
    """Read how many partitions hold coefficients, from the first one's fields before that (§9.2 to §9.5, §19.2)."""
    bools = _Bools(first)
    bools.number(2)  # the colour space; whether values are clamped
    if bools.number(1):  # segments
        has_map, has_data = bools.number(1), bools.number(1)
        if has_data:
            bools.number(1)
            for bits in (7,) * 4 + (6,) * 4:
                bools.optional(bits + 1)  # with its sign
        for _ in range(3 * has_map):
            bools.optional(8)
    bools.number(1 + 6 + 3)  # the loop filter's kind, level and sharpness
    if bools.number(1) and bools.number(1):
        for _ in range(8):
            bools.optional(6 + 1)
    return 1 << bools.number(2)


class _Bools:
    """Bools of even chances out of a partition (RFC 6386 §7.3)."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data + bytes(2), 2
        self.value, self.range, self.count = int.from_bytes(self.data[:2], "big"), 255, 0

    def number(self, bits: int) -> int:
        """Read an unsigned number."""
        found = 0
        for _ in range(bits):
            found = found << 1 | self._bool()
        return found

    def optional(self, bits: int) -> None:
        """Read a number that a bool announces."""
        if self.number(1):
            self.number(bits)

    def _bool(self) -> int:
        split = 1 + ((self.range - 1) * 128 >> 8)
        is_set = self.value >= split << 8
        if is_set:
            self.range -= split
            self.value -= split << 8
        else:
            self.range = split
        while self.range < 128:  # noqa: PLR2004 - half of what eight bits hold
            self.value <<= 1
            self.range <<= 1
            self.count += 1
            if self.count == 8:  # noqa: PLR2004 - a byte
                self.count = 0
                self.value |= self.data[self.at] if self.at < len(self.data) else 0
                self.at += 1
        return int(is_set)
