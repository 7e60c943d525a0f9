"""`imgfile vault`: the vaults that this computer knows: listed, named, one of them the default."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import station
from imgfile.vault import choose
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import imgfile

OTHER = "0123456789abcdef" * 2


@pytest.fixture
def two(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    """Let the desk's computer know a second vault, at a folder that is away."""
    monkeypatch.setenv("IMGFILE_STATE", str(desk.state))
    station.pin(replace(desk.practice.vault.station.pin, vault=OTHER, folder=tmp_path / "away"))
    return desk


def test_the_vaults_are_listed(two: Desk, tmp_path: Path) -> None:
    """As TSV in a pipe, whole in JSON, and one that is away too: nothing of it is opened."""
    pin = two.practice.vault.station.pin
    rows = [line.split("\t") for line in two.run("vault", "list").stdout.decode().splitlines()]
    assert rows[0] == ["vault", "name", "default", "roster", "computer", "folder", "fingerprint"]
    assert sorted(row[0] for row in rows[1:]) == sorted([OTHER[:8], pin.vault[:8]])
    (own,) = [line for line in ndjson(two.run("vault", "list", "--json")) if line["vault"] == pin.vault]
    assert own["station"] == "RECEPTION-3"
    (away,) = [line for line in ndjson(two.run("vault", "list", "--json")) if line["vault"] == OTHER]
    assert away == {
        "type": "known_vault",
        "vault": OTHER,
        "name": "",
        "is_default": False,
        "roster": 1,
        "station": "",
        "folder": str(tmp_path / "away"),
        "fingerprint": two.practice.vault.roster.fingerprint,
    }


def test_without_any_vault_nothing_is_listed(tmp_path: Path) -> None:
    """And that is no error."""
    outcome = imgfile("vault", "list", "--json", env={"IMGFILE_STATE": str(tmp_path)})
    assert (outcome.status, outcome.stdout) == (0, b"")
    assert "does not know a vault yet" in outcome.words


def test_several_vaults_are_named_by_folder_name_or_id(two: Desk) -> None:
    """Until one is the default, the error lists what to type."""
    pin = two.practice.vault.station.pin
    outcome = two.run("list")
    assert outcome.status == 10
    assert "this computer knows 2 vaults" in outcome.words
    for word in (f"--vault {OTHER[:8]}", f"--vault {pin.vault[:8]}", "imgfile vault default VAULT"):
        assert word in outcome.words
    assert two.run("vault", "name", pin.vault[:6], "North Street").status == 0
    for word in ("North Street", "north street", pin.vault[:4], pin.vault.upper(), str(two.practice.folder)):
        assert two.run("list", "--vault", word).status == 0, word
    assert '--vault "North Street"' in two.run("list").words
    for word in ("north", pin.vault[:3], "", "."):
        assert two.run("list", "--vault", word).status == 10, word
    assert two.run("vault", "default", "north street").status == 0
    assert two.run("list").status == 0
    assert [line["is_default"] for line in ndjson(two.run("vault", "list", "--json")) if line["name"]] == [True]


def test_where_the_vault_is_an_argument_no_flag_is_named(two: Desk) -> None:
    """What the error lists is typed as it stands."""
    for command in (("name", "nowhere", "x"), ("default", "nowhere")):
        outcome = two.run("vault", *command)
        assert (outcome.status, OTHER[:8] in outcome.words, "--vault" in outcome.words) == (10, True, False), command


def test_a_default_is_no_bar_to_naming_another(two: Desk) -> None:
    """And a default that is forgotten, or nonsense, counts as none."""
    assert two.run("vault", "default", OTHER[:8]).status == 0
    assert two.run("list").status == 19
    assert two.run("list", "--vault", two.practice.folder).status == 0
    for nonsense in (b"", b"\xff\xfe", b"f" * 5000):
        (two.state / "default").write_bytes(nonsense)
        assert two.run("list").status == 10


@pytest.mark.parametrize(
    "word", ["../up", "a/b", "a\\b", "C:", "-x", "x" * 41, "abcd", OTHER, "a\tb", "a\x1b[2Jb", " . ", "a\nb"]
)
def test_what_cannot_be_a_name_is_refused(two: Desk, word: str) -> None:
    """What looks like a path, an option or an id would mean something else where a vault is named."""
    outcome = two.run("vault", "name", OTHER[:8], "--", word)
    assert outcome.status == 13
    assert "cannot be a vault's name" in outcome.words
    assert all(line["name"] == "" for line in ndjson(two.run("vault", "list", "--json")))


def test_a_name_is_one_vault_s_and_can_be_taken_away(two: Desk) -> None:
    """However it is spelt."""
    assert two.run("vault", "name", OTHER[:8], "Süd").status == 0
    taken = two.run("vault", "name", two.practice.folder, "SU\u0308D")
    assert taken.status == 13
    assert "another vault is called" in taken.words
    assert two.run("vault", "name", "su\u0308d", "").status == 0
    assert two.run("vault", "name", two.practice.folder, "süd").status == 0
    assert two.run("list", "--vault", "Süd").status == 0


def test_the_configuration_may_name_a_vault(two: Desk, tmp_path: Path) -> None:
    """By its name; a path must be whole, or it would hang on where somebody stands."""
    two.run("vault", "name", two.practice.folder, "north")
    config = tmp_path / "config" / "imgfile" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    environment = {**two.environment, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    config.write_text("vault = 'north'")
    assert imgfile("list", env=environment).status == 0
    config.write_text("vault = 'up/north'")
    assert imgfile("list", env=environment).status == 2


def test_a_vault_founded_in_the_place_of_another_is_listed_alone(two: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pin of the one before would never be of use there."""
    monkeypatch.setenv("IMGFILE_STATE", str(two.state))
    pin = two.practice.vault.station.pin
    station.pin(replace(pin, vault=OTHER, first_digest="0" * 64))
    assert [each.vault for each in choose.usable_pins()] == [pin.vault]
