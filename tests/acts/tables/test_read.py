"""Reading tables: what a spreadsheet makes of them, and whatever the bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.acts.tables import read as tables
from imgfile.acts.tables.read import Action, escaped, is_rewritten_part, read_table, unescaped
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import AnswerInvalid, SourceUnavailable, UsageError

STARTS = "=+-@\t\r\n"


def table(tmp_path: Path, text: str) -> Path:
    """Write a table."""
    path = tmp_path / "table"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_are_numbered_as_a_spreadsheet_counts(tmp_path: Path) -> None:
    """The heading is row 1, and an empty row is passed over but counted."""
    rows = read_table(table(tmp_path, "source,action\na.jpg,file\n,\nb.jpg,SKIP\nc.jpg,\n"))
    assert [(row.number, row.source, row.action) for row in rows] == [
        (2, "a.jpg", Action.FILE), (4, "b.jpg", Action.SKIP), (5, "c.jpg", Action.UNDECIDED),
    ]  # fmt: skip


@pytest.mark.parametrize(("cell", "meant"), [("'=1+1", "=1+1"), ("'-left", "-left"), ("'tis", "'tis"), ("=1", "=1")])
def test_an_apostrophe_that_kept_a_cell_from_being_calculated_is_taken_off(
    tmp_path: Path, cell: str, meant: str
) -> None:
    """Any other apostrophe is the person's."""
    (row,) = read_table(table(tmp_path, f"source,action,body_site\na.jpg,file,{cell}\n"))
    assert row.given["body_site"].text == meant
    assert row.given["body_site"].provenance is Provenance.TABLE


def test_an_empty_cell_is_no_answer(tmp_path: Path) -> None:
    """Nor is one of spaces; nothing comes from the row above (R2)."""
    rows = read_table(table(tmp_path, "source\taction\tdob\tbody_site\na\tfile\t3/3/71\tarm\nb\tfile\t \t\n"))
    assert set(rows[0].given) == {"dob", "body_site"}
    assert rows[1].given == {}


def test_a_line_of_json_may_hold_nulls_numbers_and_other_lines(tmp_path: Path) -> None:
    """As a scan writes them."""
    text = '\n{"type":"run","rows":1}\n{"type":"photo","source":"a","action":"file","row":7,"note":null,"patient":12}\n'
    (row,) = read_table(table(tmp_path, text))
    assert row.number == 3
    assert row.given["patient"].text == "12"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "lacks the columns"),
        ("{}\n[]", "lacks the columns"),
        ('{"source": "a", "action": ""}\n[1]', "no JSON object"),
    ],
)
def test_json_that_is_no_table_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """With its line."""
    with pytest.raises(UsageError, match=said.replace("no JSON", "not a JSON")):
        read_table(table(tmp_path, text))


def test_a_table_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its rows and by its bytes."""
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    with pytest.raises(UsageError, match="more than 2 rows"):
        read_table(table(tmp_path, "source,action\n" + "a.jpg,file\n" * 3))
    monkeypatch.setattr(tables, "MAX_TABLE_BYTES", 10)
    with pytest.raises(SourceUnavailable, match="the most is 10"):
        read_table(table(tmp_path, "source,action\n"))


@given(st.binary(max_size=300) | st.text().map(lambda text: ("source,action,dob\n" + text).encode("utf-8", "replace")))
def test_whatever_the_bytes_it_is_a_table_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """And every row names a source."""
    path = tmp_path_factory.mktemp("table") / "table"
    path.write_bytes(data)
    try:
        rows = read_table(path)
    except (UsageError, AnswerInvalid):
        return
    assert all(row.source.strip() for row in rows)


@pytest.mark.slow
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


@pytest.mark.parametrize("first", ["sep=;\r\n", "sep=|\n", '"sep=;"\r\n', "sep=\t\r\n"])
def test_a_line_that_states_the_separator_is_no_row(tmp_path: Path, first: str) -> None:
    """Excel writes it, shows no such row, and does not count it."""
    by = first.strip('"\r\n')[-1] if "\t" not in first else "\t"
    path = tmp_path / "t.csv"
    path.write_text(f"{first}source{by}action{by}body_site\r\na.jpg{by}file{by}a, b\r\n", newline="")
    (row,) = read_table(path)
    assert (row.number, row.source, row.given["body_site"].text) == (2, "a.jpg", "a, b")


def test_every_column_that_is_not_known_is_named_by_its_place_unless_it_may_be_somebody_s_data(tmp_path: Path) -> None:
    """A table without a heading has a patient's number where the heading should be: that is not repeated."""
    path = tmp_path / "t.csv"
    path.write_text("source,action,rationle,9434765870,Jane Doe 1971,siet\n")
    with pytest.raises(UsageError) as caught:
        read_table(path)
    assert caught.value.message.endswith("4 columns that are not known: rationle (3), column 4, column 5, siet (6).")
    assert caught.value.hint == "Misspelt? Perhaps rationle is rationale."
