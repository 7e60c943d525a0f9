"""Starting up: what is imported, and how the program ends when nobody reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
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


MODULES_FOR_ONE_PHOTO = 157
MODULES_FOR_A_LIST = 40
"""What a start costs grows with them; docs/explanation/speed.md says how much."""


def imported_by(*arguments: str, env: Mapping[str, str | None] | None = None) -> set[str]:
    """Run imgfile and return the modules it had imported when it ended."""
    program = f"{LIST_MODULES}from imgfile.cli import run; sys.argv[1:] = {list(arguments)!r}; run()"
    outcome = run([sys.executable, "-c", program], env=env)
    return set(outcome.words.split())


def ours(imported: set[str]) -> set[str]:
    """Leave our own modules."""
    return {name for name in imported if name.partition(".")[0] == "imgfile"}


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


@pytest.fixture
def filing(desk: Desk, tmp_path: Path) -> set[str]:
    """File a phone's JPEG unattended, and return what that imported."""
    (tmp_path / "mole.jpg").write_bytes(photos.phone_jpeg())
    answers = {"patient": "9434765870", "dob": "3/3/71", "body_site": "left shoulder", "purpose": "diagnosis"}
    answers |= {"basis": "patient_capacity_16plus", "form": "phone", "obtained_at": "20/11/2026"}
    (tmp_path / "a.json").write_text(json.dumps({**answers, "rationale": "New pigmented lesion, triage for 2WW"}))
    photo, answered = str(tmp_path / "mole.jpg"), str(tmp_path / "a.json")
    imported = imported_by(
        *("ingest", photo, "--answers", answered, "--allow-test-id", "--no-input", "--yes", "-q"), env=desk.environment
    )
    assert not Path(photo).exists()
    return ours(imported)


def test_filing_a_photo_imports_nothing_that_it_does_not_use(filing: set[str]) -> None:
    """No mail, no other format, no dialogue, no table, no report; nor a library for what two lines say."""
    assert "imgfile.images.formats.jpeg.strip" in filing
    unused = {
        *("mail", "terminal.keyboard", "terminal.pictures", "cli.help", "cli.search.search_report", "cli.sidecars"),
        *("cli.ingest.dialogue", "cli.ingest.batch", "cli.ingest.mailbox_copies", "acts.tables", "acts.sources.look"),
        *("acts.sources.filters", "acts.sources.logos", "acts.sources.in_mailbox", "acts.ingest.message_group"),
        *("acts.erasure.whole_export", "acts.erasure.mailbox_copies", "clinical.interview.prompt"),
        *("clinical.interview.confirmation", "erase.region", "erase.resume", "images.formats.png", "images.verify.png"),
        *("sealing.passphrase", "sealing.words"),
    }
    assert not filing & {f"imgfile.{name}" for name in unused}


def test_filing_a_photo_imports_so_many_modules_and_no_more(filing: set[str]) -> None:
    """Each of them runs, or holds what one that runs refers to; the packages' pages count."""
    assert len(filing) <= MODULES_FOR_ONE_PHOTO, sorted(filing)


def test_listing_imports_few_modules(desk: Desk) -> None:
    """No key is opened for it, no patient's number read, no rule asked."""
    imported = imported_by("list", env=desk.environment)
    assert len(ours(imported)) <= MODULES_FOR_A_LIST, sorted(ours(imported))
    assert not {name for name in ours(imported) if name.startswith(("imgfile.sealing", "imgfile.clinical.interview"))}
    assert not imported & {"rich", "PIL", "piexif"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is asked for the folders")
def test_no_library_is_asked_where_linux_keeps_things(desk: Desk) -> None:
    """$XDG_CONFIG_HOME, or its default: platformdirs would cost every command two milliseconds."""
    for home in (desk.environment.get("XDG_CONFIG_HOME"), None):
        assert "platformdirs" not in imported_by("list", env={**desk.environment, "XDG_CONFIG_HOME": home})
