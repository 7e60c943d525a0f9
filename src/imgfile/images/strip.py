"""Strip a photo to nothing but the picture, and prove it: the one way from a `Photo` to a `Stripped`."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from imgfile.clinical.proofs import MediaType, Photo, Stripped
from imgfile.images import refusals
from imgfile.images.draft import Draft
from imgfile.images.identify import identify_strippable
from imgfile.images.limits import MAX_PHOTO_BYTES, MAX_SHOWN_PIXELS
from imgfile.images.metadata.model import Kind
from imgfile.images.verify.check import check

_BITS = 8
"""A JPEG's usual depth (ITU-T T.81 §B.2.2)."""


def strip(photo: Photo, *, with_trial: bool = False) -> Stripped:
    """Strip and check. Raises `UnsupportedImage`, whose message is a predicate: put the photo's name before it.

    With a trial, what stands behind the picture's end in its coded data is looked for by decoding it, where the format
    does not say where that is. Without one, that is done only where something looks amiss.
    """
    try:
        return check(photo, draft(photo.data, with_trial=with_trial))
    except refusals.UnprovenColour as unproven:
        from imgfile.images.metadata import icc

        icc.distrust(unproven.profile)
    return check(photo, draft(photo.data, with_trial=with_trial))


def draft(data: bytes, *, with_trial: bool = False) -> Draft:
    """Strip by the format that the bytes are, without the check. Raises `UnsupportedImage`."""
    read = _draft(data, with_trial=with_trial)
    if not any(fact.kind is Kind.FURTHER for block in read.blocks for fact in block.facts):
        return read
    from imgfile.images.metadata import further

    return replace(read, warnings=(*read.warnings, further.sentence(further.names(read.blocks))))


def _draft(data: bytes, *, with_trial: bool) -> Draft:  # noqa: PLR0911 - one for each format
    """Strip by the format that the bytes are.

    Each format's module is imported when a photo of it is met: a command pays for the one that it needs.
    """
    if len(data) > MAX_PHOTO_BYTES:
        raise refusals.too_large(f"{len(data):,} bytes")
    media_type = identify_strippable(data)
    match media_type:
        case MediaType.JPEG:
            from imgfile.images.formats.jpeg import strip as jpeg

            return jpeg.strip(data, with_trial=with_trial)
        case MediaType.PNG:
            from imgfile.images.formats.png import strip as png

            return png.strip(data)
        case MediaType.WEBP:
            from imgfile.images.formats.webp import strip as webp

            return webp.strip(data, with_trial=with_trial)
        case MediaType.GIF:
            from imgfile.images.formats.gif import strip as gif

            return gif.strip(data)
        case MediaType.BMP:
            from imgfile.images.formats.bmp import strip as bmp

            return bmp.strip(data)
        case MediaType.HEIC | MediaType.AVIF:
            from imgfile.images.formats.heif import strip as heif

            return heif.strip(data, with_trial=with_trial)
        case MediaType.JXL:
            from imgfile.images.formats.jxl import strip as jxl

            return jxl.strip(data, with_trial=with_trial)
        case MediaType.TIFF:
            from imgfile.images.formats.tiff import strip as tiff

            return tiff.strip(data)
        case _:
            assert_never(media_type)


def is_usual(data: bytes, media_type: MediaType, pixels: int) -> bool:
    """Return whether every program shows a stripped photo: a PNG, or a JPEG as cameras make them, of usual size.

    Raises `UnsupportedImage` for a JPEG that never was one.
    """
    if media_type not in {MediaType.JPEG, MediaType.PNG} or pixels > MAX_SHOWN_PIXELS:
        return False
    if media_type is MediaType.PNG:  # its check has inflated its pixels
        return True
    from imgfile.images.formats.jpeg_segments import FRAMES, SHOWN_BY_ALL, segments

    frame = next((segment for segment in segments(data) if segment.marker in FRAMES), None)
    return frame is not None and frame.marker in SHOWN_BY_ALL and data[frame.body] == _BITS
