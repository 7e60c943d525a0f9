"""Bitmaps full of metadata, made by code, as `photos` makes JPEG and PNG: every header, depth and compression."""

from __future__ import annotations

import struct

from kit.photos import jpeg_png as photos

WIDTH, HEIGHT = 13, 7
"""Odd, so that rows are padded at most depths."""
MASKS = {16: (0xF800, 0x7E0, 0x1F, 0), 32: (0xFF0000, 0xFF00, 0xFF, 0xFF000000)}


def pixels(depth: int, *, padding: int = 0, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Make rows in which no two bytes are alike, with bytes of a choice in their padding."""
    whole, bits = divmod(width * depth, 8)
    stride = (width * depth + 31) // 32 * 4
    rows = []
    for row in range(height):
        coded = bytearray((row * 31 + column * 7) % 256 for column in range(whole + bool(bits)))
        if bits:
            mask = 0xFF00 >> bits & 0xFF
            coded[-1] = coded[-1] & mask | padding & ~mask & 0xFF
        rows.append(bytes(coded).ljust(stride, bytes((padding,))))
    return b"".join(rows)


def palette(count: int, entry: int = 4, reserved: int = 0) -> bytes:
    """Make colours, with a byte of a choice in the place that means nothing."""
    return b"".join(bytes((index * 5 % 256, index * 3 % 256, 255 - index, reserved))[:entry] for index in range(count))


def bmp(  # noqa: PLR0913 - one for each thing that a bitmap may have
    size: int = 40,
    depth: int = 24,
    *,
    compression: int = 0,
    coded: bytes | None = None,
    colours: bytes | None = None,
    gap: bytes = b"",
    behind: bytes = b"",
    reserved: bytes = bytes(4),
    further: bytes = b"",
    height: int = HEIGHT,
    width: int = WIDTH,
    numbers: tuple[int, ...] = (2835, 2835, 0, 0),
    stated: int = 1,
) -> bytes:
    """Write a bitmap: both headers, masks, palette, a gap, pixels and what follows them."""
    entry = 3 if size == 12 else 4
    table = palette(1 << depth if depth <= 8 else 0, entry) if colours is None else colours
    rows = pixels(depth, width=width, height=abs(height)) if coded is None else coded
    masks = struct.pack("<4L", *MASKS[depth]) if compression in {3, 6} else b""
    if size == 12:
        header = struct.pack("<LHHHH", size, width, height, 1, depth)
    elif size == 16:
        header = struct.pack("<LllHH", size, width, height, 1, depth)
    else:
        fields = (compression, len(rows) * stated, *numbers)
        header = struct.pack("<LllHHLLllLL", size, width, height, 1, depth, *fields)
    loose = masks[: {3: 12, 6: 16}.get(compression, 0)] if size == 40 else b""
    inside = masks[: size - 40] if size > 40 else b""
    header = (header + inside).ljust(min(size, 56), b"\0") + further
    header = header.ljust(size, b"\0")
    start = 14 + len(header) + len(loose) + len(table) + len(gap)
    file_header = b"BM" + struct.pack("<L", start + len(rows) + len(behind)) + reserved + struct.pack("<L", start)
    return file_header + header + loose + table + gap + rows + behind


def version_5(
    space: bytes, profile: bytes = b"", *, depth: int = 24, before: bytes = b"", behind: bytes = b""
) -> bytes:
    """Write a version 5 bitmap with a profile, or the path of one, behind its pixels."""
    at = 124 + len(pixels(depth)) + len(before) + (4 << depth if depth <= 8 else 0)
    further = space + bytes(48) + struct.pack("<LLLL", 4, at if profile else 0, len(profile), 0)
    return bmp(124, depth, further=further, behind=before + profile + behind)


def bmp_with_metadata() -> bytes:
    """Make a bitmap with something in every place that no decoder looks at."""
    profile = photos.display_profile()
    table = palette(256, reserved=0x43)
    text = photos.MODEL.encode() + photos.jpeg()
    rows = pixels(8, padding=0x43)
    at = 124 + len(table) + len(photos.OWNER) + len(rows) + len(photos.ARTIST)
    further = b"DEBM" + (photos.SERIAL.encode() * 4)[:48] + struct.pack("<LLL4s", 4, at, len(profile), b"CNRY")
    return bmp(
        124,
        8,
        coded=rows,
        colours=table,
        reserved=b"CNRY",
        further=further,
        gap=photos.OWNER.encode(),
        behind=photos.ARTIST.encode() + profile + text,
    )
