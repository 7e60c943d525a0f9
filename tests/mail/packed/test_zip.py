"""Zip archives of mailboxes are read, member by member, and never changed."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.errors import UnreadableMail
from imgfile.mail import budget, search
from imgfile.mail.detect import Container
from imgfile.mail.mailbox import container_of, open_export
from imgfile.mail.model import Attachment, Reason, Unsearched
from imgfile.mail.packed import zip as archive
from imgfile.mail.removal.plan import plan_removal
from imgfile.mail.removal.traces import choose_traces
from imgfile.mail.view import View
from kit.fast import many
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.patience import granted

PHOTO = made.png(1, 6000)
MAIL = made.mail(made.text(), made.photo(PHOTO))
DIRECTORY_ENTRY = b"PK\x01\x02"


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make an archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as file:
        for name, data in members:
            file.writestr(name, data)
    return target.getvalue()


@pytest.fixture(name="box")
def box_path(tmp_path: Path) -> Path:
    """Return where a test writes its archive."""
    return tmp_path / "export.zip"


def scan(path: Path, data: bytes) -> list[Attachment | Unsearched]:
    """Write an archive and scan it."""
    path.write_bytes(data)
    with open_export(path) as export:
        return list(export.scan())


def reasons(path: Path, data: bytes) -> list[tuple[str, Reason]]:
    """Return what was not searched."""
    return [(found.part, found.reason) for found in scan(path, data) if isinstance(found, Unsearched)]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_every_mailbox_of_an_archive_is_searched_and_its_messages_numbered_through(box: Path, method: int) -> None:
    """Mails, an mbox, Outlook's own files; photos that lie beside them belong to no message."""
    members = (
        ("a/", b""),
        ("a/letter.txt", b"Dear doctor"),
        ("a/one.eml", MAIL),
        ("Takeout/All mail.mbox", made.mbox([made.mail(made.text()), MAIL])),
        ("two.emlx", made.emlx(MAIL)),
        ("three.msg", outlook.compound(outlook.message([outlook.attached(PHOTO, "a.png")]))),
        ("winmail.dat", outlook.tnef([("a.png", PHOTO)])),
        ("letter.doc", outlook.compound({"WordDocument": PHOTO})),
        ("photo.png", PHOTO),
        ("inner.zip", packed(("photo.png", PHOTO))),
    )
    found = [found for found in scan(box, packed(*members, method=method)) if isinstance(found, Attachment)]
    assert [(one.message.number, one.part) for one in found] == [
        *((1, "2"), (3, "2"), (4, "2"), (5, "1"), (6, "1"), (0, "9"), (0, "10.1")),
    ]
    assert {one.decode() for one in found} == {PHOTO}
    assert found[3].message.sender == "parent@example.org"
    with open_export(box) as export:
        assert export.container is Container.ZIP
        assert made.count_messages(export) == 6


