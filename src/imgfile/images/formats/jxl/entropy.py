"""Numbers in a JPEG XL codestream that are coded by how often they come (ISO/IEC 18181-1 annex C).

Written for the profile in a codestream's head, which is short: prefix codes and ANS with alias tables, clusters of
contexts, and repeats. Whatever contradicts the specification raises `Broken`.
"""

from __future__ import annotations

from typing import Final

from imgfile.frozen import dataclass
from imgfile.images.formats.jxl.bits import Bits

_TABLE_BITS: Final = 12
_TABLE: Final = 1 << _TABLE_BITS
_PREFIX_BITS: Final = 15
_FINAL_STATE: Final = 0x130000
_REPEAT_LENGTHS: Final = ((3, 0), (4, 0), (5, 2), (9, 8))
_REPEAT_SYMBOLS: Final = ((224, 0), (512, 0), (4096, 0), (8, 15))
_MAX_DISTANCE: Final = 1 << 20
LENGTHS_ORDER: Final = (1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15)
"""In which order the code lengths of code lengths stand (RFC 7932 §3.5)."""
LENGTH_CODES: Final = {(2, 0): 0, (2, 1): 4, (2, 2): 3, (3, 3): 2, (4, 7): 1, (4, 15): 5}
"""Their own fixed code: bits as read, lowest first, by how many."""
_COUNT_CODES: Final = {
    (3, 0): 10,
    (3, 2): 7,
    (3, 4): 6,
    (3, 5): 8,
    (3, 6): 9,
    (4, 3): 3,
    (4, 7): 5,
    (4, 9): 4,
    (4, 11): 1,
    (4, 15): 2,
    (5, 17): 0,
    (6, 33): 11,
    (7, 1): 12,
    (7, 65): 13,
}
"""The fixed code of a frequency's logarithm (§C.2.5)."""
_REPEATED: Final = 13
_MAX_SHIFT: Final = 13


class Broken(Exception):
    """The coded numbers contradict the specification."""


def _demand(condition: object) -> None:
    if not condition:
        raise Broken


@dataclass(frozen=True, slots=True)
class _Split:
    """How a symbol and further bits make a number (§C.3.3)."""

    exponent: int
    high: int = 0
    low: int = 0

    @classmethod
    def read(cls, bits: Bits, alphabet_bits: int) -> _Split:
        exponent = bits.take(alphabet_bits.bit_length())
        if exponent == alphabet_bits:
            return cls(exponent)
        high = bits.take(exponent.bit_length())
        _demand(high <= exponent)
        low = bits.take((exponent - high).bit_length())
        _demand(high + low <= exponent)
        return cls(exponent, high, low)

    def number(self, bits: Bits, symbol: int) -> int:
        if symbol < 1 << self.exponent:
            return symbol
        kept = self.high + self.low
        count = self.exponent - kept + (symbol - (1 << self.exponent) >> kept)
        _demand(count <= 32)  # noqa: PLR2004 - numbers have 32 bits
        low = symbol & (1 << self.low) - 1
        high = 1 << self.high | symbol >> self.low & (1 << self.high) - 1
        return (high << count | bits.take(count)) << self.low | low


class Decoder:
    """Reads the numbers of one stream, each in its context. Raises `Broken`, or `UnsupportedImage` for a cut."""

    def __init__(self, bits: Bits, contexts: int, *, may_repeat: bool = True) -> None:
        self.bits = bits
        self.repeats = bool(bits.take(1))
        _demand(may_repeat or not self.repeats)
        if self.repeats:
            self.first_repeat = bits.choose(_REPEAT_SYMBOLS)
            self.least_repeat = bits.choose(_REPEAT_LENGTHS)
            self.repeat_split = _Split.read(bits, 8)
            contexts += 1
        self.clusters = _clusters(bits, contexts) if contexts > 1 else [0] * contexts
        count = max(self.clusters) + 1
        self.is_prefix = bool(bits.take(1))
        alphabet_bits = _PREFIX_BITS if self.is_prefix else bits.take(2) + 5
        self.splits = [_Split.read(bits, alphabet_bits) for _ in range(count)]
        if self.is_prefix:
            sizes = [_short(bits, 4) + 1 for _ in range(count)]
            _demand(max(sizes) <= 1 << alphabet_bits)
            self.prefixes = [_prefix(bits, size) for size in sizes]
        else:
            self.aliases = [_alias(_frequencies(bits), alphabet_bits) for _ in range(count)]
            self.entry_bits = _TABLE_BITS - alphabet_bits
            self.state = bits.take(32)
        self.read: list[int] = []
        self.left = self.distance = 0

    def next(self, context: int) -> int:
        """Read the next number."""
        if not self.left:
            cluster = self.clusters[context]
            symbol = self._symbol(cluster)
            if not self.repeats or symbol < self.first_repeat:
                number = self.splits[cluster].number(self.bits, symbol)
                if self.repeats:
                    self.read.append(number)
                return number
            self.left = self.repeat_split.number(self.bits, symbol - self.first_repeat) + self.least_repeat
            cluster = self.clusters[-1]
            distance = self.splits[cluster].number(self.bits, self._symbol(cluster)) + 1
            self.distance = min(distance, len(self.read), _MAX_DISTANCE)
        self.left -= 1
        self.read.append(self.read[-self.distance] if self.distance else 0)
        return self.read[-1]

    def is_done(self) -> bool:
        """Tell whether the stream ends as a whole one does."""
        return self.is_prefix or self.state == _FINAL_STATE

    def _symbol(self, cluster: int) -> int:
        if self.is_prefix:
            return _coded(self.bits, self.prefixes[cluster])
        place = self.state & _TABLE - 1
        index, at = place >> self.entry_bits, place & (1 << self.entry_bits) - 1
        cutoff, other, offset, frequency, other_frequency = self.aliases[cluster][index]
        if at >= cutoff:
            index, at, frequency = other, at + offset, other_frequency
        self.state = frequency * (self.state >> _TABLE_BITS) + at
        if self.state < 1 << 16:
            self.state = self.state << 16 | self.bits.take(16)
        return index


