"""A vault that was moved, at every command: followed when named, asked about when found, never with a thing missing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import station
from imgfile.vault import layout
from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.processes import Outcome, environment, imgfile
from kit.vault.filings import MOLE, filed

ANSWERS = [
    *("--allow-test-id", "--patient", "9434765870", "--dob", "3/3/71", "--body-site", "left shoulder"),
    *("--purpose", "diagnosis", "--basis", "patient_capacity_16plus", "--form", "phone"),
    *("--obtained-at", "20/11/2026", "--rationale", "New pigmented lesion, triage for 2WW", "--yes", "--no-input"),
]

DOORS: dict[str, tuple[Sequence[str], int]] = {
    "list": (["list"], 0),
    "list --patient": (["list", "--patient", "-"], 13),
    "show": (["show", "{}", "--identity-file", "{id}"], 0),
    "view": (["view", "0000", "--reason", "care", "--identity-file", "{id}"], 2),
    "export": (
        ["export", "{}", "-o", "-", "--purpose", "diagnosis", "--reason", "2WW", "--identity-file", "{id}"],
        0,
    ),
    "verify": (["verify"], 0),
    "audit": (["audit"], 0),
    "ingest": (["ingest", "photo.jpg", *ANSWERS], 0),
}
"""Command: its words, and how it ends once the vault is open (`view` names a record that there is not)."""

pytestmark = pytest.mark.usefixtures("record")
each_door = pytest.mark.parametrize("door", DOORS)


@pytest.fixture
def record(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """File a photo, lay another one down, and return the reference."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMGFILE_STATE", str(desk.state))
    (tmp_path / "photo.jpg").write_bytes(photos.phone_jpeg())
    return reference(desk.practice.file_decided(filed(MOLE)))


def words(door: str, record: str, desk: Desk) -> list[str]:
    """Spell a door's command."""
    return [word.format(record, id=desk.identity) for word in DOORS[door][0]]


def place() -> Path:
    """Return where the vault is pinned now."""
    (pin,) = station.known_vaults()
    return pin.folder


def state_of(desk: Desk) -> dict[str, bytes]:
    """Return every file of the state."""
    return {str(path): path.read_bytes() for path in desk.state.rglob("*") if path.is_file()}


@each_door
def test_a_vault_that_is_named_at_its_new_place_is_used_there(
    door: str, record: str, desk: Desk, tmp_path: Path
) -> None:
    """At once, without a question; and from then on without being named."""
    (tmp_path / "elsewhere").mkdir()
    new = tmp_path / "elsewhere" / "clinical"
    desk.practice.folder.rename(new)
    outcome = desk.run(*words(door, record, desk), "--vault", new)
    assert outcome.status == DOORS[door][1], outcome.words
    assert f"The vault that was at {desk.practice.folder} is used at {new} from now on" in outcome.words
    assert place() == new
    again = desk.run("list", "--json")
    assert again.status == 0
    assert len(ndjson(again)) == (2 if door == "ingest" else 1)
    assert (tmp_path / "photo.jpg").exists() is (door != "ingest")


@each_door
def test_a_vault_that_is_found_is_named_where_nobody_can_be_asked(
    door: str, record: str, desk: Desk, tmp_path: Path
) -> None:
    """Exit code 10, nothing changed, and the words that would use it there."""
    desk.practice.folder.rename(tmp_path / "renamed")
    before = state_of(desk)
    outcome = desk.run(*words(door, record, desk))
    assert (outcome.status, outcome.stdout) == (10, b"")
    assert f"{tmp_path / 'renamed'} holds it, and nothing is missing" in outcome.words
    assert f"--vault {tmp_path / 'renamed'}" in outcome.words
    assert state_of(desk) == before
    assert (tmp_path / "photo.jpg").exists()


