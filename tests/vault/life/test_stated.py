"""What the trails state of a record must be beside it: nobody hides it from a computer that never saw it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from imgfile.acts.disclosure.entry import Act, Statement
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.finding.criteria import Criteria
from imgfile.acts.finding.search import Search
from imgfile.acts.life.consent_review import review
from imgfile.acts.life.hold import Unread, holds
from imgfile.acts.list import DamagedRecord, list_records
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import Damaged, Error
from imgfile.record_state.begun_entries import begin_entry, begun_entries
from imgfile.record_state.memory import RecordMemory, recall_record, remember_record
from imgfile.record_state.trails_read import trails_read
from imgfile.station import Station, known_vaults
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life.addition import Addition, Effect
from imgfile.vault.life.early_end import heads_now
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.history import load as load_history
from imgfile.vault.life.open import open_record
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.write import end, finish_entries
from imgfile.vault.records.find import find as find_record
from imgfile.vault.records.find import patients
from imgfile.vault.records.manifest import load
from imgfile.vault.trail.read import walk
from kit.vault.destroying import actor
from kit.vault.filings import MOLE
from kit.vault.harm import flipped
from kit.vault.joining import account, joined
from kit.vault.leaving import disclose
from kit.vault.lives import HOLD, LIFTED, NOTE, WITHDRAWN, Life, amended_site, as_intimate, signed_form, with_senior
from kit.vault.practice import NOON, Practice, change_roster
from kit.vault.rekeying import rekey


@dataclass(frozen=True)
class Two:
    """A record at the computer that filed it, and a second computer that looks at it."""

    life: Life
    state: Path

    @contextmanager
    def second(self) -> Iterator[Vault]:
        """Be the second computer, as its next command opens the vault."""
        with account(self.state):
            (pin,) = known_vaults()
            yield open_vault(Station(pin))

    def exported(self) -> None:
        """Let a copy leave from the second computer."""
        with self.second() as vault:
            opened = open_record(vault, self.life.of, self.life.keys)
            reader = Reader(self.life.practice.founder, self.life.keys)
            disclose(vault, opened, reader, Statement(Act.EXPORTED, Purpose.DIAGNOSIS, "care", NOON))


@pytest.fixture
def two(practice: Practice, tmp_path: Path) -> Two:
    """File a photo, and let a second computer in, which has read it once."""
    practice = with_senior(practice)
    life = Life.begin(practice)
    joined(practice, tmp_path / "second")
    life = replace(life, practice=replace(practice, vault=practice.reopened()))
    both = Two(life, tmp_path / "second")
    both.exported()
    return both


SAID: dict[str, Callable[[Life], object]] = {
    "a withdrawal": lambda life: life.add(WITHDRAWN, Effect.USE_STOPPED),
    "a hold": lambda life: life.add(HOLD, Effect.HELD),
    "that it is intimate": lambda life: life.add(as_intimate(), Effect.INTIMATE),
    "a correction": lambda life: life.add(amended_site("left knee"), key=life.founder),
    "a note": lambda life: life.add(NOTE),
    "that it was moved": lambda life: life.go(How.MOVED),
    "that it was withdrawn": lambda life: life.go(How.WITHDRAWN),
    "that it was destroyed": lambda life: life.go(How.DESTROYED),
}


@pytest.mark.parametrize("said", SAID)
def test_nobody_hides_it_by_putting_an_older_copy_of_the_record_back(two: Two, said: str, tmp_path: Path) -> None:
    """Neither from this computer nor from one that never saw it; put back again, it holds at both."""
    folder = two.life.practice.folder
    shutil.copytree(folder, tmp_path / "before")
    SAID[said](two.life)
    here = layout.record(two.life.of.folder, two.life.of.record)
    shutil.copytree(folder / here, tmp_path / "after")
    for part in (here, "keys"):  # all of the keys too: whatever was removed is back
        shutil.rmtree(folder / part)
        shutil.copytree(tmp_path / "before" / part, folder / part)
    with pytest.raises(Damaged, match="not there any more"):
        two.life.history  # noqa: B018 - it is loaded
    with pytest.raises(Damaged, match="a trail states it"):
        two.exported()
    with two.second() as vault:
        assert any(found.kind.is_damage for found in verify(vault))
    shutil.rmtree(folder / here)
    shutil.copytree(tmp_path / "after", folder / here)
    with two.second() as vault:
        assert load_history(vault, two.life.of) == two.life.history


def _backed_up(aside: Path, *folders: Path) -> Callable[[], None]:
    """Copy folders; return what puts them back."""
    for number, path in enumerate(folders):
        shutil.copytree(path, aside / str(number))

    def put_back() -> None:
        for number, path in enumerate(folders):
            shutil.rmtree(path)
            shutil.copytree(aside / str(number), path)

    return put_back


@pytest.mark.parametrize("said", ["a withdrawal", "a hold", "that it was destroyed"])
def test_nobody_hides_it_by_putting_back_what_its_own_computer_remembers(two: Two, said: str, tmp_path: Path) -> None:
    """A backup of the computer that said it, and of the record: its own trail states it still."""
    folder, state = two.life.practice.folder, two.life.practice.vault.station.folder
    here = layout.record(two.life.of.folder, two.life.of.record)
    put_back = _backed_up(tmp_path / "aside", folder / here, folder / "keys", state)
    SAID[said](two.life)
    put_back()
    (pin,) = known_vaults()
    with pytest.raises(Damaged, match="a trail states it"):
        load_history(open_vault(Station(pin)), two.life.of)


def test_a_trail_that_went_on_otherwise_after_a_restore_is_read_anew(two: Two, tmp_path: Path) -> None:
    """Vault and computer were put back, and another note has the number up to which a trail was read."""
    folder, state = two.life.practice.folder, two.life.practice.vault.station.folder
    put_back = _backed_up(tmp_path / "aside", folder, state)
    two.life.add(NOTE)
    with two.second() as vault:
        load_history(vault, two.life.of)
        (vault.station.folder / "records" / two.life.of.record).unlink()  # that loss was accepted
    put_back()
    (pin,) = known_vaults()
    two.life.practice = replace(two.life.practice, vault=open_vault(Station(pin)))
    (folder / two.life.add(WITHDRAWN, Effect.USE_STOPPED).additions[0].note).unlink()
    with two.second() as vault, pytest.raises(Damaged, match="a trail states it"):
        load_history(vault, two.life.of)


def _note_away(folder: Path, said: Addition) -> None:
    (folder / said.note).unlink()


def _manifest_away(folder: Path, said: Addition) -> None:
    (folder / layout.manifest(said.folder, said.record)).unlink()


def _record_away(folder: Path, said: Addition) -> None:
    shutil.rmtree(folder / layout.record(said.folder, said.record))


def _patient_away(folder: Path, said: Addition) -> None:
    shutil.rmtree(folder / layout.patient(said.folder))


def _note_changed(folder: Path, said: Addition) -> None:
    (folder / said.note).write_bytes(flipped((folder / said.note).read_bytes()))


LISTINGS: dict[str, Callable[[Vault, Reader], list[object]]] = {
    "list": lambda vault, _: [each for each in list_records(vault) if isinstance(each, DamagedRecord)],
    "legal-hold list": lambda vault, _: [each for each in holds(vault) if isinstance(each, Unread)],
    "consent review": lambda vault, reader: [*review(vault, reader.practice, today=NOON.date())],
    "find": lambda vault, reader: [
        *Search(vault, reader, Criteria(words=("nothing",)), is_whole=True).through(patients(vault))
    ],
}
"""What a listing cannot answer for."""


def test_no_listing_passes_over_what_was_taken_away(two: Two, tmp_path: Path) -> None:
    """That there is no hold, no withdrawal and no such record is said neither here nor where it was never seen."""
    life, folder = two.life, two.life.practice.folder
    (said,) = life.add(HOLD, Effect.HELD).additions
    reader, reference = Reader(life.practice.founder, life.keys), life.of.reference
    shutil.copytree(folder, tmp_path / "whole")
    shutil.copytree(two.state, tmp_path / "unseen")
    for take_away in (_note_away, _manifest_away, _record_away, _patient_away, _note_changed):
        take_away(folder, said)
        for name, listing in LISTINGS.items():
            shutil.rmtree(two.state)
            shutil.copytree(tmp_path / "unseen", two.state)
            told = [getattr(each, "reference", "") for each in listing(life.practice.reopened(), reader)]
            with two.second() as vault:
                told += [getattr(each, "reference", "") for each in listing(vault, reader)]
            assert told == [reference, reference], (take_away.__name__, name)
        with two.second() as vault, pytest.raises(Damaged) as refused:
            load_history(vault, find_record(vault, reference[:4]))
        assert reference in f"{refused.value.record} {refused.value.message}"
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "whole", folder)
    with two.second() as vault:
        assert not any(listing(vault, reader) for listing in LISTINGS.values())


def test_nobody_hides_what_went_along_with_a_changed_number(two: Two) -> None:
    """Each of it is missed by a computer that never saw it, be it named by another note or the last; back, it holds."""
    life, vault, folder = two.life, two.life.practice.vault, two.life.practice.folder
    life.add(NOTE)
    life.add(signed_form(), key=life.founder)
    life.add(WITHDRAWN, Effect.USE_STOPPED)
    by = actor(life.practice, life.founder)
    (done,) = rekey(vault, by, MOLE["patient"], "9990000026", at=NOON)
    assert done.tombstone.to is not None
    new = load(vault, *done.tombstone.to)
    for each in load_history(vault, new).additions:
        kept = (folder / each.note).read_bytes()
        (folder / each.note).unlink()
        with two.second() as theirs, pytest.raises(Damaged, match="a trail states it"):
            load_history(theirs, new)
        with two.second() as theirs:
            assert any(found.kind is Kind.MISSING for found in verify(theirs))
        (folder / each.note).write_bytes(kept)
    with two.second() as theirs:
        assert load_history(theirs, new) == load_history(vault, new)


def test_nobody_hides_that_what_a_hold_kept_was_destroyed(two: Two) -> None:
    """Its end taken away, and the keys put back, is missed by a computer that saw it and by one that never did."""
    life, folder = two.life, two.life.practice.folder
    life.add(HOLD, Effect.HELD)
    life.move_away()
    (hold,) = life.history.standing(Effect.HELD)
    life.add(LIFTED, Effect.RELEASED, ends=(hold.digest,), key=life.founder)
    ended = life.end_kept()
    assert (life.history.ended, life.history.is_over) == (ended, True)
    kept = (folder / ended.note).read_bytes()
    (folder / ended.note).unlink()
    with pytest.raises(Damaged, match="is not there: a trail states it"):
        life.history  # noqa: B018 - it is loaded
    with two.second() as theirs, pytest.raises(Damaged, match="is not there: a trail states it"):
        load_history(theirs, life.of)
    (folder / ended.note).write_bytes(kept)
    with two.second() as theirs:
        assert load_history(theirs, life.of) == life.history


def test_a_trail_is_read_once_and_gone_on_with(two: Two) -> None:
    """What was read is remembered; so is how far."""
    two.life.add(NOTE)
    with two.second() as vault:
        load_history(vault, two.life.of)
        first = trails_read(vault.station)
        assert recall_record(vault.station, two.life.of.record).stated == set(_digests(two.life))
        here = two.life.practice.vault.here.station
        assert set(first) == {here, vault.here.station}  # its own is one of them
        assert {name: number for name, (number, _) in first.items()} == {
            name: len(list(walk(vault, name))) for name in first
        }
    two.life.add(NOTE)
    with two.second() as vault:
        load_history(vault, two.life.of)
        assert trails_read(vault.station)[here][0] == first[here][0] + 1
        assert recall_record(vault.station, two.life.of.record).stated == set(_digests(two.life))


def _digests(life: Life) -> list[str]:
    return [each.digest for each in life.history.additions]


def test_what_an_administrator_accepted_as_lost_keeps_nothing_closed(two: Two) -> None:
    """After a restore: the practice goes on with what there is."""
    life = two.life
    lost = life.add(NOTE).additions[0]
    (life.practice.folder / lost.note).unlink()
    with pytest.raises(Damaged):
        two.exported()
    change_roster(life.practice, lambda newest: replace(newest, accepted=(*newest.accepted, lost.digest)))
    two.exported()


def test_a_trail_that_does_not_hold_keeps_no_record_closed_but_nothing_leaves(two: Two) -> None:
    """`show` goes on; a copy does not leave, since nobody appends to a damaged trail."""
    folder, station = two.life.practice.folder, two.life.practice.vault.here.station
    two.life.add(NOTE)
    newest = max((folder / layout.AUDIT / station).iterdir(), key=lambda path: int(path.stem))
    newest.write_bytes(flipped(newest.read_bytes()))
    with two.second() as vault:
        assert open_record(vault, two.life.of, two.life.keys)
    with pytest.raises(Error):
        two.exported()
    before, keys = sorted(folder.rglob("*.note")), (None, two.life.founder)
    with two.second() as vault:
        there = replace(two.life, practice=replace(two.life.practice, vault=vault))
        for key in keys:
            with pytest.raises(Damaged):
                there.add(NOTE, key=key)
    assert sorted(folder.rglob("*.note")) == before  # nor is anything added that nobody could enter


@pytest.mark.parametrize("data", [b"", b"nonsense", b"[]\n", b'{"notes":{},"stated":{}}\n'])
def test_a_memory_that_was_changed_is_none(practice: Practice, data: bytes) -> None:
    """And is written anew."""
    station, record = practice.vault.station, "a" * 32
    remember_record(station, record, RecordMemory(stated=frozenset({"b"})))
    (station.folder / "records" / record).write_bytes(data)
    (station.folder / "trails-read").write_bytes(data)
    assert recall_record(station, record) == RecordMemory()
    assert not trails_read(station)


def test_what_never_came_to_be_published_is_not_entered_for_somebody_elses_note(two: Two) -> None:
    """Of two who end a record at once one died before its tombstone: no trail states that."""
    life, here = two.life, two.life.practice.vault
    tombstone = layout.tombstone(life.of.folder, life.of.record)
    entry = {"act": "gone", "patient": life.of.folder, "record": life.of.record, "note": "0" * 64}
    begin_entry(here.station, tombstone, entry)
    founder = life.founder
    with two.second() as vault, vault.station.locked():
        theirs = load_history(vault, life.of)
        stated = Gone(
            folder=life.of.folder,
            record=life.of.record,
            manifest=life.of.digest,
            how=How.WITHDRAWN,
            knew=theirs.heads,
            at=NOON,
            heads=heads_now(vault),
            signer=Signer(""),
        )
        end(vault, theirs, stated, founder)
    with here.station.locked():
        finish_entries(here)
    assert not list(begun_entries(here.station))
    assert not [found for found in verify(life.practice.reopened()) if found.kind is Kind.MISSING]
    entered = [each for note in walk(here, here.here.station) for each in note.entries]
    assert entry not in entered
