"""How much of a JPEG that is cut short can still be seen, for a person to decide before asking for it again.

A photo that lacks only its end mark is closed, one that lacks more is refused; one that was closed again is stripped,
and what is missing said. A photo is decoded here with Pillow (libjpeg), within the pixel limit, and only one that has
no end, or is coded row after row and gives a doubt; that one at an eighth of its size. Of two
decodings over different backgrounds, the rows that differ were not decoded; of two with different bits before the end
mark, the rows that differ had no bits of their own.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import warnings
from collections.abc import Collection, Iterator
from typing import Final

from imgfile.images.formats.jpeg import scan_end
from imgfile.images.formats.jpeg.scan_end import PROGRESSIVE, SEQUENTIAL, Scan
from imgfile.images.formats.jpeg_segments import SOS, Segment
from imgfile.images.limits import MAX_PIXELS
from imgfile.images.metadata.exif import UPRIGHT

SCALE: Final = 8
"""libjpeg makes an eighth of the size from the mean of each block alone."""
LAST_ROWS: Final = 2
"""Rows, of eight pixels each, that libjpeg may hold back when no more is missing than the end mark."""
SIDES: Final = {1: "lower", 2: "lower", 3: "upper", 4: "upper", 5: "right", 6: "left", 7: "left", 8: "right"}
"""Where the coded picture's lower edge is when it is shown, by orientation."""
END: Final = "its end is missing"
DETAIL: Final = "its finer detail is missing"
LACKING: Final = "The {side} {percent} % of the picture is missing or damaged, though its file has an end."
LACKING_DETAIL: Final = "Its finer detail is missing, though its file has an end."
FILLING_BYTES: Final = 2048
"""What is put before the end mark: more than a unit of any photo."""
MAX_CLOSED_PIXELS: Final = 50_000_000
"""What is decoded whole, three times, of a photo that lacks its end mark: a progressive one takes six bytes a pixel."""
MIN_PADDING_BYTES: Final = 16
_GREY: Final = "L"
_END_MARK: Final = b"\xff\xd9"


def describe(data: bytes, found: Collection[int], orientation: int = UPRIGHT) -> str:
    """Return in words what is missing of a JPEG in which these markers were found, all whole, before it was cut."""
    if PROGRESSIVE & set(found) and SOS in found:
        return DETAIL
    decoded, height = _decoded_rows(data) if SEQUENTIAL & set(found) and SOS not in found else (0, 0)
    missing = height - decoded
    if not decoded or missing <= LAST_ROWS:
        return END
    return f"the {SIDES[orientation]} {round(100 * missing / height)} % is missing"


def is_lacking(warnings: Collection[str]) -> bool:
    """Return whether one of these warnings says that a part of the picture is missing."""
    start, _, end = LACKING.partition("{side} {percent}")
    return any(each == LACKING_DETAIL or (each.startswith(start) and each.endswith(end)) for each in warnings)


def closed(data: bytes, pixels: int) -> bytes | None:
    """Return a JPEG that lacks only its end mark, closed; None where more may be missing, or nobody can tell.

    Nothing is missing if bits put behind it change no pixel: whatever a decoder still wanted, it would take from those.
    """
    if not 0 < pixels <= MAX_CLOSED_PIXELS:
        return None
    coded = _unpadded(data)
    pictures = {_decoded(coded + filling + _END_MARK) for filling in (b"", *_further_bits())}
    return coded + _END_MARK if len(pictures) == 1 and pictures != {None} else None


def _unpadded(data: bytes) -> bytes:
    """Leave out a long run of zeros at the end, with which some programs fill up what they could not fetch."""
    coded = data.rstrip(b"\0")
    if len(data) - len(coded) < MIN_PADDING_BYTES:
        return data.rstrip(b"\xff")  # half an end mark, or fill before one
    return coded + b"\0" if coded.endswith(b"\xff") else coded  # a zero is stuffed behind a 0xFF (T.81 §F.1.2.3)


