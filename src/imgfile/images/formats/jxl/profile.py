"""The colour profile in a JPEG XL codestream: read, and written anew (ISO/IEC 18181-1 annex E).

It is predicted from what profiles usually hold, then coded by how often each byte comes. What is written anew uses the
plainest form of both: the head as differences, curves as differences of differences, the rest as it is.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from typing import Final

from imgfile.errors import UnsupportedImage
from imgfile.images.formats.jxl.bits import Bits, BitWriter
from imgfile.images.formats.jxl.entropy import LENGTH_CODES, LENGTHS_ORDER, Broken, Decoder, prefix_codes

MAX_CODED_BYTES: Final = 1 << 17
"""Longer ones stay as they are: their numbers are read one by one."""
_CONTEXTS: Final = 41
_FIRST_CONTEXT_BYTES: Final = 128
_HEAD_BYTES: Final = 128
_TAG_BYTES: Final = 12
_HEAD: Final = bytes(8) + b"\4\0\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28) + b"\0\0\xf6\xd6\0\1\0\0\0\0\xd3-"
_PLATFORMS: Final = {b"A": b"PPL", b"M": b"SFT", b"SG": b"I ", b"SU": b"NW"}
"""How a platform's name goes on, once its first letters are known."""
_TAGS: Final = b"cprtwtptbkptrXYZgXYZbXYZkXYZrTRCgTRCbTRCkTRCchaddescchrmdmnddmddlumi"
_TYPES: Final = b"XYZ desctextmlucparacurvsf32gbd "
_FIXED_TAGS: Final = frozenset({b"rXYZ", b"gXYZ", b"bXYZ", b"kXYZ", b"wtpt", b"bkpt", b"lumi"})
_FIXED_BYTES: Final = 20
_OWN_TAG, _CURVES, _COLOURS, _FIRST_TAG = 1, 2, 3, 4
_HAS_PLACE, _HAS_LENGTH = 64, 128
_INSERT, _SHUFFLE_2, _SHUFFLE_4, _PREDICT, _XYZ, _FIRST_TYPE = 1, 2, 3, 4, 10, 16
_HAS_STRIDE: Final = 16
_MOST_LENGTH: Final = 12
_ZEROS, _SHORTEST_RUN, _LONGEST_RUN = 17, 3, 10
_LENGTHS: Final = {
    **dict.fromkeys((_ZEROS, 5, 6, 7), 3),
    **dict.fromkeys((0, 3, 4, 8, 9, 10), 4),
    **dict.fromkeys((1, 2, 11, 12), 5),
}
"""A code for code lengths that suits most profiles."""


def read(bits: Bits) -> bytes | None:
    """Read the profile that begins here, and pass over it; None if it cannot be read, or is too long."""
    try:
        length = bits.long()
        if length > MAX_CODED_BYTES:
            return None
        decoder = Decoder(bits, _CONTEXTS)
        coded = bytearray()
        before = earlier = 0
        for index in range(length):
            context = 0 if index <= _FIRST_CONTEXT_BYTES else 1 + _KINDS[before] + 8 * _KINDS_BEFORE[earlier]
            number = decoder.next(context)
            if number > 255:  # noqa: PLR2004 - a byte
                return None
            coded.append(number)
            before, earlier = number, before
        return _Predicted(bytes(coded)).profile() if decoder.is_done() else None
    except (Broken, UnsupportedImage, IndexError):
        return None


def write(writer: BitWriter, profile: bytes) -> None:
    """Write a profile."""
    coded = _coded(profile)
    lengths = _code_lengths(coded)
    writer.put_long(len(coded))
    writer.put(0, 1)  # no repeats
    writer.put(1, 3)  # one cluster of all contexts
    writer.put(1, 1)  # prefix codes
    writer.put(8, 4 + 4 + 4)  # a symbol is a byte
    writer.put(1 | 7 << 1 | 127 << 5, 12)  # 256 symbols
    _write_lengths(writer, lengths)
    codes = {symbol: code for code, symbol in prefix_codes(lengths).items()}
    for byte in coded:
        length, code = codes[byte]
        writer.put(code, length)


def _write_lengths(writer: BitWriter, lengths: list[int]) -> None:
    """Write each byte's code length, runs of zeros short, until they fill the code."""
    fixed = {symbol: code for code, symbol in LENGTH_CODES.items()}
    writer.put(0, 2)
    for symbol in LENGTHS_ORDER[: LENGTHS_ORDER.index(_MOST_LENGTH) + 1]:  # with it the code of codes is full
        length, code = fixed[_LENGTHS.get(symbol, 0)]
        writer.put(code, length)
    codes = {symbol: code for code, symbol in prefix_codes([_LENGTHS.get(at, 0) for at in range(18)]).items()}
    last = max(byte for byte, length in enumerate(lengths) if length)
    for length, group in itertools.groupby(lengths[: last + 1]):
        left = len(list(group))
        while left:
            run = min(left, _LONGEST_RUN) if not length and left >= _SHORTEST_RUN else 0
            width, code = codes[_ZEROS if run else length]
            writer.put(code, width)
            if run:
                writer.put(run - _SHORTEST_RUN, 3)
            left -= run or 1
            if run and left:  # two runs in a row would mean a longer one
                width, code = codes[0]
                writer.put(code, width)
                left -= 1


