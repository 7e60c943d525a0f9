"""Adding to a record is crash-only: a note without its entry is entered by the next act of the same computer."""

from __future__ import annotations

from typing import Any

import pytest

from imgfile.device import ReadBack
from imgfile.errors import Damaged, NotWritable
from imgfile.notes import Body
from imgfile.record_state.begun_entries import begin_entry
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import write
from imgfile.vault.life.addition import Effect
from imgfile.vault.store.directory import Store
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail import chain
from kit.vault.harm import flipped
from kit.vault.lives import HOLD, LIFTED, NOTE, Life, with_senior
from kit.vault.practice import Practice


def test_a_note_whose_entry_never_came_is_entered_by_the_next_act(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run died between the two."""
    record = Life.begin(practice)
    with monkeypatch.context() as patch:
        patch.setattr(chain, "append", _fails)
        with pytest.raises(NotWritable):
            record.add(NOTE)
    assert [finding.kind for finding in verify(practice.vault)] == [Kind.UNFINISHED]
    assert len(record.history.additions) == 1
    record.add(NOTE)
    assert list(verify(practice.vault)) == []
    assert len(record.history.additions) == 2


def test_what_is_sealed_is_durable_and_read_back_before_its_note_and_that_before_its_entry(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the file system writes first, no note names what a power cut took away."""
    record, seen = Life.begin(practice), list[tuple[str, str]]()
    for name in ("create", "sync", "read_back", "publish"):
        real = getattr(Store, name)

        def noted(self: Store, where: str, *rest: Any, name: str = name, real: Any = real) -> object:  # noqa: ANN401
            seen.append((name, where))
            return real(self, where, *rest)

        monkeypatch.setattr(Store, name, noted)
    (added,) = record.add(NOTE).additions
    here = layout.record(record.of.folder, record.of.record)
    sealed, (entry,) = f"{here}/{added.name}", [each for each in seen if each[1].startswith(layout.AUDIT)]
    wanted = [("create", sealed), ("sync", here), ("read_back", sealed), ("publish", added.note), entry]
    assert [each for each in seen if each in wanted] == wanted


def test_what_does_not_read_back_as_it_was_sealed_is_not_stated(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that lies: no note names it, and the record is what it was."""
    record, real = Life.begin(practice), Store.read_back

    def lies(self: Store, name: str) -> tuple[bytes, ReadBack]:
        data, how = real(self, name)
        return (flipped(data) if name.startswith(layout.PATIENTS) else data), how

    with monkeypatch.context() as patch:
        patch.setattr(Store, "read_back", lies)
        with pytest.raises(Damaged, match="does not read back as it was written"):
            record.add(NOTE)
    assert record.history.additions == ()


def test_an_entry_that_was_begun_without_its_note_is_dropped(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note never came to be: there is nothing to enter."""
    record = Life.begin(practice)
    with monkeypatch.context() as patch:
        patch.setattr(type(practice.vault.store), "publish", _fails)
        with pytest.raises(NotWritable):
            record.add(NOTE)
    assert {finding.kind for finding in verify(practice.vault)} == {Kind.UNFINISHED}
    with practice.vault.station.locked():
        write.finish_entries(practice.vault)
    assert list((practice.vault.station.folder / "entries").iterdir()) == []


@pytest.mark.parametrize("name", [layout.GONE, layout.ENDED])
def test_an_entry_of_a_name_that_somebody_elses_note_took_is_dropped(practice: Practice, name: str) -> None:
    """Two began to end the same thing at once: the slower one's note never came to be, though its name is there."""
    record, vault = Life.begin(practice), practice.vault
    where, mine = f"{layout.record(record.of.folder, record.of.record)}/{name}", {"act": "ended", "note": "0" * 64}
    vault.store.publish(where, b"somebody else's\n")
    before = vault.station.seen_heads()
    with vault.station.locked():
        begin_entry(vault.station, where, mine)
        write.finish_entries(vault)
    assert vault.station.seen_heads() == before
    assert list((vault.station.folder / "entries").iterdir()) == []


def _taking(name: str, practice: Practice, patch: pytest.MonkeyPatch) -> None:
    """Let somebody take a note away before its entry is made, as whoever may write to the share can."""
    real = chain.append

    def append(vault: Vault, entries: list[Body]) -> object:
        (practice.folder / name).unlink(missing_ok=True)
        return real(vault, entries)

    patch.setattr(chain, "append", append)


def test_what_is_taken_away_while_it_is_stated_is_not_called_done(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither that a record is gone, nor that what it kept has ended: no key goes on it."""
    record = Life.begin(with_senior(practice))
    record.add(HOLD, Effect.HELD)
    of = record.of
    with monkeypatch.context() as patch:
        _taking(layout.tombstone(of.folder, of.record), practice, patch)
        with pytest.raises(Damaged, match=f"{layout.GONE} is not there, though it was written"):
            record.move_away()
    record.move_away()
    (hold,) = record.history.standing(Effect.HELD)
    record.add(LIFTED, Effect.RELEASED, ends=(hold.digest,), key=record.founder)
    with monkeypatch.context() as patch:
        _taking(layout.ended(of.folder, of.record), practice, patch)
        with pytest.raises(Damaged, match=f"{layout.ENDED} is not there, though it was written"):
            record.end_kept()
    assert isinstance(of.key, ThingKey)
    assert practice.vault.store.exists(of.key.name)


def test_of_two_who_end_what_was_kept_the_first_counts(practice: Practice) -> None:
    """The second one gets the first one's end, and states none."""
    record = Life.begin(with_senior(practice))
    record.add(HOLD, Effect.HELD)
    record.move_away()
    (hold,) = record.history.standing(Effect.HELD)
    record.add(LIFTED, Effect.RELEASED, ends=(hold.digest,), key=record.founder)
    first = record.end_kept()
    assert record.end_kept() == first
    assert [finding.message for finding in verify(practice.vault) if finding.where == first.note] == []


def _fails(*_: object, **__: object) -> None:
    raise NotWritable("the disk is full.")
