"""What `imgfile consent withdraw` does with each record, at each door: found by doing it, through the command itself.

PYTHONPATH=tests python -m kit.withdrawal_table    writes the end of docs/reference/life-rules.md anew

A record is filed and something becomes of it; then
somebody withdraws, at the terminal, where the same keys are typed whatever is asked, and where nobody is asked.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest

from imgfile import sealing
from imgfile.acts.disclosure.entry import Act, Statement, enter_viewed
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.set_aside import hold_named
from imgfile.acts.life import withdraw
from imgfile.acts.options import Wishes
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.record.additions import HandOver
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import ConsentForm, Purpose
from imgfile.errors import AnswerInvalid
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.gone import How
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role, Use
from kit.rules_table import GROUPS, NOTHING, Row
from kit.terminal.desk import Desk
from kit.tools import REPOSITORY
from kit.vault.destroying import actor
from kit.vault.filings import attested, interview, knowing, nobody
from kit.vault.joining import joined
from kit.vault.leaving import disclose
from kit.vault.lives import HOLD, WITHDRAWN, Life, with_senior
from kit.vault.people import enrol_person
from kit.vault.practice import Practice, clinician_of, found_practice

ADULT, CHILD = Row(NOTHING, GROUPS[-1], "ordinary"), Row(NOTHING, GROUPS[0], "ordinary")
PAGE: Final = REPOSITORY / "docs" / "reference" / "life-rules.md"
WHOSE: Final = {
    "an adult": ADULT,
    "an adult, intimate": Row(NOTHING, GROUPS[-1], "intimate"),
    "a child": CHILD,
    "a child, intimate": Row(NOTHING, GROUPS[0], "intimate"),
}


def now() -> datetime:
    """Return the moment, as trails have it."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Ward:
    """A practice with a clinician's identity in a file, its photos, and a second desk at reception."""

    practice: Practice
    desk: Desk
    reception: Desk
    lead: Path
    """The identity of a privacy lead."""
    made: int = field(default=0)

    def file(self, row: Row, *, at: datetime | None = None, follows: Manifest | None = None) -> Life:
        """File a photo like no other, with nothing amiss."""
        self.made += 1
        texts = {**row.usual, **({"safeguards": "1257"} if row.sensitivity == "intimate" and row.age.is_child else {})}
        given, is_typed = attested(texts)
        at = at or now()
        filing = interview(
            given, knowing(today=now().astimezone().date(), sent_on=None), nobody if is_typed else None
        ).filing

        def forge(facts: Record) -> Record:
            of = None if follows is None else follows.record
            return replace(facts, decision=replace(facts.decision, follows=of))

        done = self.practice.file_decided(filing, b"\xff\xd8 photo %d \xff\xd9" % self.made, at=at, forge=forge)
        return Life(self.practice, manifest.load(self.practice.vault, done.patient, done.record), at=now())


