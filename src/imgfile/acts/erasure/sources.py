"""Erasing the sources of filed photos, and finishing what an earlier run began.

1. Each source goes by its own `Release`; one that cannot go is no other's failure.
2. The evidence is in the audit trail, durably, before a pending note is dropped.
3. Before a byte of it is overwritten, what an earlier run filed is proven anew (R15), and a mailbox is locked anew.
4. A whole export is finished likewise, every record whose photo stood in it proven anew (see `whole_export`), unless
   a photo in it was set aside meanwhile (`kept`).
5. A pending note whose file is another by now is reported, entered in the trail, and dropped: no later run could
   finish it. So is one whose record is gone since: nothing proves any more that its photo may go. One that cannot be
   finished just now stays.
6. Whoever names a source again that is gone by 3 or 4 gets the outcome of the interrupted run, the record proven.
7. A photo leaves its mailbox by the plan that was made when it was decided about. It is made anew where it names
   another record than the photo turned out to be filed as, or where a photo that went before it, out of the same
   winmail.dat perhaps, changed a byte of what it replaces.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.outcome import Cleared, Failed, Filed, NotFiled
from imgfile.acts.sources.source import MailPart, Source, plan_removal, take_away
from imgfile.clinical.proofs import Digest, Disposed, Erasure, RecordId, Release, Removal, Verified
from imgfile.erase.note import PendingErasure, Phase, Region, WholeFile
from imgfile.errors import Error, RefusedByRule, SourceChanged, SourceRemains, SourceUnavailable, UnreadableMail
from imgfile.files import FileIdentity
from imgfile.frozen import dataclass, field
from imgfile.notes import Body
from imgfile.station import PendingNote, Station
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import find as records
from imgfile.vault.records.commit import prove_stored
from imgfile.vault.trail import chain
from imgfile.vault.trail.entries import cleared_entries, disposed_of_entry, erased_entry, remains_entry

if TYPE_CHECKING:
    from imgfile.record_state.set_aside import SetAside


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one source: its erasure, or why the photo can still be read there; neither for a pipe."""

    erasure: Erasure | None = None
    remains: Error | None = None


@dataclass()
class Notebook:
    """The station as a writer of pending notes, remembering which it wrote."""

    station: Station
    written: list[PendingNote] = field(default_factory=list)

    def write(self, facts: Body) -> PendingNote:
        """Make a note; durable on return. Raises `NotWritable`."""
        self.written.append(self.station.write(facts))
        return self.written[-1]

    def drop_finished(self) -> None:
        """Drop the notes of what is erased: the evidence is in the trail."""
        for note in self.written:
            if PendingErasure.from_facts(note.facts).phase is Phase.ERASED:
                note.drop()


@dataclass(frozen=True, slots=True)
class Going:
    """A source that is to be erased, by which permission, and how it leaves its mailbox where that is planned."""

    source: Source
    release: Release | Disposed
    removal: Removal | None = field(default=None, repr=False)


def erase_sources(vault: Vault, going: Sequence[Going], ledger: Ledger, *, at: datetime) -> list[Attempt]:
    """Erase the sources of released photos, in order; enter the evidence. Raises `NotWritable` for the trail alone."""
    notebook = Notebook(vault.station)
    done: dict[Path, list[Removal]] = {}
    attempts = [_attempt(one, done, notebook, ledger, at) for one in going]
    entries = [
        _erased(one.release, attempt.erasure, at)
        for one, attempt in zip(going, attempts, strict=True)
        if attempt.erasure is not None
    ]
    try:
        enter(vault, entries)
    except Error as error:  # the notes stay, so that the next run enters the evidence
        return [unentered(attempt, error) for attempt in attempts]
    notebook.drop_finished()
    return attempts


def _erased(by: Release | Disposed, erasure: Erasure, at: datetime) -> Body:
    if isinstance(by, Disposed):
        return disposed_of_entry(by.mark, erasure, at=at)
    return erased_entry(by.verified.record, erasure, at=at)


def _attempt(one: Going, done: dict[Path, list[Removal]], notebook: Notebook, ledger: Ledger, at: datetime) -> Attempt:
    if is_on_hold(notebook.station, one.release.digest):
        return Attempt(remains=on_hold(one.source.shown))
    ledger.expect_gone(one.source)
    try:
        return Attempt(erasure=take_away(one.source, one.release, _removal(one, done, at), notebook))
    except Error as error:
        ledger.forget(one.source)
        return Attempt(remains=error)


def is_on_hold(station: Station, digest: Digest) -> bool:
    """Return whether a photo is on a safeguarding hold: then no copy of it is erased, whoever permits it (R21)."""
    kept = how_aside(station, digest)
    return kept is not None and kept.is_hold


def _is_any_held_elsewhere(vault: Vault, photos: Iterable[Digest]) -> bool:
    if not vault.knows_other_holds:
        return False
    from imgfile.acts.held_elsewhere import HeldElsewhere  # noqa: PLC0415 - few runs are interrupted

    elsewhere = HeldElsewhere(vault)
    return any(elsewhere.where(photo) is not None for photo in photos)


