"""A filing that a rule refuses cannot exist, whoever makes it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from imgfile.clinical.consent import Consent, SignedForm
from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.confirmation import confirmation
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import Digest, RecordId
from imgfile.clinical.vocabulary import (
    Capacity,
    ConsentForm,
    Disposition,
    IntimateSite,
    IntimateUnder18,
    Nation,
    Origin,
    Provenance,
    Purpose,
    Safeguard,
    Sensitivity,
)
from imgfile.errors import AnswerInvalid, RefusedByRule
from kit.vault.filings import ADULT, DOCTOR, FACTS, KNEE, MOLE, POLICY, RASH, filed, flags, interview, knowing, nobody

MOLE_PHOTO = filed()
RASH_PHOTO = filed(RASH)


def refused(filing: Filing, **changes: Any) -> str:  # noqa: ANN401 - any field of Filing
    """Return the rule that refuses a filing with these changes."""
    with pytest.raises(RefusedByRule) as caught:
        replace(filing, **changes, file_name="")
    return caught.value.rule


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"rationale": "x" * 20}, "R1"),
        ({"purpose": Purpose.RESEARCH}, "R3"),
        ({"purpose": Purpose.PUBLIC_MEDIA}, "R4"),
        ({"purpose": Purpose.MARKETING}, "R5"),
        ({"date_of_birth": date(2014, 1, 1)}, "R6"),
        (
            {
                "origin": Origin.UNSOLICITED,
                "consent": replace(MOLE_PHOTO.consent, form=ConsentForm.IMPLIED_BY_SUBMISSION),
            },
            "R11",
        ),
        ({"intimate_site": IntimateSite.BREAST, "sensitivity": Sensitivity.INTIMATE, "view_once": True}, "R10"),
        ({"objection": True}, "R12"),
        ({"decided_on": date(2026, 11, 19)}, "R13"),
    ],
)
def test_the_constructor_runs_every_rule(changes: dict[str, Any], rule: str) -> None:
    """Not only the interview does."""
    assert refused(MOLE_PHOTO, **changes) == rule


def test_r1_a_files_own_name_is_no_rationale() -> None:
    """The name is looked at, and not kept."""
    with pytest.raises(RefusedByRule, match="is the file's name"):
        replace(MOLE_PHOTO, rationale="IMG_20261121_080912_HDR", file_name="IMG_20261121_080912_HDR.jpg")
    assert "file_name" not in {each.name for each in fields(MOLE_PHOTO)}


ESSENTIAL = ("patient", "scheme", "dob", "body_site", "sensitivity", "origin", "purpose", "basis", "giver", "form",
             "obtained_by", "obtained_at", "rationale")  # fmt: skip


def complete() -> Facts:
    """Know everything about the mole."""
    return knowing(
        patient=ADULT,
        scheme=Scheme.NHS,
        dob=date(1971, 3, 3),
        body_site="left shoulder",
        intimate=False,
        sensitivity=Sensitivity.NONE,
        origin=Origin.REQUESTED_BY_CLINICIAN,
        purpose=Purpose.DIAGNOSIS,
        basis=ConsentBasis.PATIENT_CAPACITY_16PLUS,
        giver=ConsentGiver.PATIENT,
        form=ConsentForm.VERBAL_TELEPHONE,
        obtained_by="Dr A. Example",
        obtained_at=date(2026, 11, 20),
        rationale=MOLE_PHOTO.rationale,
    )


@pytest.mark.parametrize("slug", ESSENTIAL)
def test_r1_nothing_is_filed_while_an_essential_fact_is_missing(slug: str) -> None:
    """Each of the thirteen."""
    assert Filing.of(complete()).patient.number == ADULT
    lacking: dict[str, Any] = {slug: None}
    with pytest.raises(RefusedByRule, match="nothing is filed without this") as caught:
        Filing.of(replace(complete(), **lacking))
    assert caught.value.rule == "R1"


def test_r7_best_interests_from_16_needs_evidence() -> None:
    """The consent alone does not know the age; the filing does."""
    best = Consent(
        basis=ConsentBasis.BEST_INTERESTS_OR_BENEFIT,
        giver=ConsentGiver.CLINICIAN_BEST_INTERESTS,
        form=ConsentForm.NOT_APPLICABLE,
        obtained_by="Dr A. Example",
        obtained_at=date(2026, 11, 20),
        consulted="daughter",
    )
    assert refused(MOLE_PHOTO, consent=best) == "R7"
    proven = replace(best, capacity=Capacity.ASSESSED_LACKS, capacity_evidence="Dr B")
    assert replace(MOLE_PHOTO, consent=proven, file_name="").consent == proven
    assert refused(MOLE_PHOTO, consent=replace(proven, consulted="")) == "R7"
    child = replace(MOLE_PHOTO, consent=best, date_of_birth=date(2014, 1, 1), file_name="")
    assert child.consent.capacity is None


def test_r9_an_intimate_photo_of_a_child_needs_every_answer_and_an_attester() -> None:
    """And a policy that allows it, and no table."""
    assert RASH_PHOTO.needs_attestation
    assert not MOLE_PHOTO.needs_attestation
    assert refused(RASH_PHOTO, safeguards=None) == "R9"
    assert refused(RASH_PHOTO, attested_by=None) == "R9"
    assert refused(RASH_PHOTO, attested_by=Person("R. Desk")) == "R9"
    assert refused(RASH_PHOTO, policy=Policy(nation=Nation.ENGLAND, intimate_under_18=IntimateUnder18.REFUSE)) == "R9"
    assert refused(RASH_PHOTO, provenance={"patient": Provenance.TABLE}) == "R9"
    assert refused(RASH_PHOTO, purpose=Purpose.RESEARCH) == "R3"
    for safeguard in RASH_PHOTO.safeguards or {}:
        answers = dict(RASH_PHOTO.safeguards or {})
        del answers[safeguard]
        assert refused(RASH_PHOTO, safeguards=answers) == "R9"
    more = {**(RASH_PHOTO.safeguards or {}), Safeguard.NOT_RECORDED_ELSEWHERE: True}
    assert replace(RASH_PHOTO, safeguards=more, file_name="").safeguards == more


@pytest.mark.parametrize(
    "changes",
    [
        {"date_of_birth": date(2026, 11, 23)},
        {"date_of_birth": date(1895, 11, 22)},
        {"date_of_birth": date(2026, 11, 21)},
        {"patient": PatientId(Scheme.CHI, "0101990014")},
        {"body_site": ""},
        {"body_site": "left\nknee"},
        {"rationale": ""},
        {"disposition": Disposition.QUARANTINE},
        {"sensitivity": Sensitivity.INTIMATE},
        {"intimate_site": IntimateSite.BREAST},
        {"follows": EarlierPhoto(RecordId("0" * 32), "7f3k", date(2026, 11, 1))},
    ],
)
def test_facts_that_contradict_each_other_are_refused(changes: dict[str, Any]) -> None:
    """A filing is consistent in itself."""
    with pytest.raises(AnswerInvalid):
        replace(MOLE_PHOTO, **changes, file_name="")


def test_the_boundaries_of_the_dates_are_exact() -> None:
    """130 years, and consent on the day of birth."""
    assert replace(MOLE_PHOTO, date_of_birth=date(1895, 11, 23), file_name="").age_when_decided == 130
    newborn = filed(RASH, dob="21/11/2026")
    assert newborn.consent.obtained_at == newborn.date_of_birth
    today = filed(RASH, dob="22/11/2026", obtained_at="22/11/2026")
    assert today.date_of_birth == today.decided_on
    chi = replace(MOLE_PHOTO, patient=PatientId(Scheme.CHI, "0101990014"), date_of_birth=date(1999, 1, 1), file_name="")
    assert chi.age_when_decided == 27


def test_ages_are_counted_when_decided_and_when_taken() -> None:
    """A camera's clock from before the birth says nothing of an age."""
    assert MOLE_PHOTO.age_when_decided == 55
    assert MOLE_PHOTO.age_when_taken is None
    assert replace(MOLE_PHOTO, taken_on=date(2020, 3, 2), file_name="").age_when_taken == 48
    assert replace(MOLE_PHOTO, taken_on=date(2020, 3, 3), file_name="").age_when_taken == 49
    explained = replace(MOLE_PHOTO, date_reason="scan of an old print", file_name="")
    assert replace(explained, taken_on=date(1971, 3, 3), file_name="").age_when_taken == 0
    assert replace(explained, taken_on=date(1971, 3, 2), file_name="").age_when_taken is None


