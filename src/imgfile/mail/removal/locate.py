"""In which message of a mailbox some bytes lie, and whether that message is one that its owner has deleted.

Thunderbird keeps a deleted message until the folder is compacted, and marks it in a header field of its own:
`X-Mozilla-Status`, a hexadecimal number of which the bit 8 says so (nsMsgMessageFlags.idl, `Expunged`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from imgfile.mail.coding.text_form import recognise_form
from imgfile.mail.detect import PREFIX_BYTES, Container
from imgfile.mail.mailbox import Export
from imgfile.mail.mbox import Span
from imgfile.mail.removal.place import Lies, Where
from imgfile.mail.text_mailbox import find_spans
from imgfile.mail.view import Mapping

_STATUS: Final = b"x-mozilla-status"
_HEX: Final = re.compile(r"[0-9A-Fa-f]{1,8}")
_EXPUNGED: Final = 8
_TEXTS: Final = frozenset({Container.EML, Container.EMLX, Container.MBOX})


def locate(export: Export, offsets: Sequence[int]) -> list[Where]:
    """Find the messages that ascending offsets lie in. Raises `SourceUnavailable`, `SourceChanged`."""
    if export.container not in _TEXTS:
        return [Where(offset, Lies.UNTOLD) for offset in offsets]
    if not offsets:
        return []
    with export.opened() as view:
        form = recognise_form(view.slice(0, PREFIX_BYTES))
        text = form.open(view) if form else view
        places = [(offset, form.inner(offset) if form else offset) for offset in offsets]
        return list(_located(view, find_spans(text, export.container), places))


def _located(view: Mapping, spans: Iterator[Span], places: Sequence[tuple[int, int]]) -> Iterator[Where]:
    """Yield where each place belongs, given by its offset in the file and in the text."""
    span = next(spans, None)
    for offset, at in places:
        while span is not None and span.end <= at:
            view.release(span.end)
            span = next(spans, None)
        if span is None or at < span.header.start:
            yield Where(offset, Lies.OUTSIDE)
        else:
            yield Where(offset, Lies.IN_DELETED if _is_deleted(span) else Lies.IN_MESSAGE, span.number)


def _is_deleted(span: Span) -> bool:
    status = _HEX.fullmatch(span.header.text(_STATUS))
    return status is not None and bool(int(status[0], 16) & _EXPUNGED)
