"""What a table's cells hold comes back from a spreadsheet as it was, and nothing in them is calculated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.acts.tables.cells import escaped, is_rewritten_part, unescaped

STARTS = "=+-@\t\r\n"


@given(st.text() | st.text(alphabet="'=+-@\t\r\n/123a"))
def test_every_text_survives_the_way_there_and_back(text: str) -> None:
    """Also one that begins with apostrophes."""
    cell = escaped(text)
    assert unescaped(cell) == text
    assert not cell or cell[0] not in STARTS


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+44 1632 960001", "-1", "@SUM(1)", "\tx", "'=1", "3/2", "12/2.1"]
)
def test_what_a_spreadsheet_would_rewrite_gets_an_apostrophe(text: str) -> None:
    """Formulas, and parts that look like dates."""
    assert escaped(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "rash pic", "'quoted'", "2026-11-21 08:12", "3024x4032", "<1@example.org>"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    """Nobody wants apostrophes before everything."""
    assert escaped(text) == text
    assert unescaped(text) == text


@pytest.mark.parametrize("part", ["03-Feb", "3 Feb", "03/02/2026", "2026-02-03", "2026-02-03 00:00:00", "3.2.2026"])
def test_a_part_that_became_a_date_is_recognised(part: str) -> None:
    """As spreadsheets of several countries write it."""
    assert is_rewritten_part(part)


@pytest.mark.parametrize("part", ["", "3/2", "12/2.1", "12/2.1.3", "3/1.uu1", "40/2.s1", "1204/1"])
def test_a_part_is_no_date(part: str) -> None:
    """However it is numbered."""
    assert not is_rewritten_part(part)
