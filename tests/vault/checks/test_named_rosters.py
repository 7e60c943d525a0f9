"""A note counts only if its station was open in the roster that it names; of version 1, only from before version 2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import notes
from imgfile.errors import Damaged, NotWritable
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.named_rosters import History
from imgfile.vault.checks.verify import verify
from imgfile.vault.records import manifest
from imgfile.vault.roster.model import ClosedStation, Roster
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail import read as trail
from kit.vault.forged_filings import file_naming, naming, of_another_digest
from kit.vault.practice import (
    NOON,
    Practice,
    as_format_2,
    change_roster,
    enrol_second_station,
    of_format_1,
    resigned,
)


def damage(practice: Practice) -> set[str]:
    """Verify as a new process would; return what is damage."""
    return {one.message for one in verify(practice.reopened()) if one.kind is Kind.DAMAGED}


def test_a_record_and_its_entry_name_a_roster_of_the_chain(practice: Practice) -> None:
    """Its digest, for a roster that is not the newest: only the walk of `verify` sees it, in manifest and trail."""
    change_roster(practice)
    now = practice.reopened().roster
    practice = replace(practice, vault=practice.reopened())
    filed = file_naming(practice, replace(of_another_digest(now), number=1))
    assert manifest.load(practice.vault, filed.patient, filed.record).roster[0] == 1
    found = {one.where for one in verify(practice.reopened()) if "not in the chain" in one.message}
    record = f"{layout.record(filed.patient, filed.record)}/{layout.MANIFEST}"
    assert found == {record, layout.trail(practice.vault.here.station, 1)}


def test_a_roster_that_two_copies_disagreed_about_is_in_the_chain_once_a_later_one_overruled_it(
    practice: Practice,
) -> None:
    """Whoever had seen the other copy's filed honestly."""
    change_roster(practice)
    now = practice.reopened().roster
    other = of_another_digest(now)
    practice = replace(practice, vault=practice.reopened())
    file_naming(practice, other)
    change_roster(practice, lambda newest: replace(newest, forks=(other.note.digest,)))
    assert damage(practice) == set()


def test_what_an_administrator_accepted_by_name_is_not_judged_again(practice: Practice) -> None:
    """A manifest that names a roster which a restore lost."""
    practice.vault.station.require_memory()
    filed = file_naming(practice, replace(practice.vault.roster, number=9), is_entered=False)
    with pytest.raises(Damaged, match="names roster 9, which is not there"):
        manifest.load(practice.vault, filed.patient, filed.record)
    change_roster(practice, lambda newest: replace(newest, accepted=(filed.manifest_digest,)))
    assert manifest.load(practice.reopened(), filed.patient, filed.record).digest == filed.manifest_digest
    assert damage(practice) == set()


def test_a_roster_that_came_while_the_vault_was_open_is_looked_up(practice: Practice, tmp_path: Path) -> None:
    """An administrator changed something, and another computer filed: that is no damage, and is read each time."""
    before = practice.vault
    second = enrol_second_station(practice, tmp_path / "second")
    newer = replace(practice, vault=practice.reopened())
    file_naming(newer, newer.vault.roster, tmp_path / "second")
    filed = [newer.file(b"one"), newer.file(b"two")]
    permissions.release(newer.vault, filed, at=NOON)
    for each in filed:
        assert manifest.load(before, each.patient, each.record).roster[0] == 2
    assert trail.load(before, before.here.station, 1).roster == newer.vault.roster.seen
    assert second.pin.station not in before.roster.station_keys
    assert {one.kind for one in verify(before)} <= {Kind.UNFINISHED}


def test_a_closed_station_names_no_roster_from_then_on(practice: Practice, tmp_path: Path) -> None:
    """Reading refuses what names a later one; what names an earlier one is readable, and its trail must state it."""
    second = enrol_second_station(practice, tmp_path / "second")
    listing = practice.reopened().roster
    practice = replace(practice, vault=practice.reopened())
    honest = file_naming(practice, listing, tmp_path / "second")
    head = trail.load(practice.reopened(), second.pin.station, 1).digest

    def closing(newest: Roster) -> Roster:
        first, other = newest.stations
        closed = ClosedStation(other.station, other.name, other.keys, newest.number + 1, (1, head))
        return replace(newest, stations=(first,), closed=replace(newest.closed, stations=(closed,)))

    change_roster(practice, closing)
    practice = replace(practice, vault=practice.reopened())
    late = file_naming(practice, naming(listing, practice.vault.roster), tmp_path / "second", is_entered=False)
    as_if_before = file_naming(practice, listing, tmp_path / "second", is_entered=False)
    with pytest.raises(Damaged, match="names a roster in which its computer was closed"):
        manifest.load(practice.vault, late.patient, late.record)
    assert trail.states_filing(practice.vault, second.pin.station, honest.record, honest.manifest_digest)
    assert not trail.states_filing(
        practice.vault, second.pin.station, as_if_before.record, as_if_before.manifest_digest
    )
    found = {one.where for one in verify(practice.vault) if one.kind is Kind.DAMAGED}
    assert found == {layout.record(late.patient, late.record), as_if_before.record}


# --- version 1 in a vault that moved on -----------------------------------------------------------------------


