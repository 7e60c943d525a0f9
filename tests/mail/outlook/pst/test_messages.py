"""Outlook data files: every photo is found, whatever the layout, and what hides one is reported."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pypff
import pytest

from imgfile.errors import SourceChanged, UnreadableMail
from imgfile.mail.detect import Container
from imgfile.mail.kinds import FileKind
from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Attachment, Header, Reason, Unsearched
from imgfile.mail.outlook import mapi
from imgfile.mail.outlook.pst import messages as pst
from imgfile.mail.outlook.pst import properties as pst_properties
from imgfile.mail.outlook.pst.blocks import Stored
from imgfile.mail.outlook.pst.cipher import CryptMethod
from imgfile.mail.pictures import picture_kind
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.removal.traces import choose_traces
from kit.mail import mailboxes as made
from kit.mail import outlook_data_files as datafiles
from kit.mail import outlook_messages as outlook
from kit.mail.outlook_data_files import File, Letter
from kit.mail.searching import photos_by_message, reasons_by_message, scan
from kit.tools import node_module, samples, tool

PHOTO = made.png(1, 20_000)
SMALL = made.png(2, 1500)
INNER = made.png(3, 9000)
LETTERS = [
    Letter([File(PHOTO), File(SMALL, "logo.png", content_id="logo@x"), File(b"%PDF-1.7", "a.pdf")], subject="rash"),
    Letter(subject="no photo"),
    Letter([File(b"hello"), Letter([Letter([File(INNER, "inner.png")], subject="innermost")])], subject="outer"),
]
CORPUS = {"enron.pst": 23, "pstextractortest@outlook.com.ost": 15, "pstextractortestpdf@outlook.com.ost": 11}


def digests(pictures: Sequence[bytes]) -> list[str]:
    """Return what distinguishes the pictures among some files."""
    return sorted(hashlib.sha256(one).hexdigest() for one in pictures if picture_kind(one[:512]))


def attached_by_libpff(path: Path) -> Iterator[bytes]:
    """Yield the attachments of every item, as libpff reads them; it opens no attached message."""
    file = pypff.file()
    file.open(str(path))
    waiting = [file.get_root_folder()]
    while waiting:
        item = waiting.pop()
        waiting += [item.get_sub_item(number) for number in range(item.number_of_sub_items)]
        for number in range(getattr(item, "number_of_attachments", 0)):
            attachment = item.get_attachment(number)
            if attachment.size:
                yield attachment.read_buffer(attachment.size)
    file.close()


def attached_by_readpst(path: Path, folder: Path) -> Iterator[bytes]:
    """Yield the parts of every message, as readpst writes them, those of attached messages too."""
    folder.mkdir()
    subprocess.run([tool("readpst"), "-q", "-e", "-j", "0", "-o", folder, path], check=True, capture_output=True)
    for mail in sorted(folder.rglob("*.eml")):
        yield from parts(mail.read_bytes())


def parts(mail: bytes) -> Iterator[bytes]:
    """Yield the decoded parts of a mail; a line of mbox stands before an attached one."""
    for part in message_from_bytes(mail, policy=policy.compat32).walk():
        body = part.get_payload(decode=True)
        if isinstance(body, bytes):
            yield body
            if body.startswith(b">From "):
                yield from parts(body.partition(b"\n")[2])


@pytest.mark.parametrize("method", CryptMethod)
@pytest.mark.parametrize("layout", datafiles.LAYOUTS)
def test_every_photo_is_found_in_every_layout_and_method(
    box: Path, tmp_path: Path, layout: str, method: CryptMethod
) -> None:
    """Also in messages attached to messages; libpff and readpst read the same photos in the same file."""
    found = scan(box, datafiles.data_file(LETTERS, layout=datafiles.LAYOUTS[layout], method=method))
    assert photos_by_message(found) == {"1/1": PHOTO, "1/2": SMALL, "3/2.1.1": INNER}
    assert reasons_by_message(found) == {"1/3": Reason.NOT_OPENED, "3/1": Reason.NO_PICTURE}
    with open_export(box) as export:
        assert (export.container, made.count_messages(export), export.is_read_only) == (Container.PST, 3, True)
    assert digests(list(attached_by_libpff(box))) == digests([PHOTO, SMALL])
    assert digests(list(attached_by_readpst(box, tmp_path / "out"))) == digests([PHOTO, SMALL, INNER])


@pytest.mark.parametrize("name", CORPUS)
def test_the_files_that_outlook_wrote_are_read_as_libpff_reads_them(name: str) -> None:
    """A data file of 2001's mail, and two offline files of Outlook 2016 with deflated blocks."""
    path = node_module("pst-extractor") / "example" / "testdata" / name
    with open_export(path) as export:
        everything = list(export.attachments())
        assert made.count_messages(export) > 60
    found = [one for one in everything if isinstance(one.place.wrappings[-1], Stored)]  # libpff opens no document
    assert len(found) == CORPUS[name]
    assert digests([one.decode() for one in found]) == digests(list(attached_by_libpff(path)))
    assert all(
        one.message.sent_at and "@" in one.message.sender for one in found if "meeting" not in one.message.subject
    )


