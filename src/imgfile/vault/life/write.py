"""Adding to a record: sealed, read back, stated in a note, and entered in the trail, in this order.

| died | what is left, and what the next run does |
| --- | --- |
| before the note | a key, and an object that no note names: `unfinished`, it means nothing |
| between the note and its entry | this station's own note of it: the next act here enters it |
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from imgfile import __version__, notes, sealing
from imgfile.clinical.facts import Person
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.clinical.record import additions as contents
from imgfile.clinical.record.additions import AdditionPlace, Content, Said
from imgfile.errors import Damaged, NotWritable, RefusedByRule, UsageError
from imgfile.frozen import dataclass, field
from imgfile.kept_notes import keep_life
from imgfile.notes import Body, SigningKey
from imgfile.record_state.begun_entries import BegunEntry, begin_entry, begun_entries
from imgfile.record_state.forget_answers import forget_marked
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys import things
from imgfile.vault.layout import ThingId
from imgfile.vault.life import addition, ended, gone, history, proposals
from imgfile.vault.life.addition import MAX_ADDITIONS, Addition, AdditionKind, Effect
from imgfile.vault.life.ended import Ended
from imgfile.vault.life.gone import Gone
from imgfile.vault.life.history import History
from imgfile.vault.life.proposals import Proposal
from imgfile.vault.life.signers import Signer
from imgfile.vault.records.manifest import SealedObject
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.times import format_time
from imgfile.vault.trail import chain


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddition:
    """What is to be added."""

    said: Said = field(repr=False)
    by: Person | None
    """Who says it; None where nobody is named."""
    at: datetime
    effects: frozenset[Effect] = frozenset()
    ends: tuple[Digest, ...] = ()
    birth_guard: str = ""


def add(vault: Vault, to: History, new: NewAddition, key: SigningKey | None = None) -> History:
    """Add to a record, as a person with this key or as this station; return the record as it then is.

    `to` is what they knew of it: what was added meanwhile was added at once. Hold the station's lock. Raises
    `RefusedByRule` for a record that is gone, `UsageError`, `NotWritable`, `Damaged`; then nothing was added, unless it
    is said.
    """
    now = history.load(vault, to.manifest)
    if not (now.keeps_keys and new.said.kind == AdditionKind.HOLD_LIFTED.value):  # what keeps the old keys is lifted
        now.expect_here()
    now.expect_whole()
    if len(now.additions) >= MAX_ADDITIONS:
        raise UsageError(f"{now.manifest.reference} has {MAX_ADDITIONS:,} additions, and no more are taken.")
    finish_entries(vault)
    of = to.manifest
    ready = prepare(vault, of.folder, of.record, new, knew=to.heads, key=key or vault.station.signing_key)
    publish_entered(vault, ready.name, ready.data, ready.entry)
    after = history.load(vault, of)
    if after.gone is not None and now.gone is None:
        crossed = history.gone_refusal(after.gone)
        raise RefusedByRule(crossed.rule, f"{crossed.message} That was in this very moment.", _BESIDE_IT)
    return after


_BESIDE_IT: Final = (
    "What you said stands beside it, signed and in the trail, and is of no photo any more: say it of what it is now.\n"
    "A legal hold keeps its keys, where they were there still:  imgfile legal-hold list"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An addition that is sealed and signed, and whose note nobody has published yet: it means nothing before."""

    name: str
    """Of its note."""
    data: bytes = field(repr=False)
    entry: Body = field(repr=False)
    """What the trail is to state of it."""
    digest: Digest


def prepare(  # noqa: PLR0913 - where it belongs, what it says, and who signs it
    vault: Vault, folder: PatientFolder, record: RecordId, new: NewAddition, *, knew: Sequence[Digest], key: SigningKey
) -> Prepared:
    """Seal what an addition says, and sign its note. Hold the station's lock. Raises `NotWritable`, `Damaged`."""
    thing = ThingId(layout.new_id())
    content = contents.dump(_content(vault, folder, record, thing, new))
    stated_key, sealed = seal(vault, folder, thing, layout.addition_object(folder, record, thing), content)
    stated = Addition(
        folder=folder,
        record=record,
        thing=thing,
        kind=AdditionKind(new.said.kind),
        key=stated_key,
        sealed=sealed,
        knew=tuple(knew),
        effects=new.effects,
        ends=new.ends,
        birth_guard=new.birth_guard,
        at=new.at,
        station=vault.here.station,
        signer=Signer(key.name),
    )
    note = addition.sign(vault, stated, key)
    entry = _entry("added", folder, record, note.digest, new.at)
    return Prepared(layout.addition_note(folder, record, thing), note.encode(), entry, Digest(note.digest))


def _content(vault: Vault, folder: PatientFolder, record: RecordId, thing: ThingId, new: NewAddition) -> Content:
    place = AdditionPlace(vault=vault.id, pid=folder, record=record, addition=thing)
    return Content(place=place, by=new.by, at=new.at, version=__version__, said=new.said)