def how_aside(station: Station, digest: Digest) -> SetAside | None:
    """Return how a photo is set aside here, on a hold or in quarantine; None for any other."""
    if not station.has_set_aside:
        return None
    from imgfile.record_state.set_aside import PhotosSetAside  # noqa: PLC0415 - few computers leave any photo alone

    return PhotosSetAside(station).find(digest)


def waits(name: str) -> SourceRemains:
    """Return why a source stays that holds a photo in quarantine: nobody has decided about it yet (R11)."""
    return SourceRemains(
        f"{name} is kept: it holds a photo that is set aside until somebody decides about it.",
        "File it, or say at its first question what becomes of it:  imgfile check  lists what waits",
    )


def on_hold(name: str) -> SourceRemains:
    """Return why a source stays that holds a photo on a safeguarding hold (R21)."""
    return SourceRemains(
        f"{name} is kept: it holds a photo that is on a safeguarding hold.",
        "Nothing of it is erased until a named person lifts that:  imgfile safeguarding list",
    )


def _removal(one: Going, done: dict[Path, list[Removal]], at: datetime) -> Removal | None:
    """Return the plan by which a photo leaves its mailbox (rule 7); None for what lies in none."""
    if not isinstance(one.source, MailPart):
        return None
    record, removal = one.release.verified.record if isinstance(one.release, Release) else None, one.removal
    reference = layout.reference(record) if record else ""
    before = done.setdefault(one.source.export.path, [])
    if removal is None or removal.reference != reference or any(map(removal.overlaps, before)):
        removal = plan_removal(one.source, record, on=at.date())
    before.append(removal)
    return removal


def unentered(attempt: Attempt, error: Error) -> Attempt:
    """Return an attempt that says, of what is erased, that the trail does not say so yet; its pending note stays."""
    if attempt.erasure is None:
        return attempt
    message = f"the source is erased, and the audit trail does not say so yet: {error.message}"
    return Attempt(attempt.erasure, type(error)(message, error.hint))


@dataclass(frozen=True, slots=True)
class Finished:
    """An erasure that an earlier run left unfinished, and what became of it now."""

    pending: PendingErasure = field(repr=False)
    attempt: Attempt
    outcome: Filed | Failed | Cleared | NotFiled | None = None
    """The outcome that the earlier run would have had; None while the photo can still be read there."""

    @property
    def cleared(self) -> Cleared | None:
        """What became of a whole export; None for a photo."""
        return self.outcome if isinstance(self.outcome, Cleared) else None

    def accounts_for(self, name: str, error: Error) -> bool:
        """Return whether what was named could not be had because this erasure is finished."""
        if self.outcome is None or Path(name).absolute() != self.pending.path:
            return False
        if isinstance(self.pending.target, WholeFile):
            return isinstance(error, SourceUnavailable) and FileIdentity.at(self.pending.path) is None
        return isinstance(error, UnreadableMail)


def finish_pending(vault: Vault, *, at: datetime) -> list[Finished]:
    """Finish every erasure that an earlier run left unfinished; hold the station's lock. Raises `NotWritable`."""
    return [_finished(vault, note, at) for note in vault.station.pending()]


def _finished(vault: Vault, note: PendingNote, at: datetime) -> Finished:
    facts = PendingErasure.from_facts(note.facts)
    if (kept := _kept(vault, facts)) is not None:
        return Finished(facts, Attempt(remains=kept))
    if not facts.filed and not _is_export(facts):
        return _finished_disposed(vault, note, facts, at)
    return _finished_filed(vault, note, facts, at)


def _kept(vault: Vault, facts: PendingErasure) -> SourceRemains | None:
    """Return why an erasure does not go on: a photo was put on hold or, in an export, set aside meanwhile."""
    if facts.phase is not Phase.NOTED:
        return None
    station, photos = vault.station, _photos_of(facts)
    if any(is_on_hold(station, photo) for photo in photos) or _is_any_held_elsewhere(vault, photos):
        return on_hold(str(facts.path))
    if not _is_export(facts) or not station.has_set_aside or not facts.path.is_file():
        return None
    try:
        return _kept_in_export(station, facts)
    except Error:
        return SourceRemains(
            f"{facts.path} is kept: it cannot be looked through any more, and photos are set aside at this computer.",
            "Its erasure goes on once nothing is set aside:  imgfile check  lists what waits",
        )


def _kept_in_export(station: Station, facts: PendingErasure) -> SourceRemains | None:
    from imgfile.acts.erasure.set_aside_meanwhile import set_aside_in  # noqa: PLC0415 - few computers leave any photo alone
    from imgfile.record_state.set_aside import PhotosSetAside  # noqa: PLC0415 - the same

    aside, filed, name = PhotosSetAside(station), {photo for _, photo in facts.filed}, str(facts.path)
    kept = set_aside_in(facts.path, filed, aside) if aside.all() else None
    if kept is None:
        return None
    return on_hold(name) if kept.is_hold else waits(name)


