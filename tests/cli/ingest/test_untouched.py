"""Whatever is wrong with the vault or this computer as a filing begins: the photo is untouched, which is said."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imgfile import state
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.leaving import retire
from imgfile.cli import main
from imgfile.cli.ingest.untouched import photos_named, saying_untouched
from imgfile.errors import Busy, Damaged, NotWritable, NoVault, RefusedByRule, SourceUnavailable
from imgfile.vault import layout
from kit.photos import jpeg_png as photos
from kit.vault.filings import MOLE
from kit.vault.practice import NOON, Practice, change_roster, clinician_of

YES = ("--allow-test-id", "--no-input", "--yes")
ANSWERS = [word for slug, text in MOLE.items() for word in (f"--{slug.replace('_', '-')}", text)]


def _rolled_back(practice: Practice) -> None:
    seen = change_roster(practice)
    practice.reopened()
    (practice.folder / layout.roster(seen.number)).unlink()


def _another_policy(practice: Practice) -> None:
    (practice.folder / layout.policy(practice.vault.roster.policy_digest)).write_bytes(b"{}")


def _no_policy(practice: Practice) -> None:
    (practice.folder / layout.policy(practice.vault.roster.policy_digest)).unlink()


def _lost_memory(practice: Practice) -> None:
    for slot in practice.vault.station.folder.glob("memory.*"):
        slot.write_bytes(b"")


def _retired(practice: Practice) -> None:
    retire(practice.vault, admit_administrator(practice.vault, [clinician_of(practice)]), practice.vault.here, at=NOON)


def _no_folder(practice: Practice) -> None:
    practice.folder.rename(practice.folder.with_name("elsewhere"))


def _no_pseudonyms(practice: Practice) -> None:
    (practice.folder / layout.station_key(practice.vault.here.station)).unlink()


def _no_roster(practice: Practice) -> None:
    shutil.rmtree(practice.folder / layout.ROSTER)


def _link_for_roster(practice: Practice) -> None:
    roster = practice.folder / layout.roster(1)
    roster.rename(practice.folder / "kept")
    roster.symlink_to(practice.folder / "kept")


FAULTS: dict[str, tuple[Callable[[Practice], None], int]] = {
    "rosters rolled back": (_rolled_back, Damaged.exit_code),
    "another policy than the roster names": (_another_policy, Damaged.exit_code),
    "no policy": (_no_policy, Damaged.exit_code),
    "memory of the vault lost": (_lost_memory, Damaged.exit_code),
    "retired": (_retired, NoVault.exit_code),
    "the folder elsewhere": (_no_folder, NoVault.exit_code),
    "no pseudonym key": (_no_pseudonyms, Damaged.exit_code),
    "no rosters": (_no_roster, NoVault.exit_code),
    "a link for a roster": (_link_for_roster, Damaged.exit_code),
}


@contextmanager
def busy(practice: Practice) -> Iterator[None]:
    """Be another imgfile of this account that files."""
    with practice.vault.station.locked(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "LOCK_TIMEOUT_SECONDS", 0)
        yield


def expect_untouched(capsys: pytest.CaptureFixture[str], words: list[str], what: str, status: int) -> None:
    """See that a run ends with a code, says that something was not touched, and what to do next."""
    ended = main(["ingest", *words, *YES])
    said = capsys.readouterr().err
    assert ended == status, said
    assert f". {what} was not touched." in said.replace("\n", " "), said
    assert said.count("touched") == 1
    assert "imgfile: hint: " in said


@pytest.mark.parametrize("name", FAULTS)
def test_the_photo_is_named_as_untouched(
    name: str, practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit code and next step, whatever is wrong."""
    photo = tmp_path / "mole.jpg"
    photo.write_bytes(photos.jpeg())
    spoil, status = FAULTS[name]
    spoil(practice)
    expect_untouched(capsys, [str(photo), *ANSWERS], str(photo), status)
    assert photo.read_bytes() == photos.jpeg()


def test_so_it_is_of_several_of_a_table_and_while_another_files(
    practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard input has no name, and nothing that could be touched."""
    one, two, table = (tmp_path / name for name in ("one.jpg", "two.jpg", "triage.csv"))
    one.write_bytes(photos.jpeg())
    two.write_bytes(photos.jpeg())
    table.write_text(f"action,source\nfile,{one}\n")
    with busy(practice):
        expect_untouched(capsys, [str(one), *ANSWERS], str(one), Busy.exit_code)
    _lost_memory(practice)
    expect_untouched(capsys, [str(one), str(two)], "What was named", Damaged.exit_code)
    expect_untouched(capsys, ["--table", str(table)], "What triage.csv names", Damaged.exit_code)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(photos.jpeg())))
    assert main(["ingest", "-", *ANSWERS, *YES]) == Damaged.exit_code
    assert "touched" not in capsys.readouterr().err


def test_what_is_no_error_of_the_vault_says_itself_what_is_true() -> None:
    """And what says so already does not say it twice."""
    for error in (
        RefusedByRule("R1", "it is short."),
        SourceUnavailable("x is not there.", "Look."),
        Damaged("x. Nothing was touched.", "y"),
    ):
        before = (error.message, error.hint)
        saying_untouched(error, photos_named(["a.jpg"], None))
        assert (error.message, error.hint) == before
    bare = NotWritable("it cannot be written")
    saying_untouched(bare, photos_named(["a.jpg", "-"], None))
    assert bare.message == "it cannot be written. a.jpg was not touched."
    assert bare.hint.startswith("Check the disk or share")
