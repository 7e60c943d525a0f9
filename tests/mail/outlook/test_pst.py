"""Outlook data files: every photo found, whatever the layout; nothing believed that a damaged or hostile one says."""

from __future__ import annotations

import hashlib
import io
import struct
import subprocess
import time
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pypff
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgfile.errors import SourceChanged, UnreadableMail
from imgfile.mail.detect import Container, recognise_container
from imgfile.mail.mailbox import container_of, open_export
from imgfile.mail.model import Attachment, Header, Hidden, Reason, Unsearched
from imgfile.mail.outlook import mapi
from imgfile.mail.outlook.pst import blocks as pst_blocks
from imgfile.mail.outlook.pst import messages as pst
from imgfile.mail.outlook.pst import properties as pst_properties
from imgfile.mail.outlook.pst.cipher import CryptMethod
from imgfile.mail.pictures import picture_kind
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.removal.residue import choose_pieces
from imgfile.mail.view import View
from kit.mail import mailboxes as made
from kit.mail import outlook_data_files as datafiles
from kit.mail import outlook_messages as outlook
from kit.mail.outlook_data_files import File, Letter, Writer
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
HOSTILE_SECONDS = 10


@pytest.fixture(name="box")
def box_path(tmp_path: Path) -> Path:
    """Return where a test writes its data file."""
    return tmp_path / "outlook.pst"


def scan(path: Path, data: bytes) -> list[Attachment | Unsearched]:
    """Write a data file and scan it."""
    path.write_bytes(data)
    with open_export(path) as export:
        return list(export.scan())


def photos(found: Sequence[Attachment | Unsearched]) -> dict[str, bytes]:
    """Return the photos, by message and part."""
    return {f"{one.message.number}/{one.part}": one.decode() for one in found if isinstance(one, Attachment)}


def reasons(found: Sequence[Attachment | Unsearched]) -> dict[str, Reason]:
    """Return what was not searched, by message and part."""
    return {f"{one.message.number}/{one.part}": one.reason for one in found if isinstance(one, Unsearched)}


def digests(pictures: Sequence[bytes]) -> list[str]:
    """Return what tells the pictures among some files apart."""
    return sorted(hashlib.sha256(one).hexdigest() for one in pictures if picture_kind(one[:512]))


# --- foreign readers ---


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
    assert photos(found) == {"1/1": PHOTO, "1/2": SMALL, "3/2.1.1": INNER}
    assert reasons(found) == {}
    with open_export(box) as export:
        assert (export.container, made.count_messages(export), export.is_read_only) == (Container.PST, 3, True)
    assert digests(list(attached_by_libpff(box))) == digests([PHOTO, SMALL])
    assert digests(list(attached_by_readpst(box, tmp_path / "out"))) == digests([PHOTO, SMALL, INNER])


@pytest.mark.parametrize("name", CORPUS)
def test_the_files_that_outlook_wrote_are_read_as_libpff_reads_them(name: str) -> None:
    """A data file of 2001's mail, and two offline files of Outlook 2016 with deflated blocks."""
    path = node_module("pst-extractor") / "example" / "testdata" / name
    with open_export(path) as export:
        found = list(export.attachments())
        assert made.count_messages(export) > 60
    assert len(found) == CORPUS[name]
    assert digests([one.decode() for one in found]) == digests(list(attached_by_libpff(path)))
    assert all(
        one.message.sent_at and "@" in one.message.sender for one in found if "meeting" not in one.message.subject
    )


@pytest.mark.parametrize("layout", datafiles.LAYOUTS)
def test_long_lists_are_followed(box: Path, layout: str) -> None:
    """A photo in 1,600 blocks, forty attachments, a heap of several blocks, properties by the hundred, 900 messages."""
    large = made.png(4, 80_000)
    further = {0x6000 + code: datafiles.integer(code) for code in range(700)}
    further |= {0x5000 + code: (datafiles.TEXT, bytes([65 + code % 26]) * 900) for code in range(40)}
    many = [File(made.png(100 + number, 300), f"{number}.png") for number in range(40)]
    letters = [Letter([File(large, further=further)]), Letter(many), *[Letter(headers="x" * 20)] * 900]
    shape = datafiles.LAYOUTS[layout]
    found = scan(box, datafiles.data_file(letters, layout=shape, leaf_bytes=50 if shape.is_wide else 80))
    assert photos(found) == {"1/1": large, **{f"2/{at}": one.data for at, one in enumerate(many, 1)}}
    with open_export(box) as export:
        assert made.count_messages(export) == 902


