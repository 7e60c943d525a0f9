"""Every question about a photo, once: its flag, its column, its words, its choices, and how its answer is understood.

Flags, table columns, prompts, the list of what is missing and the reference page are all made from `QUESTIONS`, in
the order in which they are asked. Number, birth date, basis, giver, form, rationale and safeguards have no default.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.dates import show_date
from imgfile.clinical.facts import DateDoubt, Facts
from imgfile.clinical.interview import choices, derive, parse
from imgfile.clinical.interview.choices import Choice, numbered, pick
from imgfile.clinical.rules import needs_attestation, needs_capacity_evidence
from imgfile.clinical.text import parse_outlet
from imgfile.clinical.vocabulary import (
    ASKED_SAFEGUARDS,
    Capacity,
    Disposition,
    Explained,
    MinorCompetence,
    Nation,
    Origin,
    PrEvidence,
    Purpose,
    Sensitivity,
)
from imgfile.frozen import dataclass

DISPOSITION: Final = "disposition"
"""The answer that is understood before the others: what is not to be filed is asked about otherwise."""


def _always(_facts: Facts) -> bool:
    return True


def _nothing(_facts: Facts) -> None:
    return None


def _no_choices(_facts: Facts) -> tuple[Choice, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. Its answer is kept in `Facts` under its slug."""

    slug: str
    help: str
    """What the flag's help says."""
    parse: Callable[[str, Facts], object]
    """Understand an answer, in the light of the earlier ones. Raises AnswerInvalid with the end of a sentence."""
    words: Callable[[Facts], str] = lambda _facts: ""
    """What is asked at the terminal; empty where only a flag or a file answers."""
    choices: Callable[[Facts], tuple[Choice, ...]] = _no_choices
    applies: Callable[[Facts], bool | None] = _always
    """Whether the question arises; None while that turns on an answer that is missing."""
    derive: Callable[[Facts], object | None] = _nothing
    """The answer that follows from the others, if any."""
    default: Callable[[Facts], str | None] = _nothing
    """The answer, as text, that Enter accepts."""
    is_defaulted_alone: bool = False
    """Whether the default also holds where nobody can be asked."""
    is_optional: bool = False
    """Whether it is never asked nor missed: a flag or a file answers it, or it follows from others."""
    is_switch: bool = False
    """Whether its flag takes no value: --intimate, --no-intimate."""
    is_long: bool = False
    """Whether its answer is a text that is edited rather than typed anew."""
    is_column: bool = False
    is_shareable: bool = False
    """Whether photos of one message may share its answer, once somebody has confirmed that; never across messages."""
    rests_on: tuple[str, ...] = ()
    """The questions whose change makes this answer stale."""

    @property
    def has_default(self) -> bool:
        """Whether Enter may accept something here at all."""
        return self.default is not _nothing

    @property
    def flag(self) -> str:
        """The flag that answers it."""
        return f"--{self.slug.replace('_', '-')}"


def _ask_patient(facts: Facts) -> str:
    return f"Patient number ({_ways(facts)}):"


def _ways(facts: Facts) -> str:
    """Return what may be typed at a photo's first question instead of an answer."""
    return f"v look, {'d do not file, ' * facts.can_dispose}{'s skip, ' * facts.can_skip}q quit"


def _ask_date_reason(facts: Facts) -> str:
    day = facts.sent_on if facts.date_doubt is DateDoubt.SENT_BEFORE_BIRTH else facts.taken_on
    doubt = f"{facts.date_doubt.value} ({show_date(day)})." if facts.date_doubt and day else ""
    return f"{doubt[:1].upper()}{doubt[1:]}\n{_ASK_DATE_REASON}".strip()


def _ask_body_site(facts: Facts) -> str:
    if not facts.is_sharing:
        return "Body site:"
    return f"Body site ({_ways(facts)}):"


def _ask_intimate(facts: Facts) -> str:
    site = facts.site
    if site is None or site.intimate is None:
        return "Intimate? (y/n):"
    if site.is_misspelt:
        return f"Intimate? If that is {site.intimate.label}, it counts as intimate [Y/n]:"
    return f"Intimate? {site.intimate.label.capitalize()} counts as intimate [Y/n]:"


