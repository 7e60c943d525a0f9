"""Adding what was agreed since a photo was filed: a signed form for uses beyond care, or its use anew (R3, R4, R24).

1. A clinician signs. The form is recognised by its bytes and sealed with its digest, with who agreed to what.
2. The clinical rules judge it for this photo before it is added, and again at every export.
3. Where the photo's use was stopped, an agreement counts only if that is allowed anew first. What was agreed before a
   withdrawal stays withdrawn, and nobody allows anew what was withdrawn after they looked.
"""

from __future__ import annotations

from datetime import datetime

from imgfile.acts.disclosure.still_admitted import expect_still_admitted
from imgfile.acts.life.person import Actor
from imgfile.clinical.consented_later import expect_sound
from imgfile.clinical.record.additions import ConsentDocument, Reason
from imgfile.errors import RefusedByRule
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.history import History
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.life.write import NewAddition, add


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is agreed: to uses beyond care, to the photo's use anew, or to both."""

    said: ConsentDocument | None = field(default=None, repr=False)
    again: str = field(default="", repr=False)
    """Who agreed to its use anew, in words; empty where nobody did."""


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
        expect_still_admitted(vault, by.holder)
        history, stopped = opened.history, opened.history.standing(Effect.USE_STOPPED)
        _expect_no_other_withdrawal(vault, opened, again=bool(again))
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
            history = add(vault, history, NewAddition(said=said, by=by.person, at=at), by.key)
    return history


def _expect_no_other_withdrawal(vault: Vault, opened: OpenedRecord, *, again: bool) -> None:
    """See that nobody withdrew since the record was opened: nobody allows what they did not see. Raises as `agree`."""
    now = life.load(vault, opened.manifest)
    known = {each.digest for each in opened.history.additions}
    if any(each.digest not in known for each in now.standing(Effect.USE_STOPPED)):
        reference = opened.manifest.reference
        raise RefusedByRule(
            "R24",
            f"consent to {reference} was withdrawn while you were asked; nothing was added.",
            f"Who withdrew, and when:  imgfile show {reference} --history",
        )
    if not again:
        expect_use(now, again=False)
