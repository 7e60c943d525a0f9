"""What each act of a record's life does with each rule, age and sensitivity, found by doing it to real records.

PYTHONPATH=tests python -m kit.life_rules_table    writes docs/reference/life-rules.md anew

An act is amending, moving, accepting from the inbox, or changing a number; each at the terminal, where somebody answers
truly whatever is asked, and by flags, through the command itself. The vault lies in memory. What is agreed since filing
is held against the same ages and sites.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest

from imgfile import sealing
from imgfile.acts.inbox import accept as accepting
from imgfile.acts.inbox import decide as deciding
from imgfile.acts.ingest.context import Run
from imgfile.acts.life import agree, amend, leading, move, rekey
from imgfile.acts.life.person import Actor
from imgfile.acts.options import Wishes
from imgfile.cli import main
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.confirmation import confirmation
from imgfile.clinical.interview.prompt import Ask
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.additions import ConsentDocument
from imgfile.clinical.vocabulary import ConsentForm, Nation, Provenance, Purpose
from imgfile.errors import AnswerInvalid, Cancelled, RefusedByRule, UsageError
from imgfile.vault import access
from imgfile.vault.life.gone import How
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.item import Item
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.open_item import open_item
from kit import clock
from kit.rules_by_nation import COMPETENT, INSTEAD, PARENT, in_nation
from kit.rules_table import BOUNDARIES, CASES, GROUPS, LEAP, NOTHING, PATIENTS, Case, Helper, Row, flag_of
from kit.tools import REPOSITORY
from kit.vault.destroying import actor
from kit.vault.filings import attested, flags, interview, knowing, nobody
from kit.vault.inbox import put_decided
from kit.vault.lives import Life
from kit.vault.memory_store import MemoryStore
from kit.vault.practice import Practice, administrator_of, clinician_of, found_practice
from kit.withdrawal_table import part as withdrawn

PAGE: Final = REPOSITORY / "docs" / "reference" / "life-rules.md"
ACTS: Final = ("amend", "move", "inbox accept")
DOORS: Final = ("terminal", "flags")
WHY: Final = "typed wrong"
LONGER: Final = "Worse despite usual care, patient 40 miles away, compare in a week, and her mother was told why"
ADULT: Final = GROUPS[-1]
MADE_INTIMATE: Final = (
    Case("R9, R10", "another site, intimate", {"body_site": "left breast", "intimate": "yes"}),
    Case("R9", "the same, with safeguards", {"body_site": "nappy area", "intimate": "yes", "safeguards": "1257"}),
)
BECOMES: Final = (
    Case("R9, R10", "another rationale", {"rationale": LONGER}),
    *MADE_INTIMATE,
    Case("R3, R8", "for teaching", {"purpose": "teaching_internal"}),
    Case("R5", "for social media", {"purpose": "social_media"}),
    Case("R7", "lacks capacity, no evidence", {"capacity": "assessed_lacks"}),
    Case("R26", "asked for by somebody unknown", {"obtained_by": "Somebody"}),
)
JUDGED: Final = (
    NOTHING,
    *BECOMES,
    *(case for case in CASES if case is not NOTHING and not (case.is_filed or case.is_others or case.is_dated_wrongly)),
)
LIFE_ROWS: Final = (
    *(Row(case, age, site) for case in JUDGED for age in GROUPS for site in ("ordinary", "intimate")),
    *(Row(NOTHING, age, site) for age in (*BOUNDARIES, *LEAP) for site in ("ordinary", "intimate")),
)
NATION_ROWS: Final = tuple(
    Row(case, age, "ordinary", nation=nation)
    for case, age in (*((case, ADULT) for case in INSTEAD), (PARENT, BOUNDARIES[1]), (COMPETENT, BOUNDARIES[0]))
    for nation in Nation
)
"""What a nation's law bears on."""
NUMBER_ROWS: Final = tuple(
    Row(NOTHING, age, site) for age in (*GROUPS, *BOUNDARIES, *LEAP) for site in ("ordinary", "intimate")
)
"""An adult's photo whose number changes to one with a birth date of this age."""


RESTING: Final = frozenset({"basis", "giver", "form", "intimate", "view_once"})


