"""What `verify` says of a record's life where somebody of the practice really signed it, and it cannot be so."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace

from imgfile import sealing
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.layout import ThingId
from imgfile.vault.life import addition, ended, gone
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.ended import Ended
from imgfile.vault.life.gone import Gone
from imgfile.vault.life.signers import Signer
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Cause, SealedObject
from kit.vault.destroying import LATER, Two, forge_proposal, forge_tombstone, text_of
from kit.vault.filings import MOLE, filed
from kit.vault.lives import HOLD, NOTE, Life
from kit.vault.moving import Scene
from kit.vault.practice import Practice

Finding = tuple[Kind, str, str]


def found(practice: Practice) -> set[Finding]:
    """Return what `verify` finds, as a new process would."""
    return {(each.kind, each.where, each.message) for each in verify(practice.reopened())}


FORGED: dict[str, tuple[Kind, Callable[[Gone, Life], Gone]]] = {
    "It is of another manifest.": (Kind.DAMAGED, lambda stone, _: replace(stone, manifest=Digest("0" * 64))),
    "It leads to a record that is not there.": (
        Kind.MISSING,
        lambda stone, _: replace(stone, to=(PatientFolder("a" * 32), RecordId("b" * 32))),
    ),
    "It leads to a record of another photo.": (
        Kind.DAMAGED,
        lambda stone, other: replace(stone, to=(other.of.folder, other.of.record)),
    ),
    "It says another cause than the record that it leads to.": (
        Kind.DAMAGED,
        lambda stone, _: replace(stone, cause=Cause.REKEYED),
    ),
}
"""What a clinician signed in a moved record's place, and what is said of it."""


def test_a_tombstone_that_leads_where_it_should_not_is_named(practice: Practice) -> None:
    """Of another manifest, to no record, to another photo, and for another cause than where it leads."""
    scene = Scene(Life.begin(practice))
    done = practice.file_decided(filed(MOLE), b"another photo")
    other = Life(practice, manifest.load(practice.vault, done.patient, done.record))
    stone = scene.move().tombstone
    assert found(practice) == set()
    for message, (kind, change) in FORGED.items():
        note = gone.sign(practice.vault, change(stone, other), scene.life.founder)
        (practice.folder / stone.note).write_bytes(note.encode())
        assert (kind, stone.note, message) in found(practice)


def test_where_a_tombstone_leads_is_damaged_there_and_not_at_the_tombstone(practice: Practice) -> None:
    """What leads to it is as it was."""
    scene = Scene(Life.begin(practice))
    new = scene.new(scene.move())
    where = layout.record(new.folder, new.record)
    path = practice.folder / where / layout.MANIFEST
    path.write_bytes(path.read_bytes()[:-9])
    places = {(kind, at) for kind, at, _ in found(practice)}
    assert places == {(Kind.DAMAGED, where), (Kind.MISSING, new.record)}


def test_what_an_addition_says_is_as_long_as_its_note_states(practice: Practice) -> None:
    """Its digest holds, and its signer stated another length."""
    life = Life.begin(practice)
    (stated,) = life.add(NOTE).additions
    longer = replace(stated, sealed=replace(stated.sealed, length=stated.sealed.length + 1))
    note = addition.sign(practice.vault, longer, practice.vault.station.signing_key)
    (practice.folder / stated.note).write_bytes(note.encode())
    name = layout.addition_object(stated.folder, stated.record, stated.thing)
    assert (Kind.DAMAGED, name, "It is not what its note states.") in found(practice)


def test_the_old_answers_of_a_moved_record_are_opened_with_the_rest(practice: Practice) -> None:
    """They are all that says how it was filed for the wrong patient; what no key of the practice opens is found."""
    scene = Scene(Life.begin(practice))
    stone = scene.move().tombstone
    assert [*verify_openings(practice.vault, scene.by.practice)] == []
    assert stone.key is not None
    name = layout.addition_object(stone.folder, stone.record, ThingId(stone.key.thing))
    foreign = sealing.seal_bytes(b"{}", [sealing.generate_identity(post_quantum=False).recipient])
    (practice.folder / name).write_bytes(foreign)
    changed = replace(stone, sealed=SealedObject(len(foreign), Digest(hashlib.sha256(foreign).hexdigest())))
    (practice.folder / stone.note).write_bytes(gone.sign(practice.vault, changed, scene.life.founder).encode())
    (finding,) = verify_openings(practice.vault, scene.by.practice)
    where = layout.record(stone.folder, stone.record)
    assert (finding.kind, finding.where) == (Kind.DAMAGED, where)
    assert finding.message.endswith(f"{name} does not open with the practice's key.")


def _end(two: Two, stone: Gone, life: Life) -> str:
    """State, as two persons, that what a moved record kept has ended, whether it may or not; return where."""
    text = text_of(two.vault, life.of)
    agreed = tuple(forge_proposal(two.vault, text, key) for key in (two.founder.key, two.second.key))
    stated = Ended(
        folder=stone.folder, record=stone.record, gone=stone.digest, proposals=agreed, at=LATER, signer=Signer("")
    )
    two.vault.store.publish(stated.note, ended.sign(two.vault, stated, two.founder.key).encode())
    return stated.note


def test_two_persons_end_nothing_that_a_hold_keeps_nor_what_none_kept(practice: Practice) -> None:
    """Whoever agreed with somebody knew of the hold: its end is damage, whether the record had moved before or not."""
    two = Two.of(practice)
    moved, held, free = (Life.begin(two.practice) for _ in range(3))
    for each in (moved, held):
        each.add(HOLD, Effect.HELD)
    kept, bare = (_end(two, each.move_away(), each) for each in (moved, free))
    text = text_of(two.vault, held.of)
    agreed = tuple(forge_proposal(two.vault, text, key) for key in (two.founder.key, two.second.key))
    stone = forge_tombstone(two.vault, held.of, agreed, two.founder.key)
    assert found(two.practice) >= {
        (Kind.DAMAGED, kept, "What it kept was destroyed under a legal hold that stood."),
        (Kind.UNEXPECTED, bare, "It ends what no legal hold kept."),
        (Kind.DAMAGED, stone, "It was destroyed under a legal hold that stood."),
    }


def test_a_record_that_is_away_with_the_entry_of_its_filing_is_missed_by_whoever_saw_it(practice: Practice) -> None:
    """No note that is there names it any more; this computer remembers what it saw added to it."""
    life = Life.begin(practice)
    life.add(NOTE)
    for name in (layout.record(life.of.folder, life.of.record), layout.AUDIT):
        shutil.rmtree(practice.folder / name)
    missing = (Kind.MISSING, life.of.record, "This computer saw something added to it, and it is not there.")
    assert missing in found(practice)
