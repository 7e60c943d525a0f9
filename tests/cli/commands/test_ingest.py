"""What `imgfile ingest` refuses before any photo is looked at: a question answered twice, a table nobody confirmed."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.acts.options import Wishes
from imgfile.cli.commands.ingest import _rows, _together
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import AnswerInvalid, UsageError
from kit.vault.filings import MOLE, flags

TABLE = "source,action,patient\na.jpg,file,9434765870\n"


@pytest.mark.parametrize("slug", QUESTIONS)
def test_of_two_answers_neither_wins(slug: str) -> None:
    """A flag and --answers: of two patients' numbers one is wrong, the same one twice included."""
    in_file = flags({slug: "9434765870"}, Provenance.ANSWERS_FILE)
    for text in ("9434765870", "9990000018"):
        with pytest.raises(UsageError) as caught:
            _together({**in_file}, flags({slug: text}))
        assert caught.value.message == f"{QUESTIONS[slug].flag} is answered by --answers too."


def test_answers_of_both_are_joined_and_say_where_each_came_from() -> None:
    """As long as none stands in both."""
    rest = {slug: text for slug, text in MOLE.items() if slug != "patient"}
    joined = _together(flags({"patient": MOLE["patient"]}, Provenance.ANSWERS_FILE), flags(rest))
    assert {slug: answer.text for slug, answer in joined.items()} == MOLE
    assert joined["patient"].provenance is Provenance.ANSWERS_FILE
    assert joined["form"].provenance is Provenance.FLAG


@pytest.mark.parametrize(
    ("wishes", "is_taken"),
    [
        (Wishes(), False),
        (Wishes(is_source_kept=True), False),
        (Wishes(destroys_exports=True, may_lose_unfiled=True), False),
        (Wishes(is_confirmed=True), True),
        (Wishes(is_dry=True), True),
    ],
)
def test_a_table_is_confirmed_with_the_command_or_not_at_all(tmp_path: Path, wishes: Wishes, *, is_taken: bool) -> None:
    """Nobody is asked about it: --yes, or a dry run, which erases nothing."""
    table = tmp_path / "t.csv"
    table.write_text(TABLE)
    if is_taken:
        assert [row.number for row in _rows(table, wishes, is_attended=False)] == [2]
        return
    with pytest.raises(AnswerInvalid) as caught:
        _rows(table, wishes, is_attended=False)
    assert [(each.flag, each.is_missing) for each in caught.value.problems] == [("--yes", True)]
    assert str(table) in caught.value.message


def test_a_table_that_somebody_attends_to_is_confirmed_there(tmp_path: Path) -> None:
    """Row by row, and what needs nobody in one question."""
    table = tmp_path / "t.csv"
    table.write_text(TABLE)
    assert len(_rows(table, Wishes(), is_attended=True)) == 1
