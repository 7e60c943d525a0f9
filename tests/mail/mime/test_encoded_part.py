"""A photo in an encoded message is replaced letter for letter, or its removal refused."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from imgfile.errors import UnreadableMail
from imgfile.mail.mailbox import open_export
from imgfile.mail.removal.traces import choose_traces
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.mail.searching import photos, scan
from kit.mail.taking_out import holds, take_out

PHOTO = made.png(1, 6000)
CODED = ("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64")


def test_lines_of_the_outer_mail_keep_their_places(box: Path) -> None:
    """Only letters of base64 change, each for another one, whatever stands between them."""
    inner = made.mail(made.text(), made.photo(PHOTO))
    coded = made.encode(inner, "base64").replace(b"\n", b" \r\n", 9).replace(b"A", b"A!\t", 5)
    box.write_bytes(made.mail(made.text(), made.Part(CODED, coded)))
    before = box.read_bytes()
    after = take_out(box)
    letters = re.compile(rb"[A-Za-z0-9+/]")
    assert letters.sub(b"", after) == letters.sub(b"", before)
    assert after.count(b"!\t") == before.count(b"!\t") == 5


@pytest.mark.parametrize("coding", ["quoted-printable", "x-uuencode"])
def test_a_message_in_an_encoding_that_cannot_keep_its_length_is_searched_and_refused(box: Path, coding: str) -> None:
    """The photo is found and can be filed; its removal is refused before anything is touched."""
    inner = made.mail(made.text(), made.photo(PHOTO))
    body = inner.replace(b"=", b"=3D") if coding == "quoted-printable" else made.encode(inner, "uuencode")
    headers = ("Content-Type: message/rfc822", f"Content-Transfer-Encoding: {coding}")
    assert photos(box, made.mail(made.Part(headers, body))) == {"1.2": PHOTO}
    with open_export(box) as export, pytest.raises(UnreadableMail, match="cannot be changed in place"):
        take_out(box)
    with open_export(box) as export:
        assert choose_traces(export, next(export.attachments())) is None


def test_a_binary_file_in_a_mail_without_encoding_is_refused_where_lines_would_move(box: Path) -> None:
    """The photo's own bytes look like line breaks to a mail server."""
    files = outlook.tnef([("a.png", PHOTO)])
    assert photos(box, made.mail(made.text(), made.photo(files, "binary"))) == {"2.1": PHOTO}
    with pytest.raises(UnreadableMail, match="cannot be changed"):
        take_out(box)


def test_a_mail_attached_as_it_is_keeps_its_lines(box: Path) -> None:
    """Without encoding, its photo goes as from any mail."""
    inner = made.mail(made.photo(PHOTO))
    assert photos(box, made.mail(made.text(), made.photo(inner, "8bit", kind="application/octet-stream"))) == {
        "2.1": PHOTO
    }
    assert not holds(take_out(box), PHOTO)
    assert scan(box, box.read_bytes()) == []


@pytest.mark.parametrize("spare", [1, 2])
def test_letters_that_no_encoder_wrote_are_left(box: Path, spare: int) -> None:
    """The last letter may carry bits that mean nothing: re-encoding would not give it back."""
    data = outlook.tnef([("a.png", PHOTO)])
    data = data[: data.index(PHOTO) + 3000]
    letters = base64.b64encode(data[: len(data) // 3 * 3 - 3 + spare]).rstrip(b"=")
    odd = letters[:-1] + bytes([letters[-1] + 1]) + b"=" * (3 - spare)
    box.write_bytes(made.mail(made.text(), made.photo(data)).replace(made.encode(data, "base64"), odd))
    with pytest.raises(UnreadableMail, match="cannot be changed in place"):
        take_out(box)