@contextmanager
def a_ward() -> Iterator[Ward]:
    """Found a practice with classic keys, a senior clinician, a privacy lead, and a computer at reception."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder, state = Path(name), Path(name) / "state"
        patch.setenv("IMGFILE_STATE", str(state))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        practice = with_senior(found_practice(folder))
        practice, lead = enrol_person(practice, "Ms M. Manager", "", Role.PRIVACY_LEAD)
        joined(practice, folder / "reception", None, Use.RECEPTION)
        practice = replace(practice, vault=practice.reopened())
        identity, leads = folder / "clinician.txt", folder / "lead.txt"
        identity.write_bytes(sealing.render_identity_file(clinician_of(practice)))
        leads.write_bytes(sealing.render_identity_file(lead.identity))
        desk = Desk(practice, state, identity)
        yield Ward(practice, desk, replace(desk, state=folder / "reception"), leads)


# --- what became of the record before ---------------------------------------------------------------------------


def _disclosed(act: Act) -> Callable[[Ward, Life, Row], None]:
    def disclosed(_ward: Ward, life: Life, _row: Row) -> None:
        reader = Reader(life.practice.founder, life.keys)
        if act is Act.VIEWED:
            enter_viewed(life.practice.vault, [life.opened()], reader, at=now())
        else:
            disclose(life.practice.vault, life.opened(), reader, Statement(act, Purpose.DIAGNOSIS, "seen", now()))

    return disclosed


def _set_on_hold(ward: Ward, life: Life, _row: Row) -> None:
    run = Run(ward.practice.vault, Wishes())
    hold_named(run, "rash.jpg", life.opened().facts.picture.original_digest)


def _destroyed_early(ward: Ward, life: Life, _row: Row) -> None:
    stated = withdraw.Stated(giver=ConsentGiver.PATIENT, form=ConsentForm.VERBAL_TELEPHONE)
    withdraw.destroy_early(ward.practice.vault, life.opened(), stated, actor(ward.practice, life.founder), at=now())


BEFORE: Final[Mapping[str, Callable[[Ward, Life, Row], object]]] = {
    "nothing: filed today": lambda _ward, _life, _row: None,
    "filed yesterday": lambda _ward, _life, _row: None,  # see `made`
    "about to be looked at": _disclosed(Act.OFFERED),
    "looked at": _disclosed(Act.VIEWED),
    "a copy was exported": _disclosed(Act.EXPORTED),
    "handed over": lambda _ward, life, _row: life.add(HandOver(where="EMIS", on=date(2026, 11, 22))),
    "a later photo follows it": lambda ward, life, row: ward.file(row, follows=life.of),
    "a legal hold": lambda _ward, life, _row: life.add(HOLD, Effect.HELD),
    "a safeguarding hold on the photo": _set_on_hold,
    "withdrawn before, and kept": lambda _ward, life, _row: life.add(WITHDRAWN, Effect.USE_STOPPED),
    "moved to another patient": lambda _ward, life, _row: life.go(How.MOVED),
    "withdrawn before, and destroyed": _destroyed_early,
    "destroyed by two persons": lambda _ward, life, _row: life.go(How.DESTROYED),
}


def made(ward: Ward, row: Row, before: str) -> Life:
    """File a photo of somebody, and let that become of it."""
    life = ward.file(row, at=now() - timedelta(days=before == "filed yesterday"))
    BEFORE[before](ward, life, row)
    return life


# --- the doors --------------------------------------------------------------------------------------------------

DOORS: Final = ("terminal", "terminal, a concern", "flags", "flags, --keep", "--json, --keep")
_ASKED: Final = {
    "Who withdraws, and how:": "who",
    "Any safeguarding concern?": "concern",
    "Last four digits": "digits",
    "Stop its use?": "stop",
}
_BEGINNING: Final = re.compile(r"imgfile: error: (R[0-9]+):")


def cell(ward: Ward, row: Row, before: str, door: str) -> str:
    """Withdraw at a door, as the founder; return what became of the record, and what was asked."""
    life = made(ward, row, before)
    return done(ward.desk, ward.desk.identity, life, door)


def done(desk: Desk, identity: Path, life: Life, door: str, said: tuple[str, str] = ("patient", "phone")) -> str:
    """Withdraw at a door of a desk; return what became of the record, and what was asked."""
    command = ("consent", "withdraw", life.of.reference, "--identity-file", identity)
    if door.startswith("terminal"):
        concern = "y" if door.endswith("concern") else "n"
        digits = life.opened().facts.patient.last_four if life.history.gone is None else "0000"
        with desk.sit(*command) as session:
            session.send("".join(f"{line}\r" for line in (" ".join(said), concern, digits, "y", "y")))
            status = session.finish().status
            asked = [slug for words, slug in _ASKED.items() if words in session.screen]
            return _said(status, session.words, asked)
    given = (
        "--giver",
        said[0],
        "--form",
        said[1],
        "--no-concern",
        "--no-input",
        *(["--keep"] if "--keep" in door else []),
    )
    outcome = desk.run(*command, *given, *(["--json"] if "--json" in door else []))
    if outcome.status == 0 and "--json" in door:
        (line,) = map(json.loads, outcome.stdout.decode().splitlines())
        return f"{line['how']}: {line['outcome']}"
    return _said(outcome.status, " ".join(outcome.words.split()), [])


def _said(status: int, words: str, asked: Sequence[str]) -> str:
    besides = f", asks {' '.join(asked)}" if asked else ""
    if status == 0:
        (what,) = [said for beginning, said in _DID.items() if beginning in words]
        return f"{what}{besides}"
    if (rule := _BEGINNING.search(words)) is not None:
        return f"{rule.group(1)}{besides}"
    assert status == AnswerInvalid.exit_code, (status, words)
    missing = re.findall(r"--([a-z-]+)", words.partition("hint:")[0])
    return f"wants {' '.join(dict.fromkeys(missing))}"


_DID: Final = {
    "Destroyed: ": "destroyed",
    "Use stopped: ": "use stopped",
    "was withdrawn and destroyed already": "destroyed already",
}

# --- by whom ----------------------------------------------------------------------------------------------------

SIGNERS: Final = ("a clinician", "a privacy lead", "reception")
"""Whose identity is given, at their own computer; reception needs none to stop a photo's use."""


