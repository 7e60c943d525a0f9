"""Permission to erase is in the trail, durably, before anybody has it."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from imgfile.clinical.proofs import Agreed, Digest, Inventory
from imgfile.errors import NotWritable
from imgfile.vault import layout
from imgfile.vault.trail import permissions
from imgfile.vault.trail import read as trail
from kit.vault.erasure import refusing, stand_in
from kit.vault.power import watched_power
from kit.vault.practice import NOON, OTHER_PATIENT, Practice


def test_a_release_names_what_was_proven_and_the_entry_that_says_so(practice: Practice) -> None:
    """One note for all of a group; each photo has its own entry and its own permission."""
    first, second = (
        practice.file(b"one"),
        replace(practice.file(b"two", OTHER_PATIENT), is_new=False, reached="manifest"),
    )
    released = permissions.release(practice.vault, [first, second], at=NOON)
    note = trail.load(practice.vault, practice.vault.here.station, 1)
    assert [one.verified for one in released] == [first, second]
    assert {one.audit_digest for one in released} == {note.digest}
    assert list(note.entries) == [
        {
            "act": act,
            "at": "2026-11-22T12:00:00Z",
            "patient": proof.patient,
            "record": proof.record,
            "manifest": proof.manifest_digest,
            "read_back": proof.reached,
        }
        for act, proof in (("filed", first), ("matched", second))
    ]


def test_a_clearance_names_what_was_agreed_to_and_the_entry_that_says_so(practice: Practice) -> None:
    """The records whose photos stand in the export, and how many parts are in none."""
    [released] = permissions.release(practice.vault, [practice.file()], at=NOON)
    agreed = Agreed(Inventory(Digest("7" * 64), (released,), ("12/1", "12/2"), ("13/1", "13/2", "14/1")))
    cleared = permissions.clear(practice.vault, agreed, at=NOON)
    note = trail.load(practice.vault, practice.vault.here.station, 2)
    assert cleared.agreed is agreed
    assert cleared.audit_digest == note.digest
    assert list(note.entries) == [
        {
            "act": "clearing",
            "at": "2026-11-22T12:00:00Z",
            "records": [released.verified.record],
            "unfiled": 2,
            "unsearched": 3,
        }
    ]


def test_what_permits_would_survive_a_power_cut(practice: Practice) -> None:
    """Whoever has a permission may erase at once."""
    filed = practice.file()
    here = practice.vault.here.station
    with watched_power(practice.folder) as power:
        [released] = permissions.release(practice.vault, [filed], at=NOON)
        assert power.survives(layout.trail(here, 1))
        permissions.clear(practice.vault, Agreed(Inventory(Digest("7" * 64), (released,), (), ())), at=NOON)
        assert power.survives(layout.trail(here, 2))


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_without_its_entry_there_is_no_permission(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A disk that is full, or gone, releases nothing."""
    [released] = permissions.release(practice.vault, [practice.file()], at=NOON)
    agreed = Agreed(Inventory(Digest("7" * 64), (released,), (), ()))
    stand_in(refusing(call, errno.EIO), monkeypatch.setattr)
    with pytest.raises(NotWritable):
        permissions.release(practice.vault, [released.verified], at=NOON)
    with pytest.raises(NotWritable):
        permissions.clear(practice.vault, agreed, at=NOON)
