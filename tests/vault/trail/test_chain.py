"""Appending to the trail: each note follows the last one, durably."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import station
from imgfile.clinical.proofs import Erasure, Evidence
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail.entries import erased_entry, remains_entry
from kit.vault.practice import NOON, Practice, enrol_second_station, resigned


def test_the_trail_is_a_chain_with_other_stations_heads(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each note names the one before and what was seen of the others, so a cut tail is provable elsewhere."""
    first = practice.file(b"one")
    [released] = permissions.release(practice.vault, [first], at=NOON)
    erasure = Erasure(Evidence.E3)
    note = chain.append(practice.vault, [erased_entry(first.record, erasure, at=NOON)])
    assert note.body["previous"] == released.audit_digest
    enrolled = enrol_second_station(practice, tmp_path / "second")
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
    second = Practice(open_vault(enrolled), practice.folder, practice.recovery_file)
    seen = chain.append(second.vault, [remains_entry(first.record, at=NOON)])
    here = practice.vault.here.station
    assert seen.body["heads"] == {here: [2, note.digest]}
    assert list(verify(second.vault)) == []
    (practice.folder / layout.trail(here, 2)).unlink()
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "third"))  # a new installation, which remembers nothing
    forgetful = station.pin(replace(enrolled.pin, highest=1))
    assert Kind.CUT in {finding.kind for finding in verify(open_vault(forgetful))}


def test_a_trail_changed_behind_this_stations_back_stops_it(practice: Practice) -> None:
    """What this station wrote itself must still be there before it writes on."""
    filed = practice.file(b"one")
    permissions.release(practice.vault, [filed], at=NOON)
    permissions.release(practice.vault, [filed], at=NOON)
    here = practice.vault.here.station
    newest = practice.folder / layout.trail(here, 2)
    kept = newest.read_bytes()
    resigned(practice, "audit", layout.trail(here, 2), lambda body: {**body, "entries": []})
    with pytest.raises(Damaged, match="saw before"):
        chain.append(practice.vault, [])
    newest.write_bytes(kept)
    resigned(practice, "audit", layout.trail(here, 1), lambda body: {**body, "entries": []})
    practice.vault.station.remember_heads({})
    with pytest.raises(Damaged, match="does not follow"):
        chain.append(practice.vault, [])
    assert {finding.kind for finding in verify(practice.vault)} >= {Kind.DAMAGED}
