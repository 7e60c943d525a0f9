"""Whether two files show the very same pixels, by a decoder that is none of ours: Pillow.

Asked only where bytes were taken out of coded data. A bound keeps what it takes within reason; a picture larger than
that, or of a kind that this Pillow cannot decode, gives no answer.
"""

from __future__ import annotations

import io
import warnings
from typing import Final

JPEG: Final = "JPEG"
HEIF: Final = "HEIF"
"""Decoded by pillow-heif."""
MAX_PIXELS: Final = 64_000_000
"""Pixels that are decoded for a comparison: a phone's largest usual photo."""


def are_same(one: bytes | memoryview, other: bytes | memoryview, kind: str) -> bool | None:
    """Return whether both show the same, every frame of it; None where that cannot be known.

    `kind` is Pillow's name of the format.
    """
    first = shown(one, kind)
    return None if first is None else first == shown(other, kind)


def shown(data: bytes | memoryview, kind: str) -> tuple[object, ...] | None:
    """Return mode, size and pixels of every frame, as they are coded; None for what cannot be decoded within bounds."""
    from PIL import Image  # noqa: PLC0415 - 40 ms, and only for a photo that something was taken out of

    if kind == HEIF:
        import pillow_heif  # noqa: PLC0415 - 60 ms, and asked for in a trial alone

        pillow_heif.register_heif_opener()
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=(kind,)) as image:
            frames = 1 if kind == JPEG else getattr(image, "n_frames", 1)  # what follows a JPEG is another picture
            if frames * image.width * image.height > MAX_PIXELS:
                return None
            found: list[object] = []
            for number in range(frames):
                image.seek(number)
                found += (image.mode, image.size, image.tobytes())
            return tuple(found)
    except (OSError, SyntaxError, ValueError, EOFError, RuntimeError, Image.DecompressionBombError):
        return None
