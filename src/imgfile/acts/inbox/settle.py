"""Settling an item of the inbox: accepted into a patient's record, or rejected; by a clinician, once.

1. The clinician's identity opens the item; what was answered when it was put there is asked and judged anew here, by
   every rule, and an intimate photo of a child is attested at this prompt (R9).
2. A photo that is filed already for this patient is accepted as that record; one that is another patient's stops (R25).
   That is looked at again when it is filed: somebody was asked since.
3. The note that settles it comes first, and names the record that is to be: of two who accept at once, one finds the
   other's and ends; a run that died is finished by whoever accepts it next, and once its record is there by the
   computer that filed it (`finish`).
4. The record is committed, read back and entered like any; then its photo waits no more here, and the item's key goes.
5. Rejecting removes the item's key: whoever has no other copy of the photo then has none. It is a named clinician's
   act, for a reason; whether there is a safeguarding concern comes before it (R28). The note that settles it comes
   first here too: the reason is entered with it, durably, before the key goes, and only where nobody else settled it.
6. A photo on a safeguarding hold is neither looked at, accepted nor rejected (R21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imgfile import __version__
from imgfile.acts.inbox import leftovers
from imgfile.acts.inbox.held import expect_no_hold, hold
from imgfile.acts.ingest.already_filed import FiledHere, Memory, find_elsewhere, find_filed, recognise
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.known import gone_photo, since
from imgfile.acts.life.attended import expect_attended, expect_intimate_stays
from imgfile.acts.life.person import Actor, facts_of
from imgfile.acts.outcome import Since
from imgfile.clinical.facts import Facts, Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.filed import answered, facts_before
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.interview.taken_over import taken_over
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Decision, Place, Record
from imgfile.clinical.rules import CONCERN_LEFT_OPEN
from imgfile.clinical.vocabulary import Disposition, Provenance
from imgfile.errors import Damaged, RefusedByRule, UsageError
from imgfile.frozen import dataclass, field
from imgfile.notes import Body
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life import settled
from imgfile.vault.life.file_again import file_again
from imgfile.vault.life.settled import Settled, Verdict
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.write import claim_entered, finish_entries
from imgfile.vault.records import commit, manifest
from imgfile.vault.records.find import is_published
from imgfile.vault.records.item import Item
from imgfile.vault.records.manifest import Cause, Manifest, Origin
from imgfile.vault.records.open_item import OpenedItem
from imgfile.vault.records.refile import refile_item
from imgfile.vault.still_admitted import expect_still_admitted
from imgfile.vault.times import format_time
from imgfile.vault.trail import permissions
from imgfile.vault.trail.permissions import Disposal
from imgfile.vault.trail.read import every_entry, states_filing
from imgfile.vault.trail.statements import settled_by

if TYPE_CHECKING:
    from imgfile.clinical.interview.prompt import Ask


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to become of an item: a filing, or the record that the photo is filed as already."""

    opened: OpenedItem
    folder: PatientFolder
    filing: Filing | None = field(repr=False)
    known: Manifest | None = None
    since: tuple[Since, ...] = ()
    """What holds by now of the record that it is filed as already."""
    given: Mapping[str, Given] = field(default_factory=dict, repr=False)
    """The answers that it is filed with; with `facts` what they came to."""
    facts: Facts | None = field(default=None, repr=False)
    said: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What was stated of it, each answer in one spelling: by which its source is recognised here (R24)."""


def expect_waiting(vault: Vault, of: Item) -> None:
    """See that nobody has settled an item. Raises `UsageError`, which says what became of it, `Damaged`."""
    settled.expect_put_here(vault, of)
    found = settled.load(vault, of)
    if found is None:
        _expect_stated_nowhere(vault, of)
        return
    if found.to is None:
        raise UsageError(f"{of.reference} was rejected.", "Nothing was changed.")
    if is_published(vault, *found.to):
        raise UsageError(f"{of.reference} was accepted: it is {layout.reference(found.to[1])} now.", "")


def _expect_stated_nowhere(vault: Vault, of: Item) -> None:
    """See that no trail states what became of an item that seems to wait: an older copy may have been put back."""
    if not set(settled_by(vault, of.item)).issubset(vault.roster.accepted):
        raise Damaged(
            f"what became of {of.reference} is not there, and a trail states it.",
            "A share can take a minute to show it. If it stays so, somebody took it, or an older copy is back:\n"
            "file and destroy nothing of it until you know why:  imgfile verify\n"
            "A backup was restored, and there is no newer one?  imgfile vault accept-loss",
        )


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
        if is_entered and not _is_left(vault, of):
            return None
        if not is_entered and stored.station != vault.here.station:
            leftovers.refuse_begun_at(vault, of, stored.station)
        finish_entries(vault)
        if stored.station == vault.here.station and not vault.store.exists(layout.tombstone(*found.to)):
            commit.prove_stored(vault, stored, Digest(""))  # whichever photo: no source is let go
        _end(vault, of)
    return stored


def finish_rejected(vault: Vault, of: Item) -> bool:
    """Finish a rejection that died once it was stated; return whether anything of it was left to do.

    Raises `NotWritable`, `Damaged`.
    """
    with vault.station.locked():
        found = settled.load(vault, of)
        if found is None or found.to is not None or not _is_left(vault, of):
            return False
        finish_entries(vault)
        _expect_entered(vault, of, found)
        _end(vault, of)
    return True


def _expect_entered(vault: Vault, of: Item, found: Settled) -> None:
    """See that a trail states who rejected an item, and why: then its key may go. Raises `UsageError`, `Damaged`."""
    if found.digest not in {*settled_by(vault, of.item), *vault.roster.accepted}:
        raise UsageError(
            f"another computer began to reject {of.reference}, and has not finished.",
            "Nothing was changed. Reject it at that computer again; where that is lost:  imgfile check --clean",
        )


def _is_left(vault: Vault, of: Item) -> bool:
    """Return whether a run that died left the key of what it settled, or that its photo waits at this computer."""
    is_waiting = vault.station.has_set_aside and PhotosSetAside(vault.station).has_copy(of.reference)
    return is_waiting or vault.store.exists(of.key.name)


def _end(vault: Vault, of: Item, digest: Digest | None = None) -> None:
    """Forget that the photo of what is settled waits at this computer, and remove the key. Hold the station's lock."""
    if vault.station.has_set_aside:
        PhotosSetAside(vault.station).end_copy(of.reference)
        if digest is not None:
            PhotosSetAside(vault.station).end_quarantine(digest)
    vault.store.burn(of.key.name)


