"""What a restore undid of records, proposals and the inbox: put back where its note is kept here, else lost, by name.

1. Of every addition, tombstone, proposal and decision about an inbox item that this computer made or saw it keeps the
   note (`kept_notes`). A note that is there again holds again: a withdrawal stops the photo's use, a hold keeps it,
   what two persons destroyed is gone. What it said is lost where the restore took its words or their key.
2. A tombstone that leads to a record which is lost itself is not put back: the photo is where it was moved from.
3. What a trail states, or this computer remembers, and keeps no note of is lost. It may have stopped the photo's use,
   or held it: so this computer states both, until a clinician who knows better ends that (`mark`). Once marked, the
   trail says so; a run that died before is finished by the next.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from imgfile import kept_notes as kept
from imgfile import notes
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.clinical.record.additions import Reason, Withdrawal
from imgfile.clinical.vocabulary import ConsentForm, WithdrawalOutcome
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.notes import Body
from imgfile.record_state.memory import recall_record, remembered_records
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import addition, gone, history, proposals, write
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.closings import LIFE
from imgfile.vault.life.gone import How
from imgfile.vault.life.open import has_words
from imgfile.vault.life.settled import name_of
from imgfile.vault.life.signers import verified
from imgfile.vault.records import manifest
from imgfile.vault.records.find import everything, is_published
from imgfile.vault.roster.json import id_of
from imgfile.vault.trail.reasons import folder_of, stated_reason

Place = tuple[PatientFolder, RecordId]


class What(StrEnum):
    """What is lost."""

    STATEMENT = "statement"
    """An addition: nobody here knows what it said, or that it held."""
    WORDS = "words"
    """What an addition said; that it holds, its note says."""
    ENDING = "ending"
    """A tombstone: the record is there again."""
    MOVE = "move"
    """A tombstone that leads to a record which is lost."""
    KEPT = "kept"
    """The end of what a legal hold kept of a moved record: two persons destroyed that."""
    DECISION = "decision"
    """What became of an item of the inbox: it waits again."""
    PROPOSAL = "proposal"
    REASON = "reason"
    """Why somebody looked at a photo, or took a copy."""
    RECORD = "record"
    """A record that only what this computer remembers of it speaks of: the entry that it was filed is lost too."""
    WITH_RECORD = "with_record"
    """Something of a record that is lost itself, and named for that."""


@dataclass(frozen=True, slots=True)
class Undone:
    """One thing that is lost."""

    what: What
    reference: str
    """Of the record, the item or the proposal."""
    at: str
    """When it was entered, as its station's clock had it; empty where no trail states it."""
    digest: str
    """What an administrator accepts: of a note, or of what is sealed."""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """An entry of a trail that states something of a record, a proposal or the inbox."""

    entry: Body

    @property
    def act(self) -> str:
        """What it states."""
        return str(self.entry["act"])

    @property
    def digest(self) -> str:
        """Of the note that it states."""
        return str(self.entry.get("note"))

    @property
    def at(self) -> str:
        """When it was made."""
        return str(self.entry.get("at", ""))

    @property
    def place(self) -> Place | None:
        """The record that it is of; None for one that could not be looked for."""
        folder, record = str(self.entry.get("patient")), str(self.entry.get("record"))
        both_are = layout.is_id(folder) and layout.is_id(record)
        return (PatientFolder(folder), RecordId(record)) if both_are else None


# --- putting back ---------------------------------------------------------------------------------------------

_KINDS: Final = {layout.PROPOSALS: "proposal", layout.INBOX: "settled"}
_LAST: Final = {layout.GONE: "gone", layout.ENDED: "ended"}
"""Of a record, what is put back after its additions, in this order."""


def to_put_back(vault: Vault) -> Iterator[tuple[str, bytes]]:
    """Yield the notes that this station keeps and the vault lacks, each with its name: additions before tombstones."""
    for name in sorted(kept.kept_lives(vault.station), key=_turn):
        note = kept.kept_life(vault.station, name)
        if note and not vault.store.exists(name) and _belongs(vault, name, note):
            yield name, note


def _turn(name: str) -> int:
    """Return when a note is put back: what it rests on comes before it."""
    last = name.rpartition("/")[2]
    if name.startswith(layout.PROPOSALS):
        return 0
    return 1 if last not in _LAST else 2 + [*_LAST].index(last)


