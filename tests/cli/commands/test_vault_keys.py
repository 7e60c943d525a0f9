"""Keys in a folder of their own, at every command: what needs none goes on without it, the rest says what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import station
from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson, reference
from kit.vault.filings import MOLE, filed
from kit.vault.practice import with_own_keys_folder

ANSWERS = (
    *("--allow-test-id", "--patient", "9434765870", "--dob", "3/3/71", "--body-site", "left shoulder"),
    *("--purpose", "diagnosis", "--basis", "patient_capacity_16plus", "--form", "phone"),
    *("--obtained-at", "20/11/2026", "--rationale", "New pigmented lesion, triage for 2WW", "--yes", "--no-input"),
)
AWAY = 19
DOORS = {
    ("list",): 0,
    ("status",): 0,
    ("audit",): 0,
    ("vault", "list"): 0,
    ("verify",): 16,
    ("check",): 3,
    ("vault", "keys"): AWAY,
    ("show", "RECORD", "--identity-file", "IDENTITY"): AWAY,
    ("view", "RECORD", "--reason", "care", "--identity-file", "IDENTITY"): AWAY,
    ("export", "RECORD", "-o", "-", "--purpose", "diagnosis", "--reason", "x", "--identity-file", "IDENTITY"): AWAY,
    ("ingest", "PHOTO", *ANSWERS): AWAY,
    ("ingest", "PHOTO", *ANSWERS, "--dry-run"): AWAY,
    ("people", "list"): 0,
}
"""Words of a command, and how it ends while the keys are away."""
SAMPLED = frozenset({"list", "verify", "show", "ingest"})


@pytest.fixture
def apart(desk: Desk, tmp_path: Path) -> Desk:
    """Sit down at a vault whose keys have a folder of their own."""
    return replace(desk, practice=with_own_keys_folder(desk.practice, tmp_path / "keys"))


@pytest.mark.parametrize(
    "doors",
    [
        {door: status for door, status in DOORS.items() if door[0] in SAMPLED and "--dry-run" not in door},
        pytest.param(DOORS, marks=pytest.mark.long),
    ],
    ids=["sampled", "every one"],
)
def test_what_needs_a_key_says_where_to_look(apart: Desk, tmp_path: Path, doors: dict[tuple[str, ...], int]) -> None:
    """Each with its exit code; the photo stays as it is, and nothing is entered in the trail.

    Every one: `python -m pytest -n 0 -m long tests/cli/commands/test_vault_keys.py`.
    """
    record = reference(apart.practice.file_decided(filed(MOLE)))
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(photos.phone_jpeg())
    (tmp_path / "keys").rename(tmp_path / "unplugged")
    before = {path: path.read_bytes() for path in apart.practice.folder.rglob("*") if path.is_file()}
    named = {"RECORD": record, "IDENTITY": str(apart.identity), "PHOTO": str(photo)}
    for door, status in doors.items():
        outcome = apart.run(*(named.get(word, word) for word in door))
        assert outcome.status == status, door
        if status == AWAY:
            assert f"the vault's keys folder {tmp_path / 'keys'} is not there" in outcome.words, door
            assert "imgfile vault keys FOLDER" in outcome.words, door
    assert photo.read_bytes() == photos.phone_jpeg()
    assert {path: path.read_bytes() for path in apart.practice.folder.rglob("*") if path.is_file()} == before
    (status_line,) = ndjson(apart.run("status", "--json"))
    assert (status_line["keys"], status_line["has_keys"]) == (str(tmp_path / "keys"), False)
    points = {each["point"]: each["level"] for each in ndjson(apart.run("check", "--json")) if "point" in each}
    assert (points["vault"], points["keys"], points["station"]) == ("ok", "bad", "bad")


def test_where_they_are_now_is_said_once(apart: Desk, tmp_path: Path) -> None:
    """By the command, for every later one; a folder that does not hold them changes nothing."""
    (tmp_path / "keys").rename(tmp_path / "moved")
    assert apart.run("vault", "keys", tmp_path / "vault").status == AWAY
    said = apart.run("vault", "keys", tmp_path / "moved", "--json")
    assert ndjson(said)[0].items() >= {"folder": str(tmp_path / "moved"), "is_apart": True}.items()
    assert station.known_vaults()[0].keys == tmp_path / "moved"
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(photos.phone_jpeg())
    assert apart.run("ingest", photo, *ANSWERS).status == 0
    assert apart.run("verify").status == 0


def test_keys_that_are_found_are_asked_about(apart: Desk, tmp_path: Path) -> None:
    """At the terminal alone, once, with Enter for yes; n changes nothing."""
    (tmp_path / "keys").rename(tmp_path / "renamed")
    with apart.sit("verify") as session:
        session.answer("[Y/n]:", "n")
        assert session.finish().status == 16
    assert station.known_vaults()[0].keys == tmp_path / "keys"
    with apart.sit("verify") as session:
        session.answer("[Y/n]:", "?")
        session.expect("The folder has the marker")
        session.answer("[Y/n]:", "")
        assert session.finish().status == 0
    assert station.known_vaults()[0].keys == tmp_path / "renamed"


def test_keys_that_lie_with_the_rest(desk: Desk, tmp_path: Path) -> None:
    """There is nothing to be said of them."""
    assert ndjson(desk.run("vault", "keys", "--json"))[0].items() >= {"is_apart": False}.items()
    assert desk.run("vault", "keys", tmp_path).status == 2