def today() -> date:
    """Return the day on the clinician's calendar."""
    return datetime.now(UTC).astimezone().date()


def sound(row: Row) -> Filing:
    """Make a filing with nothing amiss, a child's intimate photo attested."""
    texts = dict(row.usual)
    if row.sensitivity == "intimate" and row.age.is_child:
        texts["safeguards"] = "1257"
    given, is_typed = attested(texts)
    return interview(given, knowing(today=today(), sent_on=None), nobody if is_typed else None).filing


@dataclass
class Office:
    """A practice whose vault lies in memory, its founder at the desk, and records with nothing amiss to act on."""

    practice: Practice
    identity: Path
    by: Actor
    made: int = 0

    @property
    def run(self) -> Run:
        """A run, as accepting has one."""
        wishes = Wishes(is_confirmed=True, is_source_kept=True, allow_test=True)
        return Run(self.practice.vault, wishes, lambda: datetime.now(UTC).astimezone())

    def data(self) -> bytes:
        """Return a photo that is like no other."""
        self.made += 1
        return b"\xff\xd8 photo %d \xff\xd9" % self.made

    def file(self, row: Row) -> Manifest:
        """File a photo with nothing amiss."""
        done = self.practice.file_decided(sound(row), self.data(), at=datetime.now(UTC))
        return manifest.load(self.practice.vault, done.patient, done.record)

    def put(self, row: Row) -> Item:
        """Put one into the inbox."""
        return put_decided(self.practice, sound(row), self.data(), at=datetime.now(UTC))

    def opened(self, of: Manifest) -> OpenedRecord:
        """Open a record."""
        return open_record(self.practice.vault, of, self.by.practice)