def _likely_intimate(facts: Facts) -> str | None:
    """Return what Enter accepts; nobody accepts for a word that is only like an intimate one where nobody is asked."""
    if facts.site is None or facts.site.intimate is None:
        return None
    if facts.sensitivity is Sensitivity.NONE and not facts.is_attended:
        return None
    return "yes" if facts.is_attended or not facts.site.is_misspelt else None


def _ask_purpose(facts: Facts) -> str:
    if facts.earlier:
        return f"Purpose [diagnosis]; m = response since {facts.earlier[-1].reference}:"
    return "Purpose [diagnosis] (? lists):"


def _wants_capacity_evidence(facts: Facts) -> bool | None:
    """Return whether it is to be said who assessed capacity: of whoever is said to lack it, whatever the basis (R7).

    A child on a parent's consent too: from 16 parents, or others, go on deciding for one who cannot.
    """
    return True if facts.capacity is Capacity.ASSESSED_LACKS else needs_capacity_evidence(facts)


def _ask_capacity_evidence(facts: Facts) -> str:
    if facts.policy.nation is Nation.SCOTLAND:
        return "The patient lacks capacity for this. Certificate's reference, and who assessed:"
    return "The patient lacks capacity for this. Who assessed it, when:"


_ASK_DATE_REASON: Final = "Wrong patient, wrong photo or wrong clock? Why it is right (q quit):"


def _decider(facts: Facts) -> str:
    """Return what who decides is called, in the words of the nation."""
    return (derive.derive_giver(facts) or ConsentGiver.ATTORNEY_HW).label


def _ask_obtained_at(facts: Facts) -> str:
    likely = derive.likely_day(facts)
    return f"Asked on{f' [{likely}]' if likely else ''} (yesterday, 21/11/2026):"


_ASK_SPOKEN_SINCE: Final = """\
Sent unasked: have you spoken to them since, and how did they agree
(phone, video, in person, email, form, signed; n not yet):"""
_ASK_RATIONALE: Final = "Rationale: which decision, why remote, what explained, safety net, why keep it"


def _ask_rationale(facts: Facts) -> str:
    """Return the guide, with the practice's own phrases beneath it, which are picked by number."""
    phrases = [f"  {number} {choice.label}" for number, choice in enumerate(choices.phrases(facts), 1)]
    return "\n".join([_ASK_RATIONALE, *phrases])


_ASK_SAFEGUARDS: Final = """\
Intimate photo of a child. Type the numbers that are true; the others are "no":
  1 needed for this decision         2 face to face considered
  3 face to face offered             4 shows no more than needed
  5 told who will see it             6 parent was present
  7 no safeguarding concern          8 no objection or distress told
  Without 8 it is not stated.        (1 2 5 7 are required)"""


