"""Numbers in a JPEG XL codestream, from the lowest bit of the first byte on (ISO/IEC 18181-1 annex B)."""

from __future__ import annotations

from typing import Final

from imgfile.images import refusals

Choice = tuple[int, int]
"""A number to begin with and how many bits to add."""
_WINDOW_BYTES: Final = 8
_LONG_FIRST_BITS, _LONG_BITS, _LONGEST_BITS = 12, 8, 60


class Bits:
    """Reads numbers; what is missing is a cut."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at
        self.length = 8 * len(data)

    def take(self, count: int) -> int:
        """Read a number of as many bits. Raises `UnsupportedImage` if they are not there."""
        value = self.peek(count)
        self.skip(count)
        return value

    def peek(self, count: int) -> int:
        """Look at the bits that follow; those behind the end are zero."""
        start, shift = self.at >> 3, self.at & 7
        window = self.data[start : start + max(_WINDOW_BYTES, (count + 15) >> 3)]
        return int.from_bytes(window, "little") >> shift & (1 << count) - 1

    def skip(self, count: int) -> None:
        """Pass over bits. Raises `UnsupportedImage` if they are not there."""
        self.at += count
        if self.at > self.length:
            raise refusals.truncated()

    def choose(self, choices: tuple[Choice, Choice, Choice, Choice]) -> int:
        """Read two bits that choose, then the chosen number (§B.2.2)."""
        base, count = choices[self.take(2)]
        return base + self.take(count)

    def long(self) -> int:
        """Read a number of up to 64 bits (§B.2.3)."""
        choice = self.take(2)
        if choice < 3:  # noqa: PLR2004 - the fourth is written in pieces
            return 0 if not choice else 1 + self.take(4) if choice == 1 else 17 + self.take(8)
        value, shift = self.take(_LONG_FIRST_BITS), _LONG_FIRST_BITS
        while shift < _LONGEST_BITS and self.take(1):
            value |= self.take(_LONG_BITS) << shift
            shift += _LONG_BITS
        return value

    def to_byte(self) -> int:
        """Pass over the rest of a byte; tell where the next one stands."""
        self.at += -self.at % 8
        return self.at >> 3


class BitWriter:
    """Writes numbers likewise, and gives the bytes, the last filled with zeros."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._pending = 0
        self._count = 0

    def put(self, value: int, count: int) -> None:
        """Write a number in as many bits."""
        self._pending |= value << self._count
        self._count += count
        whole = self._count >> 3
        self._bytes += (self._pending & (1 << 8 * whole) - 1).to_bytes(whole, "little")
        self._pending >>= 8 * whole
        self._count &= 7

    def put_long(self, value: int) -> None:
        """Write a number of up to 64 bits in pieces."""
        self.put(3, 2)
        self.put(value & (1 << _LONG_FIRST_BITS) - 1, _LONG_FIRST_BITS)
        value >>= _LONG_FIRST_BITS
        while value:
            self.put(1 | (value & 0xFF) << 1, 1 + _LONG_BITS)
            value >>= _LONG_BITS
        self.put(0, 1)

    def finish(self) -> bytes:
        """Give what was written."""
        return bytes(self._bytes) + (bytes((self._pending,)) if self._count else b"")