def decide(  # noqa: PLR0913 - what is answered, by whom, and what of it is changed
    run: Run, opened: OpenedItem, given: Mapping[str, Given], by: Person, ask: Ask | None, *, changing: str = ""
) -> Decided:
    """Ask and judge anew what was answered of an item; whoever accepts it attests it, where that is needed.

    With `changing`, `given` is all that it was decided with before, of which that answer is to be another.

    Raises `AnswerInvalid`, `RefusedByRule`, `Cancelled`.
    """
    vault = run.vault
    expect_no_hold(run, opened)
    base = replace(facts_of(vault, by, today=run.now().date()), read_form=run.read_form, filed_form=opened.form)
    if not changing:
        facts, before = answered(opened.facts, base, ())
        stated = {slug: Given(each.text, Provenance.ANSWERS_FILE) for slug, each in before.items()}
        given = taken_over(stated, given, facts)
    interview = Interview(given, facts_before(opened.facts, base), ask, changing=changing)
    who = interview.identify()
    while who is not None:
        found = recognise(run, *who, opened.facts.picture.original_digest)
        folder = run.pseudonyms.folder(who[0])
        if found.gone is not None:
            raise gone_photo(found.gone)
        if found.known is not None:
            return Decided(opened, folder, None, found.known, since(run, found.known))
        if found.birth_date_agrees:
            break
        who = interview.correct_birth_date(found.born_otherwise)
    else:
        return Decided(opened, PatientFolder(""), interview.complete())  # which reports what is missing
    if found.elsewhere:
        raise _anothers(found.elsewhere[-1].reference)
    try:
        filing = interview.complete(found.earlier)
    except RefusedByRule as refusal:
        raise (hold(run, opened) if refusal.message == CONCERN_LEFT_OPEN else refusal) from None
    filing.refuse_who_had_left(vault.left_on)
    expect_intimate_stays(opened.facts, filing, is_asked=ask is not None)
    expect_attended(opened.facts, is_asked=ask is not None)
    return Decided(opened, folder, filing, given=interview.given, facts=interview.facts, said=interview.stated)


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
        _end(vault, of, decided.opened.facts.picture.original_digest)
    return to[1]


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
        raise _anothers(elsewhere[-1].reference)