@contextmanager
def an_office() -> Iterator[Office]:
    """Found a practice with classic keys, and keep its vault in memory."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        patch.setenv("IMGFILE_STATE", str(folder / "state"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        practice = found_practice(folder)
        store = MemoryStore.copy_of(practice.vault.store)
        patch.setattr(access, "Store", lambda _folder: store)
        practice = replace(practice, vault=practice.reopened())
        identity = folder / "clinician.txt"
        identity.write_bytes(sealing.render_identity_file(clinician_of(practice)))
        yield Office(practice, identity, actor(practice, administrator_of(practice)))


# --- what is acted on, and with which answers -------------------------------------------------------------------


def before(row: Row, act: str) -> Row:
    """Return what is filed, or waits, before the act: of the same patient, or of the one whom it is moved from."""
    if act in {"move", "rekey"}:
        return Row(NOTHING, ADULT, row.sensitivity, PATIENTS[-1])
    if act == "amend" and row.age in {*BOUNDARIES, *LEAP}:
        return Row(NOTHING, ADULT, row.sensitivity, row.patient)
    return Row(NOTHING, row.age, row.sensitivity, row.patient)


def answers(row: Row, act: str) -> dict[str, str]:
    """Return the answers that the act is given: all of them for a move, else what is another one than before."""
    if act == "move":
        return row.answers
    usual = before(row, act).usual
    if row.age in {*BOUNDARIES, *LEAP}:  # what rests on a birth date is given with it
        usual = {slug: text for slug, text in usual.items() if slug not in RESTING}
    given = {slug: text for slug, text in row.answers.items() if usual.get(slug) != text}
    return {slug: text for slug, text in given.items() if slug != "patient"}


def applies(row: Row, act: str) -> bool:
    """Return whether there is anything to be tried: an act that takes answers over cannot leave one out."""
    return act in {"inbox accept", "rekey"} or bool(answers(row, act))


# --- the doors --------------------------------------------------------------------------------------------------


def at_terminal(office: Office, row: Row, act: str) -> str:
    """Do it with somebody at the terminal who answers truly; return what became of it, and what was asked."""
    helper = Helper(row=replace(row, sensitivity="intimate") if row.case in MADE_INTIMATE else row)
    try:
        filing = _DONE[act](office, row, partial(helper.ask, "a photo"))
    except RefusedByRule as refusal:
        return refusal.rule
    except AnswerInvalid as error:
        return _wants(problem.question for problem in error.problems)
    except Cancelled:
        return "stops"
    except UsageError:
        return "nothing"
    needed = [*helper.needed, *(["digits"] if confirmation(filing).needs_digits else [])]
    return f"done, asks {' '.join(needed)}" if needed else "done"


def _amended(office: Office, row: Row, ask: Ask) -> Filing:
    vault = office.practice.vault
    draft = amend.begin(vault, office.opened(office.file(before(row, "amend"))), office.by.person)
    draft = amend.take(draft, flags(answers(row, "amend")), ask)
    amend.amend(vault, draft, WHY, office.by, at=datetime.now(UTC))
    assert draft.filing is not None
    return draft.filing


def _moved(office: Office, row: Row, ask: Ask) -> Filing:
    vault, now = office.practice.vault, datetime.now(UTC)
    opened = office.opened(office.file(before(row, "move")))
    base = move.base_facts(vault, office.by.person, at=now, allow_test=True)
    to = move.settle(vault, opened, flags(row.answers), base, ask)
    move.move(vault, leading.Order(opened, WHY, office.by, now), to)
    return to.filing


def _accepted(office: Office, row: Row, ask: Ask) -> Filing:
    opened = open_item(office.practice.vault, office.put(before(row, "inbox accept")), office.by.practice)
    decided = deciding.decide(office.run, opened, flags(answers(row, "inbox accept")), office.by.person, ask)
    accepting.accept(office.run, decided, office.by)
    assert decided.filing is not None
    return decided.filing


def _rekeyed(office: Office, row: Row, ask: Ask) -> Filing:
    vault = office.practice.vault
    of = office.file(before(row, "rekey"))
    old = rekey.find_old(vault, PATIENTS[-1])
    given = flags({"patient": row.patient, "dob": row.age.born.isoformat()}, Provenance.TYPED)
    try:
        to = rekey.identify(vault, old, given, allow_test=True, ask=ask)
        plan = rekey.Plan(old, to, tuple(rekey.judge(vault, old, to, office.by, ask=ask)))
    except (RefusedByRule, AnswerInvalid):
        _out_of_the_way(office, of)
        raise
    list(rekey.rekey(vault, plan, WHY, office.by, at=datetime.now(UTC)))
    (filing,) = (each.filing for each in plan.rows)
    assert filing is not None
    return filing


def _out_of_the_way(office: Office, of: Manifest) -> None:
    """Let the number be free of a record whose turn is over."""
    Life(office.practice, of, at=datetime.now(UTC)).go(How.WITHDRAWN)


_DONE: Final[Mapping[str, Callable[[Office, Row, Ask], Filing]]] = {
    "amend": _amended, "move": _moved, "inbox accept": _accepted, "rekey": _rekeyed,
}  # fmt: skip


def by_flags(office: Office, row: Row, act: str) -> str:
    """Do it by the command without a terminal; return what became of it."""
    words = [word for slug, text in answers(row, act).items() if slug != "patient" for word in flag_of(slug, text)]
    match act:
        case "inbox accept":
            return run("inbox", "accept", office.put(before(row, act)).reference, *words, "--yes", by=office)
        case "amend":
            return run("amend", office.file(before(row, act)).reference, *words, "--reason", WHY, by=office)
    number = ("--patient", "-", "--yes", "--allow-test-id", "--reason", WHY)
    of = office.file(before(row, act))
    if act == "move":
        return run("move", of.reference, *number, *words, by=office, stdin=row.patient)
    said = run("rekey", *number, "--dob", row.age.born.isoformat(), by=office, stdin=f"{PATIENTS[-1]}\n{row.patient}")
    if said != "done":
        _out_of_the_way(office, of)
    return said


def run(*words: str, by: Office, stdin: str = "") -> str:
    """Run a command without a terminal, as the founder; return what became of it."""
    with streams(stdin.encode()) as (_, errors):
        status = main([*words, "--no-input", "--quiet", "--identity-file", str(by.identity)])
        sys.stderr.flush()
        said = errors.getvalue().decode()
    wrong = [line for line in said.splitlines() if line.startswith("imgfile: error:")]
    if status == 0:
        return "done"
    if status == RefusedByRule.exit_code:
        (rule,) = re.findall(r"^imgfile: error: (R[0-9]+):", wrong[0])
        return str(rule)
    if status == UsageError.exit_code and "every answer is as it was" in said:
        return "nothing"
    assert status == AnswerInvalid.exit_code, (words, said)
    return _wants(flag[2:].replace("-", "_") for line in wrong for flag in re.findall(r"--[a-z-]+", line))


def _wants(slugs: Iterable[str]) -> str:
    return f"wants {' '.join(dict.fromkeys(slugs))}"


@contextmanager
def streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Give a command its standard input, and take what it prints."""
    kept = sys.stdin, sys.stdout, sys.stderr
    printed, errors = io.BytesIO(), io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    sys.stdout, sys.stderr = io.TextIOWrapper(printed), io.TextIOWrapper(errors)
    try:
        yield printed, errors
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept


def cell(office: Office, row: Row, act: str, door: str) -> str:
    """Return what an act does with a row at a door, on its day; - where it has nothing to try."""
    if not applies(row, act):
        return "-"
    with clock.on(row.age.on):
        return by_flags(office, row, act) if door == "flags" else at_terminal(office, row, act)


# --- what is agreed since ---------------------------------------------------------------------------------------

AGREEMENTS: Final = (
    ("R3", "research, a signed form", Purpose.RESEARCH, ConsentForm.WRITTEN_SIGNED, True),
    ("R3", "research, signed, the form not shown", Purpose.RESEARCH, ConsentForm.WRITTEN_SIGNED, False),
    ("R3", "research, by phone", Purpose.RESEARCH, ConsentForm.VERBAL_TELEPHONE, False),
    ("R3", "teaching, by phone", Purpose.TEACHING_INTERNAL, ConsentForm.VERBAL_TELEPHONE, False),
    ("R4", "a publication, a form, no outlet", Purpose.PUBLICATION_NAMED, ConsentForm.ELECTRONIC_FORM, True),
    ("R5", "social media, a signed form", Purpose.SOCIAL_MEDIA, ConsentForm.WRITTEN_SIGNED, True),
)
AGREED_BY: Final = (ConsentGiver.PATIENT, ConsentGiver.MOTHER, ConsentGiver.CLINICIAN_BEST_INTERESTS)
AGREEMENT_ROWS: Final = tuple(
    Row(NOTHING, age, site) for age in (*GROUPS, *BOUNDARIES, *LEAP) for site in ("ordinary", "intimate")
)


def agreement(office: Office, of: Manifest, which: int, giver: ConsentGiver) -> str:
    """Add an agreement to a photo; return what became of it."""
    _, _, purpose, form, has_document = AGREEMENTS[which]
    document = b"%PDF-1.7 I agree" if has_document else b""
    said = ConsentDocument(
        scope=frozenset({purpose}),
        giver=giver,
        form=form,
        obtained_by="Dr A. Example",
        obtained_at=today(),
        media_type="application/pdf" if document else "",
        digest=Digest(hashlib.sha256(document).hexdigest() if document else ""),
        document=document,
    )
    vault = office.practice.vault
    try:
        agree.agree(vault, office.opened(of), agree.Agreement(said), office.by, at=datetime.now(UTC))
    except RefusedByRule as refusal:
        return refusal.rule
    return "done"


def agreed(office: Office, row: Row, which: int) -> list[str]:
    """File a photo, and return what becomes of an agreement, by who agreed."""
    with clock.on(row.age.on):
        of = office.file(row)
        return [agreement(office, of, which, giver) for giver in AGREED_BY]


# --- the page ---------------------------------------------------------------------------------------------------

