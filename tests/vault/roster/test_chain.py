"""The chain of rosters: pinned at its first, signed from one to the next, never rolled back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import station
from imgfile.errors import Damaged
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify
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