_ALL: Final = (
    Question(
        slug="patient",
        help="The patient's number: NHS, CHI or H&C, ten digits; or the practice's own: local T-1234.",
        parse=parse.read_patient,
        words=_ask_patient,
        is_column=True,
        is_shareable=True,
    ),
    Question(
        slug="scheme",
        help="Whose number it is, where that is in doubt.",
        parse=parse.read_scheme,
        words=lambda facts: f"Whose number: {numbered(choices.schemes(facts))}",
        choices=choices.schemes,
        applies=lambda facts: derive.arises_with(facts.patient),
        derive=derive.derive_scheme,
        is_column=True,
        is_shareable=True,
        rests_on=("patient",),
    ),
    Question(
        slug="dob",
        help="The patient's date of birth, day first: 14/9/2025.",
        parse=parse.read_dob,
        words=lambda _facts: "Date of birth:",
        is_column=True,
        is_shareable=True,
        rests_on=("patient",),
    ),
    Question(
        slug="date_reason",
        help="Why a photo may be filed whose own date cannot be right, such as a clock that was never set.",
        parse=parse.read_date_reason,
        words=_ask_date_reason,
        applies=lambda facts: None if facts.dob is None else facts.date_doubt is not None,
        is_column=True,
        rests_on=("dob",),
    ),
    Question(
        slug="body_site",
        help="What the photo shows, in a few words.",
        parse=parse.read_body_site,
        words=_ask_body_site,
        is_column=True,
    ),
    Question(
        slug="sensitivity",
        help="What makes the photo more sensitive than another.",
        parse=lambda text, _facts: Sensitivity(pick(text, choices.of(Sensitivity))),
        choices=lambda _facts: choices.of(Sensitivity),
        derive=derive.derive_sensitivity,
        is_optional=True,
        is_column=True,
        rests_on=("intimate",),
    ),
    Question(
        slug="intimate",
        help="Whether the photo counts as intimate.",
        parse=parse.read_intimate,
        words=_ask_intimate,
        choices=lambda _facts: choices.YES_OR_NO,
        applies=lambda facts: derive.arises_with(facts.body_site),
        derive=derive.derive_intimate,
        default=_likely_intimate,
        is_defaulted_alone=True,
        is_switch=True,
        is_column=True,
        rests_on=("body_site", "dob"),
    ),
    Question(
        slug="purpose",
        help="What the photo is for.",
        parse=lambda text, facts: Purpose(
            pick(text, (*choices.purposes(facts), *choices.beyond_care(facts), *choices.of(Purpose)))
        ),
        words=_ask_purpose,
        choices=choices.purposes,
        default=lambda _facts: Purpose.DIAGNOSIS,
        is_column=True,
        is_shareable=True,
        rests_on=("patient",),
    ),
    Question(
        slug="consent_document",
        help="A signed form, to be sealed beside the photo: PDF or image, at most 20 MB. Or the SHA-256 of one.",
        parse=parse.read_form_document,
        words=lambda facts: (
            f"Signed form for {(facts.purpose or Purpose.TEACHING_INTERNAL).label} (its PDF or image; none):"
        ),
        applies=derive.needs_signed_form,
        is_column=True,
        is_shareable=True,
    ),
    Question(
        slug="follows",
        help="The earlier photo whose treatment this one judges; else the last one.",
        parse=parse.read_follows,
        applies=lambda facts: None if facts.purpose is None else facts.purpose is Purpose.MONITORING_RESPONSE,
        derive=derive.derive_follows,
        is_optional=True,
        is_shareable=True,
        rests_on=("purpose",),
    ),
    Question(
        slug="covers",
        help="Which uses beyond care the signed form names, with commas between; else what the photo is for, or none.",
        parse=parse.read_covers,
        words=lambda facts: f"Form covers beyond care [none]: {numbered(choices.beyond_care(facts))}",
        choices=choices.beyond_care,
        applies=derive.may_cover,
        derive=derive.derive_covers,
        default=lambda _facts: "none",
        is_defaulted_alone=True,
        is_column=True,
        is_shareable=True,
        rests_on=("consent_document",),
    ),
    Question(
        slug="outlet",
        help="Where it may be published: one place.",
        parse=lambda text, _facts: parse_outlet(text),
        words=lambda _facts: "Outlet (one):",
        applies=derive.names_outlet,
        is_column=True,
        is_shareable=True,
        rests_on=("covers",),
    ),
    Question(
        slug="recognisable",
        help="Whether the form says that the patient may be recognised; else a copy leaves only where nobody can be.",
        parse=lambda text, _facts: parse.read_yes(text),
        choices=lambda _facts: choices.YES_OR_NO,
        applies=derive.is_beyond_care,
        is_optional=True,
        is_switch=True,
        is_column=True,
        is_shareable=True,
        rests_on=("covers",),
    ),
    Question(
        slug="basis",
        help="On whose decision the photo was made and is kept.",
        parse=parse.read_basis,
        words=lambda facts: f"Consent basis: {numbered(choices.bases(facts))}",
        choices=choices.bases,
        is_column=True,
        is_shareable=True,
        rests_on=("dob",),
    ),
    Question(
        slug="competence",
        help="Whether a child under 16 was found competent to decide.",
        parse=lambda text, _facts: MinorCompetence(pick(text, choices.of(MinorCompetence))),
        choices=lambda _facts: choices.of(MinorCompetence),
        derive=lambda facts: MinorCompetence.COMPETENT if facts.competence_evidence else None,
        is_optional=True,
        is_shareable=True,
        rests_on=("basis",),
    ),
    Question(
        slug="competence_evidence",
        help="How a child's competence was assessed, and by whom.",
        is_long=True,
        is_column=True,
        parse=parse.read_text,
        words=lambda _facts: "How was the child's competence assessed, and by whom:",
        applies=derive.needs_competence_evidence,
        is_shareable=True,
        rests_on=("basis",),
    ),
    Question(
        slug="capacity",
        help="Whether a patient of 16 or over can decide; presumed for the patient's own consent.",
        parse=lambda text, _facts: Capacity(pick(text, choices.of(Capacity))),
        choices=lambda _facts: choices.of(Capacity),
        derive=derive.derive_capacity,
        is_optional=True,
        is_shareable=True,
        rests_on=("basis",),
    ),
    Question(
        slug="capacity_evidence",
        help="Who assessed that the patient lacks capacity, and when; in Scotland, the certificate's reference.",
        is_long=True,
        is_column=True,
        parse=parse.read_text,
        words=_ask_capacity_evidence,
        applies=_wants_capacity_evidence,
        is_shareable=True,
        rests_on=("basis",),
    ),
    Question(
        slug="decided_by",
        help="The name of the attorney, deputy or guardian who decides.",
        parse=parse.read_decider,
        words=lambda facts: f"Name of the {_decider(facts)}:",
        applies=derive.names_decider,
        is_column=True,
        is_shareable=True,
        rests_on=("basis",),
    ),
    Question(
        slug="authority",
        help="Which document says that they may decide, and who saw it.",
        parse=parse.read_authority,
        words=lambda facts: f"Which document says that the {_decider(facts)} decides, and who saw it:",
        applies=derive.names_decider,
        is_column=True,
        is_shareable=True,
        rests_on=("basis",),
    ),
    Question(
        slug="consulted",
        help="Of best interests or benefit: who was consulted, or why nobody was.",
        parse=parse.read_consulted,
        words=lambda _facts: "Who was consulted (or nobody, and why):",
        applies=derive.is_consulted_on,
        is_column=True,
        is_shareable=True,
        rests_on=("basis",),
    ),
    Question(
        slug="pr_evidence",
        help="How parental responsibility is known; else as stated.",
        parse=lambda text, _facts: PrEvidence(pick(text, choices.of(PrEvidence))),
        choices=lambda _facts: choices.of(PrEvidence),
        applies=derive.states_parental_responsibility,
        derive=derive.derive_pr_evidence,
        is_optional=True,
        is_shareable=True,
        rests_on=("basis",),
    ),
    Question(
        slug="origin",
        help="Why the photo exists; else asked for by a clinician.",
        parse=lambda text, _facts: Origin(pick(text, choices.of(Origin))),
        choices=lambda _facts: choices.of(Origin),
        derive=derive.derive_origin,
        is_optional=True,
        is_shareable=True,
        rests_on=("form",),
    ),
    Question(
        slug="giver",
        help="Who agreed.",
        parse=lambda text, facts: ConsentGiver(pick(text, choices.givers(facts))),
        words=lambda facts: f"Who agreed ({', '.join(choice.label for choice in choices.givers(facts))}):",
        choices=choices.givers,
        applies=lambda facts: derive.arises_with(facts.basis),
        derive=derive.derive_giver,
        is_column=True,
        is_shareable=True,
        rests_on=("basis",),
    ),
    Question(
        slug="form",
        help="How they agreed.",
        parse=parse.read_form,
        words=lambda facts: (
            f"How did the {(facts.giver or ConsentGiver.PATIENT).label} agree "
            "(phone, video, in person, email, ...; ? lists):"
        ),
        choices=lambda _facts: choices.FORMS,
        derive=derive.derive_form,
        is_column=True,
        is_shareable=True,
        rests_on=("basis",),
    ),
    Question(
        slug="spoken_since",
        help="Of a photo that was sent unasked: how they agreed since, such as phone; no if nobody spoke to them.",
        parse=parse.read_spoken_since,
        words=lambda _facts: _ASK_SPOKEN_SINCE,
        choices=lambda _facts: choices.SPOKEN,
        applies=derive.asks_spoken_since,
        is_column=True,
        is_shareable=True,
        rests_on=("form",),
    ),
    Question(
        slug="view_once",
        help="Whether an intimate photo of an adult was sent to vanish (view once).",
        parse=lambda text, _facts: parse.read_yes(text),
        words=lambda _facts: "Was it sent to vanish (view once)? (y/n):",
        choices=lambda _facts: choices.YES_OR_NO,
        applies=derive.asks_view_once,
        is_switch=True,
        is_column=True,
        rests_on=("intimate", "form"),
    ),
    Question(
        slug="agreed_to_keep",
        help="Of a photo that was sent to vanish: whether they agreed that it is kept.",
        parse=lambda text, _facts: parse.read_yes(text),
        words=lambda _facts: "Did they agree, knowing that, that it is kept? (y/n):",
        choices=lambda _facts: choices.YES_OR_NO,
        applies=lambda facts: facts.view_once,
        is_switch=True,
        is_column=True,
        rests_on=("view_once",),
    ),
    Question(
        slug="obtained_by",
        help="Who asked for the consent: somebody of the roster, or a registrant by name and number.",
        parse=parse.read_obtained_by,
        words=lambda facts: f"Asked by{f' [{asker}]' if (asker := choices.likely_asker(facts)) else ''}:",
        choices=choices.people,
        default=choices.likely_asker,
        is_defaulted_alone=True,
        is_column=True,
        is_shareable=True,
    ),
    Question(
        slug="obtained_at",
        help="When it was asked for, day first: 21/11/2026.",
        parse=parse.read_obtained_at,
        words=lambda facts: (
            f"Asked on{f' [{on}]' if (on := derive.likely_day(facts)) else ''} (yesterday, 21/11/2026):"
        ),
        default=derive.likely_day,
        is_column=True,
        is_shareable=True,
    ),
    Question(
        slug="explained",
        help="What was explained before, with commas between.",
        parse=parse.read_explained,
        choices=lambda _facts: choices.of(Explained),
        is_optional=True,
        is_shareable=True,
    ),
    Question(
        slug="rationale",
        help="Which decision it informs, why remote, what was explained, the safety net, why keep it.",
        is_long=True,
        parse=parse.read_rationale,
        words=_ask_rationale,
        choices=choices.phrases,
        is_column=True,
        is_shareable=True,
    ),
    Question(
        slug="objection",
        help="Whether the patient objected to this photo, was distressed by it, refused or withdraws.",
        parse=parse.read_objection,
        choices=lambda _facts: choices.YES_OR_NO,
        is_optional=True,
        is_switch=True,
        is_column=True,
    ),
    Question(
        slug="safeguards",
        help="The numbers of the safeguards that are true: "
        + ", ".join(f"{number} {code.label}" for number, code in enumerate(ASKED_SAFEGUARDS, 1))
        + ".",
        parse=parse.read_safeguards,
        words=lambda _facts: _ASK_SAFEGUARDS,
        applies=needs_attestation,
        rests_on=("intimate",),
    ),
    Question(
        slug="attested_by",
        help="The clinician of the roster who attests: name or registration.",
        parse=parse.read_attester,
        words=lambda facts: f"Attesting clinician: {numbered(choices.attesters(facts))}",
        choices=choices.attesters,
        applies=needs_attestation,
        derive=derive.derive_attester,
        rests_on=("intimate",),
    ),
    Question(
        slug=DISPOSITION,
        help="What becomes of the photo, where it is not to be filed: describe and destroy, reject and return, "
        "quarantine, safeguarding hold.",
        parse=lambda text, _facts: Disposition(pick(text, choices.DISPOSITIONS)),
        choices=lambda _facts: choices.DISPOSITIONS,
        is_optional=True,
        is_column=True,
    ),
)

QUESTIONS: Final = MappingProxyType({question.slug: question for question in _ALL})
"""Every question by its slug, in the order of asking."""

COLUMNS: Final = tuple(question.slug for question in _ALL if question.is_column)
"""The columns of a table that answer questions; `action` (file, skip or blank) stands before them."""


def reference() -> str:
    """Write the questions as Markdown, for docs/reference/questions.md."""
    rows = [
        f"| `{question.slug}` | `{_flags(question)}` | {'yes' if question.is_column else ''} | {question.help} |"
        for question in _ALL
    ]
    return "\n".join(["| answer | flag | column | what it says |", "| --- | --- | --- | --- |", *rows, ""])


def _flags(question: Question) -> str:
    return f"{question.flag}/--no-{question.slug}" if question.is_switch else question.flag
