"""Erasing the sources of filed photos, and finishing what an earlier run began.

1. Each source goes by its own `Release`; one that cannot go is no other's failure.
2. The evidence is in the audit trail, durably, before a pending note is dropped.
3. Before a byte of it is overwritten, what an earlier run filed is proven anew (R15), and a mailbox is locked anew.
4. A pending note whose file is another by now is reported, entered in the trail, and dropped: it would fail for
   ever. One that cannot be finished just now stays.
5. Whoever names a source again that is gone by 4 gets what the interrupted run would have told, the record proven.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from imgfile.acts.copies import Copies
from imgfile.acts.outcomes import Failed, Filed
from imgfile.acts.sources import Source, take_away
from imgfile.clinical.proofs import Erasure, Release, Verified
from imgfile.erase import PendingErasure, Phase, resume
from imgfile.erase.note import Region, WholeFile
from imgfile.errors import Error, SourceChanged, SourceUnavailable, UnreadableMail
from imgfile.files import FileIdentity
from imgfile.notes import Body
from imgfile.station import PendingNote, Station
from imgfile.vault import layout, records, trail
from imgfile.vault.access import Vault
from imgfile.vault.commit import prove_stored


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one source: its erasure, or why the photo can still be read there; neither for a pipe."""

    erasure: Erasure | None = None
    remains: Error | None = None


@dataclass
class _Notebook:
    """The station as a writer of pending notes, remembering which it wrote."""

    station: Station
    written: list[PendingNote] = field(default_factory=list)

    def write(self, facts: Body) -> PendingNote:
        self.written.append(self.station.write(facts))
        return self.written[-1]


def erase_sources(
    vault: Vault, filed: Sequence[tuple[Source, Release]], copies: Copies, *, at: datetime
) -> list[Attempt]:
    """Erase the sources of released photos, in order; enter the evidence. Raises `NotWritable` for the trail alone."""
    notebook = _Notebook(vault.station)
    attempts = [_attempt(source, release, notebook, copies, at) for source, release in filed]
    entries = [
        trail.erased_entry(release.verified.record, attempt.erasure, at=at)
        for (_, release), attempt in zip(filed, attempts, strict=True)
        if attempt.erasure is not None
    ]
    try:
        _enter(vault, entries)
    except Error as error:  # the notes stay, so that the next run enters the evidence
        return [_unentered(attempt, error) for attempt in attempts]
    for note in notebook.written:
        if PendingErasure.from_facts(note.facts).phase is Phase.ERASED:
            note.drop()
    return attempts


def _attempt(source: Source, release: Release, notebook: _Notebook, copies: Copies, at: datetime) -> Attempt:
    copies.note(source)
    try:
        return Attempt(erasure=take_away(source, release, notebook, on=at.date()))
    except Error as error:
        copies.forget(source)
        return Attempt(remains=error)


def _unentered(attempt: Attempt, error: Error) -> Attempt:
    if attempt.erasure is None:
        return attempt
    told = f"the source is erased, and the audit trail does not say so yet: {error.message}"
    return Attempt(attempt.erasure, type(error)(told, error.hint))


@dataclass(frozen=True, slots=True)
class Finished:
    """An erasure that an earlier run left unfinished, and what became of it now."""

    pending: PendingErasure = field(repr=False)
    attempt: Attempt
    outcome: Filed | Failed | None = None
    """What the earlier run would have told; None while the photo can still be read there."""

    def tells_of(self, name: str, error: Error) -> bool:
        """Tell whether what was named could not be had because this erasure is finished."""
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
    proof = _prove(vault, facts)
    if isinstance(proof, Error) and _can_lose(facts):
        return Finished(facts, Attempt(remains=_unproven(facts, proof)))
    attempt = _finish(vault, note, facts, at)
    if attempt.erasure is None:
        return Finished(facts, attempt)
    if isinstance(proof, Error):
        return Finished(facts, attempt, Failed(proof))
    reference = layout.reference(proof.record)
    return Finished(facts, attempt, Filed(reference, is_new=False, reached=proof.reached, erasure=attempt.erasure))


def _prove(vault: Vault, facts: PendingErasure) -> Verified | Error:
    try:
        return prove_stored(vault, records.of_id(vault, facts.record), facts.original)
    except Error as error:
        return error


def _can_lose(facts: PendingErasure) -> bool:
    """Tell whether the photo may still be readable in its source; once it is overwritten there, it is not."""
    return facts.phase is Phase.NOTED and os.path.lexists(facts.path)


def _unproven(facts: PendingErasure, error: Error) -> Error:
    told = f"the erasure of {facts.path} was interrupted, and is not finished: {error.message}"
    return type(error)(told, error.hint)


def _finish(vault: Vault, note: PendingNote, facts: PendingErasure, at: datetime) -> Attempt:
    try:
        with _held(facts):
            erasure = resume(note.facts, pending=note)
    except SourceChanged as error:
        _enter(vault, [trail.remains_entry(facts.record, at=at)])
        note.drop()
        return Attempt(remains=error)
    except Error as error:
        return Attempt(remains=error)
    _enter(vault, [trail.erased_entry(facts.record, erasure, at=at)])
    note.drop()
    return Attempt(erasure=erasure)


def _held(facts: PendingErasure) -> AbstractContextManager[object]:
    """Keep mail programs out of a mailbox that is about to be changed."""
    is_changing = isinstance(facts.target, Region) and facts.phase is Phase.NOTED and os.path.lexists(facts.path)
    if not is_changing:
        return nullcontext()
    from imgfile.mail.locks import hold  # noqa: PLC0415 - a photo in a file of its own needs no mail

    return hold(facts.path)


def _enter(vault: Vault, entries: Iterable[Body]) -> None:
    if batch := list(entries):
        trail.append(vault, batch)
