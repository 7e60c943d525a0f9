"""Entering in the audit trail who looks at a photo, or takes a copy, and why (R20).

1. The reason is sealed, for it may tell of a patient; the entry holds the digest of what is sealed.
2. The sealed reason is durable before the entry that names it.
3. A page that shows a photo is `offered` before it exists, and `viewed` once it was loaded; a copy is `exported`.
4. `Disclosed` exists only when the entry is durable, and only with it does a photo leave for a screen or a file.

The station is authenticated; who sat at it is whose identity opened the record, which proves no more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from imgfile.acts.disclosure.open import Reader
from imgfile.clinical.proofs import Digest
from imgfile.clinical.vocabulary import Purpose
from imgfile.frozen import dataclass, field
from imgfile.notes import Body
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.open import open_photo
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


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A photo that may leave: the entry that says so is durable."""

    opened: OpenedRecord
    photo: bytes = field(repr=False)
    audit_digest: Digest


def disclose(vault: Vault, opened: OpenedRecord, reader: Reader, stated: Statement) -> Disclosed:
    """Open a photo and enter in the trail that it leaves. Raises `Damaged`, `NoVault`, `NotWritable`; then it does not.

    `NoVault` when this computer is not enrolled, and so cannot sign an entry.
    """
    photo = open_photo(vault, opened.filed, reader.practice)
    with vault.station.locked():
        reason = seal_reason(vault, opened.manifest.folder, stated.reason)
        note = chain.append(vault, [{**_entry(opened.manifest, reader, stated), "reason": reason}])
    return Disclosed(opened, photo, Digest(note.digest))


def enter_exported(  # noqa: PLR0913 - what, by whom, why, and as what
    vault: Vault, records: Sequence[Manifest], actor: str, stated: Statement, *, form: str, is_named: bool = False
) -> None:
    """Enter in the trail that copies of photos leave, all at once, before a byte of them does.

    `actor` is whoever takes them: a holder, or the station that hands over what it files. `form` says as what they
    leave; `is_named`, that the files' names bear the patient's number. Hold the station's lock. Raises `NoVault`,
    `NotWritable`; then none leaves.
    """
    named = {"named": True} if is_named else {}
    entries: list[Body] = [
        {
            **_entry_of(of, actor, stated),
            "reason": seal_reason(vault, of.folder, stated.reason),
            "form": form,
            **named,
        }
        for of in records
    ]
    chain.append(vault, entries)


def disclose_document(vault: Vault, opened: OpenedRecord, reader: Reader, stated: Statement) -> None:
    """Enter in the trail that a signed form of a record leaves, as an export. Raises `NoVault`, `NotWritable`."""
    with vault.station.locked():
        reason = seal_reason(vault, opened.manifest.folder, stated.reason)
        chain.append(vault, [{**_entry(opened.manifest, reader, stated), "reason": reason}])


def offer(vault: Vault, opened: Sequence[OpenedRecord], reader: Reader, *, reason: str, at: datetime) -> None:
    """Enter in the trail, in one note, that photos are offered to a person, each for the purpose it was filed for.

    Raises `NoVault`, `NotWritable`; then none of them may be seen.
    """
    with vault.station.locked():
        entries = [
            {
                **_entry(each.manifest, reader, Statement(Act.OFFERED, each.facts.decision.purpose, reason, at)),
                "reason": seal_reason(vault, each.manifest.folder, reason),
            }
            for each in opened
        ]
        chain.append(vault, entries)


def enter_viewed(vault: Vault, opened: Sequence[OpenedRecord], reader: Reader, *, at: datetime) -> None:
    """Enter in the trail that the page on which photos were offered has been loaded. Raises `NoVault`, `NotWritable`.

    The entries before it, `offered`, hold the reason.
    """
    with vault.station.locked():
        chain.append(
            vault,
            [
                _entry(each.manifest, reader, Statement(Act.VIEWED, each.facts.decision.purpose, "", at))
                for each in opened
            ],
        )


def _entry(found: Manifest, reader: Reader, stated: Statement) -> Body:
    return _entry_of(found, reader.who, stated)


def _entry_of(found: Manifest, actor: str, stated: Statement) -> Body:
    return {
        "act": stated.act.value,
        "at": format_time(stated.at),
        "patient": found.folder,
        "record": found.record,
        "manifest": found.digest,
        "actor": actor,
        "purpose": stated.purpose.value,
    }
