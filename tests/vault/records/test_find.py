"""Finding records by what people call them; listing those that exist."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from imgfile.errors import Damaged, UsageError
from imgfile.vault import layout
from imgfile.vault.records import find as records
from imgfile.vault.store.directory import Store
from kit.vault.lives import Life
from kit.vault.moving import Scene
from kit.vault.practice import Practice


def test_references_are_found_by_prefix(practice: Practice) -> None:
    """Four characters, any case, with or without the hyphen; o, i and l are read as 0, 1, 1."""
    filed = practice.file()
    reference = layout.reference(filed.record)
    for typed in (reference, reference[:4], reference.upper(), reference.replace("-", ""), reference[:6]):
        assert records.find(practice.vault, typed).record == filed.record
    assert layout.normalise_reference("OiL9-Abcd") == "0119-abcd"
    for nonsense in ("", "abc", "uuuu", "7f3k-q2ma-1", "../..", "é" * 5):
        with pytest.raises(UsageError, match="no record reference"):
            records.find(practice.vault, nonsense)
    with pytest.raises(UsageError, match="no record is called"):
        records.find(practice.vault, "0000-0000")


def test_an_ambiguous_prefix_names_its_records(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records that begin alike are both named, and none is chosen."""
    ids = iter(["aaaaaaaaaa" + "0" * 22, "aaaaabbbbb" + "0" * 22])
    real = layout.new_id
    practice.file(b"the key is made before")
    monkeypatch.setattr(layout, "new_id", lambda: next(ids, None) or real())
    one, two = practice.file(b"one"), practice.file(b"two")
    with pytest.raises(UsageError, match="names 2 records") as caught:
        records.find(practice.vault, layout.reference(one.record)[:4])
    assert layout.reference(two.record) in caught.value.message


def test_only_published_records_are_listed(practice: Practice) -> None:
    """Leftovers of a dead run, and names that are no records, are passed over."""
    filed = practice.file()
    (practice.folder / "patients" / "not-an-id").mkdir()
    (practice.folder / "patients" / filed.patient / ("f" * 32)).mkdir()
    assert list(records.patients(practice.vault)) == [filed.patient]
    assert [found.record for found in records.Catalogue().records_of(practice.vault, filed.patient)] == [filed.record]


def test_a_record_of_this_id_without_its_manifest_is_missing(practice: Practice) -> None:
    """Its folder is there; another of that name elsewhere leads to nothing either."""
    filed = practice.file()
    assert records.of_id(practice.vault, filed.record).folder == filed.patient
    (practice.folder / layout.record(filed.patient, filed.record) / layout.MANIFEST).unlink()
    with pytest.raises(Damaged) as caught:
        records.of_id(practice.vault, filed.record)
    assert caught.value.message == f"the record {layout.reference(filed.record)} is missing from the vault."


def test_what_is_damaged_was_filed_from_nothing(practice: Practice) -> None:
    """It names the record, and does not hold: `verify` reports it, and whoever moves that record goes on."""
    scene = Scene(Life.begin(practice))
    new = scene.new(scene.move())
    assert records.filed_from(practice.vault, scene.old.record) == [new]
    path = practice.folder / layout.record(new.folder, new.record) / layout.MANIFEST
    path.write_bytes(path.read_bytes()[:-9])
    assert records.filed_from(practice.vault, scene.old.record) == []


def test_a_run_reads_each_manifest_once_and_whatever_is_new(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names are listed each time: a record that another run adds is found, one whose folder is gone is not."""
    one, two = practice.file(b"one"), practice.file(b"two")
    read, catalogue = Counter[str](), records.Catalogue()
    real = Store.read

    def counted(store: Store, name: str) -> bytes:
        read[name] += name.endswith(layout.MANIFEST)
        return real(store, name)

    monkeypatch.setattr(Store, "read", counted)

    def found() -> set[str]:
        return {each.record for each in catalogue.records_of(practice.vault, one.patient)}

    assert found() == found() == {one.record, two.record}
    three = practice.file(b"three")
    read.clear()
    assert found() == found() == {one.record, two.record, three.record}
    assert read == {f"{layout.record(three.patient, three.record)}/{layout.MANIFEST}": 1}
    shutil.rmtree(practice.folder / layout.record(two.patient, two.record))
    assert found() == {one.record, three.record}


def test_a_manifest_that_does_not_hold_is_read_until_it_does(practice: Practice) -> None:
    """What is damaged is never kept in mind: neither as missing, nor as sound."""
    filed, catalogue = practice.file(), records.Catalogue()
    path = practice.folder / layout.record(filed.patient, filed.record) / layout.MANIFEST
    sound = path.read_bytes()
    path.write_bytes(b"damaged")
    for _ in range(2):
        with pytest.raises(Damaged):
            list(catalogue.records_of(practice.vault, filed.patient))
    path.write_bytes(sound)
    assert [found.record for found in catalogue.records_of(practice.vault, filed.patient)] == [filed.record]


def test_a_forged_directory_makes_no_reference_ambiguous_and_hides_no_record(practice: Practice) -> None:
    """Whoever may write to the share could keep a photo from being looked at, or every photo from being listed."""
    filed = practice.file()
    reference = layout.reference(filed.record)
    forged = practice.folder / "patients" / ("0" * 32) / (filed.record[:10] + "0" * 22)
    forged.mkdir(parents=True)
    (forged / layout.MANIFEST).write_bytes(b"forged")
    (practice.folder / "patients" / ("1" * 32)).write_bytes(b"a file")
    assert records.find(practice.vault, reference).record == filed.record
    manifest_note = practice.folder / layout.record(filed.patient, filed.record) / layout.MANIFEST
    manifest_note.write_bytes(b"damaged")
    with pytest.raises(Damaged):
        records.find(practice.vault, reference)
