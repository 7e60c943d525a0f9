"""Patient numbers: every slip is refused, and no message or repr repeats the number."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.patient import (
    NATIONAL,
    SYSTEMS,
    PatientId,
    Scheme,
    ascii_digits,
    fits_birth_date,
    has_check_digit,
    parse_number,
    parse_patient_id,
    schemes_for,
    stated_scheme,
)
from imgfile.clinical.vocabulary import Nation
from imgfile.errors import AnswerInvalid

TEN_DIGITS = st.from_regex(r"[0-9]{10}", fullmatch=True)
ZEROS = "0\u0660\u06f0\u0966\uff10\U0001d7ce"
"""ASCII, Arabic-Indic, Persian, Devanagari, full-width, bold."""


def is_valid_elsewhere(number: str) -> bool:
    """Check a number the other way round: all ten digits by weights 10 to 1 sum to nothing modulo 11."""
    return sum(weight * int(digit) for weight, digit in enumerate(reversed(number), 1)) % 11 == 0


def with_check_digit(nine: str) -> str | None:
    """Complete nine digits by trying."""
    return next((f"{nine}{last}" for last in range(10) if is_valid_elsewhere(f"{nine}{last}")), None)


@given(TEN_DIGITS)
def test_the_check_digit_agrees_with_an_independent_implementation(number: str) -> None:
    """Weights 10 to 2 and eleven minus the remainder say the same as a sum of nought modulo 11."""
    assert has_check_digit(number) is is_valid_elsewhere(number)


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_at_most_one_check_digit_fits_nine_digits(nine: str) -> None:
    """A slip in the last digit never goes unseen."""
    assert sum(has_check_digit(f"{nine}{last}") for last in range(10)) <= 1


@given(TEN_DIGITS, st.data())
def test_every_single_slip_and_every_swap_of_neighbours_is_seen(number: str, data: st.DataObject) -> None:
    """That is what modulus 11 is for."""
    valid = with_check_digit(number[:9])
    if valid is None:
        return
    place = data.draw(st.integers(0, 9))
    digit = data.draw(st.sampled_from("0123456789"))
    assert has_check_digit(f"{valid[:place]}{digit}{valid[place + 1 :]}") is (digit == valid[place])
    swap = data.draw(st.integers(0, 8))
    swapped = f"{valid[:swap]}{valid[swap + 1]}{valid[swap]}{valid[swap + 2 :]}"
    assert has_check_digit(swapped) is (swapped == valid)


@pytest.mark.parametrize("number", ["9990000018", "9990000026", "9990000034", "9434765870"])
def test_synthetic_numbers_are_numbers_only_where_tests_are_allowed(number: str) -> None:
    """Nobody's number begins with 9."""
    assert PatientId(Scheme.NHS, number, allow_test=True).number == number
    assert parse_patient_id(number, nation=Nation.ENGLAND, allow_test=True).scheme is Scheme.NHS
    with pytest.raises(AnswerInvalid, match="test number"):
        parse_patient_id(number, nation=Nation.ENGLAND)
    with pytest.raises(AnswerInvalid, match="test number"):
        PatientId(Scheme.NHS, number)


@pytest.mark.parametrize(
    ("stem", "schemes"),
    [
        ("400000000", {Scheme.NHS}),
        ("499999999", {Scheme.NHS}),
        ("600000000", {Scheme.NHS}),
        ("799999999", {Scheme.NHS}),
        ("320000000", {Scheme.NHS, Scheme.HSC}),
        ("399999999", {Scheme.NHS, Scheme.HSC}),
        ("010100000", {Scheme.CHI}),
        ("010199001", {Scheme.CHI}),
        ("290200991", {Scheme.CHI}),
        ("311299001", {Scheme.CHI}),
        ("310224991", set()),
        ("001299001", set()),
        ("500000001", set()),
        ("599999999", set()),
        ("800000000", set()),
        ("899999999", set()),
        ("000000002", set()),
    ],
)
def test_each_scheme_takes_the_numbers_of_its_ranges_and_no_others(stem: str, schemes: set[Scheme]) -> None:
    """4, 6 and 7 are NHS; 01 to 31 with a real date CHI; 32 to 39 H&C, and NHS when that is stated."""
    number = with_check_digit(stem)
    assert number, "no check digit fits this stem: choose another"
    taken = set()
    for scheme in Scheme:
        try:
            taken.add(PatientId(scheme, number).scheme)
        except AnswerInvalid:
            continue
    assert taken == schemes


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("9434765871", "check digit does not match"),
        ("4444444444", "is one digit repeated"),
        ("0000000000", "is one digit repeated"),
        ("3102249914", "has no real date in its first six digits"),
        ("5000000014", "is outside the ranges of NHS, CHI and H&C"),
        ("", "is empty"),
        ("943476587", "has 9 digits instead of 10"),
        ("9", "has 1 digit instead of 10"),
        ("94347658700", "has 11 digits instead of 10"),
        ("943476587O", "has characters that are not digits"),
        ("1" * 41, "is too long for a patient number"),
        ("1" * 40, "has 40 digits instead of 10"),
    ],
)
def test_a_number_that_cannot_be_right_is_refused_with_its_reason(number: str, reason: str) -> None:
    """The reason never repeats the number."""
    if reason.startswith("is outside"):
        number = with_check_digit(number[:9]) or ""
    with pytest.raises(AnswerInvalid) as caught:
        parse_patient_id(number, nation=Nation.ENGLAND, allow_test=True)
    assert caught.value.message == reason
    assert not number or number not in caught.value.message


