"""Moving a record that was filed for the wrong patient (R25): the photo goes to the right one, with fresh answers.

1. A clinician moves it. Nothing is taken over but what is of the photo itself: where it came from, its dates, and that
   it shows another person too. Every rule judges the fresh answers; what is asked is asked anew.
2. The photo counts as made by the day it was filed first, under whatever number: no move takes a child's photo out of
   R9, and an intimate photo stays one unless whoever sits here says otherwise. Nor does one undo a withdrawal (R24).
3. First the new record, read back and opened with the mover's own identity; then the tombstone, with the old answers
   sealed beside it; last the old keys go, unless a legal hold keeps them.
4. Whatever died, moving it again goes on where it stopped: with the new record that is there, never with a second one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from imgfile import __version__, canonical_json
from imgfile.acts.life.person import Actor, facts_of
from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.filed import sent_on
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.patient import PatientId
from imgfile.clinical.proofs import PatientFolder, RecordId, Refiled
from imgfile.clinical.record import additions as contents
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Decision, Place, Record
from imgfile.errors import Damaged, RefusedByRule, UsageError
from imgfile.frozen import dataclass, field
from imgfile.record_state.begun_moves import begin_move, begun_move, end_move
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import Pseudonyms, open_pseudonyms
from imgfile.vault.life import history as life
from imgfile.vault.life.burn import burn_keys, keys_of
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.history import History, gone_refusal
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.standing import Standing, Standings
from imgfile.vault.life.write import end, finish_entries, seal
from imgfile.vault.records import manifest
from imgfile.vault.records.commit import Submission, commit, prove_stored
from imgfile.vault.records.find import Catalogue, is_published
from imgfile.vault.records.manifest import Cause, Manifest, Origin
from imgfile.vault.records.open import open_facts, open_photo
from imgfile.vault.records.refile import refile
from imgfile.vault.roster.model import Role
from imgfile.vault.trail import permissions
from imgfile.vault.trail.read import states_filing, walk

if TYPE_CHECKING:
    from imgfile.clinical.interview.prompt import Ask

MAY_MOVE: Final = frozenset({Role.CLINICIAN})
_NOT_MOVED: Final = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Disclosure:
    """How a photo was shown or left under its wrong number, as the trail says."""

    act: str
    """`offered`, `viewed` or `exported`."""
    at: datetime
    purpose: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a photo goes, by fresh answers that every rule lets stand."""

    filing: Filing = field(repr=False)
    folder: PatientFolder
    given: Mapping[str, Given] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """Which record is moved, who moves it, why and when."""

    opened: OpenedRecord
    reason: str = field(repr=False)
    by: Actor
    at: datetime

    @property
    def old(self) -> Manifest:
        """The record that is moved."""
        return self.opened.manifest


@dataclass(frozen=True, slots=True)
class Moved:
    """A record that was moved."""

    tombstone: Gone
    is_kept: bool
    """Whether a legal hold keeps the keys of what it was."""

    @property
    def now(self) -> str:
        """What the record is called now."""
        return layout.reference(self.tombstone.to[1]) if self.tombstone.to else ""


# --- before anything is changed ---------------------------------------------------------------------------------


def disclosures(vault: Vault, of: Manifest) -> list[Disclosure]:
    """Return how a photo was shown or left, under the numbers it had so far, oldest first. Raises `Damaged`."""
    records = {str(of.record)} | ({str(of.origin.start)} if of.origin else set())
    found = [
        Disclosure(str(entry["act"]), datetime.fromisoformat(str(entry["at"])), str(entry.get("purpose", "")))
        for station in vault.roster.station_keys
        for note in walk(vault, station)
        for entry in note.entries
        if entry["act"] in {"offered", "viewed", "exported"} and str(entry.get("record")) in records
    ]
    return sorted(found, key=lambda each: each.at)


def base_facts(vault: Vault, by: Person | None, *, at: datetime, allow_test: bool) -> Facts:
    """Return what stands before any question, of whatever photo."""
    stands = facts_of(vault, by, today=at.astimezone().date())
    return replace(stands, asked_by=by.name if by else None, allow_test=allow_test)


def settle(vault: Vault, opened: OpenedRecord, given: Mapping[str, Given], base: Facts, ask: Ask | None) -> Destination:
    """Have fresh answers given for the right patient, and every rule judge them.

    Raises `AnswerInvalid`, `RefusedByRule`, `Cancelled`, `Damaged`; nothing was changed.
    """
    _expect_used(opened)
    taken = opened.facts.picture.taken_at
    facts = replace(
        base,
        taken_on=taken.date() if taken else None,
        sent_on=sent_on(opened.facts),
        first_on=first_day(opened.manifest),
    )
    interview = Interview(given, facts, ask)
    earlier = _recognised(vault, opened, interview)
    filing = interview.complete(earlier, opened.facts.decision.shows_another)
    filing.refuse_who_had_left(vault.left_on)
    _expect_intimate_stays(opened, filing, is_asked=ask is not None)
    return Destination(filing, open_pseudonyms(vault).folder(filing.patient), interview.given)


