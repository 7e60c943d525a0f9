"""Photos in archives and documents, attached in each encoding or by themselves: found, filed or refused, never lost."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile.errors import UnreadableMail
from imgfile.mail.mailbox import container_of, open_export
from imgfile.mail.model import Attachment, Reason, Unsearched
from imgfile.mail.packed import gzip as packed_gzip
from imgfile.mail.packed import pdf
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.view import View
from kit.mail import mailboxes as made
from kit.mail.searching import reasons, scan

JPEG = made.jpeg(4, 6000)
PNG = made.png(4, 6000)
MAIL = made.mail(made.text(), made.photo(PNG))
CODINGS: tuple[made.Coding, ...] = ("base64", "quoted-printable", "8bit")


def zipped(*members: tuple[str, bytes], zip64: bool = False) -> bytes:
    """Make a zip archive; of the larger kind where that is asked for."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            with archive.open(name, "w", force_zip64=zip64) as member:
                member.write(data)
    return as_zip64(whole.getvalue()) if zip64 else whole.getvalue()


def as_zip64(data: bytes) -> bytes:
    """Move every size and place of a directory to where archives beyond 4 GB have them (APPNOTE §4.3.14, §4.5.3)."""
    end = data.index(b"PK\x05\x06")
    start = int.from_bytes(data[end + 16 : end + 20], "little")
    lines, at = [], start
    while at < end:
        line = bytearray(data[at : at + 46])
        name, extra, comment = (int.from_bytes(line[place : place + 2], "little") for place in (28, 30, 32))
        packed, size, offset = (line[20:24], line[24:28], line[42:46])
        record = b"\1\0\x18\0" + b"".join(bytes(each) + bytes(4) for each in (size, packed, offset))
        line[20:28], line[42:46] = b"\xff" * 8, b"\xff" * 4
        line[30:32] = len(record).to_bytes(2, "little")
        lines.append(bytes(line) + data[at + 46 : at + 46 + name] + record)
        at += 46 + name + extra + comment
    directory = b"".join(lines)
    numbers = (len(lines), len(lines), len(directory), start)
    large = b"PK\x06\x06" + (44).to_bytes(8, "little") + bytes(12) + b"".join(n.to_bytes(8, "little") for n in numbers)
    locator = b"PK\x06\x07" + bytes(4) + (start + len(directory)).to_bytes(8, "little") + b"\1\0\0\0"
    return data[:start] + directory + large + locator + b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)


