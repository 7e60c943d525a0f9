"""Reading the trail: each note is its station's, of its number, and says what audit notes say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail import read as trail
from kit.vault.practice import NOON, Practice, enrol_second_station, of_each_format, of_format_1, resigned


@pytest.mark.parametrize(
    "change", [lambda _: {"number": 1}, lambda body: {**body, "heads": 3}, lambda body: {**body, "number": 9}]
)
def test_an_audit_note_must_say_what_audit_notes_say(practice: Practice, change: Callable[[Body], Body]) -> None:
    """Nonsense that is signed stays nonsense."""
    permissions.release(practice.vault, [practice.file()], at=NOON)
    here = practice.vault.here.station
    resigned(practice, "audit", layout.trail(here, 1), change)
    with pytest.raises(Damaged):
        trail.load(practice.vault, here, 1)
    assert {finding.kind for finding in verify(practice.vault)} >= {Kind.DAMAGED}


def test_an_unknown_stations_note_counts_for_nothing(practice: Practice) -> None:
    """A trail of somebody whom the roster does not list cannot be loaded, and is reported."""
    name = layout.trail("e" * 32, 1)
    practice.vault.store.publish(name, practice.vault.roster.note.encode())
    with pytest.raises(Damaged):
        trail.load(practice.vault, "e" * 32, 1)
    assert [finding.kind for finding in verify(practice.vault)] == [Kind.UNEXPECTED]


@of_each_format
def test_a_note_is_read_as_it_was_written(practice: Practice) -> None:
    """With whose it is, its place in the chain, and its digest."""
    here = practice.vault.here.station
    first = chain.append(practice.vault, [{"act": "tried"}])
    second = chain.append(practice.vault, [])
    knew = None if practice.vault.roster.is_format_1 else practice.vault.roster.seen
    read = [trail.load(practice.vault, here, number) for number in (1, 2)]
    assert read[0] == trail.TrailNote(here, 1, "", {}, ({"act": "tried"},), first.digest, knew)
    assert read[1] == trail.TrailNote(here, 2, first.digest, {}, (), second.digest, knew)
    assert [note.digest for note in trail.walk(practice.vault, here)] == [first.digest, second.digest]
    assert list(trail.walk(practice.vault, "e" * 32)) == []


@of_each_format
def test_heads_of_other_stations_are_read(practice: Practice) -> None:
    """Each a number and a digest."""
    here = practice.vault.here.station
    chain.append(practice.vault, [])
    stated = {"c" * 32: [3, "0" * 64], "d" * 32: [4, "1" * 64]}
    resigned(practice, "audit", layout.trail(here, 1), lambda body: {**body, "heads": stated})
    assert trail.load(practice.vault, here, 1).heads == {"c" * 32: (3, "0" * 64), "d" * 32: (4, "1" * 64)}


STATED: list[Body] = [
    *({"number": "1"}, {"number": None}, {"previous": None}, {"previous": 1}),
    *({"heads": []}, {"heads": None}, {"heads": {"c" * 32: 3}}, {"heads": {"c" * 32: [3]}}),
    *({"heads": {"c" * 32: ["3", "0" * 64]}}, {"heads": {"c" * 32: [3, 0]}}, {"heads": {"c" * 32: [3, "0", "0"]}}),
    {"heads": {"c" * 32: [3, "0" * 64], "d" * 32: 4}},
    *({"entries": None}, {"entries": {}}, {"entries": "filed"}, {"entries": ["filed"]}, {"entries": [{}]}),
    *({"entries": [{"act": 1}]}, {"entries": [{"act": "filed"}, {"at": "noon"}]}),
]


@of_each_format
@pytest.mark.parametrize("change", STATED, ids=str)
def test_each_fact_of_a_note_has_its_own_shape(practice: Practice, change: Body) -> None:
    """Whatever a station gone bad signs, those who read the trail meet nothing else."""
    here = practice.vault.here.station
    chain.append(practice.vault, [])
    name = layout.trail(here, 1)
    resigned(practice, "audit", name, lambda body: {**body, **change})
    with pytest.raises(Damaged, match=f"^{name} does not say what an audit note says"):
        trail.load(practice.vault, here, 1)


ROSTERS: list[object] = [None, [], [1], 1, "1", [0, ""], [1, "0"], ["1", "0" * 64], [True, "0" * 64], {"1": "0" * 64}]


@pytest.mark.parametrize("stated", ROSTERS, ids=str)
def test_a_note_of_format_2_says_which_roster_its_station_knew(practice: Practice, stated: object) -> None:
    """And which one it was has its own shape."""
    here = practice.vault.here.station
    chain.append(practice.vault, [])
    resigned(practice, "audit", layout.trail(here, 1), lambda body: {**body, "roster": stated})
    with pytest.raises(Damaged, match="does not say what an audit note says"):
        trail.load(practice.vault, here, 1)


@of_format_1
def test_a_note_of_format_1_says_no_roster(practice: Practice) -> None:
    """Whatever else is stated there is nothing that format 1 knows."""
    here = practice.vault.here.station
    chain.append(practice.vault, [])
    resigned(practice, "audit", layout.trail(here, 1), lambda body: {**body, "roster": 7})
    assert trail.load(practice.vault, here, 1).roster is None


@of_each_format
@pytest.mark.parametrize("lost", ["number", "previous", "heads", "entries"])
def test_no_fact_of_a_note_may_be_left_out(practice: Practice, lost: str) -> None:
    """Each by itself."""
    here = practice.vault.here.station
    chain.append(practice.vault, [])
    resigned(practice, "audit", layout.trail(here, 1), lambda body: {key: body[key] for key in body.keys() - {lost}})
    with pytest.raises(Damaged, match="does not say what an audit note says"):
        trail.load(practice.vault, here, 1)


def test_a_note_of_another_number_is_told_as_that(practice: Practice) -> None:
    """A copy of note 1 in the place of note 2, or the other way."""
    here = practice.vault.here.station
    chain.append(practice.vault, [])
    first = (practice.folder / layout.trail(here, 1)).read_bytes()
    name = layout.trail(here, 2)
    practice.vault.store.publish(name, first)
    with pytest.raises(Damaged, match=f"^{name} is another note of the trail"):
        trail.load(practice.vault, here, 2)


def test_a_stations_trail_is_signed_by_that_station(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another listed station cannot write in it, nor can another kind of note stand there."""
    enrolled = enrol_second_station(practice, tmp_path / "second")
    first, there = practice.reopened(), enrolled.pin.station
    note = chain.append(first, [])
    first.store.publish(layout.trail(there, 1), note.encode())
    with pytest.raises(Damaged, match="whom the roster does not list"):
        trail.load(first, there, 1)
    resigned(practice, "recipient", layout.trail(first.here.station, 1), lambda body: body)
    with pytest.raises(Damaged, match="where a audit was expected"):
        trail.load(first, first.here.station, 1)
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
    (practice.folder / layout.trail(there, 1)).unlink()
    (practice.folder / layout.trail(first.here.station, 1)).unlink()
    written = chain.append(open_vault(enrolled), [])
    assert trail.load(first, there, 1).digest == written.digest


