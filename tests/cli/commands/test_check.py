"""`imgfile check`: a line a point, each finding with what to do next; 0, or 3 with findings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from imgfile import staging, state, station
from imgfile.acts.check.run import check
from imgfile.clinical.dates import show_date
from imgfile.practice_state import maintenance
from imgfile.practice_state.maintenance import VerifyRun
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.times import format_time
from imgfile.vault.trail import chain
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import imgfile
from kit.vault.filings import MOLE, filed

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def points(desk: Desk) -> dict[str, dict[str, Any]]:
    """Check, and return what was printed of each point, the last of a name."""
    outcome = desk.run("check", "--json")
    assert outcome.status in {0, 3}, outcome.words
    lines = ndjson(outcome)
    assert lines[-1]["exit"] == outcome.status
    return {line["point"]: line for line in lines[:-1]}


def levels(desk: Desk) -> dict[str, str]:
    """Return how each point stands, but what this computer's disks are like."""
    return {name: line["level"] for name, line in points(desk).items() if not name.endswith("disk")}


HEALTHY = {
    "leftovers": "ok",
    "mails": "ok",
    "vault": "ok",
    "station": "ok",
    "clock": "ok",
    "memory": "ok",
    "verify": "ok",
    "recovery": "ok",
    "erasures": "ok",
    "permissions": "ok",
    "sync": "ok",
    "decoding": "ok",
    "filesystem": "ok",
}


def test_a_healthy_set_up_has_one_line_a_point(desk: Desk) -> None:
    """The vault's names its folder, roster and fingerprint."""
    assert desk.run("verify").status == 0
    maintenance.note_recovery_tested(desk.practice.vault.station, datetime.now(UTC).astimezone().date())
    found = points(desk)
    assert {name: found[name]["level"] for name in HEALTHY} == HEALTHY
    vault = desk.practice.vault
    assert found["vault"]["message"] == (
        f"vault {desk.practice.folder} reachable, roster 1, fingerprint {vault.roster.fingerprint}"
    )
    assert found["verify"]["message"] == "verified today: nothing is damaged"
    assert found["recovery"]["message"] == "the recovery key was last tested today"
    assert all("next" in line for line in found.values() if line["level"] != "ok")


def test_a_lost_memory_is_said(desk: Desk) -> None:
    """One copy of two is to be looked at; without both nothing can be filed."""
    slots = [desk.practice.vault.station.folder / name for name in state.SLOTS]
    slots[0].write_bytes(b"torn")
    found = points(desk)["memory"]
    assert (found["level"], "one of two copies" in found["message"]) == ("look", True)
    slots[1].unlink()
    found = points(desk)["memory"]
    assert (found["level"], "has lost its memory" in found["message"]) == ("bad", True)


def test_on_a_screen_every_line_fits_and_says_what_is_next(desk: Desk) -> None:
    """Eighty columns; the command beside the sentence, or below it."""
    with desk.sit("check") as session:
        assert session.finish().status == 3
        lines = session.screen.splitlines()
        assert "  look  the vault was never verified on this computer  imgfile verify" in lines
        assert max(len(line) for line in lines if str(desk.practice.folder) not in line) <= 80  # a path stays whole


def test_quiet_prints_findings_alone(desk: Desk) -> None:
    """As a nightly job wants it; the summary of a script has them all."""
    lines = desk.run("check", "-q").stdout.decode().splitlines()
    assert lines
    assert not [line for line in lines if line.startswith("ok")]
    *found, summary = ndjson(desk.run("check", "-q", "--json"))
    assert {line["level"] for line in found} <= {"look", "warn", "bad"}
    assert summary["ok"] >= len(HEALTHY) - 2


def test_in_a_pipe_it_is_tsv(desk: Desk) -> None:
    """With a line of column names."""
    head, *rows = desk.run("check").stdout.decode().splitlines()
    assert head == "level\tpoint\tmessage\tnext"
    assert all(row.count("\t") == 3 for row in rows)


# --- each point ---------------------------------------------------------------------------------------------


def test_a_vault_that_is_away_is_bad_and_the_rest_is_looked_at(desk: Desk) -> None:
    """The disk is not connected."""
    desk.practice.folder.rename(desk.state / "away")  # beside its old place it would be found
    found = points(desk)
    assert (found["vault"]["level"], found["vault"]["next"]) == ("bad", "Connect the disk or share it lies on.")
    assert {"verify", "recovery", "erasures", "permissions"} <= found.keys()
    assert "station" not in found


def test_a_forged_roster_is_bad(desk: Desk) -> None:
    """As opening the vault would say."""
    roster = desk.practice.folder / layout.roster(1)
    roster.write_bytes(roster.read_bytes().replace(b"RECEPTION-3", b"RECEPTION-4"))
    assert points(desk)["vault"]["level"] == "bad"


def test_a_computer_that_is_not_listed_is_bad(desk: Desk) -> None:
    """It has other keys than the roster says."""
    (desk.practice.vault.station.folder / "signing.key").write_bytes(b"QUJD")
    assert levels(desk)["station"] == "bad"


