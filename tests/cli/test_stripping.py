"""`strip` and `inspect` as tools of their own: where the photo goes, what is told, and what is never overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import photos
from photo_judge import leaks
from terminals import imgfile
from tools import tool


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a telling photo in a file."""
    path = tmp_path / "rash.jpg"
    path.write_bytes(photos.phone_jpeg())
    return path


def test_a_pipe_goes_in_and_the_photo_comes_out(photo: Path) -> None:
    """Standard output is the stripped photo and nothing else; words are on standard error."""
    outcome = imgfile("strip", "-", stdin=photo.read_bytes())
    assert outcome.status == 0
    assert leaks(outcome.stdout, tool("exiftool")) == []
    assert outcome.words.startswith("standard input: stripped place (GPS)")


def test_a_file_goes_to_a_file_or_a_folder_and_never_over_another(photo: Path, tmp_path: Path) -> None:
    """The original stays as it is; what exists is refused."""
    original = photo.read_bytes()
    folder = tmp_path / "clean"
    folder.mkdir()
    assert imgfile("strip", photo, "-o", tmp_path / "out.jpg").status == 0
    assert imgfile("strip", photo, "-o", folder).status == 0
    assert (folder / "rash.jpg").read_bytes() == (tmp_path / "out.jpg").read_bytes()
    assert imgfile("strip", photo, "-o", tmp_path / "out.jpg").status == 19
    assert photo.read_bytes() == original
    assert leaks((tmp_path / "out.jpg").read_bytes(), tool("exiftool")) == []


def test_in_place_replaces_in_one_step(photo: Path) -> None:
    """Afterwards there is nothing to strip."""
    assert imgfile("strip", photo, "--in-place").status == 0
    assert leaks(photo.read_bytes(), tool("exiftool")) == []
    assert "stripped nothing" in imgfile("strip", photo, "--check-only").words


def test_check_only_writes_nothing(photo: Path, tmp_path: Path) -> None:
    """And says what would go."""
    before = sorted(tmp_path.iterdir())
    assert imgfile("strip", photo, "--check-only", "--json").status == 0
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ["strip"],
        ["inspect"],
        ["strip", "rash.jpg"],
        ["strip", "-", "--in-place"],
        ["strip", "rash.jpg", "--in-place", "-o", "x.jpg"],
        ["strip", "rash.jpg", "rash.jpg", "-o", "-"],
        ["strip", "rash.jpg", "rash.jpg", "-o", "x.jpg"],
        ["strip", "-", "-o", "."],
        ["strip", "rash.jpg", "-o", "-", "--json"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(photo: Path, words: list[str]) -> None:
    """With exit code 2, and nothing written."""
    before = photo.read_bytes()
    assert imgfile(*words, cwd=photo.parent, stdin=before).status == 2
    assert [path.name for path in photo.parent.iterdir()] == ["rash.jpg"]


def test_one_bad_photo_of_a_folder_stops_no_other(photo: Path, tmp_path: Path) -> None:
    """Exit code 3; alone it has its own."""
    (tmp_path / "letter.txt").write_text("Dear doctor")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "inner.png").write_bytes(photos.telling_png())
    outcome = imgfile("inspect", tmp_path, "--recursive", "--json")
    assert outcome.status == 3
    lines = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert photo.exists()
    assert [line["type"] for line in lines] == ["findings", "failed", "findings"]
    assert imgfile("inspect", tmp_path / "letter.txt").status == 14


def test_values_are_told_only_on_request(photo: Path) -> None:
    """Without --values, no value that a photo tells is printed."""
    silent, telling = imgfile("inspect", photo), imgfile("inspect", photo, "--values")
    assert photos.MAKE.encode() not in silent.stdout
    assert photos.MAKE.encode() in telling.stdout


def test_too_much_from_a_pipe_is_refused() -> None:
    """Before it is read whole."""
    assert imgfile("strip", "-", stdin=bytes((128 << 20) + 1)).status == 18
