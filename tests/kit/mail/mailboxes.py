"""Mails and mailboxes built by code: every encoding, line ending and mbox flavour that the tests need."""

from __future__ import annotations

import base64
import binascii
import hashlib
import random
import struct
import textwrap
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from imgfile.clinical.proofs import Removal
from imgfile.mail.mailbox import Export

Flavour = Literal["mboxo", "mboxrd", "mboxcl", "mboxcl2"]
Coding = Literal["base64", "quoted-printable", "8bit", "binary", "uuencode"]
Newline = Literal["lf", "crlf", "mixed"]
NEWLINES: Final[tuple[Newline, ...]] = ("lf", "crlf", "mixed")
FLAVOURS: Final[tuple[Flavour, ...]] = ("mboxo", "mboxrd", "mboxcl", "mboxcl2")
REFERENCE: Final = "7f3k-q2ma"
REMOVED_ON: Final = date(2026, 11, 22)
ASCII_END: Final = 128
BOUNDARY: Final = "=_Part:0(x)"


def png(seed: int = 1, length: int = 2000) -> bytes:
    """Make a valid one-line grey PNG of about `length` bytes that no compressor shortens, distinct for each seed."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    width = max(1, length - 80)
    pixels = zlib.compress(b"\0" + random.Random(seed).randbytes(width), 0)  # noqa: S311 - filler, no secret
    header = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg(seed: int = 1, length: int = 2000) -> bytes:
    """Make bytes that begin and end as a JPEG does; enough for mail, which never decodes one."""
    return b"\xff\xd8\xff\xe0\0\x10JFIF\0" + random.Random(seed).randbytes(length) + b"\xff\xd9"  # noqa: S311


def gif(seed: int = 1) -> bytes:
    """Make a tiny GIF: fewer bytes than any tombstone has."""
    return b"GIF89a\1\0\1\0\x80\0\0" + bytes([seed % 256] * 3 + [0] * 3) + b",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;"


def encode(data: bytes, coding: Coding, *, width: int = 76) -> bytes:
    """Encode a body, lines ended by LF, without a last line break."""
    match coding:
        case "base64":
            text = base64.b64encode(data).decode()
            return "\n".join(textwrap.wrap(text, width)).encode()
        case "quoted-printable":
            coded = [chr(byte) if chr(byte).isalnum() and byte < ASCII_END else f"={byte:02X}" for byte in data]
            return "=\n".join("".join(coded[at : at + 24]) for at in range(0, len(coded), 24)).encode()
        case "uuencode":
            lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
            return b"begin 644 patient.jpg\n" + b"".join(lines) + b"`\nend"
        case "8bit" | "binary":
            return data


@dataclass(frozen=True)
class Part:
    """One part of a mail: header lines and an encoded body, both with LF."""

    headers: tuple[str, ...]
    body: bytes = field(repr=False)

    def render(self) -> bytes:
        """Return header block, blank line and body."""
        return "".join(f"{line}\n" for line in self.headers).encode() + b"\n" + self.body


def text(words: str = "Dear doctor,\n\nplease look at this.\n") -> Part:
    """Make a plain text part."""
    return Part(("Content-Type: text/plain; charset=utf-8",), words.encode())


def photo(  # noqa: PLR0913 - what a mail program may say of a part
    data: bytes,
    coding: Coding = "base64",
    *,
    kind: str = "image/png",
    name: str = "Jane Doe rash.png",
    content_id: str = "",
    disposition: str = "attachment",
    width: int = 76,
) -> Part:
    """Make a part with a photo in it, as mail programs do."""
    declared = coding if coding != "uuencode" else "x-uuencode"
    headers = [f'Content-Type: {kind};\n name="{name}"', f"Content-Transfer-Encoding: {declared}"]
    if disposition:
        headers.append(f'Content-Disposition: {disposition};\n filename="{name}"')
    if content_id:
        headers.append(f"Content-ID: <{content_id}>")
    return Part(tuple(headers), encode(data, coding, width=width))


def multipart(parts: Sequence[Part], subtype: str = "mixed", boundary: str = BOUNDARY) -> Part:
    """Join parts to a multipart."""
    opening = f"\n--{boundary}\n".encode()
    body = b"preamble\n" + b"".join(opening + part.render() for part in parts) + f"\n--{boundary}--\n".encode()
    return Part((f'Content-Type: multipart/{subtype}; boundary="{boundary}"',), body)


def message(part: Part, *, subject: str = "rash pic", number: int = 1, extra: tuple[str, ...] = ()) -> Part:
    """Make a whole message of a part."""
    headers = (
        "From: A Parent <parent@example.org>",
        "To: surgery@example.org",
        f"Subject: {subject}",
        "Date: Sat, 21 Nov 2026 08:12:00 +0000",
        f"Message-ID: <{number}@example.org>",
        "MIME-Version: 1.0",
        *extra,
    )
    return Part((*headers, *part.headers), part.body)


def mail(*parts: Part, subject: str = "rash pic", number: int = 1, extra: tuple[str, ...] = ()) -> bytes:
    """Make a whole mail with LF: one part as it is, several as multipart/mixed."""
    whole = parts[0] if len(parts) == 1 else multipart(parts)
    return message(whole, subject=subject, number=number, extra=extra).render()


def with_newlines(data: bytes, newline: Newline, *, seed: int = 1) -> bytes:
    """Turn LF into CRLF everywhere, or here and there. Not for bodies that hold binary data."""
    if newline == "lf":
        return data
    if newline == "crlf":
        return data.replace(b"\n", b"\r\n")
    dice = random.Random(seed)  # noqa: S311 - a reproducible mixture
    return b"".join(line + (b"\r\n" if dice.random() < 0.5 else b"\n") for line in data.split(b"\n"))[:-1]


def mbox(
    mails: Sequence[bytes], flavour: Flavour = "mboxrd", *, bare: bool = False, final_newline: bool = True
) -> bytes:
    """Join mails (LF) to an mbox of a flavour; `bare` separators are `From ` alone, as old Thunderbird wrote."""
    separator = b"From \n" if bare else b"From parent@example.org Sat Nov 21 08:12:00 2026\n"
    whole = b"".join(separator + _quoted(mail_, flavour) + b"\n" for mail_ in mails)
    return whole if final_newline else whole.rstrip(b"\n")


def _quoted(data: bytes, flavour: Flavour) -> bytes:
    header, _, body = data.partition(b"\n\n")
    if not body.endswith(b"\n"):
        body += b"\n"
    if flavour != "mboxcl2":
        lines = body.split(b"\n")
        body = b"\n".join(b">" + line if _needs_quote(line, flavour) else line for line in lines)
    if flavour in {"mboxcl", "mboxcl2"}:
        header += b"\nContent-Length: %d" % len(body)
    return header + b"\n\n" + body


def _needs_quote(line: bytes, flavour: Flavour) -> bool:
    return (line.lstrip(b">") if flavour == "mboxrd" else line).startswith(b"From ")


def patched(data: bytes, removal: Removal) -> bytes:
    """Do in memory what `erase` does on the disk, having checked what it checks."""
    for patch in removal.patches:
        assert hashlib.sha256(data[patch.offset : patch.end]).hexdigest() == patch.before
        assert len(patch.after) == patch.length
        data = data[: patch.offset] + patch.after + data[patch.end :]
    return data


def count_messages(export: Export) -> int:
    """Walk through a mailbox; return how many messages it came past."""
    for _ in export.scan():
        pass
    return export.messages


PROPERTY_LIST: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict></dict></plist>\n'


def emlx(data: bytes, count: str = "") -> bytes:
    """Make an Apple Mail message file: its length on a line, the message, a property list."""
    return f"{count or len(data)}\n".encode() + data + PROPERTY_LIST
