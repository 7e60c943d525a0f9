"""The clinical rules on filing, as pure functions over what is known of a photo.

A rule judges as soon as it knows enough, and is silent until then; a finding names the question whose answer it turns
on. Rules about erasing, viewing and destroying (R15 to R23) are kept by the rooms that do these things. imgfile
supports a clinician's decision: no sentence here says that a photo is lawful.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Final

from imgfile.clinical.consent_basis import ADULT_YEARS, DECIDES_ALONE_YEARS
from imgfile.clinical.dates import year_before
from imgfile.clinical.facts import Facts
from imgfile.clinical.policy import Policy
from imgfile.clinical.sites.match import SiteKind
from imgfile.clinical.text import is_name_of, is_placeholder
from imgfile.clinical.vocabulary import (
    BEYOND_CARE,
    REQUIRED_SAFEGUARDS,
    Capacity,
    ConsentForm,
    IntimateUnder18,
    Nation,
    Origin,
    Provenance,
    Purpose,
    PurposeKind,
    Safeguard,
    in_words,
)
from imgfile.frozen import dataclass

ORAL: Final = frozenset({ConsentForm.VERBAL_IN_PERSON, ConsentForm.VERBAL_TELEPHONE, ConsentForm.VERBAL_VIDEO})
WRITTEN: Final = frozenset({ConsentForm.WRITTEN_SIGNED, ConsentForm.ELECTRONIC_FORM})
"""How consent to a use beyond care is given: with its document (R3)."""
PUBLICATIONS: Final = frozenset({Purpose.PUBLICATION_NAMED, Purpose.PUBLIC_MEDIA})


_TOO_YOUNG: Final = (
    "under 16, the basis is the competent child, parental responsibility, a local authority or court, "
    "or best interests."
)
_OWN_FROM_16: Final = "from 16, the basis is the patient's own consent, not a child's competence."
_INSTEAD_FROM_16: Final = "the patient decides, or whoever the law lets decide where they lack capacity."
_NO_PARENT: Final = {
    DECIDES_ALONE_YEARS: f"in Scotland parents consent until 16 alone; then {_INSTEAD_FROM_16}",
    ADULT_YEARS: f"parental responsibility, a parent's or a local authority's, ends at 18; {_INSTEAD_FROM_16}",
}
"""What R6 says of parental responsibility that ends at this age."""
ATTORNEY_TOO_EARLY: Final = (
    "in England and Wales nobody makes a power of attorney for health below 18: a deputy, or best interests."
)


class Weight(Enum):
    """What a finding means for the photo."""

    WARNING = "warning"
    """It is filed all the same."""
    CORRECTABLE = "correctable"
    """It is not filed on this answer; another true answer may do."""
    FINAL = "final"
    """It is not filed, whatever else is answered."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says about a photo: one sentence, and the slug of the question it turns on. No patient data."""

    rule: str
    sentence: str
    question: str
    weight: Weight = Weight.CORRECTABLE
    hint: str = ""
    """What to do by hand, where no answer helps."""


def judge(facts: Facts) -> tuple[Finding, ...]:
    """Apply every rule to what is known; the rules that find nothing are silent."""
    return tuple(finding for rule in _RULES for finding in rule(facts))


def needs_attestation(facts: Facts) -> bool | None:
    """Return whether the photo is an intimate one of a child, so that R9 asks for safeguards; None if not known yet."""
    if facts.intimate is False or facts.shows_child is False:
        return False
    return None if facts.intimate is None or facts.shows_child is None else True


def must_be_answered_here(facts: Facts, question: str) -> bool:
    """Return whether an answer counts only when typed or accepted at this run's prompt: what R9 rests on."""
    return question in _ANSWERED_HERE and facts.shows_child is not False


def is_answered_here(provenance: Mapping[str, Provenance], *, is_intimate: bool) -> bool:
    """Return whether all that R9 rests on was typed or accepted at a prompt, by where each answer came from."""
    if not is_intimate:
        return provenance.get("intimate") is Provenance.TYPED
    return (
        provenance.get("intimate") in _TYPED_OR_ACCEPTED
        and provenance.get("safeguards") is Provenance.TYPED
        and provenance.get("attested_by") in _TYPED_OR_SHOWN
    )


