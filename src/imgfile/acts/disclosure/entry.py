"""Entering in the audit trail who looks at a photo, or takes a copy, and why (R20).

1. The reason is sealed, for it may tell of a patient; the entry holds the digest of what is sealed.
2. The sealed reason is durable before the entry that names it.
3. A page that shows a photo is `offered` before it exists, and `viewed` once it was loaded; a copy is `exported`.
4. The entry is durable before a photo leaves for a screen or a file.

The station is authenticated; who sat at it is whose identity opened the record, which proves no more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from imgfile.acts.disclosure.open import Reader
from imgfile.acts.disclosure.since_opened import expect_unchanged
from imgfile.clinical.vocabulary import Purpose
from imgfile.frozen import dataclass, field
from imgfile.notes import Body
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.times import format_time
from imgfile.vault.trail import chain
from imgfile.vault.trail.reasons import seal_reason


class Act(StrEnum):
    """How the photo leaves."""

    OFFERED = "offered"
    """A page was opened on which it could be seen; whether anybody loaded it, an entry `viewed` says."""
    VIEWED = "viewed"
    EXPORTED = "exported"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person states before a photo leaves."""

    act: Act
    purpose: Purpose
    reason: str = field(repr=False)
    at: datetime


def enter_exported(  # noqa: PLR0913 - what, by whom, why, and as what
    vault: Vault, records: Sequence[Manifest], actor: str, stated: Statement, *, form: str = "", is_named: bool = False
) -> None:
    """Enter in the trail that copies leave, all at once, before a byte of them does.

    `actor` is whoever takes them: a holder, or the station that hands over what it files. `form` says as what photos
    leave, and is empty for a signed form of theirs; `is_named`, that the files' names bear the patient's number. Hold
    the station's lock. Raises `NoVault`, `NotWritable`; then none leaves.
    """
    how = {**({"form": form} if form else {}), **({"named": True} if is_named else {})}
    chain.append(vault, [{**_with_reason(vault, of, actor, stated), **how} for of in records])


def offer(vault: Vault, opened: Sequence[OpenedRecord], reader: Reader, *, reason: str, at: datetime) -> None:
    """Enter in the trail, in one note, that photos are offered to a person, each for the purpose it was filed for.

    Raises `RefusedByRule` for one that is gone since it was opened, `UsageError` for one that was changed, `NoVault`,
    `NotWritable`; then none of them may be seen.
    """
    with vault.station.locked():
        expect_unchanged(vault, opened, reader)
        stated = [(each.manifest, Statement(Act.OFFERED, each.facts.decision.purpose, reason, at)) for each in opened]
        chain.append(vault, [_with_reason(vault, of, reader.who, why) for of, why in stated])


def enter_viewed(vault: Vault, opened: Sequence[OpenedRecord], reader: Reader, *, at: datetime) -> None:
    """Enter in the trail that the page on which photos were offered has been loaded. Raises `NoVault`, `NotWritable`.

    The entries before it, `offered`, hold the reason.
    """
    with vault.station.locked():
        stated = [(each.manifest, Statement(Act.VIEWED, each.facts.decision.purpose, "", at)) for each in opened]
        chain.append(vault, [_entry(of, reader.who, why) for of, why in stated])


def _with_reason(vault: Vault, of: Manifest, actor: str, stated: Statement) -> Body:
    return {**_entry(of, actor, stated), "reason": seal_reason(vault, of.folder, stated.reason)}


def _entry(of: Manifest, actor: str, stated: Statement) -> Body:
    return {
        "act": stated.act.value,
        "at": format_time(stated.at),
        "patient": of.folder,
        "record": of.record,
        "manifest": of.digest,
        "actor": actor,
        "purpose": stated.purpose.value,
    }
