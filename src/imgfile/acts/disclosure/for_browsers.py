"""A photo as a browser shows it: the stored bytes where it can, else a copy decoded for the look, in memory."""

from __future__ import annotations

from collections.abc import Iterator

from imgfile.clinical.proofs import MediaType
from imgfile.clinical.record.model import Picture
from imgfile.frozen import dataclass, field
from imgfile.images.decode.decode import Decoded, decode, expect_decodable, shown_directly
from imgfile.images.preview.still import is_still


@dataclass(frozen=True, slots=True)
class BrowserImage:
    """What a browser gets, and what it does not show of the photo, in words."""

    data: bytes = field(repr=False)
    media_type: str
    remark: str = ""


def expect_showable(picture: Picture) -> None:
    """See that a photo's format can be shown here, before its bytes are opened. Raises `UnsupportedImage`."""
    expect_decodable(picture.media_type)


def for_browsers(photo: bytes, picture: Picture) -> BrowserImage:
    """Return a photo as a browser shows it. Raises `UnsupportedImage`, whose message is a predicate."""
    if _is_for_browsers(photo, picture):
        return BrowserImage(photo, picture.media_type.value)
    made = decode(photo, picture.media_type)
    return BrowserImage(made.data, MediaType.JPEG.value, "; ".join(_remarks(made, picture)))


def _is_for_browsers(photo: bytes, picture: Picture) -> bool:
    """Return whether browsers show the stored bytes as they should be: still, and the right way up.

    All of them obey the orientation of a JPEG; of a WebP Chromium does not.
    """
    media_type = picture.media_type
    is_upright = media_type is MediaType.JPEG or picture.orientation == 1
    return is_upright and shown_directly(photo, media_type) and is_still(photo, media_type)


def _remarks(made: Decoded, picture: Picture) -> Iterator[str]:
    if made.is_reduced:
        filed = f"{picture.width * picture.height / 1e6:.0f} megapixels"
        yield f"shown reduced to {made.width} x {made.height} pixels; it has {filed}"
    if made.pages > 1:
        yield f"the first of its {made.pages} pictures is shown"
