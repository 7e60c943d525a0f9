"""A practice's own numbers: what a pattern may be, what fits it, and that neither can hang."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.local_number import parse_local_number, parse_pattern
from imgfile.clinical.patient import PatientId, Scheme, parse_number, stated_scheme, without_local_label
from imgfile.errors import AnswerInvalid


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("T-####", ["T-1234", "t-1234", " T-12 34 ", "\uff34-\uff11\uff12\uff13\uff14"], ["T1234", "T-123", "T-12345"]),
        ("#{4,8}", ["1234", "12345678"], ["123", "123456789", "", "12a4"]),
        ("@{2}#{3,5}/26", ["AB123/26", "xy12345/26"], ["A1123/26", "AB12/26", "AB123/27", "AB123"]),
        ("X0#{1,2}#", ["X012", "X0123"], ["X01", "X01234", "X112"]),
    ],
)  # fmt: skip
def test_numbers_fit_or_do_not(pattern: str, fitting: list[str], others: list[str]) -> None:
    """What fits is brought into one spelling: upper case, ASCII, without spaces."""
    read = parse_pattern(pattern)
    for text in fitting:
        number = parse_local_number(text, read)
        assert (number, number.isascii()) == (parse_local_number(number, read), True)
        assert PatientId(Scheme.LOCAL, number).grouped == number
    for text in others:
        with pytest.raises(AnswerInvalid, match="like"):
            parse_local_number(text, read)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "is empty"), ("T" * 61, "longer"), ("t-####", "from its character 1"), ("####.", "from its character 5"),
        ("(#+)+", "cannot be read"), ("#{4", "cannot be read"), ("#{4,}", "cannot be read"), ("#{999}", "cannot be"),
        ("-{0,1}####", "two spellings"), ("#{0}T1234", "count of nothing"), ("#{8,4}", "ends before"),
        ("###", "4 to 20"), ("#{1,4}", "4 to 20"), ("#{4,21}", "4 to 20"), ("@@@@", "no digit"),
        ("#{10}", "ten digits"), ("#{4,12}", "ten digits"), ("@{0,2}#{9}0", "ten digits"),
    ],
)  # fmt: skip
def test_what_is_no_pattern_is_refused_with_its_place(pattern: str, reason: str) -> None:
    """There are no groups, no repetitions without an end, and none that give a number two spellings."""
    with pytest.raises(AnswerInvalid, match=re.escape(reason)):
        parse_pattern(pattern)


@given(st.text("#@AZ09-/{},()+*1", max_size=30), st.text("AZ09-/ a1", max_size=50))
def test_any_pattern_and_number_are_read_or_refused(pattern: str, number: str) -> None:
    """Whatever they are; what is read is valid everywhere."""
    try:
        found = parse_local_number(number, parse_pattern(pattern))
    except AnswerInvalid:
        return
    assert PatientId(Scheme.LOCAL, found).number == found


def test_a_local_number_is_stated_and_never_guessed() -> None:
    """Ten digits are a national number, whatever stands before them, and a local one needs its word."""
    assert stated_scheme("local T-1234") is stated_scheme("Local number: 12345") is Scheme.LOCAL
    assert stated_scheme("T-1234") is stated_scheme("localised 12") is None
    assert without_local_label("local no. T-1234") == "T-1234"
    assert without_local_label("T-1234") == "T-1234"
    with pytest.raises(AnswerInvalid):
        parse_number("T-1234")


@pytest.mark.parametrize("number", ["", "T-1", "ABCD", "t-1234", "T 1234", "9434765870", "A" * 20 + "1", "T\u0661234"])
def test_what_cannot_be_a_local_number_makes_no_patient(number: str) -> None:
    """In a record as little as at a prompt."""
    with pytest.raises(AnswerInvalid):
        PatientId(Scheme.LOCAL, number)


def test_a_local_number_is_masked_whole() -> None:
    """Its last four characters may be all of it (R23)."""
    patient = PatientId(Scheme.LOCAL, "T123")
    assert (str(patient), patient.last_four, patient.system) == ("local •••", "T123", "")