def _clusters(bits: Bits, contexts: int) -> list[int]:
    """Read which contexts share their codes (§C.2.2)."""
    if bits.take(1):
        width = bits.take(2)
        found = [bits.take(width) for _ in range(contexts)]
    else:
        is_moved = bits.take(1)
        inner = Decoder(bits, 1, may_repeat=contexts > 2)  # noqa: PLR2004 - two need no repeats
        found = [inner.next(0) for _ in range(contexts)]
        _demand(inner.is_done() and max(found) < 256)  # noqa: PLR2004 - clusters are numbered in a byte
        if is_moved:
            recent = list(range(256))
            for at, index in enumerate(found):
                found[at] = recent.pop(index)
                recent.insert(0, found[at])
    _demand(set(found) == set(range(max(found) + 1)))
    return found


def _short(bits: Bits, width: int) -> int:
    """Read a number in one bit, or in the bits that the next ones count."""
    if not bits.take(1):
        return 0
    count = bits.take(width)
    return (1 << count) + bits.take(count)


# --- prefix codes ---------------------------------------------------------------------------------------

_Prefix = dict[tuple[int, int], int]
"""What each code stands for, by its length and its bits as read, the first one lowest."""


def _coded(bits: Bits, codes: _Prefix) -> int:
    ahead = bits.peek(_PREFIX_BITS)
    for length in range(_PREFIX_BITS + 1):
        if (symbol := codes.get((length, ahead & (1 << length) - 1))) is not None:
            bits.skip(length)
            return symbol
    raise Broken


def prefix_codes(lengths: list[int]) -> _Prefix:
    """Make codes from their lengths (RFC 1951 §3.2.2); a single one takes no bits."""
    used = [symbol for symbol, length in enumerate(lengths) if length]
    if len(used) == 1:
        return {(0, 0): used[0]}
    codes: _Prefix = {}
    code = 0
    for length in range(1, _PREFIX_BITS + 1):
        for symbol in (symbol for symbol in used if lengths[symbol] == length):
            codes[length, int(f"{code:0{length}b}"[::-1], 2)] = symbol
            code += 1
        code <<= 1
    return codes


def _prefix(bits: Bits, size: int) -> _Prefix:
    if size == 1:
        return {(0, 0): 0}
    skipped = bits.take(2)
    if skipped == 1:
        return _simple_prefix(bits, size)
    inner, space = [0] * len(LENGTHS_ORDER), 32
    for symbol in LENGTHS_ORDER[skipped:]:
        if space <= 0:
            break
        inner[symbol] = _coded(bits, LENGTH_CODES)
        space -= 32 >> inner[symbol] if inner[symbol] else 0
    _demand(not space or sum(map(bool, inner)) == 1)
    return prefix_codes(_lengths(bits, prefix_codes(inner), size))


def _lengths(bits: Bits, codes: _Prefix, size: int) -> list[int]:
    """Read each symbol's code length, with repeats, until they fill the code (RFC 7932 §3.5)."""
    lengths: list[int] = []
    space, before, repeated, length_repeated = 1 << _PREFIX_BITS, 8, 0, 0
    while len(lengths) < size and space > 0:
        length = _coded(bits, codes)
        count = 1
        if length < 16:  # noqa: PLR2004 - a length, no repeat
            repeated, before = 0, length or before
        else:
            extra, length = length - 14, before if length == 16 else 0  # noqa: PLR2004 - repeats the last, or zero
            old = repeated if length_repeated == length else 0
            repeated = ((old - 2) << extra if old else 0) + bits.take(extra) + 3
            count, length_repeated = repeated - old, length
        lengths += [length] * count
        space -= (1 << _PREFIX_BITS >> length) * count if length else 0
    _demand(not space and len(lengths) <= size)
    return lengths