def _belongs(vault: Vault, name: str, data: bytes) -> bool:
    """Return whether a kept note holds, and what it is of is there."""
    top, *_, last = name.split("/")
    try:
        note = verified(vault, data, _KINDS.get(top) or _LAST.get(last, "addition"))
        if top == layout.PROPOSALS:
            return True
        if not vault.store.exists(f"{name.rpartition('/')[0]}/{layout.MANIFEST}"):
            return False
        if note.kind == "gone" and note.body["how"] == How.MOVED:
            to = note.body["to"]
            return is_published(vault, PatientFolder(id_of(to["patient"])), RecordId(id_of(to["record"])))
        if note.kind == "ended":
            stone = f"{name.rpartition('/')[0]}/{layout.GONE}"
            return vault.store.exists(stone) and notes.text_digest(vault.store.read(stone)) == note.body["gone"]
    except (Damaged, KeyError, TypeError, ValueError):  # a copy that is torn, or changed, is none
        return False
    return True


# --- what is lost ---------------------------------------------------------------------------------------------


def find_undone(vault: Vault, stated: Sequence[Stated]) -> Iterator[Undone]:
    """Yield what the trails state, or this station remembers, and the vault does not hold; once it was all put back.

    What an administrator accepted is not yielded again. Raises `Damaged`.
    """
    accepted = {*vault.roster.accepted}
    found: dict[str, Undone] = {}
    for each in (*_of_records(vault, stated), *_of_the_rest(vault, stated), *_reasons(vault, stated)):
        if each.digest not in accepted:
            found.setdefault(each.digest, each)
    yield from found.values()


def _of_records(vault: Vault, stated: Sequence[Stated]) -> Iterator[Undone]:
    known = _known(vault, stated)
    for record in {*remembered_records(vault.station)} - {record for _, record in known}:  # whose it was nobody knows
        for digest in recall_record(vault.station, record).digests:
            yield Undone(What.RECORD, layout.reference(RecordId(record)), "", digest)
    for (folder, record), notes_of in known.items():
        reference, here = layout.reference(record), is_published(vault, folder, record)
        there = _digests(vault, folder, record) if here else set[str]()
        for digest, (act, at) in notes_of.items():
            if digest not in there:
                what = _lost(vault, act, digest) if here else What.WITH_RECORD
                yield Undone(what, reference, at, digest, (folder, record))
        if here:
            yield from _wordless(vault, folder, record)


def _lost(vault: Vault, act: str, digest: str) -> What:
    """Return what is lost of a record that is there, by as what it was entered."""
    match act:
        case "added":
            return What.STATEMENT
        case "ended":
            return What.KEPT
        case _:
            return _ending(vault, digest)


def _known(vault: Vault, stated: Sequence[Stated]) -> dict[Place, dict[str, tuple[str, str]]]:
    """Return what is known of records: place → digest of a note → as what it was entered, and when."""
    known: dict[Place, dict[str, tuple[str, str]]] = {}
    for each in stated:
        if each.act in LIFE and each.place is not None:
            known.setdefault(each.place, {})[each.digest] = (each.act, each.at)
    for place, digest, act in [*_remembered(vault, known)]:
        known.setdefault(place, {}).setdefault(digest, (act, ""))
    return known


def _remembered(vault: Vault, known: Iterable[Place]) -> Iterator[tuple[Place, str, str]]:
    """Yield what this station remembers of records: where each lies, a digest, and as what it was entered."""
    folders = {record: folder for folder, record in known}
    remembered = [*map(RecordId, remembered_records(vault.station))]
    unknown = {*remembered} - folders.keys()
    for place in everything(vault) if unknown else ():
        if place[1] in unknown and is_published(vault, *place):
            folders.setdefault(place[1], place[0])
    for record in remembered:
        if (folder := folders.get(record)) is None:
            continue
        seen = recall_record(vault.station, record)
        stated = seen.stated - {seen.gone}
        yield from (((folder, record), digest, "added") for digest in {*seen.notes.values(), *stated})
        if seen.gone:
            yield (folder, record), seen.gone, "gone"


def _digests(vault: Vault, folder: PatientFolder, record: RecordId) -> set[str]:
    here = layout.record(folder, record)
    names = (name for name in vault.store.names(here) if layout.is_key_note(name) or name in _LAST)
    return {notes.text_digest(vault.store.read(f"{here}/{name}")) for name in names}


def _ending(vault: Vault, digest: str) -> What:
    """Return whether a lost tombstone is known to have moved its record."""
    for name in kept.kept_lives(vault.station):
        if name.startswith(layout.PATIENTS) and name.endswith(layout.GONE):
            with contextlib.suppress(Damaged):  # a copy that is torn is none
                note = notes.parse(kept.kept_life(vault.station, name))
                if note.digest == digest and note.body.get("how") == How.MOVED:
                    return What.MOVE
    return What.ENDING