def test_the_facts_of_a_message_and_of_a_photo(box: Path) -> None:
    """Who, when, what about; the name as it was given; the mark before a subject is no part of it."""
    (first, inline, document, text, _) = scan(box, datafiles.data_file(LETTERS))
    assert isinstance(document, Unsearched)
    assert (document.name, document.kind, document.size) == ("a.pdf", FileKind.PDF, 8)
    assert isinstance(text, Unsearched)
    assert (text.name, text.reason) == ("IMG_0001.png", Reason.NO_PICTURE)
    assert isinstance(first, Attachment)
    assert isinstance(inline, Attachment)
    message = first.message
    assert (message.sender, message.subject, message.message_id) == ("parent@example.org", "rash", "<1@example.org>")
    assert message.sent_at == datafiles.SENT
    assert (first.name, first.declared_type, first.is_inline) == ("IMG_0001.png", "image/png", False)
    assert (inline.content_id, inline.is_inline, first.place.header) == ("logo@x", True, Header.BINARY)
    assert first.size == len(PHOTO)


@pytest.mark.parametrize("address", ["", "/O=EXAMPLE/CN=RECIPIENTS/CN=PARENT", "IMCEANOTES-Parent@EXAMPLE.ORG"])
def test_the_header_helps_out_where_outlook_kept_no_address(box: Path, address: str) -> None:
    """Outlook keeps what its own server calls a sender; the header as it travelled has the address."""
    headers = "Received: by x\r\nFrom: A Parent <parent@example.org>\r\nMessage-ID: <2@example.org>\r\n"
    letter = Letter([File(PHOTO)], address=address, message_id="", headers=headers, sent=None)
    (found,) = scan(box, datafiles.data_file([letter]))
    message = found.message
    assert (message.sender, message.message_id, message.sent_at) == ("parent@example.org", "<2@example.org>", None)
    (found,) = scan(box, datafiles.data_file([replace(letter, headers="")]))
    assert (found.message.sender, found.message.message_id) == ("A Parent", "")


def test_a_password_is_no_hindrance(box: Path) -> None:
    """The file keeps its sum, for Outlook to compare; nothing is encrypted with it."""
    found = scan(box, datafiles.data_file(LETTERS, password=b"open sesame"))
    assert list(photos_by_message(found).values()) == [PHOTO, SMALL, INNER]
    assert digests(list(attached_by_libpff(box))) == digests([PHOTO, SMALL])


def test_a_real_file_with_a_password_is_read() -> None:
    """A distribution list, a contact and hours of work, none with a picture."""
    (path,) = [path for path in samples("mail") if path.name == "libpst--passworded.pst"]
    with open_export(path) as export:
        assert (made.count_messages(export), list(export.scan())) == (3, [])


