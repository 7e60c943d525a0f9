"""Where the messages of a text mailbox lie: an mbox has any number, an `.emlx` and a single mail have one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.mail.detect import EMLX_LENGTH, PREFIX_BYTES, Container
from imgfile.mail.headers import read_block, skip_blank_lines
from imgfile.mail.mbox import Span, find_lines, find_messages, text_start
from imgfile.mail.view import View

_PROPERTY_LIST: Final = b"<?xml"


def find_spans(view: View, container: Container | None) -> Iterator[Span]:
    """Yield where the messages of a text mailbox lie; what is no container counts as one message."""
    match container:
        case Container.MBOX:
            return find_messages(view)
        case Container.EMLX:
            return iter((_emlx_span(view),))
        case _:
            return iter((_span(view, text_start(view.slice(0, PREFIX_BYTES)), len(view)),))


def _span(view: View, start: int, end: int) -> Span:
    """Take all there is as one message; some begin with blank lines."""
    header = read_block(view, skip_blank_lines(view, start, end), end)
    return Span(1, header, end, find_lines(view, header.body, end))


def _emlx_span(view: View) -> Span:
    """Return where the message of an `.emlx` file lies: up to its property list, or all there is."""
    length = view.match(EMLX_LENGTH, 0, len(view))
    if length is None:  # pragma: no cover - it was recognised by this
        return _span(view, 0, len(view))
    end = length.end() + int(length[1])
    # A wrong length is not believed: it must end where the property list begins.
    is_right = view.slice(end, end + len(_PROPERTY_LIST)) == _PROPERTY_LIST
    return _span(view, length.end(), end if is_right else len(view))
