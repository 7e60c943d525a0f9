"""What stands on the page beside a photo, and which of a patient's photos belong together.

Photos belong together that show the same site, or where one follows the other; the oldest comes first, by the moment
it was taken, else filed. Between two of them stand the days. Where two are of one day the time tells them apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from imgfile.acts.disclosure.of_patient import made_at
from imgfile.clinical.dates import show_date
from imgfile.clinical.permitted_uses import shows_child_intimately
from imgfile.counts import counted
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.life.open import OpenedRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What is said of one photo beside it."""

    reference: str
    site: str = field(repr=False)
    made: datetime
    """When it was taken; else when it was filed: local time, without an offset."""
    is_taken: bool
    """Whether `made` is when it was taken."""
    filed: date
    follows: str = ""
    """The reference of the photo that it follows."""
    is_withdrawn: bool = False
    is_intimate_child: bool = False
    """R9: it is shown only when it is picked itself."""

    @property
    def day(self) -> date:
        """Return the day on which it was taken; else filed."""
        return self.made.date()

    def when(self, clock: str = "") -> str:
        """Return both dates in words, as far as they are known; `clock` is the time, where that is to be shown."""
        time = f" {clock}" if clock else ""
        if not self.is_taken:
            return f"filed {show_date(self.filed)}{time}"
        return f"taken {show_date(self.day)}{time}, filed {show_date(self.filed)}"


def caption(opened: OpenedRecord) -> Caption:
    """Return what is said of a record's photo."""
    facts = opened.facts
    return Caption(
        reference=opened.manifest.reference,
        site=facts.decision.body_site,
        made=made_at(facts),
        is_taken=facts.picture.taken_at is not None,
        filed=facts.filed_at.astimezone().date(),
        follows=layout.reference(facts.decision.follows) if facts.decision.follows else "",
        is_withdrawn=opened.history.is_use_stopped,
        is_intimate_child=shows_child_intimately(facts),
    )


def clocks(moments: Sequence[datetime]) -> list[str]:
    """Return for each of several moments the time of day that tells it from others of its day; empty where none is."""
    days = Counter(at.date() for at in moments)
    minutes = Counter(at.replace(second=0, microsecond=0) for at in moments)

    def clock(at: datetime) -> str:
        if days[at.date()] == 1:
            return ""
        return f"{at:%H:%M}" if minutes[at.replace(second=0, microsecond=0)] == 1 else f"{at:%H:%M:%S}"

    return list(map(clock, moments))


def in_order(captions: Sequence[Caption]) -> list[int]:
    """Return the places of photos, oldest first, also of one day: as the question numbered them that they were of."""
    return sorted(range(len(captions)), key=lambda at: (captions[at].made, captions[at].reference))


def series(captions: Sequence[Caption]) -> Iterator[tuple[str, list[int]]]:
    """Yield the photos that belong together: the site that they are called by, and their places, in the order given.

    A photo that follows one of the list belongs to that one's series, be its own site called otherwise.
    """
    first = {each.reference: each for each in captions}

    def root(each: Caption) -> Caption:
        seen = set()
        while each.follows in first and each.reference not in seen:
            seen.add(each.reference)
            each = first[each.follows]
        return each

    found: dict[str, tuple[str, list[int]]] = {}
    for at, each in enumerate(captions):
        site = root(each).site
        found.setdefault(site.casefold(), (site, []))[1].append(at)
    yield from found.values()


def days_later(earlier: Caption, later: Caption) -> str:
    """Return the days from one photo to the next, in words."""
    days = (later.day - earlier.day).days
    return "the same day" if not days else f"{counted(days, 'day')} later"