def tarred(*members: tuple[str, bytes], kind: int = tarfile.USTAR_FORMAT) -> bytes:
    """Make a tar archive."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=kind) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return whole.getvalue()


def document(*streams: tuple[str, bytes], before: str = "") -> bytes:
    """Make a PDF of streams, each with its dictionary."""
    objects = [
        b"%d 0 obj\n<<%b /Length %d>>\nstream\n" % (number, said.encode(), len(data)) + data + b"\nendstream\nendobj\n"
        for number, (said, data) in enumerate(streams, 1)
    ]
    return b"%PDF-1.7\n" + before.encode() + b"".join(objects) + b"trailer\n<</Size 9>>\n%%EOF\n"


IMAGE = "/Type /XObject /Subtype /Image /Width 640 /Height 480"
WRAPPERS: dict[str, tuple[bytes, str, bool]] = {
    # what it is: its bytes, the part that the photo has in it, whether the photo can leave it in place
    "zip": (zipped(("a.txt", b"x"), ("a.jpg", JPEG)), "2", False),
    "zip64": (zipped(("a.txt", b"x"), ("a.jpg", JPEG), zip64=True), "2", False),
    "zip in zip": (zipped(("a.zip", zipped(("a.jpg", JPEG)))), "1.1", False),
    "docx": (zipped(("[Content_Types].xml", b"<x/>"), ("word/media/image1.jpeg", JPEG)), "2", False),
    "xlsx": (zipped(("[Content_Types].xml", b"<x/>"), ("xl/media/image1.jpeg", JPEG)), "2", False),
    "pptx": (zipped(("[Content_Types].xml", b"<x/>"), ("ppt/media/image1.jpeg", JPEG)), "2", False),
    "odt": (zipped(("mimetype", b"application/vnd.oasis.opendocument.text"), ("Pictures/1.jpg", JPEG)), "2", False),
    "gz": (gzip.compress(JPEG), "1", False),
    "gz of two members": (gzip.compress(JPEG[:3000]) + gzip.compress(JPEG[3000:]), "1", False),
    "tgz": (gzip.compress(tarred(("a.txt", b"x"), ("a.jpg", JPEG))), "1.2", False),
    "tar": (tarred(("a.txt", b"x"), ("a.jpg", JPEG)), "2", True),
    "tar of GNU": (tarred(("a" * 150 + ".jpg", JPEG), kind=tarfile.GNU_FORMAT), "2", True),
    "tar of pax": (tarred(("ä" * 90 + ".jpg", JPEG), kind=tarfile.PAX_FORMAT), "2", True),
    "PDF": (document((f"{IMAGE} /Filter /DCTDecode", JPEG)), "1", False),
    "PDF, deflated": (document((f"{IMAGE} /Filter [/FlateDecode /DCTDecode]", zlib.compress(JPEG))), "1", False),
    "PDF, in hexadecimal": (document((f"{IMAGE} /Filter [/AHx /DCT]", binascii.hexlify(JPEG) + b">")), "1", False),
    "PDF, in base 85": (document((f"{IMAGE} /Filter [/A85 /DCT]", base64.a85encode(JPEG) + b"~>")), "1", False),
    "PDF with a file": (document(("/Type /EmbeddedFile /Filter /FlateDecode", zlib.compress(JPEG))), "1", False),
    "PDF of the second page": (document(("", b"q Q"), (f"{IMAGE} /Filter /DCTDecode", JPEG)), "2", False),
}


def attached(data: bytes, coding: made.Coding, declared: str = "application/octet-stream") -> bytes:
    """Make a mail with a file."""
    return made.mail(made.text(), made.photo(data, coding, kind=declared, name="file.bin"), made.text("after"))


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("name", list(WRAPPERS))
def test_a_photo_is_found_in_whatever_it_was_sent(box: Path, name: str, coding: made.Coding) -> None:
    """Whole, with its place; and every part is accounted for."""
    data, part, _ = WRAPPERS[name]
    found = scan(box, attached(data, coding))
    assert [(one.part, one.decode()) for one in found if isinstance(one, Attachment)] == [(f"2.{part}", JPEG)]
    assert [one.size for one in found if isinstance(one, Attachment)] == [len(JPEG)]
    assert not [one for one in found if isinstance(one, Unsearched)]
    with open_export(box) as export:
        list(export.scan())
        assert export.account.parts == export.account.verdicts


@pytest.mark.parametrize("name", list(WRAPPERS))
def test_it_leaves_in_place_or_says_why_not(box: Path, name: str) -> None:
    """Where it leaves, the file has the same length, and is whole for whoever reads it."""
    data, _, can_leave = WRAPPERS[name]
    before = attached(data, "base64")
    (attachment,) = scan(box, before)
    assert isinstance(attachment, Attachment)
    with open_export(box) as export:
        if not can_leave:
            with pytest.raises(UnreadableMail, match="taken out of it") as caught:
                plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
            assert caught.value.hint
            return
        removal = plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
    after = made.patched(before, removal)
    assert not [one for one in scan(box, after) if isinstance(one, Attachment)]
    letters = after[after.index(b'filename="file.bin"\n\n') + 21 :].partition(b"\n\n")[0]
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(letters))) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            assert content is not None
            kept = content.read()
            assert kept == b"x" if member.name == "a.txt" else kept.rstrip(b"\0") != b""
            assert JPEG[100:150] not in kept


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("mails.tar", lambda: tarred(("a/cur/1", MAIL), ("a/cur/2", MAIL))),
        ("mails.tgz", lambda: gzip.compress(tarred(("a/cur/1", MAIL), ("a/cur/2", MAIL)))),
        ("mails.zip", lambda: zipped(("a/cur/1", MAIL), ("a/cur/2", MAIL), zip64=True)),
        ("mails.mbox.gz", lambda: gzip.compress(made.mbox([MAIL, MAIL]))),
    ],
)
def test_an_export_of_two_mails_is_read_as_two_messages(box: Path, name: str, make: Callable[[], bytes]) -> None:
    """By itself, not attached: senders and subjects are known."""
    path = box.with_name(name)
    found = [one for one in scan(path, make()) if isinstance(one, Attachment)]
    assert [(one.message.number, one.part, one.message.sender) for one in found] == [
        (1, "2", "parent@example.org"),
        (2, "2", "parent@example.org"),
    ]
    assert {one.decode() for one in found} == {PNG}
    with open_export(path) as export:
        assert made.count_messages(export) == 2
        assert export.is_read_only is (name != "mails.tar")
        assert export.account.parts == export.account.verdicts


def test_a_photo_leaves_a_tar_archive_of_mails_in_place(box: Path) -> None:
    """A text's rules hold within it, and the archive around it is the old one."""
    before = tarred(("1.eml", MAIL), ("2.eml", MAIL))
    (first, _) = scan(box, before)
    assert isinstance(first, Attachment)
    with open_export(box) as export:
        removal = plan_removal(export, first, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
    after = made.patched(before, removal)
    (left,) = scan(box, after)
    assert (left.message.number, left.part) == (2, "2")
    with tarfile.open(fileobj=io.BytesIO(after)) as archive:
        assert [member.size for member in archive.getmembers()] == [len(MAIL), len(MAIL)]


def test_documents_by_themselves_are_no_mailboxes(box: Path) -> None:
    """They are documents, which whoever is given one names."""
    for name in ("docx", "odt", "PDF"):
        box.write_bytes(WRAPPERS[name][0])
        assert container_of(box) is None


# --- what is not looked into is reported ---


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (document((f"{IMAGE} /Filter /FlateDecode", zlib.compress(bytes(9000)))), [("2.1", Reason.NOT_OPENED)]),
        (document((f"{IMAGE} /Filter /CCITTFaxDecode", b"x" * 99)), [("2.1", Reason.NOT_OPENED)]),
        (document((f"{IMAGE} /Filter /DCTDecode", JPEG), before="/Encrypt 9 0 R"), [("2.1", Reason.ENCRYPTED)]),
        (document(), [("2", Reason.NOT_OPENED)]),
        (b"%PDF-1.4\n%%EOF\n", [("2", Reason.NOT_OPENED)]),
        (gzip.compress(JPEG)[:-2000], [("2", Reason.BROKEN)]),
        (gzip.compress(JPEG)[:30] + b"\xff" * 900, [("2", Reason.BROKEN)]),
        (tarred(("a.jpg", JPEG)) + b"x" * 600, []),
        (tarred(("a.txt", b"x"))[:1024] + b"\1" * 512, [("2", Reason.BROKEN)]),
        (zipped(("a.txt", b"x")).replace(b"PK\x05\x06", b"PK\x05\x07"), [("2", Reason.BROKEN)]),
    ],
)
def test_what_cannot_be_looked_into_is_said(box: Path, data: bytes, expected: list[tuple[str, Reason]]) -> None:
    """Pictures in a coding of their own, encrypted, empty, cut off, damaged."""
    assert reasons(box, attached(data, "base64")) == expected