def test_a_station_identity_that_opens_nothing_is_bad(desk: Desk) -> None:
    """Without it no patient can be found, and nothing filed."""
    (desk.practice.vault.station.folder / "station.txt").unlink()
    assert levels(desk)["station"] == "bad"


@pytest.mark.parametrize(
    ("days", "found", "level", "words"),
    [
        (0, (0, 0), "ok", "verified today: nothing is damaged"),
        (1, (0, 0), "ok", "verified yesterday: nothing is damaged"),
        (31, (0, 0), "ok", "verified 31 days ago: nothing is damaged"),
        (32, (0, 0), "look", "the vault was last verified 32 days ago"),
        (2, (1, 0), "bad", "verify found 1 thing damaged, 2 days ago"),
        (40, (3, 1), "bad", "verify found 3 things damaged, 40 days ago"),
        (2, (0, 2), "look", "verify found no damage and 2 warnings, 2 days ago"),
    ],
)
def test_the_last_verify_is_judged_by_what_it_found_and_when(
    desk: Desk, days: int, found: tuple[int, int], level: str, words: str
) -> None:
    """Damage stays until a verify finds none."""
    here = desk.practice.vault.station
    at = NOW - timedelta(days=days)
    maintenance.note_verified(here, VerifyRun(at, *found, notices=0, is_decrypted=False))
    (point,) = (each for each in check(here, NOW) if each.name == "verify")
    assert (point.level.value, point.message) == (level, words)


def test_verify_leaves_its_note_whatever_it_finds(desk: Desk) -> None:
    """Damage, and that every record was opened."""
    done = desk.practice.file_decided(filed(MOLE))
    assert desk.as_clinician("verify", "--decrypt").status == 0
    last = maintenance.last_verify(desk.practice.vault.station)
    assert last is not None
    assert (last.damage, last.is_decrypted) == (0, True)
    (desk.practice.folder / layout.record(done.patient, done.record) / layout.IMAGE).unlink()
    assert desk.run("verify").status == 16
    assert levels(desk)["verify"] == "bad"


@pytest.mark.parametrize(
    ("tested", "level"), [(date(2026, 11, 28), "ok"), (date(2025, 11, 28), "ok"), (date(2025, 11, 27), "look")]
)
def test_a_recovery_key_is_to_be_tested_once_a_year(desk: Desk, tested: date, level: str) -> None:
    """By the station's own note."""
    here = desk.practice.vault.station
    maintenance.note_recovery_tested(here, tested)
    (point,) = (each for each in check(here, NOW) if each.name == "recovery")
    assert point.level.value == level
    (here.folder / "recovery-tested").unlink()
    (point,) = (each for each in check(here, NOW) if each.name == "recovery")
    assert point.level.value == "look"


def test_an_unfinished_erasure_is_counted_and_its_path_is_shown_on_a_screen_alone(desk: Desk) -> None:
    """R23: the note may hold the path, and no output that a script keeps."""
    here = desk.practice.vault.station
    path = Path("/home/gp/jane canarydoe.jpg")
    with here.locked():
        here.write(pending_facts(path))
    found = points(desk)["erasures"]
    assert found["level"] == "warn"
    assert found["message"].startswith("1 erasure was begun and is not finished")
    assert b"canarydoe" not in desk.run("check", "--json").stdout + desk.run("check").stdout
    with desk.sit("check") as session:
        session.finish()
        assert str(path) in session.screen
    with here.locked():
        assert levels(desk)["erasures"] == "ok", "somebody is at work"


def pending_facts(path: Path) -> dict[str, Any]:
    """Return the facts of an erasure of a whole small file, just begun."""
    from imgfile.clinical.proofs import Digest  # noqa: PLC0415 - for this alone
    from imgfile.device import Mark  # noqa: PLC0415
    from imgfile.erase.note import PendingErasure, WholeFile  # noqa: PLC0415

    return PendingErasure(
        path, Mark(1, 1, 1, None), 512, (), Digest("0" * 64), WholeFile.chosen(512), None, b"\0" * 8
    ).to_facts()


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes")
@pytest.mark.parametrize(
    "loosen",
    [
        lambda folder: (folder / "signing.key").chmod(0o640),
        lambda folder: (folder / "lock").touch(0o644),
        lambda folder: folder.chmod(0o750),
        lambda folder: folder.parent.parent.chmod(0o755),
    ],
    ids=["a key", "the lock", "the vault's folder", "the state itself"],
)
def test_state_that_others_may_reach_is_warned_of(desk: Desk, loosen: Callable[[Path], None]) -> None:
    """And the command that mends it does so."""
    assert levels(desk)["permissions"] == "ok"
    loosen(desk.practice.vault.station.folder)
    found = points(desk)["permissions"]
    assert found["level"] == "warn"
    os.system(found["next"])  # noqa: S605 - our own words
    assert levels(desk)["permissions"] == "ok"


