"""A photo goes from one record to another: the new record first, then a tombstone that leads there, then the old keys.

1. The new record is read back, and opens with the mover's own identity to the very photo, before anything of the old
   one changes. What was added goes along (`carry`).
2. Then the tombstone, with the old answers sealed beside it; last the old keys go, unless a legal hold keeps them.
3. Whatever died, on whichever computer, is gone on with: a new record says which one it comes from, so anybody finds
   it before a second one is made.
4. Two who began at once make two records; the tombstone's name is made once, so it leads to one of them. The other one
   is led there too, by whoever was slower, or whoever moves the record again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from imgfile import __version__, canonical_json
from imgfile.acts.life.carry import Bearing, along, late
from imgfile.acts.life.person import Actor
from imgfile.clinical.facts import Facts
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.clinical.record import additions as contents
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Decision, Place, Record
from imgfile.errors import Damaged
from imgfile.frozen import dataclass, field
from imgfile.record_state.begun_entries import begin_entry
from imgfile.record_state.begun_moves import begin_move, begun_move, end_move
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life import history as life
from imgfile.vault.life import kept_reasons
from imgfile.vault.life.burn import burn_keys, keys_of
from imgfile.vault.life.file_again import file_again
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.history import History, gone_refusal
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.write import Prepared, end, finish_entries, seal
from imgfile.vault.records import manifest
from imgfile.vault.records.commit import Submission, form_beside, prove_stored
from imgfile.vault.records.find import filed_from, is_published
from imgfile.vault.records.manifest import LEADING, Cause, Manifest, Origin
from imgfile.vault.records.open import open_facts, open_photo
from imgfile.vault.records.refile import refile
from imgfile.vault.trail import permissions
from imgfile.vault.trail.read import states_filing


@dataclass(frozen=True, slots=True)
class Order:
    """Which record goes, who moves it, why and when."""

    opened: OpenedRecord
    reason: str = field(repr=False)
    by: Actor
    at: datetime
    cause: Cause = Cause.MOVED

    @property
    def old(self) -> Manifest:
        """The record that is moved."""
        return self.opened.manifest


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a photo goes, by answers that every rule lets stand."""

    filing: Filing = field(repr=False)
    folder: PatientFolder
    given: Mapping[str, Given] = field(default_factory=dict, repr=False)
    """The answers, in the words that were typed or given; with `facts` what they came to."""
    facts: Facts | None = field(default=None, repr=False)


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


def first_day(of: Manifest) -> date:
    """Return the day on which a photo was filed first, under whatever number."""
    return of.first_filed_at.astimezone().date()


def came_from(new: Manifest, old: Manifest) -> bool:
    """Return whether a record says that its photo was moved here from another one."""
    return new.origin is not None and new.origin.how in LEADING and new.origin.start == old.record


# --- the new record ---------------------------------------------------------------------------------------------


def begun(vault: Vault, of: Manifest) -> list[Manifest]:
    """Return as what runs that died, or others who are at it, filed a record anew, oldest first.

    This computer's own comes first of all. Raises `Damaged`.
    """
    return begun_of(vault, [of]).get(of.record, [])


def begun_of(vault: Vault, records: Sequence[Manifest]) -> dict[RecordId, list[Manifest]]:
    """Return as `begun` does for each of these records; the vault is looked through once."""
    filed = filed_from(vault, *(each.record for each in records)) if records else []
    found: dict[RecordId, list[Manifest]] = {}
    for of in records:
        place = begun_move(vault.station, of.record)
        own = [manifest.load(vault, *place)] if place is not None and is_published(vault, *place) else []
        distinct = {each.record: each for each in (*own, *filed) if came_from(each, of) and _is_here(vault, each)}
        if distinct:
            found[of.record] = list(distinct.values())
    return found


def _is_here(vault: Vault, of: Manifest) -> bool:
    return life.load(vault, of).gone is None


