"""`imgfile status`: one line, and counts that cost what is new, not what is there."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from imgfile.acts.check import count
from imgfile.acts.check.count import count_records
from imgfile.acts.filed_mails import MailMemory
from imgfile.clinical.proofs import RecordId, Verified
from imgfile.vault import layout
from imgfile.vault.life.gone import How
from imgfile.vault.records import find
from imgfile.vault.records.manifest import load as load_manifest
from imgfile.vault.trail import chain
from kit.mail import mailboxes
from kit.terminal.desk import Desk, ndjson
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.lives import Life
from kit.vault.practice import Practice

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def line(desk: Desk, *arguments: str) -> str:
    """Return what is said in a pipe."""
    outcome = desk.run("status", *arguments)
    assert (outcome.status, outcome.words) == (0, "")
    return outcome.stdout.decode()


def test_it_is_one_line_of_what_is_filed(desk: Desk) -> None:
    """From none to several."""
    place = desk.practice.folder
    assert line(desk) == f"Practice vault at {place}, 0 records.\n"
    desk.practice.file_decided(filed(RASH))
    waits = "photo was filed and never handed over (imgfile handed)"
    assert line(desk) == f"Practice vault at {place}, 1 record. 1 {waits}.\n"
    desk.practice.file_decided(filed(MOLE))
    waits = waits.replace("photo was", "photos were")
    assert line(desk) == f"Practice vault at {place}, 2 records. 2 {waits}.\n"
    assert line(desk, "-q") == ""


def test_what_waits_is_said_with_what_to_type(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails; an unfinished erasure; nothing where there is nothing. Quiet says it too."""
    from contextlib import ExitStack  # noqa: PLC0415

    from imgfile.acts.sources.find import find as find_photos  # noqa: PLC0415 - for this alone
    from imgfile.acts.sources.found import Scope  # noqa: PLC0415

    monkeypatch.setenv("IMGFILE_STATE", str(desk.state))
    (tmp_path / "Inbox").write_bytes(mailboxes.mbox([mailboxes.mail(mailboxes.photo(mailboxes.png(3)))]))
    with ExitStack() as held:
        sources = find_photos([str(tmp_path / "Inbox")], Scope(with_logos=True), held).sources
        MailMemory(desk.practice.vault.station).remember((each, RecordId(layout.new_id())) for each in sources)
    said = "1 mail waits to be ticked off (imgfile mail)."
    assert line(desk) == f"Practice vault at {desk.practice.folder}, 0 records. {said}\n"
    assert said in line(desk, "-q")
    (facts,) = ndjson(desk.run("status", "--json"))
    assert facts == {
        "type": "status",
        "vault": desk.practice.vault.id,
        "folder": str(desk.practice.folder),
        "records": 0,
        "inbox": 0,
        "mails": 1,
        "erasures": 0,
        "leftovers": 0,
        "set_aside": 0,
        "late": 0,
        "held": 0,
        "not_handed": 0,
    }


def test_on_a_screen_no_word_is_broken(desk: Desk) -> None:
    """It folds between words."""
    with desk.sit("status") as session:
        assert session.finish().status == 0
        assert session.screen.replace("\n", " ").split()[:3] == ["Practice", "vault", "at"]


def test_a_vault_that_is_away_is_said_as_ever(desk: Desk) -> None:
    """By the error that every command gives."""
    desk.practice.folder.rename(desk.practice.folder.with_name("away"))
    outcome = desk.run("status", "--no-input")
    assert outcome.status in {10, 19}
    assert outcome.stdout == b""


# --- counting -----------------------------------------------------------------------------------------------


class Listing:
    """Counts how often the records are listed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        real = find.patients

        def counted(vault: object) -> object:
            self.times += 1
            return real(vault)  # type: ignore[arg-type]

        monkeypatch.setattr(find, "patients", counted)


@pytest.fixture
def large(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> list[Verified]:
    """Take a vault of three records for a large one."""
    monkeypatch.setattr(count, "LISTED_RECORDS", 2)
    return [practice.file_decided(filed(MOLE), data=b"photo %d" % number) for number in range(3)]


def test_a_large_vault_is_listed_once_and_then_what_is_new_is_added(
    practice: Practice, large: list[Verified], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what is filed twice in a row, and what other acts enter in between."""
    listing = Listing(monkeypatch)
    assert count_records(practice.vault, NOW) == len(large)
    assert listing.times == 1
    for number in (4, 5):
        practice.file_decided(filed(RASH), data=b"another %d" % number)
        with practice.vault.station.locked():
            told = ("viewed", "added", "searched", "looked", "settled", "proposed")
            chain.append(practice.vault, [{"act": act, "at": "2026-11-22T12:00:00Z"} for act in told])
        assert count_records(practice.vault, NOW) == number
    assert listing.times == 1


def test_what_does_not_tell_has_it_listed_again(
    practice: Practice, large: list[Verified], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act that may mean anything, a week gone by, a note that is torn, a trail that is shorter."""
    assert count_records(practice.vault, NOW) == len(large)
    listing = Listing(monkeypatch)
    with practice.vault.station.locked():
        chain.append(practice.vault, [{"act": "matched", "at": "2026-11-22T12:00:00Z"}])
    assert (count_records(practice.vault, NOW), listing.times) == (3, 1)
    assert (count_records(practice.vault, NOW), listing.times) == (3, 1)
    assert (count_records(practice.vault, NOW + timedelta(days=7)), listing.times) == (3, 2)
    note = practice.vault.station.folder / "counted"
    note.write_bytes(note.read_bytes()[:-9])
    assert (count_records(practice.vault, NOW + timedelta(days=7)), listing.times) == (3, 3)
    last = practice.folder / layout.trail(practice.vault.here.station, 4)
    os.unlink(last)  # noqa: PTH108 - as somebody would who restores an older copy
    assert (count_records(practice.vault, NOW + timedelta(days=7)), listing.times) == (3, 4)


def test_what_is_gone_counts_no_more(practice: Practice, large: list[Verified]) -> None:
    """As verify and find have it; of a large vault that was counted before, too."""
    assert count_records(practice.vault, NOW) == len(large)
    Life(practice, load_manifest(practice.vault, large[0].patient, large[0].record)).go(How.WITHDRAWN)
    assert count_records(practice.vault, NOW) == len(large) - 1


def test_an_unfinished_record_is_none(practice: Practice, large: list[Verified]) -> None:
    """It has no manifest."""
    done = large[0]
    (practice.folder / layout.record(done.patient, done.record) / layout.MANIFEST).unlink()
    assert count_records(practice.vault, NOW) == len(large) - 1
