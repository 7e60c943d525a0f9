"""What an attachment is that is no picture: by its first bytes, else its name, else its declared type."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from imgfile.mail.kinds import FileKind, file_kind, is_office
from kit.mail import mailboxes as made


def _zip(*members: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for member in members:
            archive.writestr(member, "application/epub+zip" if member == "mimetype" else "x")
    return whole.getvalue()


def _tar() -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return whole.getvalue()


BEGINNINGS = [
    (b"%PDF-1.4\n", FileKind.PDF),
    (b"\xef\xbb\xbfjunk before it\n%PDF-1.7\n", FileKind.PDF),
    (_zip("a.jpg"), FileKind.ZIP),
    (_zip("[Content_Types].xml", "word/document.xml"), FileKind.OFFICE),
    (_zip("word/media/image1.jpeg"), FileKind.OFFICE),
    (_zip("mimetype"), FileKind.E_BOOK),
    (gzip.compress(b"a", mtime=0), FileKind.GZIP),
    (_tar(), FileKind.TAR),
    (b"7z\xbc\xaf\x27\x1c\0\4", FileKind.SEVEN_ZIP),
    (b"Rar!\x1a\x07\x01\0", FileKind.RAR),
    (b"BZh91AY&SY", FileKind.OTHER_ARCHIVE),
    (b"\xfd7zXZ\0\0\4", FileKind.OTHER_ARCHIVE),
    (b"\x28\xb5\x2f\xfd\4\0", FileKind.OTHER_ARCHIVE),
    (b"MSCF\0\0\0\0", FileKind.OTHER_ARCHIVE),
    (b"\x21\x00-lh5-", FileKind.OTHER_ARCHIVE),
    (b"{\\rtf1\\ansi", FileKind.RTF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind.OLD_OFFICE),
    (b"(This file must be converted with BinHex 4.0)\n\n:", FileKind.BINHEX),
    (b"\0\x05\x16\0\0\2\0\0", FileKind.APPLE_SINGLE),
    (b"\0\x05\x16\x07\0\2\0\0", FileKind.APPLE_DOUBLE),
    (b"=ybegin line=128 size=123 name=a.jpg\n", FileKind.YENC),
    (b"words before it\n\n=ybegin line=128 size=123 name=a.jpg\n", FileKind.YENC),
    (b"\0\0\0\x14ftypqt  \0\0\0\0", FileKind.VIDEO),
    (b"\0\0\0\x18ftypmp42\0\0\0\0", FileKind.VIDEO),
    (b"\x1aE\xdf\xa3\x01", FileKind.VIDEO),
    (b"RIFF\1\1\1\1AVI LIST", FileKind.VIDEO),
    (b"RIFF\1\1\1\1WAVEfmt ", FileKind.AUDIO),
    (b"\0\0\0\x18ftypM4A \0\0\0\0", FileKind.AUDIO),
    (b"#!AMR\n", FileKind.AUDIO),
    (b"-----BEGIN PGP MESSAGE-----\n", FileKind.ENCRYPTED),
    (b"\x76\xe8\x04\x60\xc4\x11\xe3\x86", FileKind.ENCRYPTED),
    (b"age-encryption.org/v1\n", FileKind.ENCRYPTED),
    (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", FileKind.VCARD),
    (b"%!PS-Adobe-3.0", FileKind.VECTOR),
    (b"SQLite format 3\0", FileKind.DATABASE),
]


@pytest.mark.parametrize(("head", "kind"), BEGINNINGS)
def test_first_bytes_decide_whatever_the_name_says(head: bytes, kind: FileKind) -> None:
    """A video named as a text is a video still."""
    assert file_kind(head, "notes.txt", "text/plain") is kind
    assert file_kind(head, "notes.mp3", "audio/mpeg") is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("photos.7Z", FileKind.SEVEN_ZIP),
        ("photos.tar.gz", FileKind.GZIP),
        ("IMG_1.MOV", FileKind.VIDEO),
        ("letter.docx ", FileKind.OFFICE),
        ("letter.doc", FileKind.OLD_OFFICE),
        ("message.html", FileKind.ENCRYPTED),
        ("securedoc_20261121.html", FileKind.ENCRYPTED),
        ("message.rpmsg", FileKind.ENCRYPTED),
        ("rash.jpg.hqx", FileKind.BINHEX),
        ("card.vcf", FileKind.VCARD),
        ("newsletter.html", None),
        ("signature.asc", None),
        ("notes", None),
        ("", None),
    ],
)
def test_a_name_decides_where_the_bytes_say_nothing(name: str, kind: FileKind | None) -> None:
    """Damaged, empty or not known: it is named by what it was meant to be."""
    assert file_kind(b"", name, "application/octet-stream") is kind


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("video/quicktime", FileKind.VIDEO),
        ("audio/mpeg", FileKind.AUDIO),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", FileKind.OFFICE),
        ("application/vnd.ms-excel.sheet.macroenabled.12", FileKind.OLD_OFFICE),
        ("application/applefile", FileKind.APPLE_SINGLE),
        ("message/external-body", FileKind.EXTERNAL),
        ("text/plain", None),
        ("", None),
    ],
)
def test_a_declared_type_decides_last(declared: str, kind: FileKind | None) -> None:
    """Where neither bytes nor name say anything."""
    assert file_kind(b"", None, declared) is kind


@pytest.mark.parametrize("head", [made.jpeg()[:512], made.png()[:512], made.gif(), b"Dear doctor,\n", b"<html>", b""])
def test_a_picture_or_a_text_is_none_of_these(head: bytes) -> None:
    """Nor is a text that only quotes a name."""
    assert file_kind(head) is None


def test_an_office_document_is_known_among_archives() -> None:
    """By its first member."""
    assert is_office(_zip("[Content_Types].xml"))
    assert is_office(_zip("mimetype"))
    assert not is_office(_zip("photo.jpg"))
