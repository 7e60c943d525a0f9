"""What a part of a message says of itself beside its bytes, and the leaf that its verdict is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail.coding.encodings import Encoding, decode, decoded_size
from imgfile.mail.header_text import decode_text
from imgfile.mail.headers import parse_value, read_block
from imgfile.mail.mime.parts import Part
from imgfile.mail.mime.shown import ShownPictures
from imgfile.mail.model import Header, Label
from imgfile.mail.verdict.judge import Leaf
from imgfile.mail.view import View

_EXTERNAL_BODY: Final = "message/external-body"
"""RFC 2046 §5.2.3."""
_ELSEWHERE_FIELDS: Final = (b"x-mozilla-external-attachment-url", b"x-mozilla-cloud-part", b"x-mozilla-altered")
"""What Thunderbird writes where it detached or deleted an attachment, or put it on a server."""


@dataclass(frozen=True, slots=True)
class Body:
    """The encoded bytes of a part, or of a file that stands loose in one."""

    view: View
    start: int
    end: int
    encoding: Encoding

    @property
    def size(self) -> int:
        """How many bytes it decodes to."""
        return decoded_size(self.view, self.start, self.end, self.encoding)

    def read(self, limit: int) -> bytes:
        """Decode its first bytes, `limit` of them at most; none where it is broken."""
        try:
            return decode(self.view.slice(self.start, min(self.end, self.start + 3 * limit)), self.encoding)[:limit]
        except UnreadableMail:
            return b""


def leaf_of(view: View, part: Part, encoding: Encoding, head: bytes) -> Leaf:
    """Return what a part's verdict is made from; what a header keeps outside the message is announced by that."""
    block, body = part.block, Body(view, part.block.body, part.end, encoding)
    leaf = Leaf(part.declared.type, name_of(part), head, body.size, body.read)
    if part.declared.type == _EXTERNAL_BODY:  # what it announces stands in the header that is its body
        announced, _ = parse_value(read_block(view, block.body, part.end).text(b"content-type"))
        is_told = announced.startswith(("image/", "video/", "text/"))
        return replace(leaf, declared_type=announced if is_told else _EXTERNAL_BODY, is_elsewhere=True)
    is_elsewhere = any(block.has(name) for name in _ELSEWHERE_FIELDS) and not block.has(b"x-imgfile")
    return replace(leaf, is_elsewhere=is_elsewhere, is_undelivered=block.has(b"x-apple-content-length"))


def length_of(view: View, part: Part) -> int:
    """Return how many bytes a part has, decoded as far as that needs no decoding."""
    is_coded = part.declared.encoding is Encoding.BASE64
    return decoded_size(view, part.block.body, part.end, Encoding.BASE64 if is_coded else Encoding.IDENTITY)


def name_of(part: Part) -> str | None:
    """Read a part's file name: RFC 2183 §2.3 has it in the disposition; the `name` of Content-Type is older."""
    if part.header is Header.NONE:
        return None
    _, facts = parse_value(part.block.text(b"content-disposition"))
    return _name(part, facts)


def _name(part: Part, facts: Mapping[str, str]) -> str | None:
    name = facts.get("filename") or part.declared.parameters.get("name")
    return _decode_name(name) if name else None


def label_of(part: Part, shown: ShownPictures) -> Label:
    """Read what a part's header says of a picture: RFC 2183 (disposition, file name), RFC 2045 §7 (Content-ID)."""
    if part.header is Header.NONE:
        return Label()
    disposition, facts = parse_value(part.block.text(b"content-disposition"))
    content_id = part.block.text(b"content-id").strip("<> ") or None
    # What the HTML refers to is shown there, whatever the disposition says (RFC 2392 §2).
    is_inline = content_id is not None and (disposition != "attachment" or shown.has(content_id))
    return Label(part.declared.type, _name(part, facts), content_id, is_inline)


def _decode_name(name: str) -> str:
    """Decode a parameter's text, unless RFC 2231 did that already: then it may have letters beyond Latin-1."""
    try:
        return decode_text(name.encode("latin-1"))
    except UnicodeEncodeError:
        return name
