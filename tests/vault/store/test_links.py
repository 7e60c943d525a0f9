"""A link in the place of anything that the vault holds: it is called a link by whoever meets it, and by the check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.keys.record_keys import expect_openable
from imgfile.vault.life.open import open_record
from imgfile.vault.records import manifest
from imgfile.vault.trail.chain import newest_heads
from kit.vault.lives import Life
from kit.vault.practice import Practice, change_roster, clinician_of


class Met:
    """A practice, by the names of what it holds, and whoever comes by each."""

    def __init__(self, practice: Practice) -> None:
        change_roster(practice)
        self.life = Life.begin(practice)
        vault, of, keys = practice.reopened(), self.life.of, self.life.keys
        self.vault, here = vault, layout.record(of.folder, of.record)
        holder = practice.founder
        self.by_name: dict[str, Callable[[], object]] = {
            layout.roster(1): lambda: list(vault.rosters()),
            layout.roster(2): lambda: open_vault(vault.station),
            layout.policy(vault.roster.policy_digest): lambda: fresh(vault).policy,
            layout.trail(vault.here.station, 1): lambda: newest_heads(fresh(vault)),
            layout.station_key(vault.here.station): lambda: open_pseudonyms(vault),
            layout.practice_key(1, holder): lambda: open_practice(vault, [clinician_of(practice)]),
            of.key.name: lambda: expect_openable(vault, of.folder, of.key),  # type: ignore[union-attr]
            layout.manifest(of.folder, of.record): lambda: manifest.load(vault, of.folder, of.record),
            f"{here}/{layout.FACTS}": lambda: open_record(vault, of, keys),
        }


def fresh(vault: Vault) -> Vault:
    """Open a vault as the next command does: it remembers nothing that it read."""
    return open_vault(vault.station)


def test_it_is_called_a_link(practice: Practice, tmp_path: Path) -> None:
    """Never a damaged text, an older one or a wrong identity."""
    met = Met(practice)
    for name, reads in met.by_name.items():
        path, kept = practice.folder / name, tmp_path / "kept"
        path.rename(kept)
        path.symlink_to(kept)
        with pytest.raises(Damaged) as caught:
            reads()
        assert caught.value.message == f"{name} in the vault is no file that imgfile wrote: it is a link."
        if name != layout.roster(2):  # the newest one: without it no vault opens
            found = [finding for finding in verify(met.vault) if "it is a link" in finding.message]
            assert [name.startswith(finding.where) for finding in found] == [True], name
        path.unlink()
        kept.rename(path)