@pytest.mark.parametrize("between", [b" ", b"\r\n", b"\0", b" " * 100], ids=["blank", "line", "nought", "far apart"])
@pytest.mark.parametrize("kind", ["/SMask", "/Mask"])
def test_masks_of_a_picture_in_a_document_are_none(box: Path, kind: str, between: bytes) -> None:
    """The transparency of a photo is a picture in name alone, however its number is written; nor is a stencil one."""
    data = document(
        (f"{IMAGE} /Filter /DCTDecode {kind} 2 0 R", JPEG),
        (f"{IMAGE} /Filter /FlateDecode", zlib.compress(bytes(9000))),
        (f"{IMAGE} /ImageMask true /Filter /FlateDecode", zlib.compress(bytes(900))),
    )
    (found,) = scan(box, attached(data.replace(b" 0 obj", between.join([b"", b"0", b"obj"])), "base64"))
    assert isinstance(found, Attachment)


def test_what_a_stream_holds_is_no_part_of_a_document(box: Path) -> None:
    """A picture of many bytes may spell a keyword: neither is another stream in it, nor does it hide the next one."""
    spelled = b"9 0 obj <</Subtype /Image>> stream\n" + JPEG
    data = document(("/Length1 5", spelled), (f"{IMAGE} /Filter /DCTDecode", JPEG))
    assert [one.part for one in scan(box, attached(data, "base64"))] == ["2.2"]


@pytest.mark.parametrize("data", [b"", b"stream\n", b"<</Length 99>>stream\r\nabc", b"<</Filter[/Fl]>>stream\nx"])
def test_a_document_cut_off_anywhere_is_read_as_far_as_it_goes(data: bytes) -> None:
    """Some pictures, or none."""
    assert list(pdf.find_enclosed(View(b"%PDF-1.4\n" + data)) or ()) == []


def test_bytes_that_no_directory_names_are_reported(box: Path) -> None:
    """Before the directory, between two members, and as a comment behind everything."""
    plain = zipped(("a.txt", b"x"), ("b.txt", b"y"))
    start = int.from_bytes(plain[-6:-2], "little")
    hidden = zipped(("hidden.jpg", JPEG))
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    moved = plain[:-6] + (start + len(hidden)).to_bytes(4, "little") + plain[-2:]
    whole = moved[:start] + hidden + moved[start:]
    assert reasons(box, whole) == [("3", Reason.OUTSIDE)]
    comment = plain[:-2] + len(JPEG).to_bytes(2, "little") + JPEG
    assert reasons(box, comment) == [("3", Reason.OUTSIDE)]
    assert reasons(box, plain) == []


@pytest.mark.parametrize(("extra", "expected"), [(bytes(500), []), (JPEG[:500], [("2", Reason.OUTSIDE)])])
def test_room_to_grow_is_no_file(box: Path, extra: bytes, expected: list[tuple[str, Reason]]) -> None:
    """Office leaves zeros in the headers of its documents; anything else there is reported."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        member = zipfile.ZipInfo("a.txt")
        member.extra = b"\x20\xa2" + len(extra).to_bytes(2, "little") + extra
        archive.writestr(member, b"x")
    assert reasons(box, whole.getvalue()) == expected


def test_a_gzip_file_too_large_to_be_opened_is_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says of its own length is not believed."""
    monkeypatch.setattr(packed_gzip, "MAX_WRAPPED_BYTES", 1000)
    assert reasons(box, attached(gzip.compress(JPEG), "base64")) == [("2", Reason.BROKEN)]
