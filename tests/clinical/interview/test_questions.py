"""Every question once: its flag, its words in the light of the facts, what it rests on, and its row on the page."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.facts import EarlierPhoto, Facts
from imgfile.clinical.interview.choices import Choice, numbered
from imgfile.clinical.interview.questions import COLUMNS, QUESTIONS, Question, reference
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.vocabulary import (
    Capacity,
    Explained,
    IntimateUnder18,
    MinorCompetence,
    Nation,
    Origin,
    PrEvidence,
    Purpose,
    Sensitivity,
)
from imgfile.errors import AnswerInvalid
from kit.vault.filings import FACTS, knowing

EARLIER = EarlierPhoto(RecordId("7f" * 16), "7f3k", date(2026, 11, 20))
CHILDS_BIRTH = date(2025, 9, 14)


def test_every_question_is_a_field_of_the_facts_and_has_one_flag() -> None:
    """So a slug cannot be misspelt."""
    known = {each.name for each in dataclasses.fields(Facts)}
    assert QUESTIONS.keys() <= known
    assert len({question.flag for question in QUESTIONS.values()}) == len(QUESTIONS)
    assert QUESTIONS["body_site"].flag == "--body-site"


def test_the_columns_are_those_of_the_table() -> None:
    """`action` stands before them."""
    assert set(COLUMNS) == {
        "patient", "scheme", "dob", "date_reason", "body_site", "sensitivity", "intimate", "purpose", "basis", "giver",
        "form", "obtained_by", "obtained_at", "rationale", "consent_document", "objection", "spoken_since", "view_once",
        "agreed_to_keep", "competence_evidence", "capacity_evidence", "decided_by", "authority", "consulted",
        "disposition", "covers", "outlet", "recognisable",
    }  # fmt: skip
    assert list(COLUMNS) == [slug for slug in QUESTIONS if slug in COLUMNS]


def test_a_table_can_answer_whatever_it_may_be_told_is_missing() -> None:
    """But for what counts at this run's prompt alone (R9)."""
    may_be_missing = {slug for slug, question in QUESTIONS.items() if not question.is_optional}
    assert may_be_missing - {"safeguards", "attested_by"} <= set(COLUMNS)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda question: question.slug)
def test_every_question_that_is_asked_has_words_and_rests_on_earlier_or_known_ones(question: Question) -> None:
    """Only optional ones have none."""
    assert question.help.endswith(".")
    assert question.is_optional is (question.words is Question.__dataclass_fields__["words"].default)
    assert set(question.rests_on) <= QUESTIONS.keys()


def test_only_purpose_who_asked_when_and_the_stricter_sensitivity_have_a_default() -> None:
    """Never number, birth date, basis, giver, form, rationale or safeguards."""
    no_default = Question.__dataclass_fields__["default"].default
    defaulted = [question.slug for question in QUESTIONS.values() if question.default is not no_default]
    assert defaulted == ["intimate", "purpose", "covers", "obtained_by", "obtained_at"]
    assert [slug for slug in defaulted if QUESTIONS[slug].is_defaulted_alone] == ["intimate", "covers", "obtained_by"]


def test_what_is_left_out_of_a_question_asks_nothing_and_offers_nothing() -> None:
    """A new question arises always, has no default, and is nobody's to share."""
    bare = Question(slug="new_one", help="New.", parse=lambda text, _facts: text)
    assert bare.words(FACTS) == ""
    assert bare.choices(FACTS) == ()
    assert bare.applies(FACTS) is True
    assert bare.derive(FACTS) is None
    assert bare.default(FACTS) is None
    assert not any((bare.is_defaulted_alone, bare.is_optional, bare.is_switch, bare.is_column, bare.is_shareable))
    assert bare.rests_on == ()
    assert bare.flag == "--new-one"


def test_choices_are_numbered_on_one_line() -> None:
    """Those that the prompt has no room for are behind the question mark, and keep their numbers."""
    tea, coffee, milk = Choice("tea", "tea"), Choice("coffee", "a coffee"), Choice("milk", "milk", is_offered=False)
    assert numbered((tea, coffee)) == "1 tea  2 a coffee"
    assert numbered((tea, milk, coffee)) == "1 tea  3 a coffee  (? all)"
    assert numbered(()) == ""


