"""Whether the picture of a photo can be shown at all, tried before the photo is filed and its source goes.

Stripping proves that no byte of the coded picture changes, and never decodes it: what nothing can decode is stripped
just as well. One pixel comes back of the trial, so that nothing recognisable leaves the process that decodes.
"""

from __future__ import annotations

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.images.decode.decode import decode_small, expect_decodable


def why_hidden(photo: bytes, media_type: MediaType) -> str:
    """Return why a photo's picture cannot be shown here and what to do, in sentences; empty where it can be."""
    try:
        expect_decodable(media_type)
    except UnsupportedImage as error:
        return f"It {error.message} {error.hint}"
    try:
        decode_small(photo, media_type, width=1, height=1)
    except UnsupportedImage as error:
        return f"It {error.message} Ask for another photo, unless another program shows it."
    return ""
