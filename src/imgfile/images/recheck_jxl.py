"""A second walk of a stripped JPEG XL, beside its original: only the codestream, and that the very same bytes.

Written apart from the stripper and its walker on purpose.
"""

from __future__ import annotations

import itertools
from typing import Final

from imgfile.images import jxl_header
from imgfile.images.recheck import COMPARED_BYTES, Proof, demand, is_same
from imgfile.images.recheck_boxes import Span, split

START: Final = b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl "
LEVELS: Final = frozenset({5, 10})
TAIL_BYTES: Final = 4096
"""How much of the codestream's end is searched: a decoder may never look at it."""


def prove(original: bytes, output: bytes) -> Proof:
    """Raise `UnsupportedImage` unless the output is only the original's codestream."""
    if original.startswith(jxl_header.MARK):
        demand(len(output) == len(original) and is_same(output, 0, original, 0, len(original)), "coded data")
        mine = [(0, len(output))]
    else:
        demand(output.startswith(START), "start of file")
        spans = split(output, len(START), len(output))
        _prove_level(output, original, [span for span in spans if span.name == b"jxll"])
        mine = _codestream(output, [span for span in spans if span.name != b"jxll"], is_strict=True)
        others = split(original, 0, len(original), is_strict=False)
        theirs = _codestream(original, [span for span in others if span.name in {b"jxlc", b"jxlp"}], is_strict=False)
        demand(len(mine) == len(theirs), "coded data")
        for (start, end), (first, last) in zip(mine, theirs, strict=True):
            demand(end - start == last - first and is_same(output, start, original, first, end - start), "coded data")
    head = b"".join(itertools.islice((output[a : min(b, a + COMPARED_BYTES)] for a, b in mine), 64))
    header = jxl_header.read(head[: jxl_header.HEADER_BYTES])
    start, end = mine[-1]
    return Proof(header.width, header.height, None, None, (output[max(start, end - TAIL_BYTES) : end],))


def _prove_level(output: bytes, original: bytes, spans: list[Span]) -> None:
    demand(len(spans) <= 1, "level")
    for span in spans:
        level = output[span.start : span.end]
        demand(len(level) == 1 and level[0] in LEVELS and b"jxll" + level in original, "level")


def _codestream(data: bytes, spans: list[Span], *, is_strict: bool) -> list[tuple[int, int]]:
    """List where the parts lie: one whole, or numbered ones of which the last says so."""
    if [span.name for span in spans] == [b"jxlc"]:
        return [(spans[0].start, spans[0].end)]
    demand(spans and all(span.name == b"jxlp" for span in spans), "coded data")
    numbers = [int.from_bytes(data[span.start : span.start + 4], "big") for span in spans]
    demand(numbers == [*range(len(spans) - 1), (len(spans) - 1) | 1 << 31] or not is_strict, "coded data")
    return [(span.start + 4, span.end) for span in spans]