def anew(vault: Vault, order: Order, to: Destination, record: RecordId, decision: Decision) -> Record:
    """Return the sealed facts of the photo in its new place: of the old ones, what is of the photo itself."""
    filing, old = to.filing, order.opened.filed.facts
    return Record(
        place=Place(vault=vault.id, pid=to.folder, record=record, station=vault.here.station),
        siblings={layout.IMAGE: old.siblings[layout.IMAGE], **form_beside(filing)},
        patient=filing.patient,
        date_of_birth=filing.date_of_birth,
        decision=decision,
        consent=filing.consent,
        picture=replace(old.picture, first_filed=first_day(order.old)),
        source=old.source,
        provenance=dict(filing.provenance),
        filed_at=order.at.astimezone(UTC).replace(microsecond=0),
        version=__version__,
    )


def file_anew(vault: Vault, order: Order, facts: Record, form: bytes) -> Manifest:
    """File the photo in its new place with its signed form and what goes along, read back; enter that in the trail.

    Hold the station's lock. Raises `NotWritable`, `Damaged`.
    """
    photo, place, pseudonyms = refile(vault, order.opened.filed, order.by.practice), facts.place, open_pseudonyms(vault)
    begin_move(vault.station, order.old.record, place.pid, place.record)
    bearing = Bearing(place.pid, place.record, order.by, order.cause, order.at)
    carried: list[Prepared] = []

    def beside(digest: Digest) -> None:
        for each in along(vault, order.opened, bearing, digest):
            vault.store.publish(each.name, each.data)
            carried.append(each)
            begin_entry(vault.station, layout.manifest(place.pid, place.record), each.entry)

    submission = Submission(
        folder=place.pid,
        record=place.record,
        stripped=photo,
        facts=record_json.dump(facts),
        photo_mark=pseudonyms.photo(place.pid, photo.original_digest),
        same_mark=pseudonyms.same(photo.original_digest),
        birth_guard=pseudonyms.birth_guard(place.pid, facts.date_of_birth),
        filed_at=order.at,
        origin=Origin(order.cause, order.old.record, order.old.first_filed_at, order.opened.history.heads),
        form=form,
    )
    file_again(vault, submission, at=order.at, beside=beside)
    if carried:
        finish_entries(vault)
    return manifest.load(vault, place.pid, place.record)


# --- leading there ----------------------------------------------------------------------------------------------


def go_on(vault: Vault, order: Order, there: Sequence[Manifest]) -> Moved:
    """Finish a move of which the new record is there, whoever began it. Raises as `lead`."""
    with vault.station.locked():
        finish_entries(vault)
        return lead(vault, order, there)


def lead(vault: Vault, order: Order, there: Sequence[Manifest]) -> Moved:
    """Put a tombstone in the old place that leads to the first of these, lead the others there, and remove old keys.

    Hold the station's lock. Raises `Damaged`, `NotWritable`; then moving it again goes on.
    """
    new, old, by = there[0], order.old, order.by
    history = life.load(vault, old)
    if history.gone is not None and history.gone.to is not None:  # somebody else was quicker, and the old key is gone
        settle_rivals(vault, order, history.gone, there)
        return ended(vault, old, history.gone)
    _expect_stated(vault, order, new)
    _expect_same(vault, order, order.opened, new)
    late(vault, old, new, by)
    history = life.load(vault, old)
    tombstone = end(vault, history, _stated(vault, order, history, new), by.key)
    if tombstone.to is None:
        raise Damaged(
            f"somebody else's act came first: {gone_refusal(tombstone).message}",
            f"{new.reference} was filed as well: two persons destroy the wrong one of the two.",
        )
    settle_rivals(vault, order, tombstone, there)
    return ended(vault, old, tombstone)


def settle_rivals(vault: Vault, order: Order, tombstone: Gone, there: Sequence[Manifest]) -> None:
    """Lead every other record that was filed from the old one to the one that the tombstone leads to.

    Hold the station's lock. Raises `Damaged`, `NotWritable`.
    """
    assert tombstone.to is not None  # noqa: S101 - whoever calls has seen that
    winner = manifest.load(vault, *tombstone.to)
    for each in there:
        if each.record == winner.record or not _is_here(vault, each):
            continue
        opened = open_record(vault, each, order.by.practice)
        rival = replace(order, opened=opened, cause=Cause.MOVED)
        _expect_same(vault, order, opened, winner)
        history = life.load(vault, each)
        stone = end(vault, history, _stated(vault, rival, history, winner), order.by.key)
        ended(vault, each, stone)


