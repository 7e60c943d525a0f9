"""The station's notes about when a vault was verified and its recovery key tested."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from imgfile.practice_state import maintenance
from imgfile.practice_state.maintenance import VerifyRun
from kit.vault.practice import NOON, Practice

RUN = VerifyRun(datetime(2026, 11, 28, 9, 30, tzinfo=UTC), damage=1, warnings=2, notices=3, is_decrypted=True)


def test_the_newest_verify_is_remembered(practice: Practice) -> None:
    """One note, replaced each time."""
    station = practice.vault.station
    assert maintenance.last_verify(station) is None
    maintenance.note_verified(station, RUN)
    assert maintenance.last_verify(station) == RUN


def test_founding_a_vault_tests_its_recovery_key(practice: Practice) -> None:
    """On that day; a later test is remembered in its place."""
    station = practice.vault.station
    assert maintenance.recovery_tested_on(station) == NOON.astimezone().date()
    maintenance.note_recovery_tested(station, date(2027, 3, 1))
    assert maintenance.recovery_tested_on(station) == date(2027, 3, 1)


@pytest.mark.parametrize(
    "torn", [b"", b"\0" * 90, b"{", b'{"at":"2026-11-28T09:30:00"}', b"[]", b"\xff\xfe", b"x" * 5000, b"2026-02-30\n"]
)
def test_a_torn_note_counts_as_none(practice: Practice, torn: bytes) -> None:
    """Nothing rests on one: then it is to be done again."""
    station = practice.vault.station
    for name in ("verified", "recovery-tested"):
        (station.folder / name).write_bytes(torn)
    assert maintenance.last_verify(station) is None
    assert maintenance.recovery_tested_on(station) is None


def test_a_note_names_nothing(practice: Practice) -> None:
    """A moment and counts (R23)."""
    station = practice.vault.station
    maintenance.note_verified(station, RUN)
    assert (station.folder / "verified").read_bytes() == (
        b'{"at":"2026-11-28T09:30:00+00:00","damage":1,"decrypted":true,"notices":3,"warnings":2}'
    )