def _expect_used(opened: OpenedRecord) -> None:
    """See that nobody withdrew: in its new place the photo would be used again. Raises `RefusedByRule`."""
    if opened.history.is_use_stopped:
        raise RefusedByRule(
            "R24",
            f"consent to {opened.manifest.reference} was withdrawn: moving it would let it be used again.",
            f"{_NOT_MOVED} Where the withdrawal was another patient's slip:  imgfile consent add",
        )


def first_day(of: Manifest) -> date:
    """Return the day on which a photo was filed first, under whatever number."""
    return of.first_filed_at.astimezone().date()


def _expect_intimate_stays(opened: OpenedRecord, filing: Filing, *, is_asked: bool) -> None:
    """See that an intimate photo is not made an ordinary one where nobody sits who could say so."""
    if opened.facts.decision.intimate_site is not None and not filing.is_intimate and not is_asked:
        raise RefusedByRule(
            "R10", "it was filed as intimate: that it is not, a clinician says at the terminal.", _NOT_MOVED
        )


def _recognised(vault: Vault, opened: OpenedRecord, interview: Interview) -> list[EarlierPhoto] | None:
    """Settle who the right patient is; return their earlier photos, None where it stays open who that is."""
    pseudonyms, who = open_pseudonyms(vault), interview.identify()
    while who is not None:
        patient, born = who
        here = _standings(vault, pseudonyms.folder(patient))
        _expect_another(opened, patient, here, pseudonyms)
        guard = pseudonyms.birth_guard(pseudonyms.folder(patient), born)
        there = [each for each in here if each.gone is None and not _came_from(each.manifest, opened.manifest)]
        if all(guard in each.birth_guards for each in there):
            return [_earlier(each.manifest) for each in there]
        who = interview.correct_birth_date()
    return None


def _standings(vault: Vault, folder: PatientFolder) -> list[Standing]:
    standings = Standings(vault)
    found = [standings.of(each) for each in Catalogue().records_of(vault, folder)]
    return sorted(found, key=lambda each: each.manifest.filed_at)


def _expect_another(opened: OpenedRecord, patient: PatientId, here: list[Standing], pseudonyms: Pseudonyms) -> None:
    """See that it is another patient, for whom this very photo is not filed, nor was destroyed."""
    of = opened.manifest
    folder = pseudonyms.folder(patient)
    if folder == of.folder:
        raise UsageError(f"{of.reference} is filed under that number already.", f"imgfile amend {of.reference}")
    mark = pseudonyms.photo(folder, opened.facts.picture.original_digest)
    for each in here:
        if each.manifest.photo_mark != mark or _came_from(each.manifest, of):
            continue
        if each.gone is None:
            raise RefusedByRule(
                "R25",
                f"this very photo is filed for that patient already, as {each.manifest.reference}.",
                f"{_NOT_MOVED} Two persons destroy the wrong one of the two.",
            )
        if each.gone.how is not How.MOVED:
            raise RefusedByRule(gone_refusal(each.gone).rule, gone_refusal(each.gone).message, _NOT_MOVED)


def _came_from(new: Manifest, old: Manifest) -> bool:
    return new.origin is not None and (new.origin.how, new.origin.start) == (Cause.MOVED, old.record)


def _earlier(of: Manifest) -> EarlierPhoto:
    return EarlierPhoto(of.record, of.reference, of.filed_at.astimezone().date())


# --- moving -----------------------------------------------------------------------------------------------------


def begun(vault: Vault, of: Manifest) -> Manifest | None:
    """Return as what a run that died filed a record anew already; None where nothing is there. Raises `Damaged`."""
    place = begun_move(vault.station, of.record)
    if place is None or not is_published(vault, *place):
        return None
    new = manifest.load(vault, *place)
    return new if _came_from(new, of) else None


def move(vault: Vault, order: Order, to: Destination) -> Moved:
    """File a record's photo for the right patient, and put a tombstone that leads there in its old place.

    Raises `RefusedByRule` for a record that is gone since, `NotWritable`, `Damaged`; then moving it again goes on.
    """
    with vault.station.locked():
        finish_entries(vault)
        life.load(vault, order.old).expect_here()
        return _lead(vault, order, _filed_anew(vault, order, to))


def go_on(vault: Vault, order: Order, new: Manifest) -> Moved:
    """Finish a move of which the new record is there. Raises as `move`."""
    with vault.station.locked():
        finish_entries(vault)
        proof = prove_stored(vault, new, order.opened.facts.picture.original_digest)
        permissions.release(vault, [proof], at=order.at)
        return _lead(vault, order, new)


