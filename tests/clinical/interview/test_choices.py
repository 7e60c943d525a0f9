"""What can be chosen, by which names, and what is offered to whom."""

from __future__ import annotations

import pytest

from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.facts import EarlierPhoto, Person
from imgfile.clinical.interview import choices, not_filing
from imgfile.clinical.interview.choices import FORMS, SCHEMES, Choice, NotOffered, is_choice, pick, pick_by_number
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.patient import Scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.vocabulary import (
    ConsentForm,
    Disposition,
    IntimateUnder18,
    Nation,
    PrEvidence,
    Purpose,
    PurposeKind,
)
from imgfile.errors import AnswerInvalid
from kit.vault.filings import ADULT, DOCTOR, TODAY, knowing

DRINKS = (Choice("black_tea", "tea, black", ("assam", "Darjeeling")), Choice("coffee", "coffee"))
THIRTIES = "3200000015"
"""A number that may be an NHS or an H&C number."""


# --- naming a choice ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["black_tea", "BLACK TEA", "black-tea", "tea, black", "Tea  black ", "assam", "darjeeling", "Black,Tea"],
)
def test_a_choice_is_named_by_code_words_or_another_name(text: str) -> None:
    """Case, underscores, hyphens, commas and runs of spaces aside."""
    assert pick(text, DRINKS) == "black_tea"


@pytest.mark.parametrize("text", ["", "tea", "blacktea", "1", "black tea!", "coffee tea"])
def test_anything_else_is_none_of_them_and_they_are_named_by_code(text: str) -> None:
    """Each code once, as a flag takes it."""
    with pytest.raises(NotOffered, match=r"^is none of: black_tea, coffee$"):
        pick(text, (*DRINKS, *DRINKS))


def test_the_first_choice_of_a_name_counts() -> None:
    """The words of the nation stand before the whole vocabulary."""
    assert pick("x", (Choice("first", "x"), Choice("second", "x"))) == "first"


@pytest.mark.parametrize(("text", "code"), [("1", "black_tea"), ("2", "coffee"), ("02", "coffee")])
def test_a_number_is_the_place_of_a_choice(text: str, code: str) -> None:
    """From 1."""
    assert pick_by_number(text, DRINKS) == code


@pytest.mark.parametrize("text", ["0", "3", "11", "99999999999999999999"])
def test_a_number_beyond_the_choices_is_refused(text: str) -> None:
    """However long."""
    with pytest.raises(AnswerInvalid, match=r"^is not a number from 1 to 2$"):
        pick_by_number(text, DRINKS)


@pytest.mark.parametrize("text", ["coffee", "", "-1", "1.", "٢", "²", "1 2"])
def test_what_is_no_number_stays_as_it_is(text: str) -> None:
    """A digit of another script is no number either: the numbers stand beside the words in ASCII."""
    assert pick_by_number(text, DRINKS) == text


def test_without_choices_a_number_is_text() -> None:
    """As a patient's number is."""
    assert pick_by_number("9434765870", ()) == "9434765870"


# --- what is offered ----------------------------------------------------------------------------------------


def test_a_whole_vocabulary_is_offered_in_its_order() -> None:
    """By code and words, all of it."""
    assert choices.of(PrEvidence) == tuple(Choice(code, code.label) for code in PrEvidence)
    assert all(choice.is_offered for choice in choices.of(PrEvidence))


def test_the_schemes_offered_are_those_that_the_number_fits() -> None:
    """None before there is a number; outside England and Wales only the nation's own."""
    scottish = Policy(nation=Nation.SCOTLAND, intimate_under_18=IntimateUnder18.REFUSE)
    assert choices.schemes(knowing()) == ()
    assert [choice.code for choice in choices.schemes(knowing(patient=ADULT))] == [Scheme.NHS]
    assert [choice.code for choice in choices.schemes(knowing(patient=THIRTIES))] == [Scheme.NHS, Scheme.HSC]
    assert [choice.code for choice in choices.schemes(knowing(patient=THIRTIES, policy=scottish))] == [Scheme.HSC]


@pytest.mark.parametrize(
    ("text", "scheme"),
    [("nhs", "nhs"), ("CHI", "chi"), ("h&c", "hsc"), ("hsc", "hsc"), ("HCN", "hsc"), ("Health and Care", "hsc")],
)
def test_a_scheme_has_the_names_that_people_use(text: str, scheme: str) -> None:
    """Northern Ireland's number has four."""
    assert pick(text, SCHEMES) == scheme


def test_only_purposes_of_care_are_offered_and_m_is_a_response_where_there_is_something_to_respond_to() -> None:
    """Eight of seventeen; nothing is filed for our own record, where copies go."""
    of_care = [each for each in Purpose if each.kind in {PurposeKind.DIRECT_CARE, PurposeKind.NEAR_CARE}]
    earlier = EarlierPhoto(RecordId("7f" * 16), "7f3k", TODAY)
    plain, known = choices.purposes(knowing()), choices.purposes(knowing(earlier=(earlier,)))
    assert [choice.code for choice in plain] == [choice.code for choice in known] == of_care
    assert len(of_care) == 8
    assert pick("m", known) == Purpose.MONITORING_RESPONSE
    with pytest.raises(NotOffered):
        pick("m", plain)
    assert [choice.label for choice in known] == [purpose.label for purpose in of_care]


