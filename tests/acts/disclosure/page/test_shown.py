"""In which order a page shows photos: that of the question that they were picked at."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from imgfile.acts.disclosure.page.shown import Caption, in_order


def made(reference: str, day: int, hour: int, *, filed: int = 29) -> Caption:
    """Describe a photo of a moment."""
    at = datetime(2026, 11, day, hour)  # noqa: DTZ001 - local time, as a caption has it
    return Caption(reference=reference, site="left knee", made=at, is_taken=True, filed=date(2026, 11, filed))


@pytest.mark.parametrize(
    ("captions", "order"),
    [
        ([made("a", 27, 9), made("b", 20, 9)], [1, 0]),
        ([made("a", 20, 18), made("b", 20, 9)], [1, 0]),
        ([made("a", 20, 18, filed=20), made("b", 20, 9)], [1, 0]),
        ([made("b", 20, 9, filed=20), made("a", 20, 9)], [1, 0]),
    ],
    ids=["another day", "an hour of one day", "filed otherwise", "one moment"],
)
def test_the_oldest_comes_first_by_the_moment(captions: list[Caption], order: list[int]) -> None:
    """Before and after of one day, too: neither the reference nor when each was filed turns them round."""
    assert in_order(captions) == order
    assert [each.day for each in captions] == [each.made.date() for each in captions]
