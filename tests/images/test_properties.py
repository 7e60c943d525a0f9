"""Whatever the bytes: a verified result or `UnsupportedImage`, never anything else, never more than was there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.clinical.proofs import Stripped
from imgfile.errors import UnsupportedImage
from imgfile.images.strip import strip
from kit.fast import many
from kit.photos import bmp as photos_bmp
from kit.photos import gif as photos_gif
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos import jxl as photos_jxl
from kit.photos import tiff as photos_tiff
from kit.photos import webp as photos_webp
from kit.photos.jpeg_png import chunk, photo, segment, with_chunks, with_segments
from kit.photos.judge import shown, survivors

pytestmark = pytest.mark.slow

MINIMAL_BLOCK_BYTES = 88
"""The largest block that is written anew: an orientation and Adobe RGB, with its marker."""
SOURCES = {
    "JPEG": photos.phone_jpeg(),
    "PNG": photos.png_with_metadata(),
    "APNG": photos.animation(),
    "WebP": photos_webp.webp_with_metadata(),
    "animated WebP": photos_webp.animation_with_metadata(),
    "GIF": photos_gif.gif_with_metadata(),
    "BMP": photos_bmp.bmp_with_metadata(),
    "TIFF": photos_tiff.tiff_with_metadata(),
    "BigTIFF": photos_tiff.tiff(photos_tiff.grey(tags=photos_tiff.metadata_tags()), photos_tiff.tiled(), is_big=True),
    "HEIC": photos_heif.heif_with_metadata(),
    "AVIF": photos_heif.heif_with_metadata("AVIF"),
    "HEIC with a video": photos_heif.motion_photo(),
    "AVIF sequence": photos_heif.sequence(),
    "JPEG XL": photos_jxl.jxl_with_metadata(),
}


def _stripped(data: bytes) -> Stripped | None:
    try:
        return strip(photo(data))
    except UnsupportedImage:
        return None


def _prove(data: bytes) -> None:
    stripped = _stripped(data)
    if stripped is None:
        return
    assert len(stripped.data) <= len(data) + MINIMAL_BLOCK_BYTES
    again = strip(photo(stripped.data))
    assert (again.data, again.removed) == (stripped.data, ())


@pytest.mark.parametrize("kind", SOURCES)
@settings(max_examples=many(150), deadline=None)
@given(data=st.data())
def test_any_flip_gives_a_verified_result_or_a_refusal(kind: str, data: st.DataObject) -> None:
    """Any flip gives a verified result or a refusal."""
    source = SOURCES[kind]
    at = data.draw(st.integers(0, len(source) - 1))
    _prove(source[:at] + bytes((source[at] ^ data.draw(st.integers(1, 255)),)) + source[at + 1 :])


@pytest.mark.parametrize("kind", SOURCES)
@settings(max_examples=many(100), deadline=None)
@given(data=st.data())
def test_any_truncation_gives_a_verified_result_or_a_refusal(kind: str, data: st.DataObject) -> None:
    """Any truncation gives a verified result or a refusal."""
    source = SOURCES[kind]
    _prove(source[: data.draw(st.integers(0, len(source)))])


@pytest.mark.parametrize("kind", SOURCES)
@settings(max_examples=many(100), deadline=None)
@given(data=st.data())
def test_any_piece_cut_out_or_repeated_gives_a_verified_result_or_a_refusal(kind: str, data: st.DataObject) -> None:
    """Any piece cut out or repeated gives a verified result or a refusal."""
    source = SOURCES[kind]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(source))] * 2)))
    _prove(source[:start] + source[end:])
    _prove(source[:end] + source[start:])


_SEGMENTS = st.lists(
    st.tuples(st.sampled_from([*range(0xE0, 0xF0), 0xFE]), st.binary(max_size=60)).map(lambda pair: segment(*pair)),
    max_size=6,
)


@settings(max_examples=many(100), deadline=None)
@given(segments=_SEGMENTS, trailer=st.binary(max_size=200))
def test_a_jpeg_loses_any_segment_and_trailer_but_no_pixel(segments: list[bytes], trailer: bytes) -> None:
    """A jpeg loses any segment and trailer but no pixel."""
    canary = segment(0xE9, photos.SERIAL.encode())
    stripped = strip(photo(with_segments(photos.jpeg(), canary, *segments) + trailer))
    assert survivors(stripped.data, (photos.SERIAL,)) == []
    assert stripped.data.endswith(photos.jpeg()[20:])


_CHUNKS = st.lists(
    st.tuples(st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"prVt", b"iCCP"]), st.binary(max_size=60)).map(
        lambda pair: chunk(*pair)
    ),
    max_size=6,
)


@settings(max_examples=many(100), deadline=None)
@given(chunks=_CHUNKS, trailer=st.binary(max_size=200))
def test_a_png_loses_any_chunk_and_trailer_but_no_pixel(chunks: list[bytes], trailer: bytes) -> None:
    """A png loses any chunk and trailer but no pixel."""
    canary = chunk(b"prVt", photos.SERIAL.encode())
    stripped = strip(photo(with_chunks(photos.png(), canary, *chunks) + trailer))
    assert survivors(stripped.data, (photos.SERIAL,)) == []
    assert shown(stripped.data)[1] == shown(photos.png())[1] or stripped.orientation != 1
