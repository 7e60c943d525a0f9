"""No answers outside the rules make a filing, whatever the nation, on and about the birthdays that count.

What is filed is held against the rules told a second time (`kit.rules_retold`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from imgfile.errors import AnswerInvalid, RefusedByRule
from kit.rules_retold import BIRTHDAYS, CHANGES, DRAWN, age_on, broken, read_form, sound
from kit.vault.filings import FACTS, POLICY, flags, interview


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(CHANGES, st.sampled_from(sorted(BIRTHDAYS)), st.integers(0, 4), st.sampled_from(Nation), st.data())
def test_no_answers_outside_the_rules_make_a_filing(
    drawn: dict[str, str], day: date, which: int, nation: Nation, data: st.DataObject
) -> None:
    """By flags, whatever is said, of whatever age, in whatever nation; some are filed, and most are refused."""
    born = BIRTHDAYS[day][which % len(BIRTHDAYS[day])]
    answers = {**sound(born, day), **drawn}
    policy = replace(POLICY, nation=nation, intimate_under_18=data.draw(st.sampled_from(IntimateUnder18)))
    try:
        made = interview(
            flags(answers), replace(FACTS, policy=policy, today=day, sent_on=None, read_form=read_form)
        ).filing
    except (AnswerInvalid, RefusedByRule):
        event("refused")
        return
    event("filed")
    assert not broken(made, age_on(born, day), nation, answers)


def test_every_question_is_drawn() -> None:
    """But whose photo it is, which is drawn by the day, and what becomes of one that is not filed."""
    assert DRAWN.keys() == QUESTIONS.keys() - {"patient", "dob", "disposition"}