def _finished_filed(vault: Vault, note: PendingNote, facts: PendingErasure, at: datetime) -> Finished:
    proofs = [_prove(vault, *photo) for photo in facts.filed]
    failure = next((proof for proof in proofs if isinstance(proof, Error)), None)
    if isinstance(failure, RefusedByRule) and _can_lose(facts):
        enter(vault, [remains_entry(record, at=at) for record, _ in facts.filed])
        note.drop()
        return Finished(facts, Attempt(remains=_unproven(facts, SourceRemains(failure.message, failure.hint))))
    if failure is not None and _can_lose(facts):
        return Finished(facts, Attempt(remains=_unproven(facts, failure)))
    proven = [proof for proof in proofs if isinstance(proof, Verified)]
    attempt = _finish(vault, note, facts, proven, at=at)
    if attempt.erasure is None:
        return Finished(facts, attempt)
    if failure is not None:
        return Finished(facts, attempt, Failed(failure))
    return Finished(facts, attempt, _outcome(facts, attempt.erasure, proven))


def _finished_disposed(vault: Vault, note: PendingNote, facts: PendingErasure, at: datetime) -> Finished:
    """Finish the erasure of a photo that is filed nowhere: the trail must say that it may go, not the note alone."""
    from imgfile.vault.keys.pseudonyms import open_pseudonyms  # noqa: PLC0415 - few runs are interrupted
    from imgfile.vault.trail.permissions import how_disposed  # noqa: PLC0415 - the same

    mark = open_pseudonyms(vault).same(facts.original)
    how = how_disposed(vault, mark)
    if how is None:
        unsaid = SourceRemains("the trail does not say that it may go.", "Run:  imgfile verify")
        return Finished(facts, Attempt(remains=_unproven(facts, unsaid)))
    attempt = _finish(vault, note, facts, (), at=at, mark=mark)
    return Finished(facts, attempt, NotFiled(how, attempt.erasure) if attempt.erasure else None)


def _photos_of(facts: PendingErasure) -> set[Digest]:
    return {facts.original, *(photo for _, photo in facts.filed)}


def _outcome(facts: PendingErasure, erasure: Erasure, proofs: Sequence[Verified]) -> Filed | Cleared:
    references = tuple(layout.reference(proof.record) for proof in proofs)
    if _is_export(facts):
        return Cleared(facts.path, references, erasure=erasure)
    return Filed(references[0], is_new=False, reached=proofs[0].reached, erasure=erasure)


def _is_export(facts: PendingErasure) -> bool:
    return isinstance(facts.target, WholeFile) and facts.target.is_export


def _prove(vault: Vault, record: RecordId, original: Digest) -> Verified | Error:
    try:
        return prove_stored(vault, records.of_id(vault, record), original)
    except Error as error:
        return error


def _can_lose(facts: PendingErasure) -> bool:
    """Return whether the photo may still be readable in its source; once it is overwritten there, it is not."""
    return facts.phase is Phase.NOTED and os.path.lexists(facts.path)


def _unproven(facts: PendingErasure, error: Error) -> Error:
    message = f"the erasure of {facts.path} was interrupted, and is not finished: {error.message}"
    return type(error)(message, error.hint)


def _finish(  # noqa: PLR0913 - what is to be finished, and by which permission
    vault: Vault, note: PendingNote, facts: PendingErasure, proven: Sequence[Verified], *, at: datetime, mark: str = ""
) -> Attempt:
    """Finish one erasure, by the records that are proven, or by the mark of a photo that the trail says may go."""
    from imgfile.erase.resume import resume  # noqa: PLC0415 - few runs are interrupted

    try:
        with _held(facts):
            erasure = resume(note.facts, proven=proven, pending=note, disposed=facts.original if mark else None)
    except SourceChanged as error:
        enter(vault, [remains_entry(record, at=at) for record, _ in facts.filed])
        note.drop()
        return Attempt(remains=error)
    except Error as error:
        return Attempt(remains=error)
    enter(vault, [disposed_of_entry(mark, erasure, at=at)] if mark else _evidence(facts, erasure, at))
    note.drop()
    return Attempt(erasure=erasure)


def _evidence(facts: PendingErasure, erasure: Erasure, at: datetime) -> list[Body]:
    gone = [record for record, _ in facts.filed]
    if _is_export(facts):
        return cleared_entries(gone, erasure, at=at)
    return [erased_entry(record, erasure, at=at) for record in gone]


def _held(facts: PendingErasure) -> AbstractContextManager[object]:
    """Keep mail programs out of a mailbox that is about to be changed."""
    is_mail = isinstance(facts.target, Region) or _is_export(facts)
    is_changing = is_mail and facts.phase is Phase.NOTED and os.path.lexists(facts.path)
    if not is_changing:
        return nullcontext()
    from imgfile.mail.locks import hold  # noqa: PLC0415 - a photo in a file of its own needs no mail

    return hold(facts.path)


def enter(vault: Vault, entries: Iterable[Body]) -> None:
    """Append entries to the trail, if there are any. Raises `NotWritable`, `Damaged`."""
    if batch := list(entries):
        chain.append(vault, batch, is_evidence=True)
