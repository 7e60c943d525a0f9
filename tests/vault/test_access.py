"""Opening a vault from this station."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imgfile import station
from imgfile.errors import Damaged, NotWritable, NoVault
from imgfile.notes import SigningKey
from imgfile.vault.access import open_vault
from kit.vault.practice import Practice


def test_a_vault_that_is_away_says_so(practice: Practice) -> None:
    """No folder, or an empty one: a disk or share that is not connected."""
    practice.folder.rename(practice.folder.with_name("away"))
    with pytest.raises(NotWritable, match="not there"):
        practice.reopened()
    practice.folder.mkdir()
    with pytest.raises(NoVault, match="no vault"):
        practice.reopened()


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