def test_items_of_any_kind_and_hidden_ones_are_searched(box: Path) -> None:
    """A task, a contact, a form of somebody's own; what Outlook hides counts as no message, and comes last."""
    kinds = ["IPM.Task", "IPM.Contact", "IPM.Surgery.Form"]
    letters = [Letter([File(PHOTO)], is_hidden=True), *[Letter([File(SMALL)], kind=kind) for kind in kinds]]
    assert photos_by_message(scan(box, datafiles.data_file(letters))) == {
        "1/1": SMALL,
        "2/1": SMALL,
        "3/1": SMALL,
        "4/1": PHOTO,
    }
    with open_export(box) as export:
        assert made.count_messages(export) == 3


def test_mails_and_messages_attached_are_searched(box: Path) -> None:
    """A saved message, a winmail.dat, an archive, a mailbox, a signed mail as Outlook keeps it."""
    signed = b"Content-Type: multipart/signed; boundary=x\n\n--x\n" + made.photo(PHOTO).render() + b"\n--x--\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("rash.png", SMALL)
    files = [
        File(outlook.compound(outlook.message([outlook.attached(PHOTO, "a.png")])), "a.msg"),
        File(outlook.tnef([("a.png", PHOTO)]), "winmail.dat"),
        File(packed.getvalue(), "a.zip"),
        File(made.mbox([made.mail(made.text()), made.mail(made.photo(SMALL))]), "a.mbox"),
        File(signed, "smime.p7m", kind="multipart/signed"),
        File(datafiles.data_file(LETTERS), "archive.pst"),
    ]
    found = photos_by_message(scan(box, datafiles.data_file([Letter(files)])))
    assert list(found.values()) == [PHOTO, PHOTO, SMALL, SMALL, PHOTO, PHOTO, SMALL, INNER]
    assert list(found)[-3:] == ["1/6.1.1", "1/6.1.2", "1/6.3.2.1.1"]


def test_what_is_encrypted_or_signed_opaquely_is_reported(box: Path) -> None:
    """Outlook keeps such a message as one attachment; a signature beside a message hides nothing."""
    head = bytes.fromhex("3082ffff06092a864886f70d0107")
    files = [
        File(head + b"\x03", "smime.p7m", kind="application/pkcs7-mime"),
        File(head + b"\x02", "smime.p7m", kind="application/octet-stream"),
        File(head + b"\x02", "smime.p7s", kind="application/pkcs7-signature"),
    ]
    found = reasons_by_message(scan(box, datafiles.data_file([Letter(files)])))
    assert found == {"1/1": Reason.ENCRYPTED, "1/2": Reason.OPAQUE_SIGNED}


def test_pasted_objects_are_searched_for_pictures(box: Path) -> None:
    """A picture that is a stream of an object is found; one that was packed or made a bitmap is reported.

    A document is no object of the text: it is reported as a whole.
    """
    objects = [
        {"CONTENTS": PHOTO},
        {"CONTENTS": b"\x28\0\0\0" + bytes(900)},
        {"\x01Ole10Native": b"\1\0a.jpg\0" + made.jpeg()},
    ]
    files = [File(outlook.compound(tree), method=datafiles.OLE) for tree in objects]
    document = File(outlook.compound({"CONTENTS": SMALL}), "a.doc")
    found = scan(box, datafiles.data_file([Letter([*files, document])]))
    assert photos_by_message(found) == {"1/1.s1": PHOTO}
    assert reasons_by_message(found) == {
        "1/2.s1": Reason.RICH_TEXT,
        "1/3.s1": Reason.RICH_TEXT,
        "1/4": Reason.NOT_OPENED,
    }


def test_further_bytes_of_an_attachment_are_looked_at(box: Path) -> None:
    """As in a saved message: the picture that stands for a file is a picture."""
    file = File(b"%PDF", further={0x3709: (datafiles.BINARY, SMALL), 0x3702: (datafiles.BINARY, b"")})
    assert photos_by_message(scan(box, datafiles.data_file([Letter([file])]))) == {"1/1.s2": SMALL}


