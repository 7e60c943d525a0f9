"""A photo of any format made a JPEG: in sRGB, the right way up, on white, with no metadata at all.

1. The stored photo never changes; what is made here is held in memory, and kept nowhere.
2. The decoders are large libraries in C that read a stranger's bytes: they run in a process of their own (`process`),
   which is confined (`confine`), has a deadline, and answers within a bound. Nothing of them is imported here.
3. Of several pages or frames the first is shown; `pages` says how many there are.
4. Above `MAX_SHOWN_PIXELS` it is made smaller, and `is_reduced` says so.
5. Whatever the decoder does with bad data - stops, dies, hangs, asks for too much - is `UnsupportedImage`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.frozen import dataclass, field
from imgfile.images.decode.process import Refused, ask
from imgfile.images.decode.size import pixels_of
from imgfile.images.identify import identify
from imgfile.images.limits import MAX_SHOWN_PIXELS

QUALITY: Final = 92
"""Of the JPEG, as libjpeg counts."""
MAX_ANSWER_BYTES: Final = 128 << 20
"""The largest JPEG that is taken from the decoder; 60 million pixels of noise at quality 100 come to some 120 MB."""
MAX_SMALL_BYTES: Final = 48 << 20
"""The most that a small picture for a screen may come to: 4,000 pixels square."""

_BY_BROWSERS: Final = frozenset({MediaType.JPEG, MediaType.PNG, MediaType.WEBP, MediaType.GIF})
_NEEDS: Final = {
    MediaType.HEIC: ("pillow_heif", "HEIC", "pip install pillow-heif"),
    MediaType.JXL: ("imagecodecs", "JPEG XL", "pip install 'imgfile[jxl]'"),
    MediaType.AVIF: ("PIL._avif", "AVIF", "pip install --upgrade pillow"),
    MediaType.WEBP: ("PIL._webp", "WebP", "pip install --upgrade pillow"),
}
"""Which module decodes a format that Pillow always could not: its name, the format's, and how to get it."""
_LEFT: Final = "The photo itself is unchanged: another program may show it."
_REFUSALS: Final = {
    "damaged": "its decoder cannot read it to its end",
    "format": "its decoder does not know this kind of it",
    "size": "it has more pixels than can be decoded here, and of its format no smaller copy is decoded",
    "memory": "decoding it takes more memory than a photo may",
    "time": "decoding it takes longer than a photo may",
    "died": "its decoder broke off",
    "start": "the process in which it is decoded does not start",
    "answer": "its decoder gave no picture",
}
"""What a decoder's refusals are called: closed, so that nothing that it says is ever shown."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A JPEG in sRGB, the right way up, without metadata; width and height of it in pixels."""

    data: bytes = field(repr=False)
    width: int
    height: int
    is_reduced: bool
    """It has fewer pixels than the photo, which has more than `MAX_SHOWN_PIXELS`, or had to fit into `max_bytes`."""
    pages: int = 1
    """How many pages or frames the photo has; the first is what is shown."""


@dataclass(frozen=True, slots=True)
class Small:
    """A picture for a screen: rows of pixels from the top, three bytes each: red, green, blue."""

    width: int
    height: int
    pixels: bytes = field(repr=False)


def shown_directly(photo: bytes, media_type: MediaType) -> bool:
    """Return whether every browser shows the stored bytes themselves: a usual format of a usual size."""
    if media_type not in _BY_BROWSERS:
        return False
    try:
        return pixels_of(photo, media_type) <= MAX_SHOWN_PIXELS
    except UnsupportedImage:  # what cannot be read is for the decoder to refuse
        return False


def expect_decodable(media_type: MediaType) -> None:
    """See that a format can be decoded here, before anything is used up. Raises `UnsupportedImage`."""
    if media_type not in _NEEDS:
        return
    module, name, command = _NEEDS[media_type]
    if not _is_installed(module):
        raise _lacking(name, command)


def decode(photo: bytes, media_type: MediaType, *, quality: int = QUALITY, max_bytes: int | None = None) -> Decoded:
    """Make a photo a JPEG of at most `max_bytes`; its quality, then its size go down only as far as they must.

    Raises `UnsupportedImage`, whose message is a predicate.
    """
    request: dict[str, object] = {"quality": quality, "max_bytes": max_bytes, "max_pixels": MAX_SHOWN_PIXELS}
    said, data = _asked(photo, media_type, request, min(max_bytes or MAX_ANSWER_BYTES, MAX_ANSWER_BYTES))
    if not data.startswith(b"\xff\xd8\xff"):
        raise _refusal("answer")
    return Decoded(data, *_sizes(said), is_reduced=said.get("is_reduced") is True, pages=_count(said, "pages"))


def decode_small(photo: bytes, media_type: MediaType, *, width: int, height: int) -> Small:
    """Make a photo a small picture that fits into so many pixels. Raises `UnsupportedImage` as `decode` does."""
    said, data = _asked(photo, media_type, {"box": [width, height]}, MAX_SMALL_BYTES)
    across, down = _sizes(said)
    if len(data) != 3 * across * down:
        raise _refusal("answer")
    return Small(across, down, data)


def confinement() -> frozenset[str] | None:
    """Return which bounds hold here while a photo is decoded (`child.confine`); None where nothing can be decoded."""
    try:
        said, _ = ask({"kind": "none"}, b"", max_bytes=0)
    except Refused:
        return None
    held = said.get("held")
    return frozenset(map(str, held)) if isinstance(held, list) else None


def _asked(
    photo: bytes, media_type: MediaType, request: dict[str, object], max_bytes: int
) -> tuple[dict[str, object], bytes]:
    expect_decodable(media_type)
    if identify(photo) is not media_type:
        raise _refusal("format")
    try:
        return ask({**request, "kind": media_type.value}, photo, max_bytes=max_bytes)
    except Refused as refused:
        if refused.why == "library" and media_type in _NEEDS:
            raise _lacking(*_NEEDS[media_type][1:]) from None
        raise _refusal(refused.why) from None


def _lacking(name: str, command: str) -> UnsupportedImage:
    return UnsupportedImage(
        f"cannot be shown here: what decodes {name} is not installed.", f"Install it, then try again:  {command}"
    )


def _refusal(why: str) -> UnsupportedImage:
    if why == "bytes":
        return UnsupportedImage(
            "cannot be made so small: no copy of it that could be recognised is.", "Allow more:  --max-bytes 5MB"
        )
    return UnsupportedImage(f"cannot be shown: {_REFUSALS.get(why, _REFUSALS['died'])}.", _LEFT)


def _sizes(said: dict[str, object]) -> tuple[int, int]:
    return _count(said, "width"), _count(said, "height")


def _count(said: dict[str, object], name: str) -> int:
    value = said.get(name)
    if not isinstance(value, int) or not 0 < value <= MAX_SHOWN_PIXELS:
        raise _refusal("answer")
    return value


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
