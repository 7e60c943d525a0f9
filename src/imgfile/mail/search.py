"""What one part holds: an image by its bytes, a uuencoded one within text, or something that cannot be searched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.mail.attachments import Attachment, Header, Message, Place, Reason, Unsearched
from imgfile.mail.encodings import Encoding, Kind, decode, decode_head, decode_image, decoded_size, recognise
from imgfile.mail.headers import parse_value, read_block, skip_blank_lines
from imgfile.mail.mapping import Mapping
from imgfile.mail.mbox import Span
from imgfile.mail.tombstone import is_tombstone
from imgfile.mail.walk import Hidden, Part, walk_parts
from imgfile.mail.words import decode_text, find_address, parse_date

_UU_BEGIN: Final = re.compile(rb"\nbegin [0-7]{3,4} ")
_UU_BLOCK: Final = re.compile(rb"begin [0-7]{3,4} [^\n]{0,255}\n(?:[ -`]{1,90}+\r*\n)++(?:end\b)?")
_DATA_URI: Final = re.compile(rb":(?<=[dD][aA][tT][aA]:)(?:=\r?\n)?[iI][mM][aA][gG][eE]/")
"""Begins with the colon, for a search for one letter is many times as quick as one for several."""
_TNEF_MAGIC: Final = b"\x78\x9f\x3e\x22"
_MAX_HTML_BYTES: Final = 16 << 20
"""How much of a base64-coded HTML text is decoded to look for `data:` pictures."""
_HIDDEN_TYPES: Final = {
    "application/pgp-encrypted": Reason.ENCRYPTED,
    "message/partial": Reason.PARTIAL,
    "message/rfc822": Reason.CODED_MESSAGE,
    "message/global": Reason.CODED_MESSAGE,
    "message/news": Reason.CODED_MESSAGE,
    "application/ms-tnef": Reason.TNEF,
    "application/vnd.ms-tnef": Reason.TNEF,
}
_PKCS7_TYPES: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


@dataclass(frozen=True, slots=True)
class _Image:
    part: Part
    path: str
    kind: Kind
    place: Place


def search_message(view: Mapping, span: Span) -> Iterator[Attachment | Unsearched]:
    """Yield every image of one message, and every part that was not searched, in the order of the bytes."""
    start = skip_blank_lines(view, span.start, span.end)
    message: Message | None = None
    for part in walk_parts(view, start, span.end):
        for found in _search_part(view, part) if isinstance(part, Part) else (part,):
            message = message or _read_message(view, span.number, start, span.end)
            if isinstance(found, _Image):
                yield _attachment(view, message, found)
            else:
                yield Unsearched(message, found.path, found.reason)


def _read_message(view: Mapping, number: int, start: int, end: int) -> Message:
    fields = read_block(view, start, end).fields
    values = {name: decode_text(found.value) for name, found in fields.items()}
    return Message(
        number,
        find_address(values.get(b"from", "")),
        parse_date(values.get(b"date", "")),
        values.get(b"subject", ""),
        values.get(b"message-id", ""),
    )


def _search_part(view: Mapping, part: Part) -> Iterator[_Image | Hidden]:
    reason = _hidden_reason(view, part)
    if reason is not None:
        yield Hidden(part.path, reason)
    if reason is Reason.CODED_MESSAGE:
        return
    start, end = part.block.body, part.end
    image = recognise(view, start, end, part.encoding or Encoding.IDENTITY)
    if image is not None:
        kind, encoding = image
        if not is_tombstone(decode_head(view, start, end, encoding)):
            yield _Image(part, part.path, kind, Place(part.block.start, start, end, part.header, encoding))
    elif part.encoding is None:
        yield Hidden(part.path, Reason.UNKNOWN_ENCODING)
    else:
        yield from _search_text(view, part, part.encoding)


def _hidden_reason(view: Mapping, part: Part) -> Reason | None:
    if part.type in _PKCS7_TYPES:
        is_signed = part.parameters.get("smime-type", "").lower() == "signed-data"
        return Reason.OPAQUE_SIGNED if is_signed else Reason.ENCRYPTED
    if part.type.startswith("application/"):
        head = decode_head(view, part.block.body, part.end, part.encoding or Encoding.IDENTITY)
        if head.startswith(_TNEF_MAGIC):
            return Reason.TNEF
    return _HIDDEN_TYPES.get(part.type)


def _search_text(view: Mapping, part: Part, encoding: Encoding) -> Iterator[_Image | Hidden]:
    start, end = part.block.body, part.end
    if encoding is not Encoding.BASE64:
        for count, (kind, place) in enumerate(_find_uuencoded(view, start, end), 1):
            yield _Image(part, f"{part.path}.uu{count}", kind, place)
    if "html" in part.type and _has_data_uri(view, start, end, encoding):
        yield Hidden(part.path, Reason.DATA_URI)


def _find_uuencoded(view: Mapping, start: int, end: int) -> Iterator[tuple[Kind, Place]]:
    """Find images between `begin 644 name` and `end` within a text (POSIX uuencode)."""
    searched = start
    for begin in view.matches(_UU_BEGIN, max(start - 1, 0), end):
        block = view.match(_UU_BLOCK, begin.start() + 1, end)
        if block is None or block.start() < searched:
            continue
        searched = block.end()
        image = recognise(view, *block.span(), Encoding.UUENCODE)
        if image is not None:
            yield image[0], Place(block.start(), *block.span(), Header.NONE, Encoding.UUENCODE)


def _has_data_uri(view: Mapping, start: int, end: int, encoding: Encoding) -> bool:
    if encoding is not Encoding.BASE64:
        return any(True for _ in view.matches(_DATA_URI, start, end))
    try:
        return _DATA_URI.search(decode(view.slice(start, min(end, start + _MAX_HTML_BYTES)), encoding)) is not None
    except UnreadableMail:
        return False


def _attachment(view: Mapping, message: Message, image: _Image) -> Attachment:
    part, place = image.part, image.place
    disposition, facts = parse_value(part.block.text(b"content-disposition"))
    content_id = part.block.text(b"content-id").strip("<> ") or None
    is_own = place.header is not Header.NONE
    bytes_of = (place.body_start, place.body_end, place.encoding)
    name = facts.get("filename") or part.parameters.get("name")
    return Attachment(
        message=message,
        part=image.path,
        kind=image.kind,
        declared_type=part.type if is_own else "",
        name=_decode_name(name) if name and is_own else None,
        content_id=content_id if is_own else None,
        is_inline=is_own and content_id is not None and disposition != "attachment",
        size=decoded_size(view, *bytes_of),
        signed=part.signed,
        place=place,
        read=partial(decode_image, view, *bytes_of),
    )


def _decode_name(name: str) -> str:
    """Decode a parameter's text, unless RFC 2231 did that already."""
    try:
        return decode_text(name.encode("latin-1"))
    except UnicodeEncodeError:
        return name