def _anothers(reference: str) -> RefusedByRule:
    return RefusedByRule(
        "R25",
        f"this very photo is filed for another patient, as {reference}; it waits on.",
        "Look at both numbers. Where the item's is wrong:  imgfile inbox accept ITEM --patient NUMBER",
    )


def _remember(vault: Vault, decided: Decided, to: tuple[PatientFolder, RecordId]) -> None:
    """Keep at this computer what was said of the photo, before it is filed: its source may come again."""
    memory, (folder, record) = Memory(vault), to
    photo = memory.photo(decided.opened.facts.picture.original_digest)
    memory.remember([FiledHere(photo, folder, record, (memory.said(record, decided.said),))])


def reject(run: Run, opened: OpenedItem, by: Actor, reason: str) -> None:
    """State that an item is not filed and why, durably in the trail, and remove its key (R28).

    Raises `RefusedByRule` for one on hold, `UsageError` where somebody else settled it, `NotWritable`, `Damaged`; then
    it waits on, or is what they made of it, and no trail says that it was rejected here.
    """
    vault, of, now = run.vault, opened.item, run.now()
    expect_no_hold(run, opened)
    with vault.station.locked():
        expect_still_admitted(vault, by.holder)
        finish_entries(vault)
        expect_waiting(vault, of)
        listed = vault.roster.person(by.holder)
        who = listed.who if listed is not None else by.holder
        digest = opened.facts.picture.original_digest
        whose = run.pseudonyms.folder(opened.facts.patient)
        why = Disposal(digest, Disposition.REJECT_RETURN, who, whose, reason)
        disposed = permissions.disposal_entry(vault, why, at=now)
        found, is_ours = _settle(vault, of, _note(of, Verdict.REJECTED, None, now), by, disposed)
        if not is_ours:
            raise UsageError(f"{of.reference} was {found.how.value} a moment ago.", "Nothing was removed.")
        _end(vault, of, digest)


def was_source_erased(vault: Vault, of: Item) -> bool:
    """Return whether a trail says that the source of an item's photo was erased: no other copy is known then."""
    return any(entry["act"] == "erased" and entry.get("record") == of.item for entry in every_entry(vault))


def _claimed(
    vault: Vault, decided: Decided, by: Actor, *, at: datetime, was_begun: bool
) -> tuple[PatientFolder, RecordId]:
    """Settle an item as accepted, or find who did; return as which record. Raises `UsageError`.

    What `was_begun` before is finished here; who begins in this very moment finishes it, not two under one name.
    """
    of, known = decided.opened.item, decided.known
    to = (known.folder, known.record) if known is not None else (decided.folder, RecordId(layout.new_id()))
    found, is_ours = _settle(vault, of, _note(of, Verdict.ACCEPTED, to, at), by)
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


def _note(of: Item, how: Verdict, to: tuple[PatientFolder, RecordId] | None, at: datetime) -> Settled:
    return Settled(item=of.item, manifest=of.digest, how=how, to=to, at=at, signer=Signer(""))


def _settle(vault: Vault, of: Item, stated: Settled, by: Actor, *others: Body) -> tuple[Settled, bool]:
    """Publish the note that settles an item, unless there is one; return the one that counts, and whether it is this.

    `others` are entered with it, as of this item and note.
    """
    if (found := settled.load(vault, of)) is not None:
        return found, False
    note = settled.sign(vault, stated, by.key)
    about = {"item": stated.item, "note": note.digest}
    entry = {"act": "settled", "at": format_time(stated.at), **about}
    claim_entered(vault, settled.name_of(stated.item), note.encode(), entry, *({**each, **about} for each in others))
    found = settled.load(vault, of)
    if found is None:
        raise UsageError(f"{of.reference} could not be settled.", "Run it again.")
    return found, found.digest == note.digest


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
