"""Damage that a command meets in a record is named by the reference that somebody typed, and by the file behind it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imgfile.cli import main
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from kit.photos.jpeg_png import jpeg
from kit.terminal.desk import Desk
from kit.vault.filings import ADULT, MOLE, filed
from kit.vault.inbox import put
from kit.vault.lives import NOTE, Life

WHY = ("--reason", "review of records")
MOVED = ("--patient", "-", "--yes", "--allow-test-id", *WHY)
ANSWERS = [word for slug, text in MOLE.items() if slug != "patient" for word in (f"--{slug.replace('_', '-')}", text)]
OTHER = "9990000026"
COMMANDS: dict[tuple[str, ...], str] = {
    ("show", "RECORD"): "",
    ("view", "RECORD", *WHY, "--no-browser"): "",
    ("export", "RECORD", "-o", "x.jpg", "--purpose", "diagnosis", *WHY): "",
    ("consent", "show", "RECORD"): "",
    ("amend", "RECORD", "--body-site", "left elbow", *WHY): "",
    ("move", "RECORD", *MOVED, *ANSWERS): OTHER,
    ("rekey", *MOVED, "--dob", MOLE["dob"]): f"{ADULT}\n{OTHER}\n",
    ("destroy", "propose", "RECORD", *WHY): "",
}
OPENS_NOTHING = {"destroy"}
"""What looks at notes alone."""


def _beside(name: str) -> Callable[[Manifest, str], str]:
    return lambda of, _: f"{layout.record(of.folder, of.record)}/{name}"


OBJECTS: dict[str, Callable[[Manifest, str], str]] = {
    "its facts": _beside(layout.FACTS),
    "its manifest": _beside(layout.MANIFEST),
    "its key": lambda of, _: layout.thing_key(of.folder, of.record),
    "a note on what was added": lambda of, thing: layout.addition_note(of.folder, of.record, thing),
    "what was added": lambda of, thing: layout.addition_object(of.folder, of.record, thing),
}
NOTES = {"its manifest", "a note on what was added"}


@contextmanager
def changed(path: Path) -> Iterator[None]:
    """Change a file's last byte, for so long."""
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        yield
    finally:
        path.write_bytes(whole)


@pytest.fixture
def run(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., str]:
    """Give what runs a command in this process as the clinician, and returns what it says of damage."""
    monkeypatch.chdir(tmp_path)

    def run_one(*words: str, stdin: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        status = main([*words, "--no-input", "--identity-file", str(desk.identity)])
        said = capsys.readouterr().err
        assert status == Damaged.exit_code, (words, said)
        return said

    return run_one


def test_the_reference_comes_first(desk: Desk, run: Callable[..., str]) -> None:
    """Of each object, at each command that meets it; then the file's name in the vault."""
    done = desk.practice.file_decided(filed(MOLE), jpeg())
    life = Life(desk.practice, manifest.load(desk.practice.vault, done.patient, done.record))
    (added,) = life.add(NOTE).additions
    of = life.of
    for what, named in OBJECTS.items():
        name = named(of, added.thing)
        with changed(desk.practice.folder / name):
            for words, stdin in COMMANDS.items():
                if words[0] in OPENS_NOTHING and what not in NOTES:
                    continue
                said = run(*(of.reference if word == "RECORD" else word for word in words), stdin=stdin)
                first, *_ = (line for line in said.splitlines() if line.startswith("imgfile: error:"))
                assert first.startswith(f"imgfile: error: {of.reference}"), (what, words, said)
                assert name in said.replace("\n", ""), (what, words, said)


def test_of_a_photo_and_an_item_too(desk: Desk, run: Callable[..., str]) -> None:
    """The sealed photo is met by what shows it; an item of the inbox has a reference of its own."""
    done = desk.practice.file_decided(filed(MOLE), jpeg())
    reference, image = layout.reference(done.record), f"{layout.record(done.patient, done.record)}/{layout.IMAGE}"
    item = put(desk.practice, data=jpeg())
    with changed(desk.practice.folder / image):
        for words in (("view", "--no-browser"), ("export", "-o", "x.jpg", "--purpose", "diagnosis")):
            said = run(words[0], reference, *words[1:], *WHY)
            assert f"imgfile: error: {reference}: {image} is not what was filed." in said
    with changed(desk.practice.folder / f"{layout.item(item.item)}/{layout.FACTS}"):
        said = run("inbox", "look", item.reference, "--no-browser")
        assert said.startswith(f"imgfile: error: {item.reference}: {layout.item(item.item)}/{layout.FACTS} is not what")