def _wordless(vault: Vault, folder: PatientFolder, record: RecordId) -> Iterator[Undone]:
    """Yield the additions of a record whose words, or their key, are not there, and a tombstone's old answers."""
    reference = layout.reference(record)
    tombstone = gone.load(vault, folder, record)
    if tombstone is not None:
        name = tombstone.key and layout.addition_object(folder, record, tombstone.key.thing)
        if name and tombstone.key and tombstone.sealed:
            is_whole = vault.store.exists(name) and vault.store.exists(tombstone.key.name)
            if not is_whole:
                yield Undone(What.WORDS, reference, "", tombstone.sealed.digest, (folder, record))
        return
    for thing in history.addition_names(vault, folder, record):
        each = addition.load(vault, folder, record, thing)
        if not has_words(vault, each):
            yield Undone(What.WORDS, reference, "", each.sealed.digest, (folder, record))


def _of_the_rest(vault: Vault, stated: Sequence[Stated]) -> Iterator[Undone]:
    """Yield proposals, and decisions about items of the inbox; an item that is lost is named with the photos."""
    for each in stated:
        if each.act == "proposed":
            name = str(each.entry.get("proposal"))
            if layout.is_id(name) and not vault.store.exists(layout.proposal(name)):
                yield Undone(What.PROPOSAL, layout.reference(RecordId(each.digest[:32])), each.at, each.digest)
        elif each.act == "settled":
            item = str(each.entry.get("item"))
            if layout.is_id(item) and not vault.store.exists(name_of(item)):
                is_there = vault.store.exists(f"{layout.item(item)}/{layout.MANIFEST}")
                what = What.DECISION if is_there else What.WITH_RECORD
                yield Undone(what, layout.reference(RecordId(item)), each.at, each.digest)


def _reasons(vault: Vault, stated: Sequence[Stated]) -> Iterator[Undone]:
    """Yield the sealed reasons that are named and not there, or whose key is not, though what they are of is."""
    for each in stated:
        folder = folder_of(each.entry)
        if "reason" not in each.entry or folder is None:
            continue
        try:
            reason = stated_reason(folder, each.entry["reason"])
        except ValueError:  # `verify` reports it
            continue
        is_spent = each.place is not None and vault.store.exists(layout.tombstone(*each.place))
        has_key = reason.key is None or is_spent or vault.store.exists(reason.key.name)
        if not (vault.store.exists(reason.name) and has_key):
            yield Undone(What.REASON, "", each.at, reason.digest)
    for name in proposals.names(vault):
        proposal = proposals.load(vault, name)
        if not vault.store.exists(proposal.reason.name):
            yield Undone(What.REASON, proposal.reference, "", proposal.reason.digest)


# --- stating anew what may have held --------------------------------------------------------------------------

_WHY: Final = "a statement about this photo was lost when a backup was restored; it may have said so"
_STOPPED: Final = Withdrawal(
    giver=ConsentGiver.NONE,
    form=ConsentForm.NOT_APPLICABLE,
    outcome=WithdrawalOutcome.SECONDARY_USE_STOPPED,
    reason=_WHY,
)
_HELD: Final = Reason(kind="hold", reason=_WHY)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is to be stated anew of a record: `act` is as what that was entered which is lost."""

    act: str
    place: Place
    digest: str


def unmarked(vault: Vault, stated: Sequence[Stated], losses: Iterable[Body]) -> list[Mark]:
    """Return what was accepted as lost, may have held, and no run came to state anew.

    `losses` are the entries that say what was.
    """
    wanted = {*vault.roster.accepted} - {digest for entry in losses for digest in entry.get("marked", ())}
    found: list[Mark] = []
    for place, notes_of in _known(vault, stated).items() if wanted else ():
        lost = {digest: act for digest, (act, _) in notes_of.items() if digest in wanted}
        if not lost or not is_published(vault, *place):
            continue
        there = _digests(vault, *place)
        found += [
            Mark(act, place, digest)
            for digest, act in lost.items()
            if digest not in there and not (act == "gone" and _ending(vault, digest) is What.MOVE)
        ]
    return found


def mark(vault: Vault, lost: Mark, *, at: datetime) -> None:
    """State of a record that its use is stopped, and that it is held, as what was lost may have done.

    Hold the station's lock. Raises `NotWritable`, `Damaged`.
    """
    now = history.load(vault, manifest.load(vault, *lost.place))
    if now.gone is not None:
        return
    if not now.is_use_stopped:
        stopped = write.NewAddition(said=_STOPPED, by=None, at=at, effects=frozenset({Effect.USE_STOPPED}))
        now = write.add(vault, now, stopped)
    if lost.act == "added" and not now.is_held:
        write.add(vault, now, write.NewAddition(said=_HELD, by=None, at=at, effects=frozenset({Effect.HELD})))