@pytest.mark.parametrize("slug", ["intimate", "safeguards", "attested_by"])
@pytest.mark.parametrize("door", [Provenance.FLAG, Provenance.TABLE, Provenance.ANSWERS_FILE, Provenance.SHARED, None])
def test_r9_each_answer_it_rests_on_was_given_at_this_runs_prompt(slug: str, door: Provenance | None) -> None:
    """One of them from elsewhere is enough to refuse, however the others came; so for one that is not intimate."""
    provenance = {name: how for name, how in RASH_PHOTO.provenance.items() if name != slug}
    assert refused(RASH_PHOTO, provenance=provenance | ({slug: door} if door else {})) == "R9"
    assert replace(RASH_PHOTO, provenance=provenance | {slug: Provenance.TYPED}, file_name="").needs_attestation


@pytest.mark.parametrize("site", ["nappy area", "nappyrash", "rash"])
@pytest.mark.parametrize("door", [*(each for each in Provenance if each is not Provenance.TYPED), None])
def test_r9_that_a_childs_photo_is_not_intimate_is_typed_here(site: str, door: Provenance | None) -> None:
    """Where its site is not an ordinary one, no default and nobody elsewhere says it."""
    knee = interview({**flags(KNEE), "intimate": Given("no", Provenance.TYPED)}, FACTS, nobody).filing
    provenance = {name: how for name, how in knee.provenance.items() if name != "intimate"}
    assert refused(knee, body_site=site, provenance=provenance | ({"intimate": door} if door else {})) == "R9"
    assert not replace(knee, body_site=site, file_name="").is_intimate