@pytest.mark.parametrize(
    ("text", "giver"),
    [("mum", "mother"), ("Dad", "father"), ("parent", "parent_other"), ("other parent", "parent_other")],
)
def test_givers_have_the_names_that_people_use(text: str, giver: str) -> None:
    """Of a parent's consent; a social worker speaks for the local authority."""
    facts = knowing(basis=ConsentBasis.PARENTAL_RESPONSIBILITY)
    assert pick(text, choices.givers(facts)) == giver
    authority = knowing(basis=ConsentBasis.LOCAL_AUTHORITY_OR_COURT)
    assert pick("social worker", choices.givers(authority)) == pick("council", choices.givers(authority))
    assert pick("council", choices.givers(authority)) == ConsentGiver.LOCAL_AUTHORITY


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (("phone", "telephone", "call", "by phone", "verbal_telephone"), ConsentForm.VERBAL_TELEPHONE),
        (("video", "by video", "video call"), ConsentForm.VERBAL_VIDEO),
        (("in person", "face to face", "F2F", "face-to-face"), ConsentForm.VERBAL_IN_PERSON),
        (("email", "e-mail", "text", "SMS", "by email", "by text"), ConsentForm.EMAIL_OR_TEXT_REPLY),
        (("form", "online form", "by form"), ConsentForm.ELECTRONIC_FORM),
        (("signed", "written", "in writing", "signed form", "paper", "letter"), ConsentForm.WRITTEN_SIGNED),
        (("sent when asked",), choices.SENT_WHEN_ASKED),
        (("sent unasked",), choices.SENT_UNASKED),
    ],
)
def test_forms_have_the_names_that_people_use(names: tuple[str, ...], form: str) -> None:
    """In the order in which a prompt lists them."""
    assert {pick(name, FORMS) for name in names} == {form}


def test_the_attesters_are_everybody_of_the_roster() -> None:
    """By name, registration, or both, and by a last name; who has none is refused by R9, not left out in silence."""
    desk = Person("R. Desk")
    offered = choices.attesters(knowing(people=(DOCTOR, desk)))
    assert offered == (
        Choice(
            "Dr A. Example, GMC 7654321",
            "Dr A. Example, GMC 7654321",
            ("Dr A. Example", "GMC 7654321", "a example", "example", "dr example"),
        ),
        Choice("R. Desk", "R. Desk", ("R. Desk", "desk")),
    )


@pytest.mark.parametrize(
    ("typed", "purpose"),
    [
        ("referral", Purpose.REFERRAL_ADVICE),
        ("advice", Purpose.REFERRAL_ADVICE),
        ("response", Purpose.MONITORING_RESPONSE),
        ("procedure", Purpose.PROCEDURE_RECORD),
        ("clinical record", Purpose.OWN_CLINICAL_RECORD),
        ("Teaching", Purpose.TEACHING_INTERNAL),
        ("training", Purpose.TRAINING_ASSESSMENT),
        ("publication", Purpose.PUBLICATION_NAMED),
        ("media", Purpose.PUBLIC_MEDIA),
    ],
)
def test_a_purpose_is_taken_by_the_word_that_people_say_for_it(typed: str, purpose: Purpose) -> None:
    """At filing, of a form and of a copy alike; and no word stands for two of them."""
    assert [each for each in Purpose if is_choice(typed, [choices.of_purpose(each)])] == [purpose]


def test_somebody_of_the_roster_is_taken_by_the_last_name_that_nobody_else_has() -> None:
    """And without the title; never by a last name that two have, nor by a part of one, or by nothing."""
    people = (
        Person("Dr Ann Archer", "GMC 7654321"),
        Person("Dr Bea van Dyke", "GMC 7111111"),
        Person("Mr Carl Dyke", ""),
        Person("Archie", ""),
    )
    offered = choices.of_people(people)
    for typed, found in (
        ("archer", [0]),
        ("Ann Archer", [0]),
        ("GMC 7654321", [0]),
        ("bea van dyke", [1]),
        ("Dr Archer", [0]),
        ("Mr Archer", []),
        ("Dr Dyke", []),
        ("Dyke", []),
        ("van Dyke", []),
        ("Ann", []),
        ("Dr", []),
        ("Archie", [3]),
        ("", []),
    ):
        assert [at for at, choice in enumerate(offered) if is_choice(typed, [choice])] == found, typed
    (alone,) = choices.of_people(people[2:3], among=people)
    assert not is_choice("Dyke", [alone])


def test_what_becomes_of_a_photo_is_taken_by_the_words_that_its_help_offers() -> None:
    """By a flag and a table as at the terminal, where the same other names are known."""
    offered = QUESTIONS["disposition"].help.partition(": ")[2].rstrip(".").split(", ")
    assert [pick(words, choices.DISPOSITIONS) for words in offered] == list(Disposition)[1:]
    for way in not_filing.WAYS[:-1]:
        assert {pick(name, choices.DISPOSITIONS) for name in (way.code, *way.aliases)} == {way.code}