_TYPED_OR_ACCEPTED: Final = frozenset({Provenance.TYPED, Provenance.DEFAULTED})
"""Where nobody is asked a default may stand too; then no safeguard is typed."""
_AT_PROMPT: Final = frozenset({Provenance.TYPED, Provenance.DEFAULTED, Provenance.SHARED})
"""Where an answer came from that somebody gave in a dialogue."""
_TYPED_OR_SHOWN: Final = frozenset({Provenance.TYPED, Provenance.DERIVED})
"""The roster's only clinician attests by the digits that are typed beneath the name."""
_ANSWERED_HERE: Final = frozenset({"intimate", "safeguards", "attested_by"})
"""What makes an intimate photo of a child one, and what lets it be filed; age and all of it are then confirmed."""


def is_refusal(finding: Finding) -> bool:
    """Return whether a finding means that somebody refused the photo: what is said of a filed one must not end well.

    Where a photo may be filed from, and by whom (R9), says nothing about one that is filed.
    """
    is_refused_consent = (finding.rule, finding.question) == ("R1", "basis")
    return is_refused_consent or (finding.weight is Weight.FINAL and finding.rule != "R9")


def needs_capacity_evidence(facts: Facts) -> bool | None:
    """Return whether somebody decides for a patient who could decide alone (R7); None if not known yet."""
    if facts.terms is None:
        return None
    from_years = facts.terms.lacks_capacity_from_years
    if from_years is None or facts.terms.is_substitute:
        return facts.terms.is_substitute
    return None if facts.age is None else facts.age >= from_years


def _r1(facts: Facts) -> Iterator[Finding]:
    if facts.terms and not facts.terms.is_filed_on:
        yield Finding("R1", "without consent or another basis nothing is filed.", "basis")
    if facts.rationale is not None and (reason := _rationale_fault(facts)):
        yield Finding("R1", f"the rationale {reason}.", "rationale")


def _rationale_fault(facts: Facts) -> str:
    rationale, least = facts.rationale or "", facts.policy.min_rationale_characters
    if len(" ".join(rationale.split())) < least:
        return f"has fewer than {least} characters"
    if is_placeholder(rationale):
        return "is one thing repeated"
    return "is the file's name" if is_name_of(rationale, facts.file_name) else ""


def _r3(facts: Facts) -> Iterator[Finding]:
    if facts.terms and not facts.terms.supports_secondary_uses:
        return  # no form helps: R8
    if rests_on_oral_consent(facts):
        if facts.agreed_form is not None and facts.agreed_form not in ORAL:
            yield Finding("R3", _ORAL_HERE, "form")
    elif uses_beyond_care(facts):
        yield from _uncovered(facts)


_ORAL_HERE: Final = (
    "teaching rests on oral consent here, in person, by phone or by video, or on a signed form that names it "
    "(--consent-document)."
)
_INSTEAD: Final = "file it for care, then add the signed form: imgfile consent add RECORD."


def _uncovered(facts: Facts) -> Iterator[Finding]:
    """Yield why the uses beyond care that a photo is to be filed for rest on nothing, as far as it is known."""
    uses, form = uses_beyond_care(facts), facts.consent_document
    rule = "R4" if uses & PUBLICATIONS else "R3"
    if form is None:
        if facts.purpose is not None:
            yield Finding(_rule_of(facts.purpose), _without_form(facts.purpose), "consent_document")
        return
    if facts.is_reception:
        yield Finding("R26", f"a reception computer files for care alone; {_INSTEAD}", "consent_document")
    elif not form.is_here:
        yield Finding(rule, f"a form is given itself, not as a SHA-256 alone; {_INSTEAD}", "consent_document")
    elif facts.covers is not None and (unnamed := uses - facts.covers):
        yield Finding(rule, f"the form does not name {in_words(unnamed)}; {_INSTEAD}", "covers")
    if facts.agreed_form is not None and facts.agreed_form not in WRITTEN:
        question = "form" if facts.spoken_since is None else "spoken_since"
        yield Finding(rule, f"consent to {in_words(uses)} is signed, or by electronic form; {_INSTEAD}", question)


def no_form(purpose: Purpose) -> str:
    """Return why a photo is not filed for a use beyond care without a form; the rule first."""
    return f"{_rule_of(purpose)}: {_without_form(purpose)}"


