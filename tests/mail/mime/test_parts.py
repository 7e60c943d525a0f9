"""The parts of a message are walked as IMAP numbers them, behind broken boundaries too."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from imgfile.mail.mime import parts as walk
from imgfile.mail.model import Attachment, Reason, Unsearched
from kit.mail import mailboxes as made
from kit.mail.searching import photos, reasons, scan

DATA = made.png()
HOSTILE_SECONDS = 10
"""Far above what linear work takes, far below what quadratic work would."""


def test_parts_are_numbered_as_imap_does(box: Path) -> None:
    """RFC 3501 §6.4.5: nested multiparts and messages count through."""
    inner = made.multipart([made.text(), made.photo(made.png(3))], boundary="inner")
    forwarded = made.Part(("Content-Type: message/rfc822",), made.message(inner).render())
    single = made.Part(("Content-Type: message/rfc822",), made.message(made.photo(made.png(4))).render())
    twice = made.Part(("Content-Type: message/rfc822",), made.message(single).render())
    alternative = made.multipart([made.text(), made.photo(made.png(2))], "alternative", "alt")
    data = made.mail(alternative, forwarded, single, twice, made.photo(made.png(5)))
    assert {part: int(number) for number, part in enumerate(photos(box, data))} == {
        "1.2": 0,
        "2.2": 1,
        "3.1": 2,
        "4.1.1": 3,
        "5": 4,
    }


def test_a_digest_holds_messages_that_say_nothing_of_their_type(box: Path) -> None:
    """RFC 2046 §5.1.5: a part of a digest is a message by default."""
    part = made.Part((), made.message(made.photo(DATA)).render())
    assert photos(box, made.mail(made.multipart([part], "digest"))) == {"1.1": DATA}


@pytest.mark.parametrize(
    "whole",
    [
        made.Part(("Content-Type: multipart/mixed",), made.multipart([made.photo(DATA)]).body),
        made.Part(("Content-Type: multipart/mixed; boundary=other",), made.multipart([made.photo(DATA)]).body),
        made.Part(("Content-Type: text/plain",), made.multipart([made.photo(DATA)]).body),
        made.Part(("Content-Type: multipart/mixed; boundary=b",), b"\n--c\n" + made.photo(DATA).render()),
        made.Part(
            ("Content-Type: multipart/mixed; boundary=b", "Content-Transfer-Encoding: base64"),
            made.encode(DATA, "base64") + b"\n--b--\n",
        ),
        made.Part(("Content-Type: multipart/mixed; boundary=b",), b"--b--\n" + made.encode(DATA, "base64")),
    ],
    ids=["no boundary", "wrong boundary", "text", "unclosed", "preamble", "epilogue"],
)
def test_a_photo_behind_broken_boundaries_is_found(box: Path, whole: made.Part) -> None:
    """Undeclared boundaries, preambles and epilogues are looked at too."""
    assert DATA in photos(box, made.message(whole).render()).values()


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: image/png\nname=x.png\nContent-Transfer-Encoding: base64\n\n",
        b"\tContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n",
        b"Content-Transfer-Encoding: base64\n",
        b"CONTENT-TRANSFER-ENCODING : BASE64\n\n\n\n",
        b"Content-Transfer-Encoding:base64; x=y\nContent-Transfer-Encoding: 7bit\n\n",
    ],
    ids=["malformed line", "indented", "no blank line", "capitals", "twice"],
)
def test_a_malformed_part_header_hides_no_photo(box: Path, header: bytes) -> None:
    """Lenient as mail readers are."""
    body = b"--b\n" + header + made.encode(DATA, "base64") + b"\n--b--\n"
    data = made.message(made.Part(("Content-Type: multipart/mixed; boundary=b",), body)).render()
    assert DATA in photos(box, data).values()


def test_empty_parts_and_a_boundary_at_the_very_end_are_fine(box: Path) -> None:
    """No body, no line break, nothing after."""
    body = b"--b\n--b\nContent-Type: text/plain\n--b\n\n--b\r\n\r\n--b"
    assert scan(box, made.message(made.Part(("Content-Type: multipart/mixed; boundary=b",), body)).render()) == []


def test_lines_within_a_coded_message_open_no_part_of_the_outer_one(box: Path) -> None:
    """They are another encoding's text: the message is opened whole, and its parts are its own."""
    inner = made.mail(made.text(), made.photo(DATA)).replace(b"=", b"=3D")
    part = made.Part(("Content-Type: message/rfc822", "Content-Transfer-Encoding: quoted-printable"), inner)
    outer = made.multipart([part, made.photo(made.png(2))], boundary="out")
    assert photos(box, made.message(outer).render()) == {"1.2": DATA, "2": made.png(2)}


def test_deep_nesting_is_cut_and_reported(box: Path) -> None:
    """Multiparts in multiparts, and messages in messages."""
    part, forwarded = made.photo(DATA), made.photo(DATA)
    for level in range(walk.MAX_DEPTH + 10):
        part = made.multipart([part], boundary=f"b{level}")
        forwarded = made.Part(("Content-Type: message/rfc822",), made.message(forwarded).render())
    for whole in (part, forwarded):
        assert Reason.TOO_DEEP in {reason for _, reason in reasons(box, made.message(whole).render())}


def timed_scan(path: Path, data: bytes) -> list[Attachment | Unsearched]:
    """Scan within the time that linear work takes."""
    began = time.process_time()
    found = scan(path, data)
    assert time.process_time() - began < HOSTILE_SECONDS
    return found


def test_a_hundred_thousand_boundaries_end_in_time(box: Path) -> None:
    """Beyond the limit of parts the rest is reported."""
    data = made.message(made.Part(("Content-Type: multipart/mixed; boundary=b",), b"--b\n\nx\n" * 100_000)).render()
    (found,) = timed_scan(box, data)
    assert isinstance(found, Unsearched)
    assert found.reason is Reason.TOO_MANY_PARTS
    assert found.part == str(walk.MAX_PARTS)


def test_undeclared_boundaries_without_number_end_in_time(box: Path) -> None:
    """Lines of hyphens that open nothing cost one look each."""
    assert timed_scan(box, made.mail(made.text("--x\n--\n" * 100_000))) == []