def test_pictures_within_texts_are_reported(box: Path) -> None:
    """Of the message itself, and of one attached to it."""
    html, rtf = (
        b'<img src="data:image/png;base64,iVBO">',
        b"\0" * 8 + b"MELA" + bytes(4) + b"{\\rtf1{\\pict\\jpegblip ffd8}}",
    )
    letters = [Letter([Letter(html=html, rtf=rtf)], html=html), Letter(html=b"<p>", rtf=rtf[:20])]
    found = reasons_by_message(scan(box, datafiles.data_file(letters)))
    assert found == {"1/html": Reason.DATA_URI, "1/1.html": Reason.DATA_URI, "1/1.rtf": Reason.RICH_TEXT}


def test_texts_and_lists_longer_than_are_looked_at_are_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is passed over in silence because it is long."""
    data = datafiles.data_file([Letter([File(PHOTO)], html=b"<p>" * 500, rtf=b"LZFu" * 500)])
    assert reasons_by_message(scan(box, data)) == {}
    with monkeypatch.context() as patched:
        patched.setattr(mapi, "MAX_BODY_TEXT_BYTES", 1500)
        assert reasons_by_message(scan(box, data)) == {"1/html": Reason.DATA_URI, "1/rtf": Reason.RICH_TEXT}
    with monkeypatch.context() as patched:
        patched.setattr(pst_properties, "MAX_SUBNODES", 2)
        patched.setattr(pst, "MAX_SUBNODES", 2)
        assert reasons_by_message(scan(box, data)) == {"1/1": Reason.TOO_MANY_PARTS}


def test_messages_within_each_other_without_end_are_cut_and_reported(box: Path) -> None:
    """Deeper than anybody forwards."""
    letter = Letter([File(PHOTO)])
    for _ in range(pst.MAX_DEPTH + 1):
        letter = Letter([letter])
    assert list(reasons_by_message(scan(box, datafiles.data_file([letter]))).values()) == [Reason.TOO_DEEP]


def test_a_data_file_in_an_archive_is_searched(tmp_path: Path) -> None:
    """Its messages are numbered on from those before."""
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.eml", made.mail(made.photo(PHOTO)))
        archive.writestr("outlook.pst", datafiles.data_file(LETTERS))
    with open_export(tmp_path / "export.zip") as export:
        assert photos_by_message(list(export.scan())) == {"1/1": PHOTO, "2/1": PHOTO, "2/2": SMALL, "4/2.1.1": INNER}
        assert made.count_messages(export) == 4


def test_a_photo_is_not_taken_out_and_the_way_on_is_named(box: Path) -> None:
    """Nothing is written into a data file."""
    (first, *_) = scan(box, datafiles.data_file(LETTERS))
    assert isinstance(first, Attachment)
    with open_export(box) as export:
        with pytest.raises(UnreadableMail, match="cannot be taken out") as refused:
            plan_removal(export, first, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
        assert choose_traces(export, first) is None
    assert "--destroy-export" in refused.value.hint


def test_a_photo_is_read_from_the_file_it_was_found_in(box: Path) -> None:
    """Whatever stands at the path afterwards."""
    (first, *_) = scan(box, datafiles.data_file(LETTERS))
    assert isinstance(first, Attachment)
    data = box.read_bytes()
    box.unlink()
    box.write_bytes(data + b"\0")
    with pytest.raises(SourceChanged):
        first.decode()


def test_memory_does_not_grow_with_the_file(box: Path) -> None:
    """Twelve megabytes of photos take no more than two to find."""
    photo = made.png(5, 300_000)
    box.write_bytes(datafiles.data_file([Letter([File(photo)])] * 40))
    tracemalloc.start()
    with open_export(box) as export:
        assert sum(1 for _ in export.attachments()) == 40
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 << 20


def test_progress_reaches_the_end(box: Path) -> None:
    """It is reported message by message."""
    box.write_bytes(datafiles.data_file(LETTERS))
    reported: list[tuple[int, int]] = []
    with open_export(box) as export:
        list(export.scan(lambda done, total: reported.append((done, total))))
    assert [done for done, _ in reported] == sorted(done for done, _ in reported)
    assert reported[-1] == (len(box.read_bytes()),) * 2