def end(vault: Vault, of: History, stated: Gone, key: SigningKey) -> Gone:
    """Put a tombstone in a record's place; its keys go afterwards (`burn`). Return the tombstone that is there now.

    Where somebody else's came first, that one counts. Hold the station's lock. Raises `NotWritable`, `Damaged`.
    """
    of.expect_whole()
    finish_entries(vault)
    note = gone.sign(vault, stated, key)
    name = layout.tombstone(stated.folder, stated.record)
    if not vault.store.exists(name):
        claim_entered(vault, name, note.encode(), _entry("gone", stated.folder, stated.record, note.digest, stated.at))
    found = history.load(vault, of.manifest).gone
    if found is None:
        raise Damaged(f"{name} is not there, though it was written.", "Run:  imgfile verify")
    return found


def end_kept(vault: Vault, of: History, stated: Ended, key: SigningKey) -> History:
    """State that what a moved record kept has ended; its keys go afterwards (`burn`). Return the record as it then is.

    Hold the station's lock. Raises `NotWritable`, `Damaged`.
    """
    of.expect_whole()
    finish_entries(vault)
    note = ended.sign(vault, stated, key)
    if not vault.store.exists(stated.note):
        entry = _entry("ended", stated.folder, stated.record, note.digest, stated.at)
        claim_entered(vault, stated.note, note.encode(), entry)
    found = history.load(vault, of.manifest)
    if found.ended is None:
        raise Damaged(f"{stated.note} is not there, though it was written.", "Run:  imgfile verify")
    return found


def propose(vault: Vault, body: Body, at: datetime, key: SigningKey) -> Proposal:
    """Sign a text that proposes a destruction, as its first or its second person, in a file of its own.

    Hold the station's lock. Raises `NotWritable`, `Damaged`.
    """
    finish_entries(vault)
    note, name = proposals.sign(vault, body, key), layout.new_id()
    entry = {"act": "proposed", "at": format_time(at), "proposal": name, "note": note.digest}
    publish_entered(vault, layout.proposal(name), note.encode(), entry)
    return proposals.load(vault, name)


def seal(vault: Vault, folder: PatientFolder, thing: str, name: str, content: bytes) -> tuple[ThingKey, SealedObject]:
    """Seal something under a key of its own, durable and read back. Raises `NotWritable`, `Damaged`."""
    key = things.make(vault, folder, thing)
    sealed = sealing.seal(content, [key.recipient])
    vault.store.create(name, sealed)
    vault.store.sync(name.rpartition("/")[0])
    stored, _ = vault.store.read_back(name)
    if not things.opens_to(content, stored, sealed.file_key):
        raise Damaged(f"{name} does not read back as it was written.", "Check the disk or share it lies on.")
    return key.stated, SealedObject(len(stored), Digest(hashlib.sha256(stored).hexdigest()))


def _entry(act: str, folder: PatientFolder, record: RecordId, digest: str, at: datetime) -> Body:
    return {"act": act, "at": format_time(at), "patient": folder, "record": record, "note": digest}


def publish_entered(vault: Vault, name: str, data: bytes, entry: Body) -> None:
    """Publish a note and enter it in the trail; what dies between is finished by this station's next act.

    Hold the station's lock. Raises `NotWritable`, and `Damaged`: of a trail before anything is published.
    """
    chain.newest_heads(vault)
    begun = begin_entry(vault.station, name, entry)
    vault.store.publish(name, data)
    _enter(vault, name, data, [begun])


def claim_entered(vault: Vault, name: str, data: bytes, *entries: Body) -> bool:
    """Do the same under a name that others give too, with all that is to be entered; return whether this came first.

    Where somebody else's note is there, nothing is entered: it would not be true. Each entry has the note's digest.
    """
    chain.newest_heads(vault)
    begun = [begin_entry(vault.station, name, entry) for entry in entries]
    if vault.store.claim(name, data) or all(_is_published(vault, each) for each in begun):  # as a share may say late
        _enter(vault, name, data, begun)
        return True
    for each in begun:
        each.drop()
    return False


def _enter(vault: Vault, name: str, data: bytes, begun: Sequence[BegunEntry]) -> None:
    keep_life(vault.station, name, data)
    try:
        chain.append(vault, [each.entry for each in begun])
    except NotWritable as error:
        raise NotWritable(error.message, f"{_STANDS}\n{error.hint}".strip()) from error
    for each in begun:
        each.drop()


_STANDS: Final = (
    "What you stated is in the vault and counts; only its entry in the audit trail could not be made. Do not\n"
    "repeat it: the next such act at this computer makes that entry."
)


def finish_entries(vault: Vault) -> None:
    """Enter what a run of this station published and did not come to enter, and forget what is to be forgotten.

    Of what it never came to publish nothing is entered, though somebody else's note may bear that name by now. Hold the
    station's lock.
    """
    forget_marked(vault.station)
    begun = list(begun_entries(vault.station))
    entries = [each.entry for each in begun if _is_published(vault, each)]
    if entries:
        chain.append(vault, entries)
    for each in begun:
        each.drop()


def _is_published(vault: Vault, each: BegunEntry) -> bool:
    """Return whether there is what an entry states: of a name that others may give too, the very note."""
    if not vault.store.exists(each.name):
        return False
    if each.entry.get("act") == "filed":
        stated = each.entry.get("manifest")
    elif each.name.rpartition("/")[2] in {layout.GONE, layout.ENDED}:
        stated = each.entry.get("note")
    else:
        return True
    return notes.text_digest(vault.store.read(each.name)) == stated