@pytest.mark.parametrize("name", ["OneDrive - Practice", "Dropbox"])
def test_a_vault_in_a_synchronised_folder_is_warned_of(desk: Desk, tmp_path: Path, name: str) -> None:
    """By the marks that the warnings at init and at an erasure go by."""
    assert levels(desk)["sync"] == "ok"
    moved = tmp_path / name / "vault"
    moved.parent.mkdir()
    shutil.move(desk.practice.folder, moved)
    station.pin(replace(desk.practice.vault.station.pin, folder=moved))
    found = points(desk)["sync"]
    assert (found["level"], found["next"]) == ("warn", "docs: back-up-and-restore")
    assert name.split(maxsplit=1)[0] in found["message"]


@pytest.mark.parametrize(
    ("ahead", "level"),
    [
        (timedelta(0), "ok"),
        (timedelta(minutes=4), "ok"),
        (timedelta(minutes=6), "look"),
        (timedelta(days=3), "look"),
        (timedelta(days=-300), "ok"),
    ],
)
def test_a_time_in_the_vault_that_is_yet_to_come_is_told(desk: Desk, ahead: timedelta, level: str) -> None:
    """One of the two clocks is wrong; which, nobody can know. An old one is only old."""
    vault = desk.practice.vault
    with vault.station.locked():
        chain.append(vault, [{"act": "viewed", "at": format_time(NOW + ahead)}])
    (point,) = (each for each in check(Station(vault.station.pin), NOW) if each.name == "clock")
    assert point.level.value == level
    if level == "look":
        assert "RECEPTION-3 entered something" in point.message


def test_without_a_vault_it_says_what_every_command_says(desk: Desk, tmp_path: Path) -> None:
    """Exit code 10."""
    outcome = desk.run("check", "--vault", tmp_path)
    assert outcome.status == 10


def test_nothing_in_the_vault_or_the_state_changes(desk: Desk) -> None:
    """Looking leaves no trace."""
    desk.run("check")

    def everything() -> dict[Path, tuple[int, bytes]]:
        folders = (desk.practice.folder, desk.state)
        return {
            path: (path.stat().st_mtime_ns, path.read_bytes())
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file()
        }

    before = everything()
    desk.run("check")
    assert everything() == before


# --- what killed runs left ------------------------------------------------------------------------------


def leave(desk: Desk, path: Path, maker: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a run die while it writes a new file under a temporary name; return where that lies."""
    monkeypatch.setenv("IMGFILE_STATE", str(desk.state))
    monkeypatch.setattr(staging, "_UNNAMED", 0)
    child = os.fork()  # type: ignore[attr-defined,unused-ignore]
    if not child:
        under_way = staging.Staging(maker)
        under_way.add(path, b"a photo in clear")
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    (left,) = (each for each in path.parent.iterdir() if each.name.startswith(".imgfile-"))
    return left


def test_a_copy_that_a_killed_run_left_is_told_and_removed(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its place stands on a screen alone; --clean removes it, and nothing else."""
    folder = tmp_path / "jane canarydoe"
    folder.mkdir()
    left = leave(desk, folder / "a.jpg", "export", monkeypatch)
    planted = folder / ".imgfile-0123456789abcdef"
    planted.write_bytes(b"not in any note")
    found = points(desk)["leftovers"]
    assert (found["level"], found["next"]) == ("look", "imgfile check --clean")
    assert found["message"].startswith("an export that was killed on ")
    assert b"canarydoe" not in desk.run("check", "--json").stdout + desk.run("check").stdout
    with desk.sit("check") as session:
        session.finish()
        assert left.name in session.screen
    outcome = desk.run("check", "--clean", "--json")
    assert [line["maker"] for line in ndjson(outcome) if line["type"] == "removed"] == ["export"]
    assert b"canarydoe" not in outcome.stdout
    assert f"Removed what an export that was killed on {left_on()} left: {left}" in outcome.words
    assert [*folder.iterdir()] == [planted]
    assert points(desk)["leftovers"]["level"] == "ok"
    assert "Nothing was removed." in desk.run("check", "--clean").words


def left_on() -> str:
    """Write this day as it is shown."""
    return show_date(datetime.now(UTC).astimezone().date())


def test_what_no_note_names_is_told_in_the_folder_that_one_is_in(desk: Desk, tmp_path: Path) -> None:
    """And is never removed."""
    planted = tmp_path / "here" / ".imgfile-0123456789abcdef"
    planted.parent.mkdir()
    planted.write_bytes(b"a look-alike")
    outcome = imgfile("check", "--clean", "--json", env=desk.environment, cwd=planted.parent)
    (point,) = (line for line in ndjson(outcome) if line.get("point") == "leftovers")
    assert (point["level"], "no note of" in point["message"]) == ("look", True)
    assert planted.exists()


def test_cleaning_needs_no_vault(tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer that only strips has none."""
    alone = replace(desk, state=tmp_path / "alone")
    left = leave(alone, tmp_path / "here.jpg", "strip", monkeypatch)
    assert alone.run("check", "--clean").status == 10
    assert not left.exists()
