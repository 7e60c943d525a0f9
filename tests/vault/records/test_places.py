"""Finding a record by its reference without a look at them all, by an index that only finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import notes
from imgfile.clinical.proofs import PatientFolder, RecordId, Verified
from imgfile.errors import Damaged, UsageError
from imgfile.record_state.places import kept_places
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records.find import find, of_id
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.memory_store import MemoryStore
from kit.vault.practice import PHOTO, Practice

STUBS = 300
LISTED: list[str] = []


class ListingStore(MemoryStore):
    """Counts which folders are listed."""

    def names(self, folder: str) -> Iterator[str]:
        """List a folder, and count that."""
        LISTED.append(folder)
        return super().names(folder)


def in_memory(vault: Vault) -> Vault:
    """Return a vault in memory, among records of other patients."""
    store = ListingStore.copy_of(vault.store)
    for number in range(STUBS):
        place = layout.record(PatientFolder(f"{number:032x}"), RecordId(f"{number:032x}"))
        store.objects[f"{place}/{layout.MANIFEST}"] = b""
    return replace(vault, store=store)


def file(practice: Practice, number: int) -> Verified:
    """File a mole."""
    return practice.file_decided(filed(MOLE), PHOTO + bytes([number]))


def patients_listed() -> int:
    """Return how many patients' directories were listed since this was asked last."""
    count = sum(name.startswith(f"{layout.PATIENTS}/") for name in LISTED)
    LISTED.clear()
    return count


def names(vault: Vault, done: Verified, digits: int = 9) -> bool:
    """Return whether a reference's beginning leads to a record."""
    return find(vault, layout.reference(done.record)[:digits]).record == done.record


def test_the_first_look_goes_everywhere_and_later_ones_nowhere(practice: Practice) -> None:
    """By the whole reference, by its beginning, and by id."""
    first, second = file(practice, 1), file(practice, 2)
    vault = in_memory(practice.vault)
    LISTED.clear()
    assert names(vault, first)
    assert patients_listed() > STUBS
    assert names(vault, second)
    assert names(vault, second, 6)
    assert of_id(vault, first.record).record == first.record
    assert patients_listed() == 0


def test_what_was_filed_since_is_found_by_the_trail(practice: Practice) -> None:
    """By another run of this computer, as by any other: the notes that are new are read, and nothing else."""
    first = file(practice, 1)
    assert names(in_memory(practice.vault), first)
    kept = kept_places(practice.vault.station)
    later = file(practice, 2)
    vault = in_memory(practice.vault)
    LISTED.clear()
    assert names(vault, later)
    assert patients_listed() == 0
    newer = kept_places(practice.vault.station)
    assert kept is not None
    assert newer is not None
    assert sum(newer.trails.values()) == sum(kept.trails.values()) + 1
    assert len(newer.lines) > len(kept.lines)


def test_an_index_that_grew_too_large_is_not_kept(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are found by their directories."""
    first = file(practice, 1)
    monkeypatch.setattr("imgfile.record_state.places.MAX_BYTES", 9)
    assert names(practice.vault, first)
    assert kept_places(practice.vault.station) is None


def test_of_very_many_notes_none_is_read(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directories themselves are quicker: the index is made anew by them."""
    first = file(practice, 1)
    assert names(practice.vault, first)
    later = [file(practice, number) for number in (2, 3)]
    monkeypatch.setattr("imgfile.vault.records.places._MOST_NEWS", 1)
    assert all(names(practice.vault, each) for each in later)
    kept = kept_places(practice.vault.station)
    assert kept is not None
    assert [*kept.trails.values()] == [3]


def test_a_note_of_a_trail_that_says_nothing_leads_nowhere(practice: Practice) -> None:
    """Damaged, or of a station gone bad: `verify` reports it, and a record is found all the same."""
    first = file(practice, 1)
    assert names(practice.vault, first)
    later, here = file(practice, 2), practice.vault.here.station
    path, index = practice.folder / layout.trail(here, 2), practice.vault.station.folder / "places"
    body, before = notes.parse(path.read_bytes()).body, index.read_bytes()
    entries: tuple[object, ...] = (
        3,
        ["filed"],
        [{"record": 3, "patient": []}],
        [{"record": "../x", "patient": "../x"}],
    )
    for said in (b"damaged", *(practice.vault.sign("audit", {**body, "entries": each}).encode() for each in entries)):
        path.write_bytes(said)
        index.write_bytes(before)
        assert names(practice.vault, first)
        assert names(practice.vault, later)


def test_a_record_that_no_trail_states_is_found_all_the_same(practice: Practice) -> None:
    """Of a run that died: that something is not there is never said by the index."""
    first = file(practice, 1)
    assert names(practice.vault, first)
    unstated = practice.file(PHOTO + b"2")
    assert names(practice.vault, unstated)
    with pytest.raises(UsageError, match="no record is called"):
        find(practice.vault, "zzzz-zzzz")


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"broken",
        b"{}\n",
        b'{"x":"1"}\n',
        b'{"x":-1}\n',
        b'{"x":1}\n' + b"z" * 65,
        b"\xff" * 500,
        b"{}\n" + b"0" * 64,
    ],
)
def test_an_index_that_is_lost_or_changed_costs_time_and_no_more(practice: Practice, written: bytes) -> None:
    """Whatever stands there, a record that is there is found, and it is made anew."""
    first = file(practice, 1)
    assert names(practice.vault, first)
    path = practice.vault.station.folder / "places"
    good = path.read_bytes()
    path.write_bytes(written)
    assert names(practice.vault, first)
    assert path.read_bytes() == good or written.startswith(b"{")


