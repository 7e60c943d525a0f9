"""What a header block says of the body after it: its type, its encoding, and whether a server signed it (RFC 2045).

The same few short blocks stand before nearly every text in a mailbox, so what they say is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field  # the standard one: there is one for each header block
from functools import lru_cache
from typing import Final

from imgfile.mail.coding.encodings import Encoding, declared_encoding
from imgfile.mail.headers import Block, parse_value

_SHORT_BYTES: Final = 256
"""A block of more has names and numbers in it, so that no other is like it."""
_REMEMBERED: Final = 512


@dataclass(frozen=True, slots=True)
class Declared:
    """The fields that decide how a body is read."""

    type: str
    """In lower case, as `text/plain`."""
    parameters: Mapping[str, str] = field(repr=False)
    encoding: Encoding | None
    """None for one that is not known; a multipart is never encoded."""
    is_text: bool
    """A text that can be read as it stands, or nearly so: quoted-printable."""
    has_dkim: bool = False
    is_body: bool = False
    """A text that is shown as the message, or beside it: it is attached under no name, and of no other format."""


_BODY_TYPES: Final = frozenset({"text/plain", "text/html", "text/enriched"})
LOOSE_TEXT: Final = Declared("text/plain", {}, Encoding.IDENTITY, is_text=True, is_body=True)
"""What text without a header is."""


def read_declared(block: Block, default_type: str) -> Declared:
    """Read what a block says; `default_type` holds where it names no type."""
    if len(block.raw) <= _SHORT_BYTES:
        return _read_short(block.raw, default_type)
    return _read(block, default_type)


@lru_cache(_REMEMBERED)
def _read_short(raw: bytes, default_type: str) -> Declared:
    return _read(Block(raw, 0, len(raw)), default_type)


def _read(block: Block, default_type: str) -> Declared:
    kind, parameters = parse_value(block.text(b"content-type") or default_type)
    is_multipart = kind.startswith("multipart/")
    encoding = Encoding.IDENTITY if is_multipart else declared_encoding(block.text(b"content-transfer-encoding"))
    is_text = kind.startswith("text/") and encoding in (Encoding.IDENTITY, Encoding.QUOTED_PRINTABLE)
    is_body = kind in _BODY_TYPES and "name" not in parameters and not _is_attached(block)
    return Declared(kind, parameters, encoding, is_text, block.has(b"dkim-signature"), is_body)


def _is_attached(block: Block) -> bool:
    """Return whether a body is a file of its own: declared an attachment, or given a file name (RFC 2183 §2)."""
    if not block.has(b"content-disposition"):
        return False
    disposition, facts = parse_value(block.text(b"content-disposition"))
    return disposition == "attachment" or "filename" in facts
