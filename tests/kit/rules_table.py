"""What each door does with each rule, age and sensitivity, found by going through every door with a real vault.

PYTHONPATH=tests python -m kit.rules_table    writes the last part of docs/reference/rules.md anew

A door is a way in which answers come: typed at the terminal, by flags, by --answers, by a table (CSV, a workbook,
NDJSON), with a photo from a pipe; and a terminal with --yes. Each cell is one photo filed, or tried, in earnest: the
unattended doors through the command itself, the terminal through the same acts with somebody who answers what is asked.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

import openpyxl
import pytest

from imgfile.acts.ingest.attendant import OnKnown
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Failed, Filed, Outcome, Refused
from imgfile.cli import main
from imgfile.clinical.dates import show_date
from imgfile.clinical.interview.prompt import Prompt
from imgfile.clinical.interview.questions import COLUMNS
from imgfile.clinical.vocabulary import Nation, Provenance
from imgfile.errors import AnswerInvalid, Cancelled
from kit.photos import jpeg_png as photos
from kit.tools import REPOSITORY
from kit.vault.filings import flags
from kit.vault.ingest_runs import Attendant, local
from kit.vault.practice import Practice, found_practice

PAGE: Final = REPOSITORY / "docs" / "reference" / "rules.md"
MARK: Final = "\n## What each door does\n"
FURTHER: Final = "\n## Born on 29 February\n"
"""What follows this part, made by `kit.rules_by_nation`."""
UNATTENDED: Final = ("flags", "--answers", "CSV", "xlsx", "NDJSON", "pipe")
DOORS: Final = ("terminal", "terminal --yes", *UNATTENDED)
PATIENTS: Final = (
    "9990000018",
    "9990000026",
    "9990000034",
    "9990000042",
    "9990000050",
    "9990000069",
    "9990000077",
    "9990000085",
)
"""One for each age, and somebody else."""
SITES: Final = {
    "ordinary": {"body_site": "left knee", "intimate": "no"},
    "intimate": {"body_site": "left breast", "intimate": "yes"},
    "unknown": {"body_site": "xx", "intimate": "no"},
}
RATIONALE: Final = "Worse despite usual care, patient 40 miles away, compare in a week"


@dataclass(frozen=True)
class Age:
    """An age: in whole years today, or on its last day before that."""

    name: str
    years: int
    is_eve: bool = False
    on: date | None = None
    """The day on which it is judged; None is today."""
    birth: date | None = None
    """The birth date, where it is a certain one."""

    @property
    def is_child(self) -> bool:
        """Whether the patient is under 18."""
        return self.years - self.is_eve < 18

    @property
    def born(self) -> date:
        """The birth date; a day later on the eve of a birthday."""
        if self.birth is not None:
            return self.birth
        day = datetime.now(UTC).astimezone().date() + timedelta(days=self.is_eve)
        return day.replace(year=day.year - self.years, day=min(day.day, 28) if day.month == 2 else day.day)


GROUPS: Final = (Age("under 16", 10), Age("16 and 17", 17), Age("adult", 40))
BOUNDARIES: Final = (
    Age("16 tomorrow", 16, is_eve=True),
    Age("16 today", 16),
    Age("18 tomorrow", 18, is_eve=True),
    Age("18 today", 18),
)
_LEAP, _LATER_LEAP = date(2012, 2, 29), date(2084, 2, 29)
LEAP: Final = (
    Age("16 tomorrow, 28 Feb 2028", 16, is_eve=True, on=date(2028, 2, 28), birth=_LEAP),
    Age("16 today, 29 Feb 2028", 16, on=date(2028, 2, 29), birth=_LEAP),
    Age("18 tomorrow, 28 Feb 2030", 18, is_eve=True, on=date(2030, 2, 28), birth=_LEAP),
    Age("18 today, 1 Mar 2030", 18, on=date(2030, 3, 1), birth=_LEAP),
    Age("16 tomorrow, 28 Feb 2100", 16, is_eve=True, on=date(2100, 2, 28), birth=_LATER_LEAP),
    Age("16 today, 1 Mar 2100", 16, on=date(2100, 3, 1), birth=_LATER_LEAP),
)
"""Born on 29 February: a sixteenth birthday is on that day but for every hundred years, an eighteenth is on 1 March."""
LEAP_PATIENTS: Final = (
    "9990000115",
    "9990000123",
    "9990000131",
    "9990000158",
    "9990000166",
    "9990000174",
)


@dataclass(frozen=True)
class Case:
    """What is amiss with a photo's answers; None takes an answer out."""

    rule: str
    words: str
    changes: Mapping[str, str | None] = field(default_factory=dict)
    is_filed: bool = False
    """Whether this very photo is filed for this patient already, with the answers of a photo with nothing amiss."""
    is_others: bool = False
    """Whether it is filed for another patient."""
    is_dated_wrongly: bool = False