def test_what_is_told_of_a_message_and_of_a_photo(box: Path) -> None:
    """Who, when, what about; the name as it was given; the mark before a subject is no part of it."""
    (first, inline, _) = scan(box, datafiles.data_file(LETTERS))
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
    assert list(photos(found).values()) == [PHOTO, SMALL, INNER]
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
    assert photos(scan(box, datafiles.data_file(letters))) == {"1/1": SMALL, "2/1": SMALL, "3/1": SMALL, "4/1": PHOTO}
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
    found = photos(scan(box, datafiles.data_file([Letter(files)])))
    assert list(found.values()) == [PHOTO, PHOTO, SMALL, SMALL, PHOTO, PHOTO, SMALL, INNER]
    assert list(found)[-3:] == ["1/6.1.1", "1/6.1.2", "1/6.3.2.1.1"]


def test_what_is_encrypted_or_signed_opaquely_is_told(box: Path) -> None:
    """Outlook keeps such a message as one attachment; a signature beside a message hides nothing."""
    head = bytes.fromhex("3082ffff06092a864886f70d0107")
    files = [
        File(head + b"\x03", "smime.p7m", kind="application/pkcs7-mime"),
        File(head + b"\x02", "smime.p7m", kind="application/octet-stream"),
        File(head + b"\x02", "smime.p7s", kind="application/pkcs7-signature"),
    ]
    found = reasons(scan(box, datafiles.data_file([Letter(files)])))
    assert found == {"1/1": Reason.ENCRYPTED, "1/2": Reason.OPAQUE_SIGNED}


def test_pasted_objects_are_searched_for_pictures(box: Path) -> None:
    """A picture that is a stream of an object is found; one that was packed or made a bitmap is told."""
    objects = [
        {"CONTENTS": PHOTO},
        {"CONTENTS": b"\x28\0\0\0" + bytes(900)},
        {"\x01Ole10Native": b"\1\0a.jpg\0" + made.jpeg()},
    ]
    files = [File(outlook.compound(tree), method=datafiles.OLE) for tree in objects]
    document = File(outlook.compound({"CONTENTS": SMALL}), "a.doc")
    found = scan(box, datafiles.data_file([Letter([*files, document])]))
    assert photos(found) == {"1/1.s1": PHOTO}
    assert reasons(found) == {"1/2.s1": Reason.RICH_TEXT, "1/3.s1": Reason.RICH_TEXT}


def test_further_bytes_of_an_attachment_are_looked_at(box: Path) -> None:
    """As in a saved message: the picture that stands for a file is a picture."""
    file = File(b"%PDF", further={0x3709: (datafiles.BINARY, SMALL), 0x3702: (datafiles.BINARY, b"")})
    assert photos(scan(box, datafiles.data_file([Letter([file])]))) == {"1/1.s2": SMALL}


def test_pictures_within_texts_are_told(box: Path) -> None:
    """Of the message itself, and of one attached to it."""
    html, rtf = (
        b'<img src="data:image/png;base64,iVBO">',
        b"\0" * 8 + b"MELA" + bytes(4) + b"{\\rtf1{\\pict\\jpegblip ffd8}}",
    )
    letters = [Letter([Letter(html=html, rtf=rtf)], html=html), Letter(html=b"<p>", rtf=rtf[:20])]
    found = reasons(scan(box, datafiles.data_file(letters)))
    assert found == {"1/html": Reason.DATA_URI, "1/1.html": Reason.DATA_URI, "1/1.rtf": Reason.RICH_TEXT}


