"""Bytes in lines and rows of a text are noticed however they are spelled; what ordinary texts hold never is."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable
from time import process_time

import pytest

from imgfile.mail.verdict.coded_lines import codes_bytes
from kit.mail import mailboxes

DATA = random.Random(5).randbytes(4000)  # noqa: S311 - the same bytes each time
WORDS = "Dear doctor,\n\nthe rash is worse since Monday, 12 May, at 7.30; please look.\n" * 3


def lines(data: bytes, width: int, before: bytes = b"") -> bytes:
    """Break letters into lines."""
    return b"\n".join(before + data[at : at + width] for at in range(0, len(data), width))


UUENCODED = mailboxes.encode(DATA, "uuencode")
WITHOUT_BEGIN = UUENCODED.partition(b"\n")[2]
HEXADECIMAL = binascii.hexlify(DATA)


@pytest.mark.parametrize(
    "coded",
    [
        UUENCODED,
        WITHOUT_BEGIN,
        WITHOUT_BEGIN.replace(b"\n", b"\r\n"),
        b"> " + UUENCODED.replace(b"\n", b"\n> "),
        b"\t" + UUENCODED.replace(b"\n", b"\n\t"),
        UUENCODED.replace(b"begin 644", b"begin 100644"),
        b"\n".join(b"%07x %b" % (at, binascii.hexlify(DATA[at : at + 16], b" ", 2)) for at in range(0, 640, 16)),
        b"\n".join(
            b"%08x: %b  ....." % (at, binascii.hexlify(DATA[at : at + 16], b" ", 2)) for at in range(0, 640, 16)
        ),
        b"\n".join(
            b"%08X  %b |...|" % (at, binascii.hexlify(DATA[at : at + 16], b" ").upper()) for at in range(0, 640, 16)
        ),
        b"[" + b", ".join(b"%d" % byte for byte in DATA) + b"]",
        b"\n".join(b" ".join(b"%d" % byte for byte in DATA[at : at + 16]) for at in range(0, len(DATA), 16)),
        b"".join(b"\\%03o" % byte for byte in DATA),
        b'"' + b"".join(b"\\x%02x" % byte for byte in DATA) + b'"',
        b", ".join(b"0x%02X" % byte for byte in DATA),
        b"".join(b"&#x%x;" % byte for byte in DATA),
        b"".join(b"&#%d;" % byte for byte in DATA),
        lines(base64.b64encode(DATA), 10),
        lines(base64.b64encode(DATA), 20).replace(b"\n", b" "),
        lines(base64.a85encode(DATA), 76),
        lines(base64.b85encode(DATA), 64, b"> "),
    ],
)
def test_bytes_that_are_spelled_out_are_noticed(coded: bytes) -> None:
    """By themselves, and among words."""
    assert codes_bytes(coded)
    assert codes_bytes(WORDS.encode() + coded + b"\n" + WORDS.encode())


@pytest.mark.parametrize(
    "ordinary",
    [
        WORDS,
        WORDS.upper(),
        "\n".join(f"{number:,} {number % 7} 12 45 99 200" for number in range(10_000_000, 10_000_400)),
        "\n".join("2026-11-21;08:12;37,5;120;80;66" for _ in range(300)),
        "\n".join(f"999 000 {number:04}" for number in range(400)),
        "\n".join(f"{9990000000 + number}" for number in range(400)),
        "\n".join(f"https://example.org/patients/leaflets/AbCdEf{number:06}/xYz" for number in range(60)),
        "\n".join(binascii.hexlify(DATA[at : at + 20]).decode() for at in range(0, 400, 20)),
        "\n".join(["-" * 60, "=" * 60, "_" * 60] * 20),
        "MR A EXAMPLE          LEFT FOREARM       21 NOV 2026   REVIEWED\n" * 30,
        "12, 13, 14, 15\n" * 2000,
        "<td>&nbsp;</td><td>&#8217;&#163;</td>\n" * 900,
        "".join(f"&#{ord(letter)};" for letter in "reception@practice.example.org"),
        "".join(f"&#{ord(letter)};" for letter in "Здравствуйте доктор" * 60),
        r"C:\101\102\103 \n \t \\server\share" + "\n",
        "a" * 40 + " " + "b" * 40 + "\n",
        "\n".join(["deadbeef", "cafe", "face", "bad", "feed"] * 60),
    ],
)  # fmt: skip
def test_what_letters_and_lists_hold_is_no_file(ordinary: str) -> None:
    """Else every newsletter and price list would be named."""
    assert not codes_bytes(ordinary.encode())


@pytest.mark.parametrize(
    "hostile",
    [
        b"&#12;" * 399 + b" ",
        b"\\x00" * 59 + b"z",
        b"12 " * 990 + b"300 ",
        (b"a" * 16 + b" ") * 23 + b"b ",
        b"> " * 40 + b"\n",
        b"M" * 60 + b"\n",
        b"00000000: 00 00 00 00\n",
        b" ",
    ],
)
def test_no_text_takes_long(hostile: bytes) -> None:
    """A search that begins anew at every letter would take minutes over sixteen megabytes."""
    text = hostile * (1_000_000 // len(hostile))
    began: Callable[[], float] = process_time
    start = began()
    codes_bytes(text)
    assert began() - start < 2
