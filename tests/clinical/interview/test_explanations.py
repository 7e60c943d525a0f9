"""What `?` says: every question has all three parts, and the example is one that the question takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from imgfile.clinical.consent import SignedForm
from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.interview.explanations import EXPLANATIONS
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.interview.typed import split
from imgfile.clinical.proofs import Digest, RecordId
from imgfile.clinical.vocabulary import Origin, Purpose
from kit.vault.filings import knowing

ADULTS = knowing(dob=date(1971, 3, 3), earlier=(EarlierPhoto(RecordId("7f" * 16), "7f3k", date(2026, 11, 20)),))
KNOWN: dict[str, dict[str, Any]] = {
    "giver": {"basis": ConsentBasis.PARENTAL_RESPONSIBILITY},
    "form": {"basis": ConsentBasis.PATIENT_CAPACITY_16PLUS, "origin": Origin.REQUESTED_BY_CLINICIAN},
    "follows": {"purpose": Purpose.MONITORING_RESPONSE},
    "scheme": {"patient": "3200000015"},
    "obtained_at": {"dob": date(1971, 3, 3)},
    "consent_document": {"read_form": lambda name: SignedForm(Digest("0" * 64), "application/pdf", b"%PDF-", name)},
    "covers": {"is_attended": True},
}
"""What some questions rest on."""


def test_every_question_is_explained_and_nothing_else() -> None:
    """By its slug, in any order."""
    assert EXPLANATIONS.keys() == QUESTIONS.keys()


@pytest.mark.parametrize("slug", QUESTIONS)
def test_an_explanation_has_three_parts(slug: str) -> None:
    """What it means, who may answer, and an example; sentences end."""
    explained = EXPLANATIONS[slug]
    assert len(explained.meaning) > 20
    assert explained.meaning.endswith((".", "?"))
    assert explained.who.endswith(".")
    assert explained.example
    assert [line.split()[0] for line in explained.lines()] == ["what", "who", "e.g."]


@pytest.mark.parametrize("slug", QUESTIONS)
def test_an_example_is_an_answer(slug: str) -> None:
    """As it would be typed at the prompt, numbers too."""
    facts = replace(ADULTS, **KNOWN.get(slug, {}))
    typed = split((slug,), EXPLANATIONS[slug].example, facts)
    assert QUESTIONS[slug].parse(typed[slug], facts) is not None
