"""What the demonstration looks with: it finds what is there, in every guise, and sees what changed."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imgfile.acts.demonstration import claims, scan
from imgfile.acts.demonstration.mailbox import Mailbox, mailbox_with
from imgfile.acts.demonstration.photo import METADATA, shows_the_same, telling_photo
from imgfile.clinical.proofs import MediaType
from imgfile.errors import Error
from imgfile.images.identify import identify
from imgfile.images.inspect import inspect
from imgfile.images.strip import strip
from kit.photos.jpeg_png import jpeg, photo, pixels
from kit.tools import tool

TAKEN = datetime(2026, 11, 21, 8, 9, 10, tzinfo=UTC)
SOUGHT = {"the word": (b"canary", "canary".encode("utf-16-le"))}


@pytest.fixture(scope="module")
def telling() -> bytes:
    """Draw the photo once."""
    return telling_photo(TAKEN)


@pytest.fixture
def box(telling: bytes) -> Mailbox:
    """Put it in a mailbox."""
    return mailbox_with(telling, TAKEN)


# --- the photo ------------------------------------------------------------------------------------------


def test_the_photo_tells_everything_that_a_phone_does(telling: bytes) -> None:
    """Place, time, owner, phone, a thumbnail and a hidden video; each as the strippers know it, and as bytes."""
    assert identify(telling) is MediaType.JPEG
    found = inspect(photo(telling))
    assert {finding.name for finding in found.where} >= {"GPSLatitude", "GPSLongitude", "photoshop:City"}
    assert found.when
    assert found.who
    assert found.device
    assert {finding.block for finding in found.hidden} == {"APP1 Exif", "hidden 2 s video"}
    assert scan.found_in(telling, METADATA) == METADATA.keys()


def test_the_photo_tells_nothing_once_it_is_stripped(telling: bytes) -> None:
    """And shows the same: the checks have something to see, before and after."""
    stripped = strip(photo(telling))
    assert not scan.found_in(stripped.data, METADATA)
    assert shows_the_same(telling, stripped.data)


@pytest.mark.parametrize(
    "other",
    [jpeg(pixels(), quality=60), jpeg(pixels().rotate(90, expand=True)), jpeg(pixels(48, 64))],
    ids=["coded anew", "turned", "another size"],
)
def test_a_picture_that_differs_is_seen(other: bytes) -> None:
    """One pixel is enough."""
    assert shows_the_same(jpeg(pixels()), jpeg(pixels()))
    assert not shows_the_same(jpeg(pixels()), other)


# --- looking --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"..canary..",
        "canary".encode("utf-16-le"),
        b"\1" + zlib.compress(b"a canary") + b"x",
        zlib.compress(b"canary", 0),
    ],
    ids=["plain", "utf-16", "compressed", "stored"],
)
def test_a_word_is_found_in_every_guise(data: bytes) -> None:
    """Raw, wide, and inside a compressed stream that begins anywhere."""
    assert scan.found_in(data, SOUGHT) == {"the word"}


def test_what_only_looks_compressed_is_no_error() -> None:
    """Sealed bytes hold the beginnings of streams by chance."""
    assert scan.found_in(b"\x78\x9c but no stream", SOUGHT) == set()


def test_names_and_bytes_of_every_file_are_searched(tmp_path: Path) -> None:
    """A file's name can tell, and so can a folder's."""
    (tmp_path / "canary").mkdir()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"a canary")
    (tmp_path / "silent").write_bytes(b"nothing")
    assert sorted(scan.found_in_folder(tmp_path, SOUGHT)["the word"]) == [
        tmp_path / "canary",
        tmp_path / "deep" / "file",
    ]


def test_the_mailbox_is_read_as_python_reads_it(box: Mailbox, tmp_path: Path) -> None:
    """Four messages, whose decoded parts tell what the photo tells; its coded bytes alone do not."""
    path = tmp_path / "Inbox"
    path.write_bytes(box.data)
    assert scan.count_messages(path) == box.messages == 4
    assert scan.found_in_mailbox(path, METADATA) == METADATA.keys()
    assert not scan.found_in(box.data, METADATA)


# --- claims ---------------------------------------------------------------------------------------------


def changed(box: Mailbox, at: int) -> bytes:
    """Change one byte of a mailbox."""
    return box.data[:at] + bytes([box.data[at] ^ 1]) + box.data[at + 1 :]


def test_a_byte_changed_outside_the_part_is_seen(box: Mailbox) -> None:
    """Right before it, right behind it, at both ends, or by a byte more or less; inside it, all may change."""
    assert claims.is_same_outside(box, changed(box, box.part.start))
    assert claims.is_same_outside(box, changed(box, box.part.stop - 1))
    for at in (0, box.part.start - 1, box.part.stop, len(box.data) - 1):
        assert not claims.is_same_outside(box, changed(box, at))
    assert not claims.is_same_outside(box, box.data + b"\n")
    assert not claims.is_same_outside(box, box.data[:-1])


def test_the_part_is_the_photo_s_own_header_and_body(box: Mailbox) -> None:
    """From its first header line to its last coded one; the boundaries are not of it."""
    part = box.data[box.part.start : box.part.stop]
    assert part.startswith(b"Content-Type: image/jpeg")
    assert box.data[: box.part.start].endswith(b"--=_imgfile-demo\n")
    assert box.data[box.part.stop :].startswith(b"\n--=_imgfile-demo--\n")


def test_a_single_line_left_of_the_photo_is_counted(box: Mailbox) -> None:
    """Wherever in the mailbox it stands."""
    line = box.data[box.part.start : box.part.stop].splitlines()[10]
    cleared = box.data[: box.part.start] + b" " * len(box.part) + box.data[box.part.stop :]
    assert claims.count_lines_left(box, cleared) == 0
    assert claims.count_lines_left(box, cleared + line) == 1
    assert claims.count_lines_left(box, box.data) > 500


def test_a_file_that_age_does_not_open_is_an_error(tmp_path: Path) -> None:
    """The claim then fails in words, not by a traceback."""
    age = tool("age")
    (tmp_path / "vault" / "keys" / "practice" / "1").mkdir(parents=True)
    (tmp_path / "vault" / "keys" / "practice" / "1" / "a.age").write_bytes(b"no age file")
    record = tmp_path / "vault" / "patients" / "p" / "r"
    record.mkdir(parents=True)
    (record / "manifest.note").write_text('imgfile/manifest/v1 v\n{"patient":"p","record":"r"}\n\n', encoding="ascii")
    with pytest.raises(Error, match=r"age did not open a\.age"):
        claims.open_with_age(age, tmp_path / "vault", tmp_path / "recovery.txt")
