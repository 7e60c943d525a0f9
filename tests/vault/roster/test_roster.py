"""The roster: pinned at its first, signed from one to the next, never rolled back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import canonical_json, station
from imgfile.errors import Damaged, NotWritable, NoVault
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.roster.model import parse
from kit.vault.practice import Practice, enrol_second_station


def test_a_second_roster_is_followed_and_remembered(practice: Practice, tmp_path: Path) -> None:
    """Opening the vault walks on to roster 2 and raises the pin."""
    enrol_second_station(practice, tmp_path / "second")
    vault = practice.reopened()
    assert vault.roster.number == 2
    assert [entry.name for entry in vault.roster.stations] == ["RECEPTION-3", "ROOM-2"]
    assert station.known_vaults()[0].highest == 2
    assert list(verify(vault)) == []


def test_a_rolled_back_roster_is_refused(practice: Practice, tmp_path: Path) -> None:
    """Whoever takes roster 2 away gains nothing once it was seen."""
    enrol_second_station(practice, tmp_path / "second")
    practice.reopened()
    (practice.folder / layout.roster(2)).unlink()
    with pytest.raises(Damaged, match="older"):
        practice.reopened()


def test_another_second_roster_is_refused(practice: Practice, tmp_path: Path) -> None:
    """A different roster of the same number, however well signed, is not the one that was seen."""
    enrol_second_station(practice, tmp_path / "second")
    practice.reopened()
    (practice.folder / layout.roster(2)).unlink()
    enrol_second_station(practice, tmp_path / "third")
    with pytest.raises(Damaged, match="saw before"):
        practice.reopened()


def forged(practice: Practice, change: Callable[[Body], Body], signer: SigningKey | None = None) -> None:
    """Publish a roster 2 made by somebody without an administrator's key."""
    body = {**practice.vault.roster.note.body, "number": 2, "previous": practice.vault.roster.note.digest}
    key = signer or SigningKey.generate(practice.vault.roster.people[0].who)
    note = key.sign("roster", practice.vault.id, change(body))
    practice.vault.store.publish(layout.roster(2), note.encode())


def test_a_roster_signed_by_nobody_listed_is_refused(practice: Practice) -> None:
    """Write access to the share makes no administrator."""
    forged(practice, lambda body: body)
    with pytest.raises(Damaged, match="valid signatures"):
        practice.reopened()
    (practice.folder / layout.roster(2)).unlink()
    forged(practice, lambda body: body, SigningKey.generate("f" * 32))
    with pytest.raises(Damaged, match="does not list"):
        practice.reopened()


@pytest.mark.parametrize("change", [{"previous": "0" * 64}, {"number": 3}])
def test_a_roster_that_does_not_follow_is_refused(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Body
) -> None:
    """Even an administrator's roster must name the one before it and count on."""
    real = SigningKey.sign
    monkeypatch.setattr(SigningKey, "sign", lambda key, kind, vault, body: real(key, kind, vault, {**body, **change}))
    enrol_second_station(practice, tmp_path / "second")
    monkeypatch.undo()
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "state"))
    with pytest.raises(Damaged, match="does not follow"):
        practice.reopened()


def test_a_folder_with_another_vault_is_refused(practice: Practice) -> None:
    """The pin is to one roster 1, whatever lies at its place."""
    pin = practice.vault.station.pin
    for other in (replace(pin, first_digest="0" * 64), replace(pin, vault="0" * 32)):
        with pytest.raises(Damaged, match="another vault"):
            open_vault(station.Station(other))


def test_a_vault_that_is_away_says_so(practice: Practice) -> None:
    """No folder, or an empty one: a disk or share that is not connected."""
    practice.folder.rename(practice.folder.with_name("away"))
    with pytest.raises(NotWritable, match="not there"):
        practice.reopened()
    practice.folder.mkdir()
    with pytest.raises(NoVault, match="no vault"):
        practice.reopened()


def test_a_roster_of_a_newer_format_or_without_its_facts_is_refused(practice: Practice) -> None:
    """Newer says update; incomplete says damaged."""
    note = practice.vault.roster.note
    with pytest.raises(Damaged, match="newer imgfile"):
        parse(replace(note, body={**note.body, "format": 2}))
    for key in note.body.keys() - {"founded", "previous"}:
        with pytest.raises(Damaged):
            parse(replace(note, body={name: value for name, value in note.body.items() if name != key}))
    nonsenses: list[Body] = [{"people": [3]}, {"stations": None}, {"generations": [{}]}]
    for nonsense in nonsenses:
        with pytest.raises(Damaged):
            parse(replace(note, body={**note.body, **nonsense}))


def test_people_and_stations_are_found_by_id(practice: Practice) -> None:
    """And nobody else is."""
    roster = practice.vault.roster
    person = roster.people[0]
    assert roster.person(person.who) == person
    assert roster.person("nobody") is None
    assert roster.station("nowhere") is None
    assert person.title == "Dr A. Example, GMC 7654321"
    assert replace(person, registration="").title == "Dr A. Example"
    assert len(roster.fingerprint.split("-")) == 6


def test_a_station_that_is_not_listed_cannot_file(practice: Practice) -> None:
    """Nor one whose key is not the listed one."""
    stranger = station.Station(replace(practice.vault.station.pin, station="0" * 32))
    with pytest.raises(NoVault, match="not enrolled"):
        _ = open_vault(stranger).here
    practice.vault.station.__dict__["signing_key"] = SigningKey.generate(practice.vault.station.pin.station)
    with pytest.raises(NoVault, match="not enrolled"):
        _ = practice.reopened().here


def test_a_changed_policy_is_refused(practice: Practice) -> None:
    """The roster names the policy by its digest."""
    (path,) = (practice.folder / "policy").iterdir()
    path.write_bytes(path.read_bytes().replace(b"clinician_attested", b"refuse"))
    with pytest.raises(Damaged, match="not the policy"):
        _ = practice.reopened().policy


def test_a_roster_is_canonical_json_that_anybody_reads(practice: Practice) -> None:
    """Line 2 of the note is JSON with the documented fields."""
    text = (practice.folder / layout.roster(1)).read_text(encoding="utf-8").split("\n")[1]
    body = json.loads(text)
    assert canonical_json.encode(body).decode() == text
    assert set(body) == {
        *("number", "previous", "format", "suite", "founded", "generations"),
        *("recovery", "people", "stations", "policy"),
    }
