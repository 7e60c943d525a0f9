"""In which order a page shows photos, that of the question that they were picked at, and what tells two apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from imgfile.acts.disclosure.for_browsers import BrowserImage
from imgfile.acts.disclosure.page.photos_page import Shown, Whose, photos_page
from imgfile.acts.disclosure.page.shown import Caption, clocks, in_order


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


def test_the_time_tells_photos_of_one_day_apart() -> None:
    """Of two of one minute, to the second; of a photo that is alone on its day, it is not shown."""
    captions = [made("a", 20, 9), made("b", 21, 9), made("c", 21, 18), made("d", 21, 18)]
    times = clocks([each.made + timedelta(seconds=at) for at, each in enumerate(captions)])
    assert times == ["", "09:00", "18:00:02", "18:00:03"]
    assert captions[0].when(times[0]) == "taken 20 Nov 2026, filed 29 Nov 2026"
    assert captions[1].when(times[1]) == "taken 21 Nov 2026 09:00, filed 29 Nov 2026"
    assert replace(captions[1], is_taken=False).when(times[1]) == "filed 29 Nov 2026 09:00"


def test_the_page_shows_them() -> None:
    """In the list, beside the photo, in its words for who cannot see it, and to its script."""
    image = BrowserImage(b"x", "image/jpeg")
    shown = [Shown(caption=each, image=image) for each in (made("a", 20, 9), made("b", 21, 9), made("c", 21, 18))]
    text = b"".join(photos_page(Whose(number="NHS 1", born="born"), shown).parts()).decode()
    assert text.count("21 Nov 2026 18:00") == 5  # list, caption, its small print, and twice in words
    assert text.count('data-time="18:00"') == 1
    assert "20 Nov 2026 09:00" not in text
