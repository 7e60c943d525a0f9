"""For which uses beyond care a filed photo may leave, by forms, at filing and since (R3, R4, R5)."""

from __future__ import annotations

from datetime import date, datetime

from imgfile.clinical.consented_later import covers
from imgfile.clinical.policy import Policy
from imgfile.clinical.record.additions import ConsentDocument
from imgfile.clinical.vocabulary import BEYOND_CARE, Purpose, Sensitivity
from imgfile.errors import RefusedByRule
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord


def agreed_purposes(vault: Vault, opened: OpenedRecord, *, at: datetime) -> dict[Purpose, ConsentDocument]:
    """Return the uses beyond care that agreements cover, at filing and since, each with the newest that does."""
    return agreed_by(opened, vault.policy, today=at.astimezone().date())


def agreed_by(opened: OpenedRecord, policy: Policy, *, today: date) -> dict[Purpose, ConsentDocument]:
    """Return the same by a policy: what is shown of a record, found, and lets a copy leave is judged here alone."""
    if opened.history.is_use_stopped:
        return {}
    return {
        purpose: said
        for purpose in BEYOND_CARE
        for said in opened.agreed
        if covers(opened.facts, said, policy, purpose, today=today)
    }


def suffices(opened: OpenedRecord, said: ConsentDocument, policy: Policy, *, today: date) -> bool:
    """Return whether an agreement that nobody withdrew stands for anything, as the record is now."""
    return any(covers(opened.facts, said, policy, purpose, today=today) for purpose in said.scope)


def must_be_anonymous(purpose: Purpose, agreed: ConsentDocument | None) -> bool:
    """Return whether nobody may be recognised in a copy for this purpose (R5); care is exempt."""
    return purpose in BEYOND_CARE and (agreed is None or agreed.is_anonymised)


def refuse_recognisable(
    opened: OpenedRecord, purpose: Purpose, agreed: ConsentDocument | None, *, is_said: bool
) -> None:
    """Refuse a copy in which somebody might be recognised. `is_said`: a person looked, and says that nobody can be.

    Raises `RefusedByRule`.
    """
    if not must_be_anonymous(purpose, agreed):
        return
    if opened.facts.decision.sensitivity is Sensitivity.FACE_IDENTIFIABLE:
        raise RefusedByRule(
            "R5",
            f"the face can be recognised in it, and for {purpose.label} it was agreed only where nobody can be.",
            f"Another form that says so allows it:  imgfile consent add {opened.manifest.reference} --recognisable",
        )
    if not is_said:
        raise RefusedByRule(
            "R5",
            f"for {purpose.label} it leaves only where nobody can be recognised, and nobody said so.",
            "Look for a face, tattoo, jewellery, the room, writing; then say:  --anonymised",
        )
