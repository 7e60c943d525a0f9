"""JPEG strips, tiles and tables within a TIFF, without application segments and comments (TIFF Technical Note 2).

TIFF's own tags say how to read the colours, so that no marker is needed for that, not even Adobe's.
"""

from __future__ import annotations

from typing import Final

from imgfile.images import refusals
from imgfile.images.formats import jpeg_segments
from imgfile.images.formats.jpeg.strip import DROPPED, KEPT
from imgfile.images.formats.jpeg.tables import Key, chosen, is_scan_of, is_whole, needed, size, written
from imgfile.images.formats.jpeg_segments import FRAMES, SOS, Segment
from imgfile.images.limits import MAX_PIXELS, MAX_SCANS, MAX_TABLE_BYTES

_SOI: Final = b"\xff\xd8"


def strip(stream: bytes, used: set[Key]) -> bytes:
    """Leave out everything but used tables, frame and scans; add which those use. Raises `UnsupportedImage`."""
    kept, frame = _read(stream)
    if frame is None:
        raise refusals.damaged("a part of its picture is not the JPEG that it should be")
    for segment in kept:
        if segment.marker == SOS:
            used.update(needed(stream, segment, frame))
    return b"".join((_SOI, *written(stream, kept, frame)))


def tables(stream: bytes, used: set[Key]) -> bytes:
    """Leave out everything but those tables. Raises `UnsupportedImage`."""
    kept, frame = _read(stream)
    if frame is not None:
        raise refusals.damaged("a part of its picture contradicts itself")
    return b"".join((_SOI, *(piece for piece, _ in chosen(stream, kept, lambda key, _: key in used))))


def _read(stream: bytes) -> tuple[list[Segment], Segment | None]:
    if not stream.startswith(_SOI):
        raise refusals.damaged("a part of its picture is not the JPEG that it should be")
    kept: list[Segment] = []
    frame, scans, table_bytes = None, 0, 0
    for segment in jpeg_segments.segments(stream):
        if segment.marker in DROPPED:
            continue
        if segment.marker not in KEPT or not is_whole(stream, segment):
            raise refusals.damaged("a part of its picture is not the JPEG that it should be")
        frame = _see(stream, segment, frame)
        scans += segment.marker == SOS
        table_bytes += segment.header_end - segment.start
        if scans > MAX_SCANS or table_bytes > MAX_TABLE_BYTES:
            raise refusals.too_large("it has more scans or tables than any photo needs")
        kept.append(segment)
    return kept, frame


def _see(stream: bytes, segment: Segment, frame: Segment | None) -> Segment | None:
    """Check a frame's size, and that scans belong to the one frame; return the frame."""
    if segment.marker in FRAMES:
        width, height = size(stream, segment)
        if frame is not None or not width or not height:
            raise refusals.damaged("a part of its picture contradicts itself")
        if width * height > MAX_PIXELS:
            raise refusals.too_large(f"{width} x {height} pixels")
        return segment
    if segment.marker == SOS and (frame is None or not is_scan_of(stream, segment, frame)):
        raise refusals.damaged("a part of its picture contradicts itself")
    return frame
