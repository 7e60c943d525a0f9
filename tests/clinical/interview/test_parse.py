"""Each answer is understood from text, in the light of the earlier ones, or refused with the end of a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.facts import EarlierPhoto, Facts
from imgfile.clinical.filing import NO_CHI_MATCH
from imgfile.clinical.interview import parse
from imgfile.clinical.interview.choices import NotOffered
from imgfile.clinical.patient import Scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.vocabulary import (
    ASKED_SAFEGUARDS,
    ConsentForm,
    Explained,
    IntimateUnder18,
    Nation,
    Origin,
    Sensitivity,
)
from imgfile.errors import AnswerInvalid
from kit.vault.filings import ADULT, CHILD, DOCTOR, FACTS, knowing

CHI = "0101990014"
SCOTLAND = Policy(nation=Nation.SCOTLAND, intimate_under_18=IntimateUnder18.REFUSE)
EARLIER = tuple(EarlierPhoto(RecordId(f"{day:032x}"), f"ref{day}", date(2026, 11, day)) for day in (1, 2))


def refused(read: Callable[[str, Facts], object], text: str, **known: Any) -> str:  # noqa: ANN401 - any field of Facts
    """Return why an answer is not taken."""
    with pytest.raises(AnswerInvalid) as caught:
        read(text, knowing(**known))
    assert text.strip() not in caught.value.message or not text.strip()
    return caught.value.message


def test_a_patients_number_is_ten_checked_digits() -> None:
    """However it is grouped; a test number only where it is allowed."""
    assert parse.read_patient("943 476 5870", FACTS) == ADULT
    assert parse.read_patient("943-476-5870", FACTS) == ADULT
    assert parse.read_patient("999 000 0018", FACTS) == CHILD
    assert refused(parse.read_patient, "9434765871") == "check digit does not match"
    assert refused(parse.read_patient, CHILD, allow_test=False).startswith("is a test number")


def test_a_scheme_fits_the_number_or_stands_before_one() -> None:
    """What does not fit says why."""
    assert parse.read_scheme("h&c", knowing(patient="3200000015")) is Scheme.HSC
    assert parse.read_scheme("CHI", knowing()) is Scheme.CHI
    assert refused(parse.read_scheme, "chi", patient=ADULT) == "does not fit: the number is not a CHI number"
    assert parse.read_scheme("nhs", knowing(patient=CHILD)) is Scheme.NHS
    assert refused(parse.read_scheme, "nhs", patient=CHILD, allow_test=False).startswith("does not fit: ")
    with pytest.raises(NotOffered):
        parse.read_scheme("passport", FACTS)


def test_a_birth_date_agrees_with_a_chi_number() -> None:
    """Only where the scheme carries it."""
    chi = {"patient": CHI, "scheme": Scheme.CHI, "policy": SCOTLAND}
    assert parse.read_dob("1/1/99", knowing(**chi)) == date(1999, 1, 1)
    assert refused(parse.read_dob, "2/1/99", **chi) == NO_CHI_MATCH
    assert parse.read_dob("2/1/99", knowing(patient=ADULT, scheme=Scheme.NHS)) == date(1999, 1, 2)
    assert parse.read_dob("2/1/99", FACTS) == date(1999, 1, 2)
    assert refused(parse.read_dob, "23/11/2026") == "is in the future"


@pytest.mark.parametrize("text", ["y", "Yes", "YES", "true"])
def test_yes(text: str) -> None:
    """In three words."""
    assert parse.read_yes(text) is True


@pytest.mark.parametrize("text", ["n", "No", "FALSE"])
def test_no(text: str) -> None:
    """In three words."""
    assert parse.read_yes(text) is False


@pytest.mark.parametrize("text", ["", "perhaps", "1", "yess", "ja"])
def test_neither_yes_nor_no(text: str) -> None:
    """Nothing else is either."""
    with pytest.raises(AnswerInvalid, match=r"^is neither yes nor no$"):
        parse.read_yes(text)


@pytest.mark.parametrize(
    ("text", "sensitivity", "expected"),
    [
        ("yes", None, True),
        ("no", None, False),
        ("yes", Sensitivity.INTIMATE, True),
        ("no", Sensitivity.NONE, False),
        ("yes", Sensitivity.GRAPHIC, True),
        ("no", Sensitivity.GRAPHIC, False),
        ("yes", Sensitivity.NONE, None),
        ("no", Sensitivity.INTIMATE, None),
    ],
)
def test_intimate_must_not_contradict_the_sensitivity(
    text: str, sensitivity: Sensitivity | None, *, expected: bool | None
) -> None:
    """Either may be said alone."""
    if expected is None:
        assert refused(parse.read_intimate, text, sensitivity=sensitivity) == "contradicts the sensitivity"
    else:
        assert parse.read_intimate(text, knowing(sensitivity=sensitivity)) is expected


def test_an_earlier_photo_is_named_by_its_reference_or_its_whole_id() -> None:
    """Of this patient, in any case."""
    facts = knowing(earlier=EARLIER)
    assert parse.read_follows("REF1", facts) is EARLIER[0]
    assert parse.read_follows(EARLIER[1].record, facts) is EARLIER[1]
    assert refused(parse.read_follows, "ref3", earlier=EARLIER) == "is no earlier photo of this patient"
    assert refused(parse.read_follows, "ref1") == "is no earlier photo of this patient"


def test_a_basis_is_taken_by_the_nations_words_and_by_any_code() -> None:
    """The rules say what is wrong with one that does not fit the age."""
    scots = knowing(policy=SCOTLAND)
    assert parse.read_basis("guardian", scots) is ConsentBasis.COURT_DEPUTY_OR_GUARDIAN
    assert parse.read_basis("deputy", scots) is ConsentBasis.COURT_DEPUTY_OR_GUARDIAN
    assert parse.read_basis("competent_minor", scots) is ConsentBasis.COMPETENT_MINOR
    assert parse.read_basis("not obtained", FACTS) is ConsentBasis.NOT_OBTAINED
    assert refused(parse.read_basis, "benefit to the patient").startswith("is none of: ")


@pytest.mark.parametrize(
    ("text", "known", "form"),
    [
        ("phone", {}, ConsentForm.VERBAL_TELEPHONE),
        ("written_signed", {"basis": ConsentBasis.PATIENT_CAPACITY_16PLUS}, ConsentForm.WRITTEN_SIGNED),
        ("not_applicable", {"basis": ConsentBasis.PUBLIC_INTEREST}, ConsentForm.NOT_APPLICABLE),
        ("not applicable", {}, ConsentForm.NOT_APPLICABLE),
        ("sent when asked", {"origin": Origin.REQUESTED_BY_CLINICIAN}, ConsentForm.IMPLIED_BY_SUBMISSION),
        ("sent_unasked", {"origin": Origin.UNSOLICITED}, ConsentForm.IMPLIED_BY_SUBMISSION),
        ("implied_by_submission", {"origin": Origin.REQUESTED_BY_CLINICIAN}, ConsentForm.IMPLIED_BY_SUBMISSION),
    ],
)
def test_a_form_is_taken_by_its_names(text: str, known: dict[str, Any], form: ConsentForm) -> None:
    """Sending the photo is one, once it is known whether it was asked for."""
    assert parse.read_form(text, knowing(**known)) is form


@pytest.mark.parametrize(
    ("text", "known", "reason"),
    [
        ("implied_by_submission", {}, 'says too little; "sent when asked" or "sent unasked"?'),
        ("sent when asked", {}, 'says too little; "sent when asked" or "sent unasked"?'),
        ("phone", {"basis": ConsentBasis.PUBLIC_INTEREST}, "does not fit the basis"),
        ("not_applicable", {"basis": ConsentBasis.PATIENT_CAPACITY_16PLUS}, "does not fit the basis"),
        ("pigeon", {}, "is none of: verbal_telephone"),
    ],
)
def test_a_form_that_says_too_little_or_does_not_fit_is_refused(text: str, known: dict[str, Any], reason: str) -> None:
    """With the words that would do."""
    with pytest.raises(AnswerInvalid) as caught:
        parse.read_form(text, knowing(**known))
    assert caught.value.message.startswith(reason)


@pytest.mark.parametrize(
    ("form", "origin"),
    [
        ("sent when asked", Origin.REQUESTED_BY_CLINICIAN),
        ("Sent_Unasked", Origin.UNSOLICITED),
        ("phone", None),
        ("implied_by_submission", None),
        ("pigeon", None),
    ],
)
def test_the_words_for_sending_say_where_a_photo_came_from(form: str, origin: Origin | None) -> None:
    """No other form does."""
    assert parse.origin_of(form) is origin


def test_consent_is_asked_for_from_the_day_of_birth_on() -> None:
    """Before a birth date is known, any day will do."""
    born = date(2026, 11, 20)
    assert parse.read_obtained_at("20/11/2026", knowing(dob=born)) == born
    assert refused(parse.read_obtained_at, "19/11/2026", dob=born) == "is before the patient was born"
    assert parse.read_obtained_at("1/1/1901", FACTS) == date(1901, 1, 1)
    assert refused(parse.read_obtained_at, "31/2/2026") == "is not a day of the calendar"


def test_what_was_explained_is_listed_with_commas_or_semicolons() -> None:
    """Each by code or words, each once."""
    assert parse.read_explained("why, who_sees; refusal ok,why", FACTS) == {
        Explained.WHY, Explained.WHO_SEES, Explained.REFUSAL_OK,
    }  # fmt: skip
    assert parse.read_explained("how to withdraw", FACTS) == {Explained.WITHDRAWAL}
    assert refused(parse.read_explained, "why, because").startswith("is none of: why, who_sees")


def test_a_document_is_named_by_its_sha256() -> None:
    """In lower-case hex."""
    assert str(parse.read_form_document("f" * 64, FACTS)) == "f" * 64
    assert refused(parse.read_form_document, "F" * 64).startswith("is not the SHA-256 of a document")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("1245 67", "124567"), ("1, 2, 5, 7", "1257"), ("7521", "1257"), ("1234567", "1234567"), ("11257", "1257"),
     ("0", ""), ("6", "6"), ("0 3", "3"), ("12578", "12578"), ("8", "8")],
)  # fmt: skip
def test_safeguards_are_true_by_their_numbers_and_false_without(text: str, numbers: str) -> None:
    """Seven are always answered, each by its own number; the eighth, that no objection was told, only by its."""
    found = parse.read_safeguards(text, FACTS)
    assert list(found) == list(ASKED_SAFEGUARDS[: 8 if "8" in numbers else 7])
    assert "".join(str(at) for at, is_true in enumerate(found.values(), 1) if is_true) == numbers


@pytest.mark.parametrize("text", ["9", "1a", "", "-", "yes", " , "])
def test_anything_else_is_no_answer_to_the_safeguards(text: str) -> None:
    """Not even silence."""
    with pytest.raises(AnswerInvalid, match=r"^has something else than the numbers 1 to 8; 0 for none$"):
        parse.read_safeguards(text, FACTS)


def test_the_attester_is_somebody_of_the_roster() -> None:
    """By name, registration, or both."""
    for text in ("dr a. example", "GMC 7654321", "Dr A. Example, GMC 7654321"):
        assert parse.read_attester(text, FACTS) is DOCTOR
    assert parse.read_attester("R. Desk", FACTS) == FACTS.people[1]
    assert refused(parse.read_attester, "Dr Who") == "is nobody of this practice's roster"