def test_texts_and_lists_longer_than_are_looked_at_are_told(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is passed over in silence because it is long."""
    data = datafiles.data_file([Letter([File(PHOTO)], html=b"<p>" * 500, rtf=b"LZFu" * 500)])
    assert reasons(scan(box, data)) == {}
    with monkeypatch.context() as patched:
        patched.setattr(mapi, "MAX_BODY_TEXT_BYTES", 1500)
        assert reasons(scan(box, data)) == {"1/html": Reason.DATA_URI, "1/rtf": Reason.RICH_TEXT}
    with monkeypatch.context() as patched:
        patched.setattr(pst_properties, "MAX_SUBNODES", 2)
        patched.setattr(pst, "MAX_SUBNODES", 2)
        assert reasons(scan(box, data)) == {"1/1": Reason.TOO_MANY_PARTS}


def test_messages_within_each_other_without_end_are_cut_and_told(box: Path) -> None:
    """Deeper than anybody forwards."""
    letter = Letter([File(PHOTO)])
    for _ in range(pst.MAX_DEPTH + 1):
        letter = Letter([letter])
    assert list(reasons(scan(box, datafiles.data_file([letter]))).values()) == [Reason.TOO_DEEP]


# --- where it lies ---


def test_a_data_file_in_an_archive_is_searched(tmp_path: Path) -> None:
    """Its messages are numbered on from those before."""
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.eml", made.mail(made.photo(PHOTO)))
        archive.writestr("outlook.pst", datafiles.data_file(LETTERS))
    with open_export(tmp_path / "export.zip") as export:
        assert photos(list(export.scan())) == {"1/1": PHOTO, "2/1": PHOTO, "2/2": SMALL, "4/2.1.1": INNER}
        assert made.count_messages(export) == 4


def test_a_photo_is_not_taken_out_and_the_way_on_is_named(box: Path) -> None:
    """Nothing is written into a data file."""
    (first, *_) = scan(box, datafiles.data_file(LETTERS))
    assert isinstance(first, Attachment)
    with open_export(box) as export:
        with pytest.raises(UnreadableMail, match="cannot be taken out") as refused:
            plan_removal(export, first, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
        assert choose_pieces(export, first) == ()
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
    """It is told message by message."""
    box.write_bytes(datafiles.data_file(LETTERS))
    told: list[tuple[int, int]] = []
    with open_export(box) as export:
        list(export.scan(lambda done, total: told.append((done, total))))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (len(box.read_bytes()),) * 2


# --- what is damaged, or hostile ---


def test_a_data_file_is_known_by_its_bytes(box: Path) -> None:
    """Whatever its name; a version that is not known, or an encryption by the account, is told as such."""
    data = datafiles.data_file(LETTERS)
    assert recognise_container(data[:16]) is Container.PST
    for place, value in ((10, 99), (10, 1), (513, 16)):
        box.write_bytes(data[:place] + bytes([value]) + data[place + 1 :])
        assert container_of(box) is Container.PST
        with pytest.raises(UnreadableMail, match="not know, or encrypted"), open_export(box) as export:
            made.count_messages(export)


@pytest.mark.parametrize("layout", datafiles.LAYOUTS)
def test_a_file_that_is_cut_off_is_told(box: Path, layout: str) -> None:
    """It is refused where it does not say which messages there are, else each is told as broken."""
    data = datafiles.data_file(LETTERS, layout=datafiles.LAYOUTS[layout])
    assert set(reasons(scan(box, data[:-40])).values()) == {Reason.BROKEN}
    for length in (4, 100, 400, 600, 0x4800):
        box.write_bytes(data[:length])
        with pytest.raises(UnreadableMail), open_export(box) as export:
            made.count_messages(export)


def test_damage_to_one_photo_or_message_leaves_the_others(box: Path) -> None:
    """A block whose sum is wrong is told as broken, or refused when it is read."""
    data = datafiles.data_file([Letter([File(SMALL)]), Letter([File(PHOTO)])], method=CryptMethod.NONE)
    at = data.index(SMALL[:64])
    found = scan(box, data[: at + 90] + b"\xff\xff" + data[at + 92 :])
    assert (photos(found), reasons(found)) == ({"2/1": PHOTO}, {"1/1": Reason.BROKEN})
    at = data.index(PHOTO[9000:9064])
    (small, photo) = scan(box, data[:at] + b"\xff\xff" + data[at + 2 :])
    assert isinstance(small, Attachment)
    assert isinstance(photo, Attachment)
    assert small.decode() == SMALL
    with pytest.raises(UnreadableMail, match="damaged"):
        photo.decode()
    at = data.index("Dear doctor".encode("utf-16-le"))
    found = scan(box, data[:at] + b"\xff\xff" + data[at + 2 :])
    assert (photos(found), reasons(found)) == ({"2/1": PHOTO}, {"1/1": Reason.BROKEN})
    assert [one.message.subject for one in found] == ["", "rash pic"]


BASES = [
    datafiles.data_file(
        [*LETTERS, Letter([File(outlook.compound({"CONTENTS": SMALL}), method=datafiles.OLE)])],
        layout=layout,
        method=method,
        leaf_bytes=3000,
    )
    for layout, method in zip(datafiles.LAYOUTS.values(), CryptMethod, strict=True)
]


@pytest.mark.slow
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from(BASES),
    changes=st.lists(
        st.tuples(st.integers(0), st.sampled_from([b"\0", b"\1", b"\xff", b"\xff" * 4, b"\2\0\0\0"])), max_size=12
    ),
    is_sum_kept=st.booleans(),
)
def test_no_change_to_a_data_file_makes_the_reader_fail(
    monkeypatch: pytest.MonkeyPatch, base: bytes, changes: list[tuple[int, bytes]], *, is_sum_kept: bool
) -> None:
    """It finds what it can, or says that it cannot; also where somebody put the sums right."""
    data = bytearray(base)
    for at, new in changes:
        start = at % (len(data) - 4)
        data[start : start + len(new)] = new
    with monkeypatch.context() as patched:
        if is_sum_kept:
            patched.setattr(pst_blocks, "_is_sound", lambda *_: True)
        began = time.monotonic()
        try:
            for message in pst.find_messages(View(bytes(data))):
                message.read_message(1)
                for one in message.find_enclosed():
                    if not isinstance(one, Hidden):
                        one.wrapping.open(View(bytes(data)))
        except UnreadableMail:
            pass
        assert time.monotonic() - began < HOSTILE_SECONDS


def broken(writer: Writer) -> Iterator[tuple[int, int]]:
    """Write messages, each of which is wrong in one way."""
    words = [writer.block(b"hello")]
    root = 1 << 5
    for no_heap in (b"", b"\x0c\0", struct.pack("<HBBII", 60_000, 0xEC, 0xBC, root, 0)):  # no heap, no map
        yield writer.data(no_heap), 0
    for span in ((12, 9000), (20, 12)):
        yield writer.block(struct.pack("<HBBII4H", 12, 0xEC, 0xBC, root, 0, 1, 0, *span)), 0
    heaps: list[tuple[int, bytes, int]] = [
        (0x7C, b"", root),
        (0xBC, b"\xb4" + bytes(7), root),
        (0xBC, b"", 80 << 5),
        (0xBC, b"", 9 << 16 | root),
        (0xBC, struct.pack("<BBBBI", 0xB5, 2, 6, 4, 3 << 5), root),  # whose branches are all one
        (0xBC, struct.pack("<BBBBI", 0xB5, 2, 6, 0, 2 << 5), root),  # whose one text stands in no subnode
    ]
    for kind, item, where in heaps:
        heap = datafiles.Heap(writer)
        heap.item(item)
        heap.item(struct.pack("<HHI", 0x1013, datafiles.BINARY, 0x999 << 5 | datafiles.VALUE))
        for following in (4, 5, 6, 7):
            heap.item(struct.pack("<HI", 1, following << 5) * 200)
        heap.item(b"")
        yield heap.written(kind, where), 0
    yield 0, 0  # blocks that are not there
    yield 0x7FFC, 0
    yield writer.block(b"abc", is_internal=True), 0
    yield writer.list_block(0, words, 5), 0
    yield writer.block(struct.pack("<BBHI", 1, 1, 9000, 5), is_internal=True), 0
    whole = writer.letter(LETTERS[1])[0]
    yield whole, writer.list_block(1, words, 5)
    yield whole, writer.block(struct.pack("<BBHI", 2, 0, 900, 0), is_internal=True)
    values = {0x3701: (datafiles.OBJECT, bytes(8)), 0x3705: datafiles.integer(datafiles.EMBEDDED)}
    yield whole, writer.subnodes([(5 << 5 | datafiles.ATTACHMENT, *writer.properties(values))])


def test_whatever_is_wrong_in_a_message_is_told_and_the_next_one_read(box: Path) -> None:
    """Each list, tree and heap wrong in each way that it can be."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    wrong = list(broken(writer))
    for number, written in enumerate([*wrong, writer.letter(LETTERS[0])], 0x10000):
        writer.node(number << 5 | datafiles.MESSAGE, written, 0)
    found = scan(box, writer.finished())
    assert photos(found) == {f"{len(wrong) + 1}/1": PHOTO, f"{len(wrong) + 1}/2": SMALL}
    assert list(reasons(found)) == [f"{number}/1" for number in range(1, len(wrong) + 1)]
    assert set(reasons(found).values()) == {Reason.BROKEN}


def test_a_block_that_cannot_be_inflated_is_told(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where somebody put its sum right."""
    data = datafiles.data_file([Letter([File(SMALL)])], layout=datafiles.LARGE)
    monkeypatch.setattr(pst_blocks, "_is_sound", lambda *_: True)
    found = scan(box, data[:0x4800] + data[0x4800:].replace(b"\x78\x9c", b"\x78\xff"))
    assert reasons(found) == {"1/1": Reason.BROKEN}


def test_a_photo_whose_list_claims_more_than_it_names_is_refused(box: Path) -> None:
    """It is found by its first bytes, and not all of it is there."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    claimed = writer.list_block(1, [writer.block(PHOTO[:8000]), writer.block(PHOTO[8000:16_000])], len(PHOTO))
    number = 9 << 5 | datafiles.VALUE
    heap = datafiles.Heap(writer)
    attachment = heap.written(0xBC, heap.tree(2, 6, struct.pack("<HHI", 0x3701, datafiles.BINARY, number)))
    inner = (5 << 5 | datafiles.ATTACHMENT, attachment, writer.subnodes([(number, claimed, 0)]))
    writer.node(0x10000 << 5 | datafiles.MESSAGE, (writer.letter(LETTERS[1])[0], writer.subnodes([inner])), 0)
    (found,) = scan(box, writer.finished())
    assert isinstance(found, Attachment)
    with pytest.raises(UnreadableMail, match="damaged"):
        found.decode()


def test_a_tree_that_is_no_tree_is_refused(box: Path) -> None:
    """Deeper than any, a page of the other tree, entries that no page has room for."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    writer.node(0x10000 << 5 | datafiles.MESSAGE, writer.letter(LETTERS[0]), 0)
    data = writer.finished()
    row = [bytes(32)]
    for kind, level, length in ((0x81, 8, 24), (0x80, 0, 24), (0x81, 0, 8), (0x81, 0, 250)):
        writer.image[:] = data
        place = writer.page(kind, level, row, length, 15)
        writer.image[place + 488] = 9
        box.write_bytes(writer.image[:224] + place.to_bytes(8, "little") + writer.image[232:])
        with pytest.raises(UnreadableMail, match="damaged"), open_export(box) as export:
            made.count_messages(export)


def test_trees_that_name_one_page_again_and_again_cost_little(box: Path) -> None:
    """Seven levels of twenty branches each: a thousand million nodes in nine pages."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    number = writer.letter(LETTERS[0])
    writer.node(0x10000 << 5 | datafiles.MESSAGE, number, 0)
    writer.finished()
    leaf = [b"".join(part.to_bytes(8, "little") for part in (4, *number, 0))] * 15
    place = writer.page(0x81, 0, leaf, 32, 15)
    for level in range(1, 8):
        branch = b"".join(part.to_bytes(8, "little") for part in (4, 4, place))
        place = writer.page(0x81, level, [branch] * 20, 24, 20)
    writer.image[224:232] = place.to_bytes(8, "little")
    box.write_bytes(writer.image)
    began = time.monotonic()
    with pytest.raises(UnreadableMail, match="damaged"), open_export(box) as export:
        made.count_messages(export)
    assert time.monotonic() - began < HOSTILE_SECONDS


def test_lists_that_name_each_other_cost_little(box: Path) -> None:
    """A list of blocks, and one of subnodes, whose entries are all one."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    leaf = writer.block(PHOTO[:8000])
    inner = writer.list_block(1, [leaf] * 1000, 8_000_000)
    data = writer.list_block(2, [inner] * 1000, 0xFFFFFFFF)
    nodes = writer.subnode_list(0, [b"".join(part.to_bytes(8, "little") for part in (5, data, 0))] * 300)
    for level in range(1, 8):
        branch = [b"".join(part.to_bytes(8, "little") for part in (5, nodes))] * 400
        nodes = writer.subnode_list(level, branch)
    writer.node(0x10000 << 5 | datafiles.MESSAGE, (writer.letter(LETTERS[1])[0], nodes), 0)
    writer.node(0x10001 << 5 | datafiles.MESSAGE, (data, 0), 0)
    began = time.monotonic()
    found = scan(box, writer.finished())
    assert set(reasons(found).values()) == {Reason.BROKEN}
    assert time.monotonic() - began < HOSTILE_SECONDS


def test_a_photo_that_claims_more_than_any_photo_has_is_refused() -> None:
    """Before a byte of it is read."""
    writer = Writer(datafiles.UNICODE, CryptMethod.NONE)
    leaf = writer.block(PHOTO[:8000])
    claimed = writer.list_block(2, [writer.list_block(1, [leaf] * 1000, 8_000_000)] * 100, 800_000_000)
    stored = pst_blocks.Stored(claimed, 0, 800_000_000)
    with pytest.raises(UnreadableMail, match="too large"):
        stored.open(View(writer.finished()))