def _further_bits() -> Iterator[bytes]:
    """Make two runs of bits, with every restart marker in them: one of these may be due."""
    for seed in (b"one", b"other"):
        bits = hashlib.shake_128(seed).digest(FILLING_BYTES).replace(b"\xff", b"")
        yield b"".join(bits + bytes((0xFF, 0xD0 + number)) for number in range(8)) + bits


def _decoded(data: bytes) -> bytes | None:
    """Return the digest of a JPEG's pixels at their full size; None if Pillow cannot decode it."""
    from PIL import Image  # noqa: PLC0415 - 40 ms, and only for a photo without an end

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            image.load()
            return hashlib.sha256(image.tobytes()).digest()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def lacking(
    data: bytes, frame: Segment, kept: list[Segment], orientation: int, doubt: tuple[int, Scan] | None
) -> Iterator[str]:
    """Report what is missing of a JPEG that has its end mark: nothing, as a rule, and then nothing is decoded.

    `doubt` is what `scan_end.doubtful_from` returned.
    """
    if scan_end.lacks_scans(data, frame, kept):
        yield LACKING_DETAIL
        return
    if doubt is None:
        return
    coded = memoryview(data)[: doubt[0]]
    decoded, height = _same_rows(*(((coded, filling), 0) for filling in _fillings(data, *doubt)))
    percent = round(100 * (height - decoded) / height) if height else 0
    if percent:
        yield LACKING.format(side=SIDES[orientation], percent=percent)


def _fillings(data: bytes, at: int, scan: Scan) -> Iterator[bytes]:
    """Make two different runs of bits; where restart markers are due, once before the next one and once behind."""
    marker = b""
    if scan.interval:
        seen = [data.rfind(bytes((0xFF, 0xD0 + number)), scan.start, at) for number in range(8)]
        last = max(range(8), key=seen.__getitem__) if max(seen) >= 0 else -1
        marker = bytes((0xFF, 0xD0 + (last + 1) % 8))
    for seed in (b"one", b"other"):
        filling = hashlib.shake_128(seed).digest(FILLING_BYTES).replace(b"\xff", b"")
        yield filling + marker + filling + _END_MARK


def _decoded_rows(data: bytes) -> tuple[int, int]:
    """Count the rows that decode, and all rows, in eighths; none if Pillow cannot open it."""
    coded = data.rstrip(b"\0")  # what some programs fill up a broken download with
    return _same_rows(((coded,), 0), ((coded,), 255))


_Source = tuple[tuple[bytes | memoryview, ...], int]
"""Pieces of a JPEG, and how bright the background is."""


def _same_rows(one: _Source, other: _Source) -> tuple[int, int]:
    """Decode twice, each over a background; count the first rows that are the same, and all rows, in eighths."""
    from PIL import Image  # noqa: PLC0415 - 40 ms, and only for a photo that is refused or gives a doubt

    try:
        with warnings.catch_warnings(action="ignore"):
            pairs = list(zip(_rows_over(*one), _rows_over(*other), strict=True))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return 0, 0
    return next((row for row, (mine, theirs) in enumerate(pairs) if mine != theirs), len(pairs)), len(pairs)


def _rows_over(pieces: tuple[bytes | memoryview, ...], background: int) -> list[bytes]:
    """Decode over a background, as far as it goes."""
    from PIL import Image  # noqa: PLC0415 - as above

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own bound is less than one sensor; the walk has kept ours
    with Image.open(io.BytesIO(b"".join(pieces)), formats=("JPEG",)) as image:
        image.draft(_GREY, (max(image.width // SCALE, 1), max(image.height // SCALE, 1)))
        paper = Image.new(image.mode, image.size, (background,) * len(image.getbands()))
        image.im = paper.im
        with contextlib.suppress(OSError):  # cut short, as is known
            image.load()
        pixels = paper.tobytes()
    stride = len(pixels) // paper.height
    return [pixels[at : at + stride] for at in range(0, len(pixels), stride)]
