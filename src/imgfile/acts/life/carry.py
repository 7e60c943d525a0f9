"""What was added to a record, as it goes with the photo to its new place.

| of a photo that is | goes along |
| --- | --- |
| moved to another patient | a legal hold that stands, without its reason: that may name who is meant |
| rekeyed to the number that its patient has now | all but amendments: these are in its facts by then |

1. Each is sealed anew, with who said it and when as before, and signed by whoever moves the photo, a clinician. Among
   each other they know and end what they knew and ended before: a withdrawal counts against the same forms as ever.
2. All of it lies beside the new record before that exists, and counts from its first moment.
3. What was added to the old place after that, before its tombstone, follows where it tightens or tells something;
   what loosens does not: the stricter counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from imgfile.acts.life.person import Actor
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.clinical.record.additions import Amendment, Reason, Said, Withdrawal
from imgfile.frozen import dataclass
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import LOOSENS, AdditionKind, Effect
from imgfile.vault.life.history import History
from imgfile.vault.life.open import Added, OpenedRecord, open_record
from imgfile.vault.life.write import NewAddition, Prepared, add, prepare
from imgfile.vault.records.manifest import Cause, Manifest

_MARKS: Final = frozenset({Effect.HELD, Effect.USE_STOPPED, Effect.INTIMATE, Effect.SHOWS_ANOTHER})
"""What a photo takes along to another patient: what tightens, and no words that somebody said of the wrong one."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """Where what was added goes, by whom, and because of what."""

    folder: PatientFolder
    record: RecordId
    by: Actor
    cause: Cause
    at: datetime


def along(vault: Vault, opened: OpenedRecord, to: Bearing, manifest: Digest) -> Iterator[Prepared]:
    """Seal and sign anew what goes along with a photo; the notes are to be published before the manifest.

    Hold the station's lock. Raises `NotWritable`, `Damaged`.
    """
    now: dict[Digest, frozenset[Digest]] = {opened.manifest.digest: frozenset({manifest})}
    standing = {each.digest for each in opened.history.standing(Effect.HELD)}
    for each in opened.added:
        knew = frozenset[Digest]().union(*(now.get(digest, frozenset()) for digest in each.stated.knew))
        now[each.stated.digest] = knew  # where it does not go along, what it knew stands for it
        is_told = each.stated.kind is not AdditionKind.AMENDMENT
        goes = each.stated.digest in standing if to.cause is Cause.MOVED else is_told
        ends = tuple(sorted({new for digest in each.stated.ends for new in now.get(digest, ())} - {manifest}))
        if not goes or (each.stated.effects & LOOSENS and not ends):
            continue
        new = NewAddition(
            said=_said(opened, each, to.cause),
            by=each.content.by,
            at=each.content.at,
            effects=each.stated.effects,
            ends=ends,
        )
        ready = prepare(vault, to.folder, to.record, new, knew=sorted(knew or {manifest}), key=to.by.key)
        now[each.stated.digest] = frozenset({ready.digest})
        yield ready


def _said(opened: OpenedRecord, each: Added, cause: Cause) -> Said:
    """Return what is said in the new place: of another patient's photo nothing that may name the wrong one."""
    said = each.content.said
    if cause is Cause.MOVED and isinstance(said, Reason):
        return replace(said, reason=f"moved here under the hold of {opened.manifest.reference}")
    if cause is Cause.MOVED and isinstance(said, Withdrawal):
        return replace(said, reason="")
    return said


# --- what was added while the photo went --------------------------------------------------------------------------


def late(vault: Vault, old: Manifest, new: Manifest, by: Actor) -> None:
    """Add to the new record what came to the old one after it was opened, as far as it is not there yet.

    Hold the station's lock. Raises `NotWritable`, `Damaged`.
    """
    history = life.load(vault, old)
    known = {each.digest for each in history.known_to(new.origin.knew if new.origin else ()).additions}
    if all(each.digest in known for each in history.additions):
        return
    opened, cause = open_record(vault, old, by.practice), new.origin.how if new.origin else Cause.MOVED
    wanted = [each for each in opened.added if each.stated.digest not in known]
    for said, each in _late(opened, wanted, cause):
        there = life.load(vault, new)
        if not _is_there(vault, there, by.practice, said, each):
            again = NewAddition(said=said, by=each.content.by, at=each.content.at, effects=each.stated.effects)
            add(vault, there, again, by.key)


def _late(opened: OpenedRecord, added: Iterable[Added], cause: Cause) -> Iterator[tuple[Said, Added]]:
    for each in added:
        if each.stated.effects & LOOSENS or (cause is Cause.MOVED and not each.stated.effects & _MARKS):
            continue
        said = each.content.said
        if isinstance(said, Amendment):
            changes = _tightening(said.changes) if cause is Cause.MOVED else _but_birth_date(said.changes)
            if not changes:
                continue
            said = replace(said, changes=changes, provenance={} if cause is Cause.MOVED else said.provenance)
        yield _said(opened, replace(each, content=replace(each.content, said=said)), cause), each


def _tightening(changes: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401 - parts of a record's facts, as JSON
    decision = changes.get("decision", {})
    kept = {name: decision[name] for name in ("sensitivity", "intimate_site") if decision.get(name) is not None}
    return {"decision": kept} if "intimate_site" in kept else {}


def _but_birth_date(changes: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401 - the same
    """Return an amendment without the birth date: that is asked, or taken over, where a number changes."""
    return {part: dict(values) for part, values in changes.items() if part != "patient"}


def _is_there(vault: Vault, there: History, practice: PracticeKeys, said: Said, each: Added) -> bool:
    """Return whether a run that died came as far as this one."""
    opened: Sequence[Added] = open_record(vault, there.manifest, practice).added
    wanted = (said, each.content.by, each.content.at)
    return any((one.content.said, one.content.by, one.content.at) == wanted for one in opened)
