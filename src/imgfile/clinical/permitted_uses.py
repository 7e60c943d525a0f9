"""What a filed photo may be used for once it is in the vault (R5, R9), judged from its sealed facts.

A photo is filed for one purpose. Asking a colleague about that same question is part of every purpose of direct
care, so a photo filed for one of them may leave for a referral or advice too, as people who agree to a photo for
their care expect; and so may a copy for the practice's own clinical system, which is where care is recorded. What is
filed for something near care, such as safeguarding evidence or a medico-legal report, leaves for that alone. Any other
purpose needs a consent of its own: at filing, or added since (`consented_later`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Final

from imgfile.clinical.consent_basis import ADULT_YEARS
from imgfile.clinical.dates import age_in_years
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import BEYOND_CARE, Provenance, Purpose, PurposeKind
from imgfile.errors import RefusedByRule

EXPORTED_FOR: Final = (
    Purpose.OWN_CLINICAL_RECORD,
    *(purpose for purpose in Purpose if purpose.kind is PurposeKind.DIRECT_CARE),
    *(purpose for purpose in Purpose if purpose.kind is PurposeKind.NEAR_CARE),
)
"""What a copy may leave the vault for as it is: care, and what a photo was filed for near it."""
MAY_LEAVE_FOR: Final = (*EXPORTED_FOR, *BEYOND_CARE)
"""The same, and what a copy may leave for where somebody agreed to it."""
_LEAVES_FOR_A_CHILD: Final = frozenset({Purpose.REFERRAL_ADVICE, Purpose.SAFEGUARDING_EVIDENCE, Purpose.MEDICO_LEGAL})
"""R9: a referral, a safeguarding referral or legal reasons. Into the practice's own clinical record it goes only where
the policy says so and a clinician does it (`may_hand_over` below)."""


def granted(facts: Record, later: Collection[Purpose] = ()) -> frozenset[Purpose]:
    """Return every purpose that was agreed to (R5): what the consent at filing covers, and what forms do (`later`).

    What the photo was filed for on a form counts as long as that form does: a withdrawal ends both.
    """
    purpose = facts.decision.purpose
    is_care = purpose.kind is PurposeKind.DIRECT_CARE
    if not is_care:
        return frozenset({purpose} - facts.consent.covers | {*later})
    at_filing = {purpose, Purpose.REFERRAL_ADVICE, Purpose.OWN_CLINICAL_RECORD}
    return frozenset({*at_filing, *later})


def exportable_for(
    facts: Record, later: Collection[Purpose] = (), *, may_hand_over: bool = False
) -> tuple[Purpose, ...]:
    """Return every purpose that a copy of this photo may leave for, today; the practice's own record first.

    `may_hand_over`: whether an intimate photo of a child may go there (R9).
    """
    agreed = granted(facts, later)
    wanted = _leaves_for_a_child(may_hand_over=may_hand_over) if shows_child_intimately(facts) else agreed
    return tuple(purpose for purpose in MAY_LEAVE_FOR if purpose in wanted & agreed)


def _leaves_for_a_child(*, may_hand_over: bool) -> frozenset[Purpose]:
    return _LEAVES_FOR_A_CHILD | {Purpose.OWN_CLINICAL_RECORD} if may_hand_over else _LEAVES_FOR_A_CHILD


def is_kept_out(facts: Record, *, may_hand_over: bool) -> bool:
    """Return whether R9 keeps a photo out of the practice's own clinical record: its words alone go there."""
    return shows_child_intimately(facts) and not may_hand_over


def refuse_export(
    facts: Record,
    purpose: Purpose,
    later: Collection[Purpose] = (),
    *,
    reference: str = "",
    may_hand_over: bool = False,
) -> None:
    """Refuse a copy that nobody agreed to, or that R9 keeps in the vault. Raises `RefusedByRule`."""
    if purpose in BEYOND_CARE:
        _refuse_beyond_care(facts, purpose, later, reference or "RECORD")
        return
    _refuse_not_agreed(facts, purpose, later, may_hand_over=may_hand_over)
    if shows_child_intimately(facts) and purpose not in _leaves_for_a_child(may_hand_over=may_hand_over):
        _refuse_child(purpose, reference or "RECORD")


