"""What is no picture and is not opened is absent, not looked into, or known to hold no photo; the unknown never is."""

from __future__ import annotations

import base64

import pytest

from imgfile.mail.kinds import FileKind
from imgfile.mail.model import Reason
from imgfile.mail.verdict import judge as module
from imgfile.mail.verdict.judge import Finding, Leaf, judge
from kit.mail import mailboxes

JPEG = mailboxes.jpeg(1, 3000)
CODED = base64.b64encode(JPEG)
MOVIE = b"\0\0\0\x14ftypqt  \0\0\0\0moov"
NOT_OPENED, ENCRYPTED = Reason.NOT_OPENED, Reason.ENCRYPTED


def leaf(data: bytes, declared_type: str = "", name: str | None = None, **header: bool) -> Leaf:
    """Make a part of these bytes."""
    return Leaf(declared_type, name, data[:512], len(data), lambda limit: data[:limit], **header)


@pytest.mark.parametrize(
    ("found", "reason", "kind"),
    [
        # announced as a picture or a video, and not there
        (leaf(b"", "image/heic", "IMG_1.HEIC"), Reason.EMPTY, FileKind.PICTURE),
        (leaf(b" \r\n", "image/jpeg"), Reason.EMPTY, FileKind.PICTURE),
        (leaf(b"", "application/octet-stream", "rash.JPG "), Reason.EMPTY, FileKind.PICTURE),
        (leaf(b"", "text/plain", "rash.png"), Reason.EMPTY, FileKind.PICTURE),
        (leaf(b"", "video/mp4", "a.mp4"), Reason.EMPTY, FileKind.VIDEO),
        (leaf(b"", "application/octet-stream", "IMG_1.MOV"), Reason.EMPTY, FileKind.VIDEO),
        (leaf(b"saved", "image/jpeg", "a.jpg", is_elsewhere=True), Reason.ELSEWHERE, FileKind.PICTURE),
        (leaf(b"saved", "video/mp4", "a.mp4", is_elsewhere=True), Reason.ELSEWHERE, FileKind.VIDEO),
        (leaf(b"x: y", "message/external-body", is_elsewhere=True), Reason.ELSEWHERE, FileKind.EXTERNAL),
        (leaf(b"", "image/jpeg", "a.jpg", is_undelivered=True), Reason.NOT_DOWNLOADED, FileKind.PICTURE),
        (leaf(b"This part will be downloaded on demand.", "image/png"), Reason.NOT_DOWNLOADED, FileKind.PICTURE),
        (leaf(b"no picture", "image/jpeg", "a.jpg"), Reason.NO_PICTURE, FileKind.PICTURE),
        (leaf(bytes(range(200)), "image/x-unknown"), Reason.NO_PICTURE, FileKind.PICTURE),
        (leaf(b"\r\n\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg", "a.jpg"), Reason.BEHIND, FileKind.PICTURE),
        (leaf(b"J" * 240 + b"\xff\xd8\xff\xdb", "application/octet-stream", "a.jpg"), Reason.BEHIND, FileKind.PICTURE),
        (leaf(b"\n\x89PNG\r\n\x1a\n\0", "image/png"), Reason.BEHIND, FileKind.PICTURE),
        (leaf(b"\0\0\0\0\x20ftypheic", "image/heic"), Reason.BEHIND, FileKind.PICTURE),
        (leaf(b"no video", "video/mp4", "a.mp4"), Reason.NO_PICTURE, FileKind.VIDEO),
        # of a kind that is not opened, whatever it is called
        (leaf(MOVIE, "image/jpeg", "a.jpg"), NOT_OPENED, FileKind.VIDEO),
        (leaf(MOVIE, "text/plain", "notes.txt"), NOT_OPENED, FileKind.VIDEO),
        (leaf(bytes(range(99)), "video/mp4", "a.mp4"), NOT_OPENED, FileKind.VIDEO),
        (leaf(b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml", "a.svg"), NOT_OPENED, FileKind.VECTOR),
        (leaf(b"ID3\3" + bytes(90), "audio/mpeg", "a.mp3"), NOT_OPENED, FileKind.AUDIO),
        (leaf(bytes(range(256)), "application/x-whatever"), NOT_OPENED, FileKind.UNKNOWN),
        (leaf(bytes(range(256)), "text/plain"), NOT_OPENED, FileKind.RAW_BYTES),
        (leaf(bytes(range(256)), "application/pgp-signature", "s.sig"), None, None),
        (leaf(bytes(range(256)) * 300, "application/pgp-signature", "s.sig"), NOT_OPENED, FileKind.UNKNOWN),
        (leaf(b"7z\xbc\xaf\x27\x1c\0\4", "application/pgp-signature"), NOT_OPENED, FileKind.SEVEN_ZIP),
        (leaf(b"words", "application/x-whatever", "a.whatever"), NOT_OPENED, FileKind.UNKNOWN),
        (leaf(b"\x76\xe8\x04\x60\xc4\x11\xe3\x86", "", "message.rpmsg"), ENCRYPTED, FileKind.ENCRYPTED),
        (leaf(bytes(range(99)), "application/octet-stream", "a.jpg.pgp"), ENCRYPTED, FileKind.ENCRYPTED),
        (leaf(b"<html>", "text/html", "message.html"), ENCRYPTED, FileKind.ENCRYPTED),
        (leaf(b"<html><form>", "text/html", "ClickHereToView.html"), ENCRYPTED, FileKind.ENCRYPTED),
        # texts that can hold a photo
        (leaf(b"BEGIN:VCARD\r\nPHOTO;ENCODING=b:" + CODED, "text/vcard"), NOT_OPENED, FileKind.VCARD),
        (leaf(b"BEGIN:VCARD\r\nitem1.LOGO:data:image/png;base64,iV", "text/x-vcard"), NOT_OPENED, FileKind.VCARD),
        (leaf(b"BEGIN:VCALENDAR\nATTACH;ENCODING=BASE64:AA", "text/calendar"), NOT_OPENED, FileKind.CALENDAR),
        (leaf(b"dn: cn=a\njpegPhoto:: /9j/", "text/plain", "a.ldif"), NOT_OPENED, FileKind.DIRECTORY),
        (leaf(b"{\\rtf1 {\\pict ff}}", "text/rtf", "a.rtf"), NOT_OPENED, FileKind.RTF),
        (leaf(b"<a>" + CODED + b"</a>", "application/xml", "a.xml"), NOT_OPENED, FileKind.CODED),
        (leaf(CODED, "text/plain", "a.b64"), NOT_OPENED, FileKind.CODED),
        (leaf(JPEG.hex().encode(), "text/plain"), NOT_OPENED, FileKind.CODED),
        (leaf(b"a\n=ybegin line=128 size=9 name=a.jpg\n", "text/plain"), NOT_OPENED, FileKind.YENC),
        (leaf(b"words " * 99 + JPEG, "text/plain"), NOT_OPENED, FileKind.RAW_BYTES),
        # known to hold none
        (leaf(b"Dear doctor", "text/plain"), None, None),
        (leaf("Grüße".encode("utf-16"), "text/plain"), None, None),
        (leaf(b"", "application/pdf", "a.pdf"), None, None),
        (leaf(b"deleted", "application/pdf", "a.pdf", is_elsewhere=True), None, None),
        (leaf(b"BEGIN:VCARD\nFN:Pat\nEND:VCARD", "text/vcard"), None, None),
        (leaf(b"BEGIN:VCALENDAR\nATTACH:https://example.org/a\n", "text/calendar", "invite.ics"), None, None),
        (leaf(b"{\\rtf1 words \\\\pict}", "application/rtf", "a.rtf"), None, None),
        (leaf(b"a;b\n1;2\n", "application/octet-stream", "a.csv"), None, None),
        (leaf(b"<html>words", "text/html", "newsletter.html"), None, None),
        (leaf(b"Action: failed", "message/delivery-status"), None, None),
    ],
)  # fmt: skip
def test_each_part_has_its_verdict(found: Leaf, reason: Reason | None, kind: FileKind | None) -> None:
    """By its declared type, its name, its first bytes; where it is a text, by all of it."""
    assert judge(found) == (Finding(reason, kind) if reason and kind else None)


def test_a_text_longer_than_is_looked_at_was_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words alone are not so long."""
    monkeypatch.setattr(module, "MAX_TEXT_BYTES", 40)
    assert judge(leaf(b"words " * 6, "text/plain", "a.txt")) is None
    assert judge(leaf(b"words " * 7, "text/plain", "a.txt")) == Finding(Reason.TOO_LARGE, FileKind.UNKNOWN)


def test_what_is_absent_says_whether_anything_could_be_lost() -> None:
    """Bytes that are no picture may be one all the same; where nothing is, nothing goes."""
    assert {reason for reason in Reason if reason.is_absence} == {
        Reason.EMPTY, Reason.ELSEWHERE, Reason.NOT_DOWNLOADED, Reason.NO_PICTURE,
    }  # fmt: skip
    assert {reason for reason in Reason if reason.leaves_nothing} == {
        Reason.EMPTY, Reason.ELSEWHERE, Reason.NOT_DOWNLOADED,
    }  # fmt: skip


@pytest.mark.parametrize("reason", Reason)
def test_only_what_left_nothing_is_counted_as_absent(reason: Reason) -> None:
    """Of a part of 21 kB nobody is told that it is not there."""
    assert (reason.counted_as == "announced and absent") is reason.leaves_nothing
    assert (reason.counted_as == "not looked into") is not reason.is_absence