def _without_form(purpose: Purpose) -> str:
    """Return why a photo is not filed for this purpose without a form, what would do, and what is possible instead."""
    needed = "a signed form that names it (--consent-document)" if purpose in BEYOND_CARE else "the signed form"
    return f"imgfile does not file for {purpose.label} without {needed}; {_INSTEAD}"


def _rule_of(purpose: Purpose) -> str:
    return "R4" if purpose in PUBLICATIONS else "R3"


def uses_beyond_care(facts: Facts) -> frozenset[Purpose]:
    """Return every use beyond care that the photo is to be filed for: its purpose, and what its signed form names."""
    named = facts.covers or frozenset()
    return named | {facts.purpose} if facts.purpose in BEYOND_CARE else named


def rests_on_oral_consent(facts: Facts) -> bool:
    """Return whether the photo is for teaching that needs no form, and none is given (R3)."""
    return not facts.given_form and not facts.covers and may_teach_on_oral_consent(facts)


def may_teach_on_oral_consent(facts: Facts) -> bool:
    """Return whether recorded oral consent suffices: for teaching in the practice, of an adult, not intimate (R3)."""
    is_ordinary_adult = facts.shows_child is False and facts.intimate is False
    return facts.policy.allows_oral_teaching and facts.purpose is Purpose.TEACHING_INTERNAL and is_ordinary_adult


def _r4(facts: Facts) -> Iterator[Finding]:
    if facts.outlet == "" and uses_beyond_care(facts) & PUBLICATIONS:
        yield Finding("R4", "a publication names its outlet.", "outlet")


def _r5(facts: Facts) -> Iterator[Finding]:
    if facts.purpose and facts.purpose.kind is PurposeKind.ALWAYS_REFUSED:
        yield Finding("R5", f"no clinical photo is ever filed for {facts.purpose.label}.", "purpose")
    if facts.purpose and facts.purpose.kind is PurposeKind.OWN_RECORD:
        yield Finding("R5", f"copies go to {facts.purpose.label}; file the photo for its purpose in care.", "purpose")


def _r6(facts: Facts) -> Iterator[Finding]:
    if facts.age is None or facts.terms is None:
        return
    nation = facts.policy.nation
    until = facts.terms.holds_until(nation)
    if facts.age < facts.terms.from_years:
        yield Finding("R6", _TOO_YOUNG, "basis")
    elif facts.age < facts.terms.holds_from(nation):
        yield Finding("R7", ATTORNEY_TOO_EARLY, "basis")
    elif until is not None and facts.age >= until:
        yield Finding("R6", _OWN_FROM_16 if facts.terms.is_patients_own else _NO_PARENT[until], "basis")


def _r7(facts: Facts) -> Iterator[Finding]:
    yield from _undocumented(facts)
    if facts.terms and facts.terms.needs_health_attorneys and not facts.policy.has_health_attorneys:
        yield Finding("R7", no_attorney(facts.policy), "basis")
    if facts.terms and facts.terms.presumes_capacity and facts.capacity is Capacity.ASSESSED_LACKS:
        yield Finding("R7", LACKS_CAPACITY, "capacity")
    if not needs_capacity_evidence(facts) or facts.capacity is None:
        return
    if facts.capacity is not Capacity.ASSESSED_LACKS:
        yield Finding("R7", "from 16, others decide only for a patient assessed as lacking capacity.", "capacity")
    elif not facts.capacity_evidence:
        wanted = (
            "the certificate's reference" if facts.policy.nation is Nation.SCOTLAND else "who assessed it, and when"
        )
        yield Finding("R7", f"lacking capacity needs evidence: {wanted}.", "capacity_evidence")


LACKS_CAPACITY: Final = "a patient who lacks capacity cannot give this consent."


def no_attorney(policy: Policy) -> str:
    """Return why no attorney decides about health in a practice, and who does."""
    whose = "by this practice's policy" if policy.health_attorney is False else "by the law of Northern Ireland"
    return f"{whose} no attorney decides about health: best interests, or a court's order."


def _undocumented(facts: Facts) -> Iterator[Finding]:
    """Yield what a decision for somebody else lacks, once it is said that there is nothing."""
    if facts.terms and facts.terms.names_decider:
        if facts.decided_by == "":
            yield Finding("R7", "who decides for the patient is named.", "decided_by")
        if facts.authority == "":
            yield Finding("R7", "a document says that they may decide: which, and who saw it.", "authority")
    if facts.terms and facts.terms.is_consulted_on and facts.consulted == "":
        yield Finding("R7", "it says who was consulted, or why nobody was.", "consulted")


