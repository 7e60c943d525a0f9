"""Mail in lines that end in CR alone, in UTF-16, or behind a byte order mark: found, and taken out in place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from imgfile.errors import UnreadableMail
from imgfile.mail.coding import text_form
from imgfile.mail.coding.text_form import LoneReturns, Order, Wide, recognise_form
from imgfile.mail.detect import Container
from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Attachment
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit, apply
from kit.mail import mailboxes as made
from kit.mail.searching import photos_by_message, scan

PHOTO = made.png(5, 4000)
WORDS = "Grüße, l\u2019œil \u20ac 5 \U0001f600 \u4e0a"
MAIL = made.mail(made.text(WORDS), made.photo(PHOTO), made.text("after it " + WORDS))
MBOX = made.mbox([made.mail(made.text()), MAIL, made.mail(made.photo(made.png(6)))])

FORMS = {
    "CR alone": lambda data: data.replace(b"\n", b"\r"),
    "UTF-8 with a mark": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-8 with a mark and CR alone": lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r"),
    "UTF-16, least first": lambda data: data.decode().encode("utf-16-le"),
    "UTF-16, most first": lambda data: data.decode().encode("utf-16-be"),
    "UTF-16 with a mark": lambda data: b"\xff\xfe" + data.decode().encode("utf-16-le"),
    "UTF-16 with a mark, most first, CRLF": lambda data: (
        b"\xfe\xff" + data.replace(b"\n", b"\r\n").decode().encode("utf-16-be")
    ),
}


@pytest.mark.parametrize("form", list(FORMS))
def test_a_mail_is_read_in_whatever_form_it_was_saved(box: Path, form: str) -> None:
    """A single one, and a mailbox."""
    assert photos_by_message(scan(box, FORMS[form](MAIL))) == {"1/2": PHOTO}
    with open_export(box) as export:
        assert export.container is Container.EML
    assert photos_by_message(scan(box, FORMS[form](MBOX))) == {"2/2": PHOTO, "3/1": made.png(6)}
    with open_export(box) as export:
        assert export.container is Container.MBOX
        assert made.count_messages(export) == 3


@pytest.mark.parametrize("form", list(FORMS))
def test_a_photo_leaves_it_in_place_and_nothing_else_changes(box: Path, form: str) -> None:
    """Every byte before its header and after its body is the old one; the form is the old one; no letter is left."""
    before = FORMS[form](MBOX)
    box.write_bytes(before)
    with open_export(box) as export:
        attachment = next(one for one in export.attachments() if one.message.number == 2)
        removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
    after = made.patched(before, removal)
    assert len(after) == len(before)
    (patch,) = removal.patches
    wide = 2 if "16" in form else 1
    letters = made.encode(PHOTO, "base64").replace(b"\n", b"")[40:120]
    text = after.replace(b"\0", b"") if wide == 2 else after
    assert letters not in re.sub(rb"[\r\n]", b"", text)
    assert b"X-Imgfile: removed" in text.replace(b"\r\n", b"\n")
    assert re.findall(rb"\r\n|\r|\n", after) == re.findall(rb"\r\n|\r|\n", before)
    assert wide * 6000 > patch.length > wide * 5000
    found = photos_by_message(scan(box, after))
    assert found == {"3/1": made.png(6)}


def test_a_character_beyond_a_byte_keeps_both_of_its_bytes() -> None:
    """Where an edit writes what was read, the character stays; a new byte takes the place of the whole of it."""
    form, text = Wide(Order.LEAST_FIRST, 2), "a\u20acb\u4e0a".encode("utf-16-le")
    view = View(b"\xff\xfe" + text)
    assert form.open(view).slice(0, 9) == b"a?b?"
    edits = form.lift(view, [Edit(0, b"x?y!")])
    assert apply(view.slice(0, 99), edits) == b"\xff\xfe" + "x\u20acy!".encode("utf-16-le")


@pytest.mark.parametrize(
    ("prefix", "form"),
    [
        (b"From: a@example.org\rTo: b@example.org\r", LoneReturns()),
        (b"From: a@example.org\r\nTo: b@example.org\r\n", None),
        (b"From: a@example.org\n", None),
        (made.jpeg()[:512], None),
        (b"\r", None),
        (b"", None),
        (b"\xff\xfeF\0r\0", Wide(Order.LEAST_FIRST, 2)),
        (b"F\0r\0o\0m\0:\0 \0a\0@\0b\0", Wide(Order.LEAST_FIRST, 0)),
        (b"\0F\0r\0o\0m\0:\0 \0a\0@\0b", Wide(Order.MOST_FIRST, 0)),
        (bytes(512), None),
    ],
)
def test_a_form_is_known_by_the_beginning(prefix: bytes, form: object) -> None:
    """By a mark, by every second byte, or by lines without LF."""
    assert recognise_form(prefix) == form


def test_a_longer_text_than_memory_allows_is_refused(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, and what to do."""
    monkeypatch.setattr(text_form, "MAX_TEXT_BYTES", 1000)
    with pytest.raises(UnreadableMail, match="too large to be read so"):
        scan(box, FORMS["CR alone"](MAIL))


@pytest.mark.parametrize("form", [form for form in FORMS if "UTF-16" in form or form == "CR alone"])
@pytest.mark.parametrize("coding", ["base64", "quoted-printable"])
def test_such_a_mail_attached_to_a_mail_is_read_too(box: Path, form: str, coding: made.Coding) -> None:
    """In base64 its photo can be taken out; in quoted-printable it is found."""
    inner = made.photo(FORMS[form](MAIL), coding, kind="application/octet-stream", name="forwarded.eml")
    found = scan(box, made.mail(made.text(), inner))
    assert photos_by_message(found) == {"1/2.2": PHOTO}
    (attachment,) = (one for one in found if isinstance(one, Attachment))
    with open_export(box) as export:
        if coding == "base64":
            removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
            assert photos_by_message(scan(box, made.patched(box.read_bytes(), removal))) == {}
        else:
            with pytest.raises(UnreadableMail, match="cannot be changed in place"):
                plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