def test_one_that_leads_astray_is_looked_past(practice: Practice) -> None:
    """To a directory that is not there; and a name that could become a path leads nowhere."""
    first = file(practice, 1)
    assert names(practice.vault, first)
    path = practice.vault.station.folder / "places"
    header, _, lines = path.read_bytes().partition(b"\n")
    for folder in (b"0" * 32, b"/etc" * 8, b"../." * 8):
        path.write_bytes(header + b"\n" + first.record.encode() + folder + b"\n")
        assert names(practice.vault, first)
    assert path.read_bytes().partition(b"\n")[2] == lines


def test_two_whose_references_begin_alike_are_told_apart_with_the_index_too(practice: Practice) -> None:
    """The one that was filed later is news."""
    first = file(practice, 1)
    assert names(practice.vault, first)
    beginning = layout.reference(first.record)[:4]
    twin = RecordId(first.record[:5] + layout.new_id()[5:])
    twin = RecordId(twin[:5] + ("0" if first.record[5] != "0" else "1") + twin[6:])
    assert layout.reference(twin).startswith(beginning)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kit.vault.practice.layout.new_id", lambda: twin)
        second = practice.file_decided(filed(RASH), PHOTO + b"twin")
    assert second.record == twin
    with pytest.raises(UsageError, match="names 2 records"):
        find(practice.vault, beginning)
    assert names(practice.vault, second)
    assert names(practice.vault, first)


def test_after_an_older_backup_was_restored_everything_is_looked_at(practice: Practice, tmp_path: Path) -> None:
    """A trail that is shorter than it was is another past."""
    first, second = file(practice, 1), file(practice, 2)
    assert names(practice.vault, second)
    (practice.folder / layout.trail(practice.vault.here.station, 2)).unlink()
    (practice.folder / layout.record(second.patient, second.record) / layout.MANIFEST).unlink()
    assert names(practice.vault, first)
    kept = kept_places(practice.vault.station)
    assert kept is not None
    assert set(kept.trails.values()) == {1}
    with pytest.raises(UsageError):
        names(practice.vault, second)
    assert tmp_path.exists()


def test_a_damaged_manifest_is_reported_whoever_leads_to_it(practice: Practice) -> None:
    """The index is no witness."""
    first = file(practice, 1)
    assert names(practice.vault, first)
    (practice.folder / layout.record(first.patient, first.record) / layout.MANIFEST).write_bytes(b"broken")
    with pytest.raises(Damaged):
        names(practice.vault, first)


def test_each_beginning_of_a_reference_leads_to_the_ids_that_are_called_so(practice: Practice) -> None:
    """From four characters on; the lowest and the highest of them, and no further."""
    del practice
    for _ in range(50):
        record = RecordId(layout.new_id())
        for digits in (4, 6, 7, 8, 9):
            wanted = layout.normalise_reference(layout.reference(record)[:digits])
            assert wanted is not None
            low, high = layout.ids_called(wanted)
            assert low <= record[:10] <= high
            for edge in (low, high):
                assert layout.reference(RecordId(edge + "0" * 22)).startswith(wanted)
            below, above = int(low, 16) - 1, int(high, 16) + 1
            for outside in (below, above):
                if 0 <= outside < 1 << 40:
                    assert not layout.reference(RecordId(f"{outside:010x}" + "0" * 22)).startswith(wanted)
