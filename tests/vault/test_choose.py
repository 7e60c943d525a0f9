"""Which vault is meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import station
from imgfile.errors import NoVault
from imgfile.vault.choose import choose
from kit.vault.practice import Practice, found_practice


def test_the_only_vault_is_chosen_and_several_are_asked_about(practice: Practice, tmp_path: Path) -> None:
    """No vault, one, several, a named one, an unknown one."""
    pin = practice.vault.station.pin
    assert choose(None).pin == pin
    assert choose(practice.folder).pin == pin
    with pytest.raises(NoVault, match="no pin for the vault"):
        choose(tmp_path / "elsewhere")
    station.pin(replace(pin, vault="0" * 32, folder=tmp_path / "other"))
    with pytest.raises(NoVault, match="2 vaults"):
        choose(None)
    assert choose(tmp_path / "other").pin.vault == "0" * 32


def test_a_vault_is_known_however_its_folder_is_spelt(practice: Practice, tmp_path: Path) -> None:
    """Through a link, or by way of another folder: it is the same one."""
    (tmp_path / "link").symlink_to(practice.folder)
    for spelt in (tmp_path / "link", practice.folder / "keys" / ".."):
        assert choose(spelt).pin == practice.vault.station.pin


def test_a_vault_founded_where_another_had_been_is_the_one_meant(practice: Practice, tmp_path: Path) -> None:
    """Somebody who tried it out and began again is not asked without end which of two they mean."""
    old = practice.vault.station.pin
    practice.folder.rename(tmp_path / "moved")
    practice.recovery_file.unlink()
    new = found_practice(practice.folder.parent).vault.station.pin
    assert (new.folder, new.vault != old.vault) == (old.folder, True)
    assert choose(None).pin == choose(practice.folder).pin == new
    practice.folder.rename(tmp_path / "away")
    with pytest.raises(NoVault, match="2 vaults"):  # which of them is away, nobody can tell
        choose(practice.folder)


def test_no_vault_says_what_to_do(state: Path) -> None:
    """The first words a newcomer may read."""
    assert state
    with pytest.raises(NoVault, match="does not know a vault yet") as caught:
        choose(None)
    assert "imgfile init" in caught.value.hint
