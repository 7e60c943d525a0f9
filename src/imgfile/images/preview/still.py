"""Whether a photo of a format that browsers show stays still there: an animation would flash by itself.

What flashes can bring on a seizure (WCAG 2.3.1), and distracts from what is looked at. It is read from a stripped
photo, whose parts were checked; a slip to the strict side costs a decoding, no more.
"""

from __future__ import annotations

from typing import Final

from imgfile.clinical.proofs import MediaType

_WEBP_FLAGS_AT: Final = 20
_WEBP_ANIMATED: Final = 0x02


def is_still(photo: bytes, media_type: MediaType) -> bool:
    """Return whether a photo is a single picture. Raises `UnsupportedImage` for a GIF that cannot be walked."""
    match media_type:
        case MediaType.GIF:
            from imgfile.images.formats.gif.blocks import IMAGE, colours_end, parts  # noqa: PLC0415 - of one format

            return sum(part.introducer == IMAGE for part in parts(photo, colours_end(photo))) <= 1
        case MediaType.PNG:  # Third Edition §11.3.6: acTL stands before the first IDAT
            return b"acTL" not in photo[: photo.find(b"IDAT")]
        case MediaType.WEBP:  # RFC 9649 §2.7: the flags are the first byte of VP8X, which is the first chunk
            return photo[12:16] != b"VP8X" or not photo[_WEBP_FLAGS_AT] & _WEBP_ANIMATED
        case _:
            return True
