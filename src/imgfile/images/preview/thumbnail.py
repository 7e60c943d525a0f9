"""A photo made small, to be looked at in a terminal: decoded where every photo is decoded, and never written."""

from __future__ import annotations

from imgfile.images.decode.decode import Small, decode_small
from imgfile.images.preview.glance import Glance


def thumbnail(data: bytes, seen: Glance, *, side: int, height: int = 0) -> Small:
    """Make a photo at most `side` pixels wide and `height`, or `side`, high; `seen` says that it is within bounds.

    Raises `UnsupportedImage`, whose message is a predicate, for what cannot be decoded here.
    """
    return decode_small(data, seen.media_type, width=side, height=height or side)
