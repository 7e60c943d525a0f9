"""What was filed can be answered again: the very same filing comes of it, so that amending one answer changes no other.

The answers of every kind of photo that the tests know are filed, read back from the sealed facts, and given again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from imgfile.clinical.facts import EarlierPhoto, Facts
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.filed import answered, facts_before
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Place, Record, Sibling, Source, SourceKind, compose
from imgfile.clinical.vocabulary import Provenance
from imgfile.vault import layout
from kit.vault.filings import FACTS, KNEE, MOLE, RASH, flags, nobody
from kit.vault.practice import stripped_photo

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EARLIER = EarlierPhoto(RecordId("e" * 32), layout.reference(RecordId("e" * 32)), date(2026, 11, 1))
TEEN = {**KNEE, "patient": KNEE["patient"], "dob": "14/9/2011"}
SEEDS: dict[str, dict[str, str]] = {
    "an adult's": MOLE,
    "an intimate one of a child": RASH,
    "a child's": KNEE,
    "an intimate one of an adult": {**MOLE, "body_site": "groin", "intimate": "yes", "view_once": "no"},
    "a competent child's": {
        **{slug: text for slug, text in TEEN.items() if slug != "giver"},
        "basis": "competent_minor",
        "competence": "competent",
        "competence_evidence": "understands what the photo shows, who sees it, and why; can say it in own words",
    },
    "in writing": {**MOLE, "form": "written_signed", "explained": "why, who_sees"},
    "one that nobody asked for": {**MOLE, "form": "sent unasked", "spoken_since": "phone", "obtained_at": "today"},
    "an objection": {**MOLE, "objection": "no"},
    "one that follows another": {**MOLE, "purpose": "monitoring_response", "follows": EARLIER.reference},
}


def _filing(answers: dict[str, str], facts: Facts) -> Filing:
    """File at the terminal what is only said there, the rest by flags."""
    is_said_here = answers.keys() & {"spoken_since", "view_once", "intimate"}
    given = flags(answers, Provenance.TYPED if is_said_here else Provenance.FLAG)
    asking = Interview(given, facts, nobody if is_said_here else None)
    asking.identify()
    return asking.complete([EARLIER])


def _record(filing: Filing) -> Record:
    record = compose(
        filing,
        stripped_photo(b"photo"),
        place=Place(vault="a" * 32, pid=PatientFolder("b" * 32), record=RecordId("c" * 32), station="d" * 32),
        siblings={"image.age": Sibling(Digest("0" * 64), 1)},
        source=Source(kind=SourceKind.MAIL, sent_at="2026-11-21T09:00:00+00:00"),
        filed_at=NOW,
        version="0",
    )
    return record_json.load(record_json.dump(record))


def _again(record: Record, base: Facts) -> Filing:
    """Answer again as `imgfile amend` does, changing nothing."""
    _, given = answered(record, base, [EARLIER])
    asking = Interview(given, facts_before(record, base), nobody)
    asking.identify()
    return asking.complete([EARLIER], record.decision.shows_another)


@pytest.mark.parametrize("answers", SEEDS.values(), ids=SEEDS)
def test_the_answers_of_a_filed_photo_make_the_very_same_filing(answers: dict[str, str]) -> None:
    """Nothing is asked, and its facts are word for word what they were."""
    filing = _filing(answers, FACTS)
    record = _record(filing)
    base = replace(FACTS, file_name="", asked_by="")
    again = _again(record, base)
    assert record_json.differences(record, _record(again)) == {}
    assert (again.patient, again.date_of_birth, again.consent) == (filing.patient, filing.date_of_birth, filing.consent)
    assert again.provenance == filing.provenance
