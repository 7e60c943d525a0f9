"""How much of a JPEG that is cut short can still be seen, for a person to decide before asking for it again.

The photo is refused all the same. This is the one place that decodes a photo: with Pillow (libjpeg), within the pixel
limit, at an eighth of its size, and only one that is coded row after row. Of two decodings over different backgrounds,
the rows that differ were not decoded.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Collection
from typing import Final

from imgfile.images.exif import UPRIGHT

SCALE: Final = 8
"""libjpeg makes an eighth of the size from the mean of each block alone."""
LAST_ROWS: Final = 2
"""Rows, of eight pixels each, that libjpeg may hold back when no more is missing than the end mark."""
SIDES: Final = {1: "lower", 2: "lower", 3: "upper", 4: "upper", 5: "right", 6: "left", 7: "left", 8: "right"}
"""Where the coded picture's lower edge is when it is shown, by orientation."""
SEQUENTIAL: Final = frozenset({0xC0, 0xC1})
PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
SCAN: Final = 0xDA

END: Final = "its end is missing"
DETAIL: Final = "its finer detail is missing"
_GREY: Final = "L"


def describe(data: bytes, found: Collection[int], orientation: int = UPRIGHT) -> str:
    """Say what is missing of a JPEG in which these markers were found, all whole, before it was cut short."""
    if PROGRESSIVE & set(found) and SCAN in found:
        return DETAIL
    decoded, height = _decoded_rows(data) if SEQUENTIAL & set(found) and SCAN not in found else (0, 0)
    missing = height - decoded
    if not decoded or missing <= LAST_ROWS:
        return END
    return f"the {SIDES[orientation]} {round(100 * missing / height)} % is missing"


def _decoded_rows(data: bytes) -> tuple[int, int]:
    """Count the rows that decode, and all rows, in eighths; none if Pillow cannot open it."""
    from PIL import Image  # noqa: PLC0415 - 40 ms, and only for a photo that is refused

    coded = data.rstrip(b"\0")  # what some programs fill up a broken download with
    try:
        with warnings.catch_warnings(action="ignore"):
            dark, bright = (_rows_over(coded, background) for background in (0, 255))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return 0, 0
    pairs = enumerate(zip(dark, bright, strict=True))
    return next((row for row, (one, other) in pairs if one != other), len(dark)), len(dark)


def _rows_over(data: bytes, background: int) -> list[bytes]:
    """Decode over a background, as far as it goes."""
    from PIL import Image  # noqa: PLC0415 - as above

    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        image.draft(_GREY, (max(image.width // SCALE, 1), max(image.height // SCALE, 1)))
        paper = Image.new(image.mode, image.size, (background,) * len(image.getbands()))
        image.im = paper.im
        with contextlib.suppress(OSError):  # cut short, as is known
            image.load()
        pixels = paper.tobytes()
    stride = len(pixels) // paper.height
    return [pixels[at : at + stride] for at in range(0, len(pixels), stride)]