def _r8(facts: Facts) -> Iterator[Finding]:
    if uses_beyond_care(facts) and facts.terms and not facts.terms.supports_secondary_uses:
        yield Finding(
            "R8", "best interests never supports teaching, research or publication; file it for care alone.", "basis"
        )


def _r9(facts: Facts) -> Iterator[Finding]:
    if needs_attestation(facts) and facts.policy.intimate_under_18 is IntimateUnder18.REFUSE:
        yield Finding(  # at every door, before it is said which would do
            "R9",
            "this practice does not file intimate photos of under-18s: describe it in the record instead.",
            "intimate",
            Weight.FINAL,
            "To describe and erase it, a clinician types d at its first question, at their own computer.",
        )
    # Unattended, the words of the site count, whatever is stated: only a person who sees the photo may overrule them,
    # or say of a site in no list that it is not intimate.
    is_ordinary = facts.site is None or facts.site.kind is SiteKind.ORDINARY
    if not facts.is_attended and facts.shows_child and (facts.intimate or not is_ordinary):
        yield Finding(
            "R9",
            "an intimate photo of a child is filed by a clinician at the terminal, not in a batch.",
            "intimate",
            Weight.FINAL,
        )
    if not needs_attestation(facts):
        return
    if facts.is_reception:
        yield Finding(
            "R9",
            "a reception computer cannot attest an intimate photo of a child: a clinician files it at theirs.",
            "intimate",
            Weight.FINAL,
            "Leave it where it is and tell a clinician. A row of a table is finished there with --attend.",
        )
    elif facts.attesters == ():
        yield Finding(
            "R9",
            "nobody of this practice's roster may attest an intimate photo of a child.",
            "attested_by",
            Weight.FINAL,
            "By its policy only some may, as the roster lists them: imgfile policy show, imgfile people list.",
        )
    if facts.purpose and facts.purpose.kind in {PurposeKind.SECONDARY, PurposeKind.ALWAYS_REFUSED}:
        yield Finding("R9", "an intimate photo of a child is never used beyond care.", "purpose")
    elif facts.covers:
        yield Finding("R9", "an intimate photo of a child is never used beyond care.", "covers")
    if facts.safeguards is not None:
        yield from _lacking_safeguards(facts.safeguards.get)
    if facts.attested_by is not None and not facts.attested_by.registration:
        yield Finding("R9", "only a registered clinician attests.", "attested_by")


CONCERN_LEFT_OPEN: Final = "nobody said that there is no safeguarding concern; the photo is left as it is."
_HOLD_BY_HAND: Final = (
    "Nothing was filed, copied or erased. Do not forward or delete the message; tell whoever leads on safeguarding in "
    "the practice now. Where a child is in danger, call 999."
)


def concern(facts: Facts) -> Finding | None:
    """Return what ends a photo's way where it was left open whether there is a safeguarding concern; None elsewhere.

    A required safeguard is asked again when it is left out; of this one that would be a nudge to say that all is well.
    """
    if facts.safeguards is None or facts.safeguards.get(Safeguard.NO_SAFEGUARDING_CONCERN):
        return None
    return Finding("R9", CONCERN_LEFT_OPEN, "safeguards", Weight.FINAL, hold_by_hand(facts.policy))


def hold_by_hand(policy: Policy | None) -> str:
    """Return what to do by hand about a photo on hold, and whom to call (R21), as far as the policy can be read."""
    called = f"\n{policy.safeguarding_contact}" if policy is not None and policy.safeguarding_contact else ""
    return f"{_HOLD_BY_HAND}{called}"


def _lacking_safeguards(answer: Callable[[Safeguard], bool | None]) -> Iterator[Finding]:
    lacking = [safeguard for safeguard in Safeguard if safeguard in REQUIRED_SAFEGUARDS and not answer(safeguard)]
    if lacking:
        listed = ", ".join(f'"{safeguard.label}"' for safeguard in lacking)
        yield Finding("R9", f"an intimate photo of a child is filed only if this is true: {listed}.", "safeguards")


