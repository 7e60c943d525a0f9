"""Whether a draft is clean and is the same picture: judged from its bytes and the original's, whatever strip says.

Four proofs, in this order; the first that fails refuses the photo, and nothing of the draft is kept:

1. a second walk, by an allow-list of its own, finds nothing but what a picture needs;
2. the coded data are the original's, byte for byte up to the picture's end, so every decoder shows the same pixels;
   where only decoding finds that end, a decoder that is none of ours shows that they do;
3. no value that was read in the original's metadata stands in tables or at the ends of coded data;
4. the colour profile holds nothing but colour and neutral words, and gives identical colours in LittleCMS.

What the walk allows byte by byte is not searched: there, `-27` in UTF-16 is a step of sRGB's own curve.

Not provable here: what the pixels show, and bytes that imitate coded data in the middle of a scan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from imgfile.clinical.proofs import MediaType, Photo, Stripped
from imgfile.images.draft import COLOUR_LOST, Draft
from imgfile.images.metadata.exif import SIDEWAYS
from imgfile.images.metadata.model import Block
from imgfile.images.verify.proof import Proof, demand, demand_colour, expected_exif

MIN_TRACE_CHARACTERS: Final = 8
"""Shorter words (`N`, `Sony`) occur in coded data by chance; counted in characters, whichever the encoding."""
MIN_TRACE_DIGITS: Final = 10
"""Numbers alone identify nobody unless they are as long as a patient's number or a date with its time."""
MIN_RAW_BYTES: Final = 16
"""Stored numbers: two fractions at least, as a place has. One fraction (72/1) is a density as well as a height."""
MIN_DISTINCT: Final = 4
"""A run of zeros or of one letter identifies nobody."""
STANDARD_SYMBOLS: Final = (
    bytes(range(0x34, 0x3B)) + bytes(range(0x43, 0x4B)) + bytes(range(0x53, 0x5B)) + bytes(range(0x63, 0x6B))
) + bytes(range(0x73, 0x7B))
"""What the standard Huffman tables spell (ITU-T T.81 tables K.5 and K.6): `456789:CDEFGHIJSTUVWXYZcdefghijstuvwxyz`."""
MAX_TRACES: Final = 4000
_ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be")


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

            return jpeg.prove(original, draft.data, exif_block, _density(draft))
        case MediaType.PNG:
            from imgfile.images.verify import png

            return png.prove(original, draft.data, exif_block, _density(draft))
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


def _density(draft: Draft) -> tuple[int, int, int] | None:
    """Return the density that the Exif stated: 1 for an inch or 2 for a centimetre, across, down."""
    found = draft.exif.density
    return (2 if found.is_metric else 1, found.across, found.down) if found is not None else None


def _prove_colour(proof: Proof, draft: Draft) -> None:
    """Allow a profile to change only in what is not colour, and to be lost only when that was said."""
    before, after = proof.profile_before, proof.profile_after
    demand((after is not None) == draft.has_profile, "colour profile")
    if after is None:
        demand(before is None or COLOUR_LOST in draft.warnings, "colour profile")
    else:
        from imgfile.images.verify import colour

        demand_colour(before is not None and colour.is_same(before, after), before)
    demand(not proof.has_lost_profiles or COLOUR_LOST in draft.warnings, "colour profile")


def _prove_traceless(proof: Proof, blocks: Iterable[Block]) -> None:
    traces = {trace for trace, _ in zip(_traces(blocks), range(MAX_TRACES), strict=False)}
    joined = b"".join(proof.coded)
    suspects = [trace for trace in traces if trace in joined]
    found = any(trace in window for trace in suspects for window in proof.coded)  # not across two of them
    demand(not found, "search for the values that were removed")


def _traces(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Yield each value that can identify somebody as it was stored, as UTF-8 and as UTF-16."""
    for block in blocks:
        for fact in block.facts:
            if len(fact.raw) >= MIN_RAW_BYTES and len(set(fact.raw)) >= MIN_DISTINCT:
                yield fact.raw
            if _is_telling(fact.text):
                yield from (fact.text.encode(encoding) for encoding in _ENCODINGS)


def _is_telling(text: str) -> bool:
    """Return whether a value is long and varied enough that coded data do not spell it by chance."""
    least = MIN_TRACE_CHARACTERS if any(map(str.isalpha, text)) else MIN_TRACE_DIGITS
    return len(text) >= least and len(set(text)) >= MIN_DISTINCT and text.encode() not in STANDARD_SYMBOLS