def _refuse_not_agreed(facts: Record, purpose: Purpose, later: Collection[Purpose], *, may_hand_over: bool) -> None:
    may = ", ".join(exportable_for(facts, later, may_hand_over=may_hand_over))
    if purpose not in EXPORTED_FOR:
        raise RefusedByRule("R5", f"no photo ever leaves for {purpose.label}.", f"It may leave for: {may or 'nothing'}")
    if purpose not in granted(facts):
        raise RefusedByRule(
            "R5",
            f"this photo was filed for {facts.decision.purpose.label}, not for {purpose.label}.",
            f"It may leave for: {may or 'nothing'}",
        )


def _refuse_child(purpose: Purpose, reference: str) -> None:
    if purpose is Purpose.OWN_CLINICAL_RECORD:
        raise RefusedByRule(
            "R9",
            "an intimate photo of a child goes into our own clinical record only where the policy says so and a "
            "clinician does it at the terminal.",
            f"Hand its words over instead:  imgfile export {reference} --as pack -o FOLDER\n"
            f"To look at it:  imgfile view {reference}\nTo refer:  --purpose {Purpose.REFERRAL_ADVICE}",
        )
    raise RefusedByRule(
        "R9",
        "an intimate photo of a child leaves only for a referral, for safeguarding or for legal reasons.",
        f"To look at it:  imgfile view\nTo refer:  --purpose {Purpose.REFERRAL_ADVICE}",
    )


def _refuse_beyond_care(facts: Record, purpose: Purpose, later: Collection[Purpose], reference: str) -> None:
    if shows_child_intimately(facts):
        raise RefusedByRule(
            "R9",
            "an intimate photo of a child is never used beyond care.",
            f"To refer:  --purpose {Purpose.REFERRAL_ADVICE}",
        )
    if purpose not in granted(facts, later):
        is_published = purpose in _NAME_AN_OUTLET
        needed = "that names it and one outlet" if is_published else "that names it"
        raise RefusedByRule(
            "R4" if is_published else "R3",
            f"nobody agreed to {purpose.label} with this photo; it needs a form, signed or electronic, {needed}.",
            f"With that form:  imgfile consent add {reference} --consent-document FILE\n"
            f"Without it, it may leave for: {', '.join(exportable_for(facts, later)) or 'nothing'}",
        )


_NAME_AN_OUTLET: Final = frozenset({Purpose.PUBLICATION_NAMED, Purpose.PUBLIC_MEDIA})


def shows_child_intimately(facts: Record) -> bool:
    """Return whether it is an intimate photo of somebody under 18 when it was made, by the strictest of its dates."""
    return facts.decision.intimate_site is not None and shows_child(facts)


def lacks_attestation(facts: Record) -> bool:
    """Return whether it is an intimate photo of a child that nobody attested (R9).

    Nobody files one: two persons may have amended birth date and site at once, or a computer marked it intimate since.
    It leaves for no more than one that was attested; but a referral for safeguarding waits for no attestation.
    """
    return shows_child_intimately(facts) and (facts.decision.attested_by is None or not facts.decision.safeguards)


def shows_child(facts: Record) -> bool:
    """Return whether the patient was under 18 when the photo was made, by the strictest of its dates."""
    latest = facts.decision.decided_on
    made = [day for day in _dates(facts) if facts.date_of_birth <= day <= latest]
    return age_in_years(facts.date_of_birth, min(made, default=latest)) < ADULT_YEARS


def _dates(facts: Record) -> Iterator[date]:
    is_explained = facts.provenance.get("date_reason") is Provenance.TYPED  # a clock that was wrong says no age (R13)
    if facts.picture.taken_at is not None and not is_explained:
        yield facts.picture.taken_at.date()
    if facts.picture.first_filed is not None:  # under another number
        yield facts.picture.first_filed
    with contextlib.suppress(ValueError):  # the message's own account, kept as it was written
        yield datetime.fromisoformat(facts.source.sent_at).date()
