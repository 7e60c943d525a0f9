"""What a station remembers of the photos that it leaves alone, at its bounds and where it cannot be read."""

from __future__ import annotations

from dataclasses import replace

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
