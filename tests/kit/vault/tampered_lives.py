"""What has become of records and of the inbox in a vault that is attacked, and the attacks on that alone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from imgfile import notes, station
from imgfile.clinical.record.additions import HandOver
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.life.addition import Addition
from imgfile.vault.life.gone import Gone
from imgfile.vault.records import manifest
from imgfile.vault.records.item import Item
from kit.vault.filings import MOLE, filed
from kit.vault.inbox import put, reject
from kit.vault.lives import Life, signed_form
from kit.vault.moving import RIGHT, Scene
from kit.vault.practice import NOON, Practice


@dataclass(frozen=True)
class Lives:
    """One of each thing that a record's life and the inbox leave; two of some, so that they can be exchanged."""

    hand_overs: tuple[Addition, Addition]
    form: Addition
    moved: tuple[Gone, Gone]
    waiting: tuple[Item, Item]
    rejected: tuple[Item, Item]

    def places(self, at: int) -> dict[str, str]:
        """Name where each lies: the first ones, or those beside them."""
        moved, waiting, rejected = self.moved[at], self.waiting[at], self.rejected[at]
        assert moved.key is not None
        places = {
            "a moved record's tombstone": moved.note,
            "a moved record's answers": layout.addition_object(
                moved.folder, moved.record, layout.ThingId(moved.key.thing)
            ),
            "the key of a moved record's answers": moved.key.name,
            "an item's note": f"{layout.item(waiting.item)}/{layout.MANIFEST}",
            "an item's photo": f"{layout.item(waiting.item)}/{layout.IMAGE}",
            "an item's facts": f"{layout.item(waiting.item)}/{layout.FACTS}",
            "an item's key": waiting.key.name,
            "what settles an item": f"{layout.item(rejected.item)}/{layout.GONE}",
        }
        handed = self.hand_overs[at]
        places["a hand-over"] = handed.note
        places["what a hand-over says"] = layout.addition_object(handed.folder, handed.record, handed.thing)
        places["a hand-over's key"] = layout.thing_key(handed.folder, handed.thing)
        if at == 0:
            form = self.form
            places["a signed form that was added"] = layout.addition_object(form.folder, form.record, form.thing)
            places["the note of a signed form"] = form.note
            places["the key of a signed form"] = layout.thing_key(form.folder, form.thing)
        return places


def live(practice: Practice, by: Life) -> Lives:
    """Hand a record over, add a signed form to it, move two others, and fill the inbox."""
    handed = [by.add(HandOver(where=where, on=date(2026, 11, 22))).additions[-1] for where in ("EMIS", "SystmOne")]
    form = by.add(signed_form(), key=by.founder).additions[-1]
    moved = tuple(_moved(practice, data) for data in (b"one moved", b"another moved"))
    waiting = tuple(put(practice, data=data) for data in (b"one waits", b"another waits"))
    rejected = tuple(put(practice, data=data) for data in (b"one rejected", b"another rejected"))
    for each in rejected:
        reject(practice.vault, each, Scene(by).by)
    two = (moved[0], moved[1])
    return Lives((handed[0], handed[1]), form, two, (waiting[0], waiting[1]), (rejected[0], rejected[1]))


def _moved(practice: Practice, data: bytes) -> Gone:
    done = practice.file_decided(filed(MOLE), data)
    life = Life(practice, manifest.load(practice.vault, done.patient, done.record), at=NOON)
    return Scene(life).move({**RIGHT, "patient": "9990000042"}).tombstone


# --- attacks ------------------------------------------------------------------------------------------------


def plant_an_end(folder: Path, lives: Lives) -> None:
    """Say of a moved record that what a hold kept of it was destroyed."""
    stone = folder / lives.moved[0].note
    shutil.copy(stone, stone.with_name("ended.note"))


def settle_another(folder: Path, lives: Lives) -> None:
    """Put what settles an item in another one's place, and take that one's key."""
    theirs = lives.waiting[0]
    shutil.copy(folder / layout.item(lives.rejected[0].item) / layout.GONE, folder / layout.item(theirs.item))
    (folder / theirs.key.name).unlink()


def unsettle(folder: Path, lives: Lives) -> None:
    """Take away that an item was rejected."""
    (folder / layout.item(lives.rejected[0].item) / layout.GONE).unlink()


def take_an_item(folder: Path, lives: Lives) -> None:
    """Take an item away, with its key."""
    shutil.rmtree(folder / layout.item(lives.waiting[0].item))
    (folder / lives.waiting[0].key.name).unlink()


def item_by_a_closed_station(folder: Path, lives: Lives, state: Path) -> None:
    """Sign an item's note anew, as a computer that was retired."""
    path = folder / layout.item(lives.waiting[0].item) / layout.MANIFEST
    note = notes.parse(path.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(state))
        (pin,) = station.known_vaults()
        key = Station(pin).signing_key
    path.write_bytes(key.sign(note.kind, note.vault, note.body, version=note.version).encode())


def hide_an_addition(folder: Path, lives: Lives) -> None:
    """Take an addition away, with what it says and its key, as an older copy of the record is without it."""
    added = lives.form
    assert added.key is not None
    for name in (added.note, layout.addition_object(added.folder, added.record, added.thing), added.key.name):
        (folder / name).unlink()
