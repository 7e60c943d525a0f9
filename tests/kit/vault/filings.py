"""Filings and facts for tests: a practice, two synthetic patients, and a scripted person at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.interview.prompt import Ask, Prompt
from imgfile.clinical.patient import PatientId
from imgfile.clinical.policy import Policy
from imgfile.clinical.vocabulary import IntimateUnder18, Nation, Provenance

TODAY = date(2026, 11, 22)
CHILD = "9990000018"
ADULT = "9434765870"
DOCTOR = Person("Dr A. Example", "GMC 7654321")
POLICY = Policy(nation=Nation.ENGLAND, intimate_under_18=IntimateUnder18.CLINICIAN_ATTESTED)
FACTS = Facts(
    policy=POLICY,
    today=TODAY,
    sent_on=date(2026, 11, 21),
    file_name="rash pic.jpg",
    asked_by=DOCTOR.name,
    attester=DOCTOR,
    people=(DOCTOR, Person("R. Desk")),
    allow_test=True,
    is_attended=True,
)
"""What stands before any question."""

MOLE = {
    "patient": ADULT,
    "dob": "3/3/71",
    "body_site": "left shoulder",
    "purpose": "diagnosis",
    "basis": "patient_capacity_16plus",
    "form": "phone",
    "obtained_by": "Dr A. Example",
    "obtained_at": "20/11/2026",
    "rationale": "New pigmented lesion, triage for 2WW, patient 40 miles away",
}
"""An ordinary adult photo, wholly by flags."""

RASH = {
    "patient": CHILD,
    "dob": "14/9/25",
    "body_site": "nappy area",
    "intimate": "yes",
    "purpose": "diagnosis",
    "basis": "parental_responsibility",
    "giver": "mother",
    "form": "phone",
    "obtained_by": "Dr A. Example",
    "obtained_at": "21/11/2026",
    "rationale": "Worse despite usual care; video failed, family isolating; told mother why; swab/F2F if needed",
    "safeguards": "1245 67",
}
"""The intimate photo of a child, wholly by flags."""


KNEE = {slug: text for slug, text in RASH.items() if slug != "safeguards"} | {
    "body_site": "left knee",
    "intimate": "no",
}
"""An ordinary photo of a child, wholly by flags."""


def flags(answers: Mapping[str, str], provenance: Provenance = Provenance.FLAG) -> dict[str, Given]:
    """Give answers as a command's flags do."""
    return {slug: Given(text, provenance) for slug, text in answers.items()}


@dataclass(frozen=True)
class Known:
    """What a vault knows of a patient."""

    earlier: tuple[EarlierPhoto, ...] = ()
    birth_date_agrees: bool = True


Recognise = Callable[[PatientId, date], Known | None]
"""Returns what a vault knows of a patient; None where it cannot recognise any."""


@dataclass(frozen=True)
class Interviewed:
    """A filing, and the answers that led to it."""

    filing: Filing
    given: Mapping[str, Given] = field(repr=False)


def nobody_known(_patient: PatientId, _born: date) -> None:
    """Know nothing: as a station that cannot recognise patients."""


def interview(
    given: Mapping[str, Given], facts: Facts = FACTS, ask: Ask | None = None, recognise: Recognise = nobody_known
) -> Interviewed:
    """Hold both phases of an interview, and ask between them what the vault knows."""
    asking = Interview(given, facts, ask)
    who = asking.identify()
    known = recognise(*who) if who else None
    while known and not known.birth_date_agrees:
        who = asking.correct_birth_date()
        known = recognise(*who) if who else None
    return Interviewed(asking.complete(known.earlier if known else None), asking.given)


def filed(
    answers: Mapping[str, str] = MOLE,
    facts: Facts = FACTS,
    recognise: Recognise = nobody_known,
    /,
    **changes: str | None,
) -> Filing:
    """Make a filing of answers, some changed or, with None, left out: by flags, but for what R9 wants typed here."""
    texts = {slug: text for slug, text in {**answers, **changes}.items() if text is not None}
    given, is_typed = attested(texts)
    return interview(given, facts, nobody if is_typed else None, recognise).filing


ATTESTED = ("intimate", "safeguards", "attested_by")


def attested(answers: Mapping[str, str]) -> tuple[dict[str, Given], bool]:
    """Give answers by flags, but typed what R9 wants typed; return too whether there is anything of that."""
    typed = {slug: Given(answers[slug], Provenance.TYPED) for slug in ATTESTED if slug in answers}
    return flags(answers) | typed, bool(typed)


def nobody(prompt: Prompt) -> str:
    """Answer nothing: of these answers none may be asked for."""
    raise AssertionError(prompt.words)


def knowing(**changes: Any) -> Facts:  # noqa: ANN401 - any field of Facts
    """Return what stands before any question, with changes."""
    return replace(FACTS, **changes)


class Script:
    """Somebody at the terminal who types prepared lines, and remembers what was asked."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = list(lines)
        self.prompts: list[Prompt] = []

    def __call__(self, prompt: Prompt) -> str:
        """Answer one prompt."""
        self.prompts.append(prompt)
        return self.lines.pop(0)

    @property
    def words(self) -> list[str]:
        """What was asked, line by line."""
        return [prompt.words for prompt in self.prompts]

    @property
    def problems(self) -> list[str]:
        """Why answers were not taken."""
        return [prompt.problem for prompt in self.prompts if prompt.problem]
