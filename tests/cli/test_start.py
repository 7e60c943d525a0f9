"""Starting up: what is imported, and how the program ends when nobody reads."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import imgfile as package
from imgfile.cli import CANCELLED_STATUS, main
from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk
from kit.terminal.processes import IMGFILE, environment, imgfile, run

HEAVY = {"typer", "rich", "PIL", "cryptography", "piexif", "platformdirs"}
LIST_MODULES = """
import os, sys
end = os._exit
def list_and_end(status):
    os.write(2, " ".join(sys.modules).encode())
    end(status)
os._exit = list_and_end
"""


def imported_by(*arguments: str) -> set[str]:
    """Run imgfile and return the top-level and imgfile modules it had imported when it ended."""
    program = f"{LIST_MODULES}from imgfile.cli import run; sys.argv[1:] = {list(arguments)!r}; run()"
    return set(run([sys.executable, "-c", program]).words.split())


def test_version_imports_nearly_nothing() -> None:
    """`--version` costs hardly more than the interpreter: beyond it, only imgfile and imgfile.cli are loaded."""
    bare = set(run([sys.executable, "-c", f"{LIST_MODULES}os._exit(0)"]).words.split())
    free = {"__future__", "gc"}  # a page of names, and a module that is built in
    assert imported_by("--version") - bare - free == {"imgfile", "imgfile.cli"}
    assert imgfile("--version").stdout == f"imgfile {package.__version__}\n".encode()


@pytest.mark.parametrize("arguments", [[], ["--help"], ["ingets"]], ids=["nothing", "--help", "a misspelt command"])
def test_the_overview_imports_no_command(arguments: list[str]) -> None:
    """The table is enough for the overview and for a suggestion: no Typer, no command's module."""
    imported = imported_by(*arguments)
    assert not imported & HEAVY
    rooms = {"imgfile.cli", "imgfile.cli.registry", "imgfile.cli.app"}
    assert {name for name in imported if name.startswith("imgfile.cli")} == rooms


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_a_reader_that_left_ends_it_quietly(arguments: list[str]) -> None:
    """`imgfile … | true` says nothing and has the status of SIGPIPE."""
    reading, writing = os.pipe()
    os.close(reading)
    outcome = subprocess.run(
        [*IMGFILE, *arguments], stdout=writing, stderr=subprocess.PIPE, env=environment(), check=False
    )
    os.close(writing)
    assert (outcome.returncode, outcome.stderr) == (141, b"")


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_an_output_that_cannot_be_written_fails(redirection: str) -> None:
    """A closed or full standard output is an error of one line, never a traceback."""
    outcome = run(["sh", "-c", f'"$0" -m imgfile --help {redirection}', sys.executable])
    assert outcome.status == 19
    assert outcome.words.startswith("imgfile: error: standard output")
    assert outcome.words.count("\n") == 1
    assert run(["sh", "-c", f'"$0" -m imgfile --version {redirection}', sys.executable]).words == ""


def test_ctrl_c_while_importing_ends_it_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even before there is anything to stop, Ctrl-C is 130 without a traceback."""

    class Impatient:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "imgfile.cli.app":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "imgfile.cli.app", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Impatient(), *sys.meta_path])
    assert main(["list"]) == CANCELLED_STATUS


def test_main_takes_the_program_s_own_words(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Without an argument list, main reads the command line."""
    monkeypatch.setattr(sys, "argv", [str(Path("imgfile")), "--version"])
    assert main() == 0
    assert capfd.readouterr().out.startswith("imgfile ")


def test_filing_a_photo_from_a_file_imports_no_mail(desk: Desk, tmp_path: Path) -> None:
    """Nor, for a JPEG, another format: a command pays for what it needs."""
    (tmp_path / "mole.jpg").write_bytes(photos.phone_jpeg())
    answers = {"patient": "9434765870", "dob": "3/3/71", "body_site": "left shoulder", "purpose": "diagnosis"}
    answers |= {"basis": "patient_capacity_16plus", "form": "phone", "obtained_at": "20/11/2026"}
    (tmp_path / "a.json").write_text(json.dumps({**answers, "rationale": "New pigmented lesion, triage for 2WW"}))
    ingest: list[str | Path] = [
        "ingest",
        tmp_path / "mole.jpg",
        "--answers",
        tmp_path / "a.json",
        "--allow-test-id",
        "--yes",
    ]
    outcome = run([*IMGFILE, *ingest], env={**desk.environment, "PYTHONPROFILEIMPORTTIME": "1"})
    assert outcome.status == 0, outcome.words
    imported = set(re.findall(r"\| +(imgfile[.\w]*)$", outcome.words, re.MULTILINE))
    assert "imgfile.images.formats.jpeg.strip" in imported
    rooms = ("mail.search", "mail.mailbox", "mail.removal.residue", "images.formats.png", "images.formats.heif")
    heavy = {f"imgfile.{name}" for name in rooms}
    assert not imported & heavy
