"""Free text: what is stored is what was read, and a rationale is more than filler."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.text import (
    MAX_LINE_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    is_name_of,
    is_placeholder,
    parse_line,
    parse_outlet,
    parse_text,
)
from imgfile.errors import AnswerInvalid

INVISIBLE = [
    "\x00",
    "\x07",
    "\x1b[31m",
    "\x7f",
    "\x9b",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\u2029",
    "\ud800",
    "\ue000",
]


@pytest.mark.parametrize("character", INVISIBLE)
def test_a_character_that_cannot_be_seen_is_refused_and_named_by_its_number(character: str) -> None:
    """Control, bidirectional, zero-width, separator, surrogate and private characters never reach a record."""
    for parse in (parse_line, parse_text):
        with pytest.raises(AnswerInvalid, match=f"U\\+{ord(character[0]):04X}"):
            parse(f"left{character}knee")


def test_a_line_is_one_line_of_bounded_length() -> None:
    """Runs of spaces become one; 120 characters are the most."""
    assert parse_line("  left   knee \n") == "left knee"
    assert parse_line("Ärmel, naïve 左膝") == "Ärmel, naïve 左膝"
    assert len(parse_line("x" * MAX_LINE_CHARACTERS)) == 120
    with pytest.raises(AnswerInvalid, match="is longer than 120 characters"):
        parse_line("x" * (MAX_LINE_CHARACTERS + 1))
    for text in ("", "   ", "\n"):
        with pytest.raises(AnswerInvalid, match="is empty"):
            parse_line(text)
    with pytest.raises(AnswerInvalid, match=r"U\+000A"):
        parse_line("left\nknee")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("BMJ Case Reports", True),
        ("Clinical and Experimental Dermatology", True),
        ("Archives of Disease in Childhood, Education and Practice", True),
        ("Orphanet Journal of Rare Diseases", True),
        ("Allergy", True),
        ("https://example.org/skin/cases", True),
        ("BMJ; The Lancet", False),
        ("BMJ / The Lancet", False),
        ("BMJ or The Lancet", False),
        ("Any journal", False),
        ("several journals", False),
        ("BMJ etc.", False),
        ("tbc", False),
    ],
)
def test_r4_an_outlet_is_one_place(text: str, is_one: bool) -> None:  # noqa: FBT001 - a parameter of a table
    """A name may hold a comma or an "and"; several places, and any of them, are none."""
    if is_one:
        assert parse_outlet(text) == text
        return
    with pytest.raises(AnswerInvalid, match="no one place"):
        parse_outlet(text)


def test_text_keeps_its_lines_and_is_bounded() -> None:
    """A table's cell or a file of answers may hold several lines."""
    assert parse_text(" one\r\ntwo\tthree\n") == "one\ntwo three"
    assert len(parse_text("x" * MAX_TEXT_CHARACTERS)) == 4_000
    with pytest.raises(AnswerInvalid, match="is longer than 4,000 characters"):
        parse_text("x" * (MAX_TEXT_CHARACTERS + 1))
    with pytest.raises(AnswerInvalid, match="is empty"):
        parse_text(" \n ")


@given(st.text(max_size=300))
def test_whatever_is_typed_is_taken_unchanged_or_refused(text: str) -> None:
    """Reading twice changes nothing more."""
    for parse in (parse_line, parse_text):
        try:
            taken = parse(text)
        except AnswerInvalid:
            continue
        assert parse(taken) == taken


@pytest.mark.parametrize(
    "text",
    [
        "x" * 20, "xxxx xxxx xxxx xxxx xxxx", "test test test test test", "Test, test; TEST: test test",
        "n/a n/a n/a n/a n/a n/a", "asdfasdfasdfasdfasdfas", "....................", "to be added to be added",
        "12 12 12 12 12 12 12 12",
    ],
)  # fmt: skip
def test_one_thing_repeated_is_a_placeholder(text: str) -> None:
    """Case, spaces and punctuation do not hide it."""
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    ["Worse despite usual care, video failed", "Rash, rash, and more rash since Monday", "ab", "New pigmented lesion"],
)
def test_a_sentence_is_no_placeholder(text: str) -> None:
    """Words may recur."""
    assert not is_placeholder(text)


@given(st.text("abc", min_size=1, max_size=8), st.integers(2, 9), st.integers(0, 7))
def test_any_piece_repeated_and_cut_off_is_a_placeholder(piece: str, times: int, tail: int) -> None:
    """The oracle is the way it was made."""
    assert is_placeholder(piece * times + piece[:tail])


@given(st.text("ab", max_size=12))
def test_a_placeholder_is_what_a_shorter_half_builds(text: str) -> None:
    """An oracle by trying every piece of at most half the length."""
    tried = any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))
    assert is_placeholder(text) is (tried or not text)


def test_a_files_own_name_is_recognised() -> None:
    """With or without its ending, punctuation and case aside; an absent name names nothing."""
    assert is_name_of("IMG_20261121_080912_HDR.jpg", "IMG_20261121_080912_HDR.jpg")
    assert is_name_of("img 20261121 080912 hdr", "IMG_20261121_080912_HDR.jpg")
    assert is_name_of("rash pic", "rash pic")
    assert not is_name_of("IMG_20261121_080912_HDR.jpg of the rash", "IMG_20261121_080912_HDR.jpg")
    assert not is_name_of("...", "")
    assert not is_name_of("...", "....jpg")
