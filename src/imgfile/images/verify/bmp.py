"""A second walk of a stripped BMP, beside its original: nothing but headers, palette and the very same pixels.

Written apart from the stripper and its walker on purpose.
"""

from __future__ import annotations

import struct
from typing import Final

from imgfile.images.verify.proof import COMPARED_BYTES, Proof, demand, is_same

ALLOWED_SIZES: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""Lengths that the second header may have, in bytes."""
VERBATIM: Final = ((14, 34), (38, 46), (54, 70))
"""Bytes of a header that must be the original's: size, depth, compression; resolution; masks."""
COLOUR_SPACES: Final = frozenset({b"BGRs", b" niW", bytes(4)})

TAIL_BYTES: Final = 4096
_EMBEDDED, _LINKED = b"DEBM", b"KNIL"


def prove(original: bytes, output: bytes, exif_block: bytes) -> Proof:
    """Raise `UnsupportedImage` unless the output is only the original's picture; BMP holds no Exif."""
    demand(not exif_block, "Exif")
    demand(output[:2] == b"BM" and len(output) > 26, "start of file")  # noqa: PLR2004 - the shortest header
    length, reserved, start, size = struct.unpack_from("<LLLL", output, 2)
    demand(length == len(output) and not reserved and size in ALLOWED_SIZES, "file header")
    demand(original[14:18] == output[14:18] and start <= len(output), "header")
    width, height, _, depth = struct.unpack_from("<HHHH" if size == 12 else "<llHH", output, 18)  # noqa: PLR2004
    after = _prove_header(original, output, size, start)
    end = len(output) - len(after or b"")
    theirs = struct.unpack_from("<L", original, 10)[0]
    _prove_palette(original, output, size, start, depth)
    if size >= 40 and output[30] in {1, 2}:  # noqa: PLR2004 - the first header with a compression
        demand(_is_last_run(output, start, end), "pixels")
        demand(is_same(output, start, original, theirs, end - start), "coded data")
    else:
        _prove_rows(memoryview(original)[theirs:], memoryview(output)[start:end], width * depth, abs(height))
    palette = output[14 + size : start]
    tail = output[max(start, end - TAIL_BYTES) : end]
    return Proof(width, abs(height), _profile(original), after, (palette, tail))


def _prove_header(original: bytes, output: bytes, size: int, start: int) -> bytes | None:
    """Compare the second header field by field; give the profile that it announces."""
    if size < 40:  # noqa: PLR2004 - the first with more than a size and a depth
        demand(output[14 : 14 + size] == original[14 : 14 + size], "header")
        return None
    limit = 54 if size == 64 else 14 + size  # noqa: PLR2004 - OS/2, whose further fields are for printers
    for first, last in VERBATIM:
        demand(output[first : min(last, limit)] == original[first : min(last, limit)], "header")
    demand(not any(output[limit : 14 + size]), "header")
    pixel_bytes, used, important = (struct.unpack_from("<L", output, at)[0] for at in (34, 46, 50))
    before = [struct.unpack_from("<L", original, at)[0] for at in (34, 46, 50)]
    demand(used in {0, *before} or used == 1 << output[28], "header")
    demand(important in {0, before[2]}, "header")
    if size < 108:  # noqa: PLR2004 - version 4
        demand(pixel_bytes in {0, len(output) - start}, "header")
        return None
    profile = _prove_space(original, output, size)
    demand(pixel_bytes in {0, len(output) - start - len(profile or b"")}, "header")
    return profile


def _prove_space(original: bytes, output: bytes, size: int) -> bytes | None:
    """Demand that colour is stated as in the original, or as usual; that what means nothing says nothing."""
    space, theirs = output[70:74], original[70:74]
    demand(space == theirs if theirs in COLOUR_SPACES else space in {b"BGRs", _EMBEDDED}, "colour space")
    demand(output[74:122] == (original[74:122] if theirs == bytes(4) else bytes(48)), "colour space")
    if size == 108:  # noqa: PLR2004 - version 4 ends here
        demand(space != _EMBEDDED, "colour space")
        return None
    intent, at, length, reserved = struct.unpack_from("<LLLL", output, 122)
    demand(not reserved and intent in {0, struct.unpack_from("<L", original, 122)[0]}, "colour space")
    if space != _EMBEDDED:
        demand(not at and not length, "colour profile")
        return None
    demand(length and at + length + 14 == len(output), "colour profile")
    return output[at + 14 :]


def _prove_palette(original: bytes, output: bytes, size: int, start: int, depth: int) -> None:
    """Compare masks and colours; what stands between header and pixels is all there is."""
    masks = {3: 12, 6: 16}.get(output[30], 0) if size == 40 else 0  # noqa: PLR2004 - no room for masks
    colours, first = bytearray(output[14 + size : start]), bytearray(original[14 + size : start])
    entry = 3 if size == 12 else 4  # noqa: PLR2004 - the oldest header
    demand(len(colours) <= masks + (entry << depth if depth <= 8 else 0), "palette")  # noqa: PLR2004 - deeper has none
    if entry == 4:  # noqa: PLR2004 - the fourth byte means nothing
        demand(not any(colours[masks + 3 :: 4]), "palette")
        first[masks + 3 :: 4] = bytes(len(first[masks + 3 :: 4]))
    demand(colours == first, "palette")


def _prove_rows(theirs: memoryview, mine: memoryview, row_bits: int, height: int) -> None:
    """Compare rows, some megabyte at a time, the original's padding taken as zero."""
    stride = -(-row_bits // 32) * 4
    demand(len(mine) == stride * height <= len(theirs), "pixels")
    kept = ((1 << row_bits) - 1) << (stride * 8 - row_bits)
    step = max(COMPARED_BYTES // stride, 1) * stride
    for at in range(0, len(mine), step):
        have, want = bytes(mine[at : at + step]), bytes(theirs[at : min(at + step, len(mine))])
        if have != want:
            padded = (int.from_bytes(want[row : row + stride], "big") & kept for row in range(0, len(want), stride))
            want = b"".join(row.to_bytes(stride, "big") for row in padded)
        demand(have == want, "coded data")


def _is_last_run(output: bytes, at: int, end: int) -> bool:
    """Return whether the runs end with the bitmap, just here and not before."""
    is_wide = output[30] == 1
    while at + 2 <= end:
        count, value = output[at : at + 2]
        at += 2
        if not count and value == 1:
            return at == end
        if not count and value:
            length = 2 if value == 2 else value if is_wide else -(-value // 2)  # noqa: PLR2004 - a move
            at += length + length % 2
    return False


def _profile(original: bytes) -> bytes | None:
    """Read the profile that the original embeds."""
    if int.from_bytes(original[14:18], "little") != 124 or original[70:74] != _EMBEDDED:  # noqa: PLR2004 - version 5
        return None
    at, length = struct.unpack_from("<LL", original, 126)
    return original[at + 14 : at + 14 + length] or None
