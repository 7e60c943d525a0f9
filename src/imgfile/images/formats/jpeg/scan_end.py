"""Whether a JPEG's coded data may end before its picture does, judged by their last bits alone (ITU-T T.81 annex F).

A photo that was cut and closed again with an end mark looks whole: decoders fill what is missing with grey and say
nothing. To count all blocks would mean to decode the photo. But its last bits must end a unit of blocks, with only ones
behind it up to the byte; restart markers must have come as often as the size asks; and no picture goes blank in the
middle. Where that is not so, `truncation` decodes and says how much is there. Codes fall into step with themselves:
read from some hundred bytes before the end, at any bit and as any block, they soon give the true blocks.

Looked at is what cameras write: one scan, sequential, Huffman, 8 bits. A doubt is no finding; of cuts, two or three in
a hundred look like an end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images.formats.jpeg_segments import DHT, DRI, SOS, Segment

SEQUENTIAL: Final = frozenset({0xC0, 0xC1})
PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
BLANK: Final = bytes(64)
"""So many zeros in a row are no picture, unless zeros are the code of a flat one."""
TAIL_BYTES: Final = 512
"""What is read of the end: some six units of the largest phone photos, enough for codes to fall into step."""
STARTS: Final = 8
"""The bits at which reading begins, each as every block of a unit: one of these is the true one, or soon meets it."""

_UNSEEN: Final = 99
"""More than any point transform leaves out."""
_BITS: Final = 8
"""Bits of a byte, of a sample, of a table's first look, and pixels of a block's side."""
_BLOCK: Final = 64
"""Coefficients of a block."""
_LONGEST: Final = 16
"""Bits of the longest Huffman code (§C.1)."""
_END_OF_BLOCK, _SIXTEEN_ZEROS = 0x00, 0xF0
"""The two symbols without bits of their own (§F.1.2.2.1)."""
_AC: Final = 0x10
"""A table's class in its number: 0 for the first coefficient, 1 for the others (§B.2.4.2)."""
_RESTARTS: Final = 8
"""Restart markers are numbered from 0 to 7 (§E.1.4)."""
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_LARGE_BYTES: Final = 1 << 20
_LOOKED_BYTES: Final = 1 << 15
_TEXT_BYTES: Final = 16
_MOST_BYTES: Final = 2
"""Bytes that a sample may take: more than the finest steps give."""
_MOST_HEAD_BYTES: Final = 4096
_ALL_RESTARTS: Final = tuple(bytes((0xFF, 0xD0 + number)) for number in range(_RESTARTS))


@dataclass(frozen=True, slots=True)
class Table:
    """A Huffman table: the length and the symbol that the next eight bits give, and those of longer codes."""

    short: tuple[tuple[int, int] | None, ...]
    long: dict[tuple[int, int], int]
    least_bits: int

    def symbol(self, bits: int) -> tuple[int, int] | None:
        """Return the length and the symbol that sixteen bits begin with; None for no code."""
        found = self.short[bits >> _BITS]
        if found is not None:
            return found
        for length in range(_BITS + 1, _LONGEST + 1):
            symbol = self.long.get((length, bits >> _LONGEST - length))
            if symbol is not None:
                return length, symbol
        return None


@dataclass(frozen=True, slots=True)
class Scan:
    """The one scan: where it lies, how many units it has, and the tables of each block of a unit."""

    start: int
    end: int
    units: int
    blocks: tuple[tuple[Table, Table], ...]
    interval: int
    """Units between restart markers; 0 without."""


def doubtful_from(data: bytes, frame: Segment, kept: list[Segment]) -> tuple[int, Scan] | None:
    """Return from where on the coded data may be missing, with their scan; None where nothing gives a doubt."""
    scan = read(data, frame, kept)
    if scan is None:
        return None
    blank = _blank_at(data, scan)
    if blank >= 0:
        return blank, scan
    return (scan.end, scan) if _is_short(data, scan) else None


def _is_short(data: bytes, scan: Scan) -> bool:
    """Return whether the coded data are too few for the size, or end in the midst of a unit or of the restarts."""
    # No block takes less than its two shortest codes: a first coefficient, and an end of block.
    least = scan.units * sum(first.least_bits + other.least_bits for first, other in scan.blocks)
    has_too_few = (scan.end - scan.start) * _BITS < least
    return has_too_few or _has_lost_restarts(data, scan) or not _Tail(data, scan).ends_a_unit()


def lacks_scans(data: bytes, frame: Segment, kept: list[Segment]) -> bool:
    """Return whether some component, or, in a progressive photo, the last bit of some coefficient, is in no scan.

    Annex G: a progressive scan codes a band of coefficients (Ss to Se) down to the bit Al, which later scans refine.
    """
    coarsest = {number: [_UNSEEN] * _BLOCK for number in _frame(data, frame)[3]}
    for scan in (segment for segment in kept if segment.marker == SOS):
        chosen = data[scan.body + 1 : scan.header_end - 3 : 2]  # §B.2.3: a component's number, then its tables
        first, last, bits = data[scan.header_end - 3 : scan.header_end]  # Ss, Se, and Ah with Al
        band, left = (slice(first, last + 1), bits & 15) if frame.marker in PROGRESSIVE else (slice(_BLOCK), 0)
        for number in chosen:
            coarsest[number][band] = [left] * len(coarsest[number][band])
    return any(any(bits) for bits in coarsest.values())


