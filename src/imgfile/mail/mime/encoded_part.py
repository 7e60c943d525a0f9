"""A message or file within a mail that is itself transfer-encoded, and how its photo goes without moving anything.

The standard forbids to encode a message (RFC 2046 §5.2.1), and mail programs do it all the same. In base64 three
bytes are four letters wherever the lines break: the letters that change are written over the old ones, one for one,
and line breaks, blanks and stray characters keep their places. Quoted-printable has no such form, so it is refused.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail.coding.encodings import Encoding, decode, payload_end
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit, apply

_LETTERS: Final = re.compile(rb"[A-Za-z0-9+/]+")
_LINE_BREAK: Final = re.compile(rb"\r?\n|\r")
_TRIPLE: Final = 3
_QUAD: Final = 4


@dataclass(frozen=True, slots=True)
class EncodedPart:
    """The body of a part, from `start` to `end`, in a transfer encoding."""

    start: int
    end: int
    encoding: Encoding

    def open(self, outer: View) -> View:
        """Decode it. Raises `UnreadableMail` when it is broken."""
        return View(decode(self._payload(outer), self.encoding))

    def lift(self, outer: View, edits: Sequence[Edit]) -> list[Edit]:
        """Encode the changes at the same length. Raises `UnreadableMail` where the encoding has no such form."""
        raw = self._payload(outer)
        data = decode(raw, self.encoding)
        changed = apply(data, edits)
        match self.encoding:
            case Encoding.BASE64:
                lifted = [_recode(raw, data, changed, triples) for triples in _triples(edits)]
                if decode(apply(raw, lifted), self.encoding) != changed:  # padded pieces: letters count anew in each
                    raise _refusal()
            case Encoding.IDENTITY if _LINE_BREAK.findall(data) == _LINE_BREAK.findall(changed):
                lifted = list(edits)
            case _:
                raise _refusal()
        return [Edit(self.start + edit.offset, edit.text) for edit in lifted]

    def _payload(self, outer: View) -> bytes:
        return outer.slice(self.start, payload_end(outer, self.start, self.end, self.encoding))


def _triples(edits: Iterable[Edit]) -> list[range]:
    """Return the runs of three-byte groups that edits touch, ascending and apart."""
    runs: list[range] = []
    for edit in sorted(edits, key=lambda edit: edit.offset):
        touched = range(edit.offset // _TRIPLE, -(-edit.end // _TRIPLE))
        if runs and touched.start <= runs[-1].stop:
            runs[-1] = range(runs[-1].start, max(runs[-1].stop, touched.stop))
        else:
            runs.append(touched)
    return runs


def _recode(raw: bytes, data: bytes, changed: bytes, triples: range) -> Edit:
    """Write a run of changed groups over their letters in the encoded text."""
    part = slice(triples.start * _TRIPLE, triples.stop * _TRIPLE)
    letters = _encode(changed[part])
    begin, end = (_position(raw, index) for index in (triples.start * _QUAD, triples.start * _QUAD + len(letters) - 1))
    old, new = raw[begin : end + 1], BytesIO(letters)
    if b"".join(_LETTERS.findall(old)) != _encode(data[part]):  # no encoder wrote these letters
        raise _refusal()
    return Edit(begin, _LETTERS.sub(lambda run: new.read(len(run[0])), old))


def _encode(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).rstrip(b"=")


def _position(raw: bytes, index: int) -> int:
    """Return where the letter of an index, counted from 0, stands in encoded text."""
    passed = 0
    for run in _LETTERS.finditer(raw):
        if index < passed + len(run[0]):
            return run.start() + index - passed
        passed += len(run[0])
    raise _refusal()  # pragma: no cover - the letters were all there when they were decoded just now


def _refusal() -> UnreadableMail:
    return UnreadableMail(
        "a photo lies in a part whose encoding cannot be changed in place.", "Delete the message in the mail program."
    )