@pytest.mark.parametrize(
    ("slug", "known", "words"),
    [
        ("patient", {}, "Patient number (v look, q quit):"),
        ("patient", {"can_skip": True}, "Patient number (v look, s skip, q quit):"),
        ("scheme", {"patient": "3200000015"}, "Whose number: 1 NHS  2 H&C"),
        ("dob", {}, "Date of birth:"),
        ("body_site", {}, "Body site:"),
        ("body_site", {"can_skip": True}, "Body site:"),
        ("body_site", {"is_sharing": True}, "Body site (v look, q quit):"),
        ("body_site", {"is_sharing": True, "can_skip": True}, "Body site (v look, s skip, q quit):"),
        ("intimate", {"body_site": "left knee"}, "Intimate? (y/n):"),
        ("intimate", {"body_site": "nappy area"}, "Intimate? A nappy area counts as intimate [Y/n]:"),
        ("purpose", {}, "Purpose [diagnosis] (? lists):"),
        ("purpose", {"earlier": (EARLIER,)}, "Purpose [diagnosis]; m = response since 7f3k:"),
        ("basis", {"dob": CHILDS_BIRTH},
         "Consent basis: 1 parental responsibility  2 local authority or court  3 best interests"),
        ("competence_evidence", {}, "How was the child's competence assessed, and by whom:"),
        ("capacity_evidence", {}, "The patient lacks capacity for this. Who assessed it, when:"),
        ("capacity_evidence", {"policy": Policy(nation=Nation.SCOTLAND, intimate_under_18=IntimateUnder18.REFUSE)},
         "The patient lacks capacity for this. Certificate's reference, and who assessed:"),
        ("giver", {"basis": ConsentBasis.LOCAL_AUTHORITY_OR_COURT}, "Who agreed (local authority, guardian):"),
        ("form", {},
         "How did the patient agree (phone, video, in person, email, ...; ? lists):"),
        ("form", {"giver": ConsentGiver.MOTHER},
         "How did the mother agree (phone, video, in person, email, ...; ? lists):"),
        ("obtained_by", {}, "Asked by [Dr A. Example]:"),
        ("obtained_by", {"asked_by": None}, "Asked by:"),
        ("obtained_at", {}, "Asked on [21 Nov 2026] (yesterday, 21/11/2026):"),
        ("obtained_at", {"sent_on": None}, "Asked on (yesterday, 21/11/2026):"),
        ("rationale", {},
         "Rationale: which decision, why remote, what explained, safety net, why keep it"),
        ("attested_by", {}, "Attesting clinician: 1 Dr A. Example, GMC 7654321  2 R. Desk"),
    ],
)  # fmt: skip
def test_a_question_is_worded_by_what_is_known(slug: str, known: dict[str, Any], words: str) -> None:
    """What can be typed there is named with it."""
    assert QUESTIONS[slug].words(knowing(**known)) == words


def test_the_safeguards_are_asked_in_one_form() -> None:
    """Eight numbers, of which four are required."""
    words = QUESTIONS["safeguards"].words(FACTS)
    assert words.splitlines()[0] == 'Intimate photo of a child. Type the numbers that are true; the others are "no":'
    assert words.endswith("Without 8 it is not stated.        (1 2 5 7 are required)")


CHILD, ADULT = {"dob": CHILDS_BIRTH}, {"dob": date(1971, 3, 3)}


@pytest.mark.parametrize(
    ("slug", "known", "arises"),
    [
        ("patient", {}, True),
        ("scheme", {}, None),
        ("scheme", {"patient": "x"}, True),
        ("intimate", {}, None),
        ("intimate", {"body_site": "left knee"}, True),
        ("follows", {}, None),
        ("follows", {"purpose": Purpose.DIAGNOSIS}, False),
        ("follows", {"purpose": Purpose.MONITORING_RESPONSE}, True),
        ("giver", {}, None),
        ("giver", {"basis": ConsentBasis.PUBLIC_INTEREST}, True),
        ("capacity_evidence", {}, None),
        ("capacity_evidence", {"basis": ConsentBasis.BEST_INTERESTS_OR_BENEFIT, **ADULT}, True),
        ("capacity_evidence", {"basis": ConsentBasis.BEST_INTERESTS_OR_BENEFIT, **CHILD}, False),
        ("safeguards", {}, None),
        ("safeguards", {"intimate": True, **CHILD}, True),
        ("safeguards", {"intimate": True, **ADULT}, False),
        ("attested_by", {"intimate": True, **CHILD}, True),
        ("attested_by", {"intimate": False, **CHILD}, False),
    ],
)
def test_a_question_arises_by_what_is_known(slug: str, known: dict[str, Any], *, arises: bool | None) -> None:
    """None while that turns on an answer that is missing."""
    assert QUESTIONS[slug].applies(knowing(**known)) is arises


