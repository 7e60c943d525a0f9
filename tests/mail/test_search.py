"""A mailbox is searched to its last part: what is found, what is reported, what is imported for it."""

from __future__ import annotations

import base64
import email
import re
import subprocess
import sys
from datetime import UTC, datetime
from email import policy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.errors import UnreadableMail
from imgfile.images.identify import Foreign, identify
from imgfile.mail import search
from imgfile.mail import wrapping as wrappings
from imgfile.mail.coding.encodings import Encoding
from imgfile.mail.detect import Container, recognise_container
from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Attachment, Header, Reason, Signature, Unsearched
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.mail.searching import photos, reasons, scan
from kit.tools import samples

DATA = made.png()
PHOTO = made.png(1, 6000)
SMALL = made.png(2, 1500)
CODED = ("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64")
_SEARCH_AND_LIST_MODULES = """
import sys
from pathlib import Path
from imgfile.mail.mailbox import open_export
with open_export(Path(sys.argv[1])) as export:
    assert [photo.part for photo in export.attachments()]
print(*sys.modules)
"""
PIECES = (
    *(b"From \n", b"From: a@b\n", b"\n", b"\r\n", b"--b\n", b"--b--\n", b"--c\r\n", b"x", b"=", b"\0", b" "),
    b"Content-Type: multipart/mixed; boundary=b\n",
    b"Content-Type: multipart/digest; boundary=c\n",
    b"Content-Type: message/rfc822\n",
    b"Content-Transfer-Encoding: base64\n",
    b"iVBORw0KGgo\n",
    b"/9j/4AAQSkZJRgABAQAAAQAB\n",
    b"begin 644 x\n",
    b"M_]C_X``02D9)1@`!`0$`2`!(``#_X@Q824-#\n",
    b"end\n",
    b"Subject: =?utf-8?b?a?= =?idna?q?=ff?=\n",
    b"Date: 99 Jan 99999 99:99\n",
    b"Content-Length: 20\n",
)


def test_the_message_facts_are_decoded(box: Path) -> None:
    """Sender, date, subject and Message-ID of the outermost message."""
    data = made.mail(made.photo(DATA), subject="=?utf-8?q?R=C3=B6schen?=")
    (found,) = scan(box, data)
    assert found.message.sender == "parent@example.org"
    assert found.message.sent_at == datetime(2026, 11, 21, 8, 12, tzinfo=UTC)
    assert found.message.subject == "Röschen"
    assert "Röschen" not in repr(found)
    assert "parent" not in repr(found)


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (made.Part(("Content-Type: application/pkcs7-mime; smime-type=enveloped-data",), b"x"), Reason.ENCRYPTED),
        (made.Part(("Content-Type: application/x-pkcs7-mime; smime-type=signed-data",), b"x"), Reason.OPAQUE_SIGNED),
        (made.Part(("Content-Type: application/pgp-encrypted",), b"Version: 1"), Reason.ENCRYPTED),
        (made.text("\n-----BEGIN PGP MESSAGE-----\n\nabc\n"), Reason.ENCRYPTED),
        (made.Part(("Content-Type: message/partial; number=1",), b"x"), Reason.PARTIAL),
        (made.Part(("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"), b"A"), Reason.BROKEN),
        (made.Part(("Content-Type: application/ms-tnef",), b"x"), Reason.BROKEN),
        (made.photo(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1abc", kind="application/octet-stream"), Reason.BROKEN),
        (made.Part(("Content-Type: text/html",), b"<img src='data:image/png;base64,iVBO'>"), Reason.DATA_URI),
        (made.photo(b"<img src='DATA:image/png;base64,iVBO'>", kind="text/html"), Reason.DATA_URI),
        (made.Part(("Content-Transfer-Encoding: x-yenc",), b"x"), Reason.UNKNOWN_ENCODING),
    ],
)
def test_what_is_not_searched_is_reported(box: Path, part: made.Part, reason: Reason) -> None:
    """Never passed over in silence."""
    assert reasons(box, made.mail(made.text(), part)) == [("2", reason)]


def test_the_parts_are_numbered_on_into_what_is_wrapped(box: Path) -> None:
    """Message, winmail.dat and Outlook message alike."""
    inner = made.mail(made.text(), made.photo(PHOTO))
    files = outlook.tnef([("a.png", SMALL), ("b.eml", inner)])
    data = made.mail(
        made.Part(CODED, made.encode(inner, "base64")),
        made.photo(files, kind="application/ms-tnef"),
        made.photo(SMALL),
        made.Part(CODED, made.encode(made.mail(made.photo(SMALL)), "base64")),
    )
    assert photos(box, data) == {"1.2": PHOTO, "2.1": SMALL, "2.2.2": PHOTO, "3": SMALL, "4.1": SMALL}


