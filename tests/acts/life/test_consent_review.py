"""R14: a parent's consent is due for review when the child turns 16, or is recorded as competent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from imgfile.acts.disclosure.of_patient import Unopened
from imgfile.acts.life.agree import Again, Agreement, agree
from imgfile.acts.life.consent_review import Due, Why, due, review
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.record.additions import Amendment
from imgfile.clinical.vocabulary import ConsentForm, MinorCompetence
from imgfile.errors import RefusedByRule, UsageError
from imgfile.vault import layout
from imgfile.vault.checks.verify import verify
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.gone import How
from imgfile.vault.life.open import open_record
from kit.vault.destroying import actor
from kit.vault.filed_facts import facts_of
from kit.vault.filings import FACTS, KNEE, MOLE, filed
from kit.vault.lives import ALLOWED, WITHDRAWN, Life, amended_site
from kit.vault.practice import NOON, Practice

TEEN = {**KNEE, "dob": "14/9/2012"}


@pytest.mark.parametrize(
    ("born", "today", "why"),
    [
        (date(2011, 11, 30), date(2027, 11, 29), None),
        (date(2011, 11, 30), date(2027, 11, 30), Why.TURNED_16),
        (date(2012, 2, 29), date(2028, 2, 28), None),
        (date(2012, 2, 29), date(2028, 2, 29), Why.TURNED_16),
        (date(2084, 2, 29), date(2100, 2, 28), None),  # no leap year
        (date(2084, 2, 29), date(2100, 3, 1), Why.TURNED_16),
        (date(2010, 11, 22), date(2027, 11, 30), None),  # 16 when it was filed: decided for, since capacity was lacking
    ],
)
def test_r14_at_the_sixteenth_birthday(born: date, today: date, why: Why | None) -> None:
    """Not the day before; an adult's own consent is never due."""
    child = replace(facts_of(KNEE), date_of_birth=born)
    child = replace(child, decision=replace(child.decision, decided_on=max(born, child.decision.decided_on)))
    assert due(child, child, today=today) is why
    assert due(facts_of(MOLE), facts_of(MOLE), today=date(2099, 1, 1)) is None


def test_r14_on_competence_that_was_recorded_since() -> None:
    """One that was on record at filing is not since."""
    filed = facts_of(KNEE)
    consent = replace(
        filed.consent, minor_competence=MinorCompetence.COMPETENT, competence_evidence="Dr A. Example, 2 Dec"
    )
    now = replace(filed, consent=consent)
    assert due(now, filed, today=date(2026, 12, 2)) is Why.COMPETENT
    assert due(now, now, today=date(2026, 12, 2)) is None


def test_r14_a_child_who_was_found_competent_with_a_later_photo_reviews_the_earlier_ones(practice: Practice) -> None:
    """On recorded competence all that was filed on a parent's consent until then is due; of other patients nothing."""
    earlier = Life.begin(practice, TEEN)
    Life.begin(practice, {**TEEN, "patient": "9990000026"})
    assert list(review(practice.vault, earlier.keys, today=NOON.date())) == []
    own = {"basis": "competent_minor", "competence": "competent", "competence_evidence": "Dr A. Example, today"}
    Life.begin(practice, {**{slug: text for slug, text in TEEN.items() if slug != "giver"}, **own})
    found = list(review(practice.vault, earlier.keys, today=NOON.date()))
    assert [(each.opened.manifest.reference, each.why) for each in found if isinstance(each, Due)] == [
        (earlier.of.reference, Why.COMPETENT)
    ]
    with pytest.raises(RefusedByRule, match="the child says") as refused:
        agree_again(earlier, ConsentGiver.MOTHER, NOON)
    assert refused.value.rule == "R14"
    with pytest.raises(RefusedByRule, match="competence is on record"):  # with another photo: this one does not say so
        agree_again(earlier, ConsentGiver.PATIENT, NOON)


def test_r14_what_a_parent_allowed_before_the_child_was_competent_is_no_answer_of_the_childs(
    practice: Practice,
) -> None:
    """Withdrawn and allowed again while the mother decided: due once competence is recorded, until the child agrees."""
    earlier = Life.begin(practice, TEEN)
    stops = tuple(each.digest for each in earlier.add(WITHDRAWN, Effect.USE_STOPPED).additions)
    earlier.add(ALLOWED, Effect.USE_ALLOWED, ends=stops, key=earlier.founder)
    next_day = competent_on(practice, NOON + timedelta(days=1))
    (due_now,) = review(practice.vault, earlier.keys, today=next_day.date())
    assert isinstance(due_now, Due)
    assert (due_now.opened.manifest, due_now.why) == (earlier.of, Why.COMPETENT)
    earlier.at = next_day
    earlier.add(ALLOWED, key=earlier.founder)
    later = competent_on(practice, next_day + timedelta(days=30))  # found so once more, they are not asked once more
    assert list(review(practice.vault, earlier.keys, today=later.date())) == []