def signed(ward: Ward, who: str, door: str) -> str:
    """Withdraw of a photo that was filed today, as somebody; return what became of it."""
    life = ward.file(ADULT)
    desk = ward.reception if who == "reception" else ward.desk
    return done(desk, ward.lead if who == "a privacy lead" else ward.desk.identity, life, door)


SAID_BY: Final = (
    *((giver.value, "phone") for giver in ConsentGiver),
    ("patient", "sent unasked"),
    ("patient", "signed"),
)
"""Who withdraws, and how they told the practice; where nobody is asked."""


def said_by(ward: Ward, giver: str, form: str) -> str:
    """Return what becomes of a withdrawal that somebody states by flags."""
    return done(ward.desk, ward.desk.identity, ward.file(CHILD), "flags, --keep", (giver, form))


# --- the page ---------------------------------------------------------------------------------------------------

HEADING: Final = "\n## Withdrawn\n"
_OPENING: Final = f"""{HEADING}
What `imgfile consent withdraw` does (R24), by what became of the record before. The same keys are typed whatever is
asked: who and how, whether there is a concern, the digits, `y`. *destroyed*: at once, by one person. *use stopped*: it
stays, and no copy leaves. By flags nothing is ever destroyed, and `--keep` says so.

| rule | before | whose photo | {" | ".join(DOORS)} |
| --- | --- | --- |{" --- |" * len(DOORS)}
"""
_SIGNED: Final = f"""
An adult's photo, filed today: who may.

| rule | who | {" | ".join(DOORS)} |
| --- | --- |{" --- |" * len(DOORS)}
"""
_SAID: Final = """
A child's photo: who may withdraw, and how they may have said so. Nobody has to be the one who agreed.

| rule | who withdraws | how | flags, --keep |
| --- | --- | --- | --- |
"""


def part() -> str:
    """Do everything, and return this part of the page."""
    with a_ward() as ward:
        rows = [
            (before, whose, [cell(ward, row, before, door) for door in DOORS])
            for before in BEFORE
            for whose, row in WHOSE.items()
        ]
        by = [f"| R24, R26 | {who} | {' | '.join(signed(ward, who, door) for door in DOORS)} |\n" for who in SIGNERS]
        said = [f"| R24 | {giver} | {form} | {said_by(ward, giver, form)} |\n" for giver, form in SAID_BY]
    return "".join((_OPENING, *_lines(rows), _SIGNED, *by, _SAID, *said))


def _lines(rows: Sequence[tuple[str, str, list[str]]]) -> Iterator[str]:
    for (before, did), group in groupby(rows, lambda row: (row[0], row[2])):
        whose = [each for _, each, _ in group]
        who = "anybody" if len(whose) == len(WHOSE) else "; ".join(whose)
        yield f"| R24 | {before} | {who} | {' | '.join(did)} |\n"


def stated() -> dict[tuple[str, ...], list[str]]:
    """Return what the page says at each door: by what came before and whose it is, by who signs, by who says so."""
    lines = [
        line[2:-2].split(" | ")[1:]
        for line in PAGE.read_text(encoding="utf-8").partition(HEADING)[2].splitlines()
        if line.startswith("| R24")
    ]
    found: dict[tuple[str, ...], list[str]] = {}
    for cells in lines:
        if cells[0] in BEFORE:
            each = WHOSE if cells[1] == "anybody" else cells[1].split("; ")
            found.update({(cells[0], whose): cells[2:] for whose in each})
        elif cells[0] in SIGNERS:
            found[cells[0],] = cells[1:]
        else:
            found[cells[0], cells[1]] = cells[2:]
    return found


if __name__ == "__main__":
    written = part()
    head = PAGE.read_text(encoding="utf-8").partition(HEADING)[0]
    PAGE.write_text(head + written, encoding="utf-8")