def test_nine_digits_that_make_a_chi_number_suggest_the_lost_zero_and_pad_nothing() -> None:
    """A spreadsheet takes leading zeros away; only a person puts one back."""
    with pytest.raises(AnswerInvalid, match="lost its leading zero"):
        parse_patient_id("101990014", nation=Nation.SCOTLAND)
    with pytest.raises(AnswerInvalid, match="has 9 digits instead of 10"):
        parse_patient_id("101990015", nation=Nation.SCOTLAND)
    undated = with_check_digit("009900000") or ""
    assert undated.startswith("0")
    with pytest.raises(AnswerInvalid, match="has 9 digits instead of 10"):
        parse_patient_id(undated[1:], nation=Nation.SCOTLAND)


@pytest.mark.parametrize(
    ("stem", "reason"),
    [("011399001", "no real date"), ("310224991", "no real date"), ("001299001", "ranges"), ("500000001", "ranges")],
)
def test_a_number_of_no_scheme_says_whether_its_date_or_its_range_is_wrong(stem: str, reason: str) -> None:
    """01 to 31 begin a CHI number's date."""
    with pytest.raises(AnswerInvalid, match=reason):
        parse_number(with_check_digit(stem) or "")


@pytest.mark.parametrize("number", ["943476587\u0660", "94347 65870", "943476587x", "943476587", ""])
def test_the_constructor_takes_ten_ascii_digits_only(number: str) -> None:
    """Only `parse_patient_id` normalises; what is stored has one spelling."""
    with pytest.raises(AnswerInvalid):
        PatientId(Scheme.NHS, number, allow_test=True)


def test_the_constructor_refuses_a_scheme_that_does_not_fit() -> None:
    """A CHI number is no NHS number."""
    with pytest.raises(AnswerInvalid, match="is not an NHS number"):
        PatientId(Scheme.NHS, "0101990014")
    with pytest.raises(AnswerInvalid, match="is not a CHI number"):
        PatientId(Scheme.CHI, "4000000004")
    with pytest.raises(AnswerInvalid, match="is not an H&C number"):
        PatientId(Scheme.HSC, "0101990014")


@given(
    st.lists(
        st.tuples(st.sampled_from(ZEROS), st.sampled_from(["", " ", "-", "\u00a0", "\u2013"])), min_size=10, max_size=10
    )
)
def test_digits_of_any_script_and_separators_between_them_are_normalised(shapes: list[tuple[str, str]]) -> None:
    """Arabic-Indic and full-width digits become ASCII; spaces and hyphens go."""
    typed = "".join(
        f"{separator}{chr(ord(zero) + int(digit))}"
        for digit, (zero, separator) in zip("9434765870", shapes, strict=True)
    )
    assert parse_number(typed, allow_test=True) == "9434765870"


@pytest.mark.parametrize(
    ("typed", "scheme"),
    [
        ("NHS 943 476 5870", Scheme.NHS), ("nhs number: 943-476-5870", Scheme.NHS), ("NHS No. 9434765870", Scheme.NHS),
        ("NHS 94 34 76 58 70", Scheme.NHS), ("943.476.5870", None), ("943 476 5870", None),
        ("NHS\u00a09434765870", Scheme.NHS),
    ],
)  # fmt: skip
def test_a_number_is_read_behind_its_schemes_name_as_it_is_printed(typed: str, scheme: Scheme | None) -> None:
    """In any grouping."""
    assert parse_number(typed, allow_test=True) == "9434765870"
    assert stated_scheme(typed) is scheme


