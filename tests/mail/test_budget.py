"""A file that unpacks to far more than it has ends within seconds, and says what was not looked into."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imgfile.errors import UnreadableMail
from imgfile.mail import budget
from imgfile.mail.budget import Budget
from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Attachment, Reason, Unsearched
from kit.mail import mailboxes as made
from kit.mail.searching import scan_damaged
from kit.patience import granted

SECONDS = 20
"""Far more than any of these takes on a quiet machine."""
MEBIBYTES = 24
"""Of nothing, packed to a thousandth."""
PHOTO = made.jpeg(1, 9000)


@pytest.fixture(autouse=True)
def _small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the same bombs be a tenth of their size."""
    monkeypatch.setattr(budget, "LEAST_BYTES", 64 << 20)
    monkeypatch.setattr(budget, "LEAST_MEMBERS", 20_000)


def zipped(*members: tuple[str, bytes]) -> bytes:
    """Make a zip archive."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return whole.getvalue()


def repeated(member: bytes, times: int, *, name: str = "a.eml", stated: int | None = None) -> bytes:
    """Make an archive whose directory lists one member again and again, with a length of its own choice."""
    data = zipped((name, member))
    entry, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    line, tail = bytearray(data[entry:end]), bytearray(data[end:])
    if stated is not None:
        struct.pack_into("<I", line, 24, stated)
    struct.pack_into("<HHI", tail, 8, times, times, len(line) * times)
    return data[:entry] + bytes(line) * times + bytes(tail)


def nested(levels: int, copies: int) -> bytes:
    """Make archives in archives."""
    data = zipped(("a.eml", MAIL))
    for _ in range(levels):
        data = zipped(*((f"{number}.zip", data) for number in range(copies)))
    return data


def tarred(members: list[bytes]) -> bytes:
    """Make a tar archive."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for number, data in enumerate(members):
            info = tarfile.TarInfo(f"{number}.gz")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return whole.getvalue()


def rich_text(length: int) -> bytes:
    """Make a winmail.dat whose text refers back to itself (LZFu, [MS-OXRTFCP])."""
    body = (b"\x01" + struct.pack(">H", 16 << 4 | 15) + b"abcdefg") * (length // 24)
    packed = struct.pack("<II4sI", len(body), 1 << 30, b"LZFu", 0) + body
    properties = struct.pack("<IHHII", 1, 0x0102, 0x1009, 1, len(packed)) + packed
    return b"\x78\x9f\x3e\x22\0\0" + struct.pack("<BII", 1, 0x00069003, len(properties)) + properties + b"\0\0"


def document(times: int) -> bytes:
    """Make a PDF of packed pictures."""
    picture = zlib.compress(b"\xff\xd8\xff\xe0" + bytes(MEBIBYTES << 20), 9)
    said = b"1 0 obj<</Subtype/Image/Filter[/FlateDecode/DCTDecode]>>\nstream\n"
    return b"%PDF-1.4\n" + (said + picture + b"\nendstream endobj\n") * times


MAIL = b"From: a@example.org\n\n" + bytes(MEBIBYTES << 20)
TINY = made.mbox([b"From: a@example.org\n\nx\n"])
BOMBS: dict[str, Callable[[], bytes]] = {
    "archives in archives": lambda: nested(5, 12),
    "sizes that are not so": lambda: repeated(MAIL, 20_000, stated=1000),
    "one member listed again and again": lambda: repeated(MAIL, 20_000),
    "a text listed again and again": lambda: repeated(b"words and more words\n" * 200_000, 20_000, name="a.txt"),
    "mailboxes of tiny messages": lambda: zipped(*((f"{number}.mbox", TINY * 100_000) for number in range(9))),
    "messages of tiny parts": lambda: zipped(
        *((f"{n}.eml", made.mail(made.text()) + b"--x\nContent-Type: a/b\n\nc\n" * 19_000) for n in range(30))
    ),
    "folders and nothing else": lambda: zipped(("a.zip", repeated(b"", 60_000, name="a/"))),
    "gzip in tar in gzip": lambda: gzip.compress(tarred([gzip.compress(bytes(MEBIBYTES << 20))] * 90)),
    "tar headers": lambda: zipped(("a.tar", tarfile.TarInfo("a").tobuf(tarfile.USTAR_FORMAT) * 60_000)),
    "a document of packed pictures": lambda: zipped(("a.pdf", document(40))),
    "rich text": lambda: zipped(*((f"{number}.dat", rich_text(9 << 20)) for number in range(9))),
    "an office document": lambda: zipped(("[Content_Types].xml", b"x"), ("a.zip", nested(3, 12))),
}


def around(bomb: bytes) -> Iterator[bytes]:
    """Yield a bomb by itself and attached to a mail in front of another one, whose photo is found all the same."""
    yield bomb
    attached = made.mail(made.text(), made.photo(bomb, kind="application/octet-stream", name="a.bin"))
    yield made.mbox([attached, made.mail(made.photo(PHOTO))])


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bomb_ends_within_seconds_and_says_what_was_not_looked_into(box: Path, name: str) -> None:
    """By itself, and in a mailbox."""
    bomb = BOMBS[name]()
    began = time.process_time()
    for data in around(bomb):
        if not data.startswith(b"From ") and name == "an office document":
            continue
        found = scan_damaged(box, data)
        reasons = {one.reason for one in found if isinstance(one, Unsearched)}
        assert reasons & {Reason.TOO_MUCH, Reason.BROKEN}
        if data.startswith(b"From "):
            photos = [one for one in found if isinstance(one, Attachment) and one.message.number == 2]
            assert [one.decode() for one in photos] == [PHOTO]
    assert time.process_time() - began < granted(SECONDS)


def test_reading_the_photos_of_a_bomb_ends_too(box: Path) -> None:
    """Each is read by itself: so they have a budget together."""
    photo = b"\xff\xd8\xff\xe0" + bytes(MEBIBYTES << 20)
    found = scan_damaged(box, repeated(photo, 400, name="a.jpg"))
    began, read = time.process_time(), 0
    for one in found:
        assert isinstance(one, Attachment)
        try:
            assert one.decode() == photo
        except UnreadableMail as error:
            assert "far more" in error.message  # noqa: PT017 - the photos before it are read
            break
        read += 1
    assert 10 < read < 100
    assert time.process_time() - began < granted(SECONDS)


def test_a_file_may_hold_the_more_the_larger_it_is() -> None:
    """And what is spent stays spent."""
    one = Budget(1 << 20)
    one.unpack((64 + 16) << 20)
    assert not one.is_spent
    with pytest.raises(UnreadableMail):
        one.unpack(1)
    with pytest.raises(UnreadableMail):
        one.open_member()
    assert one.is_spent


def test_an_honest_archive_is_searched_to_its_end(box: Path) -> None:
    """A thousand photos and their texts are far from any limit."""
    members = [(f"{number}.jpg", made.jpeg(number, 600)) for number in range(1000)]
    texts = [(f"{number}.txt", base64.encodebytes(bytes(30))) for number in range(1000)]
    found = scan_damaged(box, zipped(*members, *texts))
    assert len(found) == 1000
    with open_export(box) as export:
        list(export.scan())
        assert export.account.harmless == 1000