@each_door
@pytest.mark.parametrize("is_named", [True, False], ids=["--vault", "found"])
def test_an_older_copy_is_refused_at_every_door(
    door: str, record: str, desk: Desk, tmp_path: Path, *, is_named: bool
) -> None:
    """Exit code 16: a note of the trail is missing that this computer saw."""
    copy = tmp_path / "backup"
    shutil.copytree(desk.practice.folder, copy)
    shutil.rmtree(desk.practice.folder)
    (copy / layout.trail(desk.practice.vault.here.station, 1)).unlink()
    before = state_of(desk)
    named: list[str] = ["--vault", str(copy)] if is_named else []
    outcome = desk.run(*words(door, record, desk), *named)
    assert (outcome.status, outcome.stdout) == (16, b"")
    assert "holds an older copy of the vault that was at" in outcome.words
    assert "Find the newest copy" in outcome.words
    assert state_of(desk) == before
    assert (tmp_path / "photo.jpg").exists()


@each_door
def test_a_copy_is_refused_while_the_vault_is_where_it_was(door: str, record: str, desk: Desk, tmp_path: Path) -> None:
    """Exit code 10, and what to do; the vault itself goes on."""
    copy = tmp_path / "copy"
    shutil.copytree(desk.practice.folder, copy)
    outcome = desk.run(*words(door, record, desk), "--vault", copy)
    assert (outcome.status, outcome.stdout) == (10, b"")
    assert f"{copy} holds a copy of the vault at {desk.practice.folder}" in outcome.words
    assert place() == desk.practice.folder
    assert desk.run("list").status == 0


@each_door
def test_a_vault_that_is_found_nowhere_is_said_as_before(door: str, record: str, desk: Desk, tmp_path: Path) -> None:
    """With what to type if it was moved; an empty folder in its place, or none."""
    desk.practice.folder.rename(desk.state / "away")
    for status in (19, 10):
        outcome = desk.run(*words(door, record, desk))
        assert (outcome.status, outcome.stdout) == (status, b"")
        assert "If it was moved, name its new folder:  --vault FOLDER" in outcome.words
        desk.practice.folder.mkdir(exist_ok=True)
    assert (tmp_path / "photo.jpg").exists()


# --- the question ---------------------------------------------------------------------------------------------------


def test_a_found_vault_is_asked_about_once(desk: Desk, tmp_path: Path) -> None:
    """Enter uses it from now on; `?` explains; the next command asks nothing."""
    desk.practice.folder.rename(tmp_path / "renamed")
    with desk.sit("list", piped=["stdout"]) as session:
        session.answer("[Y/n]:", "?")
        session.expect("known by its fingerprint")
        session.answer("[Y/n]:", "perhaps")
        session.answer("[Y/n]:", "")
        assert session.finish().status == 0
        assert "roster 1, nothing missing" in " ".join(session.screen.split())
    assert place() == tmp_path / "renamed"
    assert desk.run("list").status == 0


@pytest.mark.parametrize(("answer", "status"), [("n", 10), ("no", 10), ("q", 130)])
def test_a_no_changes_nothing(desk: Desk, tmp_path: Path, answer: str, status: int) -> None:
    """Nor does going away."""
    desk.practice.folder.rename(tmp_path / "renamed")
    before = state_of(desk)
    with desk.sit("verify") as session:
        session.answer("[Y/n]:", answer)
        assert session.finish().status == status
    assert state_of(desk) == before


def test_no_input_asks_nothing_at_a_terminal(desk: Desk, tmp_path: Path) -> None:
    """As without one."""
    desk.practice.folder.rename(tmp_path / "renamed")
    with desk.sit("verify", "--no-input") as session:
        assert session.finish().status == 10
        assert "[Y/n]" not in session.screen


# --- what may not write ---------------------------------------------------------------------------------------------


def test_a_dry_run_follows_nothing(desk: Desk, tmp_path: Path) -> None:
    """It shows the plan at the new place when that is named, and leaves the pin."""
    desk.practice.folder.rename(tmp_path / "renamed")
    before = state_of(desk)
    dry = ["ingest", "photo.jpg", "--dry-run", *ANSWERS[:-2]]
    assert desk.run(*dry, "--vault", tmp_path / "renamed").status == 0
    assert desk.run(*dry).status == 10
    with desk.sit(*dry) as session:
        assert session.finish().status == 10
        assert "[Y/n]" not in session.screen
    assert place() == desk.practice.folder
    assert {name for name in state_of(desk).items() if "pin.json" in name[0]} <= set(before.items())


