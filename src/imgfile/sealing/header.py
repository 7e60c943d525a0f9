"""How the header of an age file is spelled, and what is refused.

Source: age-encryption.org/v1, section "Header". Strict: there is one spelling of each header, so encoding what was
parsed gives the same bytes again.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from imgfile.frozen import dataclass
from imgfile.sealing.filekey import FileKey
from imgfile.sealing.flaws import Flaw, damaged

HEADER_LIMIT_BYTES: Final = 1 << 20
"""The longest header that is read: far above 256 post-quantum stanzas, which take 0.4 MiB."""
SCRYPT: Final = "scrypt"
"""The kind of stanza that a passphrase opens."""
STANZA_LIMIT: Final = 256
"""The most recipients of one file, so that trying keys on a hostile file ends soon."""

VERSION_LINE: Final = b"age-encryption.org/v1\n"
FOOTER_START: Final = b"\n---"
FOOTER_BYTES: Final = len("--- ") + 43 + len("\n")
"""The last line: a MAC of 32 bytes takes 43 columns."""
_FOOTER = re.compile(rb"--- ([A-Za-z0-9+/]{43})\n")
_STANZA_LINE = re.compile(rb"-> ([!-~]+(?: [!-~]+)*)\n")
_BODY_LINE = re.compile(rb"([A-Za-z0-9+/]{0,64})\n")
_BODY_COLUMNS = 64


@dataclass(frozen=True, slots=True)
class Stanza:
    """The file key as one recipient can unwrap it: the recipient's kind, its arguments, its body."""

    kind: str
    arguments: tuple[str, ...]
    body: bytes

    def binary(self, index: int, length: int) -> bytes:
        """Read one argument as Base64 of exactly `length` bytes. Raises `Damaged`."""
        data = decode_base64(self.arguments[index].encode())
        if len(data) != length:
            raise damaged(Flaw.HEADER)
        return data

    def expect(self, arguments: int, body_bytes: int) -> None:
        """Refuse, with `Damaged`, another number of arguments or length of body than the kind has."""
        if len(self.arguments) != arguments or len(self.body) != body_bytes:
            raise damaged(Flaw.HEADER)


@dataclass(frozen=True, slots=True)
class Header:
    """Who can open a file, and the proof that nobody changed that."""

    stanzas: tuple[Stanza, ...]
    mac: bytes

    @classmethod
    def seal(cls, stanzas: Sequence[Stanza], file_key: FileKey) -> Header:
        """Make the header of a new file."""
        return cls(tuple(stanzas), file_key.authenticate(_covered(stanzas)))

    def encode(self) -> bytes:
        """Spell it out."""
        return _covered(self.stanzas) + b" " + encode_base64(self.mac) + b"\n"


def is_sealed(data: bytes) -> bool:
    """Return whether bytes begin as an age file does, rather than being an identity in the clear."""
    return data.startswith(VERSION_LINE)


def parse(raw: bytes) -> Header:
    """Read a header, from its first byte to the line feed after the MAC. Raises `Damaged`."""
    footer = _FOOTER.fullmatch(raw, max(0, len(raw) - FOOTER_BYTES))
    if not footer or not raw.startswith(VERSION_LINE):
        raise damaged(Flaw.HEADER)
    mac = decode_base64(footer[1])
    lines = iter(io.BytesIO(raw[len(VERSION_LINE) : -FOOTER_BYTES]))
    stanzas: list[Stanza] = []
    for line in lines:
        if len(stanzas) == STANZA_LIMIT:
            raise damaged(Flaw.HEADER)
        stanzas.append(_stanza(line, lines))
    if not stanzas:
        raise damaged(Flaw.HEADER)
    return Header(tuple(stanzas), mac)


def check_mac(raw: bytes, header: Header, file_key: FileKey) -> None:
    """Check that the bytes a header was parsed from are those that were sealed. Raises `Damaged`."""
    covered = raw[: -FOOTER_BYTES + len("---")]
    if not hmac.compare_digest(file_key.authenticate(covered), header.mac):
        raise damaged(Flaw.MAC)


def check_alone(stanzas: Sequence[Stanza]) -> None:
    """Refuse, with `Damaged`, a header in which a passphrase is not the only recipient."""
    if len(stanzas) > 1 and any(stanza.kind == SCRYPT for stanza in stanzas):
        raise damaged(Flaw.HEADER)


def _stanza(line: bytes, lines: Iterator[bytes]) -> Stanza:
    match = _STANZA_LINE.fullmatch(line)
    if not match:
        raise damaged(Flaw.HEADER)
    kind, *arguments = match[1].decode().split(" ")
    return Stanza(kind, tuple(arguments), b"".join(_body(lines)))


def _body(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what each line of a body holds; a line shorter than 64 columns, perhaps an empty one, is the last."""
    for line in lines:
        match = _BODY_LINE.fullmatch(line)
        if not match:
            break
        yield decode_base64(match[1])
        if len(match[1]) < _BODY_COLUMNS:
            return
    raise damaged(Flaw.HEADER)


def _covered(stanzas: Sequence[Stanza]) -> bytes:
    """Spell the part of a header that its MAC covers."""
    return VERSION_LINE + b"".join(map(_spell, stanzas)) + b"---"


def _spell(stanza: Stanza) -> bytes:
    text = encode_base64(stanza.body)
    # To the length inclusive: a body that fills its last line is followed by an empty one.
    lines = [text[start : start + _BODY_COLUMNS] for start in range(0, len(text) + 1, _BODY_COLUMNS)]
    return b"\n".join([" ".join(("->", stanza.kind, *stanza.arguments)).encode(), *lines, b""])


def encode_base64(data: bytes) -> bytes:
    """Spell bytes as Base64 without padding (RFC 4648, section 4)."""
    return base64.b64encode(data).rstrip(b"=")


def decode_base64(text: bytes) -> bytes:
    """Read Base64 without padding in its one canonical spelling. Raises `Damaged`."""
    try:
        data = binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    except ValueError as error:
        raise damaged(Flaw.HEADER) from error
    if encode_base64(data) != text:  # bits that nobody reads, or padding
        raise damaged(Flaw.HEADER)
    return data
