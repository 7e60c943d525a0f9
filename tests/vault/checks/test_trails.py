"""What `verify` says of trails that were cut, that name what could be nowhere, and that grow while it looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.records import manifest
from imgfile.vault.roster.model import ClosedStation, Roster
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail.read import EMPTY, Head
from kit.vault.forged_filings import file_naming
from kit.vault.joining import account
from kit.vault.practice import NOON, Practice, change_roster, enrol_second_station

Found = set[tuple[Kind, str, str]]


def found(practice: Practice) -> Found:
    """Return what `verify` finds, as a new process would."""
    return {(each.kind, each.where, each.message) for each in verify(practice.reopened())}


def close_second(practice: Practice, head: Head, *accepted: str) -> None:
    """Close the second computer at this end of its trail."""

    def closed(newest: Roster) -> Roster:
        here, second = newest.stations
        shut = ClosedStation(second.station, second.name, second.keys, newest.number + 1, head)
        return replace(newest, stations=(here,), closed=replace(newest.closed, stations=(shut,)), accepted=accepted)

    change_roster(practice, closed)


def test_a_trail_that_is_cut_below_where_it_was_closed_is_named_as_that(practice: Practice, tmp_path: Path) -> None:
    """The roster that closed it says where it ends, whoever has seen it."""
    station = enrol_second_station(practice, tmp_path / "second")
    with account(tmp_path / "second"):
        note = chain.append(open_vault(station), [])
    of = station.pin.station
    close_second(practice, (1, note.digest))
    assert found(practice) == set()
    (practice.folder / layout.trail(of, 1)).unlink()
    cut = (Kind.CUT, f"{layout.AUDIT}/{of}", "It was closed at note 1, and does not end there.")
    assert cut in found(practice)


@pytest.mark.parametrize("is_accepted", [False, True])
def test_what_a_closed_computer_never_entered_counts_by_name_alone(
    practice: Practice, tmp_path: Path, *, is_accepted: bool
) -> None:
    """It died between its manifest and its entry: an administrator says that the photo was filed, or nobody does."""
    enrol_second_station(practice, tmp_path / "second")
    filed = file_naming(practice, practice.reopened().roster, tmp_path / "second", is_entered=False)
    digest = manifest.load(practice.reopened(), filed.patient, filed.record).digest
    close_second(practice, EMPTY, *([digest] if is_accepted else []))
    message = "Its station was closed, and its trail up to there does not state it."
    assert found(practice) == (set() if is_accepted else {(Kind.DAMAGED, filed.record, message)})


def test_an_entry_that_names_what_could_be_nowhere_is_of_something_missing(practice: Practice) -> None:
    """By a station gone bad: no name that it gives is looked for on the share."""
    entry = {"act": "filed", "record": "a" * 32, "manifest": "0" * 64, "patient": "../../x"}
    with practice.vault.station.locked():
        chain.append(practice.vault, [entry])
    assert found(practice) == {
        (Kind.MISSING, "a" * 32, "The trail says that it was filed, and it is not there."),
    }


def test_what_is_entered_while_the_trails_are_compared_is_no_finding(practice: Practice) -> None:
    """A record was found before its entry, and other notes come before that: it is looked for again at the end."""
    filed, vault = practice.file(), practice.vault
    (practice.folder / layout.THING_KEYS / "notes.txt").write_bytes(b"said once all trails were walked")
    kinds = []
    for finding in verify(practice.reopened()):
        kinds.append(finding.kind)
        with vault.station.locked():
            chain.append(vault, [{"act": "remains", "record": "0" * 32}])
            permissions.release(vault, [filed], at=NOON)
    assert kinds == [Kind.FOREIGN]
