"""`imgfile strip`: where the photo goes, what is reported, and what is never overwritten; of nothing, as `inspect`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from kit.photos import jpeg_png as photos
from kit.photos.judge import leaks
from kit.terminal.processes import imgfile, imgfile_session
from kit.tools import tool


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
    assert ": stripped nothing; no pixel changed\n" in imgfile("strip", photo, "--check-only").words


def test_prove_looks_behind_the_picture_at_every_door(photo: Path, tmp_path: Path) -> None:
    """To a file, a pipe, a folder, in place and as JSON: what nothing announces is found only where that is asked."""
    clean = photos.jpeg(progressive=True)
    planted = clean[:-2] + bytes.fromhex("a7139ce4") * 50 + clean[-2:]
    photo.write_bytes(planted)
    (tmp_path / "clean").mkdir()
    assert ": stripped nothing; no pixel changed\n" in imgfile("strip", photo, "--check-only").words
    words = imgfile("strip", "--prove", photo, "-o", tmp_path / "out.jpg").words
    assert ": stripped 200 bytes after the picture's end; no pixel changed\n" in words
    assert (tmp_path / "out.jpg").read_bytes() == clean
    assert imgfile("strip", "--prove", "-", stdin=planted).stdout == clean
    assert imgfile("strip", "--prove", photo, "-o", tmp_path / "clean").status == 0
    assert (tmp_path / "clean" / "rash.jpg").read_bytes() == clean
    told = json.loads(imgfile("strip", "--prove", "--check-only", "--json", photo).stdout)
    assert told["removed"] == [{"block": "data behind the picture", "bytes": 200, "kinds": ["other"]}]
    assert imgfile("strip", "--prove", "--in-place", photo).status == 0
    assert photo.read_bytes() == clean


def test_in_place_refuses_a_file_with_two_names(photo: Path) -> None:
    """The other would keep its metadata; nothing is changed, and the way on is said."""
    before = photo.read_bytes()
    photo.with_name("other.jpg").hardlink_to(photo)
    done = imgfile("strip", photo, "--in-place")
    assert done.status == 19
    assert "has 2 names (hard links)" in done.words
    assert photo.read_bytes() == before


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


def test_too_much_from_a_pipe_is_refused() -> None:
    """Before it is read whole."""
    assert imgfile("strip", "-", stdin=bytes((128 << 20) + 1)).status == 18


# --- several at once --------------------------------------------------------------------------------------


@pytest.fixture
def folder(photo: Path, tmp_path: Path) -> Path:
    """Give a folder whose photos are so many bytes that processes share them: one photo under many names."""
    data = photos.with_segments(photos.jpeg(), photos.segment(0xE1, photos.exif()))
    photo.write_bytes(data[:-2] + bytes(3_000_000) + data[-2:])
    folder = tmp_path / "phone"
    folder.mkdir()
    for number in range(40):
        (folder / f"IMG_{number:02}.jpg").hardlink_to(photo)
    return folder


def test_a_folder_is_stripped_by_several_processes_as_by_one(folder: Path, tmp_path: Path) -> None:
    """Told in order; the bad one is no other's failure; every copy is the one that a photo alone would give."""
    (folder / "IMG_07.jpg").unlink()
    (folder / "IMG_07.jpg").write_text("no photo")
    (folder / "deep").mkdir()
    (folder / "deep" / "IMG_03.jpg").hardlink_to(folder / "IMG_03.jpg")
    clean = tmp_path / "clean"
    clean.mkdir()
    assert imgfile("strip", folder / "IMG_00.jpg", "-o", tmp_path / "one.jpg").status == 0
    outcome = imgfile("strip", folder, "-o", clean, "--recursive", "--json", "-q", timeout=120)
    assert outcome.status == 3
    lines = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [Path(line["source"]).relative_to(folder) for line in lines] == sorted(
        path.relative_to(folder) for path in folder.rglob("*.jpg")
    )
    failed = [line for line in lines if line["type"] == "failed"]
    assert [(Path(line["source"]).name, line["slug"]) for line in failed] == [
        ("IMG_07.jpg", "image"),
        ("IMG_03.jpg", "not-writable"),
    ]
    one = (tmp_path / "one.jpg").read_bytes()
    assert len(list(clean.iterdir())) == 39
    assert all(path.read_bytes() == one for path in clean.iterdir())
    digests = {(line["original_sha256"], line["sha256"]) for line in lines if line["type"] == "stripped"}
    assert len(digests) == 1


def test_ctrl_c_leaves_whole_copies_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    """No traceback, no temporary file, nobody who goes on."""
    clean = tmp_path / "clean"
    clean.mkdir()
    assert imgfile("strip", folder / "IMG_00.jpg", "-o", tmp_path / "one.jpg").status == 0
    with imgfile_session("strip", folder, "-o", clean) as session:
        session.expect("IMG_00.jpg:")  # the long path before it breaks the line here
        session.send("\x03")
        assert session.finish().status == 130
    assert "Traceback" not in session.screen
    settled = sorted(clean.iterdir())
    one = (tmp_path / "one.jpg").read_bytes()
    assert all(path.read_bytes() == one and not path.name.startswith(".") for path in settled)
    time.sleep(0.5)
    assert sorted(clean.iterdir()) == settled


def test_several_photos_for_one_name_are_told_apart(photo: Path, tmp_path: Path) -> None:
    """The first gets the name."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "rash.jpg").write_bytes(photos.jpeg())
    clean = tmp_path / "clean"
    clean.mkdir()
    outcome = imgfile("strip", photo, other / "rash.jpg", "-o", clean)
    assert outcome.status == 3
    assert "is the copy of an earlier photo" in outcome.words
    assert leaks((clean / "rash.jpg").read_bytes(), tool("exiftool")) == []
    assert (clean / "rash.jpg").read_bytes() != photos.jpeg()
