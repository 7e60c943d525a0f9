"""Whether a sanitised profile holds nothing but colour, and gives the very colours of the original in LittleCMS.

Pillow and LittleCMS are imported only here, and only for a profile that changed; a pair proven once is remembered by
digest for the life of the process, so a batch from one phone pays once.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

INTENTS: Final = range(4)
"""Perceptual, relative colorimetric, saturation, absolute colorimetric."""
_STEPS: Final = {b"RGB ": 17, b"CMYK": 7, b"GRAY": 256}
_MODES: Final = {b"RGB ": "RGB", b"CMYK": "CMYK", b"GRAY": "L"}
MAX_REMEMBERED: Final = 1024

_HEADER_BYTES: Final = 128
_ZERO: Final = (slice(4, 8), slice(24, 36), slice(40, 44), slice(48, 56), slice(80, 128))
"""ICC.1:2022 §7.2: engine, date, platform, maker and model, creator and digest."""
_COLOUR_TAGS: Final = frozenset(
    b"rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC wtpt bkpt chad chrm cicp lumi aarg aagg aabg "
    b"A2B0 A2B1 A2B2 A2B3 B2A0 B2A1 B2A2 B2A3 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 gamt pre0 pre1 pre2".split()
)
_TEXTS: Final = {
    b"desc": (
        b"desc\0\0\0\0\0\0\0\x08profile\0" + bytes(78),
        b"mluc\0\0\0\0\0\0\0\1\0\0\0\x0cenUS\0\0\0\x0e\0\0\0\x1c" + "profile".encode("utf-16-be"),
    ),
    b"cprt": (
        b"text\0\0\0\0none\0",
        b"mluc\0\0\0\0\0\0\0\1\0\0\0\x0cenUS\0\0\0\x08\0\0\0\x1c" + "none".encode("utf-16-be"),
    ),
}
"""The only words that it may hold: as version 2 spells them, and version 4."""

_proven: set[bytes] = set()


def is_bare(profile: bytes) -> bool:
    """Return whether a profile's header and tags hold nothing but colour, neutral words and padding of zeros."""
    if len(profile) < _HEADER_BYTES + 4 or any(any(profile[part]) for part in _ZERO):
        return False
    count = int.from_bytes(profile[128:132], "big")
    end = 132 + 12 * count
    spans = [(0, end)]
    for at in range(132, min(end, len(profile)), 12):
        name, (start, length) = profile[at : at + 4], struct.unpack_from(">LL", profile, at + 4)
        body = profile[start : start + length]
        if len(body) != length or not (name in _COLOUR_TAGS or body in _TEXTS.get(name, ())):
            return False
        spans.append((start, start + length))
    reached = 0
    for start, stop in sorted(spans):
        if any(profile[reached:start]):
            return False
        reached = max(reached, stop)
    return end <= len(profile) and not any(profile[reached:])


def is_same(original: bytes, sanitised: bytes) -> bool:
    """Return whether both profiles turn a grid over the whole colour space into identical bytes, at every intent.

    The sanitised one must be bare, too. A profile that LittleCMS cannot open shows no colours there, so the sanitised
    one must not open either.
    """
    if not is_bare(sanitised):
        return False
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
