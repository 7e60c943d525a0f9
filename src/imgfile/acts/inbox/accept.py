"""Accepting an item of the inbox into a patient's record (rules 2 to 4 of `settle`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from imgfile import __version__
from imgfile.acts.inbox import leftovers
from imgfile.acts.inbox.decide import Decided, anothers
from imgfile.acts.inbox.held import expect_no_hold
from imgfile.acts.inbox.settle import end, expect_waiting, is_left, note_of, settle
from imgfile.acts.ingest.already_filed import FiledHere, Memory, find_elsewhere, find_filed
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.known import gone_photo
from imgfile.acts.life.person import Actor
from imgfile.clinical.filing import Filing
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Decision, Place, Record
from imgfile.errors import UsageError
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life import settled
from imgfile.vault.life.file_again import file_again
from imgfile.vault.life.settled import Verdict
from imgfile.vault.life.write import finish_entries
from imgfile.vault.records import commit, manifest
from imgfile.vault.records.find import is_published
from imgfile.vault.records.item import Item
from imgfile.vault.records.manifest import Cause, Manifest, Origin
from imgfile.vault.records.refile import refile_item
from imgfile.vault.still_admitted import expect_still_admitted
from imgfile.vault.trail.read import states_filing


def accept(run: Run, decided: Decided, by: Actor) -> RecordId:
    """File an item, and return the record. Raises `UsageError`, `NotWritable`, `Damaged`; then it waits on."""
    vault, of = run.vault, decided.opened.item
    with vault.station.locked():
        expect_still_admitted(vault, by.holder)
        finish_entries(vault)
        was_begun = settled.load(vault, of) is not None
        expect_waiting(vault, of)
        expect_no_hold(run, decided.opened)
        _expect_as_decided(run, decided)
        to = _claimed(vault, decided, by, at=run.now(), was_begun=was_begun)
        if decided.filing is not None and not is_published(vault, *to):
            leftovers.clear(vault, of, to)
            _remember(vault, decided, to)
            _file(run, decided, decided.filing, to, by)
        end(vault, of, decided.opened.facts.picture.original_digest)
    return to[1]


def finish(run: Run, of: Item) -> Manifest | None:
    """Finish an acceptance that died once its record was there, and return it; None where nothing is left to do.

    The record is entered in the trail and proven again before the item's key goes. Raises `UsageError` where another
    computer began it, `NotWritable`, `Damaged`; then the key stays.
    """
    vault = run.vault
    with vault.station.locked():
        found = settled.load(vault, of)
        if found is None or found.to is None or not is_published(vault, *found.to):
            return None
        stored = manifest.load(vault, *found.to)
        is_entered = states_filing(vault, stored.station, stored.record, stored.digest)
        if is_entered and not is_left(vault, of):
            return None
        if not is_entered and stored.station != vault.here.station:
            leftovers.refuse_begun_at(vault, of, stored.station)
        finish_entries(vault)
        if stored.station == vault.here.station and not vault.store.exists(layout.tombstone(*found.to)):
            commit.prove_stored(vault, stored, Digest(""))  # whichever photo: no source is let go
        end(vault, of)
    return stored


def _expect_as_decided(run: Run, decided: Decided) -> None:
    """See that the photo is filed as it was before somebody was asked, and nothing else (R24, R25).

    Raises `RefusedByRule`, `UsageError`, `Damaged`; then it waits on.
    """
    of, digest = decided.opened.item, decided.opened.facts.picture.original_digest
    if decided.known is not None:
        life.load(run.vault, decided.known).expect_here()
        return
    known, gone = find_filed(run, decided.folder, digest)
    elsewhere, gone_elsewhere = find_elsewhere(run, decided.folder, digest)
    if known is not None:
        raise UsageError(
            f"the photo of {of.reference} was filed a moment ago, as {known.reference}; it waits on.",
            f"Run it again, and it is accepted as that:  imgfile inbox accept {of.reference}",
        )
    if tombstone := gone or gone_elsewhere:
        raise gone_photo(tombstone)
    if elsewhere:
        raise anothers(elsewhere[-1].reference)


def _remember(vault: Vault, decided: Decided, to: tuple[PatientFolder, RecordId]) -> None:
    """Keep at this computer what was said of the photo, before it is filed: its source may come again."""
    memory, (folder, record) = Memory(vault), to
    photo = memory.photo(decided.opened.facts.picture.original_digest)
    memory.remember([FiledHere(photo, folder, record, (memory.said(record, decided.said),))])


def _claimed(
    vault: Vault, decided: Decided, by: Actor, *, at: datetime, was_begun: bool
) -> tuple[PatientFolder, RecordId]:
    """Settle an item as accepted, or find who did; return as which record. Raises `UsageError`.

    What `was_begun` before is finished here; who begins in this very moment finishes it, not two under one name.
    """
    of, known = decided.opened.item, decided.known
    to = (known.folder, known.record) if known is not None else (decided.folder, RecordId(layout.new_id()))
    found, is_ours = settle(vault, of, note_of(of, Verdict.ACCEPTED, to, at), by)
    if found.to is None:
        raise UsageError(f"{of.reference} was rejected a moment ago.", "Nothing was filed.")
    if found.to[0] != decided.folder:
        raise UsageError(f"{of.reference} was accepted for another number a moment ago.", "Nothing was filed.")
    if not (is_ours or was_begun or is_published(vault, *found.to)):
        raise UsageError(
            f"{of.reference} is being accepted at another computer in this very moment.",
            "Nothing was filed here. Look in a minute whether it waits still:  imgfile inbox",
        )
    return found.to


def _file(run: Run, decided: Decided, filing: Filing, to: tuple[PatientFolder, RecordId], by: Actor) -> None:
    vault, opened, (folder, record) = run.vault, decided.opened, to
    photo = refile_item(vault, opened, by.practice)
    facts = _facts(vault, opened.facts, filing, to, at=run.now())
    file_again(
        vault,
        commit.Submission(
            folder=folder,
            record=record,
            stripped=photo,
            facts=record_json.dump(facts),
            form=filing.form_data,
            photo_mark=run.pseudonyms.photo(folder, photo.original_digest),
            same_mark=run.pseudonyms.same(photo.original_digest),
            birth_guard=run.pseudonyms.birth_guard(folder, filing.date_of_birth),
            filed_at=run.now(),
            origin=Origin(Cause.ACCEPTED, opened.item.item, opened.item.received),
        ),
        at=run.now(),
    )


def _facts(vault: Vault, before: Record, filing: Filing, to: tuple[PatientFolder, RecordId], *, at: datetime) -> Record:
    """Return a record's facts: of the photo as the item has them, of everything else as it was answered here."""
    place = Place(vault=vault.id, pid=to[0], record=to[1], station=vault.here.station)
    return replace(
        before,
        place=place,
        siblings={layout.IMAGE: before.siblings[layout.IMAGE], **commit.form_beside(filing)},
        patient=filing.patient,
        date_of_birth=filing.date_of_birth,
        decision=Decision.of(filing),
        consent=filing.consent,
        provenance=filing.provenance,
        filed_at=at.astimezone(UTC).replace(microsecond=0),
        version=__version__,
    )
