"""A tombstone leads to what was filed from its record, and its word is taken for nothing else.

Whoever has a clinician's key could else let one patient's photo count as another's, and have its keys removed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.check.gone_keys import clean_gone_keys
from imgfile.acts.life import leading
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import gone
from imgfile.vault.life import history as life
from imgfile.vault.life.gone import How
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Cause, Manifest, Origin, stems_from
from imgfile.vault.thing_key import ThingKey
from kit.vault.filings import MOLE, filed
from kit.vault.harm import flipped
from kit.vault.lives import Life, with_senior
from kit.vault.moving import Scene
from kit.vault.practice import NOON, PHOTO, Practice
from kit.vault.tampered_rekeys import forge

OTHER = {**MOLE, "patient": "9990000026"}


def place(of: Manifest) -> tuple[PatientFolder, RecordId]:
    """Return where a record lies."""
    return of.folder, of.record


def found(practice: Practice) -> set[tuple[Kind, str]]:
    """Return what `verify` finds."""
    return {(each.kind, each.where) for each in verify(practice.reopened())}


@pytest.mark.parametrize(
    ("data", "says_so"),
    [(b"another photo", False), (PHOTO, False), (b"another photo", True)],
    ids=["another photo", "the same photo of another patient", "another photo that says it was filed from there"],
)
def test_one_that_leads_to_what_was_not_filed_from_its_record_is_refused(
    practice: Practice, data: bytes, *, says_so: bool
) -> None:
    """By whoever reads the record, and nobody removes a key on its word; `verify` names it."""
    mine = Life.begin(practice)
    moved_from = replace(mine.of, same_mark="ab" * 16) if says_so else None
    theirs = practice.file_decided(filed(OTHER), data, moved_from=moved_from)
    forge(practice, mine.history, (theirs.patient, theirs.record))
    stone = layout.tombstone(mine.of.folder, mine.of.record)
    leading = gone.load(practice.vault, mine.of.folder, mine.of.record)
    assert not life.History(mine.of, (), leading).leads_to_photo(practice.vault)
    with pytest.raises(Damaged, match=f"^{stone} leads to a record that was not filed from {mine.of.reference}"):
        _ = mine.history
    assert clean_gone_keys(practice.vault) == 0
    assert isinstance(mine.of.key, ThingKey)
    assert practice.vault.store.exists(mine.of.key.name)
    assert (Kind.DAMAGED, stone) in found(practice)


def test_one_that_leads_to_nothing_ends_its_record_all_the_same(practice: Practice) -> None:
    """What is gone is gone; its key stays, and `verify` misses what it leads to."""
    mine = Life.begin(practice)
    forge(practice, mine.history, (mine.of.folder, RecordId("d" * 32)))
    assert mine.history.gone is not None
    assert not mine.history.leads_to_photo(practice.vault)
    assert leading.finish(practice.vault, mine.history) is None
    assert isinstance(mine.of.key, ThingKey)
    assert practice.vault.store.exists(mine.of.key.name)
    assert clean_gone_keys(practice.vault) == 0
    assert (Kind.MISSING, layout.tombstone(mine.of.folder, mine.of.record)) in found(practice)


def test_a_forged_one_does_not_make_the_true_record_a_second_one(practice: Practice) -> None:
    """Nobody is asked to lead that to another patient's; nor where what it leads to does not hold."""
    scene = Scene(Life.begin(practice))
    stone = practice.vault.store.root / layout.tombstone(scene.old.folder, scene.old.record)
    done = scene.move()
    genuine, new = stone.read_bytes(), scene.new(done)
    theirs = practice.file_decided(filed({**MOLE, "patient": "9990000034"}))
    forge(practice, scene.life.history, (theirs.patient, theirs.record))
    kinds = {kind for kind, _ in found(practice)}
    assert (Kind.DAMAGED in kinds, Kind.DUPLICATE in kinds) == (True, False)
    stone.write_bytes(genuine)
    _flip(practice.vault.store.root / layout.manifest(new.folder, new.record))
    assert scene.life.history.gone == done.tombstone
    assert Kind.DUPLICATE not in {kind for kind, _ in found(practice)}


def test_what_leads_to_a_record_that_does_not_hold_is_no_second_one(practice: Practice) -> None:
    """Of two that were filed from one, the one that it leads to is damaged: that is found where it lies."""
    mine = Life.begin(practice)
    first = manifest.load(practice.vault, *mine.filed_elsewhere())
    second = practice.file_decided(filed({**MOLE, "patient": "9990000034"}), moved_from=mine.of)
    forge(practice, mine.history, place(first), cause=Cause.MOVED)
    where = layout.record(second.patient, second.record)
    assert (Kind.DUPLICATE, where) in found(practice)
    _flip(practice.vault.store.root / layout.manifest(first.folder, first.record))
    life.load(practice.vault, mine.of)
    assert (Kind.DUPLICATE, where) not in found(practice)


def test_one_that_is_of_another_record_or_says_another_cause_is_found(practice: Practice) -> None:
    """Its manifest is this record's; it says as the new record why that was filed from it."""
    mine, other = Life.begin(practice), Life.begin(practice, OTHER)
    to = mine.filed_elsewhere()
    stone = layout.tombstone(mine.of.folder, mine.of.record)
    forge(practice, mine.history, to)
    assert mine.history.gone is not None
    assert (Kind.DAMAGED, stone) in found(practice)
    signed = gone.sign(practice.vault, replace(mine.history.gone, manifest=other.of.digest), mine.founder)
    (practice.folder / stone).write_bytes(signed.encode())
    with pytest.raises(Damaged, match="is of another manifest"):
        _ = mine.history
    assert (Kind.DAMAGED, stone) in found(practice)


def test_what_was_filed_from_a_record_that_two_persons_destroyed_is_reported(practice: Practice) -> None:
    """A run died before it led there, and others destroyed what it came from."""
    practice = with_senior(practice)
    mine = Life.begin(practice)
    to = mine.filed_elsewhere()
    mine.go(How.DESTROYED)
    assert (Kind.DUPLICATE, layout.record(*to)) in found(practice)


def _flip(path: Path) -> None:
    path.write_bytes(flipped(path.read_bytes()))


def test_a_photo_stems_from_where_it_was_or_from_where_both_were(practice: Practice) -> None:
    """What was accepted from the inbox, or filed from its source, stems from no record."""
    filed_once = Life.begin(practice).of
    third = RecordId("c" * 32)

    def after(how: Cause, start: RecordId) -> Manifest:
        return replace(filed_once, record=RecordId("e" * 32), origin=Origin(how, start, NOON))

    assert not stems_from(filed_once, filed_once)
    assert stems_from(after(Cause.MOVED, filed_once.record), filed_once)
    assert stems_from(after(Cause.REKEYED, filed_once.record), filed_once)
    assert not stems_from(after(Cause.ACCEPTED, filed_once.record), filed_once)
    assert not stems_from(after(Cause.MOVED, third), filed_once)
    assert stems_from(after(Cause.MOVED, third), after(Cause.REKEYED, third))
    assert not stems_from(after(Cause.MOVED, third), after(Cause.MOVED, filed_once.record))
