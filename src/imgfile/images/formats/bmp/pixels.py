"""A bitmap's pixels: where they end, and nothing in the padding of their rows.

Old programs leave whatever lay in memory in that padding: three bytes a row.
"""

from __future__ import annotations

from typing import Final

from imgfile.images import refusals
from imgfile.images.formats.bmp.header import RLE4, RLE8, Header

MAX_RUN_BYTES: Final = 8 << 20
"""Run-length coded pixels, which are walked run by run, in some seconds at most."""
_END_OF_LINE, _END, _MOVE = 0, 1, 2


def end(data: bytes, header: Header) -> int:
    """Find where the pixels end. Raises `UnsupportedImage` if they are cut short or hold more than the picture."""
    if header.compression in {RLE8, RLE4}:
        return _runs_end(data, header)
    stop = header.pixels + header.stride * header.height
    if stop > len(data):
        missing = 100 * (stop - max(len(data), header.pixels)) // (stop - header.pixels)
        raise refusals.truncated(f"about {missing} % of the picture is missing" if missing else "its end is missing")
    return stop


def cleaned(pixels: memoryview, header: Header) -> bytes | bytearray | memoryview:
    """Zero the padding of every row; the very same bytes where it is zero already."""
    if header.compression in {RLE8, RLE4}:
        return pixels
    whole, bits = divmod(header.row_bits, 8)
    masks = [0xFF00 >> bits & 0xFF] if bits else []
    masks += [0] * (header.stride - whole - len(masks))
    columns = {column: bytes(pixels[column :: header.stride]) for column in range(whole, header.stride)}
    clean = {
        column: columns[column].translate(bytes(value & mask for value in range(256)))
        for column, mask in zip(range(whole, header.stride), masks, strict=True)
    }
    if clean == columns:
        return pixels
    rows = bytearray(pixels)
    for column, values in clean.items():
        rows[column :: header.stride] = values
    return rows


def _runs_end(data: bytes, header: Header) -> int:
    """Walk runs up to the end of the bitmap; none may reach past its row, or follow the last row."""
    at, column, row = header.pixels, 0, 0
    stop = min(len(data), header.pixels + MAX_RUN_BYTES)
    while at + 2 <= stop:
        count, value = data[at], data[at + 1]
        at += 2
        if count:
            column += count
        elif value == _END:
            return at
        elif value == _END_OF_LINE:
            column, row = 0, row + 1
        elif value == _MOVE:
            across, down = bytes(data[at : at + 2]).ljust(2, b"\0")
            if not across and not down:
                raise refusals.damaged("its runs lead nowhere")
            column, row, at = column + across, row + down, at + 2
        else:
            column += value
            length = value if header.compression == RLE8 else (value + 1) // 2
            at += length + length % 2
        if column > header.width or row > header.height or (column and row == header.height):
            raise refusals.unknown("its runs hold more than its pixels")
    if stop < len(data):
        raise refusals.too_large("its runs are longer than any photo's")
    raise refusals.truncated()
