"""Planning how one photo leaves a text mailbox without anything else moving: rules M1-M5.

M1  The region is one leaf part, its header block and its body; never a boundary line.
M2  The file's length does not change.
M3  The header block keeps its length and its number of lines: mail servers cache part offsets and line counts.
M4  In the body every CR and LF keeps its place; the new text fills the other positions, the rest are spaces.
M5  The new text is base64 where the header can say so, for then decoders skip the spaces.

Where a header is too small for new words, it stays as it is and the body alone is replaced. A photo that is a whole
file within one that is no text becomes a small picture and zeros. What it is wrapped in turns the change into one of
the mailbox file. Nothing is written here: the plan is patches, and `residue` then looks for second copies (M6).
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from imgfile.clinical.proofs import Digest, MediaType, Patch, Removal
from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail.coding.encodings import Encoding, decode_image, payload_end
from imgfile.mail.headers import Block, read_block
from imgfile.mail.mailbox import Export
from imgfile.mail.model import Attachment, Header
from imgfile.mail.pictures import PictureKind
from imgfile.mail.removal.header import Rewriting, Words, rewrite_header
from imgfile.mail.tombstone import Tombstone
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit, lift_all, unwrap

_BLANKS: Final = bytes(byte if byte in b"\r\n" else ord(" ") for byte in range(256))
_RUN: Final = re.compile(rb"[^\r\n]+")
_SHORT: Final = b"removed"
_TRIPLE: Final = 3


def plan_removal(export: Export, attachment: Attachment, *, reference: str, removed_on: date) -> Removal:
    """Plan the replacement of one attachment by its tombstone; `reference` names the record that it is filed as.

    One patch mostly; several where the photo lies in pieces, or a sum is to be put right. The photo is decoded from the
    bytes that the patches replace, in one opening of a file that does not change meanwhile: what erases relies on both
    digests being of the same thing. Raises `UnreadableMail` when the attachment cannot be decoded, or cannot be taken
    out without moving anything; `SourceUnavailable`, or `SourceChanged` when the file is not what was scanned.
    """
    place = attachment.place
    with export.opened() as root:
        views = unwrap(root, place.wrappings)
        photo = _digest(decode_image(views[-1], place.body_start, place.body_end, place.encoding))
        tombstone = Tombstone(reference, removed_on, photo)
        edits = lift_all(views, place.wrappings, [_replacement(views[-1], attachment, tombstone)])
        patches = tuple(_patch(root, edit) for edit in edits)
        root.refuse_change()
    return Removal(photo, reference, patches)


def _patch(root: View, edit: Edit) -> Patch:
    return Patch.of(edit.offset, _digest(root.slice(edit.offset, edit.end)), edit.text)


def _digest(data: bytes) -> Digest:
    return Digest(hashlib.sha256(data).hexdigest())


def _replacement(view: View, attachment: Attachment, tombstone: Tombstone) -> Edit:
    """Return what takes a photo's place in the bytes that it lies in."""
    place = attachment.place
    if place.header is Header.BINARY:
        length = place.body_end - place.body_start
        placeholder = tombstone.placeholder(attachment.kind)
        return Edit(place.body_start, placeholder.ljust(length, b"\0") if len(placeholder) <= length else bytes(length))
    start, end = place.body_start, payload_end(view, place.body_start, place.body_end, place.encoding)
    body = view.slice(start, end)
    block = read_block(view, place.header_start, start)
    rewriting, payload = _choose(view, attachment, block, tombstone, _capacity(body))
    if not payload and not block.is_terminated and place.header is not Header.NONE:
        raise UnreadableMail(
            "a photo follows its header without a blank line, too short to be replaced in place.",
            "Delete the message in the mail program.",
        )
    offset, head = start, b""
    if rewriting is not None:
        offset, head = rewriting.start, rewriting.text + view.slice(rewriting.end, start)
    return Edit(offset, head + _fill(body, payload))


@dataclass(frozen=True, slots=True)
class _Option:
    """One way to stand in the photo's place: a new header (None keeps the old one) and the body's new text."""

    words: Words | None
    payload: bytes


def _choose(
    view: View, attachment: Attachment, block: Block, tombstone: Tombstone, capacity: int
) -> tuple[Rewriting | None, bytes]:
    """Take the first option whose header and body both fit; the last one always does."""
    for option in _options(attachment, block, tombstone):
        if len(option.payload) > capacity:
            continue
        if option.words is None:
            return None, option.payload
        rewriting = rewrite_header(view, block, attachment.place.header, option.words, tombstone)
        if rewriting is not None:
            return rewriting, option.payload
    return None, b""


def _options(attachment: Attachment, block: Block, tombstone: Tombstone) -> Iterator[_Option]:
    """Yield the ways, best first: what a person will see decides, then how much room there is."""
    sentence = tombstone.sentence().encode()
    placeholder = _base64(tombstone.placeholder(attachment.kind))
    if attachment.is_inline:
        content_id = " ".join(block.text(b"content-id").split()).encode("latin-1")
        yield _Option(Words(_placeholder_type(attachment.kind), content_id=content_id), placeholder)
    for text in (sentence, _SHORT, b""):
        yield _Option(Words(b"text/plain"), _base64(text and text + b"\n"))
    encoding = attachment.place.encoding
    if encoding is Encoding.IDENTITY:
        yield _Option(Words(b"text/plain", encoding=None), sentence)
    for payload in (placeholder,) if encoding is Encoding.BASE64 else (sentence, _SHORT):
        yield _Option(None, payload)


def _placeholder_type(kind: PictureKind) -> bytes:
    if kind is MediaType.JPEG:
        return b"image/jpeg"
    return b"image/gif" if kind is MediaType.GIF else b"image/png"


def _base64(data: bytes) -> bytes:
    """Encode so that the last group is padded: whatever follows, decoders stop there."""
    if data and len(data) % _TRIPLE == 0:
        data += data[-1:] if data.endswith(b"\n") else b"\0"
    return binascii.b2a_base64(data, newline=False)


# --- M4 ---


def _capacity(body: bytes) -> int:
    return len(body) - body.count(b"\r") - body.count(b"\n")


def _fill(body: bytes, payload: bytes) -> bytes:
    """Write a payload over a body that may hold it; line breaks keep their places, the rest become spaces."""
    filled = bytearray(body.translate(_BLANKS))
    written = 0
    for run in _RUN.finditer(body):
        piece = payload[written : written + len(run[0])]
        if not piece:
            break
        filled[run.start() : run.start() + len(piece)] = piece
        written += len(piece)
    return bytes(filled)