@of_format_1
def test_what_was_filed_before_the_vault_moved_stays_as_it_is(practice: Practice) -> None:
    """Also by a run that died before its entry: the next one enters it as matched, in version 2."""
    permissions.release(practice.vault, [practice.file(b"one")], at=NOON)
    dead = practice.file(b"two")
    moved = as_format_2(practice)
    assert {one.kind for one in verify(moved.vault)} == {Kind.UNFINISHED}
    permissions.release(moved.vault, [replace(dead, is_new=False)], at=NOON)
    permissions.release(moved.vault, [moved.file(b"three")], at=NOON)
    assert [*verify(moved.reopened())] == []


@of_format_1
def test_a_station_that_had_not_seen_the_move_goes_on_in_version_1(practice: Practice, tmp_path: Path) -> None:
    """It filed later by the clock, and its trail shows that it knew no roster of format 2."""
    enrol_second_station(practice, tmp_path / "second")
    practice = replace(practice, vault=practice.reopened())
    before = practice.vault.roster
    moved = as_format_2(practice)
    file_naming(moved, before, tmp_path / "second")
    assert damage(moved) == set()


Forgery = Callable[[Practice, Roster], object]


def _files_as_version_1(moved: Practice, before: Roster) -> None:
    file_naming(moved, before)


def _enters_version_1_as_filed(moved: Practice, before: Roster) -> None:
    filed = file_naming(moved, before, is_entered=False)
    permissions.release(moved.vault, [filed], at=NOON)


@of_format_1
@pytest.mark.parametrize(
    ("forgery", "found"),
    [
        (_files_as_version_1, {"It is of version 1, and its station knew version 2 by then."}),
        (
            _enters_version_1_as_filed,
            {"It is of version 1, and its station knew version 2 when it filed it."},
        ),
    ],
)
def test_a_station_that_knows_version_2_never_goes_back(practice: Practice, forgery: Forgery, found: set[str]) -> None:
    """A manifest of version 1 names no roster, has no mark for other patients, and no key of its own."""
    before = practice.vault.roster
    moved = as_format_2(practice)
    permissions.release(moved.vault, [moved.file(b"one")], at=NOON)
    forgery(moved, before)
    assert damage(moved) == found


@of_format_1
def test_a_computer_that_joined_later_never_writes_version_1(practice: Practice, tmp_path: Path) -> None:
    """Reading refuses it, wherever its trail stands."""
    before = practice.vault.roster
    moved = as_format_2(practice)
    enrol_second_station(moved, tmp_path / "second")
    moved = replace(moved, vault=moved.reopened())
    listed = replace(moved.vault.roster, format=layout.FORMAT_1, note=before.note)
    filed = file_naming(moved, listed, tmp_path / "second")
    with pytest.raises(Damaged, match="of version 1, which its computer never wrote here"):
        manifest.load(moved.vault, filed.patient, filed.record)
    assert any("never wrote here" in each for each in damage(moved))


@of_format_1
def test_rosters_of_before_that_cannot_be_read_hide_no_record(practice: Practice) -> None:
    """`verify` reports them; what was filed then is read all the same."""
    filed = practice.file()
    permissions.release(practice.vault, [filed], at=NOON)
    moved = as_format_2(practice)
    (moved.folder / layout.roster(1)).write_bytes(b"")
    assert manifest.load(moved.reopened(), filed.patient, filed.record).digest == filed.manifest_digest
    assert damage(moved)


@of_format_1
def test_a_run_that_began_in_version_1_enters_nothing_once_its_station_knows_better(practice: Practice) -> None:
    """Another imgfile of this account saw the roster that moved the vault; the run is repeated."""
    before = practice.vault
    moved = as_format_2(practice)
    permissions.release(moved.vault, [moved.file()], at=NOON)
    with pytest.raises(NotWritable, match="was changed while this ran"):
        chain.append(before, [])
    assert [*verify(moved.reopened())] == []


def test_a_note_of_version_2_names_a_roster_of_format_2(practice: Practice) -> None:
    """As values, for a chain that begins in format 1; a roster beyond what was walked is not judged here."""
    old, new = replace(practice.vault.roster, format=layout.FORMAT_1), replace(practice.vault.roster, number=2)
    history = History()
    history.add(old)
    history.add(new)
    here, digest = practice.vault.here.station, practice.vault.roster.note.digest
    assert history.flaw(here, (1, digest)) == "It is of version 2, and names roster 1, which is of format 1."
    assert history.flaw(here, (2, digest)) == ""
    assert history.flaw(here, (3, "0" * 64)) == ""
    assert history.flaw(here, None) == ""


def test_a_trail_that_names_what_is_not_there_is_refused_by_whoever_would_go_on(practice: Practice) -> None:
    """The roster that somebody has seen is hidden from this computer: it files nothing until it is shown."""
    chain.append(practice.vault, [])
    here = practice.vault.here.station
    resigned(practice, "audit", layout.trail(here, 1), lambda body: {**body, "roster": [7, "0" * 64]})
    note = notes.parse((practice.folder / layout.trail(here, 1)).read_bytes())
    practice.vault.station.remember_heads({})
    assert note.body["roster"][0] == 7
    with pytest.raises(Damaged, match="names roster 7, which is not there") as refused:
        chain.append(practice.vault, [])
    assert refused.value.hint is not None
    assert "A share can take a minute" in refused.value.hint
    assert isinstance(practice.vault, Vault)
