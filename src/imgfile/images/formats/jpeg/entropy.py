"""Where each scan of a JPEG ends, by stepping through its codes: what follows a scan's last block is never shown.

Huffman-coded JPEGs alone, sequential and progressive (ITU-T T.81 annexes F and G). Coefficients are not decoded: of a
code only its length, the bits behind it and how far it leads are taken; of progressive scans that refine, also which
coefficients are not zero yet. The same is asked before each restart marker, where a decoder throws away what is left.
A megabyte takes a second or so: this is done where it is asked for, or where something looks amiss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images.formats.jpeg.tables import Key, Place, needed, size, tables
from imgfile.images.formats.jpeg_segments import DHT, DRI, SOS, Segment

MAX_CODED_BYTES: Final = 48 << 20
"""Coded data that are stepped through where that is asked for."""
MAX_UNASKED_BYTES: Final = 12 << 20
"""And where something looks amiss."""
MAX_VISITS: Final = 40_000_000
"""Blocks of all scans that refine, each of which is looked at."""
SEQUENTIAL: Final = frozenset({0xC0, 0xC1})
PROGRESSIVE: Final = 0xC2
_BLOCK: Final = 64
_END: Final = 128
"""A step that leads past any block's end."""
_NO_CODE: Final = 1 << 12
"""A step that no code makes."""
_LOOK_BITS: Final = 16
_LOOK: Final = 0xFFFF
_REFILL_BYTES: Final = 8
_REFILL_BITS: Final = 64
_LOW: Final = 48
"""How many bits are held at least: more than any code takes with what is behind it."""
_MOST_BITS: Final = 32
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")


class Broken(Exception):
    """Codes that are none, or that end before their blocks do."""


@dataclass(frozen=True, slots=True)
class _Component:
    """A frame's component: how many blocks across and down, alone and within a unit of all components."""

    across: int
    down: int
    blocks: int


@dataclass(frozen=True, slots=True)
class _Scan:
    """One scan: its components with their tables, its band, and its units in intervals."""

    segment: Segment
    components: tuple[int, ...]
    chosen: tuple[int, ...]
    band: tuple[int, int]
    is_refining: bool
    interval: int


def surplus(data: bytes, frame: Segment, kept: list[Segment], *, is_asked: bool = True) -> list[Place] | None:
    """Return where bytes stand that are behind a scan's last block; None if that cannot be known."""
    coded = sum(segment.end - segment.header_end for segment in kept if segment.marker == SOS)
    if frame.marker not in SEQUENTIAL | {PROGRESSIVE} or coded > (MAX_CODED_BYTES if is_asked else MAX_UNASKED_BYTES):
        return None
    try:
        return list(_Walk(data, frame).places(kept))
    except (Broken, KeyError, IndexError):
        return None