def finish(vault: Vault, of: History) -> Moved | None:
    """Remove the keys that a move left, of which the tombstone is there; None where there is nothing to finish."""
    if of.gone is None or of.gone.how is not How.MOVED or of.is_held or not of.leads_to_photo(vault):
        return None
    if not any(vault.store.exists(name) for name in keys_of(vault, of)):
        return None
    with vault.station.locked():
        return _ended(vault, of.manifest, of.gone)


def _filed_anew(vault: Vault, order: Order, to: Destination) -> Manifest:
    """File the photo for the right patient, read back, and enter that in the trail."""
    there = [each.manifest for each in _standings(vault, to.folder) if _came_from(each.manifest, order.old)]
    if there:  # another computer came that far
        return _stated(vault, there[-1])
    photo, record = refile(vault, order.opened.filed, order.by.practice), RecordId(layout.new_id())
    begin_move(vault.station, order.old.record, to.folder, record)
    proof = commit(vault, _submission(vault, order, to, record, photo))
    permissions.release(vault, [proof], at=order.at)
    return manifest.load(vault, to.folder, record)


def _stated(vault: Vault, new: Manifest) -> Manifest:
    if not states_filing(vault, new.station, new.record, new.digest):
        computer = vault.roster.station_names.get(new.station, "another computer")
        raise Damaged(f"{computer} began to move it, as {new.reference}, and died.", "Move it at that computer again.")
    return new


def _submission(vault: Vault, order: Order, to: Destination, record: RecordId, photo: Refiled) -> Submission:
    pseudonyms, first = open_pseudonyms(vault), order.old.first_filed_at
    return Submission(
        folder=to.folder,
        record=record,
        stripped=photo,
        facts=record_json.dump(_facts(vault, order, to, record)),
        photo_mark=pseudonyms.photo(to.folder, photo.original_digest),
        same_mark=pseudonyms.same(photo.original_digest),
        birth_guard=pseudonyms.birth_guard(to.folder, to.filing.date_of_birth),
        filed_at=order.at,
        origin=Origin(Cause.MOVED, order.old.record, first),
    )


def _facts(vault: Vault, order: Order, to: Destination, record: RecordId) -> Record:
    """Return the sealed facts of the photo in its new place: of the old ones, what is of the photo itself."""
    filing, old = to.filing, order.opened.filed.facts
    return Record(
        place=Place(vault=vault.id, pid=to.folder, record=record, station=vault.here.station),
        siblings={layout.IMAGE: old.siblings[layout.IMAGE]},
        patient=filing.patient,
        date_of_birth=filing.date_of_birth,
        decision=Decision.of(filing),
        consent=filing.consent,
        picture=replace(old.picture, first_filed=first_day(order.old)),
        source=old.source,
        provenance=dict(filing.provenance),
        filed_at=order.at.astimezone(UTC).replace(microsecond=0),
        version=__version__,
    )


def _lead(vault: Vault, order: Order, new: Manifest) -> Moved:
    """See that the new record opens to the photo, then put a tombstone in the old place, and remove the old keys."""
    old, history, by = order.old, life.load(vault, order.old), order.by
    there = open_facts(vault, new, by.practice)
    if open_photo(vault, there, by.practice) != open_photo(vault, order.opened.filed, by.practice):
        raise Damaged(f"{new.reference} does not open to the photo of {old.reference}.", "imgfile verify")
    thing = layout.new_id()
    name = layout.addition_object(old.folder, old.record, layout.ThingId(thing))
    key, sealed = seal(vault, old.folder, thing, name, _old_answers(order))
    stated = Gone(
        folder=old.folder,
        record=old.record,
        manifest=old.digest,
        how=How.MOVED,
        knew=history.heads,
        at=order.at,
        to=(new.folder, new.record),
        key=key,
        sealed=sealed,
        signer=Signer(""),
    )
    tombstone = end(vault, history, stated, by.key)
    if tombstone.to != stated.to:
        raise Damaged(
            f"somebody else's act came first: {gone_refusal(tombstone).message}",
            f"{new.reference} was filed as well: two persons destroy the wrong one of the two.",
        )
    return _ended(vault, old, tombstone)


def _old_answers(order: Order) -> bytes:
    """Return what a tombstone keeps: the answers as filed and as they were last, what was added, and why it moved."""
    opened, by = order.opened, order.by.person
    return canonical_json.encode(
        {
            "format": 1,
            "filed": json.loads(record_json.dump(opened.filed.facts)),
            "facts": json.loads(record_json.dump(opened.facts)),
            "added": [json.loads(line) for line in _added(opened)],
            "reason": order.reason,
            "by": {"name": by.name, "registration": by.registration},
        }
    )


def _added(opened: OpenedRecord) -> Iterator[bytes]:
    for each in opened.added:
        yield contents.dump(each.content).partition(b"\n")[0]


def _ended(vault: Vault, old: Manifest, tombstone: Gone) -> Moved:
    history = life.load(vault, old)
    burn_keys(vault, history, keeps=history.is_held)
    end_move(vault.station, old.record)
    return Moved(tombstone, history.is_held)
