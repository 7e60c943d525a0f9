"""The places that photos were taken out of are known again, and name the records: whatever took the photo's place."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from imgfile.clinical.proofs import MediaType
from imgfile.mail.mailbox import open_export
from imgfile.mail.model import TakenOut
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.tombstone import NOT_FILED, Tombstone, placeholder_reference, text_reference
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook


def empty(path: Path) -> list[TakenOut]:
    """Take every photo out of a mailbox; return what is reported of their places."""
    with open_export(path) as export:
        count = sum(1 for _ in export.attachments())
    for _ in range(count):
        with open_export(path) as export:
            photo = next(export.attachments())
            removal = plan_removal(export, photo, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
        path.write_bytes(made.patched(path.read_bytes(), removal))
    with open_export(path) as export:
        return list(export.taken_out())


def nested(photo: made.Part) -> made.Part:
    """Put a mail with the photo into a base64-coded part."""
    coded = base64.encodebytes(made.mail(made.text(), photo))
    return made.Part(("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"), coded)


PARTS = {
    "an attachment": made.photo(made.png()),
    "an inline picture": made.photo(made.png(), content_id="a@b", disposition="inline"),
    "quoted-printable": made.photo(made.png(), "quoted-printable"),
    "binary": made.photo(made.png(), "binary"),
    "uuencoded": made.photo(made.png(), "uuencode"),
    "loose in a text": made.text("Look:\n\n" + made.encode(made.png(), "uuencode").decode() + "\n\nThanks\n"),
    "a few bytes": made.photo(made.gif()),
    "no header of its own": made.Part(("Content-Type: image/png",), made.encode(made.png(), "base64")),
    "nested and coded": nested(made.photo(made.png())),
    "winmail.dat": made.Part(
        ("Content-Type: application/ms-tnef", "Content-Transfer-Encoding: base64"),
        base64.encodebytes(outlook.tnef([("IMG_0001.png", made.png())])),
    ),
}


@pytest.mark.parametrize("newline", ["lf", "crlf"])
@pytest.mark.parametrize("name", PARTS)
def test_every_kind_of_tombstone_is_known_again(tmp_path: Path, name: str, newline: made.Newline) -> None:
    """With the message that it lies in, and the record that it names."""
    mails = [made.mail(made.text("nothing\n")), made.mail(made.text(), PARTS[name], subject="rash pic", number=7)]
    path = tmp_path / "box"
    data = made.mbox(mails)
    path.write_bytes(data if name == "binary" else made.with_newlines(data, newline))
    (reported,) = empty(path)
    assert reported.reference == made.REFERENCE
    assert (reported.message.number, reported.message.subject, reported.message.message_id) == (
        2,
        "rash pic",
        "<7@example.org>",
    )
    assert reported.part.startswith("2")


def test_the_place_of_a_photo_that_is_filed_nowhere_names_no_record() -> None:
    """By its sentence, its header field, and the small picture."""
    gone = Tombstone(NOT_FILED, made.REMOVED_ON, "0" * 64)
    assert gone.sentence() == f"This photo was not filed, and removed from here on {made.REMOVED_ON.isoformat()}."
    assert text_reference(gone.sentence().encode(), "") == ""
    assert text_reference(b"anything", gone.facts()) == ""
    assert placeholder_reference(gone.placeholder(MediaType.JPEG)) == ""


def test_of_several_photos_in_a_message_each_is_told(tmp_path: Path) -> None:
    """Part by part."""
    path = tmp_path / "box.eml"
    path.write_bytes(made.mail(made.photo(made.png(1)), made.text(), made.photo(made.jpeg(2)), made.photo(made.gif())))
    assert [one.part for one in empty(path)] == ["1", "3", "4"]


def test_an_outlook_message_tells_too(tmp_path: Path) -> None:
    """By the placeholder's own comment."""
    path = tmp_path / "rash.msg"
    path.write_bytes(outlook.compound(outlook.message([outlook.attached(made.jpeg(), "a.jpg", kind="image/jpeg")])))
    assert [one.reference for one in empty(path)] == [made.REFERENCE]


@pytest.mark.parametrize(
    "words",
    [
        "This photo was filed as 7f3k-q2ma and removed from here on some day.\n",
        "This photo was filed as ../../x and removed from here on 2026-11-22.\n",
        "removed\n",
        "",
        "This photo\n",
    ],
)
def test_words_alone_make_no_tombstone(tmp_path: Path, words: str) -> None:
    """A sentence that is not ours to the last character names no record."""
    path = tmp_path / "box.eml"
    path.write_bytes(made.mail(made.text(words), made.photo(made.png()), extra=("X-Imgfile-Not: removed",)))
    with open_export(path) as export:
        assert list(export.taken_out()) == []


def test_a_mailbox_that_nothing_was_taken_out_of_tells_nothing(tmp_path: Path) -> None:
    """And a search for photos never yields a tombstone."""
    path = tmp_path / "box"
    path.write_bytes(made.mbox([made.mail(made.text(), made.photo(made.png()))]))
    with open_export(path) as export:
        assert list(export.taken_out()) == []
    assert len(empty(path)) == 1
    with open_export(path) as export:
        assert list(export.scan()) == []
