"""Numbers of a JPEG XL codestream, bit by bit (ISO/IEC 18181-1 annex B)."""

from __future__ import annotations

from imgfile.images import refusals

Choice = tuple[int, int]
"""A number to begin with and how many bits to add to it."""


class Bits:
    """Reads numbers from the lowest bit of the first byte on (annex B); what is missing is a cut."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, count: int) -> int:
        """Read an unsigned number of as many bits. Raises `UnsupportedImage` if they are not there."""
        start, shift = self.at >> 3, self.at & 7
        self.at += count
        if self.at > 8 * len(self.data):
            raise refusals.truncated()
        window = self.data[start : (self.at + 7) >> 3]
        return int.from_bytes(window, "little") >> shift & (1 << count) - 1

    def choose(self, choices: tuple[Choice, Choice, Choice, Choice]) -> int:
        """Read two bits that choose, then the chosen number: the standard's `U32`."""
        base, count = choices[self.take(2)]
        return base + self.take(count)
