"""What is said of further pictures in a photo's file: how many they are, and which, where their file says it.

A further picture is a photo of its own: of a burst, of a pair, of an exposure series, or simply put behind. None is
filed with the photo, so none may be lost unsaid. Smaller copies, depth and gain maps and mattes are none: they are
made from the picture that is kept, or for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from imgfile.images.metadata.model import Block, Kind
from imgfile.images.metadata.xmp import UNBLURRED

BURST: Final = "picture of a burst"
PAIR: Final = "other view of a stereo pair"
SERIES: Final = "picture of an exposure series"
PANORAMA: Final = "picture of a panorama"
TRACK: Final = "image sequence"
HIDDEN: Final = "hidden animation"
OLD_PAGE: Final = "page in an older kind of JPEG"
VISIBLE: Final = "picture in visible light"

_PHRASES: Final = {
    BURST: ("another of its burst", "{} of its burst"),
    PAIR: ("the other view of a stereo pair", "{} views of a stereo pair"),
    SERIES: ("another exposure of it", "{} exposures of it"),
    PANORAMA: ("another part of a panorama", "{} parts of a panorama"),
    TRACK: ("a sequence of pictures", "{} sequences of pictures"),
    HIDDEN: ("an animation that no program shows", "{} frames that no program shows"),
    OLD_PAGE: ("a page in an older kind of JPEG", "{} pages in an older kind of JPEG"),
    VISIBLE: ("the same in visible light", "{} in visible light"),
    UNBLURRED: ("the same before its background was blurred", "{} before their background was blurred"),
}
"""What a block's name is in the sentence, of one and of several."""


def names(blocks: Iterable[Block]) -> list[str]:
    """Return what the further pictures among blocks that are left out are called, each as often as it is there."""
    return [fact.name for block in blocks for fact in block.facts if fact.kind is Kind.FURTHER]


def sentence(found: list[str]) -> str:
    """Return how many further pictures were left out, and what they are."""
    count = len(found)
    head = "A further picture" if count == 1 else f"{count:,} further pictures"
    parts = [
        one if number == 1 else many.format(f"{number:,}")
        for name, number in Counter(found).items()
        for one, many in ([_PHRASES[name]] if name in _PHRASES else [])
    ]
    unnamed = sum(name not in _PHRASES for name in found)
    if parts and unnamed:
        parts.append(f"{unnamed:,} more")
    which = f": {', '.join(parts)}" if parts else ""
    return f"{head} in the same file {'was' if count == 1 else 'were'} left out{which}."
