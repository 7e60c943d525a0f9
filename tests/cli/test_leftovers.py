"""What a killed run left in clear: taken for a photo by no folder run, and told by the next command there."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import pytest

from imgfile.cli import main
from imgfile.images.strip import strip
from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.processes import imgfile
from kit.vault.erasure import FailingSystem, dying_at, stand_in
from kit.vault.filings import MOLE, filed
from kit.vault.practice import PHOTO

LEFT = ".imgfile-0123456789abcdef"
UNATTENDED = ("--no-input", "--yes", "--allow-test-id")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a photo, and another that a killed run left."""
    folder = tmp_path / "drop"
    (folder / "deeper").mkdir(parents=True)
    (folder / "mole.jpg").write_bytes(photos.phone_jpeg())
    (folder / LEFT).write_bytes(photos.jpeg())
    return folder


def test_strip_and_inspect_pass_over_it_and_say_so(folder: Path, tmp_path: Path) -> None:
    """By the folder, by a photo in it, and by where the copy goes; and in quiet runs too."""
    told = f"warning: {folder / LEFT} was left by an imgfile that was ended from outside"
    for number, words in enumerate((("inspect", folder), ("inspect", folder / "mole.jpg"), ("inspect", folder, "-q"))):
        outcome = imgfile(*words)
        assert outcome.status == 0
        assert outcome.words.count(LEFT) == 1, number
        assert told in outcome.words
        assert LEFT.encode() not in outcome.stdout
    stripped = imgfile("strip", folder, "-o", tmp_path / "one.jpg")
    assert (stripped.status, (tmp_path / "one.jpg").exists()) == (0, True)
    assert told in stripped.words
    elsewhere = imgfile("strip", tmp_path / "one.jpg", "-o", folder / "two.jpg")
    assert (elsewhere.status, told in elsewhere.words) == (0, True)
    assert (folder / LEFT).read_bytes() == photos.jpeg()


def test_a_folder_that_holds_nothing_else_is_not_silent(tmp_path: Path) -> None:
    """It is no photo, and it is told."""
    (tmp_path / LEFT).write_bytes(photos.jpeg())
    for command in ("inspect", "strip"):
        outcome = imgfile(command, tmp_path)
        assert outcome.status == 2
        assert LEFT in outcome.words


@pytest.mark.parametrize("depth", [".", "deeper"])
def test_scan_and_ingest_pass_over_it_and_say_so(desk: Desk, folder: Path, depth: str) -> None:
    """In folders within as well, where these are looked through."""
    (folder / LEFT).rename(folder / depth / LEFT)
    (folder / "deeper" / "mole.jpg").write_bytes(photos.jpeg())
    scanned = desk.run("scan", folder, "-r", "--json")
    assert [line["source"] for line in ndjson(scanned) if line["type"] == "photo"] == [
        str(folder / "deeper" / "mole.jpg"),
        str(folder / "mole.jpg"),
    ]
    assert LEFT in scanned.words
    filing = desk.run("ingest", folder, "-r", *UNATTENDED)
    assert LEFT in filing.words
    assert (folder / depth / LEFT).exists()
    assert LEFT.encode() not in filing.stdout


def test_a_table_run_says_so_too(desk: Desk, folder: Path, tmp_path: Path) -> None:
    """Also where the table itself is written."""
    table = folder / "photos.csv"
    outcome = desk.run("scan", folder, "--table", table)
    assert (outcome.status, outcome.words.count(LEFT)) == (0, 1)
    assert LEFT not in table.read_text()
    assert LEFT in desk.run("ingest", "--table", table, "--dry-run").words
    assert tmp_path.exists()


def test_many_are_counted(folder: Path) -> None:
    """One line a folder, however many there are."""
    for number in range(20):
        (folder / f".imgfile-{number:016x}").write_bytes(b"half")
    words = imgfile("inspect", folder, "-q").words
    assert words.count("ended from outside") == 1
    assert "21 files in" in words
    assert "delete them by hand" in words


def _dies(number: int, folder: Path, *arguments: str) -> int:
    """Run a command in a child that is killed at a system call; return how it ended."""
    child = os.fork()  # type: ignore[attr-defined,unused-ignore]
    if not child:
        os.setsid()  # type: ignore[attr-defined,unused-ignore]
        os.chdir(folder)
        with (folder / "said").open("w") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        stand_in(FailingSystem(dying_at(number)))
        with contextlib.suppress(SystemExit):
            os._exit(main(list(arguments)))
        os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file has a name from the first byte on")
def test_a_killed_strip_leaves_the_copy_or_nothing(tmp_path: Path) -> None:
    """At every system call, of one photo and of several, small and large."""
    whole = strip(photos.photo(photos.phone_jpeg())).data
    for size in (1, 3):
        number, status = 0, -9
        while status:
            number += 1
            folder = tmp_path / f"{size}-{number}"
            (folder / "out").mkdir(parents=True)
            names = [f"{each}.jpg" for each in range(size)]
            for name in names:
                (folder / name).write_bytes(photos.phone_jpeg())
            status = _dies(number, folder, "strip", *names, "-o", "out/0.jpg" if size == 1 else "out")
            assert status in {0, -9}, (folder / "said").read_text()
            left = {path.name for path in (folder / "out").iterdir()}
            assert left <= set(names), (number, left)
            for name in left:
                assert (folder / "out" / name).read_bytes() == whole
        assert left == set(names)
        assert number > 5


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file has a name from the first byte on")
def test_a_killed_export_leaves_the_copy_or_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every fifth system call of the whole command, and at each of the last, where the copy is written."""
    record = reference(desk.practice.file_decided(filed(MOLE)))
    monkeypatch.setenv("IMGFILE_STATE", str(desk.state))
    flags = ("--purpose", "diagnosis", "--reason", "2WW", "--identity-file", str(desk.identity))
    system = FailingSystem(lambda _count, _name, real, arguments, named: real(*arguments, **named))
    with monkeypatch.context() as patch:
        stand_in(system, patch.setattr)
        assert main(["export", record, "-o", str(tmp_path / "counted.jpg"), *flags]) == 0
    total = len(system.calls)
    for number in [*range(1, total - 20, 5), *range(total - 20, total + 1)]:
        folder = tmp_path / f"{number}"
        folder.mkdir()
        assert _dies(number, folder, "export", record, "-o", "copy.jpg", *flags) == -9
        left = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "said"}
        assert left in ({}, {"copy.jpg": PHOTO}), number
