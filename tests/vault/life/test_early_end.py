"""What the trails say against one person's destroying a photo, where a trail is not what it should be (R24)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import notes
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.life.early_end import Bar, bars
from imgfile.vault.roster.model import ClosedStation
from imgfile.vault.trail import chain
from kit.vault.joining import account
from kit.vault.lives import Life
from kit.vault.practice import NOON, Practice, change_roster, enrol_second_station


@pytest.mark.parametrize("at", [{}, {"at": "noon"}, {"at": 12}])
def test_a_look_that_says_no_moment_is_a_look(practice: Practice, at: dict[str, object]) -> None:
    """By a station gone bad: it came before the tombstone, whenever that was."""
    life, vault = Life.begin(practice), practice.vault
    assert bars(vault, life.history, NOON) == []
    with vault.station.locked():
        chain.append(vault, [{"act": "viewed", "record": life.of.record, **at}])
    assert bars(vault, life.history, NOON) == [Bar.LOOKED_AT]


def test_a_trail_that_does_not_end_as_it_was_closed_keeps_the_record(practice: Practice, tmp_path: Path) -> None:
    """Whoever put another note there, with that computer's key, may have taken a look away."""
    life, station = Life.begin(practice), enrol_second_station(practice, tmp_path / "second")
    with account(tmp_path / "second"):
        second = open_vault(station)
        chain.append(second, [{"act": "viewed", "record": "0" * 32}])
        path = practice.folder / layout.trail(second.here.station, 1)
        note = notes.parse(path.read_bytes())
        another = station.signing_key.sign(note.kind, note.vault, {**note.body, "entries": []}, version=note.version)
    here, head = second.here, chain.newest_heads(practice.reopened())[second.here.station]
    shut = ClosedStation(here.station, here.name, here.keys, 3, head)
    change_roster(
        practice,
        lambda newest: replace(
            newest,
            stations=tuple(each for each in newest.stations if each.station != here.station),
            closed=replace(newest.closed, stations=(shut,)),
        ),
    )
    vault = practice.reopened()
    assert bars(vault, life.history, NOON) == []
    path.write_bytes(another.encode())
    with pytest.raises(Damaged, match=f"^{layout.trail(here.station, 1)} is not the note that was seen there"):
        bars(vault, life.history, NOON)
