"""Naming records: by references or a patient's number, at a terminal and by flags, and picking some of a patient's."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from imgfile.acts.disclosure.of_patient import Unopened, patient_folders, records_of_patient
from imgfile.acts.disclosure.open import Reader
from imgfile.cli.patients_photos import lines_of, pick, which_words
from imgfile.cli.which_records import choose, folder_of_number, is_number, wanted_records
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.proofs import RecordId, Verified
from imgfile.clinical.record.model import Record
from imgfile.errors import AnswerInvalid, Damaged, Error, NoVault, RefusedByRule, UsageError
from imgfile.terminal import Terminal
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.roster.model import Roster, StationEntry
from kit.terminal.desk import Desk, reference
from kit.terminal.processes import Session
from kit.vault.filings import ADULT, CHILD, KNEE, MOLE, RASH, filed
from kit.vault.lives import WITHDRAWN, Life, amended_site
from kit.vault.practice import NOON, PASSPHRASE, PHOTO, Practice

PROGRAM = """
import sys
from imgfile.acts.disclosure.open import admit
from imgfile.cli.identity import Identities
from imgfile.cli.which_records import open_wanted, wanted_records
from imgfile.errors import Error
from imgfile.terminal import Terminal
from imgfile.vault.access import open_vault
from imgfile.vault.choose import choose

terminal, vault = Terminal(), open_vault(choose(None))
try:
    wanted = wanted_records(vault, sys.argv[1:], None, terminal, command="view")
    reader = admit(vault, Identities(vault.station, terminal, None, None).unlock())
    print("taken", *(each.manifest.reference for each in open_wanted(vault, wanted, reader, terminal)))
except Error as error:
    terminal.error(error)
    sys.exit(error.exit_code)
"""
"""What a command does with them."""


def day(number: int) -> datetime:
    """Return noon so many days after the first."""
    return NOON + timedelta(days=number)


def _taken(facts: Record, at: datetime) -> Record:
    return replace(facts, picture=replace(facts.picture, taken_at=at.replace(tzinfo=None)))


def file(practice: Practice, answers: dict[str, str], number: int, data: bytes = PHOTO) -> Verified:
    """File a photo that was taken so many days after the first."""
    return practice.file_decided(
        filed(answers), data + bytes([number]), at=day(number), forge=lambda facts: _taken(facts, day(number))
    )


def reader_of(practice: Practice) -> Reader:
    """Return somebody who may read."""
    opened, who = open_practice(practice.vault, practice.recovery)
    return Reader(who, opened)


def opened_of(practice: Practice, number: str = CHILD) -> list[OpenedRecord]:
    """Open what a patient has."""
    [folder] = patient_folders(practice.vault, [PatientId(Scheme.NHS, number, allow_test=True)])
    return records_of_patient(practice.vault, folder, reader_of(practice))


def references(opened: list[OpenedRecord]) -> list[str]:
    """Return what they are called."""
    return [each.manifest.reference for each in opened]


# --- reading ----------------------------------------------------------------------------------------------------


def test_a_patients_standing_photos_come_oldest_first_as_they_are_now(practice: Practice) -> None:
    """By when they were taken, not filed; another patient's, an unfinished and a gone one are none of them."""
    later = file(practice, KNEE, 9)
    middle = Life.begin(practice, KNEE)
    middle.add(amended_site("right knee"), key=middle.founder)
    gone = Life.begin(practice, KNEE)
    gone.move_away()
    file(practice, MOLE, 3)
    unfinished = file(practice, KNEE, 4)
    (practice.folder / layout.record(unfinished.patient, unfinished.record) / layout.MANIFEST).unlink()
    found = opened_of(practice)
    assert references(found) == [middle.of.reference, reference(later)]
    assert found[0].facts.decision.body_site == "right knee"


def test_what_does_not_open_is_reported_or_ends_it(practice: Practice) -> None:
    """Never passed over; the others are there all the same."""
    sound, broken, torn = file(practice, KNEE, 1), file(practice, KNEE, 2), file(practice, KNEE, 3)
    for each, name in ((broken, layout.MANIFEST), (torn, layout.FACTS)):
        (practice.folder / layout.record(each.patient, each.record) / name).write_bytes(b"broken")
    closed: list[Unopened] = []
    found = records_of_patient(practice.vault, sound.patient, reader_of(practice), unopened=closed.append)
    assert references(found) == [reference(sound)]
    assert {each.reference for each in closed} == {reference(broken), reference(torn)}
    assert all(each.message for each in closed)
    with pytest.raises(Damaged):
        opened_of(practice)


def test_a_computer_without_the_pseudonym_key_refuses_a_number_in_words(practice: Practice) -> None:
    """It is no fault of the number's, and references work there."""
    here = replace(practice.vault.here, pseudonym_digest="")
    vault = _with_here(practice.vault, here)
    with pytest.raises(NoVault, match="no key that finds a patient by number") as refused:
        folder_of_number(vault, CHILD)
    assert "references" in refused.value.hint
    assert CHILD not in refused.value.message


