"""In the process that decodes: what a JPEG XL says of its size and colours, and its samples in eight bits.

Its decoder gives pixels in the colour space that the codestream names, and does not pass on which that is.
"""

from __future__ import annotations

from typing import Any, Final

from imgfile.errors import UnsupportedImage
from imgfile.images.decode.child.refusal import CannotDecode
from imgfile.images.formats.bmff import file_boxes
from imgfile.images.formats.jxl import header
from imgfile.images.formats.jxl.header import Header

_PART_NUMBER_BYTES: Final = 4
_MAX_CHANNELS: Final = 4


def read(data: bytes) -> Header:
    """Read the header of a JPEG XL, in boxes or without. Raises `CannotDecode`."""
    try:
        return header.read(data if data.startswith(header.MARK) else _beginning(data))
    except UnsupportedImage:
        raise CannotDecode("format") from None


def _beginning(data: bytes) -> bytes:
    """Return the first bytes of the codestream (ISO/IEC 18181-2 §9): of one box, or of its parts in order."""
    found = b""
    for box in file_boxes(data):
        if box.name in {b"jxlc", b"jxlp"}:
            start = box.body + (_PART_NUMBER_BYTES if box.name == b"jxlp" else 0)
            found += data[start : min(box.end, start + header.HEADER_BYTES)]
        if len(found) >= header.HEADER_BYTES:
            break
    return found


def in_eight_bits(pixels: Any) -> Any:  # noqa: ANN401 - arrays of numpy's
    """Return samples of 8, 16 or floating-point bits as bytes; of more than four channels the first three."""
    if pixels.dtype.kind == "f":
        pixels = (pixels.clip(0, 1) * 255).round().astype("uint8")
    elif pixels.dtype.itemsize > 1:
        pixels = (pixels >> (8 * (pixels.dtype.itemsize - 1))).astype("uint8")
    if pixels.ndim > 2:  # noqa: PLR2004 - rows, columns, channels
        channels = pixels.shape[2]
        pixels = pixels[:, :, 0] if channels == 1 else pixels[:, :, :3] if channels > _MAX_CHANNELS else pixels
    return pixels
