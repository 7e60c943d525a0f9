"""Where a photo may hide in an export that is to go whole: each place is on the list, and nothing ordinary is."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile.acts.erasure.whole_export import Survey, agree, survey
from imgfile.acts.options import Wishes
from imgfile.clinical.proofs import Digest
from imgfile.errors import SourceRemains
from imgfile.mail.kinds import FileKind
from imgfile.mail.mailbox import open_export
from kit.mail import mailboxes
from kit.mail import outlook_data_files as datafiles
from kit.mail import outlook_messages as outlook
from kit.photos import jpeg_png as photos
from kit.tools import REPOSITORY
from kit.vault.erasure import release

FILED = mailboxes.png(1, 3000)
HIDDEN = photos.jpeg(photos.pixels(40, 30))
"""A whole small photo, in no record."""
CODED = base64.b64encode(HIDDEN)
LETTER = "Dear doctor,\n\nthe rash is worse. " + "Please ring me back when you can. " * 12
SINGLE = b"From: parent@example.org\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + mailboxes.encode(
    FILED, "base64"
)
"""A message that is the filed photo, and nothing else."""
FAULTS = REPOSITORY.parent / "shared" / "faults" / "mail"


def surveyed(path: Path, data: bytes) -> Survey:
    """Look through an export of which one photo is filed."""
    path.write_bytes(data)
    filed = release(FILED)
    digests = {Digest(digest): filed for _, digest in filed.filed}
    with open_export(path) as export:
        return survey(export, digests, lambda _: None)


def mail(*parts: mailboxes.Part, words: str = LETTER) -> bytes:
    """Make a mail with the filed photo, and more."""
    return mailboxes.mail(mailboxes.text(words), mailboxes.photo(FILED), *parts)


def attached(data: bytes, name: str, kind: str = "application/octet-stream") -> bytes:
    """Make a mail with a file attached."""
    return mail(mailboxes.photo(data, kind=kind, name=name))


def written(text: bytes) -> bytes:
    """Make a mail whose letter holds a text."""
    return mail(words=f"{LETTER}\n{text.decode()}\n\nThank you.\n")


def lines(data: bytes, width: int, before: bytes = b"") -> bytes:
    """Break a text into lines."""
    return b"\n".join(before + data[at : at + width] for at in range(0, len(data), width))


def packed(*members: tuple[str, bytes], comment: bytes = b"") -> bytes:
    """Make an archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members:
            archive.writestr(name, data)
        archive.comment = comment
    return target.getvalue()


def with_local_member() -> bytes:
    """Make an archive with a member that only its own header names, between the last one and the directory."""
    whole = packed(("box.eml", mail()))
    end = whole.rindex(b"PK\5\6")
    (directory,) = struct.unpack_from("<I", whole, end + 16)
    header = b"PK\3\4\x14" + bytes(13) + struct.pack("<II", len(HIDDEN), len(HIDDEN)) + b"\5\0\0\0a.jpg"
    member = header + HIDDEN
    moved = struct.pack("<I", directory + len(member))
    return whole[:directory] + member + whole[directory : end + 16] + moved + whole[end + 20 :]


def with_extra_field() -> bytes:
    """Make an archive whose member has a photo in the extra field of its header."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("box.eml")
        info.extra = struct.pack("<HH", 0x7075, len(HIDDEN)) + HIDDEN
        archive.writestr(info, mail())
    return target.getvalue()


def tar() -> bytes:
    """Make a tar archive with a photo."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        info = tarfile.TarInfo("a.jpg")
        info.size = len(HIDDEN)
        archive.addfile(info, io.BytesIO(HIDDEN))
    return target.getvalue()


def yenc() -> bytes:
    """Code a photo in yEnc, which is bytes and no letters."""
    coded = (
        bytes((byte + 42) % 256 for byte in HIDDEN).replace(b"\n", b"=J").replace(b"\r", b"=M").replace(b"\0", b"=@")
    )
    return b"=ybegin line=9999 size=%d name=a.jpg\n%b\n=yend size=%d\n" % (len(HIDDEN), coded, len(HIDDEN))


