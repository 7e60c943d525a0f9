"""R9, R11, R21, R28: what becomes of a photo that is not filed, by every unattended door, of whomever and whatever.

| said | what every door without anybody at it does | exit |
| --- | --- | --- |
| `safeguarding_hold`, `quarantine` | leaves it alone from now on, whoever it shows; copies nothing | 17 |
| `reject_return` | a text for the sender; keeps nothing, erases nothing | 0 |
| `describe_and_destroy` | refuses: a clinician's typed act alone erases what is not filed | 17 |
| `file` | files it, but for what R9 keeps from every such door | 0, or 17 |
| `file`, of what was sent unasked | sets it aside like a quarantine (R11), an intimate photo of a child too | 17 |
| anything else | refuses the answer | 13 |

A table that asks (`--attend`) does the same with what needs nobody; a hold or a quarantine waits for nobody. What is
described and erased, and an intimate photo of a child, are brought up to whoever sits there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.inbox.list import waiting
from imgfile.acts.ingest.attended_table import sort_rows
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.not_filing import wanted_of
from imgfile.acts.ingest.pipeline import ingest_items
from imgfile.acts.ingest.plan import Item, find_rows, plan_table
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Outcome
from imgfile.acts.sources.found import Scope
from imgfile.acts.tables.read import read_table
from imgfile.cli.ingest.report import outcome_facts
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.choices import DISPOSED
from imgfile.clinical.vocabulary import Disposition, Provenance
from imgfile.errors import AnswerInvalid
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.vault.checks.verify import verify
from kit.rules_table import GROUPS, NOTHING, UNATTENDED, Bench, Helper, Row, lines_through, written_table
from kit.vault.practice import Practice
from kit.vault.sources import entered

SHOWN = [(GROUPS[0], "ordinary"), (GROUPS[0], "intimate"), (GROUPS[-1], "ordinary"), (GROUPS[-1], "intimate")]
"""A child and an adult, each at an ordinary site and an intimate one."""
NO: dict[str, str] = {}
UNASKED = {"form": "sent unasked"}
SAID: list[tuple[str, dict[str, str], str, str]] = [
    # what becomes of it → what is answered besides → what a door does → what a table that asks does, where that differs
    ("safeguarding_hold", NO, "held", ""),
    ("quarantine", NO, "quarantined", ""),
    ("reject_return", NO, "returned", ""),
    ("describe_and_destroy", NO, "refused R28", "described"),
    ("file", NO, "filed", ""),
    ("", NO, "filed", ""),
    ("", UNASKED, "refused R11", ""),
    ("burn it", NO, "failed", ""),
    ("quarantine_with_copy", NO, "failed", ""),
]
ATTEND = "--attend"
DOORS = [*(door for door in UNATTENDED if door != "flags"), ATTEND]
DESCRIBED = ["n", "n", "", "Two moles on the forearm, 4 mm, even colour", "described instead", "4321"]
"""What a clinician types of one that is described and erased: no concern, no decision, nobody's, words, why, digits."""


def through(bench: Bench, door: str, photos: list[Path], rows: list[Row], answers: list[dict[str, str]]) -> list[str]:
    """Go through a door with every photo; return what it did with each."""
    if door == ATTEND:
        return [_words(outcome_facts(item, outcome)) for item, outcome in attended(bench, photos, rows, answers)]
    return [_words(line) for line in lines_through(bench.folder, door, photos, answers)]


def _words(line: Mapping[str, object]) -> str:
    return f"{line['outcome']} {line['rule']}" if "rule" in line else str(line["outcome"])


def attended(
    bench: Bench, photos: list[Path], rows: list[Row], answers: list[dict[str, str]]
) -> list[tuple[Item, Outcome]]:
    """Go through a table that asks, as `--attend` does: what needs nobody, then each row with somebody who answers."""
    cells = [{"source": str(path), "action": "file", **each} for path, each in zip(photos, answers, strict=True)]
    read = read_table(written_table(bench.folder, "CSV", cells))
    run = Run(bench.practice.reopened(), Wishes(allow_test=True))
    with ExitStack() as held:
        items = plan_table(read, find_rows(read, Scope(), held), recall=lambda _: None, today=run.now().date())
        found = sort_rows(run, items)
        done = [*found.settled]
        done += ingest_items(replace(run, wishes=Wishes(allow_test=True, is_confirmed=True)), found.ready)
        for item in found.attended:
            helper = Helper(row=rows[items.index(item)], typed={"not_filing": [*DESCRIBED]})
            done += ingest_items(run.attended_by(helper), [item])
    return sorted(done, key=lambda each: each[0].row)


def test_every_word_that_the_help_and_the_prompts_have_for_it_is_taken_by_flags_and_tables() -> None:
    """Reject and return, set aside, hold: whoever writes that into a cell means it."""
    for code in Disposition:
        for words in (code, code.label, *DISPOSED.get(code, ())):
            assert wanted_of({"disposition": Given(words, Provenance.TABLE)}) is code
    with pytest.raises(AnswerInvalid, match="cannot be used"):
        wanted_of({"disposition": Given("burn it", Provenance.TABLE)})


@pytest.mark.parametrize("door", DOORS)
def test_no_door_erases_copies_or_shows_by_a_disposition_alone(practice: Practice, tmp_path: Path, door: str) -> None:
    """Child or adult, intimate or not: only what is filed, or described by a clinician's act, leaves its source."""
    folder = tmp_path / "photos"
    folder.mkdir()
    bench, asks = Bench(folder, practice), door == ATTEND
    cases = [(said, Row(NOTHING, age, site)) for said in SAID for age, site in SHOWN]
    rows = [row for _, row in cases]
    photos = [bench.photo(row) for row in rows]
    answers = [{**row.answers, **({"disposition": word} if word else {}), **more} for (word, more, *_), row in cases]
    did = through(bench, door, photos, rows, answers)
    for ((word, more, unattended, with_somebody), row), photo, one in zip(cases, photos, did, strict=True):
        expected = (asks and with_somebody) or unattended
        if expected == "filed" and row.age.is_child and row.sensitivity == "intimate" and not asks:
            expected = "refused R9"
        assert one.partition(" R" if " R" not in expected else "\0")[0] == expected, (word, more, row, one)
        assert photo.exists() is (door == "pipe" or expected not in {"filed", "described"}), (word, row, one)
    acts = [name for name, _ in entered(practice, "held", "waits", "disposed", "filed", "erased")]
    assert (acts.count("held"), acts.count("waits"), acts.count("disposed")) == (4, 8, 4 * asks)
    assert acts.count("filed") == 6 + 2 * asks
    aside = PhotosSetAside(practice.reopened().station).all()
    assert (len(aside), [each.item for each in aside if each.item]) == (12, [])
    assert list(waiting(practice.reopened())) == []
    assert list(verify(practice.reopened())) == []