_OPENING: Final = f"""# The rules over a record's life

Made by doing each act with each of these photos (`tests/kit/life_rules_table.py`); a test does them again. Before the
act there is a photo with nothing amiss: amended is one of the same patient, moved one of another adult's, accepted one
that waits; of somebody whose birthday it is, what is amended is an adult's. Where a day is named, the act is done on
it, with the photo of somebody who was born on 29 February. At the terminal the same answers were given by flags, and
somebody answers truly what is asked besides; by flags nobody is asked. *done*: it is signed. *wants*: not done, exit
code 13, since these answers are missing or wrong. A rule's number: refused by it, exit code 17. *stops*: whoever sits
there stops it. *nothing*: every answer is as it was. A dash: there is nothing to try. What the rules say is on a
[page of their own](rules.md).

## Amending, moving, accepting

| rule | answers | age | site | {" | ".join(f"{act}, {door}" for act in ACTS for door in DOORS)} |
| --- | --- | --- | --- |{" --- |" * len(ACTS) * len(DOORS)}
"""
_NATIONS: Final = f"""
## In each nation

An ordinary photo, by the law of the nation that the practice's policy names.

| rule | answers | age | nation | {" | ".join(f"{act}, {door}" for act in ACTS for door in DOORS)} |
| --- | --- | --- | --- |{" --- |" * len(ACTS) * len(DOORS)}
"""
_NUMBERS: Final = """
## Changing a number

An adult's photo goes to a number whose birth date is of this age.

| rule | age | site | terminal | flags |
| --- | --- | --- | --- | --- |
"""
_AGREED: Final = f"""
## Agreed since filing

| rule | what for, and how | age | site | {" | ".join(giver.label for giver in AGREED_BY)} |
| --- | --- | --- | --- |{" --- |" * len(AGREED_BY)}
"""


def lives() -> Iterator[list[str]]:
    """Yield, of each row of the first table, what each act does at each door."""
    columns = []
    for act in ACTS:
        for door in DOORS:
            with an_office() as office:
                columns.append([cell(office, row, act, door) for row in LIFE_ROWS])
    yield from map(list, zip(*columns, strict=True))


def nations() -> Iterator[list[str]]:
    """Yield, of each row of what a nation's law bears on, what each act does at each door."""
    columns = []
    for act in ACTS:
        for door in DOORS:
            with an_office() as office:
                columns.append(by_nation(office, NATION_ROWS, act, door))
    yield from map(list, zip(*columns, strict=True))


def by_nation(office: Office, rows: Sequence[Row], act: str, door: str) -> list[str]:
    """Return what an act does with each row at a door, each by its nation's law."""
    said = dict[int, str]()
    for at in sorted(range(len(rows)), key=lambda at: rows[at].nation):
        office.practice = in_nation(office.practice, rows[at].nation)
        said[at] = cell(office, rows[at], act, door)
    return [said[at] for at in range(len(rows))]


def numbers() -> Iterator[list[str]]:
    """Yield, of each row of the second table, what each door does."""
    columns = []
    for door in DOORS:
        with an_office() as office:
            columns.append([cell(office, row, "rekey", door) for row in NUMBER_ROWS])
    yield from map(list, zip(*columns, strict=True))


def agreements() -> Iterator[tuple[int, Row, list[str]]]:
    """Yield each row of the third table, and what becomes of it by who agreed."""
    with an_office() as office:
        for which in range(len(AGREEMENTS)):
            for row in AGREEMENT_ROWS:
                yield which, row, agreed(office, row, which)


def page() -> str:
    """Do everything, and return the page."""
    first = [((row.case.rule, row.case.words, row.age.name), row.sensitivity, said)
             for row, said in zip(LIFE_ROWS, lives(), strict=True)]  # fmt: skip
    second = [(("R6, R7, R9, R25", row.age.name), row.sensitivity, said)
              for row, said in zip(NUMBER_ROWS, numbers(), strict=True)]  # fmt: skip
    third = [((*AGREEMENTS[which][:2], row.age.name), row.sensitivity, said) for which, row, said in agreements()]
    by_law = [((row.case.rule, row.case.words, row.age.name), row.nation.label, said)
              for row, said in zip(NATION_ROWS, nations(), strict=True)]  # fmt: skip
    return "".join((
        _OPENING, *_table(first), _NATIONS, *_table(by_law, len(Nation)), _NUMBERS, *_table(second),
        _AGREED, *_table(third), withdrawn(),
    ))  # fmt: skip


def _table(lines: Sequence[tuple[tuple[str, ...], str, list[str]]], every: int = 2) -> Iterator[str]:
    """Yield the lines of a table; sites, or nations, that fare alike share one."""
    for (heads, said), group in groupby(lines, lambda line: (line[0], line[2])):
        those = [each for _, each, _ in group]
        yield f"| {' | '.join((*heads, 'any' if len(those) == every else ', '.join(those), *said))} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
