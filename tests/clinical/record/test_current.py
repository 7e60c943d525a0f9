"""What holds of a photo now: amendments in the order in which they knew of one another, and the stricter of two."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.filing import Filing
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.additions import Amendment
from imgfile.clinical.record.current import Amended, Dispute, Known, amended
from imgfile.clinical.record.model import Place, Record, Sibling, Source, SourceKind, compose
from imgfile.clinical.vocabulary import IntimateSite, Provenance, Sensitivity
from imgfile.errors import Damaged
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.practice import stripped_photo

OTHER = IntimateSite.OTHER_AS_REGARDED_BY_PATIENT.value


def record(filing: Filing) -> Record:
    """Compose the facts of a filing."""
    return compose(
        filing,
        stripped_photo(b"photo"),
        place=Place(vault="a" * 32, pid=PatientFolder("b" * 32), record=RecordId("c" * 32), station="d" * 32),
        siblings={"image.age": Sibling(Digest("0" * 64), 1)},
        source=Source(kind=SourceKind.FILE),
        filed_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        version="0",
    )


FACTS = record(filed(MOLE))


def said(part: str, key: str, value: object, *knew: int, **more: Any) -> Known:  # noqa: ANN401 - of an Amendment
    """Amend one value, knowing of others by their place."""
    return Known(Amendment(changes={part: {key: value}}, reason="why", **more), frozenset(knew))


def value_of(now: Amended, part: str, key: str) -> object:
    """Return a value as the facts spell it now."""
    return record_json.values_of(now.facts, part).get(key)


OTHERS: dict[tuple[str, str], object] = {
    ("patient", "born"): "1971-03-04",
    ("decision", "body_site"): "left knee",
    ("decision", "sensitivity"): "intimate",
    ("decision", "intimate_site"): "external_genitalia",
    ("decision", "origin"): "unsolicited",
    ("decision", "purpose"): "monitoring_response",
    ("decision", "disposition"): "describe_and_destroy",
    ("decision", "rationale"): "Another reason, at some length, about this very photo",
    ("decision", "decided_on"): "2026-11-21",
    ("decision", "objection"): True,
    ("decision", "safeguards"): {"clinical_necessity": True},
    ("decision", "attested_by"): {"name": "Dr B. Colleague", "registration": "GMC 7111111"},
    ("decision", "follows"): "e" * 32,
    ("decision", "nation"): "scotland",
    ("decision", "intimate_under_18"): "refuse",
    ("decision", "date_reason"): "the clock was never set",
    ("decision", "shows_another"): "a brother",
    ("decision", "view_once"): True,
    ("decision", "agreed_to_keep"): True,
    ("consent", "form"): "written_signed",
    ("consent", "obtained_by"): "Dr B. Colleague",
    ("consent", "obtained_at"): "2026-11-19",
    ("consent", "explained"): ["why"],
    ("consent", "capacity"): "assessed_has",
    ("consent", "capacity_evidence"): "said it back",
    ("consent", "minor_competence"): "competent",
    ("consent", "competence_evidence"): "said it back",
    ("consent", "document"): "f" * 64,
}


@pytest.mark.parametrize(("part", "key"), OTHERS, ids=map(".".join, OTHERS))
def test_a_value_can_be_amended_and_amended_back(part: str, key: str) -> None:
    """It is the only one that changes; a second amendment, which knew of the first, puts it back."""
    before = value_of(Amended(FACTS), part, key)
    now = amended(FACTS, [said(part, key, OTHERS[part, key])])
    assert value_of(now, part, key) == OTHERS[part, key] != before
    assert record_json.differences(FACTS, now.facts) == {part: {key: OTHERS[part, key]}}
    back = record_json.differences(now.facts, FACTS)
    again = amended(FACTS, [said(part, key, OTHERS[part, key]), said(part, key, back[part][key], 0)])
    assert (again.facts, again.disputes) == (FACTS, ())


TOGETHER = {
    "of a parent": {"basis": "parental_responsibility", "giver": "mother", "pr_evidence": "stated"},
    "of an attorney": {
        "basis": "health_welfare_attorney",
        "giver": "attorney_hw",
        "capacity": "assessed_lacks",
        "capacity_evidence": "could not say it back",
        "decided_by": "C. Carer",
        "authority": "LPA 123",
    },
    "of best interests": {
        "basis": "best_interests_or_benefit",
        "giver": "clinician_best_interests",
        "form": "not_applicable",
        "capacity": "assessed_lacks",
        "capacity_evidence": "could not say it back",
        "consulted": "her son",
    },
}


def consent(values: dict[str, object], *knew: int) -> Known:
    """Amend several values of a consent, which fit one another."""
    return Known(Amendment(changes={"consent": values}, reason="why"), frozenset(knew))


def test_values_that_must_fit_one_another_are_amended_together() -> None:
    """A basis with who may give consent on it, and what that needs."""
    for values in TOGETHER.values():
        now = amended(FACTS, [consent(dict(values))])
        assert record_json.differences(FACTS, now.facts)["consent"].items() <= values.items()


def test_these_tables_have_every_value() -> None:
    """One that is added to the facts later is amendable too, or this fails."""
    tried = {*OTHERS} | {("consent", key) for values in TOGETHER.values() for key in values}
    full = amended(FACTS, [said(part, key, value) for (part, key), value in OTHERS.items()]).facts
    assert tried >= {(part, key) for part in ("decision", "consent") for key in record_json.values_of(full, part)}


def test_two_consents_at_once_that_do_not_fit_one_another_keep_no_record_closed() -> None:
    """Each by itself was judged; the basis of one with the giver of the other nobody could have said."""
    parent = consent(dict(TOGETHER["of a parent"]))
    spoken = consent({"form": "written_signed"})
    grandmother = consent({"giver": "father"}, 0)
    capacity = consent({"basis": "patient_capacity_16plus", "giver": "patient", "pr_evidence": None}, 0)
    now = amended(FACTS, [parent, grandmother, capacity, spoken])
    again = amended(FACTS, [parent, capacity, grandmother, spoken])
    for found in (now, again):
        assert found.facts.consent.giver in found.facts.consent.basis.terms.givers
        assert found.facts.consent.form == "written_signed"
        assert ("consent", "giver") in {dispute.path for dispute in found.disputes}


def test_what_knew_of_another_comes_after_it_and_nothing_is_disputed() -> None:
    """By what each knew, through others too."""
    line = [
        said("decision", "body_site", "left knee"),
        said("decision", "rationale", "Another reason, at some length", 0),
        said("decision", "body_site", "left hip", 0, 1),
    ]
    now = amended(FACTS, line)
    assert (now.facts.decision.body_site, now.disputes) == ("left hip", ())
    assert now.facts.decision.rationale == "Another reason, at some length"


def test_of_two_at_once_where_neither_is_stricter_the_later_counts_and_both_are_shown() -> None:
    """One that said the same is no dispute."""
    knee, hip = said("decision", "body_site", "left knee"), said("decision", "body_site", "left hip")
    now = amended(FACTS, [knee, hip])
    assert now.facts.decision.body_site == "left hip"
    assert now.disputes == (Dispute(("decision", "body_site"), "left hip", "left knee"),)
    assert amended(FACTS, [hip, hip]).disputes == ()
    settled = amended(FACTS, [knee, hip, said("decision", "body_site", "left foot", 0, 1)])
    assert (settled.facts.decision.body_site, settled.disputes) == ("left foot", ())


STRICTER: list[tuple[str, str, object, object]] = [
    ("decision", "intimate_site", "external_genitalia", None),
    ("decision", "sensitivity", "intimate", "none"),
    ("decision", "sensitivity", "face_identifiable", "none"),
    ("decision", "sensitivity", "intimate", "forensic"),
    ("decision", "objection", True, False),
    ("decision", "objection", True, None),
    ("patient", "born", "2012-01-02", "1971-03-04"),
    ("patient", "born", "1971-03-05", "1971-03-04"),
]


@pytest.mark.parametrize(("part", "key", "strict", "loose"), STRICTER)
def test_of_two_at_once_the_stricter_counts_in_either_order(part: str, key: str, strict: object, loose: object) -> None:
    """Whichever was written later."""
    for line in ([strict, loose], [loose, strict]):
        now = amended(FACTS, [said(part, key, value) for value in line])
        assert value_of(now, part, key) == strict
        assert now.disputes == (Dispute((part, key), strict, loose),)


@given(st.permutations([("external_genitalia", True), (None, False), ("breast", None)]))
def test_of_three_at_once_none_that_is_looser_counts(order: list[tuple[str | None, bool | None]]) -> None:
    """And each other one is shown."""
    line = [said("decision", "intimate_site", site) for site, _ in order]
    line += [said("decision", "objection", objected) for _, objected in order]
    now = amended(FACTS, line)
    assert now.facts.decision.intimate_site is not None
    assert now.facts.decision.objection is True
    assert len(now.disputes) == 4


def test_a_note_without_a_key_makes_it_intimate_whatever_the_facts_say() -> None:
    """As it is regarded by the patient; a site that is listed stays."""
    now = amended(FACTS, [], is_intimate=True)
    assert (now.facts.decision.intimate_site, now.facts.decision.sensitivity) == (OTHER, Sensitivity.INTIMATE)
    assert now.disputes == ()
    denied = amended(FACTS, [], is_intimate=True, is_disputed=True)
    assert denied.disputes == (Dispute(("decision", "intimate_site"), OTHER, None),)
    rash = record(filed(RASH))
    assert amended(rash, [], is_intimate=True) == Amended(rash)


def test_where_an_answer_came_from_is_amended_with_it() -> None:
    """The rest keeps where it came from."""
    now = amended(FACTS, [said("decision", "body_site", "left knee", provenance={"body_site": Provenance.TYPED})])
    assert now.facts.provenance == {**FACTS.provenance, "body_site": Provenance.TYPED}


def test_nothing_amended_is_what_was_filed() -> None:
    """The very same facts, fields of a later version too."""
    later = replace(FACTS, unknown={"decision": {"lateral": "left"}})
    assert amended(later, []).facts is later
    assert amended(later, [said("decision", "body_site", "left knee")]).facts.unknown == later.unknown


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("decision", "purpose", "fun"),
        ("decision", "purpose", None),
        ("decision", "objection", 1),
        ("decision", "lateral", "left"),
        ("consent", "explained", "why"),
        ("consent", "obtained_at", "yesterday"),
        ("patient", "born", 1971),
    ],
)
def test_an_amendment_that_no_record_can_hold_is_damage(part: str, key: str, value: object) -> None:
    """Also of a value that this version does not know: it is not passed over."""
    with pytest.raises(Damaged, match="what no record can say"):
        amended(FACTS, [said(part, key, value)])
