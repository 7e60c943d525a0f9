"""What trails state of the inbox and of holds is read once, remembered, and never lost with the memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.record_state.trail_statements import TrailStatements, recall_statements
from imgfile.vault import layout
from imgfile.vault.roster.model import ClosedStation
from imgfile.vault.trail import chain
from imgfile.vault.trail import read as trail
from imgfile.vault.trail.holds import holds_seen, safeguarding_holds
from imgfile.vault.trail.statements import expect_statements, read_statements, settled_by
from kit.vault.harm import flipped
from kit.vault.practice import Practice

AT = "2026-11-22T12:00:00Z"
ITEM, NOTE, PHOTO = "ab" * 16, "cd" * 32, "ef" * 32
SETTLED: Body = {"act": "settled", "at": AT, "item": ITEM, "note": NOTE}
HELD: Body = {"act": "held", "at": AT, "hold": "12" * 16, "photo": PHOTO}
LIFTED: Body = {"act": "lifted", "at": AT, "hold": "12" * 16}


def enter(practice: Practice, *entries: Body) -> None:
    """Append a note to this computer's trail."""
    with practice.vault.station.locked():
        chain.append(practice.vault, entries)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the numbers of the notes of trails that are read from now on."""
    numbers: list[int] = []
    load = trail.load

    def counting(vault: object, station: str, number: int) -> trail.TrailNote:
        numbers.append(number)
        return load(vault, station, number)  # type: ignore[arg-type]

    monkeypatch.setattr(trail, "load", counting)
    return numbers


def test_each_note_is_read_once_and_what_it_states_is_known_ever_after(practice: Practice, loaded: list[int]) -> None:
    """Whatever was said of an item or of a hold, in whichever order; a hold ends with the entry that lifts it."""
    enter(practice, {"act": "exported", "at": AT}, SETTLED)
    enter(practice, HELD)
    assert (settled_by(practice.vault, ITEM), safeguarding_holds(practice.vault)) == ([NOTE], {PHOTO: "RECEPTION-3"})
    assert loaded == [1, 2]
    enter(practice, LIFTED, SETTLED)
    loaded.clear()
    assert (settled_by(practice.reopened(), ITEM), safeguarding_holds(practice.reopened())) == ([NOTE, NOTE], {})
    assert settled_by(practice.vault, "99" * 16) == []
    assert loaded == [3]


@pytest.mark.parametrize("harm", ["lost", "torn", "empty", "of another shape", "of other kinds"])
def test_without_its_memory_it_reads_the_trails_once_more(practice: Practice, loaded: list[int], harm: str) -> None:
    """Whatever befell the file: nothing in it is believed, and the answer is the same."""
    enter(practice, SETTLED, HELD)
    known = expect_statements(practice.vault)
    path = practice.vault.station.folder / "stated"
    data = path.read_bytes()
    path.write_bytes(
        {
            "lost": b"",
            "torn": data[:-9],
            "empty": b"{}\n",
            "of another shape": b'{"held":{},"read":[],"settled":{}}\n',
            "of other kinds": data.replace(b'[1,"', b'[true,"'),
        }[harm]
    )
    loaded.clear()
    assert recall_statements(practice.vault.station) == TrailStatements()
    assert (expect_statements(practice.vault), loaded) == (known, [1])


def test_a_trail_that_is_another_one_counts_anew_and_what_it_said_of_items_stays_known(practice: Practice) -> None:
    """As after a restore: nothing that it says now is passed over for what was read at that place before."""
    enter(practice, SETTLED)
    enter(practice, HELD)
    expect_statements(practice.vault)
    station = practice.vault.here.station
    seen = practice.vault.station.seen_heads()
    first = trail.load(practice.vault, station, 1)
    (practice.folder / layout.trail(station, 2)).unlink()
    assert safeguarding_holds(practice.vault) == {PHOTO: "RECEPTION-3"}  # a share can take a minute to show it
    practice.vault.station.remember_heads({**seen, station: (1, first.digest)})
    enter(practice, {**HELD, "hold": "34" * 16, "photo": "56" * 32})
    assert safeguarding_holds(practice.vault) == {"56" * 32: "RECEPTION-3"}
    assert settled_by(practice.vault, ITEM) == [NOTE]


def test_of_a_trail_that_does_not_hold_what_comes_before_the_flaw_counts_and_the_flaw_is_said(
    practice: Practice,
) -> None:
    """To whoever refuses on it, and to whoever reads on: then nobody can know."""
    enter(practice, HELD)
    enter(practice, SETTLED)
    name = practice.folder / layout.trail(practice.vault.here.station, 2)
    whole = name.read_bytes()
    name.write_bytes(flipped(whole))
    found, flaw = read_statements(practice.vault)
    assert (list(found.held.values()), flaw is None) == ([{HELD["hold"]: PHOTO}], False)
    for ask in (lambda: settled_by(practice.vault, ITEM), lambda: safeguarding_holds(practice.vault)):
        with pytest.raises(Damaged):
            ask()
    seen = holds_seen(practice.vault)
    assert (seen.where(PHOTO), seen.where("56" * 32)) == ("RECEPTION-3", None)
    name.write_bytes(whole)
    assert (settled_by(practice.vault, ITEM), holds_seen(practice.vault).where("56" * 32)) == ([NOTE], "")


def test_what_a_closed_computer_stated_beyond_its_end_counts_no_more(practice: Practice) -> None:
    """Also where it was read before anybody closed it; and its holds end with it."""
    vault = practice.vault
    enter(practice, HELD)
    enter(practice, SETTLED)
    assert settled_by(vault, ITEM) == [NOTE]
    here, end = vault.here, trail.load(vault, vault.here.station, 1)
    closed = ClosedStation(here.station, here.name, here.keys, vault.roster.number, (1, end.digest))
    roster = replace(vault.roster, stations=(), closed=replace(vault.roster.closed, stations=(closed,)))
    later = replace(vault, roster=roster)
    assert (settled_by(later, ITEM), safeguarding_holds(later)) == ([], {})
