"""Which answers can be changed of the photos that are about to be filed: of one, or of several of one message."""

from __future__ import annotations

from collections.abc import Mapping

from imgfile.acts.ingest.candidate import Candidate
from imgfile.cli.life.confirming import Entry, entry, of_answers
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.interview.shown import Shown, answers


def of_one(candidate: Candidate) -> list[Entry]:
    """List the answers about one photo."""
    return of_answers(candidate.facts, candidate.given) if candidate.facts is not None else []


def of_several(numbered: Mapping[int, Candidate]) -> list[Entry]:
    """List first what photos share, by the first of them that was asked about, then what each has of its own."""
    asked = {number: candidate for number, candidate in numbered.items() if candidate.filing is not None}
    lead = next(iter(asked.values()))
    entries = [entry(shown) for shown in _answers(lead) if QUESTIONS[shown.slug].is_shareable]
    for number, candidate in asked.items():
        own = [shown for shown in _answers(candidate) if not QUESTIONS[shown.slug].is_shareable]
        entries += [entry(shown, f"photo {number}: ", candidate.source) for shown in own if shown.is_changeable]
    return entries


def _answers(candidate: Candidate) -> list[Shown]:
    return answers(candidate.facts, candidate.given) if candidate.facts is not None else []
