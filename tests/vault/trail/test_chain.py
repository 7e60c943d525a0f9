"""Appending to the trail: each note follows the last one, durably."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import notes, station
from imgfile.clinical.proofs import Erasure, Evidence
from imgfile.errors import Damaged, NotWritable
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.store.directory import Store
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail import read as trail
from imgfile.vault.trail.entries import erased_entry, remains_entry
from kit.vault.erasure import refusing, stand_in
from kit.vault.power import watched_power
from kit.vault.practice import NOON, Practice, enrol_second_station, of_each_format, of_format_1, resigned


@of_each_format
def test_the_trail_is_a_chain_with_other_stations_heads(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each note names the one before and what was seen of the others, so a cut tail is provable elsewhere."""
    first = practice.file(b"one")
    [released] = permissions.release(practice.vault, [first], at=NOON)
    erasure = Erasure(Evidence.E3)
    note = chain.append(practice.vault, [erased_entry(first.record, erasure, at=NOON)])
    assert note.body["previous"] == released.audit_digest
    enrolled = enrol_second_station(practice, tmp_path / "second")
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
    second = Practice(open_vault(enrolled), practice.folder, practice.recovery_file)
    seen = chain.append(second.vault, [remains_entry(first.record, at=NOON)])
    here = practice.vault.here.station
    assert seen.body["heads"] == {here: [2, note.digest]}
    assert list(verify(second.vault)) == []
    (practice.folder / layout.trail(here, 2)).unlink()
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "third"))  # a new installation, which remembers nothing
    first_seen = replace(enrolled.pin, highest=1, highest_digest=enrolled.pin.first_digest)
    forgetful = station.pin(first_seen)
    assert Kind.CUT in {finding.kind for finding in verify(open_vault(forgetful))}


def test_a_trail_changed_behind_this_stations_back_stops_it(practice: Practice) -> None:
    """What this station wrote itself must still be there before it writes on."""
    filed = practice.file(b"one")
    permissions.release(practice.vault, [filed], at=NOON)
    permissions.release(practice.vault, [filed], at=NOON)
    here = practice.vault.here.station
    newest = practice.folder / layout.trail(here, 2)
    kept = newest.read_bytes()
    resigned(practice, "audit", layout.trail(here, 2), lambda body: {**body, "entries": []})
    with pytest.raises(Damaged, match="saw before"):
        chain.append(practice.vault, [])
    newest.write_bytes(kept)
    resigned(practice, "audit", layout.trail(here, 1), lambda body: {**body, "entries": []})
    practice.vault.station.remember_heads({})
    with pytest.raises(Damaged, match="does not follow"):
        chain.append(practice.vault, [])
    assert {finding.kind for finding in verify(practice.vault)} >= {Kind.DAMAGED}


def entries(number: int) -> list[Body]:
    """Make an entry that is reported from others."""
    return [{"act": "tried", "number": number}]


@of_each_format
def test_each_note_follows_the_one_before(practice: Practice) -> None:
    """Numbered from one, naming the digest of the last, holding its entries in order, in a file of its number."""
    here = practice.vault.here.station
    first = chain.append(practice.vault, entries(1))
    second = chain.append(practice.vault, entries(2) + entries(3))
    assert first.kind == "audit"
    roster = practice.vault.roster
    knew: Body = {} if roster.is_format_1 else {"roster": [1, roster.note.digest]}
    assert first.body == knew | {"number": 1, "previous": "", "heads": {}, "entries": entries(1)}
    assert second.body == knew | {
        "number": 2,
        "previous": first.digest,
        "heads": {},
        "entries": entries(2) + entries(3),
    }
    for number, note in enumerate((first, second), 1):
        assert (practice.folder / f"audit/{here}/{number}.note").read_bytes() == note.encode()
    assert practice.vault.station.seen_heads() == {here: (2, second.digest)}
    assert [finding.kind for finding in verify(practice.vault)] == []


def test_a_station_without_a_memory_walks_its_trail_from_the_start(practice: Practice) -> None:
    """Whatever is remembered, the next note has the next number."""
    here = practice.vault.here.station
    chain.append(practice.vault, entries(1))
    second = chain.append(practice.vault, entries(2))
    for heads in ({}, {here: (1, trail.load(practice.vault, here, 1).digest)}):
        practice.vault.station.remember_heads(heads)
        assert chain._newest(practice.vault, here, heads.get(here, trail.EMPTY)) == (2, second.digest)
    assert chain.append(practice.vault, entries(3)).body["previous"] == second.digest