def goes_on(data: bytes, frame: Segment, kept: list[Segment]) -> bool:
    """Return whether something may stand behind a scan's last block: text before a marker, or more than pixels take.

    Of sixteen bytes of coded data, not one in a million is all letters.
    """
    _, height, width, components = _frame(data, frame)
    scans = [segment for segment in kept if segment.marker == SOS]
    coded = sum(scan.end - scan.header_end for scan in scans)
    if height and coded > _MOST_BYTES * len(components) * width * height + _MOST_HEAD_BYTES:
        return True
    ends = [scan.end for scan in scans]
    if any(segment.marker == DRI for segment in kept):
        ends += [end for scan in scans for end in _restarts(data, scan)]
    return any(_is_text(data[end - _TEXT_BYTES : end]) for end in ends)


def _restarts(data: bytes, scan: Segment) -> Iterator[int]:
    """Yield where restart markers stand; of a large scan only those near its start and its end."""
    start, end = scan.header_end, scan.end
    is_large = end - start > _LARGE_BYTES
    for first, last in ((start, start + _LOOKED_BYTES), (end - _LOOKED_BYTES, end)) if is_large else ((start, end),):
        yield from (found.start() for found in _RESTART.finditer(data, first, last))


def _is_text(tail: bytes) -> bool:
    """Return whether these are letters, in bytes or, with zeros between them, in UTF-16."""
    if not tail.isascii():
        return False
    wide = max((tail[::2], tail[1::2]), key=lambda half: half.count(0))
    text = tail.replace(b"\0", b"") if wide.count(0) == len(wide) else tail
    return text.decode("ascii").isprintable() and len(text) >= _TEXT_BYTES // 2


def _blank_at(data: bytes, scan: Scan) -> int:
    """Return where the coded data go blank; -1 if they do not, or if that is how this photo codes what is flat."""
    is_flat = scan.blocks[0][1].symbol(0) in {None, (scan.blocks[0][1].least_bits, _END_OF_BLOCK)}
    return -1 if is_flat else data.find(BLANK, scan.start, scan.end)


