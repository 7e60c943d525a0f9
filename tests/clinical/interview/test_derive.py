"""What follows from the answers so far, what is offered as likely, and when a question arises."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.facts import EarlierPhoto, Person
from imgfile.clinical.interview import derive
from imgfile.clinical.patient import Scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.vocabulary import (
    Capacity,
    ConsentForm,
    IntimateUnder18,
    MinorCompetence,
    Nation,
    Origin,
    Provenance,
    Purpose,
    Sensitivity,
)
from kit.vault.filings import ADULT, DOCTOR, TODAY, knowing

CHILDS_BIRTH, ADULTS_BIRTH = date(2025, 9, 14), date(1971, 3, 3)
EARLIER = tuple(EarlierPhoto(RecordId(f"{day:032x}"), f"ref{day}", date(2026, 11, day)) for day in (1, 2))


@pytest.mark.parametrize(
    ("number", "nation", "scheme"),
    [
        (None, Nation.ENGLAND, None),
        (ADULT, Nation.ENGLAND, Scheme.NHS),
        ("3200000015", Nation.ENGLAND, None),
        ("3200000015", Nation.NORTHERN_IRELAND, Scheme.HSC),
        ("0101990014", Nation.ENGLAND, Scheme.CHI),
    ],
)
def test_the_scheme_follows_where_only_one_fits(number: str | None, nation: Nation, scheme: Scheme | None) -> None:
    """Of two, somebody says which."""
    policy = Policy(nation=nation, intimate_under_18=IntimateUnder18.REFUSE)
    assert derive.derive_scheme(knowing(patient=number, policy=policy)) is scheme


def test_the_sensitivity_follows_from_whether_it_is_intimate() -> None:
    """And from nothing else."""
    assert derive.derive_sensitivity(knowing()) is None
    assert derive.derive_sensitivity(knowing(intimate=True)) is Sensitivity.INTIMATE
    assert derive.derive_sensitivity(knowing(intimate=False)) is Sensitivity.NONE


@pytest.mark.parametrize(
    ("known", "intimate"),
    [
        ({}, None),
        ({"sensitivity": Sensitivity.INTIMATE}, True),
        ({"sensitivity": Sensitivity.NONE}, False),
        ({"sensitivity": Sensitivity.NONE, "body_site": "groin"}, False),
        ({"sensitivity": Sensitivity.GRAPHIC}, None),
        ({"body_site": "left knee", "dob": ADULTS_BIRTH, "is_attended": False}, False),
        ({"body_site": "left knee", "dob": ADULTS_BIRTH, "is_attended": True}, False),
        ({"body_site": "left knee", "dob": CHILDS_BIRTH, "is_attended": True}, None),
        ({"body_site": "left knee", "dob": CHILDS_BIRTH, "is_attended": False}, None),
        ({"sensitivity": Sensitivity.NONE, "dob": CHILDS_BIRTH, "is_attended": False}, None),
        ({"sensitivity": Sensitivity.INTIMATE, "dob": CHILDS_BIRTH, "is_attended": False}, True),
        ({"sensitivity": Sensitivity.INTIMATE, "dob": CHILDS_BIRTH, "is_attended": True}, None),
        ({"body_site": "rash", "dob": ADULTS_BIRTH, "is_attended": False}, None),
        ({"body_site": "left knee", "is_attended": True}, None),
        ({"body_site": "groin", "dob": ADULTS_BIRTH}, None),
        ({"body_site": "groin", "dob": CHILDS_BIRTH}, None),
    ],
)
def test_whether_it_is_intimate_follows_from_the_stated_sensitivity_or_an_ordinary_site(
    known: dict[str, Any], *, intimate: bool | None
) -> None:
    """Of a child "no" never follows; a site that suggests more, or is in no list, is never settled by itself."""
    assert derive.derive_intimate(knowing(**known)) is intimate


def test_a_response_follows_the_last_earlier_photo() -> None:
    """Of another purpose nothing does, nor of the first photo."""
    response = Purpose.MONITORING_RESPONSE
    assert derive.derive_follows(knowing(purpose=response, earlier=EARLIER)) == EARLIER[-1]
    assert derive.derive_follows(knowing(purpose=response)) is None
    assert derive.derive_follows(knowing(purpose=Purpose.DIAGNOSIS, earlier=EARLIER)) is None
    assert derive.derive_follows(knowing(earlier=EARLIER)) is None


def test_capacity_lacks_where_there_is_evidence_and_is_presumed_of_a_patients_own_consent() -> None:
    """Evidence comes first."""
    own = ConsentBasis.PATIENT_CAPACITY_16PLUS
    assert derive.derive_capacity(knowing(basis=own)) is Capacity.PRESUMED
    assert derive.derive_capacity(knowing(basis=own, capacity_evidence="Dr B")) is Capacity.ASSESSED_LACKS
    assert derive.derive_capacity(knowing(capacity_evidence="Dr B")) is Capacity.ASSESSED_LACKS
    assert derive.derive_capacity(knowing(basis=ConsentBasis.BEST_INTERESTS_OR_BENEFIT)) is None


@pytest.mark.parametrize(
    ("form", "origin"),
    [
        (None, None),
        (ConsentForm.IMPLIED_BY_SUBMISSION, None),
        (ConsentForm.VERBAL_TELEPHONE, Origin.REQUESTED_BY_CLINICIAN),
        (ConsentForm.NOT_APPLICABLE, Origin.REQUESTED_BY_CLINICIAN),
    ],
)
def test_a_photo_was_asked_for_unless_consent_is_implied_by_sending(
    form: ConsentForm | None, origin: Origin | None
) -> None:
    """Then the words for sending say it."""
    assert derive.derive_origin(knowing(form=form)) is origin


@pytest.mark.parametrize(
    ("sent_on", "taken_on", "offered"),
    [
        (date(2026, 11, 21), None, "21 Nov 2026"),
        (date(2026, 11, 21), date(2026, 11, 20), "21 Nov 2026"),
        (None, date(2026, 11, 20), "20 Nov 2026"),
        (None, None, None),
        (TODAY, None, "22 Nov 2026"),
        (date(2026, 11, 23), None, None),
        (date(2025, 11, 22), None, "22 Nov 2025"),
        (date(2025, 11, 21), None, None),
    ],
)
def test_the_day_of_the_message_is_likely_else_that_of_the_photo(
    sent_on: date | None, taken_on: date | None, offered: str | None
) -> None:
    """Neither ahead nor more than a year behind."""
    assert derive.likely_day(knowing(sent_on=sent_on, taken_on=taken_on)) == offered


@pytest.mark.parametrize("value", ["", "x", 0, False])
def test_a_question_arises_as_soon_as_another_is_answered(value: object) -> None:
    """Whatever the answer."""
    assert derive.arises_with(value) is True
    assert derive.arises_with(None) is None


@pytest.mark.parametrize(
    ("basis", "competence", "arises"),
    [
        (None, None, None),
        (None, MinorCompetence.NOT_ASSESSED, None),
        (None, MinorCompetence.COMPETENT, True),
        (ConsentBasis.COMPETENT_MINOR, None, True),
        (ConsentBasis.COMPETENT_MINOR, MinorCompetence.NOT_ASSESSED, True),
        (ConsentBasis.PARENTAL_RESPONSIBILITY, None, False),
        (ConsentBasis.PARENTAL_RESPONSIBILITY, MinorCompetence.NOT_COMPETENT, True),
    ],
)
def test_evidence_of_competence_is_asked_for_where_it_was_assessed_or_is_relied_on(
    basis: ConsentBasis | None, competence: MinorCompetence | None, *, arises: bool | None
) -> None:
    """A child's own consent, or any stated assessment."""
    assert derive.needs_competence_evidence(knowing(basis=basis, competence=competence)) is arises