def _simple_prefix(bits: Bits, size: int) -> _Prefix:
    """Read a code of up to four symbols (RFC 7932 §3.4)."""
    count = bits.take(2) + 1
    symbols = [bits.take((size - 1).bit_length()) for _ in range(count)]
    _demand(len(set(symbols)) == count and max(symbols) < size)
    is_long = count == 4 and bits.take(1)  # noqa: PLR2004 - two forms of four
    lengths = {1: [0], 2: [1, 1], 3: [1, 2, 2], 4: [1, 2, 3, 3] if is_long else [2, 2, 2, 2]}[count]
    if count == 1:
        return {(0, 0): symbols[0]}
    all_lengths = [0] * size
    for symbol, length in zip(symbols, lengths, strict=True):
        all_lengths[symbol] = length
    return prefix_codes(all_lengths)


# --- ANS ------------------------------------------------------------------------------------------------


def _frequencies(bits: Bits) -> list[int]:
    """Read how often each symbol comes, of 4096 (§C.2.5)."""
    if bits.take(1):
        symbols = [_short(bits, 3) for _ in range(bits.take(1) + 1)]
        counts = [0] * (max(symbols) + 1)
        counts[symbols[0]] = bits.take(_TABLE_BITS) if len(symbols) > 1 else _TABLE
        if len(symbols) > 1:
            _demand(symbols[0] != symbols[1])
            counts[symbols[1]] = _TABLE - counts[symbols[0]]
        return counts
    if bits.take(1):
        size = _short(bits, 3) + 1
        return [_TABLE // size + (symbol < _TABLE % size) for symbol in range(size)]
    width = next((width for width in range(3) if not bits.take(1)), 3)
    shift = (bits.take(width) | 1 << width) - 1
    _demand(shift <= _MAX_SHIFT)
    return _spread(bits, shift, _short(bits, 3) + 3)


def _spread(bits: Bits, shift: int, size: int) -> list[int]:
    logarithms: list[int] = []
    while len(logarithms) < size:
        logarithm = _coded(bits, _COUNT_CODES)
        if logarithm == _REPEATED:
            logarithms += [-1] * (_short(bits, 3) + 4)
        else:
            logarithms.append(logarithm)
    _demand(len(logarithms) == size)
    omitted = max(range(size), key=lambda symbol: (logarithms[symbol], -symbol))
    _demand(logarithms[omitted] >= 0)
    counts = [0] * size
    for symbol, logarithm in enumerate(logarithms):
        if logarithm < 0:
            counts[symbol] = counts[symbol - 1] if symbol else 0
        elif symbol != omitted and logarithm:
            width = max(min(logarithm - 1, shift - ((_TABLE_BITS - logarithm + 1) >> 1)), 0)
            counts[symbol] = (1 << logarithm - 1) + (bits.take(width) << logarithm - 1 - width)
    counts[omitted] = _TABLE - sum(counts)
    _demand(counts[omitted] > 0)
    return counts


_Alias = list[tuple[int, int, int, int, int]]
"""For each entry: where the other symbol begins, which it is, what to add, and how often both come."""


def _alias(counts: list[int], alphabet_bits: int) -> _Alias:
    """Share out 4096 places among entries of two symbols each (§C.2.6)."""
    size, entry = 1 << alphabet_bits, _TABLE >> alphabet_bits
    while len(counts) > 1 and not counts[-1]:
        counts.pop()
    _demand(len(counts) <= size)
    if _TABLE in counts:
        only = counts.index(_TABLE)
        return [(0, only, entry * index, 0, _TABLE) for index in range(size)]
    cutoffs = counts + [0] * (size - len(counts))
    full = list(cutoffs)
    over = [index for index, cutoff in enumerate(cutoffs) if cutoff > entry]
    under = [index for index, cutoff in enumerate(cutoffs) if cutoff < entry]
    others, offsets = list(range(size)), [0] * size
    while over:
        giver, taker = over.pop(), under.pop()
        cutoffs[giver] -= entry - cutoffs[taker]
        others[taker], offsets[taker] = giver, cutoffs[giver]
        if cutoffs[giver] < entry:
            under.append(giver)
        elif cutoffs[giver] > entry:
            over.append(giver)
    return [
        (cutoff, other, offset - cutoff, full[index], full[other])
        if cutoff != entry
        else (entry, index, 0, full[index], full[index])
        for index, (cutoff, other, offset) in enumerate(zip(cutoffs, others, offsets, strict=True))
    ]
