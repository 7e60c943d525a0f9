"""What may be cut out of a JPEG's scans: found by stepping through their codes, and proven by decoding both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from imgfile.images import pixels
from imgfile.images.draft import UNREAD_END
from imgfile.images.formats.jpeg import entropy
from imgfile.images.formats.jpeg.tables import Place
from imgfile.images.formats.jpeg_segments import Segment

STAYS: Final = "{count:,} bytes behind its picture, in its coded data, could not be cut, and stay."


def cuts(
    data: bytes, frame: Segment, kept: list[Segment], written: Callable[[Sequence[Place]], bytes], *, is_asked: bool
) -> tuple[list[Place], list[str]]:
    """Return where bytes stand that show nothing, and what must be said; `written` makes the output without some."""
    found = entropy.surplus(data, frame, kept, is_asked=is_asked)
    if found is None:
        return [], [UNREAD_END]
    if not found:
        return [], []
    if pixels.are_same(written(()), written(found), pixels.JPEG):
        return found, []
    return [], [STAYS.format(count=sum(end - start for start, end in found))]