def test_a_head_is_remembered_only_when_its_note_would_survive_a_power_cut(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else this station would call its own vault damaged, for a note that never was."""
    real, seen = station.Station.remember_heads, []
    name = layout.trail(practice.vault.here.station, 1)

    with watched_power(practice.folder) as power:

        def remembering(here: station.Station, heads: dict[str, trail.Head], *, is_durable: bool) -> None:
            seen.append(power.survives(name))
            real(here, heads, is_durable=is_durable)

        monkeypatch.setattr(station.Station, "remember_heads", remembering)
        chain.append(practice.vault, [])
        assert power.survives(name)
    assert seen == [True]


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_note_that_cannot_be_written_is_not_remembered(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """The next run writes it anew, and the chain goes on."""
    first = chain.append(practice.vault, entries(1))
    before = practice.vault.station.seen_heads()
    with monkeypatch.context() as patch:
        stand_in(refusing(call, errno.EIO), patch.setattr)
        with pytest.raises(NotWritable):
            chain.append(practice.vault, entries(2))
    assert practice.vault.station.seen_heads() == before
    assert not (practice.folder / layout.trail(practice.vault.here.station, 2)).exists()
    assert chain.append(practice.vault, entries(2)).body["previous"] == first.digest


def test_nothing_is_written_over_a_note_that_is_there(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that do not know of each other write one number: one of them is refused, and says so."""
    chain.append(practice.vault, entries(1))
    name = practice.folder / layout.trail(practice.vault.here.station, 1)
    kept = name.read_bytes()
    monkeypatch.setattr(chain, "_newest", lambda *_: trail.EMPTY)
    with pytest.raises(NotWritable, match="File exists"):
        chain.append(practice.vault, entries(2))
    assert name.read_bytes() == kept


def test_what_was_seen_must_still_be_there(practice: Practice) -> None:
    """Gone, replaced, or not following: each stops the station, and says to look before anything is filed."""
    here = practice.vault.here.station
    for number in (1, 2, 3):
        chain.append(practice.vault, entries(number))
    names = {number: layout.trail(here, number) for number in (1, 2, 3)}
    heads = practice.vault.station.seen_heads()
    last = practice.folder / names[3]
    kept = last.read_bytes()
    last.unlink()
    with pytest.raises(Damaged, match=f"^{names[3]} is missing"):
        chain.append(practice.vault, [])
    last.write_bytes(kept)
    practice.vault.station.remember_heads({here: (3, "0" * 64)})
    with pytest.raises(Damaged, match=f"^{names[3]} is not the note this computer saw before") as caught:
        chain.append(practice.vault, [])
    assert caught.value.hint == CUT
    practice.vault.station.remember_heads({here: (2, trail.load(practice.vault, here, 2).digest)})
    resigned(practice, "audit", names[3], lambda body: {**body, "previous": "0" * 64})
    with pytest.raises(Damaged, match=f"^{names[3]} does not follow the note before it") as caught:
        chain.append(practice.vault, [])
    assert caught.value.hint == CUT
    assert heads == {here: (3, notes.parse(kept).digest)}


@of_each_format
def test_every_other_stations_head_is_walked_remembered_and_stated(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one's own: that is `previous`. A station that has written nothing has no head."""
    enrolled = enrol_second_station(practice, tmp_path / "second")
    first = practice.reopened()
    here, there = first.here.station, enrolled.pin.station
    assert chain.append(first, entries(1)).body["heads"] == {}
    with monkeypatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        second = open_vault(enrolled)
        own = chain.append(second, entries(1))
        assert own.body["heads"] == {here: [1, trail.load(second, here, 1).digest]}
        newest = chain.append(second, entries(2))
    assert newest.body["previous"] == own.digest
    last = chain.append(first, entries(2))
    assert last.body["heads"] == {there: [2, newest.digest]}
    assert first.station.seen_heads() == {here: (2, last.digest), there: (2, newest.digest)}
    (practice.folder / layout.trail(there, 2)).unlink()
    with pytest.raises(Damaged, match="is missing"):
        chain.append(first, entries(3))


@of_each_format
def test_a_run_reads_what_it_saw_of_another_trail_once_and_looks_for_its_name_each_time(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run reads it again, and this station's own is read each time. Evidence states what was seen."""
    there, theirs = _another_that_wrote(practice, tmp_path, monkeypatch, entries(1))
    first = practice.reopened()
    seen = {there: [1, theirs.digest]}
    assert chain.append(first, entries(1)).body["heads"] == seen
    read, real = list[str](), Store.read

    def reading(store: Store, name: str, *, limit: int | None = None) -> bytes:
        read.append(name)
        return real(store, name, limit=limit)

    monkeypatch.setattr(Store, "read", reading)
    for vault, again in ((first, []), (another := practice.reopened(), [there]), (another, [])):
        read.clear()
        assert chain.append(vault, entries(1)).body["heads"] == seen
        assert [name.split("/")[1] for name in read if name.startswith("audit/")] == [vault.here.station, *again]
    name = practice.folder / layout.trail(there, 1)
    kept = name.read_bytes()
    name.unlink()
    assert chain.append(vault, entries(1), is_evidence=True).body["heads"] == seen
    with pytest.raises(Damaged, match="is missing"):
        chain.append(vault, entries(2))
    name.write_bytes(kept.replace(b"tried", b"trued"))
    with pytest.raises(Damaged, match="is not the note this computer saw before"):
        chain.append(practice.reopened(), entries(2))


def _another_that_wrote(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stated: list[Body]
) -> tuple[str, notes.Note]:
    """Enrol another station, have it write its first note, and return its id and the note."""
    enrolled = enrol_second_station(practice, tmp_path / "second")
    with monkeypatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        return enrolled.pin.station, chain.append(open_vault(enrolled), stated)


CUT = (
    "The audit trail was changed. File nothing until you know why:  imgfile verify\n"
    "A backup was restored, and there is no newer one?  imgfile vault accept-loss"
)


@of_format_1
def test_a_run_that_began_before_the_vault_was_moved_enters_nothing(practice: Practice) -> None:
    """Another imgfile of this account has seen the roster that did, so version 1 is not what it would state."""
    practice.vault.station.remember(lambda seen: seen.raised(2, "2" * 64))
    before = sorted(practice.folder.rglob("*"))
    with pytest.raises(NotWritable, match=r"^who belongs to the practice was changed while this ran\.$") as caught:
        chain.append(practice.vault, [])
    assert caught.value.hint == "Run the same command again."
    assert sorted(practice.folder.rglob("*")) == before