def _with_here(vault: Vault, here: StationEntry) -> Vault:
    roster: Roster = replace(
        vault.roster,
        stations=tuple(here if each.station == here.station else each for each in vault.roster.stations),
    )
    return replace(vault, roster=roster)


# --- naming -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "means_number"),
    [
        *((typed, True) for typed in ("9990000018", "999 000 0018", "999-000-0018", "999 000 0019", " 9990000018 ")),
        *((typed, True) for typed in ("NHS 999 000 0018", "local T-1234", "94347 65871", "123456789", "999.000.0018")),
        *((typed, True) for typed in ("٩٩٩٠٠٠٠٠١٨", "x99900000181", "1" * 40)),
        *((typed, False) for typed in ("7f3k", "7f3k-q2ma", "7f3k b81d", "1234", "1234-5678", "12345678", "", "rash")),
    ],
)
def test_digits_are_a_number_and_everything_else_a_reference(typed: str, *, means_number: bool) -> None:
    """So a slip in a number is never looked for, and named in an error, as a reference."""
    assert is_number(typed) is means_number


REFUSED: list[tuple[list[str], str | None, bytes, type[Error], str]] = [
    (["7f3k"], "-", b"", UsageError, "both given"),
    ([], CHILD, b"", UsageError, "not taken from the command line"),
    ([], "-", b"", AnswerInvalid, "no patient's number"),
    ([], "-", b"9990000018\n9990000026\n", AnswerInvalid, "more than one"),
    ([], "-", b"9990000018 " * 1000, AnswerInvalid, "more than one"),
    ([], "-", b"9990000019", AnswerInvalid, "no patient's number"),
    ([], "-", b"\xff\xfe\x00", AnswerInvalid, "no patient's number"),
    ([], "-", b"9990000026", UsageError, "nothing is filed for this patient"),
    ([], None, b"9990000018", AnswerInvalid, "RECORD or --patient -"),
    (["zzzz"], None, b"", UsageError, "no record is called"),
    ([" , "], None, b"", UsageError, "no record reference"),
    (["7f3k"] * 101, None, b"", UsageError, "too many"),
]


def test_what_names_nothing_is_refused_without_repeating_a_number(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By flags, with nobody to ask."""
    file(practice, RASH, 0)
    for named, patient, stdin, kind, words in REFUSED:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin), isatty=lambda: False))
        with pytest.raises(kind) as refused:
            wanted_records(practice.vault, named, patient, Terminal(may_ask=False), command="view")
        said = f"{refused.value.message} {refused.value.hint}"
        assert words in said
        assert not any(number in said for number in ("9990000", "999 000", "\ufffd"))


def test_references_and_a_number_on_standard_input_name_records(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each record once, in the order of the references; beginnings, commas and blanks are fine."""
    rash, mole = file(practice, RASH, 0), file(practice, MOLE, 1)
    vault, terminal = practice.vault, Terminal(may_ask=False)
    both = wanted_records(
        vault, [f"{reference(mole)},{reference(rash)[:6]}", reference(mole)], None, terminal, command="view"
    )
    assert [each.reference for each in both.records] == [reference(mole), reference(rash)]
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"999 000 0018\r\n"), isatty=lambda: False))
    assert wanted_records(vault, [], "-", terminal, command="view").folder == rash.patient


# --- picking ----------------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(practice: Practice) -> list[OpenedRecord]:
    """Return a child's knee, rash and knee again, of three days."""
    for number, answers in enumerate((KNEE, RASH, KNEE)):
        file(practice, answers, number)
    return opened_of(practice)


PICKED = [
    ("1", {1}),
    ("2", {2}),
    ("1 3", {1, 3}),
    ("1,2,3", {1, 2, 3}),
    ("3 3", {3}),
    ("a 2", {1, 2, 3}),
    ("1-3 2", {1, 2, 3}),
]
NOT_PICKED = [
    *((typed, "picked by its own number") for typed in ("a", "all", "ALL", "1-3", "a 1", "2-3")),
    *((typed, "picks none") for typed in ("", "0", "4", "12", "-1", "3-1", "1-9", "0-2", "x", "zzzz", "1.5", "²")),
]


def test_an_intimate_photo_of_a_child_is_picked_by_its_own_number_and_never_swept_up(mixed: list[OpenedRecord]) -> None:
    """R9; and what picks nothing is not taken for anything."""
    for typed, numbers in PICKED:
        assert pick(typed, mixed) == numbers, typed
    for typed, words in NOT_PICKED:
        with pytest.raises(AnswerInvalid, match=words):
            pick(typed, mixed)


