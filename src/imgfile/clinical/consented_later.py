"""What an agreement to uses beyond care needs, for a photo that is filed already (R3, R4, R6 to R9, R13).

1. A form, signed or electronic, and the document itself, whose bytes match its digest; what it is for is named.
   Teaching within the practice may rest on recorded oral consent, where the policy says so: of an adult, not intimate.
2. A publication names one outlet.
3. Who agreed must be who decides for the patient on that day; a clinician's best interests never are. The same holds
   for who lets a photo be used again whose use was stopped (R24).
4. Never of an intimate photo of a child.
It is judged when it is added, and again at every export, by the record as it is then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from imgfile.clinical.consent_basis import ADULT_YEARS, DECIDES_ALONE_YEARS, ConsentBasis, ConsentGiver
from imgfile.clinical.dates import age_in_years
from imgfile.clinical.permitted_uses import shows_child, shows_child_intimately
from imgfile.clinical.policy import Policy
from imgfile.clinical.record.additions import ConsentDocument
from imgfile.clinical.record.model import Record
from imgfile.clinical.rules import ATTORNEY_TOO_EARLY, LACKS_CAPACITY, ORAL, PUBLICATIONS, WRITTEN, no_attorney
from imgfile.clinical.vocabulary import BEYOND_CARE, Capacity, MinorCompetence, Purpose, PurposeKind
from imgfile.errors import RefusedByRule
from imgfile.frozen import dataclass

_SUBSTITUTES: Final = frozenset({ConsentGiver.ATTORNEY_HW, ConsentGiver.DEPUTY, ConsentGiver.GUARDIAN})
_FOR_A_CHILD: Final = frozenset(
    {
        ConsentGiver.MOTHER,
        ConsentGiver.FATHER,
        ConsentGiver.PARENT_OTHER,
        ConsentGiver.GUARDIAN,
        ConsentGiver.LOCAL_AUTHORITY,
    }
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why an agreement does not stand: the rule, what it says, and what would do, with {record} for its reference."""

    rule: str
    sentence: str
    instead: str = ""


def expect_sound(facts: Record, said: ConsentDocument, policy: Policy, *, today: date, reference: str = "") -> None:
    """Refuse an agreement that does not stand for this photo. Raises `RefusedByRule`."""
    _refuse_first(flaws(facts, said, policy, today=today), reference)


def expect_decider(facts: Record, giver: ConsentGiver, policy: Policy, *, today: date, reference: str = "") -> None:
    """Refuse that somebody allows a photo's use again who does not decide for the patient. Raises `RefusedByRule`.

    Of a photo that nobody had agreed to, such as one of best interests, whoever can agree does.
    """
    if not giver.agrees:
        flaw = Flaw("R24", "what was withdrawn is allowed again by who can agree, not by a clinician.")
        _refuse_first([flaw], reference)
    if facts.consent.basis.terms.is_agreement:
        _refuse_first(_decider(facts, giver, policy, on=today), reference)


def _refuse_first(found: Iterable[Flaw], reference: str) -> None:
    for flaw in found:
        instead = flaw.instead.format(record=reference or "RECORD")
        raise RefusedByRule(flaw.rule, flaw.sentence, "\n".join(filter(None, (instead, "Nothing was changed."))))


def covers(facts: Record, said: ConsentDocument, policy: Policy, purpose: Purpose, *, today: date) -> bool:
    """Return whether an agreement lets a photo be used for this purpose, as the record is now."""
    return purpose in said.scope and not any(True for _ in flaws(facts, said, policy, today=today))


def flaws(facts: Record, said: ConsentDocument, policy: Policy, *, today: date) -> Iterator[Flaw]:
    """Yield everything that keeps an agreement from standing for this photo."""
    for purpose in sorted(said.scope):
        if purpose not in BEYOND_CARE:
            yield Flaw("R5", _no_use(purpose), f"One of: {', '.join(BEYOND_CARE)}")
    if shows_child_intimately(facts):
        yield Flaw("R9", "an intimate photo of a child is never used beyond care.", "It stays filed for care.")
    if said.obtained_at > today:
        yield Flaw("R13", "consent cannot be dated in the future.")
    yield from _form(facts, said, policy)
    if said.scope & PUBLICATIONS and not said.outlet:
        yield Flaw("R4", "a publication names its outlet.", "Name one:  --outlet")
    yield from _giver(facts, said, policy)