TOMORROW: Final = show_date(datetime.now(UTC).astimezone().date() + timedelta(days=1))
NOTHING: Final = Case("R1, R9, R10", "nothing amiss")
CASES: Final = (
    NOTHING,
    Case("R1", "a rationale of one word", {"rationale": "rash"}),
    Case("R2", "no basis in its own row", {"basis": None, "giver": None}),
    Case("R3", "for research", {"purpose": "research"}),
    Case("R4", "for a publication", {"purpose": "publication_named"}),
    Case("R5", "for marketing", {"purpose": "marketing"}),
    Case("R6", "a basis of another age", {"basis": "of another age", "giver": None}),
    Case("R7", "best interests, no evidence",
         {"basis": "best interests", "giver": None, "form": None, "consulted": "family"}),
    Case("R8", "best interests, for teaching",
         {"basis": "best interests", "giver": None, "form": None, "consulted": "family",
          "purpose": "teaching_internal"}),
    Case("R9", "stated as not intimate", {"intimate": "no"}),
    Case("R9", "nothing stated", {"intimate": None}),
    Case("R10", "consent by sending it", {"form": "sent when asked"}),
    Case("R11", "sent unasked", {"form": "sent unasked"}),
    Case("R11", "sent unasked, agreed since", {"form": "sent unasked", "spoken_since": "phone"}),
    Case("R12", "an objection", {"objection": "yes"}),
    Case("R13", "consent of tomorrow", {"obtained_at": TOMORROW}),
    Case("R13", "a date that cannot be right", is_dated_wrongly=True),
    Case("R13", "the same, with a reason", {"date_reason": "camera clock never set"}, is_dated_wrongly=True),
    Case("R24", "filed already, the same answers", is_filed=True),
    Case("R24", "filed already, another rationale", {"rationale": f"{RATIONALE}, and again"}, is_filed=True),
    Case("R24", "filed already, an objection", {"objection": "yes"}, is_filed=True),
    Case("R25", "filed for another patient", is_others=True),
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row of the table: a case at an age and a sensitivity."""

    case: Case
    age: Age
    sensitivity: str
    number: str = ""
    """The patient's number, where it is not the age's own."""
    nation: Nation = Nation.ENGLAND
    """Whose law the practice goes by."""

    @property
    def patient(self) -> str:
        """A number of its own for each age, since a birth date must agree with those filed before."""
        if self.age in LEAP:
            return self.number or LEAP_PATIENTS[LEAP.index(self.age)]
        return self.number or PATIENTS[(*GROUPS, *BOUNDARIES).index(self.age)]

    @property
    def usual(self) -> dict[str, str]:
        """The answers with nothing amiss."""
        is_young = self.age.years - self.age.is_eve < 16
        consent = {"basis": "parental_responsibility", "giver": "mother"} if is_young else {
            "basis": "patient_capacity_16plus"
        }  # fmt: skip
        answers = {"patient": self.patient, "dob": self.age.born.isoformat(), **SITES[self.sensitivity], **consent}
        answers |= {"purpose": "diagnosis", "form": "phone", "rationale": RATIONALE, "obtained_by": "Dr A. Example"}
        answers |= {"obtained_at": show_date(datetime.now(UTC).astimezone().date())}
        if self.sensitivity == "intimate" and not self.age.is_child:
            answers["view_once"] = "no"
        return answers

    @property
    def answers(self) -> dict[str, str]:
        """The answers of this case."""
        changed = dict(self.case.changes)
        if changed.get("basis") == "of another age":
            changed["basis"] = "patient_capacity_16plus" if self.age.years - self.age.is_eve < 16 else "competent_minor"
        if changed.get("intimate") == "no":
            changed["view_once"] = None
        return {slug: text for slug, text in {**self.usual, **changed}.items() if text is not None}


ROWS: Final = (
    *(Row(case, age, sensitivity) for case in CASES for age in GROUPS for sensitivity in SITES),
    *(Row(NOTHING, age, sensitivity) for age in BOUNDARIES for sensitivity in SITES),
)


OTHER: Final = Row(NOTHING, GROUPS[-1], "ordinary", PATIENTS[-1])
"""Another patient, whose photo it is already."""


@dataclass
class Helper(Attendant):
    """Somebody at the terminal who answers whatever is asked as it would be true, and notes what that was."""

    row: Row | None = None
    needed: list[str] = field(default_factory=list)

    def ask(self, source: object, prompt: Prompt) -> str:
        """Answer one line; what is asked again after a refusal gets an answer with nothing amiss."""
        assert self.row is not None
        assert source
        for slug in prompt.slugs:
            if slug not in self.needed:
                self.needed.append(slug)
        if len(self.prompts) == MAX_PROMPTS:
            raise Cancelled("it is asked without end")
        self.prompts.append(prompt)
        true = {**_TRUE, **self.row.usual}
        if prompt.slugs == ("giver", "form"):
            return f"{true.get('giver', 'patient')} {true['form']}"
        return true.get(prompt.slugs[0], "")


MAX_PROMPTS: Final = 30
_TRUE: Final = {
    "safeguards": "1257", "date_reason": "camera clock never set", "spoken_since": "n", "view_once": "n",
    "capacity_evidence": "Dr B. Other, today", "competence_evidence": "Dr B. Other, today", "consent_document": "none",
}  # fmt: skip


class Bench:
    """A practice in a folder of its own, and photos of which none is like another."""

    def __init__(self, folder: Path, practice: Practice) -> None:
        self.folder, self.practice, self._made = folder, practice, 0

    def photo(self, row: Row) -> Path:
        """Make a photo; each is another one."""
        self._made += 1
        data = photos.jpeg(photos.pixels(40 + self._made % 60, 30 + self._made // 60))
        if row.case.is_dated_wrongly:
            dated = photos.exif(1).replace(b"2026:11:21", b"1980:05:01")
            data = photos.with_segments(data, photos.segment(0xE1, dated))
        path = self.folder / f"{self._made}.jpg"
        path.write_bytes(data)
        if row.case.is_filed:
            self._file_first(row, path)
        if row.case.is_others:
            self._file_first(OTHER, path)
        return path

    def _file_first(self, row: Row, path: Path) -> None:
        wishes = Wishes(is_confirmed=True, is_source_kept=True, allow_test=True)
        outcome, _ = self.attended(row, path, row.usual, wishes)
        assert isinstance(outcome, Filed), (row, outcome)

    def attended(
        self, row: Row, path: Path, given: Mapping[str, str], wishes: Wishes
    ) -> tuple[Outcome | None, list[str]]:
        """File a photo at the terminal; return the outcome, None where it was stopped, and what was asked."""
        helper = Helper(row=row, on_known=[OnKnown.GO_ON])
        run = Run(self.practice.reopened(), wishes, lambda: datetime.now(UTC).astimezone(), helper)
        try:
            ((_, outcome),) = ingest(run, [Request(local(path), flags(given, Provenance.FLAG))])
        except Cancelled:
            return None, helper.needed
        needed = [*helper.needed, *(["digits"] if any(each.needs_digits for _, each in helper.confirmed) else [])]
        if any(known.differs for _, _, known in helper.known):
            needed.append("going on")
        return outcome, needed


def cell(outcome: Outcome | None, needed: Sequence[str] = ()) -> str:
    """Return what a door did, in a word or two."""
    match outcome:
        case Filed(remains=None):
            return f"files, asks {' '.join(needed)}" if needed else "files"
        case Refused(error=error):
            return error.rule
        case Failed(error=AnswerInvalid(problems=problems)) if problems:
            return f"wants {' '.join(dict.fromkeys(problem.question for problem in problems))}"
        case None:
            return "stops"
        case _:
            raise AssertionError(outcome)


def at_terminal(bench: Bench, row: Row, *, is_confirmed: bool) -> str:
    """Go through the terminal: what is amiss was given by flags, and whoever sits there answers what is asked."""
    path = bench.photo(row)
    outcome, needed = bench.attended(row, path, row.answers, Wishes(is_confirmed=is_confirmed, allow_test=True))
    assert path.exists() is not isinstance(outcome, Filed), (row, outcome)
    return cell(outcome, needed)


# --- the doors where nobody is asked ------------------------------------------------------------------------


@contextmanager
def _streams(stdin: bytes = b"") -> Iterator[io.BytesIO]:
    kept = sys.stdin, sys.stdout, sys.stderr
    printed = io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    sys.stdout, sys.stderr = io.TextIOWrapper(printed), io.TextIOWrapper(io.BytesIO())
    try:
        yield printed
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept


def run_command(*words: str, stdin: bytes = b"") -> list[dict[str, object]]:
    """Run the command without a terminal; return what it says of each photo."""
    with _streams(stdin) as printed:
        main(["ingest", *words, "--yes", "--no-input", "--allow-test-id", "--json"])
        sys.stdout.flush()
        lines = [json.loads(line) for line in printed.getvalue().splitlines()]
    return [line for line in lines if line["type"] == "photo"]


def _said(line: Mapping[str, object]) -> str:
    """Return what a door did, from what it printed."""
    if line["outcome"] in {"filed", "already_filed"}:
        return "files"
    if line["outcome"] == "refused":
        return str(line["rule"])
    problems = line["problems"]
    assert isinstance(problems, list), line
    return f"wants {' '.join(dict.fromkeys(problem['question'] for problem in problems))}"


def flag_of(slug: str, text: str) -> list[str]:
    """Spell an answer as a flag."""
    name = slug.replace("_", "-")
    if slug in {"intimate", "objection", "view_once"}:
        return [f"--{name}" if text == "yes" else f"--no-{name}"]
    return [f"--{name}", text]


def lines_through(
    folder: Path, door: str, photos: Sequence[Path], answers: Sequence[Mapping[str, str]], *options: str
) -> list[dict[str, object]]:
    """Go through a door where nobody is asked with every photo and its answers; return what it prints of each."""
    if door in TABLES:
        rows = [{"source": str(path), "action": "file", **each} for path, each in zip(photos, answers, strict=True)]
        return run_command("--table", str(written_table(folder, door, rows)), *options)
    lines = []
    for path, each in zip(photos, answers, strict=True):
        if door == "flags":
            words = (word for slug, text in each.items() for word in flag_of(slug, text))
            lines += run_command(str(path), *words, *options)
            continue
        stated = folder / "answers.json"
        stated.write_text(json.dumps(dict(each)))
        named, stdin = ("-", path.read_bytes()) if door == "pipe" else (str(path), b"")
        lines += run_command(named, "--answers", str(stated), *options, stdin=stdin)
    return lines


TABLES: Final = {"CSV": "t.csv", "xlsx": "t.xlsx", "NDJSON": "t.ndjson"}
"""The doors that are tables, with a name for one."""


def written_table(folder: Path, door: str, rows: Sequence[Mapping[str, str]]) -> Path:
    """Write a table as this door takes it."""
    heading = ["source", "action", *COLUMNS]
    table = folder / TABLES[door]
    match door:
        case "CSV":
            with table.open("w", newline="") as file:
                writer = csv.DictWriter(file, heading, restval="")
                writer.writeheader()
                writer.writerows(rows)
        case "xlsx":
            book = openpyxl.Workbook()
            sheet = book.worksheets[0]
            for line in (heading, *([each.get(name, "") for name in heading] for each in rows)):
                sheet.append(line)
            book.save(table)
        case _:
            table.write_text("".join(f"{json.dumps(dict(each))}\n" for each in rows))
    return table


def unattended(bench: Bench, rows: Sequence[Row], door: str) -> list[str]:
    """Go through a door where nobody is asked with every row; return what it did."""
    photos = [bench.photo(row) for row in rows]
    said = [_said(line) for line in lines_through(bench.folder, door, photos, [row.answers for row in rows])]
    for row, path, one in zip(rows, photos, said, strict=True):
        assert door == "pipe" or path.exists() is (one != "files"), (row, door, one)
    return said


def through(bench: Bench, door: str, rows: Sequence[Row] = ROWS) -> list[str]:
    """Return what a door does with each row."""
    if door in UNATTENDED:
        return unattended(bench, rows, door)
    return [at_terminal(bench, row, is_confirmed=door.endswith("--yes")) for row in rows]


# --- the page -----------------------------------------------------------------------------------------------

_OPENING: Final = f"""{MARK}
Made by going through every door with each of these photos (`tests/kit/rules_table.py`); a test goes through them again.
The unattended doors are all given `--yes`. At the terminal the same answers were given by flags, and somebody answers
truly what is asked besides. *files*: filed, and the source erased. *wants*: not filed, exit code 13, since these
answers are missing or wrong. A rule's number: refused by it, exit code 17. *stops*: whoever sits there stops it.
*unattended* stands for flags, `--answers`, CSV, workbook, NDJSON and a pipe, which all do the same. Each age has a
photo of an ordinary site, an intimate one, and one in no list; where neighbours fare alike they share a row.

| rule | the photo | age | site | terminal | terminal, --yes | unattended |
| --- | --- | --- | --- | --- | --- | --- |
"""


def page(table: Mapping[str, Sequence[str]]) -> str:
    """Return the last part of the page; `table` has, of each door, what it does with each row."""
    lines = []
    for at, row in enumerate(ROWS):
        unattended = {table[door][at] for door in UNATTENDED}
        assert len(unattended) == 1, (row, {door: table[door][at] for door in UNATTENDED})
        said = (table["terminal"][at], table["terminal --yes"][at], *unattended)
        lines.append((row, said))
    merged = []
    for (_, said), group in groupby(lines, lambda line: ((line[0].case, line[0].age), line[1])):
        rows = [row for row, _ in group]
        sites = "any" if len(rows) == len(SITES) else ", ".join(row.sensitivity for row in rows)
        first = rows[0]
        merged.append(" | ".join((first.case.rule, first.case.words, first.age.name, sites, *said)))
    return _OPENING + "".join(f"| {line} |\n" for line in merged)


@contextmanager
def bench() -> Iterator[Bench]:
    """Found a practice in a folder of its own, with classic keys."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        patch.setenv("IMGFILE_STATE", str(folder / "state"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        (folder / "photos").mkdir()
        yield Bench(folder / "photos", found_practice(folder))


def every_door() -> dict[str, list[str]]:
    """Return, of each door, what it does with each row; each has a vault of its own, which stays small and so quick."""
    table = {}
    for door in DOORS:
        with bench() as made:
            table[door] = through(made, door)
    return table


def kept() -> str:
    """Return the last part of the page as it stands, and what follows it."""
    return PAGE.read_text(encoding="utf-8").partition(MARK)[2]


def stated() -> dict[str, list[str]]:
    """Return, of each door, what the page says that it does with each row: `page`, read back."""
    lines = [line[2:-2].split(" | ") for line in kept().partition(FURTHER)[0].splitlines() if line.startswith("| ")][2:]
    table: dict[str, list[str]] = {door: [] for door in DOORS}
    for row in ROWS:
        (said,) = (
            line[4:]
            for line in lines
            if line[:3] == [row.case.rule, row.case.words, row.age.name]
            and (line[3] == "any" or row.sensitivity in line[3].split(", "))
        )
        for door in DOORS:
            table[door].append(said[2] if door in UNATTENDED else said[door == "terminal --yes"])
    return table


if __name__ == "__main__":
    written = page(every_door())
    head, _, last = PAGE.read_text(encoding="utf-8").partition(MARK)
    _, mark, further = last.partition(FURTHER)
    PAGE.write_text(head + written + mark + further, encoding="utf-8")