_LISTED_AS_INTIMATE: Final = (
    "the body site counts as intimate; that the photo is not, whoever sees it says at the terminal, not in a batch."
)


def _r10(facts: Facts) -> Iterator[Finding]:
    if facts.shows_child is not False:
        return
    if facts.intimate is False and _is_listed_as_intimate(facts) and facts.provenance.get("intimate") not in _AT_PROMPT:
        yield Finding("R10", _LISTED_AS_INTIMATE, "intimate")
    if not facts.intimate:
        return
    if facts.agreed_form is ConsentForm.IMPLIED_BY_SUBMISSION and facts.origin is not Origin.UNSOLICITED:
        yield Finding("R10", "an intimate photo needs explicit consent; sending it is not enough.", "form")
    if facts.terms and not facts.terms.is_explicit:
        yield Finding("R10", "an intimate photo needs explicit consent; this basis is not.", "basis")
    if facts.view_once and facts.agreed_to_keep is False:
        yield Finding(
            "R10",
            "it was sent to vanish, and they did not agree that it is kept.",
            "agreed_to_keep",
            Weight.FINAL,
            "Ask them. Until then leave it where it is, and describe in the patient's record what you saw.",
        )


def _is_listed_as_intimate(facts: Facts) -> bool:
    """Return whether the body site is in the list of intimate ones; a slip of the keyboard is in no list."""
    return facts.site is not None and facts.site.kind is SiteKind.INTIMATE and not facts.site.is_misspelt


def _r11(facts: Facts) -> Iterator[Finding]:
    if facts.agreed_form is not ConsentForm.IMPLIED_BY_SUBMISSION or facts.origin is Origin.UNSOLICITED:
        return
    if facts.origin not in {None, Origin.REQUESTED_BY_CLINICIAN}:
        yield Finding("R11", "sending a photo implies consent only if a clinician asked for it.", "form")
    if facts.intimate and facts.shows_child is not False:
        yield Finding("R11", "sending an intimate photo does not imply consent.", "form")
    if facts.purpose and facts.purpose.kind is not PurposeKind.DIRECT_CARE:
        yield Finding("R11", "sending a photo implies consent to direct care only.", "form")


UNASKED: Final = "it was sent unasked, and nobody has agreed to it since: it stays where it is."


def _r11_unasked(facts: Facts) -> Iterator[Finding]:
    # Before R9: as long as nobody has agreed, by whichever door it came, it is set aside with a deadline.
    if facts.origin is not Origin.UNSOLICITED:
        return
    if facts.agreed_form in _NOT_EXPLICIT:
        yield Finding(
            "R11",
            UNASKED,
            "form",
            Weight.FINAL,
            "Speak to them first. If they agree, file it with how they did: --spoken-since phone. Else leave it, and "
            "write in the patient's record that it came.",
        )
    elif facts.obtained_at is not None and facts.sent_on is not None and facts.obtained_at < facts.sent_on:
        yield Finding("R11", "it was sent unasked, and this is before it was sent.", "obtained_at")


_NOT_EXPLICIT: Final = frozenset({ConsentForm.IMPLIED_BY_SUBMISSION, ConsentForm.NOT_APPLICABLE})


def _r12(facts: Facts) -> Iterator[Finding]:
    if facts.objection:
        yield Finding("R12", "the patient objected to, or was distressed by, this photo.", "objection", Weight.FINAL)


def _r13(facts: Facts) -> Iterator[Finding]:
    if facts.date_doubt is not None:
        if facts.date_reason:
            yield Finding("R13", f"{facts.date_doubt.value}.", "date_reason", Weight.WARNING)
    elif facts.taken_on is not None and facts.taken_on < year_before(facts.today):
        yield Finding("R13", "this photo was taken more than a year ago.", "date_reason", Weight.WARNING)
    if facts.obtained_at is None:
        return
    if facts.obtained_at > facts.today:
        yield Finding("R13", "consent cannot be dated in the future.", "obtained_at")
    elif facts.obtained_at < year_before(facts.today):
        yield Finding("R13", "this consent is more than a year old.", "obtained_at", Weight.WARNING)


_RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    _r1, _r3, _r4, _r5, _r6, _r7, _r8, _r11_unasked, _r9, _r10, _r11, _r12, _r13,
)  # fmt: skip