UNLIKELY = [
    (date(1971, 3, 2), "before"),
    (date(1980, 1, 1), "never set"),
    (date(1994, 12, 31), "never set"),
    (date(2000, 1, 1), "never set"),
    (date(2026, 11, 23), "after it was sent"),
]


@pytest.mark.parametrize(("taken_on", "words"), UNLIKELY)
def test_r13_a_date_that_cannot_be_right_needs_a_reason(taken_on: date, words: str) -> None:
    """It is the wrong patient, the wrong photo, or a wrong clock; with a reason the confirmation still says so."""
    with pytest.raises(RefusedByRule, match=words) as caught:
        replace(MOLE_PHOTO, taken_on=taken_on, sent_on=date(2026, 11, 21), file_name="")
    assert caught.value.rule == "R13"
    explained = replace(MOLE_PHOTO, taken_on=taken_on, date_reason="camera clock never set", file_name="")
    assert [finding.question for finding in explained.warnings] == ["date_reason"]


def test_r13_an_old_consent_warns_and_is_filed() -> None:
    """The confirmation says so, to whoever answers for it."""
    filing = filed(obtained_at="20/11/2025")
    assert [finding.rule for finding in filing.warnings] == ["R13"]
    assert confirmation(filing).lines[-1] == "R13: this consent is more than a year old."
    assert MOLE_PHOTO.warnings == ()


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ({"basis": "attorney", "capacity_evidence": "Dr B", "decided_by": "C. Other", "authority": "LPA, seen 2024"},
         "attorney C. Other, by phone, asked by Dr A. Example 20 Nov 2026"),
        ({"basis": "deputy", "capacity_evidence": "Dr B", "decided_by": "C. Other", "authority": "order, seen 2024"},
         "deputy C. Other, by phone, asked by Dr A. Example 20 Nov 2026"),
        ({"basis": "best interests", "form": None, "capacity_evidence": "Dr B", "consulted": "daughter"},
         "best interests: decided by Dr A. Example 20 Nov 2026"),
        ({"basis": "implicit_gmc10", "form": None},
         "implicit in the procedure (GMC 10): decided by Dr A. Example 20 Nov 2026"),
        ({"dob": "1/1/2014", "intimate": "no", "basis": "competent_minor", "competence_evidence": "Dr B"},
         "competent child's own consent, by phone, asked by Dr A. Example 20 Nov 2026"),
        ({"dob": "1/1/2014", "intimate": "no", "basis": "local_authority_or_court", "giver": "council",
          "form": "letter"},
         "local authority or court: local authority, in writing, signed, asked by Dr A. Example 20 Nov 2026"),
    ],
)  # fmt: skip
def test_the_confirmation_says_who_decided(answers: dict[str, str | None], line: str) -> None:
    """In the words of the basis."""
    assert confirmation(filed(MOLE, FACTS, **answers)).lines[2] == f"{line}; for diagnosis"