def settle_gone(vault: Vault, order: Order, of: History, there: Sequence[Manifest]) -> Moved:
    """Lead to where a record is what else was filed from it; `order` is of any of these. Raises as `lead`."""
    assert of.gone is not None  # noqa: S101 - else it has no rivals
    with vault.station.locked():
        finish_entries(vault)
        settle_rivals(vault, order, of.gone, there)
        return ended(vault, of.manifest, of.gone)


def rivals(vault: Vault, of: History) -> list[Manifest]:
    """Return the records that were filed from one that is gone and that it does not lead to. Raises `Damaged`."""
    if of.gone is None or of.gone.to is None:
        return []
    return [each for each in begun(vault, of.manifest) if each.record != of.gone.to[1]]


def _expect_stated(vault: Vault, order: Order, new: Manifest) -> None:
    """See that the new record counts: this computer enters its own; one of a computer closed since must be stated.

    What is of another computer, its mover opens, and compares with the photo: that proves more than its entry.
    """
    if states_filing(vault, new.station, new.record, new.digest) or new.digest in vault.roster.accepted:
        return
    if new.station == vault.here.station:
        proof = prove_stored(vault, new, order.opened.facts.picture.original_digest)
        permissions.release(vault, [proof], at=order.at)
    elif vault.roster.closed_station(new.station) is not None:
        raise Damaged(
            f"{new.reference} was begun by a computer that was closed before it stated that.",
            "An administrator accepts it by name, or not:  imgfile verify",
        )


def _expect_same(vault: Vault, order: Order, opened: OpenedRecord, new: Manifest) -> None:
    """See that a record opens to the very photo of another one. Raises `Damaged`."""
    keys = order.by.practice
    if open_photo(vault, open_facts(vault, new, keys), keys) != open_photo(vault, opened.filed, keys):
        raise Damaged(f"{new.reference} does not open to the photo of {opened.manifest.reference}.", "imgfile verify")


def _stated(vault: Vault, order: Order, history: History, new: Manifest) -> Gone:
    """Seal the old answers beside a record, and return the tombstone that leads from it."""
    old, thing = history.manifest, layout.new_id()
    name = layout.addition_object(old.folder, old.record, layout.ThingId(thing))
    key, sealed = seal(vault, old.folder, thing, name, _old_answers(vault, order))
    return Gone(
        folder=old.folder,
        record=old.record,
        manifest=old.digest,
        how=How.MOVED,
        knew=history.heads,
        at=order.at,
        to=(new.folder, new.record),
        cause=order.cause,
        key=key,
        sealed=sealed,
        signer=Signer(""),
    )


def _old_answers(vault: Vault, order: Order) -> bytes:
    """Return what a tombstone keeps: the answers as filed and as they were last, what was added, and why it moved.

    And why it was looked at and exported: the keys of those reasons go with the record's.
    """
    opened, by = order.opened, order.by.person
    old = opened.manifest
    reasons = kept_reasons.open_reasons(vault, old.folder, old.record, order.by.practice)
    return canonical_json.encode(
        {
            "format": 1,
            "filed": json.loads(record_json.dump(opened.filed.facts)),
            "facts": json.loads(record_json.dump(opened.facts)),
            "added": [json.loads(line) for line in _added(opened)],
            kept_reasons.REASON: order.reason,
            kept_reasons.REASONS: reasons,
            "by": {"name": by.name, "registration": by.registration},
        }
    )


def _added(opened: OpenedRecord) -> Iterator[bytes]:
    for each in opened.added:
        yield contents.dump(each.content).partition(b"\n")[0]


# --- the old keys -----------------------------------------------------------------------------------------------


def finish(vault: Vault, of: History) -> Moved | None:
    """Remove the keys that a move left, of which the tombstone is there; None where there is nothing to finish."""
    if of.gone is None or of.gone.how is not How.MOVED or of.is_kept or not of.leads_to_photo(vault):
        return None
    if not any(vault.store.exists(name) for name in keys_of(vault, of)):
        return None
    with vault.station.locked():
        return ended(vault, of.manifest, of.gone)


def ended(vault: Vault, old: Manifest, tombstone: Gone) -> Moved:
    """Remove the old keys, unless a legal hold keeps them. Hold the station's lock."""
    history = life.load(vault, old)
    burn_keys(vault, history)
    end_move(vault.station, old.record)
    return Moved(tombstone, history.is_kept)
