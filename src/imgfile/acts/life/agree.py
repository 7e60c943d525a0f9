"""Adding what was agreed since a photo was filed: a form for uses beyond care, or its use anew (R3, R4, R14, R24).

1. A clinician signs. The form is recognised by its bytes and sealed with its digest, with who agreed to what.
2. The clinical rules judge it for this photo before it is added, and again at every export.
3. Whoever allows a stopped use anew decides for the patient; it is judged as an agreement is. What the patient withdrew
   nobody else allows anew, unless the patient was assessed to lack capacity since.
4. Where the photo's use was stopped, an agreement counts only if that is allowed anew first. What was agreed before a
   withdrawal stays withdrawn, and nobody allows anew what was withdrawn after they looked.
5. A photo on a parent's consent whose patient decides for themselves by now is agreed to by the patient: that ends its
   review (`consent_review`).
"""

from __future__ import annotations

from datetime import date, datetime

from imgfile.acts.life.consent_review import Why, why_due
from imgfile.acts.life.person import Actor
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.consented_later import expect_decider, expect_sound
from imgfile.clinical.filing import refuse_who_had_left
from imgfile.clinical.record.additions import ConsentDocument, Reason, Withdrawal
from imgfile.clinical.vocabulary import Capacity, ConsentForm
from imgfile.errors import RefusedByRule, UsageError
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.history import History
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.still_admitted import expect_still_admitted


@dataclass(frozen=True, slots=True)
class Again:
    """Who agreed to a photo's use anew, and how."""

    giver: ConsentGiver
    form: ConsentForm

    @property
    def words(self) -> str:
        """Who, and how, as it is sealed: "patient agreed again, by phone"."""
        return f"{self.giver.label} agreed again, {self.form.label}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is agreed: to uses beyond care, to the photo's use anew, or to both."""

    said: ConsentDocument | None = field(default=None, repr=False)
    again: Again | None = field(default=None, repr=False)
    """Who agreed to its use anew; None where nobody did."""


def expect_agreement(vault: Vault, opened: OpenedRecord, new: Agreement, by: Actor, *, at: datetime) -> None:
    """Refuse an agreement that does not stand for this photo.

    Raises `RefusedByRule`; `UsageError` where there is nothing to agree to again, `Damaged`. Nothing was changed then.
    """
    today = at.astimezone().date()
    if new.said is not None:
        expect_use(opened.history, again=new.again is not None)
        refuse_who_had_left(vault.policy, new.said.obtained_by, new.said.obtained_at, vault.left_on)
        expect_sound(opened.facts, new.said, vault.policy, today=today, reference=opened.manifest.reference)
    if new.again is not None:
        reference = opened.manifest.reference
        expect_decider(opened.facts, new.again.giver, vault.policy, today=today, reference=reference)
        _expect_patients_own(opened, new.again)
        if not opened.history.is_use_stopped:
            _expect_reviewed(vault, opened, new.again, by, today=today)


def _expect_patients_own(opened: OpenedRecord, again: Again) -> None:
    """Refuse that somebody else allows what the patient withdrew, be it a child, unless they lack capacity (R24)."""
    stopped = {each.digest for each in opened.history.standing(Effect.USE_STOPPED)}
    is_patients = any(
        isinstance(one.content.said, Withdrawal) and one.content.said.giver is ConsentGiver.PATIENT
        for one in opened.added
        if one.stated.digest in stopped
    )
    if not is_patients or again.giver is ConsentGiver.PATIENT:
        return
    if opened.facts.consent.capacity is Capacity.ASSESSED_LACKS:
        return
    raise RefusedByRule(
        "R24",
        "the patient withdrew: whether it may be used again the patient says.",
        "Nothing was changed. The patient agrees:  --giver patient\n"
        f"They cannot decide any more? Say who found that:  imgfile amend {opened.manifest.reference}",
    )


def _expect_reviewed(vault: Vault, opened: OpenedRecord, new: Again, by: Actor, *, today: date) -> None:
    """Refuse that a photo in use is agreed to again but by the patient, at the review of a parent's consent (R14)."""
    reference = opened.manifest.reference
    why = why_due(vault, by.practice, opened, today=today)
    if why is None:
        raise UsageError(
            f"the use of {reference} is not stopped, and its consent is not due for review: it stands as it is.",
            f"Nothing was changed. What is agreed:  imgfile consent show {reference}",
        )
    if why is Why.COMPETENT and new.giver is not ConsentGiver.PATIENT:
        raise RefusedByRule(
            "R14",
            "the child's competence is on record: whether the photo may be kept in use the child says.",
            "Nothing was changed. The patient agrees:  --giver patient",
        )


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
    expect_agreement(vault, opened, new, by, at=at)
    with vault.station.locked():
        expect_still_admitted(vault, by.holder)
        history, stopped = opened.history, opened.history.standing(Effect.USE_STOPPED)
        expect_seen(opened.history, life.load(vault, opened.manifest))
        if again is not None:
            allowed = NewAddition(
                said=Reason(kind="consent_change", reason=again.words),
                by=by.person,
                at=at,
                effects=frozenset({Effect.USE_ALLOWED} if stopped else ()),
                ends=tuple(each.digest for each in stopped),
            )
            history = add(vault, history, allowed, by.key)
        if said is not None:
            history = add(vault, history, NewAddition(said=said, by=by.person, at=at), by.key)
    return history


def expect_seen(seen: History, now: History) -> None:
    """See that nobody withdrew since somebody looked: nobody allows what they did not see. Raises `RefusedByRule`."""
    known = {each.digest for each in seen.additions}
    if any(each.digest not in known for each in now.standing(Effect.USE_STOPPED)):
        reference = now.manifest.reference
        raise RefusedByRule(
            "R24",
            f"consent to {reference} was withdrawn while you were asked; nothing was added.",
            f"Who withdrew, and when:  imgfile show {reference} --history",
        )