def _no_use(purpose: Purpose) -> str:
    if purpose.kind is PurposeKind.ALWAYS_REFUSED:
        return f"no clinical photo is ever used for {purpose.label}."
    return f"{purpose.label} is no use beyond care: it is covered by what was agreed at filing, or by nothing."


def _form(facts: Record, said: ConsentDocument, policy: Policy) -> Iterator[Flaw]:
    if said.form in WRITTEN and said.document:
        return
    named = ", ".join(purpose.label for purpose in sorted(said.scope))
    rule = "R4" if said.scope & PUBLICATIONS else "R3"
    wanted = "A form, signed or electronic, whose document names it:  --consent-document FILE"
    if said.form in ORAL and said.scope == {Purpose.TEACHING_INTERNAL}:
        if not policy.allows_oral_teaching:
            yield Flaw(rule, "by this practice's policy oral consent does not suffice for teaching.", wanted)
        elif shows_child(facts):
            yield Flaw(rule, "oral consent never suffices for a photo of an under-18.", wanted)
        elif facts.decision.intimate_site is not None:
            yield Flaw(rule, "oral consent never suffices for an intimate photo.", wanted)
    elif said.form in WRITTEN:
        yield Flaw(rule, f"consent to {named} needs its document.", wanted)
    else:
        yield Flaw(rule, f"consent to {named} is in writing or by electronic form.", wanted)


def _giver(facts: Record, said: ConsentDocument, policy: Policy) -> Iterator[Flaw]:
    if not said.giver.agrees:
        yield Flaw("R8", "best interests never supports teaching, research or publication.", "It stays filed for care.")
        return
    yield from _decider(facts, said.giver, policy, on=said.obtained_at)


def _decider(facts: Record, giver: ConsentGiver, policy: Policy, *, on: date) -> Iterator[Flaw]:
    """Yield why somebody does not decide for the patient on that day (R6, R7)."""
    age = age_in_years(facts.date_of_birth, max(on, facts.date_of_birth))
    if age < DECIDES_ALONE_YEARS:
        is_competent = facts.consent.minor_competence is MinorCompetence.COMPETENT
        if giver not in _FOR_A_CHILD and not (giver is ConsentGiver.PATIENT and is_competent):
            yield Flaw(
                "R6",
                "under 16, a parent, guardian or local authority agrees, or a child whose competence is on record.",
                "To record that:  imgfile amend {record}",
            )
        return
    lacks = facts.consent.capacity is Capacity.ASSESSED_LACKS
    if giver is ConsentGiver.PATIENT:
        if lacks:
            yield Flaw("R7", LACKS_CAPACITY, "Assessed anew?  imgfile amend {record}")
        return
    deciders = _SUBSTITUTES | _for_a_minor(age, policy)
    if not lacks:
        yield Flaw("R6", "from 16, patients decide for themselves.", _ASK_THEM)
    elif giver not in deciders:
        yield Flaw("R6" if age < ADULT_YEARS else "R7", _decided_by(deciders), "Assessed anew?  imgfile amend {record}")
    elif giver is ConsentGiver.ATTORNEY_HW:
        if not policy.has_health_attorneys:
            yield Flaw("R7", no_attorney(policy))
        elif age < ConsentBasis.HEALTH_WELFARE_ATTORNEY.terms.holds_from(policy.nation):
            yield Flaw("R7", ATTORNEY_TOO_EARLY)


_ASK_THEM: Final = (
    "Ask the patient:  --giver patient\n"
    "They cannot decide? Say who found that, first:  imgfile amend {record} --capacity assessed_lacks"
)


def _decided_by(deciders: frozenset[ConsentGiver]) -> str:
    """Return who agrees for a patient who lacks capacity."""
    listed = " or ".join(each.label for each in ConsentGiver if each in deciders)
    return f"the patient was found to lack capacity: {listed} agrees for them."


def _for_a_minor(age: int, policy: Policy) -> frozenset[ConsentGiver]:
    """Return who decides from 16, where capacity is lacking, for somebody who is no adult yet (R6)."""
    if age >= ADULT_YEARS:
        return frozenset()
    parents = ConsentBasis.PARENTAL_RESPONSIBILITY.terms
    ends = parents.holds_until(policy.nation)
    return _FOR_A_CHILD - frozenset(parents.givers if ends is not None and age >= ends else ())
