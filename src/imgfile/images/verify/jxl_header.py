"""A second reading of a JPEG XL codestream's header, for its size and for what must not be inside (ISO/IEC 18181-1).

Written apart from the stripper's, as a table of fields that one loop walks: no preview, no colour profile.
"""

from __future__ import annotations

from typing import Final

from imgfile.images.verify.proof import demand

_MARK: Final = b"\xff\x0a"
_WINDOW_BYTES: Final = 1 << 19
"""What of a codestream is turned into one number; 256 channels with their names take less."""

_U32 = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""Four ways to write a number: what to begin with, how many bits to add (annex B, `U32`)."""
_DIMENSION: Final[_U32] = ((1, 9), (1, 13), (1, 18), (1, 30))
_ENUM: Final[_U32] = ((0, 0), (1, 0), (2, 4), (18, 6))
_WIDTH_BY_HEIGHT: Final = {1: (1, 1), 2: (6, 5), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


class _Fields:
    """The header as one little-endian number, from which fields are shifted out."""

    def __init__(self, codestream: bytes) -> None:
        window = codestream[len(_MARK) : _WINDOW_BYTES]
        self.number = int.from_bytes(window, "little")
        self.left = 8 * len(window)

    def bits(self, count: int) -> int:
        """Shift out an unsigned number."""
        self.left -= count
        demand(self.left >= 0, "coded data")
        value = self.number & ((1 << count) - 1)
        self.number >>= count
        return value

    def u32(self, *ways: tuple[int, int]) -> int:
        """Shift out two bits that choose a way, then the number."""
        first, count = ways[self.bits(2)]
        return first + self.bits(count)


def size(codestream: bytes) -> tuple[int, int]:
    """Return coded width and height. Raises `UnsupportedImage` for a codestream with a preview or a colour profile."""
    demand(codestream.startswith(_MARK), "coded data")
    fields = _Fields(codestream)
    width, height = _dimensions(fields)
    if not fields.bits(1):  # ImageMetadata `all_default`
        if fields.bits(1):  # `extra_fields`
            _pass_extra_fields(fields)
        _pass_sample_format(fields)
        fields.bits(1)
        for _ in range(fields.u32((0, 0), (1, 0), (2, 4), (1, 12))):
            _pass_channel(fields)
        fields.bits(1)
        is_plain_colour = fields.bits(1) == 1
        demand(is_plain_colour or not fields.bits(1), "colour profile")
    return width, height


def _dimensions(fields: _Fields) -> tuple[int, int]:
    in_eights = fields.bits(1) == 1
    height = _dimension(fields, in_eights=in_eights)
    ratio = fields.bits(3)
    if ratio:
        across, down = _WIDTH_BY_HEIGHT[ratio]
        return height * across // down, height
    return _dimension(fields, in_eights=in_eights), height


def _dimension(fields: _Fields, *, in_eights: bool) -> int:
    return 8 * fields.bits(5) + 8 if in_eights else fields.u32(*_DIMENSION)


def _pass_extra_fields(fields: _Fields) -> None:
    fields.bits(3)  # orientation
    if fields.bits(1):
        _dimensions(fields)
    demand(not fields.bits(1), "preview")
    if fields.bits(1):  # an animation's clock
        fields.u32((100, 0), (1000, 0), (1, 10), (1, 30))
        fields.u32((1, 0), (1001, 0), (1, 8), (1, 10))
        fields.u32((0, 0), (0, 3), (0, 16), (0, 32))
        fields.bits(1)


def _pass_sample_format(fields: _Fields) -> None:
    is_float = fields.bits(1) == 1
    if is_float:
        fields.u32((32, 0), (16, 0), (24, 0), (1, 6))
        fields.bits(4)
    else:
        fields.u32((8, 0), (10, 0), (12, 0), (1, 6))


def _pass_channel(fields: _Fields) -> None:
    is_plain_alpha = fields.bits(1) == 1
    if is_plain_alpha:
        return
    kind = fields.u32(*_ENUM)
    _pass_sample_format(fields)
    fields.u32((0, 0), (3, 0), (4, 0), (1, 3))
    fields.bits(8 * fields.u32((0, 0), (0, 4), (16, 5), (48, 10)))  # its name
    match kind:
        case 0:  # alpha: whether it is multiplied in
            fields.bits(1)
        case 2:  # spot colour: four numbers of half precision
            fields.bits(64)
        case 5:  # a sensor's filter
            fields.u32((1, 0), (0, 2), (3, 4), (19, 8))
        case _:
            pass