@pytest.mark.parametrize("line", ["show ", "show --vault {} ", "view --vault {} 7", "list --vault "])
def test_a_shell_that_completes_neither_asks_nor_writes(line: str, desk: Desk, tmp_path: Path) -> None:
    """A half-typed line is on the screen."""
    desk.practice.folder.rename(tmp_path / "renamed")
    before = state_of(desk)
    typed = f"imgfile {line.format(tmp_path / 'renamed')}"
    completing = {"_IMGFILE_COMPLETE": "complete_bash", "COMP_WORDS": typed}
    outcome = imgfile(env={**desk.environment, **completing, "COMP_CWORD": str(len(typed.split(" ")) - 1)})
    assert (outcome.status, outcome.words) == (0, "")
    assert state_of(desk) == before


def test_check_says_where_it_is_and_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    """With the words that would use it there; named, it is looked at where it lies."""
    desk.practice.folder.rename(tmp_path / "renamed")
    before = place()
    (point,) = [line for line in ndjson(desk.run("check", "--json")) if line.get("point") == "vault"]
    assert point["level"] == "bad"
    assert point["next"] == f"imgfile list --vault {tmp_path / 'renamed'}"
    named = ndjson(desk.run("check", "--json", "--vault", tmp_path / "renamed"))
    assert [line["level"] for line in named if line.get("point") == "vault"] == ["ok"]
    assert desk.run("mail", "list", "--vault", tmp_path / "renamed").status == 0
    assert place() == before


# --- who else names it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["variable", "configuration"])
def test_a_place_that_the_surroundings_name_is_followed(desk: Desk, tmp_path: Path, by: str) -> None:
    """As `--vault` is."""
    new = tmp_path / "renamed"
    desk.practice.folder.rename(new)
    config = tmp_path / "config" / "imgfile" / "config.toml"
    config.parent.mkdir(parents=True)
    surroundings: dict[str, str | None] = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    if by == "variable":
        surroundings["IMGFILE_VAULT"] = str(new)
    else:
        config.write_text(f"vault = '{new}'")
    outcome: Outcome = imgfile("list", env={**desk.environment, **surroundings})
    assert outcome.status == 0, outcome.words
    assert place() == new
    assert environment(surroundings)["XDG_CONFIG_HOME"]


def test_names_and_defaults_go_with_the_vault(desk: Desk, tmp_path: Path) -> None:
    """They are the vault's, not its folder's; and by its name it is found at its new place too."""
    station.pin(
        replace(desk.practice.vault.station.pin, vault="0" * 32, first_digest="0" * 64, folder=tmp_path / "away")
    )
    old = desk.practice.folder
    assert desk.run("vault", "name", old, "north").status == 0
    assert desk.run("vault", "default", "north").status == 0
    old.rename(tmp_path / "renamed")
    for named in (["--vault", "north"], ["--vault", old], []):
        outcome = desk.run("list", *named)
        assert (outcome.status, f"--vault {tmp_path / 'renamed'}" in outcome.words) == (10, True), outcome.words
    assert desk.run("list", "--vault", tmp_path / "renamed").status == 0
    assert desk.run("list", "--vault", "north").status == 0
    lines = {line["name"]: line for line in ndjson(desk.run("vault", "list", "--json"))}
    assert lines["north"]["folder"] == str(tmp_path / "renamed")
    assert lines["north"]["is_default"]


def test_a_new_vault_in_the_old_place_is_no_bar(desk: Desk, tmp_path: Path) -> None:
    """Somebody moved a vault, and something else lies where it was."""
    new = tmp_path / "renamed"
    desk.practice.folder.rename(new)
    (desk.practice.folder / "roster").mkdir(parents=True)
    (desk.practice.folder / layout.roster(1)).write_bytes(
        (new / layout.roster(1)).read_bytes().replace(b"RECEP", b"ROOM-")
    )
    assert desk.run("list").status == 10
    assert desk.run("list", "--vault", new).status == 0
    assert place() == new
