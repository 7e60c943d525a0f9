"""Adding what was agreed since a photo was filed: a signed form for uses beyond care, or its use anew (R3, R4, R24).

1. A clinician signs. The form is recognised by its bytes and sealed with its digest, with who agreed to what.
2. The clinical rules judge it for this photo before it is added, and again at every export.
3. Where the photo's use was stopped, an agreement counts only if that is allowed anew first. What was agreed before a
   withdrawal stays withdrawn.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Final

from imgfile.acts.life.person import Actor
from imgfile.clinical.consented_later import expect_sound
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.additions import MAX_DOCUMENT_BYTES, ConsentDocument, Reason
from imgfile.errors import AnswerInvalid, RefusedByRule, SourceUnavailable
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.history import History
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.life.write import NewAddition, add

_PDF: Final = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Document:
    """A form as it was read: what its bytes are, and the bytes."""

    media_type: str
    data: bytes = field(repr=False)

    @property
    def digest(self) -> Digest:
        """SHA-256 of the bytes."""
        return Digest(hashlib.sha256(self.data).hexdigest())


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is agreed: to uses beyond care, to the photo's use anew, or to both."""

    said: ConsentDocument | None = field(default=None, repr=False)
    again: str = field(default="", repr=False)
    """Who agreed to its use anew, in words; empty where nobody did."""


def read_document(path: Path) -> Document:
    """Read a form, a PDF or an image, by its bytes. Raises `SourceUnavailable`, `AnswerInvalid`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise SourceUnavailable(f"{path} cannot be read: {error.strerror}.", "Nothing was changed.") from error
    if len(data) > MAX_DOCUMENT_BYTES:
        raise AnswerInvalid(
            f"{path} is larger than {MAX_DOCUMENT_BYTES >> 20} MB.",
            "Scan it in grey, or at 200 dpi. Nothing was changed.",
        )
    kind = _kind(data)
    if not kind:
        raise AnswerInvalid(f"{path} is neither a PDF nor a photo or scan.", "Nothing was changed.")
    return Document(kind, data)


def _kind(data: bytes) -> str:
    from imgfile.clinical.record.additions import DOCUMENT_TYPES  # noqa: PLC0415 - beside what recognises images
    from imgfile.images.identify import identify  # noqa: PLC0415 - a PDF needs none of it

    if data.startswith(_PDF):
        return "application/pdf"
    found = str(identify(data) or "")
    return found if found in DOCUMENT_TYPES else ""


def expect_agreement(vault: Vault, opened: OpenedRecord, said: ConsentDocument, *, again: bool, at: datetime) -> None:
    """Refuse an agreement that does not stand for this photo. Raises `RefusedByRule`; nothing was changed then."""
    expect_use(opened.history, again=again)
    expect_sound(opened.facts, said, vault.policy, today=at.astimezone().date())


def expect_use(history: History, *, again: bool) -> None:
    """Refuse to add an agreement to what was withdrawn, unless its use is allowed anew. Raises `RefusedByRule`."""
    if history.is_use_stopped and not again:
        reference = history.manifest.reference
        raise RefusedByRule(
            "R24",
            f"consent to {reference} was withdrawn; nothing is agreed to beyond care while it is.",
            f"They agree to its use again, in care too? Say so:  imgfile consent add {reference} --again",
        )


def agree(vault: Vault, opened: OpenedRecord, new: Agreement, by: Actor, *, at: datetime) -> History:
    """Add an agreement, and before it that the photo's use is allowed anew, where somebody says so.

    Raises `RefusedByRule`, `NotWritable`, `Damaged`.
    """
    said, again = new.said, new.again
    if said is not None:
        expect_agreement(vault, opened, said, again=bool(again), at=at)
    with vault.station.locked():
        history = life.load(vault, opened.manifest)
        stopped = history.standing(Effect.USE_STOPPED)
        if again and stopped:
            allowed = NewAddition(
                said=Reason(kind="consent_change", reason=again),
                by=by.person,
                at=at,
                effects=frozenset({Effect.USE_ALLOWED}),
                ends=tuple(each.digest for each in stopped),
            )
            history = add(vault, history, allowed, by.key)
        if said is not None:
            expect_use(history, again=False)
            history = add(vault, history, NewAddition(said=said, by=by.person, at=at), by.key)
    return history
