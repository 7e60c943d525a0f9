"""A second walk of a stripped JPEG XL, beside its original: only the codestream, and that the very same bytes.

Written apart from the stripper and its walker on purpose.
"""

from __future__ import annotations

from typing import Final

from imgfile.images.verify import jxl_header
from imgfile.images.verify.boxes import Span, split
from imgfile.images.verify.proof import Proof, demand, is_same

START: Final = b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl "
LEVELS: Final = frozenset({5, 10})
MARK: Final = b"\xff\x0a"
HEAD_BYTES: Final = 1 << 19
"""How much of the codestream is looked at for its size and for what must not be inside."""
TAIL_BYTES: Final = 4096
"""How much of the codestream's end is searched: a decoder may never look at it."""


_Places = list[tuple[int, int]]
"""Where the codestream's parts lie."""


def prove(original: bytes, output: bytes) -> Proof:
    """Raise `UnsupportedImage` unless the output is only the original's codestream, and that without a profile."""
    if original.startswith(MARK):
        demand(output.startswith(MARK), "coded data")
        mine, theirs = [(0, len(output))], [(0, len(original))]
    else:
        demand(output.startswith(START), "start of file")
        spans = split(output, len(START), len(output))
        _prove_level(output, original, [span for span in spans if span.name == b"jxll"])
        mine = _codestream(output, [span for span in spans if span.name != b"jxll"], is_strict=True)
        others = split(original, 0, len(original), is_strict=False)
        theirs = _codestream(original, [span for span in others if span.name in {b"jxlc", b"jxlp"}], is_strict=False)
    demand(_is_verbatim(output, mine, original, theirs), "coded data")
    width, height = jxl_header.size(_head(output, mine, HEAD_BYTES))
    start, end = mine[-1]
    return Proof(width, height, None, None, (output[max(start, end - TAIL_BYTES) : end],))


def _is_verbatim(output: bytes, mine: _Places, original: bytes, theirs: _Places) -> bool:
    """Return whether the codestream is the very same in the same parts."""
    return len(mine) == len(theirs) and all(
        end - start == last - first and is_same(output, start, original, first, end - start)
        for (start, end), (first, last) in zip(mine, theirs, strict=True)
    )


def _head(data: bytes, places: _Places, length: int) -> bytes:
    head = bytearray()
    for start, end in places:
        head += data[start : min(end, start + length - len(head))]
    return bytes(head)


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
