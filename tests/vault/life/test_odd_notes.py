"""What is odd beside a record, or in this computer's memory of it, is refused in words, and bounds nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imgfile.clinical.record import additions
from imgfile.clinical.record.additions import Content
from imgfile.errors import Damaged, UsageError
from imgfile.record_state.begun_entries import begin_entry, begun_entries
from imgfile.record_state.memory import RecordMemory, recall_record, remember_record
from imgfile.vault import layout
from imgfile.vault.life import history, write
from imgfile.vault.roster.model import Seen
from kit.vault.lives import NOTE, Life
from kit.vault.practice import Practice, as_format_2, of_format_1


@pytest.mark.parametrize("data", [b"noise", b'{"gone":"","notes":[]}\n', b'{"gone":1,"notes":{}}\n', b"[]\n"])
def test_a_memory_that_cannot_be_read_is_none(practice: Practice, data: bytes) -> None:
    """The record is read, and remembered anew."""
    record = Life.begin(practice)
    digests = {str(each.thing): str(each.digest) for each in record.add(NOTE).additions}
    path = practice.vault.station.folder / "records" / record.of.record
    path.write_bytes(data)
    assert recall_record(practice.vault.station, record.of.record) == RecordMemory()
    assert record.history.missing == frozenset()
    assert recall_record(practice.vault.station, record.of.record).notes == digests


def test_what_another_run_of_this_computer_saw_meanwhile_stays_seen(practice: Practice) -> None:
    """Two runs at once: the one that saw less does not take away what the other one saw."""
    station = practice.vault.station
    remember_record(station, "a" * 32, RecordMemory({"b" * 32: "c" * 64}, "d" * 64))
    remember_record(station, "a" * 32, RecordMemory({"e" * 32: "f" * 64}))
    assert recall_record(station, "a" * 32) == RecordMemory({"b" * 32: "c" * 64, "e" * 32: "f" * 64}, "d" * 64)


def test_a_begun_entry_that_cannot_be_read_is_dropped(practice: Practice) -> None:
    """A run died while it wrote it, and published nothing."""
    station = practice.vault.station
    with station.locked():
        begin_entry(station, "x", {"act": "added"})
        (station.folder / "entries" / "torn").write_bytes(b'{"name"')
        assert [each.name for each in begun_entries(station)] == ["x"]
    assert not (station.folder / "entries" / "torn").exists()


def test_a_record_takes_so_many_additions_and_stays_readable(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more would have closed it; where two computers reached the bound at once it still opens."""
    record = Life.begin(practice)
    monkeypatch.setattr(write, "MAX_ADDITIONS", 2)
    monkeypatch.setattr(history, "MAX_ADDITIONS", 2)
    record.add(NOTE)
    record.add(NOTE)
    with pytest.raises(UsageError, match="has 2 additions, and no more"):
        record.add(NOTE)
    assert len(record.history.additions) == 2
    monkeypatch.setattr(history, "MAX_ADDITIONS", 0)
    with pytest.raises(Damaged, match="too many additions"):
        _ = record.history


def test_a_sealed_object_of_another_addition_says_what_belongs_elsewhere(practice: Practice) -> None:
    """Sealed anew to this one's key, under a note of this one: the place that it names is another's."""
    record = Life.begin(practice)
    dump = additions.dump

    def elsewhere(content: Content) -> bytes:
        return dump(replace(content, place=replace(content.place, vault="a" * 32)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(additions, "dump", elsewhere)
        record.add(NOTE)
    with pytest.raises(Damaged, match="belongs elsewhere"):
        record.opened()


@of_format_1
def test_no_addition_is_of_version_1_and_none_names_a_roster_of_format_1(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Additions began with format 2: who had which role no earlier roster says."""
    first: Seen = practice.vault.roster.seen
    moved = as_format_2(practice)
    record = Life.begin(moved)
    sign = type(moved.vault.station.signing_key).sign

    def signing(self, kind, vault, body, *, version=1):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - a key's own
        if kind == "addition":
            body = {**body, "roster": list(first)}
        return sign(self, kind, vault, body, version=version)

    def of_version_1(self, kind, vault, body, *, version=1):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - ditto
        return sign(self, kind, vault, body, version=1 if kind == "addition" else version)

    for forged, told in ((signing, "which is of format 1"), (of_version_1, "of version 1, which has none")):
        before = {*(moved.folder / layout.record(record.of.folder, record.of.record)).iterdir()}
        with monkeypatch.context() as patch:
            patch.setattr(type(moved.vault.station.signing_key), "sign", forged)
            with pytest.raises(Damaged, match=told):
                record.add(NOTE)
        for path in {*(moved.folder / layout.record(record.of.folder, record.of.record)).iterdir()} - before:
            path.unlink()
    assert record.history.additions == ()