def test_references_pick_too(mixed: list[OpenedRecord]) -> None:
    """Whole or how they begin, the intimate one included: it is its own."""
    assert pick(references(mixed)[1], mixed) == {2}
    assert pick(f"{references(mixed)[0][:6]} {references(mixed)[1].upper()}", mixed) == {1, 2}


def test_unattended_all_are_taken_but_never_a_childs_intimate_photo(
    practice: Practice, mixed: list[OpenedRecord]
) -> None:
    """R9: then none is, and its reference is named."""
    nobody = Terminal(may_ask=False)
    with pytest.raises(RefusedByRule, match=references(mixed)[1]) as refused:
        choose(mixed, nobody)
    assert refused.value.rule == "R9"
    ordinary = [mixed[0], mixed[2]]
    assert choose(ordinary, nobody) == ordinary
    file(practice, MOLE, 5)
    assert len(choose(opened_of(practice, ADULT), nobody)) == 1


def test_what_is_shown_says_which_is_which(practice: Practice, mixed: list[OpenedRecord]) -> None:
    """Two of one site and two days in a line; else a line each, with what it follows and whether it was withdrawn."""
    one, two, three = mixed
    assert lines_of([one, three]) == ["2 photos of 999 000 0018, left knee: 22 Nov, 24 Nov 2026 (2 days)."]
    assert lines_of([two]) == ["1 photo of 999 000 0018, nappy area: 23 Nov 2026. Intimate: by its number."]
    assert lines_of(mixed) == [
        "3 photos of 999 000 0018: Intimate, each by its number: 2.",
        f"1  {one.manifest.reference}  taken 22 Nov 2026 12:00, left knee",
        f"2  {two.manifest.reference}  taken 23 Nov 2026 12:00, nappy area; intimate",
        f"3  {three.manifest.reference}  taken 24 Nov 2026 12:00, left knee",
    ]
    follows = replace(three.facts, decision=replace(three.facts.decision, follows=RecordId("7" * 32)))
    life = Life(practice, one.manifest)
    life.add(WITHDRAWN, Effect.USE_STOPPED, key=life.founder)
    shown = lines_of([opened_of(practice)[0], replace(three, facts=follows)])
    assert shown[1].endswith("left knee; WITHDRAWN")
    assert shown[2].endswith(f"left knee; follows {layout.reference(RecordId('7' * 32))[:4]}")
    assert [which_words(some) for some in ([one], [one, three], mixed, [one] * 9)] == [
        "Which (1, q quit):",
        "Which (1 2, a all, q quit):",
        "Which (1 2 3, q quit):",
        "Which (1 to 9, a all, q quit):",
    ]


# --- at a terminal ----------------------------------------------------------------------------------------------


def at(desk: Desk, *named: str) -> Session:
    """Start what a command does, at a terminal."""
    return Session([sys.executable, "-c", PROGRAM, *named], env=desk.environment)


def test_two_rashes_are_picked_by_the_number_of_their_patient(desk: Desk) -> None:
    """Slips are said in words, and asked again; Enter and "all" pick no intimate photo of a child."""
    rashes = [file(desk.practice, RASH, number) for number in (0, 7)]
    with at(desk) as session:
        session.answer("Reference, or patient number: ", "?")
        session.expect("what  Which photos")
        session.answer("Reference, or patient number: ", "999 000 0019")
        session.expect("That number: check digit does not match.")
        session.answer("Reference, or patient number: ", "9990000026")
        session.expect("Nothing is filed for this patient.")
        session.answer("Reference, or patient number: ", "zzzz")
        session.expect("No record is called zzzz.")
        session.answer("Reference, or patient number: ", "999 000 0018")
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect("2 photos of 999 000 0018, nappy area: 22 Nov, 29 Nov 2026 (7 days).")
        session.expect("Intimate:")
        session.answer("Which (1 2, q quit): ", "")
        session.expect("That picks none: type their numbers.")
        session.answer("Which (1 2, q quit): ", "all")
        session.expect("That takes 1, 2 with others")
        session.answer("Which (1 2, q quit): ", "1 2")
        assert session.finish().status == 0
        assert f"taken {reference(rashes[0])} {reference(rashes[1])}" in session.words


def test_references_are_taken_as_they_are_named(desk: Desk) -> None:
    """Nobody picks among them; q at the question leaves it."""
    rash, mole = file(desk.practice, RASH, 0), file(desk.practice, MOLE, 1)
    with at(desk) as session:
        session.answer("Reference, or patient number: ", f"{reference(mole)} {reference(rash)[:6]}")
        session.answer("Passphrase: ", PASSPHRASE)
        assert session.finish().status == 0
        assert f"taken {reference(mole)} {reference(rash)}" in session.words
    with at(desk) as session:
        session.answer("Reference, or patient number: ", "q")
        assert session.finish().status == 130
