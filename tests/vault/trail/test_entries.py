"""The entries about erasures, as docs/reference/vault-format.md lists them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from imgfile.clinical.proofs import Erasure, Evidence, RecordId
from imgfile.vault.trail.entries import cleared_entries, disposed_of_entry, erased_entry, remains_entry

AT = datetime(2026, 11, 22, 13, 0, 7, 999, tzinfo=timezone(timedelta(hours=1)))
ONE, TWO = RecordId("1" * 32), RecordId("2" * 32)


@pytest.mark.parametrize("evidence", Evidence)
def test_an_erasure_is_entered_with_its_evidence(evidence: Evidence) -> None:
    """By the level's name, in UTC to the second."""
    assert erased_entry(ONE, Erasure(evidence), at=AT) == {
        "act": "erased",
        "at": "2026-11-22T12:00:07Z",
        "record": ONE,
        "evidence": f"E{evidence.value}",
    }


def test_an_export_is_entered_with_every_record_whose_source_went_with_it() -> None:
    """The export first, then each record."""
    cleared, *erased = cleared_entries(iter([ONE, TWO]), Erasure(Evidence.E2), at=AT)
    assert cleared == {"act": "cleared", "at": "2026-11-22T12:00:07Z", "evidence": "E2"}
    assert erased == [erased_entry(record, Erasure(Evidence.E2), at=AT) for record in (ONE, TWO)]


def test_an_erasure_that_cannot_be_finished_is_entered_too() -> None:
    """It makes no claim of evidence."""
    moment = AT.astimezone(UTC)
    assert remains_entry(ONE, at=moment) == {"act": "remains", "at": "2026-11-22T12:00:07Z", "record": ONE}


def test_a_photo_that_is_filed_nowhere_is_entered_by_its_mark() -> None:
    """There is no record that could be named."""
    entry = disposed_of_entry("3" * 64, Erasure(Evidence.E3), at=AT)
    assert entry == {"act": "erased", "at": "2026-11-22T12:00:07Z", "photo": "3" * 64, "evidence": "E3"}
