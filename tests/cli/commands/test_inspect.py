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
