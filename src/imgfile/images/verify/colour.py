"""Whether a sanitised profile gives the very colours of the original, judged by LittleCMS.

Pillow and LittleCMS are imported only here, and only for a profile that changed; a pair proven once is remembered by
digest for the life of the process, so a batch from one phone pays once.
"""

from __future__ import annotations

import hashlib
import io
import itertools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

INTENTS: Final = range(4)
"""Perceptual, relative colorimetric, saturation, absolute colorimetric."""
_STEPS: Final = {b"RGB ": 17, b"CMYK": 7, b"GRAY": 256}
_MODES: Final = {b"RGB ": "RGB", b"CMYK": "CMYK", b"GRAY": "L"}
MAX_REMEMBERED: Final = 1024

_proven: set[bytes] = set()


def is_same(original: bytes, sanitised: bytes) -> bool:
    """Return whether both profiles turn a grid over the whole colour space into identical bytes, at every intent.

    A profile that LittleCMS cannot open shows no colours there, so the sanitised one must not open either.
    """
    if original == sanitised:
        return True
    pair = hashlib.sha256(hashlib.sha256(original).digest() + hashlib.sha256(sanitised).digest()).digest()
    if pair in _proven:
        return True
    space = sanitised[16:20]
    if space not in _MODES or original[16:20] != space or _shown(original, space) != _shown(sanitised, space):
        return False
    if len(_proven) < MAX_REMEMBERED:
        _proven.add(pair)
    return True


def _shown(profile: bytes, space: bytes) -> list[bytes | None]:
    """Render the grid as sRGB at each intent; None where LittleCMS refuses."""
    from PIL import ImageCms  # noqa: PLC0415 - 30 ms, only for a profile that changed

    grid = _grid(space)
    shown: list[bytes | None] = []
    for intent in INTENTS:
        try:
            transform = ImageCms.buildTransform(
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                _MODES[space],
                "RGB",
                ImageCms.Intent(intent),
            )
            shown.append(transform.apply(grid).tobytes())
        except (ImageCms.PyCMSError, OSError):
            shown.append(None)
    return shown


def _grid(space: bytes) -> Image:
    from PIL import Image  # noqa: PLC0415 - as above

    steps, mode = _STEPS[space], _MODES[space]
    levels = [round(step * 255 / (steps - 1)) for step in range(steps)]
    pixels = bytes(itertools.chain.from_iterable(itertools.product(levels, repeat=len(mode))))
    return Image.frombytes(mode, (len(pixels) // len(mode), 1), pixels)
