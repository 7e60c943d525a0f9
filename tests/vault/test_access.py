"""Opening a vault from this station."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import station
from imgfile.errors import Damaged, NotWritable, NoVault
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from kit.vault.joining import joined
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


def test_what_a_computer_signed_that_was_let_in_since_is_read(practice: Practice, tmp_path: Path) -> None:
    """The roster is read on before a note is taken for a stranger's; a stranger's it is then all the same."""
    before = practice.vault
    newcomer = joined(practice, tmp_path / "colleague")
    name = f"{layout.ROSTER}/probe.note"
    for signed, is_read in ((newcomer.sign("probe", {}), True), (_stranger().sign("probe", before.id, {}), False)):
        (practice.folder / name).write_bytes(signed.encode())
        with nullcontext() if is_read else pytest.raises(Damaged, match="sign"):
            assert before.station_note(name, "probe").signer == newcomer.here.station
    assert newcomer.here.station not in before.roster.station_keys


def _stranger() -> SigningKey:
    return SigningKey.generate("0" * 32)


def test_who_is_listed_or_never_was_has_not_left(practice: Practice) -> None:
    """No day is known of either, so nothing is refused for it."""
    assert practice.vault.left_on("Dr A. Example") is None
    assert practice.vault.left_on("Dr N. Obody") is None
