"""What was asked for of a mailbox, and that nothing is passed over because it is not known."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from imgfile.acts.sources.filters import EVERYTHING, Criteria, Mismatch
from imgfile.mail.model import Message

SENT = datetime(2026, 11, 21, 8, 12, tzinfo=UTC)
DAY = SENT.astimezone().date()
RASH = Message(1, "Parent@Example.org", SENT, "Rash, as you asked", "<1@example.org>")
UNDATED = Message(2, "", None, "", "")


@pytest.mark.parametrize(
    "met",
    [
        EVERYTHING,
        Criteria(sender="parent@example"),
        Criteria(subject="RASH"),
        Criteria(since=DAY, until=DAY),
        Criteria(message_id="<1@example.org>"),
        Criteria(message_id=" 1@example.org"),
    ],
)
def test_what_was_asked_for_is_met(met: Criteria) -> None:
    """In any case, and both days are within."""
    assert met.mismatch(RASH) is None


@pytest.mark.parametrize(
    ("missed", "by"),
    [
        (Criteria(sender="surgery"), Mismatch.SENDER),
        (Criteria(subject="arm"), Mismatch.SUBJECT),
        (Criteria(since=date(2026, 11, 23)), Mismatch.SINCE),
        (Criteria(until=date(2026, 11, 19)), Mismatch.UNTIL),
        (Criteria(message_id="1@example"), Mismatch.MESSAGE_ID),
        (Criteria(message_id=""), Mismatch.MESSAGE_ID),
    ],
)
def test_what_was_not_asked_for_says_why(missed: Criteria, by: Mismatch) -> None:
    """The first criterion that it misses."""
    assert missed.mismatch(RASH) is by


def test_a_message_without_a_date_may_be_of_any_day() -> None:
    """It is never left out for what it does not say."""
    assert Criteria(since=date(2099, 1, 1), until=date(1980, 1, 1)).mismatch(UNDATED) is None


def test_a_photo_is_too_small_by_its_pixels() -> None:
    """Width times height; without a limit nothing is."""
    assert Criteria(min_pixels=640 * 480).is_too_small(639, 480)
    assert not Criteria(min_pixels=640 * 480).is_too_small(480, 640)
    assert not EVERYTHING.is_too_small(1, 1)
