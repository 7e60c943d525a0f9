"""Legal holds: a record that a claim, an inquiry or a court may need is not destroyed (R18).

1. Any computer adds one, without an identity: it only tightens. The reason is sealed.
2. A person lifts it: a clinician, a privacy lead or an administrator. What they did not know of stays.
3. A record of which nobody can know whether it is under one is named: that there is none is said of none.
4. A record that moved under one has two: in its new place, and in the old one, whose keys it keeps. Each is lifted by
   itself; what the old place kept two persons destroy then (`destroy`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from imgfile.acts.life.person import Actor
from imgfile.clinical.facts import Person
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.clinical.record.additions import Reason
from imgfile.errors import Damaged, UsageError
from imgfile.frozen import dataclass
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Addition, AdditionKind, Effect, roles_for
from imgfile.vault.life.history import History
from imgfile.vault.life.stated import known_records
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.records import manifest
from imgfile.vault.records.find import everything, is_published
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.taken_away import TAKEN_AWAY, taken_away
from imgfile.vault.still_admitted import expect_still_admitted

MAY_LIFT: Final = roles_for(AdditionKind.HOLD_LIFTED, frozenset({Effect.RELEASED}), has_birth_guard=False)


@dataclass(frozen=True, slots=True)
class Held:
    """One legal hold that stands."""

    of: Manifest
    hold: Addition


@dataclass(frozen=True, slots=True)
class Unread:
    """A record of which nobody can know whether it is under a legal hold."""

    reference: str
    message: str


def hold(vault: Vault, of: Manifest, reason: str, by: Person | None, *, at: datetime) -> History:
    """Put a record under a legal hold; return it as it then is. Raises `RefusedByRule`, `NotWritable`, `Damaged`."""
    said = Reason(kind=AdditionKind.HOLD.value, reason=reason)
    new = NewAddition(said=said, by=by, at=at, effects=frozenset({Effect.HELD}))
    with vault.station.locked():
        return add(vault, life.load(vault, of), new)


def lift(vault: Vault, of: History, reason: str, by: Actor, *, at: datetime) -> History:
    """Lift the holds that a record is seen to be under; return it as it then is.

    Raises `UsageError` where there is none, `RefusedByRule`, `NotWritable`, `Damaged`.
    """
    expect_held(of)
    said = Reason(kind=AdditionKind.HOLD_LIFTED.value, reason=reason)
    ends = tuple(each.digest for each in of.standing(Effect.HELD))
    new = NewAddition(said=said, by=by.person, at=at, effects=frozenset({Effect.RELEASED}), ends=ends)
    with vault.station.locked():
        expect_still_admitted(vault, by.holder)
        return add(vault, of, new, by.key)


def expect_held(of: History) -> None:
    """See that there is a hold to lift. Raises `UsageError`, `RefusedByRule` for a record that is gone."""
    if not of.keeps_keys:  # a hold keeps the keys of what it was
        of.expect_here()
    if not of.is_held:
        raise UsageError(f"{of.manifest.reference} is under no legal hold.", "List them:  imgfile legal-hold list")


def holds(vault: Vault) -> Iterator[Held | Unread]:
    """Yield every legal hold that stands on a record that is there, or keeps what a moved one was.

    What does not hold, or was taken away, is yielded as that.
    """
    known, there = known_records(vault), set[RecordId]()
    for folder, record in everything(vault):
        if not is_published(vault, folder, record):
            continue
        there.add(record)
        try:
            yield from _standing(vault, folder, record)
        except Damaged as error:
            yield Unread(layout.reference(record), error.message)
    for record in taken_away(vault, known, there):
        yield Unread(layout.reference(record), TAKEN_AWAY)


def _standing(vault: Vault, folder: PatientFolder, record: RecordId) -> list[Held]:
    """Return the holds that stand on a record. Raises `Damaged`."""
    of = manifest.load(vault, folder, record)
    history = life.load(vault, of)
    if history.is_over:
        return []
    history.expect_whole()
    return [Held(of, each) for each in history.standing(Effect.HELD)]
