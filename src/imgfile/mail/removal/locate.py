"""In which message of a mailbox some bytes lie, and whether that message is one that its owner has deleted.

Thunderbird keeps a deleted message until the folder is compacted, and marks it in a header field of its own:
`X-Mozilla-Status`, a hexadecimal number of which the bit 8 says so (nsMsgMessageFlags.idl, `Expunged`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from imgfile.mail.detect import Container
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
    with export.opened() as view:
        return list(_located(view, find_spans(view, export.container), offsets))


def _located(view: Mapping, spans: Iterator[Span], offsets: Sequence[int]) -> Iterator[Where]:
    span = next(spans, None)
    for offset in offsets:
        while span is not None and span.end <= offset:
            view.release(span.end)
            span = next(spans, None)
        if span is None or offset < span.header.start:
            yield Where(offset, Lies.OUTSIDE)
        else:
            yield Where(offset, Lies.IN_DELETED if _is_deleted(span) else Lies.IN_MESSAGE, span.number)


def _is_deleted(span: Span) -> bool:
    status = _HEX.fullmatch(span.header.text(_STATUS))
    return status is not None and bool(int(status[0], 16) & _EXPUNGED)