def _has_lost_restarts(data: bytes, scan: Scan) -> bool:
    """Return whether the last restart marker is another than the size asks for; they count to eight (§E.1.4).

    A cut just behind eight more intervals goes unseen here, and is one of the two or three in a hundred.
    """
    wanted = -(-scan.units // scan.interval) - 1 if scan.interval else 0
    if not wanted:
        return False
    last = max(range(_RESTARTS), key=lambda number: data.rfind(_ALL_RESTARTS[number], scan.start, scan.end))
    return last != (wanted - 1) % _RESTARTS


# --- reading the tail -----------------------------------------------------------------------------------


class _Tail:
    """The last bits of a scan, read block by block from several starts; where two readings meet they are one."""

    def __init__(self, data: bytes, scan: Scan) -> None:
        coded = data[max(scan.start, scan.end - TAIL_BYTES) : scan.end]
        # Behind a restart marker a unit begins at a byte, so nothing need be guessed.
        restarted = max(coded.rfind(marker) for marker in _ALL_RESTARTS) if scan.interval else -1
        if restarted >= 0:
            coded = coded[restarted + 2 :]
        self.is_from_start = restarted >= 0 or scan.end - scan.start <= TAIL_BYTES
        coded = coded.replace(b"\xff\0", b"\xff")  # §F.1.2.3: a zero is stuffed behind each 0xFF
        self.length = len(coded) * _BITS
        self.bits = int.from_bytes(coded, "big") << _LONGEST  # so that the last code can be looked up too
        self.blocks = scan.blocks
        self.known: dict[tuple[int, int], bool] = {}
        """Whether a reading at a bit, as a block of a unit, reaches the end: most readings soon join another."""

    def ends_a_unit(self) -> bool:
        """Return whether a reading reaches the end just with a unit, but for ones up to the byte."""
        if self.is_from_start:
            return self.length > 0 and self._reaches_end(0, 0)
        return any(self._reaches_end(at, number) for at in range(STARTS) for number in range(len(self.blocks)))

    def _reaches_end(self, at: int, number: int) -> bool:
        """Read on from a bit as the unit's block of this number, up to the end or to what is known."""
        passed: list[tuple[int, int]] = []
        while (at, number) not in self.known:
            passed.append((at, number))
            if not number and self._is_filled(at):
                self.known[at, number] = True
                continue
            end = self._block_end(at, *self.blocks[number])
            if end > self.length:
                self.known[at, number] = False
            else:
                at, number = end, (number + 1) % len(self.blocks)
        found = self.known[at, number]
        self.known.update(dict.fromkeys(passed, found))
        return found

    def _is_filled(self, at: int) -> bool:
        """Return whether only ones follow, and less than a byte of them: what fills up the last byte (§F.1.2.3)."""
        left = self.length - at
        ones = (1 << left) - 1
        return left < _BITS and self.bits >> _LONGEST & ones == ones

    def _block_end(self, at: int, first: Table, other: Table) -> int:
        """Return where one block ends (§F.2.2); past the length if the bits are no block, or too few."""
        bits, length, beyond = self.bits, self.length, self.length + 1
        found, left = first.symbol(bits >> length - at & 0xFFFF), _BLOCK - 1
        if found is None or found[1] > _LONGEST:  # the symbol is how many bits the difference takes
            return beyond
        at += sum(found)
        while left and at < length:
            found = other.symbol(bits >> length - at & 0xFFFF)
            if found is None:
                return beyond
            width, symbol = found
            at += width + (symbol & 15)  # the low half: bits of the coefficient
            if symbol == _END_OF_BLOCK:
                return at
            left -= (symbol >> 4) + 1  # the high half: zeros before it
            if left < 0 or (not symbol & 15 and symbol != _SIXTEEN_ZEROS):
                return beyond
        return beyond if left else at


# --- reading what describes the scan --------------------------------------------------------------------


def read(data: bytes, frame: Segment, kept: list[Segment]) -> Scan | None:
    """Read what describes the one scan; None for several, for another kind of JPEG, or for a table that is missing."""
    precision, height, width, components = _frame(data, frame)
    scans = [segment for segment in kept if segment.marker == SOS]
    if len(scans) != 1 or frame.marker not in SEQUENTIAL or precision != _BITS or not height:
        return None
    scan = scans[0]
    before = [segment for segment in kept if segment.start < scan.start]
    across, down = (max(factors) for factors in zip(*components.values(), strict=True))  # Hmax and Vmax, §A.1.1
    blocks = _blocks(data, scan, components, dict(_tables(data, before)))
    if not blocks or not across or not down:
        return None
    unit = (1, 1) if len(components) == 1 else (across, down)  # §A.2: a single component is not interleaved
    interval = next((segment for segment in reversed(before) if segment.marker == DRI), None)
    return Scan(
        start=scan.header_end,
        end=scan.end,
        units=-(-width // (_BITS * unit[0])) * -(-height // (_BITS * unit[1])),
        blocks=blocks,
        interval=int.from_bytes(data[interval.body : interval.end], "big") if interval is not None else 0,
    )


def _blocks(
    data: bytes, scan: Segment, components: dict[int, tuple[int, int]], tables: dict[int, Table]
) -> tuple[tuple[Table, Table], ...]:
    """List the tables of each block of a unit, in their order; none unless all components and tables are there."""
    chosen = data[scan.body + 1 : scan.header_end - 3]  # §B.2.3: component, then its tables in half a byte each
    blocks: list[tuple[Table, Table]] = []
    for component, choice in zip(chosen[::2], chosen[1::2], strict=True):
        first, other = tables.get(choice >> 4), tables.get(_AC | choice & 15)
        if first is None or other is None or len(chosen) != 2 * len(components):
            return ()
        wide, high = components[component] if len(components) > 1 else (1, 1)
        blocks += [(first, other)] * (wide * high)
    return tuple(blocks)


def _frame(data: bytes, frame: Segment) -> tuple[int, int, int, dict[int, tuple[int, int]]]:
    """Read precision, height, width, and each component's sampling factors (§B.2.2)."""
    body = data[frame.body : frame.end]
    components = {number: (factors >> 4, factors & 15) for number, factors in zip(body[6::3], body[7::3], strict=True)}
    return body[0], int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big"), components


def _tables(data: bytes, segments: list[Segment]) -> Iterator[tuple[int, Table]]:
    """Read each Huffman table with its class and number (§B.2.4.2, annex C)."""
    for segment in segments:
        at = segment.body
        while segment.marker == DHT and at < segment.end:
            counts = data[at + 1 : at + 17]
            yield data[at], _table(counts, data[at + 17 : at + 17 + sum(counts)])
            at += 17 + sum(counts)


def _table(counts: bytes, symbols: bytes) -> Table:
    """Make a table from how many codes there are of each length, and their symbols in order (§C.2)."""
    short: list[tuple[int, int] | None] = [None] * (1 << _BITS)
    long: dict[tuple[int, int], int] = {}
    code = taken = 0
    for length, count in enumerate(counts, start=1):
        for symbol in symbols[taken : taken + count]:
            if length <= _BITS:  # whatever bits follow a short code, they give the same symbol
                spread = 1 << _BITS - length
                short[code * spread : (code + 1) * spread] = [(length, symbol)] * spread
            else:
                long[length, code] = symbol
            code += 1
        taken += count
        code <<= 1
    least = next((length for length, count in enumerate(counts, start=1) if count), 0)
    return Table(tuple(short), long, least)