class _Walk:
    """Steps through the scans of one photo, in their order."""

    def __init__(self, data: bytes, frame: Segment) -> None:
        self.data, self.is_progressive = data, frame.marker == PROGRESSIVE
        width, height = size(data, frame)
        rows = [data[at : at + 3] for at in range(frame.body + 6, frame.end, 3)]
        factors = {row[0]: (row[1] >> 4, row[1] & 15) for row in rows}
        most = [max(pair[index] for pair in factors.values()) for index in (0, 1)]
        if not height or not width or not all(all(pair) for pair in factors.values()):
            raise Broken
        self.frame = frame
        self.units = -(-width // (8 * most[0])) * -(-height // (8 * most[1]))
        self.components = {
            number: _Component(_blocks(width, across, most[0]), _blocks(height, down, most[1]), across * down)
            for number, (across, down) in factors.items()
        }
        self.masks: dict[int, list[int]] = {}
        self.visits = 0

    def places(self, kept: list[Segment]) -> Iterator[Place]:
        """Yield what stands behind blocks, scan by scan."""
        defined: dict[Key, bytes] = {}
        for segment in kept:
            if segment.marker in {DHT, DRI}:
                defined |= {key: self.data[start:end] for key, (start, end) in tables(self.data, segment)}
            elif segment.marker == SOS:
                yield from self._scan(self._described(segment, defined), defined)

    def _described(self, segment: Segment, defined: dict[Key, bytes]) -> _Scan:
        head = self.data[segment.body : segment.header_end]
        first, last, bits = head[-3:]
        band = (first, last) if self.is_progressive else (0, _BLOCK - 1)
        if not band[0] <= band[1] < _BLOCK:
            raise Broken
        interval = int.from_bytes(defined.get((DRI, 0), b""), "big")
        return _Scan(segment, tuple(head[1:-3:2]), tuple(head[2:-3:2]), band, bool(bits >> 4), interval)

    def _scan(self, scan: _Scan, defined: dict[Key, bytes]) -> Iterator[Place]:
        number = scan.components[0]
        is_alone = len(scan.components) == 1
        component = self.components[number]
        units = component.across * component.down if is_alone else self.units
        lookups = {
            key: _lookup(defined[key], self._reading(key))
            for key in needed(self.data, scan.segment, self.frame)
            if key[0] == DHT
        }
        done = 0
        for start, end in self._intervals(scan, units):
            count = min(scan.interval or units, units - done)
            coded = _unstuffed(self.data[start:end])
            bits = self._interval(scan, lookups, coded, done, count)
            if bits > 8 * len(coded):
                raise Broken
            used = _stuffed(self.data, start, -(-bits // 8))
            if used < end:
                yield used, end
            done += count

    def _reading(self, key: Key) -> Callable[[int, int], int]:
        """Return what a table is to give for a code: its symbol, or, where only that counts, its steps."""
        if self.is_progressive:
            return _symbol
        return _other_step if key[1] & 16 else _first_step

    def _intervals(self, scan: _Scan, units: int) -> Iterator[Place]:
        """Cut a scan at its restart markers, of which there must be as many as its size asks for (§E.1.4)."""
        start, stop = scan.segment.header_end, scan.segment.end
        found = [*_RESTART.finditer(self.data, start, stop)]
        if len(found) != (-(-units // scan.interval) - 1 if scan.interval else 0):
            raise Broken
        for marker in found:
            yield start, start + len(self.data[start : marker.start()].rstrip(b"\xff"))  # fill before a marker
            start = marker.end()
        yield start, stop

    def _interval(self, scan: _Scan, lookups: dict[Key, list[int]], coded: bytes, done: int, count: int) -> int:
        """Return how many bits so many units take."""
        if not self.is_progressive:
            return _sequential(coded, self._unit(scan, lookups), count)
        if not scan.band[0]:
            if scan.is_refining:  # §G.1.2.1: a bit a block
                return count * sum(self._repeats(scan))
            return _first(coded, [table for table, _ in self._unit(scan, lookups)], count)
        number, table = scan.components[0], lookups[DHT, 16 | scan.chosen[0] & 15]
        component = self.components[number]
        masks = self.masks.setdefault(number, [0] * (component.across * component.down))
        self.visits += count * scan.is_refining
        if len(scan.components) > 1 or self.visits > MAX_VISITS:  # §G.1.1.1.1: a band is of one component
            raise Broken
        step = _refined if scan.is_refining else _band
        return step(coded, table, masks, range(done, done + count), scan.band)

    def _repeats(self, scan: _Scan) -> list[int]:
        """Return how many blocks of each component a unit has (§A.2)."""
        if len(scan.components) == 1:
            return [1]
        return [self.components[number].blocks for number in scan.components]

    def _unit(self, scan: _Scan, lookups: dict[Key, list[int]]) -> list[tuple[list[int], list[int]]]:
        """Return the tables of each block of a unit."""
        blocks: list[tuple[list[int], list[int]]] = []
        for chosen, repeats in zip(scan.chosen, self._repeats(scan), strict=True):
            others = lookups.get((DHT, 16 | chosen & 15), [])
            blocks += [(lookups[DHT, chosen >> 4], others)] * repeats
        return blocks


def _blocks(pixels: int, factor: int, most: int) -> int:
    """Return how many blocks a component has across or down (§A.1.1, §A.2.2)."""
    samples = (pixels * factor + most - 1) // most
    return (samples + 7) // 8


# --- bits -----------------------------------------------------------------------------------------------


def _lookup(table: bytes, reading: Callable[[int, int], int]) -> list[int]:
    """Make a table of what the next sixteen bits begin with: symbol and length as they are read; -1 for no code."""
    found: list[int] = []
    symbols = iter(table[17:])
    for length, codes in enumerate(table[1:17], start=1):
        for _ in range(codes):
            found += [reading(next(symbols), length)] * (1 << _LOOK_BITS - length)
    if len(found) > 1 << _LOOK_BITS:
        raise Broken
    return found + [-1] * ((1 << _LOOK_BITS) - len(found))


def _symbol(symbol: int, length: int) -> int:
    return symbol << 8 | length


def _first_step(symbol: int, length: int) -> int:
    """Return how many bits a first coefficient takes."""
    return length + symbol if symbol <= _LOOK_BITS else -1


def _other_step(symbol: int, length: int) -> int:
    """Return how many bits a code takes with what is behind it, and how far it leads."""
    run, bits = symbol >> 4, symbol & 15
    step = run + 1 if bits or run == 15 else _END  # noqa: PLR2004 - sixteen zeros
    return step << 6 | length + bits


def _unstuffed(coded: bytes) -> bytes:
    """Take out the zeros behind 0xFF (§F.1.2.3), up to a marker, where decoders stop."""
    found = _MARKER.search(coded)
    return (coded[: found.start()] if found else coded).replace(b"\xff\0", b"\xff")


def _stuffed(data: bytes, start: int, length: int) -> int:
    """Return where so many bytes end that have zeros behind 0xFF."""
    end, before = start + length, -1
    while end != before:
        before = end
        end = start + length + data.count(b"\xff\0", start, end + 1)
    return end


class _Bits:
    """Bits to be read one after the other; behind the end stand zeros, and how far was read is counted."""

    def __init__(self, coded: bytes) -> None:
        self.coded = coded + bytes(2 * _REFILL_BYTES)
        self.at = self.left = self.held = 0

    @property
    def used(self) -> int:
        """How many bits were read."""
        return 8 * self.at - self.left

    def fill(self) -> None:
        """Hold at least 48 bits."""
        piece = self.coded[self.at : self.at + _REFILL_BYTES]
        if len(piece) < _REFILL_BYTES:
            raise Broken
        self.held = (self.held & (1 << self.left) - 1) << _REFILL_BITS | int.from_bytes(piece, "big")
        self.at += _REFILL_BYTES
        self.left += _REFILL_BITS

    def take(self, count: int) -> int:
        """Read a number of at most 32 bits."""
        if self.left < _LOW:
            self.fill()
        self.left -= count
        return self.held >> self.left & (1 << count) - 1

    def skip(self, count: int) -> None:
        """Pass bits, a block's at most."""
        self.take(min(count, _MOST_BITS))
        self.take(max(count - _MOST_BITS, 0))

    def code(self, table: list[int]) -> int:
        """Read a code and return its symbol."""
        if self.left < _LOW:
            self.fill()
        found = table[self.held >> self.left - _LOOK_BITS & _LOOK]
        if found < 0:
            raise Broken
        self.left -= found & 0xFF
        return found >> 8


# --- sequential -------------------------------------------------------------------------------------------


def _sequential(coded: bytes, unit: list[tuple[list[int], list[int]]], count: int) -> int:
    """Return how many bits so many units take (§F.2.2). Written out, as it runs for each code of a photo."""
    coded += bytes(4 * _REFILL_BYTES)
    at = left = held = 0
    for _ in range(count):
        for first, other in unit:
            if left < _LOW:
                held = (held & (1 << left) - 1) << 64 | int.from_bytes(coded[at : at + 8], "big")
                at, left = at + 8, left + 64
            bits = first[held >> left - 16 & 0xFFFF]
            left -= bits
            index = 1 if bits >= 0 else _NO_CODE
            while index < _BLOCK:
                if left < _LOW:
                    held = (held & (1 << left) - 1) << 64 | int.from_bytes(coded[at : at + 8], "big")
                    at, left = at + 8, left + 64
                step = other[held >> left - 16 & 0xFFFF]
                if step < 0:
                    raise Broken
                left -= step & 63
                index += step >> 6
            if index >= _NO_CODE or at > len(coded):
                raise Broken
    return 8 * at - left


# --- progressive ------------------------------------------------------------------------------------------


def _first(coded: bytes, unit: list[list[int]], count: int) -> int:
    """Return how many bits the first coefficients of so many units take (§G.1.2.1)."""
    bits = _Bits(coded)
    for _ in range(count):
        for table in unit:
            bits.take(bits.code(table))
    return bits.used


def _band(coded: bytes, table: list[int], masks: list[int], blocks: range, band: tuple[int, int]) -> int:
    """Return how many bits a band of coefficients takes, and mark those that are not zero (§G.1.2.2)."""
    bits, (first, last) = _Bits(coded), band
    block = blocks.start
    while block < blocks.stop:
        index, skipped = first, 0
        while index <= last:
            symbol = bits.code(table)
            run, size = symbol >> 4, symbol & 15
            if size:
                bits.take(size)
                masks[block] |= 1 << index + run
                index += run + 1
            elif run == 15:  # noqa: PLR2004 - sixteen zeros
                index += 16
            else:  # this block and so many others end
                skipped = (1 << run) - 1 + bits.take(run)
                break
        block += 1 + skipped
    return bits.used


def _refined(coded: bytes, table: list[int], masks: list[int], blocks: range, band: tuple[int, int]) -> int:
    """Return how many bits it takes to refine a band (§G.1.2.3): one for each coefficient that is not zero yet."""
    bits, (first, last) = _Bits(coded), band
    ending = 0
    for block in blocks:
        index = first
        if not ending:
            index, ending = _refined_codes(bits, table, masks, block, band)
        if ending:
            bits.skip((masks[block] >> index & (1 << last + 1 - index) - 1).bit_count() if index <= last else 0)
            ending -= 1
    return bits.used


def _refined_codes(
    bits: _Bits, table: list[int], masks: list[int], block: int, band: tuple[int, int]
) -> tuple[int, int]:
    """Read codes up to the block's end; return where it stands, and how many blocks end with it."""
    index, last = band
    mask = before = masks[block]
    while index <= last:
        symbol = bits.code(table)
        run, size = symbol >> 4, symbol & 15
        if size:
            bits.take(1)
        elif run < 15:  # noqa: PLR2004 - sixteen zeros
            masks[block] = mask
            return index, (1 << run) + bits.take(run)
        while index <= last:
            if before >> index & 1:
                bits.take(1)
            elif not run:
                break
            else:
                run -= 1
            index += 1
        if size:
            mask |= 1 << index
        index += 1
    masks[block] = mask
    return index, 0