def test_nothing_is_taken_out_of_an_archive(box: Path) -> None:
    """It is refused before anything is touched, and says what to do."""
    box.write_bytes(packed(("one.eml", MAIL)))
    with open_export(box) as export:
        attachment = next(export.attachments())
        assert export.is_read_only
        assert choose_traces(export, attachment) is None
        with pytest.raises(UnreadableMail, match="zip archive") as caught:
            plan_removal(export, attachment, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
    assert "Unpack" in caught.value.hint


@pytest.mark.parametrize("name", ["[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"])
def test_an_office_document_is_no_archive_of_mail(box: Path, name: str) -> None:
    """By itself it is no mailbox; attached, the pictures in it are found, and stay in it."""
    document = packed((name, b"x"), ("word/media/image1.png", PHOTO))
    box.write_bytes(document)
    assert container_of(box) is None
    (found,) = scan(box, made.mail(made.photo(document, kind="application/msword", name="letter.docx")))
    assert isinstance(found, Attachment)
    assert (found.part, found.name, found.decode()) == ("1.2", "word/media/image1.png", PHOTO)
    with open_export(box) as export, pytest.raises(UnreadableMail, match="Office document"):
        plan_removal(export, found, reference=made.REFERENCE, removed_on=made.REMOVED_ON)


def test_photos_in_an_archive_in_a_mail_are_found(box: Path) -> None:
    """They can be filed; the message is then to be deleted by hand."""
    data = made.mail(made.text(), made.photo(packed(("a.png", PHOTO), ("b.eml", MAIL)), kind="application/zip"))
    found = [found for found in scan(box, data) if isinstance(found, Attachment)]
    assert [(one.part, one.decode()) for one in found] == [("2.1", PHOTO), ("2.2.2", PHOTO)]


def test_what_is_not_unpacked_is_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encrypted, packed in another way, too large by itself or altogether; in an archive and in one attached."""
    data = bytearray(packed(("one.eml", MAIL), ("two.eml", MAIL)))
    data[data.index(DIRECTORY_ENTRY) + 8] |= 1
    assert reasons(box, bytes(data)) == [("1", Reason.ENCRYPTED)]
    assert reasons(box, made.mail(made.text(), made.photo(bytes(data), kind="application/zip"))) == [
        ("2.1", Reason.ENCRYPTED)
    ]
    assert reasons(box, packed(("one.eml", MAIL), method=zipfile.ZIP_LZMA)) == [("1", Reason.UNKNOWN_ENCODING)]
    whole = packed(("one.eml", MAIL), ("two.eml", MAIL), ("three.eml", MAIL))
    monkeypatch.setattr(budget, "LEAST_BYTES", len(MAIL))
    monkeypatch.setattr(budget, "BYTES_FOR_EACH", 0)
    assert reasons(box, whole) == [("2", Reason.TOO_MUCH), ("2+", Reason.TOO_MUCH)]
    monkeypatch.setattr(budget, "LEAST_BYTES", 1 << 20)
    monkeypatch.setattr(search, "MAX_WRAPPED_BYTES", 1000)
    assert reasons(box, packed(("one.eml", MAIL))) == [("1", Reason.TOO_LARGE)]


def test_members_beyond_the_most_are_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that may hold more photos is never taken for one that was searched to its end."""
    monkeypatch.setattr(budget, "LEAST_MEMBERS", 2)
    monkeypatch.setattr(budget, "BYTES_OF_A_MEMBER", 1 << 20)
    whole = packed(*((f"{number}.png", PHOTO) for number in range(4)))
    assert [(found.part, isinstance(found, Unsearched)) for found in scan(box, whole)] == [
        *(("1", False), ("2", False), ("2+", True)),
    ]
    assert reasons(box, whole) == [("2+", Reason.TOO_MUCH)]


@pytest.mark.parametrize("counted", [0, 0xFFFF])
def test_the_directory_is_read_to_its_end_whatever_its_short_count(box: Path, counted: int) -> None:
    """Of 65,536 members programs without ZIP64 count none, or the most that there is room for."""
    whole = packed(("a.png", PHOTO))
    entry, end = whole.index(DIRECTORY_ENTRY), whole.index(b"PK\x05\x06")
    lines, tail = whole[entry:end] * 65_536, bytearray(whole[end:])
    struct.pack_into("<HHI", tail, 8, counted, counted, len(lines))
    assert len(scan(box, whole[:entry] + lines + tail)) == 65_536


def test_a_broken_archive_is_reported(box: Path) -> None:
    """Cut off, larger than its directory can say, a member without header, bytes that are not packed ones."""
    whole = packed(("one.eml", MAIL))
    with pytest.raises(UnreadableMail, match="cut off"):
        scan(box, whole[:-30])
    end = whole.index(b"PK\x05\x06")
    with pytest.raises(UnreadableMail, match="damaged"):
        scan(box, whole[: end + 16] + b"\xff\xff\xff\xff" + whole[end + 20 :])
    with pytest.raises(UnreadableMail, match="damaged"):
        scan(box, whole[: end + 10] + b"\2\0" + whole[end + 12 :])
    entry = whole.index(DIRECTORY_ENTRY)
    with pytest.raises(UnreadableMail, match="damaged"):
        scan(box, whole[: entry + 42] + b"\xff\xff\xff\x7f" + whole[entry + 46 :])
    with pytest.raises(UnreadableMail, match="damaged"):
        scan(box, whole[:45] + b"\xff" * 40 + whole[85:])
    broken_later = bytearray(packed(("one.eml", MAIL + made.jpeg(1, 9000))))
    broken_later[6000:6400] = b"\xff" * 400
    assert reasons(box, bytes(broken_later)) == [("1", Reason.BROKEN)]


def test_a_member_that_unpacks_to_more_than_it_says_is_cut(box: Path) -> None:
    """A thousandfold in deflate: memory stays where it is, and that it was not read is reported."""
    data = bytearray(packed(("bomb.eml", b"From: a@example.org\n\n" + bytes(200 << 20))))
    entry = data.index(DIRECTORY_ENTRY)
    struct.pack_into("<I", data, entry + 24, 1000)
    tracemalloc.start()
    began = time.process_time()
    assert [found.reason for found in scan(box, bytes(data)) if isinstance(found, Unsearched)] == [Reason.BROKEN]
    assert time.process_time() - began < granted(10)
    assert tracemalloc.get_traced_memory()[1] < 200 << 20
    tracemalloc.stop()


@pytest.mark.slow
@settings(max_examples=many(200), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 255)), max_size=8), st.integers(0, 1200))
def test_no_change_to_an_archive_makes_the_reader_fail(changes: list[tuple[int, int]], length: int) -> None:
    """Some members, or `UnreadableMail`."""
    data = bytearray(packed(("one.eml", made.mail(made.photo(made.gif()))), ("two.eml", b"From: x\n\n"))[:length])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    try:
        assert len(list(archive.find_enclosed(View(bytes(data))))) <= len(data)
    except UnreadableMail:
        return
