"""New words for a header block that keeps its length, its number of lines and each line's ending (M3).

What is left over goes into an `X-Imgfile` field and continuation lines of it (`X-I` where not even that name fits),
or, where there is no line to spare, into spaces at the end of the last line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from imgfile.frozen import dataclass
from imgfile.mail.headers import Block
from imgfile.mail.model import Header
from imgfile.mail.tombstone import Tombstone
from imgfile.mail.view import View

_LINE_BREAK: Final = re.compile(rb"\r?\n")
_STRAY_RETURN: Final = re.compile(rb"\r(?!\n)")
_CONTINUATION: Final = b" ."
"""The shortest continuation line: one of spaces alone could pass for the blank line that ends the header."""
_MAY_HOLD_A_NAME: Final = frozenset(
    {b"content-disposition", b"content-description", b"content-location", b"content-base", b"content-md5"}
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a part's new header has to say; None leaves the encoding to what is there."""

    content_type: bytes
    encoding: bytes | None = b"base64"
    content_id: bytes | None = None

    def lines(self) -> list[bytes]:
        """Return the header lines."""
        named = ((b"Content-Type", self.content_type), (b"Content-Transfer-Encoding", self.encoding))
        identified = (b"Content-ID", self.content_id)
        return [name + b": " + value for name, value in (*named, identified) if value is not None]


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A stretch of a header and the text of the same length that takes its place."""

    start: int
    end: int
    text: bytes


def rewrite_header(view: View, block: Block, header: Header, words: Words, tombstone: Tombstone) -> Rewriting | None:
    """Fit new words into a part's header block, or into the `Content-…` fields of a message's; None if they do not."""
    if header is Header.NONE or not block.is_terminated:
        return None
    if header is Header.PART:
        text = refill(view.slice(block.start, block.fields_end), words.lines(), tombstone, is_whole=True)
        return None if text is None else Rewriting(block.start, block.fields_end, text)
    return _rewrite_fields(view, block, words, tombstone)


def _rewrite_fields(view: View, block: Block, words: Words, tombstone: Tombstone) -> Rewriting | None:
    """Replace each field that tells of the photo, where it stands; the message's other fields stay."""
    wanted = {line.partition(b":")[0].lower(): line for line in words.lines()}
    pieces: list[bytes] = []
    position = start = block.content[0].start if block.content else block.start
    for found in block.content:
        line = wanted.pop(found.name, None)
        if line is None and found.name not in _MAY_HOLD_A_NAME:
            continue
        text = refill(view.slice(found.start, found.end), [] if line is None else [line], tombstone)
        if text is None:
            return None
        pieces += (view.slice(position, found.start), text)
        position = found.end
    return None if wanted else Rewriting(start, position, b"".join(pieces))


def refill(region: bytes, lines: Sequence[bytes], tombstone: Tombstone, *, is_whole: bool = False) -> bytes | None:
    """Fit header lines into a region of whole lines; None where they do not."""
    breaks = _LINE_BREAK.findall(region)
    if not region.endswith(b"\n") or _STRAY_RETURN.search(region):
        return None
    room = len(region) - sum(map(len, breaks))
    for rows, padding in _candidates(lines, tombstone, is_whole=is_whole):
        filled = _stretch(rows, len(breaks), room, padding)
        if filled is not None:
            return b"".join(row + ending for row, ending in zip(filled, breaks, strict=True))
    return None


def _candidates(lines: Sequence[bytes], tombstone: Tombstone, *, is_whole: bool) -> Iterator[tuple[list[bytes], bytes]]:
    """Yield what to try, the most telling first, each with what it may be padded with."""
    facts = b"X-Imgfile: " + tombstone.facts().encode()
    altered = f'X-Mozilla-Altered: AttachmentDeleted; date="{tombstone.removed_on.ctime()}"'.encode()
    if is_whole:
        yield [*lines, altered, facts], b"."
    for filler in (facts, b"X-Imgfile: removed", b"X-I:"):
        yield [*lines, filler], b"."
    if lines:  # pragma: no branch - without any, `X-I:` fits wherever a Content field stood
        yield [*lines], b" "
        yield [line.replace(b": ", b":", 1) for line in lines], b" "


def _stretch(rows: list[bytes], count: int, room: int, padding: bytes) -> list[bytes] | None:
    """Make `count` rows of `room` bytes in all; None where that cannot be."""
    extra = count - len(rows)
    left = room - sum(map(len, rows)) - len(_CONTINUATION) * extra
    if extra < 0 or left < 0 or (extra and padding == b" "):
        return None
    if not extra:
        return [*rows[:-1], rows[-1] + (b" " + padding * left)[:left]]
    share, rest = divmod(left, extra)
    return [*rows, *(_CONTINUATION + padding * (share + (index < rest)) for index in range(extra))]