def test_r14_what_is_amended_after_a_review_makes_nothing_due_again(practice: Practice) -> None:
    """The child was found competent once; another answer that is corrected later says nothing of that."""
    record = Life.begin(practice, TEEN)
    said = {"minor_competence": "competent", "competence_evidence": "Dr A. Example, today"}
    record.add(Amendment(changes={"consent": said}, reason="assessed"), key=record.founder)
    assert [type(each) for each in review(practice.vault, record.keys, today=NOON.date())] == [Due]
    record.add(ALLOWED, key=record.founder)
    record.at = NOON + timedelta(days=5)
    record.add(amended_site("left elbow"), key=record.founder)
    assert list(review(practice.vault, record.keys, today=record.at.date())) == []


def competent_on(practice: Practice, at: datetime) -> datetime:
    """File a photo on the child's own consent; return when."""
    own = {"basis": "competent_minor", "competence": "competent", "competence_evidence": "Dr A. Example, today"}
    answers = {slug: text for slug, text in {**TEEN, **own}.items() if slug != "giver"}
    practice.file_decided(filed(answers, replace(FACTS, today=at.date())), f"{at}".encode(), at=at)
    return at


def agree_again(record: Life, giver: ConsentGiver, at: datetime) -> None:
    """Add that somebody agreed to a photo in use, as the command does."""
    by, new = actor(record.practice, record.founder), Again(giver, ConsentForm.VERBAL_TELEPHONE)
    opened = open_record(record.practice.vault, record.of, by.practice)
    agree(record.practice.vault, opened, Agreement(again=new), by, at=at)


GROWN = datetime(2050, 1, 1, 12, tzinfo=UTC)
SIXTEEN_TODAY = datetime(2041, 9, 14, 12, tzinfo=UTC)


def test_r14_a_review_ends_where_the_patient_agrees_and_nobody_else_ends_it(practice: Practice) -> None:
    """From 16 no parent agrees (R6); before anything is due there is nothing to agree to again; the rest stays due."""
    record, other = Life.begin(practice, KNEE), Life.begin(practice, {**KNEE, "patient": "9990000026"})
    with pytest.raises(UsageError, match="not due for review"):
        agree_again(record, ConsentGiver.MOTHER, NOON)
    with pytest.raises(RefusedByRule, match="decide for themselves"):
        agree_again(record, ConsentGiver.MOTHER, GROWN)
    agree_again(record, ConsentGiver.PATIENT, GROWN)
    left = list(review(practice.vault, record.keys, today=GROWN.date()))
    assert [each.opened.manifest for each in left if isinstance(each, Due)] == [other.of]
    with pytest.raises(UsageError, match="not due for review"):
        agree_again(record, ConsentGiver.PATIENT, GROWN)
    assert record.history.effects == frozenset()
    agree_again(other, ConsentGiver.PATIENT, SIXTEEN_TODAY)
    assert list(review(practice.vault, record.keys, today=SIXTEEN_TODAY.date())) == []
    assert list(verify(practice.reopened())) == []


def test_r14_a_photo_whose_use_is_stopped_is_not_due(practice: Practice) -> None:
    """They were asked, and said no; allowed again before they were 16, it is due at 16 all the same."""
    record = Life.begin(practice, KNEE)
    record.add(WITHDRAWN, Effect.USE_STOPPED)
    assert list(review(practice.vault, record.keys, today=GROWN.date())) == []
    stops = tuple(each.digest for each in record.history.standing(Effect.USE_STOPPED))
    record.add(ALLOWED, Effect.USE_ALLOWED, ends=stops, key=record.founder)
    assert [type(each) for each in review(practice.vault, record.keys, today=GROWN.date())] == [Due]


def test_what_is_gone_or_never_came_to_be_is_not_due(practice: Practice) -> None:
    """A moved photo is due in its new place alone; a dead run's folder is no record."""
    gone = Life.begin(practice, KNEE)
    (practice.folder / layout.record(gone.of.folder, RecordId("f" * 32))).mkdir()
    assert [type(each) for each in review(practice.vault, gone.keys, today=date(2050, 1, 1))] == [Due]
    gone.go(How.WITHDRAWN)
    assert list(review(practice.vault, gone.keys, today=date(2050, 1, 1))) == []


def test_a_record_that_does_not_open_hides_no_other(practice: Practice) -> None:
    """It is named."""
    record = Life.begin(practice, KNEE)
    other = Life.begin(practice, {**KNEE, "body_site": "left elbow"})
    (practice.folder / layout.record(other.of.folder, other.of.record) / layout.FACTS).write_bytes(b"x")
    found = list(review(practice.vault, record.keys, today=date(2050, 1, 1)))
    assert [each.opened.manifest.reference for each in found if isinstance(each, Due)] == [record.of.reference]
    assert [each.reference for each in found if isinstance(each, Unopened)] == [other.of.reference]