def message(*attachments: outlook.Tree) -> bytes:
    """Save an Outlook message with the filed photo."""
    return outlook.compound(outlook.message([outlook.attached(FILED, "a.png"), *attachments]))


PLACES: dict[str, Callable[[], bytes]] = {
    "an announced picture that is empty": lambda: attached(b"", "IMG_1.HEIC", "image/heic"),
    # parts of a kind that is not opened, or that is not what it says
    "a live video": lambda: attached(b"\0\0\0\x14ftypqt  \0\0\0\0moov", "IMG_1.MOV", "video/quicktime"),
    "a document that is damaged": lambda: attached(b"%PDF-1.7\n" + HIDDEN[:90], "a.pdf", "application/pdf"),
    "a 7z archive": lambda: attached(b"7z\xbc\xaf\x27\x1c\0\4", "a.7z"),
    "an AppleSingle file": lambda: attached(
        b"\0\5\x16\0\0\2\0\0" + bytes(40) + HIDDEN, "rash.jpg", "application/applefile"
    ),
    "a PGP file": lambda: attached(b"\x85\1\x0c\3" + bytes(range(200)), "a.jpg.pgp"),
    "a contact card": lambda: mail(
        mailboxes.Part(
            ("Content-Type: text/vcard",), b"BEGIN:VCARD\nPHOTO;ENCODING=b;TYPE=JPEG:" + CODED + b"\nEND:VCARD\n"
        )
    ),
    "a calendar entry": lambda: mail(
        mailboxes.Part(
            ("Content-Type: text/calendar",), b"BEGIN:VCALENDAR\nATTACH;ENCODING=BASE64:" + CODED + b"\nEND:VCALENDAR\n"
        )
    ),
    "an address list": lambda: attached(b"dn: cn=Pat\njpegPhoto:: " + CODED + b"\n", "a.ldif", "text/plain"),
    "rich text": lambda: attached(b"{\\rtf1{\\pict\\jpegblip " + binascii.hexlify(HIDDEN) + b"}}", "a.rtf", "text/rtf"),
    "a page of protected mail": lambda: attached(b"<html><form>" + CODED + b"</form>", "message.html", "text/html"),
    "a data record": lambda: attached(b'<photo encoding="b64">' + CODED + b"</photo>", "record.xml", "application/xml"),
    "junk before a photo": lambda: attached(b"\1\2\3\4" * 30 + HIDDEN, "a.jpg", "image/jpeg"),
    "junk before an archive": lambda: attached(b"\1\2\3\4" * 30 + packed(("a.jpg", HIDDEN)), "a.bin"),
    "bytes of no kind": lambda: attached(bytes(b ^ 0x5A for b in HIDDEN), "a.dat"),
    "a signature that is a photo and more": lambda: attached(
        b"\x30\x82" + HIDDEN + bytes(range(256)) * 300, "s.p7s", "application/pkcs7-signature"
    ),
    # in the words of a letter
    "bare base64": lambda: written(lines(CODED, 76)),
    "bare base64 in short lines": lambda: written(lines(CODED, 24)),
    "bare base64 in one line": lambda: written(CODED),
    "quoted base64": lambda: written(lines(CODED, 72, b"> ")),
    "base64 of another alphabet": lambda: written(lines(base64.urlsafe_b64encode(HIDDEN), 76)),
    "base64 behind a word": lambda: written(b"photo=" + CODED[:90]),
    "hexadecimal": lambda: written(lines(binascii.hexlify(HIDDEN), 60)),
    "hexadecimal in pairs": lambda: written(lines(binascii.hexlify(HIDDEN, " "), 48)),
    "base 85": lambda: written(base64.a85encode(HIDDEN, adobe=True)),
    "an HTML letter's words": lambda: mail(
        mailboxes.Part(
            ("Content-Type: text/html",), b"<p>" + LETTER.encode() + b"</p><!-- " + lines(CODED, 76) + b" -->"
        )
    ),
    "yEnc": lambda: mailboxes.mail(
        mailboxes.photo(FILED), mailboxes.Part(("Content-Type: text/plain",), LETTER.encode() + b"\n" + yenc())
    ),
    "BinHex": lambda: written(b"(This file must be converted with BinHex 4.0)\n\n:$f*TEQKPH#jdH3jeG!a68"),
    "a uuencoded video": lambda: written(
        mailboxes.encode(b"\0\0\0\x14ftypqt  \0\0\0\0moov", "uuencode").replace(b"patient.jpg", b"a.mov")
    ),
    "a letter coded in base64": lambda: mail(
        mailboxes.Part(
            ("Content-Type: text/plain", "Content-Transfer-Encoding: base64"),
            mailboxes.encode(LETTER.encode() + b"\n" + lines(CODED, 76), "base64"),
        )
    ),
    "uuencode without its first line": lambda: written(mailboxes.encode(HIDDEN, "uuencode").partition(b"\n")[2]),
    "quoted uuencode": lambda: written(b"> " + mailboxes.encode(HIDDEN, "uuencode").replace(b"\n", b"\n> ")),
    "an attached uuencode": lambda: attached(mailboxes.encode(HIDDEN, "uuencode"), "a.uue"),
    "a dump": lambda: written(
        b"\n".join(
            b"%08x  %b  |....|" % (at, binascii.hexlify(HIDDEN[at : at + 16], " ")) for at in range(0, len(HIDDEN), 16)
        )
    ),
    "numbers": lambda: written(", ".join(str(byte) for byte in HIDDEN).encode()),
    "a photo in a certificate's armour": lambda: written(
        b"-----BEGIN CERTIFICATE-----\n" + lines(CODED, 64) + b"\n-----END CERTIFICATE-----"
    ),
    "a signature with a photo in it": lambda: attached(
        b"\x30\x82junk" + HIDDEN, "smime.p7s", "application/pkcs7-signature"
    ),
    "a signature that holds what it signs": lambda: attached(
        b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x02\x01\x01\x30\x82\x02\x00"
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x82" + bytes(b ^ 0x5A for b in HIDDEN),
        "smime.p7s",
        "application/pkcs7-signature",
    ),
    "a note in a photo's place": lambda: attached(b"The attachment was removed.", "IMG_1.jpg.txt", "text/plain"),
    "an empty photo that a program numbered": lambda: attached(b"", "IMG_1.jpg(1)"),
    "a picture in letters": lambda: attached(b"P3\n2 2\n255\n" + b"1 2 3 " * 4, "rash", "text/plain"),
    "behind a gzip file": lambda: attached(gzip.compress(b"words") + HIDDEN, "a.txt.gz"),
    "a picture drawn in a document": lambda: attached(
        b"%PDF-1.4\n1 0 obj<</Length 9>>stream\nBI /W 10 /H 10 /F /DCT ID " + 4 * HIDDEN + b" EI\nendstream endobj\n",
        "a.pdf",
    ),
    "a picture in a document's form": lambda: attached(
        b"%PDF-1.4\n1 0 obj<</Length 9>>stream\n<xfa><image>"
        + lines(CODED, 76)
        + b"</image></xfa>\nendstream endobj\n",
        "a.pdf",
    ),
    # outside the parts
    "raw bytes behind the last message": lambda: (
        mailboxes.mbox([mail(), mailboxes.mail(mailboxes.text(LETTER))]) + HIDDEN
    ),
    "raw bytes behind a closed message": lambda: mailboxes.mbox([mail()]) + b"\n" + b"\1\2\3" * 20 + HIDDEN,
    "raw bytes in a letter": lambda: mailboxes.mail(
        mailboxes.photo(FILED),
        mailboxes.Part(("Content-Type: text/plain",), LETTER.encode() + HIDDEN + LETTER.encode()),
    ),
    "raw bytes behind coded ones": lambda: SINGLE + b"\n" + HIDDEN,
    "a header's field": lambda: b"X-Photo: " + lines(CODED, 70, b" ").lstrip() + b"\n" + mail(),
    "a part's field": lambda: mail(
        mailboxes.Part((f"X-Photo: {CODED.decode()}", "Content-Type: text/plain"), b"words")
    ),
    "the preamble": lambda: mail().replace(b"\n\n--", b"\n\n" + lines(CODED, 76) + b"\n--", 1),
    "the epilogue": lambda: mail() + b"\n" + lines(CODED, 76) + b"\n",
    "behind Apple's property list": lambda: mailboxes.emlx(mail()) + HIDDEN,
    "an archive's comment": lambda: packed(("box.eml", mail()), comment=HIDDEN),
    "before an archive's first member's end": with_extra_field,
    "a member that its own header alone names": with_local_member,
    "behind an archive": lambda: packed(("box.eml", mail()))[:-2] + struct.pack("<H", len(HIDDEN)) + HIDDEN,
    "a tar archive in an archive": lambda: packed(("box.eml", mail()), ("a.tar", tar())),
    "bytes of no kind in an archive": lambda: packed(("box.eml", mail()), ("a.bin", bytes(b ^ 0x5A for b in HIDDEN))),
    "a text in an archive": lambda: packed(("box.eml", mail()), ("a.txt", LETTER.encode() + lines(CODED, 76))),
    "an attached archive's comment": lambda: attached(
        packed(("a.txt", b"words"), comment=HIDDEN), "a.zip", "application/zip"
    ),
    "sectors that no stream has": lambda: message() + HIDDEN + bytes(-len(HIDDEN) % 512),
    "an attachment of an Outlook message": lambda: message(
        outlook.attached(b"{\\rtf1{\\pict ff}}", "a.rtf", kind="text/rtf")
    ),
    "an Outlook message's words": lambda: outlook.compound(
        {**outlook.message([outlook.attached(FILED, "a.png")]), **outlook.text("1000", LETTER + CODED.decode())}
    ),
    "an Outlook message's own property": lambda: outlook.compound(
        {**outlook.message([outlook.attached(FILED, "a.png")]), "__substg1.0_80010102": b"\1\2" + HIDDEN}
    ),
    "an attachment's property": lambda: message(
        {
            **outlook.attached(b"Dear doctor", "a.txt", kind="text/plain"),
            "__substg1.0_37090102": bytes(600) + HIDDEN,
        }
    ),
    "a winmail.dat's words": lambda: outlook.tnef([("a.png", FILED)], subject=f"rash {CODED.decode()}"),
    "a data file's words": lambda: datafiles.data_file(
        [datafiles.Letter([datafiles.File(FILED)], html=b"<!-- " + CODED + b" -->")]
    ),
    "behind a winmail.dat's attributes": lambda: outlook.tnef([("a.png", FILED)]) + HIDDEN,
    "an attribute that nobody knows": lambda: (
        outlook.tnef([("a.png", FILED)]) + outlook.attribute(2, 0x0006FFFF, HIDDEN)
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_whatever_hides_a_photo_is_on_the_list(tmp_path: Path, place: str) -> None:
    """The filed photo is known, and nothing else passes: unattended the export is kept, and says of what."""
    found = surveyed(tmp_path / "export", PLACES[place]())
    assert found.inventory.filed, "the filed photo is there"
    assert found.unfiled or found.unsearched, place
    assert found.inventory.loses_photos
    with pytest.raises(SourceRemains, match="is kept: "):
        agree(found, Wishes(is_confirmed=True), None)
    assert agree(found, Wishes(is_confirmed=True, may_lose_unfiled=True), None).inventory is found.inventory


SIGNED = b"""-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Dear doctor
-----BEGIN PGP SIGNATURE-----

iQEzBAEBCAAdFiEEq3JmT9bX2l9aXv0lQ0pZc2Jb1oUFAmcAAAAACgkQQ0pZc2Jb
iQEzBAEBCAAdFiEEq3JmT9bX2l9aXv0lQ0pZc2Jb1oUFAmcAAAAACgkQQ0pZc2Jb
iQEzBAEBCAAdFiEEq3JmT9bX2l9aXv0lQ0pZc2Jb1oUFAmcAAAAACgkQQ0pZc2Jb
iQEzBAEBCAAdFiEEq3JmT9bX2l9aXv0lQ0pZc2Jb1oUFAmcAAAAACgkQQ0pZc2Jb
=abcd
-----END PGP SIGNATURE-----
"""
SEAL = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=k; h=from:to;\n b=" + lines(
    base64.b64encode(bytes(range(256))), 64, b"  "
)
LINK = b"https://click.example.org/ls/click?upn=u001." + base64.urlsafe_b64encode(bytes(range(256)) * 3)
ORDINARY: dict[str, Callable[[], bytes]] = {
    "a letter": mail,
    "a signed letter": lambda: written(SIGNED),
    "a server's signature": lambda: SEAL + b"\n" + mail(),
    "a long address": lambda: written(LINK),
    "a ruled letter": lambda: written(b"\n".join([b"-" * 70, b"=" * 70, b"_" * 70] * 9)),
    "another language": lambda: mailboxes.mail(
        mailboxes.photo(FILED),
        mailboxes.Part(("Content-Type: text/plain; charset=koi8-r",), ("Здравствуйте, доктор. " * 40).encode("koi8-r")),
    ),
    "Japanese": lambda: mailboxes.mail(
        mailboxes.photo(FILED),
        mailboxes.Part(
            ("Content-Type: text/plain; charset=iso-2022-jp",), ("先生、お願いします。" * 30).encode("iso2022_jp")
        ),
    ),
    "wide letters": lambda: mail(
        mailboxes.Part(
            ("Content-Type: text/plain; charset=utf-16", "Content-Transfer-Encoding: base64"),
            mailboxes.encode(LETTER.encode("utf-16"), "base64"),
        )
    ),
    "a footer behind a photo": lambda: (
        SINGLE + b"\n_______\nThe list: https://example.org/lists, to leave it write there.\n"
    ),
    "an invitation": lambda: mail(
        mailboxes.Part(("Content-Type: text/calendar",), b"BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    ),
    "a contact card": lambda: mail(mailboxes.Part(("Content-Type: text/vcard",), b"BEGIN:VCARD\nFN:Pat\nEND:VCARD\n")),
    "an empty document": lambda: attached(b"", "letter.pdf", "application/pdf"),
    "a receipt": lambda: mail(mailboxes.Part(("Content-Type: message/delivery-status",), b"Reporting-MTA: dns; a\n")),
    "a letter of Apple Mail's": lambda: mailboxes.emlx(mail()),
    "a mailbox": lambda: mailboxes.mbox([mail(), mailboxes.mail(mailboxes.text(LETTER))]),
    "an archive": lambda: packed(
        ("box/", b""), ("box/box.eml", mail()), ("box/readme.txt", LETTER.encode()), comment=b"made by us"
    ),
    "an Outlook message": message,
    "an Outlook data file": lambda: datafiles.data_file([datafiles.Letter([datafiles.File(FILED)], html=b"<p>words")]),
    "a winmail.dat": lambda: outlook.tnef([("a.png", FILED)]),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_what_is_ordinary_is_not_on_the_list(tmp_path: Path, kind: str) -> None:
    """Else nobody would read the list, and no export would ever go unattended."""
    found = surveyed(tmp_path / "export", ORDINARY[kind]())
    assert found.inventory.filed
    assert [(part.part, part.reason, part.kind) for part in found.unsearched] == []
    assert not found.inventory.loses_photos


@pytest.mark.parametrize("name", sorted(path.name for path in FAULTS.glob("*.eml")) if FAULTS.is_dir() else [])
def test_nothing_that_was_once_destroyed_unseen_goes_unlisted(tmp_path: Path, name: str) -> None:
    """Mails in which photos, videos and documents were erased without a word: all of them are listed by now."""
    found = surveyed(tmp_path / name, (FAULTS / name).read_bytes())
    assert found.inventory.loses_photos


def test_gzip_is_known_or_opened(tmp_path: Path) -> None:
    """A compressed photo is a photo that is not filed, or a part that was not looked into."""
    found = surveyed(tmp_path / "export", attached(gzip.compress(HIDDEN), "a.jpg.gz"))
    assert found.unfiled or [part.kind for part in found.unsearched] == [FileKind.GZIP]
