"""What a station remembers of the photos that it leaves alone, at its bounds and where it cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from imgfile.clinical.proofs import Digest
from imgfile.errors import Damaged, NotWritable
from imgfile.record_state import set_aside
from imgfile.record_state.set_aside import PhotosSetAside, Why, everywhere
from imgfile.station import pin
from kit.vault.practice import NOON, Practice

ONE, OTHER = Digest("1" * 64), Digest("2" * 64)


def test_no_more_are_left_alone_than_can_be_remembered(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one would be filed unasked. One that is known already can still come on a hold."""
    aside = PhotosSetAside(practice.vault.station)
    monkeypatch.setattr(set_aside, "MAX_PHOTOS", 1)
    with practice.vault.station.locked():
        aside.add(ONE, Why.QUARANTINE, "one.jpg", at=NOON)
        with pytest.raises(NotWritable, match="leaves 1 photos alone already") as caught:
            aside.add(OTHER, Why.QUARANTINE, "other.jpg", at=NOON)
        assert "The photo was left as it is." in caught.value.hint
        assert aside.add(ONE, Why.HOLD, "one.jpg", at=NOON).is_hold
        before = aside.all()
        aside.note_copy(OTHER, "7f3k-q2ma")  # it was decided about meanwhile
    assert (aside.all(), aside.find(OTHER)) == (before, None)


def test_what_stands_is_neither_loosened_nor_given_another_deadline(practice: Practice) -> None:
    """A hold takes the place of a wait and never the other way round; who decides about a photo ends no hold of it."""
    aside, later = PhotosSetAside(practice.vault.station), NOON + timedelta(days=3)
    with practice.vault.station.locked():
        first = aside.add(ONE, Why.QUARANTINE, "one.jpg", at=NOON, until=NOON.date())
        assert aside.add(ONE, Why.QUARANTINE, "again.jpg", at=later, until=later.date()) == first
        held = aside.add(ONE, Why.HOLD, "one.jpg", at=NOON)
        for why in Why:
            assert aside.add(ONE, why, "again.jpg", at=later, until=later.date()) == held
        aside.note_copy(ONE, "7f3k-q2ma")
        aside.end_quarantine(ONE)
        aside.end_copy("7f3k-q2ma")
        assert (aside.on_hold(ONE), aside.has_copy("7f3k-q2ma")) == (True, False)
        aside.add(OTHER, Why.QUARANTINE, "other.jpg", at=NOON, until=NOON.date())
        aside.end_quarantine(OTHER)
        assert (aside.find(OTHER), len(aside.all())) == (None, 1)


def test_a_memory_that_cannot_be_read_is_never_taken_for_none(practice: Practice) -> None:
    """Else what is on a safeguarding hold could be filed, or erased."""
    station = practice.vault.station
    aside = PhotosSetAside(station)
    with station.locked():
        aside.add(ONE, Why.HOLD, "one.jpg", at=NOON)
    path = station.folder / "aside"
    path.unlink()
    path.mkdir()
    with pytest.raises(Damaged, match="this computer's own memory of .* cannot be read") as caught:  # noqa: RUF043 - a pattern
        aside.all()
    assert caught.value.hint.endswith("imgfile check")


def test_of_several_vaults_those_that_leave_something_alone_are_asked(practice: Practice) -> None:
    """Of one that never did, no key is derived."""
    station = practice.vault.station
    pin(replace(station.pin, vault="f" * 32))
    assert everywhere() == ()
    with station.locked():
        PhotosSetAside(station).add(ONE, Why.HOLD, "one.jpg", at=NOON)
    assert [each.station.pin.vault for each in everywhere()] == [practice.vault.id]
