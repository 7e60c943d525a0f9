"""`imgfile inspect`: what each photo gives away, its values only on request, and one bad photo stops no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kit.photos import jpeg_png as photos
from kit.terminal.processes import imgfile


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a telling photo in a file."""
    path = tmp_path / "rash.jpg"
    path.write_bytes(photos.phone_jpeg())
    return path


def test_one_bad_photo_of_a_folder_stops_no_other(photo: Path, tmp_path: Path) -> None:
    """Exit code 3; alone it has its own."""
    (tmp_path / "letter.txt").write_text("Dear doctor")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "inner.png").write_bytes(photos.png_with_metadata())
    outcome = imgfile("inspect", tmp_path, "--recursive", "--json")
    assert outcome.status == 3
    lines = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert photo.exists()
    assert [line["type"] for line in lines] == ["findings", "failed", "findings"]
    assert imgfile("inspect", tmp_path / "letter.txt").status == 14


def test_values_are_printed_only_on_request(photo: Path) -> None:
    """Without --values, no value that a photo tells is printed."""
    silent, telling = imgfile("inspect", photo), imgfile("inspect", photo, "--values")
    assert photos.MAKE.encode() not in silent.stdout
    assert photos.MAKE.encode() in telling.stdout


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        ((), "tells nothing besides the picture"),
        ((photos.segment(0xE5, b"x" * 56),), "tells nothing that imgfile can read; 60 bytes (APP5) were not read"),
        (
            (photos.segment(0xFE, b"a word"), photos.segment(0xE5, b"x" * 56)),
            "tells words; 60 bytes (APP5) were not read",
        ),
        (
            tuple(photos.segment(marker, b"x" * 96) for marker in (0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE7, 0xE8)),
            "tells nothing that imgfile can read; 700 bytes (APP3, APP4, APP5, APP6 and 2 more) were not read",
        ),
    ],
)
def test_what_was_not_read_is_said_and_never_called_nothing(
    segments: tuple[bytes, ...], words: str, tmp_path: Path
) -> None:
    """What was not read is said, and never called nothing; `--json` has it block by block."""
    named = tmp_path / "a.jpg"
    named.write_bytes(photos.with_segments(photos.jpeg(), *segments))
    assert imgfile("inspect", named).stderr.decode().strip().endswith(words)
    facts = json.loads(imgfile("inspect", "--json", named).stdout)
    assert facts["unread_bytes"] == sum(each["bytes"] for each in facts["unread"])
    assert bool(facts["unread"]) == ("not read" in words)