def test_the_newest_note_is_found_from_any_that_is_known(practice: Practice) -> None:
    """Nothing is read for it; a note says when its last entry was made, if it has one."""
    vault = practice.vault
    here = vault.here.station
    assert trail.newest_number(vault, here, 0) == 0
    permissions.release(vault, [practice.file()], at=NOON)
    chain.append(vault, [])
    assert [trail.newest_number(vault, here, known) for known in range(3)] == [2, 2, 2]
    assert [note.at for note in trail.walk(vault, here)] == ["2026-11-22T12:00:00Z", ""]


def test_a_filing_is_stated_by_the_record_and_its_manifest_together(practice: Practice) -> None:
    """Neither of them alone, nor another act that names both."""
    vault, proof = practice.vault, practice.file()
    here = vault.here.station
    chain.append(vault, [{"act": "viewed", "record": proof.record, "manifest": proof.manifest_digest}])
    assert not trail.states_filing(vault, here, proof.record, proof.manifest_digest)
    permissions.release(vault, [proof], at=NOON)
    assert trail.states_filing(vault, here, proof.record, proof.manifest_digest)
    assert not trail.states_filing(vault, here, "0" * 32, proof.manifest_digest)
    assert not trail.states_filing(vault, here, proof.record, "0" * 64)
    assert not trail.states_filing(vault, "e" * 32, proof.record, proof.manifest_digest)