def test_a_schemes_name_settles_whose_number_it_is_and_must_fit() -> None:
    """Where two schemes would do, and where none does."""
    assert parse_patient_id("H&C 320 000 0015", nation=Nation.ENGLAND).scheme is Scheme.HSC
    assert parse_patient_id("NHS 320 000 0015", nation=Nation.ENGLAND).scheme is Scheme.NHS
    with pytest.raises(AnswerInvalid, match="is not a CHI number"):
        parse_number("CHI 943 476 5870", allow_test=True)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_number_or_an_invalid_answer(text: str) -> None:
    """Nothing else leaves, and what is taken is ten ASCII digits."""
    try:
        number = parse_number(text, allow_test=True)
    except AnswerInvalid:
        return
    assert len(number) == 10
    assert number.isascii()
    assert number.isdecimal()
    assert is_valid_elsewhere(number)


@pytest.mark.parametrize("text", ["943²765870", "943476587Ⅷ", "943476587\u200b", "943.476.5870"])
def test_what_only_looks_like_a_digit_or_a_separator_is_refused(text: str) -> None:
    """Superscripts, Roman numerals and invisible characters are no digits."""
    with pytest.raises(AnswerInvalid, match="not digits"):
        ascii_digits(text)


@pytest.mark.parametrize(
    ("nation", "schemes"),
    [
        (Nation.ENGLAND, (Scheme.NHS, Scheme.HSC)),
        (Nation.WALES, (Scheme.NHS, Scheme.HSC)),
        (Nation.SCOTLAND, (Scheme.HSC,)),
        (Nation.NORTHERN_IRELAND, (Scheme.HSC,)),
    ],
)
def test_a_number_of_the_thirties_is_in_doubt_only_where_nhs_numbers_are_given_out(
    nation: Nation, schemes: tuple[Scheme, ...]
) -> None:
    """Some sources give 32 to 39 to England too."""
    number = with_check_digit("320000000") or ""
    assert schemes_for(number, nation) == schemes
    if len(schemes) == 1:
        assert parse_patient_id(number, nation=nation).scheme is schemes[0]
    else:
        with pytest.raises(AnswerInvalid, match=r"may be an NHS number or an H&C number; give the scheme"):
            parse_patient_id(number, nation=nation)
    assert parse_patient_id(number, scheme=Scheme.HSC, nation=nation).scheme is Scheme.HSC
    assert parse_patient_id(number, scheme=Scheme.NHS, nation=nation).scheme is Scheme.NHS


def test_a_patient_is_masked_wherever_it_is_printed() -> None:
    """Only who asks for the number gets it."""
    patient = PatientId(Scheme.NHS, "9990000018", allow_test=True)
    assert f"{patient}" == str(patient) == repr(patient) == "NHS ••• ••• 0018"
    assert "999" not in f"{patient!r} {[patient]}"
    assert patient.grouped == "999 000 0018"
    assert patient.last_four == "0018"
    assert patient.system == "https://fhir.nhs.uk/Id/nhs-number"
    assert set(SYSTEMS) == set(NATIONAL)


def test_patients_are_equal_by_scheme_and_number() -> None:
    """They serve as keys."""
    number = with_check_digit("320000000") or ""
    assert PatientId(Scheme.HSC, number) == PatientId(Scheme.HSC, number)
    assert PatientId(Scheme.HSC, number) != PatientId(Scheme.NHS, number)
    assert len({PatientId(Scheme.HSC, number), PatientId(Scheme.HSC, number)}) == 1


@pytest.mark.parametrize(
    ("number", "born", "fits"),
    [
        ("0101990014", date(1999, 1, 1), True),
        ("0101990014", date(1899, 1, 1), True),
        ("0101990014", date(1999, 1, 2), False),
        ("0101990014", date(1999, 10, 1), False),
        ("2902009917", date(2000, 2, 29), True),
        ("2902009917", date(2000, 2, 28), False),
    ],
)
def test_a_chi_number_carries_the_birth_date(number: str, born: date, *, fits: bool) -> None:
    """Its first six digits are the day, the month and the year's last two."""
    assert fits_birth_date(PatientId(Scheme.CHI, number), born) is fits


def test_other_schemes_say_nothing_about_the_birth_date() -> None:
    """An NHS number fits any."""
    assert fits_birth_date(PatientId(Scheme.NHS, "9990000018", allow_test=True), date(1971, 3, 3))


@pytest.mark.parametrize("text", ["9.43477E+09", "9,43477E+09", "9.43E9", " 9e+09 "])
def test_what_a_spreadsheet_made_of_a_number_is_called_that(text: str) -> None:
    """Digits are lost: nothing but typing it again helps."""
    with pytest.raises(AnswerInvalid, match="rewritten by a spreadsheet"):
        parse_number(text)
