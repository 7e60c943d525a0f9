"""Whether a draft is clean and is the same picture: judged from its bytes and the original's, whatever strip says.

Four proofs, in this order; the first that fails refuses the photo, and nothing of the draft is kept:

1. a second walk, by an allow-list of its own, finds nothing but what a picture needs;
2. the coded data are the original's, byte for byte, so every decoder shows the same pixels;
3. no value that was read in the original's metadata stands anywhere outside the coded data, or at their ends;
4. the colour profile, if it changed, gives identical colours in LittleCMS.

Not provable here: what the pixels show, and bytes that imitate coded data in the middle of a scan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from imgfile.clinical.proofs import MediaType, Photo, Stripped
from imgfile.images.draft import COLOUR_LOST, Draft
from imgfile.images.metadata.exif import SIDEWAYS
from imgfile.images.metadata.model import Block
from imgfile.images.verify.proof import Proof, demand, expected_exif

MIN_TRACE_BYTES: Final = 5
"""Shorter values (`N`, `Sony`) occur in a profile's numbers by chance."""
MIN_CODED_TRACE_BYTES: Final = 8
"""In tables and coded data, where the standard Huffman tables spell `456789:CDEFGHIJ`."""
MIN_DISTINCT_BYTES: Final = 3
"""A run of zeros or of one letter identifies nobody."""
MAX_TRACES: Final = 4000
_WIDE: Final = ("utf-16-le", "utf-16-be")


def check(photo: Photo, draft: Draft) -> Stripped:
    """Prove a draft against its original. Raises `UnsupportedImage`, naming the check that failed."""
    proof = _walk_again(photo.data, draft)
    demand((proof.width, proof.height) == (draft.width, draft.height), "size")
    _prove_colour(proof, draft)
    _prove_traceless(proof, draft.blocks)
    is_sideways = draft.exif.orientation in SIDEWAYS
    return Stripped(
        data=draft.data,
        original=photo,
        media_type=draft.media_type,
        width=proof.height if is_sideways else proof.width,
        height=proof.width if is_sideways else proof.height,
        orientation=draft.exif.orientation,
        taken_at=draft.exif.taken_at,
        removed=tuple(block.removed() for block in draft.blocks),
        warnings=draft.warnings,
    )


def _walk_again(original: bytes, draft: Draft) -> Proof:  # noqa: PLR0911 - one for each format
    is_adobe_rgb = draft.exif.is_adobe_rgb and not draft.has_profile
    exif_block = expected_exif(draft.exif.orientation, is_adobe_rgb=is_adobe_rgb)
    match draft.media_type:
        case MediaType.JPEG:
            from imgfile.images.verify import jpeg

            return jpeg.prove(original, draft.data, exif_block)
        case MediaType.PNG:
            from imgfile.images.verify import png

            return png.prove(original, draft.data, exif_block)
        case MediaType.WEBP:
            from imgfile.images.verify import webp

            return webp.prove(original, draft.data, exif_block)
        case MediaType.GIF:
            from imgfile.images.verify import gif

            return gif.prove(original, draft.data, exif_block)
        case MediaType.BMP:
            from imgfile.images.verify import bmp

            return bmp.prove(original, draft.data, exif_block)
        case MediaType.HEIC | MediaType.AVIF:
            from imgfile.images.verify import heif

            return heif.prove(original, draft.data)
        case MediaType.JXL:
            from imgfile.images.verify import jxl

            return jxl.prove(original, draft.data)
        case MediaType.TIFF:
            from imgfile.images.verify import tiff

            return tiff.prove(original, draft.data, exif_block)
        case _:
            assert_never(draft.media_type)


def _prove_colour(proof: Proof, draft: Draft) -> None:
    """Allow a profile to change only in what is not colour, and to be lost only when that was said."""
    before, after = proof.profile_before, proof.profile_after
    demand((after is not None) == draft.has_profile, "colour profile")
    if after is None:
        demand(before is None or COLOUR_LOST in draft.warnings, "colour profile")
    else:
        from imgfile.images.verify import colour

        demand(before is not None and colour.is_same(before, after), "colour")


def _prove_traceless(proof: Proof, blocks: Iterable[Block]) -> None:
    traces = {trace for trace, _ in zip(_traces(blocks), range(MAX_TRACES), strict=False)}
    profile, joined = proof.profile_after or b"", b"".join(proof.coded)
    demand(not any(trace in profile for trace in traces), "search for the values that were removed")
    suspects = [trace for trace in traces if len(trace) >= MIN_CODED_TRACE_BYTES and trace in joined]
    found = any(trace in window for trace in suspects for window in proof.coded)  # not across two of them
    demand(not found, "search for the values that were removed")


def _traces(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Yield each value as it was stored, as UTF-8 and as UTF-16."""
    for block in blocks:
        for fact in block.facts:
            candidates = [fact.raw, fact.text.encode(), *(fact.text.encode(wide) for wide in _WIDE)]
            for trace in candidates:
                if len(trace) >= MIN_TRACE_BYTES and len(set(trace)) >= MIN_DISTINCT_BYTES:
                    yield trace