CHILDS = {"intimate": True, "dob": date(2025, 9, 14), "attester": None}
FIVE = (DOCTOR, Person("Dr B", "GMC 7111111"), Person("R. Desk"), Person("Dr C", "GMC 1"), Person("Dr C", "GMC 2"))


@pytest.mark.parametrize(
    ("known", "attester"),
    [
        ({"attester": DOCTOR}, DOCTOR),
        ({"attester": DOCTOR, "intimate": False}, None),
        ({"obtained_by": "Dr B"}, FIVE[1]),
        ({"obtained_by": "Dr B", "intimate": False}, None),
        ({"obtained_by": "Dr B", "provenance": {"obtained_by": Provenance.TABLE}}, None),
        ({"obtained_by": "Dr B", "provenance": {"obtained_by": Provenance.FLAG}}, None),
        ({"obtained_by": "Dr B", "provenance": {}}, None),
        ({"obtained_by": "R. Desk"}, None),
        ({"obtained_by": "Dr C"}, None),
        ({"obtained_by": "Dr Stranger"}, None),
        ({}, None),
    ],
)
def test_who_attests_is_the_only_clinician_or_the_registered_one_who_asked(
    known: dict[str, Any], attester: Person | None
) -> None:
    """Where who asked was said at this prompt (R9), and means one person."""
    said = {"people": FIVE, "provenance": {"obtained_by": Provenance.TYPED}}
    assert derive.derive_attester(knowing(**CHILDS | said | known)) == attester