def _kind(byte: int) -> int:
    if byte < 128 and chr(byte).isalpha():  # noqa: PLR2004 - ASCII
        return 0
    if byte < 128 and chr(byte) in "0123456789.,":  # noqa: PLR2004 - ASCII
        return 1
    return -1


def _last_kind(byte: int) -> int:
    if (kind := _kind(byte)) >= 0:
        return kind
    bounds = ((0, 2), (1, 3), (15, 4), (240, 7), (254, 5), (255, 6))
    return next(kind for bound, kind in bounds if byte <= bound)


def _earlier_kind(byte: int) -> int:
    if (kind := _kind(byte)) >= 0:
        return kind
    return next(kind for bound, kind in ((15, 2), (240, 4), (255, 3)) if byte <= bound)


_KINDS: Final = tuple(map(_last_kind, range(256)))
_KINDS_BEFORE: Final = tuple(map(_earlier_kind, range(256)))


# --- prediction -----------------------------------------------------------------------------------------


class _Predicted:
    """A profile as differences from what was expected: commands, then the bytes that they use (§E.4)."""

    def __init__(self, coded: bytes) -> None:
        self.coded = coded
        self.at = 0
        self.length = self._number()
        size = self._number()
        self.data = self.at + size
        self.end = self.data
        if self.data > len(coded) or self.length > MAX_CODED_BYTES:
            raise Broken
        self.out = bytearray()

    def profile(self) -> bytes:
        self._head()
        if len(self.out) < self.length:
            self._list_tags()
            while self.at < self.end:
                self._content(self._command())
                if len(self.out) > self.length:
                    raise Broken
        if len(self.out) != self.length or self.at != self.end or self.data != len(self.coded):
            raise Broken
        return bytes(self.out)

    def _number(self) -> int:
        value = 0
        for shift in range(0, 63, 7):
            byte = self.coded[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:  # noqa: PLR2004 - the last byte of a number
                return value
        raise Broken

    def _command(self) -> int:
        if self.at >= self.end:
            raise Broken
        self.at += 1
        return self.coded[self.at - 1]

    def _take(self, count: int) -> bytes:
        if self.data + count > len(self.coded):
            raise Broken
        self.data += count
        return self.coded[self.data - count : self.data]

    def _head(self) -> None:
        for at in range(min(_HEAD_BYTES, self.length)):
            self.out.append(self._take(1)[0] + _expected(self.out, at, self.length) & 255)

    def _list_tags(self) -> None:
        count = self._number() - 1
        if count < 0:
            return
        self._word(count)
        place, length = _HEAD_BYTES + count * _TAG_BYTES, 0
        while self.at < self.end and (command := self._command()) & 63:
            kind = command & 63
            name = {_CURVES: b"rTRC", _COLOURS: b"rXYZ"}.get(kind, b"")
            if kind == _OWN_TAG:
                name = self._take(4)
            elif not name:
                name = _TAGS[4 * (kind - _FIRST_TAG) : 4 * (kind - _FIRST_TAG) + 4]
            place = self._number() if command & _HAS_PLACE else place + length
            expected = _FIXED_BYTES if name in _FIXED_TAGS else length
            length = self._number() if command & _HAS_LENGTH else expected
            self._tag(name, place, length)
            for step, further in enumerate({_CURVES: (b"gTRC", b"bTRC"), _COLOURS: (b"gXYZ", b"bXYZ")}.get(kind, ())):
                self._tag(further, place + (step + 1) * length * (kind == _COLOURS), length)

    def _tag(self, name: bytes, place: int, length: int) -> None:
        if len(name) != 4 or len(self.out) > self.length:  # noqa: PLR2004 - names have four letters
            raise Broken
        self.out += name
        self._word(place)
        self._word(length)

    def _word(self, value: int) -> None:
        if value >> 32:
            raise Broken
        self.out += value.to_bytes(4, "big")

    def _content(self, command: int) -> None:
        if command == _INSERT:
            self.out += self._take(self._number())
        elif command in {_SHUFFLE_2, _SHUFFLE_4}:
            self.out += _shuffled(self._take(self._number()), 2 if command == _SHUFFLE_2 else 4)
        elif command == _PREDICT:
            self._predict()
        elif command == _XYZ:
            self.out += b"XYZ " + bytes(4) + self._take(12)
        elif _FIRST_TYPE <= command < _FIRST_TYPE + len(_TYPES) // 4:
            at = 4 * (command - _FIRST_TYPE)
            self.out += _TYPES[at : at + 4] + bytes(4)
        else:
            raise Broken

    def _predict(self) -> None:
        flags = self._command()
        width, order = (flags & 3) + 1, flags >> 2 & 3
        stride = self._number() if flags & _HAS_STRIDE else width
        if width == 3 or order == 3 or stride < width or 4 * stride >= len(self.out):  # noqa: PLR2004 - not defined
            raise Broken
        residue = _shuffled(self._take(self._number()), width)
        if len(self.out) + len(residue) > self.length:
            raise Broken
        for at in range(0, len(residue), width):
            value = _predicted(self.out, stride, width, order)
            part = residue[at : at + width]
            self.out += bytes(byte + (value >> 8 * (width - 1 - index)) & 255 for index, byte in enumerate(part))


def _predicted(out: bytearray, stride: int, width: int, order: int) -> int:
    """Expect the next number from up to three before it."""
    end = len(out)
    one, two, three = (int.from_bytes(out[at : at + width], "big") for at in (end - stride * n for n in (1, 2, 3)))
    return (one, 2 * one - two, 3 * one - 3 * two + three)[order] & (1 << 8 * width) - 1


def _shuffled(data: bytes, width: int) -> bytes:
    """Put numbers together whose bytes stand apart: all first ones, then all second ones."""
    height = -(-len(data) // width)
    return bytes(itertools.chain.from_iterable(data[row::height] for row in range(height)))


def _expected(head: bytes | bytearray, at: int, length: int) -> int:
    if at < 4:  # noqa: PLR2004 - the profile's length
        return length >> 8 * (3 - at) & 255
    if 80 <= at < 84:  # noqa: PLR2004 - who made it: most often who made the colour engine
        return head[at - 76]
    if 41 <= at < 44:  # noqa: PLR2004 - the platform
        for known, rest in _PLATFORMS.items():
            if at >= 40 + len(known) and head[40 : 40 + len(known)] == known:
                return rest[at - 40 - len(known)]
    return _HEAD[at] if at < len(_HEAD) else 0


# --- writing --------------------------------------------------------------------------------------------


def _varying(value: int) -> bytes:
    written = bytearray()
    while value > 127:  # noqa: PLR2004 - seven bits a byte
        written.append(value & 127 | 128)
        value >>= 7
    return bytes((*written, value))


def _coded(profile: bytes) -> bytes:
    """Say a profile as the commands and bytes that give it back."""
    head = bytes(byte - _expected(profile, at, len(profile)) & 255 for at, byte in enumerate(profile[:_HEAD_BYTES]))
    commands, data, at = bytearray(), bytearray(head), _HEAD_BYTES
    commands += b"\0"  # no list of tags: it is inserted like the rest
    for start, end in _curves(profile):
        commands += bytes((_INSERT,)) + _varying(start - at)
        data += profile[at:start]
        commands += bytes((_PREDICT, 1 | 1 << 2)) + _varying(end - start)
        for part in range(2):  # all first bytes, then all second ones, each without a carry
            data += bytes(profile[place + part] - _line(profile, place)[part] & 255 for place in range(start, end, 2))
        at = end
    if at < len(profile):
        commands += bytes((_INSERT,)) + _varying(len(profile) - at)
        data += profile[at:]
    return _varying(len(profile)) + _varying(len(commands)) + bytes(commands + data)


def _line(profile: bytes, place: int) -> bytes:
    """Expect a number on the line through the two before it."""
    return _predicted(bytearray(profile[place - 4 : place]), 2, 2, 1).to_bytes(2, "big")


def _curves(profile: bytes) -> list[tuple[int, int]]:
    """Find the curves of sixteen-bit numbers, which change little from one to the next."""
    found: set[tuple[int, int]] = set()
    first = _HEAD_BYTES + 4
    count = int.from_bytes(profile[_HEAD_BYTES:first], "big")
    for entry in range(first, min(first + _TAG_BYTES * count, len(profile)), _TAG_BYTES):
        start, length = (int.from_bytes(profile[at : at + 4], "big") for at in (entry + 4, entry + 8))
        if profile[start : start + 4] == b"curv" and start + length <= len(profile):
            found.add((start + 12, start + length - length % 2))
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if max(first, apart[-1][1] if apart else 0) <= start < end:
            apart.append((start, end))
    return apart


def _code_lengths(coded: bytes) -> list[int]:
    """Give each byte a code length by how often it comes (Huffman), flattened until none is too long."""
    counts = Counter(coded)
    for byte in range(2):  # a code has two symbols at least
        counts.setdefault(byte, 1)
    while True:
        lengths = _huffman(counts)
        if max(lengths) <= _MOST_LENGTH:
            return lengths
        counts = Counter({byte: (count + 1) // 2 for byte, count in counts.items()})


def _huffman(counts: Counter[int]) -> list[int]:
    lengths = [0] * 256
    heap: list[tuple[int, int, tuple[int, ...]]] = [(count, byte, (byte,)) for byte, count in sorted(counts.items())]
    heapq.heapify(heap)
    while len(heap) > 1:
        one, other = heapq.heappop(heap), heapq.heappop(heap)
        for byte in (*one[2], *other[2]):
            lengths[byte] += 1
        heapq.heappush(heap, (one[0] + other[0], one[1], one[2] + other[2]))
    return lengths