def test_a_wrapped_photo_is_reported_like_any_other(box: Path) -> None:
    """The outermost message's facts, the file's own name, and who signed around it."""
    files = outlook.tnef([("Jane Doe.png", PHOTO)])
    (found,) = scan(box, made.mail(made.photo(files), extra=("DKIM-Signature: v=1",)))
    assert isinstance(found, Attachment)
    assert (found.name, found.size, found.signed) == ("Jane Doe.png", len(PHOTO), Signature.DKIM)
    assert found.message.sender == "parent@example.org"
    assert found.place.header is Header.BINARY
    assert not found.is_inline
    assert "Jane" not in repr(found)


def in_coded_message(content: bytes, width: int = 76) -> bytes:
    """Forward a mail as a base64-coded message, as some programs wrongly do."""
    return made.mail(made.text(), made.Part(CODED, made.encode(content, "base64", width=width)), subject="Fwd: rash")


def test_wrappings_without_end_are_cut_and_reported(box: Path) -> None:
    """Mails in mails in mails, each encoded."""
    data = made.mail(made.photo(SMALL))
    for _ in range(wrappings.MAX_WRAPPINGS + 1):
        data = in_coded_message(data)
    assert [found.reason for found in scan(box, data) if isinstance(found, Unsearched)] == [Reason.TOO_DEEP]


def test_a_wrapped_file_too_large_to_be_opened_is_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be held in memory."""
    monkeypatch.setattr(search, "MAX_WRAPPED_BYTES", 1000)
    (found,) = scan(box, in_coded_message(made.mail(made.photo(PHOTO))))
    assert isinstance(found, Unsearched)
    assert found.reason is Reason.TOO_LARGE


def imported_by_searching(path: Path, data: bytes) -> set[str]:
    """Search a mailbox in a process of its own, and return the modules of mail that this imported."""
    path.write_bytes(data)
    command = [sys.executable, "-c", _SEARCH_AND_LIST_MODULES, str(path)]
    modules = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return {name.removeprefix("imgfile.mail.") for name in modules if name.startswith("imgfile.mail.")}


def test_a_text_mailbox_is_searched_without_what_reads_other_kinds(box: Path) -> None:
    """Outlook's formats and archives are read by modules that are imported when such a file is met."""
    text = imported_by_searching(box, made.mbox([made.mail(made.photo(DATA))]))
    assert {"mbox", "mime.photos"} <= text
    assert not {name for name in text if name.startswith(("outlook", "zip", "removal"))}
    winmail = made.photo(outlook.tnef([("rash.png", DATA)]), kind="application/ms-tnef")
    assert "outlook.tnef" in imported_by_searching(box, made.mbox([made.mail(winmail)]))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES)))
def test_no_bytes_make_the_scanner_fail(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    """Whatever the order of mail's building blocks: a result, or `UnreadableMail`."""
    path = tmp_path_factory.getbasetemp() / "pieces"
    path.write_bytes(b"From \nFrom: x\n" + b"".join(pieces))
    with open_export(path) as export:
        for found in export.scan():
            if isinstance(found, Attachment):
                assert found.place.body_end <= export.identity.size
                try:
                    found.decode()
                except UnreadableMail:
                    assert found.place.encoding is Encoding.BASE64


def images_by_stdlib(data: bytes) -> list[bytes]:
    """Sniff every leaf that Python's parser finds."""
    found = []
    for part in email.message_from_bytes(data, policy=policy.compat32).walk():
        payload = None if part.is_multipart() else part.get_payload(decode=True)
        if isinstance(payload, bytes) and is_picture(payload):
            found.append(payload)
    return found


def images_by_base64_runs(data: bytes) -> list[bytes]:
    """Decode every run of base64 lines, knowing no MIME."""
    runs = re.findall(rb"(?:^[A-Za-z0-9+/]{20,}={0,2}[ \t]*\r*\n?)+", data, re.MULTILINE)
    texts = [re.sub(rb"[^A-Za-z0-9+/]", b"", run) for run in runs]
    return [image for text in texts if is_picture(image := base64.b64decode(text[: len(text) - len(text) % 4]))]


def is_picture(data: bytes) -> bool:
    """Return whether bytes begin as a picture does."""
    return identify(data) not in {None, Foreign.PDF, Foreign.SVG, Foreign.VIDEO, Foreign.ARCHIVE}


def test_every_image_of_the_real_mails_is_found(box: Path) -> None:
    """What Python's own parser decodes to an image, and every base64 run that begins as one, the scan finds."""
    compared = 0
    for sample in samples("mail"):
        data = sample.read_bytes()
        if recognise_container(data) in {None, Container.MSG}:
            continue
        mine = set(photos(box, data).values()) | {b""}
        expected = set(images_by_stdlib(data)) | set(images_by_base64_runs(data))
        heads = {image[:40] for image in mine}
        assert {image[:40] for image in expected} <= heads, sample.name
        compared += 1
    assert compared >= 30
