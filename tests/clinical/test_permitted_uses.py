"""R5 and R9 at export: a copy leaves only for what was agreed, and a child's intimate photo hardly at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from imgfile.clinical.permitted_uses import (
    MAY_LEAVE_FOR,
    exportable_for,
    granted,
    is_kept_out,
    refuse_export,
    shows_child_intimately,
)
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import BEYOND_CARE, Provenance, Purpose, PurposeKind
from imgfile.errors import RefusedByRule
from kit.vault.filed_facts import facts_of as facts
from kit.vault.filings import MOLE, RASH

OF_CARE = (Purpose.OWN_CLINICAL_RECORD, Purpose.DIAGNOSIS, Purpose.REFERRAL_ADVICE)
"""What a photo that was filed for a diagnosis leaves for."""


def test_r5_a_photo_leaves_for_what_it_was_filed_for_and_for_a_referral() -> None:
    """Asking a colleague about the same question is part of care, and so is our own clinical record."""
    assert granted(facts(MOLE)) == set(OF_CARE)
    assert exportable_for(facts(MOLE)) == OF_CARE
    for purpose in OF_CARE:
        refuse_export(facts(MOLE), purpose)


@pytest.mark.parametrize("purpose", [one for one in Purpose if one not in OF_CARE])
def test_r5_a_photo_leaves_for_nothing_else(purpose: Purpose) -> None:
    """Every other purpose of the vocabulary in turn; of those that a form may allow later, by the rule on that form."""
    with pytest.raises(RefusedByRule) as refused:
        refuse_export(facts(MOLE), purpose)
    publishes = purpose in {Purpose.PUBLICATION_NAMED, Purpose.PUBLIC_MEDIA}
    assert refused.value.rule == ("R4" if publishes else "R3" if purpose in BEYOND_CARE else "R5")


NEAR_CARE = [purpose for purpose in Purpose if purpose.kind is PurposeKind.NEAR_CARE]
LEGAL = {Purpose.SAFEGUARDING_EVIDENCE, Purpose.MEDICO_LEGAL}
"""R9: what an intimate photo of a child leaves for besides a referral, where it was filed for that."""


@pytest.mark.parametrize("purpose", NEAR_CARE)
def test_r5_a_photo_filed_for_something_near_care_leaves_for_that_alone(purpose: Purpose) -> None:
    """A referral is not implied, nor our own record; of a child's intimate photo R9 lets out what it names."""
    for record, leaves in ((facts(MOLE), True), (facts(RASH), purpose in LEGAL)):
        other = replace(record, decision=replace(record.decision, purpose=purpose))
        assert granted(other) == {purpose}
        assert exportable_for(other, may_hand_over=True) == ((purpose,) if leaves else ())
        with pytest.raises(RefusedByRule, match=r"filed for|form|child"):
            refuse_export(other, Purpose.REFERRAL_ADVICE)
        if leaves:
            refuse_export(other, purpose)
            continue
        with pytest.raises(RefusedByRule) as refused:
            refuse_export(other, purpose)
        assert refused.value.rule == "R9"


def test_r5_what_a_photo_was_filed_for_on_a_form_ends_with_the_form() -> None:
    """A withdrawal ends the agreement; that the photo was filed for it grants nothing by itself."""
    sound, use = facts(MOLE), Purpose.TEACHING_INTERNAL
    on_a_form = replace(
        sound,
        decision=replace(sound.decision, purpose=use),
        consent=replace(sound.consent, document="0" * 64, covers=frozenset({use})),
    )
    assert granted(on_a_form) == frozenset()
    assert granted(on_a_form, {use}) == {use}


def test_r9_an_intimate_photo_of_a_child_leaves_for_a_referral_alone() -> None:
    """Not even for the diagnosis that it was filed for."""
    assert shows_child_intimately(facts(RASH))
    assert exportable_for(facts(RASH)) == (Purpose.REFERRAL_ADVICE,)
    refuse_export(facts(RASH), Purpose.REFERRAL_ADVICE)
    with pytest.raises(RefusedByRule) as refused:
        refuse_export(facts(RASH), Purpose.DIAGNOSIS)
    assert refused.value.rule == "R9"


def test_r9_it_goes_into_our_own_record_where_that_is_allowed() -> None:
    """By the policy, and as a clinician does it, which whoever calls this has seen; else its words alone go there."""
    own = Purpose.OWN_CLINICAL_RECORD
    with pytest.raises(RefusedByRule) as refused:
        refuse_export(facts(RASH), own, reference="7f3k-q2ma")
    assert refused.value.rule == "R9"
    assert "imgfile export 7f3k-q2ma --as pack -o FOLDER" in refused.value.hint
    assert is_kept_out(facts(RASH), may_hand_over=False)
    refuse_export(facts(RASH), own, may_hand_over=True)
    assert exportable_for(facts(RASH), may_hand_over=True) == (own, Purpose.REFERRAL_ADVICE)
    assert not is_kept_out(facts(RASH), may_hand_over=True)
    assert not is_kept_out(facts(MOLE), may_hand_over=False)


@pytest.mark.parametrize("purpose", MAY_LEAVE_FOR)
@pytest.mark.parametrize("may_hand_over", [False, True])
def test_what_show_names_is_what_export_lets_out(purpose: Purpose, *, may_hand_over: bool) -> None:
    """The list and the judgement never disagree."""
    for record in (facts(MOLE), facts(RASH)):
        if purpose in exportable_for(record, may_hand_over=may_hand_over):
            refuse_export(record, purpose, may_hand_over=may_hand_over)
        else:
            with pytest.raises(RefusedByRule):
                refuse_export(record, purpose, may_hand_over=may_hand_over)


def grown(taken_at: datetime | None = None, sent_at: str = "", born: date = date(2008, 11, 1)) -> Record:
    """Return the facts of an intimate photo of somebody who was 18 when it was filed."""
    child = facts(RASH)
    return replace(
        child,
        date_of_birth=born,
        picture=replace(child.picture, taken_at=taken_at),
        source=replace(child.source, sent_at=sent_at),
    )


def test_r9_counts_the_age_when_the_photo_was_made_by_the_strictest_of_its_dates() -> None:
    """A photo of a child stays one when the child grows up; a date before birth or after filing says nothing."""
    assert not shows_child_intimately(grown())
    assert shows_child_intimately(grown(taken_at=datetime(2026, 10, 31, 12)))  # noqa: DTZ001 - a camera's clock
    assert shows_child_intimately(grown(sent_at="2026-10-31T12:00:00+00:00"))
    assert shows_child_intimately(grown(taken_at=datetime(2026, 10, 31, 12), sent_at="2026-11-02T12:00:00+00:00"))  # noqa: DTZ001
    assert shows_child_intimately(grown(taken_at=datetime(2008, 11, 1, 12)))  # noqa: DTZ001 - on the day of birth
    assert not shows_child_intimately(grown(taken_at=datetime(2026, 11, 1, 12)))  # noqa: DTZ001 - 18 that day
    explained = grown(taken_at=datetime(2026, 10, 31, 12))  # noqa: DTZ001
    assert not shows_child_intimately(replace(explained, provenance={"date_reason": Provenance.TYPED}))
    assert shows_child_intimately(replace(explained, provenance={"date_reason": Provenance.FLAG}))
    assert not shows_child_intimately(grown(taken_at=datetime(1970, 1, 1)))  # noqa: DTZ001
    assert not shows_child_intimately(grown(sent_at="yesterday"))
    assert not shows_child_intimately(facts(MOLE))
