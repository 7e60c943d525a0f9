"""`imgfile handed`: where a photo is in the clinical record now, remembered without a passphrase."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.checks.verify import verify
from kit.terminal.desk import Desk, ndjson, reference
from kit.vault.filings import MOLE, filed
from kit.vault.practice import PASSPHRASE

WHERE = "In the record now? Where (Enter later): "
ON_THE_PAGE = "EMIS, 28 Nov, unlikely-word"


@pytest.fixture
def mole(desk: Desk) -> str:
    """File the mole; return its reference."""
    return reference(desk.practice.file_decided(filed(MOLE)))


def told(desk: Desk, record: str) -> str:
    """Return what `show` says was added to a record."""
    return desk.as_clinician("show", record, "--history").stdout.decode()


def test_it_needs_no_passphrase_and_is_sealed(desk: Desk, mole: str) -> None:
    """Of several photos at once; whoever opens the record reads it, nobody else does; the vault verifies."""
    other = reference(desk.practice.file_decided(filed(MOLE), b"\xff\xd8 another \xff\xd9"))
    outcome = desk.run("handed", mole, other, "--where", ON_THE_PAGE, "--on", "27/11/2025", "--json")
    assert ndjson(outcome) == [{"type": "handed", "record": each, "on": "2025-11-27"} for each in (mole, other)]
    for record in (mole, other):
        assert f"{ON_THE_PAGE}, 27 Nov 2025" in told(desk, record)
    everything = b"".join(path.read_bytes() for path in desk.practice.folder.rglob("*") if path.is_file())
    assert b"unlikely-word" not in everything
    assert list(verify(desk.practice.reopened())) == []


def test_what_is_missing_or_wrong_is_said_at_once(desk: Desk, mole: str) -> None:
    """Exit code 13, and nothing is added; without a record, how to call it."""
    outcome = desk.run("handed", mole, "--on", "1/1/2999", "--no-input")
    assert (outcome.status, "--on: is in the future" in outcome.words, "--where" in outcome.words) == (13, True, True)
    assert desk.run("handed", "--where", "EMIS").status == 2
    assert desk.run("handed", "zzzz", "--where", "EMIS").status == 2
    assert "handed over" not in told(desk, mole)


def test_without_a_record_it_lists_what_was_never_handed_over(desk: Desk, mole: str) -> None:
    """What `status` counts, by reference, and without a passphrase; a damaged one is said, the rest all the same."""
    other_done = desk.practice.file_decided(filed(MOLE), b"\xff\xd8 another \xff\xd9")
    other = reference(other_done)
    assert "2 photos were filed and never handed over (imgfile handed)" in desk.run("status").stdout.decode()
    listed = desk.run("handed", "--json")
    assert (listed.status, {line["record"] for line in ndjson(listed)}) == (0, {mole, other})
    assert {line["type"] for line in ndjson(listed)} == {"not_handed"}
    assert desk.run("handed", mole, "--where", "EMIS").status == 0
    left = desk.run("handed")
    assert (left.status, mole in left.stdout.decode(), other in left.stdout.decode()) == (0, False, True)
    assert "1 photo was filed and never handed over" in left.words
    (desk.practice.folder / layout.record(other_done.patient, other_done.record) / layout.MANIFEST).write_bytes(
        b"broken"
    )
    broken = desk.run("handed")
    assert (broken.status, f"damaged: {other}" in broken.words) == (Damaged.exit_code, True)


def test_nothing_waits_once_all_is_handed_over(desk: Desk, mole: str) -> None:
    """That is said, and nothing is printed; `--where` without a record is a slip, and its hint leads to the list."""
    assert desk.run("handed", mole, "--where", "EMIS").status == 0
    none = desk.run("handed")
    assert (none.status, none.stdout, "No photo waits" in none.words) == (0, b"", True)
    slip = desk.run("handed", "--where", "EMIS")
    assert (slip.status, "imgfile handed  lists" in slip.words) == (2, True)


def test_it_is_asked_at_a_terminal(desk: Desk, mole: str) -> None:
    """With what it means behind `?`; `q` adds nothing."""
    with desk.sit("handed", mole) as session:
        session.answer("Where in the record: ", "?")
        session.expect("e.g.  EMIS")
        session.answer("Where in the record: ", ON_THE_PAGE)
        assert session.finish().status == 0
    assert ON_THE_PAGE in told(desk, mole)
    with desk.sit("handed", mole) as session:
        session.answer("Where in the record: ", "q")
        assert session.finish().status == 130


@pytest.mark.parametrize(("typed", "is_handed"), [("EMIS, today", True), ("", False), ("q", False)])
def test_export_for_our_own_record_ends_with_it(
    desk: Desk, mole: str, tmp_path: Path, typed: str, *, is_handed: bool
) -> None:
    """Enter leaves it for later, and so does q: the copy is written by then. No reason is asked for that purpose."""
    with desk.sit("export", mole, "-o", tmp_path) as session:
        session.answer("Purpose [our own clinical record] (? lists): ", "")
        session.answer("Passphrase: ", PASSPHRASE)
        session.answer(WHERE, typed)
        assert session.finish().status == 0
    assert (tmp_path / f"{mole}.jpg").exists()
    assert ("EMIS, today" in told(desk, mole)) is is_handed


def test_it_is_said_with_the_export_by_a_flag(desk: Desk, mole: str, tmp_path: Path) -> None:
    """Then nobody is asked."""
    stated = ["--purpose", "own_clinical_record", "--where", "EMIS", "--json"]
    (line,) = ndjson(desk.as_clinician("export", mole, "-o", tmp_path, *stated))
    assert (line["handed"], line["purpose"], line["as"]) == (True, "own_clinical_record", "original")
    assert "EMIS" in told(desk, mole)
