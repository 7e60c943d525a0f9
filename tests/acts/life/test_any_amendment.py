"""No answers outside the rules make an addition: whatever is amended, of whatever photo, in whatever nation.

What an amendment would make of the record is held against the rules told a second time (`kit.rules_retold`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from imgfile.acts.life import amend as act
from imgfile.acts.life.amend import Draft
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from imgfile.errors import AnswerInvalid, RefusedByRule, UsageError
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.records import manifest
from kit.rules_retold import AMENDED, BIRTHDAYS, age_on, broken, sound
from kit.vault.filings import DOCTOR, FACTS, POLICY, filed, flags
from kit.vault.lives import Life
from kit.vault.practice import NOON, Practice

RESTING = {"basis", "giver", "form", "intimate"}


@pytest.fixture(scope="module")
def opened_by_day() -> dict[tuple[date, date, Nation, IntimateUnder18], OpenedRecord]:
    """Keep what was filed, by day, birth date and policy: filing is dear, and amending is what is tried."""
    return {}


def drafted(life: Life, opened: OpenedRecord, nation: Nation, what: IntimateUnder18) -> Draft:
    """Begin amending a record in a practice of a nation."""
    draft = act.begin(life.practice.vault, opened, DOCTOR)
    policy = replace(draft.base.policy, nation=nation, intimate_under_18=what)
    return replace(draft, base=replace(draft.base, policy=policy))


def filed_on(practice: Practice, born: date, day: date, nation: Nation, what: IntimateUnder18) -> OpenedRecord:
    """File an ordinary photo on a day."""
    facts = replace(FACTS, policy=replace(POLICY, nation=nation, intimate_under_18=what), today=day, sent_on=None)
    done = practice.file_decided(filed(sound(born, day), facts), f"{born} {day} {nation} {what}".encode())
    return Life(practice, manifest.load(practice.vault, done.patient, done.record), at=NOON).opened()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(AMENDED, st.sampled_from(sorted(BIRTHDAYS)), st.integers(0, 4), st.sampled_from(Nation), st.data())
def test_no_answers_outside_the_rules_make_an_addition(  # noqa: PLR0913, PLR0917 - two fixtures, and what is drawn
    practice: Practice,
    opened_by_day: dict[tuple[date, date, Nation, IntimateUnder18], OpenedRecord],
    drawn: dict[str, str],
    day: date,
    which: int,
    nation: Nation,
    data: st.DataObject,
) -> None:
    """By flags, with another birth date or without; some are amended, and most are refused; nothing is added else."""
    born = BIRTHDAYS[day][which % len(BIRTHDAYS[day])]
    becomes = data.draw(st.sampled_from((born, *BIRTHDAYS[day])))
    what = data.draw(st.sampled_from(IntimateUnder18))
    key = (day, born, nation, what)
    if key not in opened_by_day:
        opened_by_day[key] = filed_on(practice, born, day, nation, what)
    life = Life(practice, opened_by_day[key].manifest)
    change = dict(drawn)
    if becomes != born:  # what rests on a birth date is given with it
        again = {slug: text for slug, text in sound(becomes, day).items() if slug in RESTING}
        change = {**again, **change, "dob": f"{becomes:%d/%m/%Y}"}
    try:
        draft = act.take(drafted(life, opened_by_day[key], nation, what), flags(change), None)
    except (AnswerInvalid, RefusedByRule, UsageError) as error:
        event(type(error).__name__)
        return
    event("amended" if draft.changes else "nothing amended")
    assert draft.filing is not None
    assert not broken(draft.filing, age_on(becomes, day), nation, {**sound(born, day), **change})