@pytest.mark.parametrize(
    ("slug", "known", "value"),
    [
        ("objection", {}, None),
        ("competence", {}, None),
        ("competence", {"competence_evidence": "Dr B"}, MinorCompetence.COMPETENT),
        ("attested_by", {}, None),
        ("attested_by", {"intimate": True, **CHILD}, FACTS.attester),
        ("attested_by", {"intimate": True, **ADULT}, None),
        ("rationale", {}, None),
    ],
)
def test_an_answer_follows_from_what_is_known(slug: str, known: dict[str, Any], value: object) -> None:
    """R1 lists what may be derived."""
    assert QUESTIONS[slug].derive(knowing(**known)) == value


@pytest.mark.parametrize(
    ("slug", "text", "value"),
    [
        ("body_site", "  left   knee ", "left knee"),
        ("sensitivity", "the face can be recognised", Sensitivity.FACE_IDENTIFIABLE),
        ("purpose", "referral or advice", Purpose.REFERRAL_ADVICE),
        ("purpose", "social_media", Purpose.SOCIAL_MEDIA),
        ("competence", "not competent", MinorCompetence.NOT_COMPETENT),
        ("competence_evidence", "a\r\nb", "a\nb"),
        ("capacity", "assessed_has", Capacity.ASSESSED_HAS),
        ("capacity_evidence", " Dr B ", "Dr B"),
        ("pr_evidence", "on_record", PrEvidence.ON_RECORD),
        ("origin", "sent unasked", Origin.UNSOLICITED),
        ("giver", "nobody", ConsentGiver.NONE),
        ("obtained_by", " Dr  B,  GMC 7111111 ", "Dr B, GMC 7111111"),
        ("explained", "why", frozenset({Explained.WHY})),
        ("rationale", "a\tb", "a b"),
        ("objection", "yes", True),
    ],
)
def test_an_answer_is_understood(slug: str, text: str, value: object) -> None:
    """By the question's own reading."""
    assert QUESTIONS[slug].parse(text, FACTS) == value


@pytest.mark.parametrize("slug", QUESTIONS)
def test_no_question_takes_silence(slug: str) -> None:
    """Or a character that nobody can see."""
    for text in ("", "\u200b"):
        with pytest.raises(AnswerInvalid):
            QUESTIONS[slug].parse(text, FACTS)


def test_enter_accepts_what_is_offered() -> None:
    """The stricter sensitivity, diagnosis, who asked, and the likely day."""
    assert QUESTIONS["intimate"].default(knowing(body_site="groin")) == "yes"
    assert QUESTIONS["intimate"].default(knowing(body_site="left knee")) is None
    assert QUESTIONS["purpose"].default(FACTS) == "diagnosis"
    assert QUESTIONS["obtained_by"].default(FACTS) == "Dr A. Example"
    assert QUESTIONS["obtained_by"].default(knowing(asked_by=None)) is None
    assert QUESTIONS["obtained_at"].default(FACTS) == "21 Nov 2026"


RESTS_ON = {
    "scheme": ("patient",), "dob": ("patient",), "date_reason": ("dob",), "purpose": ("patient",),
    "sensitivity": ("intimate",),
    "intimate": ("body_site", "dob"), "follows": ("purpose",), "basis": ("dob",), "origin": ("form",),
    "safeguards": ("intimate",), "attested_by": ("intimate",), "competence": ("basis",),
    "competence_evidence": ("basis",), "capacity": ("basis",), "capacity_evidence": ("basis",),
    "decided_by": ("basis",), "authority": ("basis",), "consulted": ("basis",),
    "pr_evidence": ("basis",), "giver": ("basis",), "form": ("basis",), "spoken_since": ("form",),
    "view_once": ("intimate", "form"), "agreed_to_keep": ("view_once",),
    "covers": ("consent_document",), "outlet": ("covers",), "recognisable": ("covers",),
}  # fmt: skip
"""The answers that a changed one makes stale."""


def test_answers_rest_on_others() -> None:
    """All others stand by themselves."""
    assert {slug: each.rests_on for slug, each in QUESTIONS.items() if each.rests_on} == RESTS_ON


def test_the_reference_page_has_a_row_a_question() -> None:
    """In their order, with both flags of a switch."""
    rows = reference().splitlines()
    assert rows[0] == "| answer | flag | column | what it says |"
    assert rows[1] == "| --- | --- | --- | --- |"
    assert [row.split("`")[1] for row in rows[2:]] == list(QUESTIONS)
    assert (
        "| `patient` | `--patient` | yes | The patient's number: NHS, CHI or H&C, ten digits; "
        "or the practice's own: local T-1234. |" in rows
    )
    assert "| `intimate` | `--intimate/--no-intimate` | yes | Whether the photo counts as intimate. |" in rows
    assert reference().endswith("|\n")
