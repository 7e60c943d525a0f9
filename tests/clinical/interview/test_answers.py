"""Answers handed in by a table or as JSON: read strictly, and never repeated in an error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.interview.answers import (
    MAX_ANSWERS_BYTES,
    Given,
    from_json,
    from_row,
    has_shared,
    shared,
    without,
)
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import AnswerInvalid
from kit.vault.filings import FACTS, MOLE, RASH, flags, interview


def test_a_row_gives_its_filled_cells() -> None:
    """Blank cells are no answers, and columns that are no questions are left alone."""
    row = {"row": "12", "action": "file", "patient": " 9434765870 ", "dob": "", "giver": "  ", "sha256": "ff"}
    assert from_row(row) == {"patient": Given("9434765870", Provenance.TABLE)}
    assert interview(from_row(MOLE), FACTS).filing.provenance["patient"] is Provenance.TABLE


def test_a_row_does_not_answer_what_has_no_column() -> None:
    """Safeguards are never answered in a table."""
    assert set(from_row(RASH)) == set(RASH) - {"safeguards"}


def test_json_gives_text_switches_and_lists() -> None:
    """Null and empty text are no answers; a byte-order mark is no matter."""
    document = {**MOLE, "intimate": False, "explained": ["why", "storage"], "objection": None, "giver": ""}
    answers = from_json(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert answers["intimate"] == Given("no", Provenance.ANSWERS_FILE)
    assert answers["explained"] == Given("why, storage", Provenance.ANSWERS_FILE)
    assert set(answers) == {*MOLE, "intimate", "explained"}
    filing = interview(answers, FACTS).filing
    assert filing.provenance["patient"] is Provenance.ANSWERS_FILE
    assert from_json(b'{"intimate": true}')["intimate"].text == "yes"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"null", b'"x"', b"{", b'{"dob": "x", "dob": "y"}', b'{"dob": NaN}', b"\xff", b"[" * 100_000,
        b'{"dob": ' + b"9" * 5_000 + b"}", b'{"rationale": "' + b"x" * MAX_ANSWERS_BYTES + b'"}',
    ],
)  # fmt: skip
def test_what_is_no_object_of_answers_is_refused(data: bytes) -> None:
    """Whatever the bytes."""
    with pytest.raises(AnswerInvalid):
        from_json(data)


def test_wrong_keys_and_values_are_all_reported_and_not_repeated() -> None:
    """An unknown key may be a name."""
    document = {"dob": 14, "Mrs Smith": "x", "body_site": {"left": "knee"}, "giver": ["mother", 1], "Mr": 1}
    with pytest.raises(AnswerInvalid) as caught:
        from_json(json.dumps(document).encode())
    assert [(problem.question, problem.flag, problem.message) for problem in caught.value.problems] == [
        ("dob", "--dob", "is no text"),
        ("", "an unknown key", "is no question"),
        ("body_site", "--body-site", "is no text"),
        ("giver", "--giver", "is no text"),
        ("", "an unknown key", "is no question"),
    ]
    assert caught.value.message == "5 answers cannot be used"


def test_an_answer_of_eight_thousand_characters_is_the_longest() -> None:
    """The question itself says what is too long for it."""
    assert len(from_json(json.dumps({"rationale": "x" * 8_000}).encode())["rationale"].text) == 8_000
    with pytest.raises(AnswerInvalid):
        from_json(json.dumps({"rationale": "x" * 8_001}).encode())


@pytest.mark.slow
@given(st.binary(max_size=100) | st.dictionaries(st.sampled_from(list(QUESTIONS)), st.text()).map(
    lambda document: json.dumps(document).encode()
))  # fmt: skip
def test_any_bytes_are_answers_or_refused(data: bytes) -> None:
    """Nothing else leaves."""
    try:
        answers = from_json(data)
    except AnswerInvalid:
        return
    assert answers.keys() <= QUESTIONS.keys()


def test_an_answers_text_is_not_in_its_repr() -> None:
    """It may be a number."""
    assert "943" not in repr(Given("9434765870", Provenance.FLAG))


# --- going back, and sharing --------------------------------------------------------------------------------


OWN = {
    "date_reason",
    "body_site",
    "sensitivity",
    "intimate",
    "view_once",
    "agreed_to_keep",
    "objection",
    "safeguards",
    "attested_by",
    "disposition",
}
"""What the picture shows, and what is vouched for of it."""


def test_everything_may_be_shared_but_what_the_picture_shows_and_who_vouches_for_it() -> None:
    """A new question is nobody's to share before somebody has thought about it: the default is no."""
    assert {slug for slug, question in QUESTIONS.items() if not question.is_shareable} == OWN
    answers = dict.fromkeys(QUESTIONS, "x")
    assert shared(flags(answers)).keys() == QUESTIONS.keys() - OWN


def test_a_shared_answer_is_the_same_text_and_says_that_it_was_shared() -> None:
    """Whoever reads the record sees it."""
    assert shared(flags({"patient": "9434765870", "body_site": "groin"})) == {
        "patient": Given("9434765870", Provenance.SHARED)
    }
    assert has_shared({"patient": Given("x", Provenance.SHARED), "dob": Given("y", Provenance.TYPED)})
    assert not has_shared(flags(MOLE))
    assert not has_shared({})


def test_dropping_an_answer_drops_what_rests_on_it_at_any_distance() -> None:
    """A number takes the birth date with it, that the basis, that whatever the basis led to."""
    everything = flags(dict.fromkeys(QUESTIONS, "x"))
    assert everything.keys() - without(everything, "patient").keys() == {
        "patient", "scheme", "dob", "date_reason", "intimate", "purpose", "follows", "basis", "competence",
        "competence_evidence", "capacity", "capacity_evidence", "decided_by", "authority", "consulted", "pr_evidence",
        "giver", "form", "safeguards", "attested_by", "spoken_since", "view_once", "agreed_to_keep",
    }  # fmt: skip
    assert everything.keys() - without(everything, "form").keys() == {
        "form", "origin", "spoken_since", "view_once", "agreed_to_keep",
    }  # fmt: skip
    assert everything.keys() - without(everything, "body_site").keys() == {
        "body_site", "intimate", "safeguards", "attested_by", "view_once", "agreed_to_keep",
    }  # fmt: skip
    assert everything.keys() - without(everything, "rationale").keys() == {"rationale"}
    assert without({}, "patient") == {}
    assert set(everything) == set(QUESTIONS)