def test_what_was_sent_unasked_or_to_vanish_is_said_where_it_is_confirmed() -> None:
    """And that they agreed all the same: whoever files answers for it (R10, R11)."""
    unasked = filed(form="sent unasked", spoken_since="phone", obtained_at="21/11/2026")
    assert confirmation(unasked).lines[-1] == "it was sent unasked; they agreed since"
    vanished = filed(body_site="left breast", view_once="yes", agreed_to_keep="yes")
    assert confirmation(vanished).lines[-1] == "it was sent to vanish; they agreed that it is kept"
    assert not any("they agreed" in line for line in confirmation(MOLE_PHOTO).lines)


def test_an_intimate_photo_of_an_adult_is_confirmed_with_yes() -> None:
    """Only a child's is attested."""
    asked = confirmation(filed(body_site="left breast", view_once="no"))
    assert asked.lines[0].endswith("55 years; left breast, intimate")
    assert not asked.needs_digits


def test_an_attestation_takes_nothing_but_the_digits() -> None:
    """What is no digit does not raise either."""
    asked = confirmation(RASH_PHOTO)
    assert asked.accepts("0 0-1 8")
    assert not asked.accepts("y")
    assert not asked.accepts("00180")
    assert "0018" not in repr(asked)
    assert "999" not in repr(asked)


def test_each_answer_keeps_where_it_came_from() -> None:
    """One from a table among those by flags."""
    site = flags({"body_site": "left knee"}, Provenance.TABLE)
    found = interview(flags(MOLE) | site, FACTS).filing.provenance
    assert (found["body_site"], found["rationale"]) == (Provenance.TABLE, Provenance.FLAG)


def test_who_attested_and_under_which_policy_is_kept() -> None:
    """As the record will say."""
    assert RASH_PHOTO.attested_by == DOCTOR
    assert RASH_PHOTO.policy == POLICY
    assert RASH_PHOTO.disposition is Disposition.FILE
    assert RASH_PHOTO.decided_on == FACTS.today


def test_a_form_beside_the_photo_is_the_one_that_the_consent_names() -> None:
    """Else another patient's could be sealed with it."""
    with pytest.raises(AnswerInvalid, match="another than the one that the consent names"):
        replace(MOLE_PHOTO, signed_form=SignedForm(Digest("0" * 64), "application/pdf", b"%PDF-1.7"), file_name="")
