"""What was filed and never handed over is counted without a key, at the cost of what is new."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from imgfile.acts.check.not_handed import count_not_handed
from imgfile.acts.check.trail_heads import trail_heads
from imgfile.acts.disclosure.handover.remember import remember_handed_over
from imgfile.clinical.proofs import Verified
from imgfile.vault import layout
from imgfile.vault.life.addition import Effect
from imgfile.vault.records import find, manifest
from imgfile.vault.trail import chain
from kit.vault.filings import MOLE, filed
from kit.vault.lives import ALLOWED, WITHDRAWN, Life
from kit.vault.practice import Practice, as_format_1

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Note each time that the records of the vault are listed."""
    noted: list[object] = []
    real = find.patients

    def listed(vault: object) -> object:
        noted.append(vault)
        return real(vault)  # type: ignore[arg-type]

    monkeypatch.setattr(find, "patients", listed)
    return noted


def file_one(practice: Practice, number: int) -> Verified:
    """File a photo."""
    return practice.file_decided(filed(MOLE), b"photo %d" % number)


def hand_over(practice: Practice, done: Verified) -> None:
    """Say that a photo is in the clinical record."""
    of = manifest.load(practice.vault, done.patient, done.record)
    with practice.vault.station.locked():
        remember_handed_over(practice.vault, of, "EMIS", date(2026, 11, 28), None, at=NOW)


def test_records_are_listed_once_and_then_only_what_is_new_is_looked_at(
    practice: Practice, listings: list[object]
) -> None:
    """Filed, handed over, filed again; another note beside a record changes nothing."""
    assert count_not_handed(practice.vault, NOW) == 0
    first, second = file_one(practice, 1), file_one(practice, 2)
    assert count_not_handed(practice.vault, NOW) == 2
    hand_over(practice, first)
    assert count_not_handed(practice.vault, NOW) == 1
    file_one(practice, 3)
    with practice.vault.station.locked():
        told = ("viewed", "searched", "looked", "settled", "proposed")
        chain.append(practice.vault, [{"act": act, "at": "2026-11-22T12:00:00Z"} for act in told])
    assert count_not_handed(practice.vault, NOW) == 2
    (practice.folder / layout.tombstone(second.patient, second.record)).write_bytes(b"gone")
    with practice.vault.station.locked():
        entry = {"act": "gone", "at": "2026-11-22T12:00:00Z", "patient": second.patient, "record": second.record}
        chain.append(practice.vault, [entry])
    assert count_not_handed(practice.vault, NOW) == 1
    assert len(listings) == 1


def test_a_photo_whose_use_is_stopped_waits_for_nothing(practice: Practice, listings: list[object]) -> None:
    """Nobody may hand it over; allowed again it waits again."""
    record = Life.begin(practice)
    file_one(practice, 1)
    assert count_not_handed(practice.vault, NOW) == 2
    stopped = record.add(WITHDRAWN, Effect.USE_STOPPED)
    assert count_not_handed(practice.vault, NOW) == 1
    stops = tuple(each.digest for each in stopped.standing(Effect.USE_STOPPED))
    record.add(ALLOWED, Effect.USE_ALLOWED, ends=stops, key=record.founder)
    assert count_not_handed(practice.vault, NOW) == 2
    assert len(listings) == 1


def test_it_is_listed_again_where_the_trails_do_not_tell(practice: Practice, listings: list[object]) -> None:
    """A memory that is old, torn or gone; an act that nobody knows, or a broken note; the count stays the same."""
    hand_over(practice, file_one(practice, 1))
    file_one(practice, 2)
    kept = practice.vault.station.folder / "not_handed"
    for number, happens in enumerate(("first", "old", "torn", "gone", "unknown", "damaged"), 1):
        at = NOW + timedelta(days=8 if happens == "old" else 0)
        if happens == "torn":
            kept.write_bytes(kept.read_bytes()[:-3])
        if happens == "gone":
            kept.unlink()
        if happens == "unknown":
            with practice.vault.station.locked():
                chain.append(practice.vault, [{"act": "restored", "at": "2026-11-22T12:00:00Z"}])
        if happens == "damaged":
            with practice.vault.station.locked():
                chain.append(practice.vault, [{"act": "viewed", "at": "2026-11-22T12:00:00Z"}])
            station = practice.vault.here.station
            newest = trail_heads(practice.vault, {})[station]
            (practice.folder / layout.trail(station, newest)).write_bytes(b"broken")
        assert (count_not_handed(practice.vault, at), len(listings)) == (1, number), happens
        assert (count_not_handed(practice.vault, at), len(listings)) == (1, number), happens


def test_a_vault_of_format_1_cannot_say(practice: Practice) -> None:
    """Nothing is added to its records."""
    assert count_not_handed(as_format_1(practice).vault, NOW) is None
