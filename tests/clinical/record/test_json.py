"""The sealed facts as JSON: one spelling, read back exactly, and readable whatever a later version adds."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, date, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.canonical_json import encode
from imgfile.clinical.consent import Consent
from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.facts import EarlierPhoto, Person
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.proofs import Digest, MediaType, PatientFolder, RecordId, Removed
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.json import MAX_RECORD_BYTES, dump, load
from imgfile.clinical.record.model import (
    MAX_SOURCE_CHARACTERS,
    Decision,
    Picture,
    Place,
    Record,
    Sibling,
    Source,
    SourceKind,
    compose,
)
from imgfile.clinical.vocabulary import (
    Capacity,
    ConsentForm,
    Disposition,
    Explained,
    IntimateSite,
    IntimateUnder18,
    MinorCompetence,
    Nation,
    Origin,
    PrEvidence,
    Provenance,
    Purpose,
    Safeguard,
    Sensitivity,
)
from imgfile.errors import Damaged, Error
from kit.vault.filings import ADULT, CHILD, FACTS, MOLE, Known, filed
from kit.vault.sealed_facts import FILED_AT, PHOTO, PLACE, SOURCE, record_of


def altered(*path: str, to: object) -> bytes:
    """Return the seed case's record with one value changed."""
    document = json.loads(dump(record_of()))
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = to
    return encode(document)


def test_the_spelling_of_the_seed_case_is_fixed() -> None:
    """Sorted ASCII without spaces; a change here is a change of the format."""
    data = dump(record_of())
    assert data.isascii()
    assert data.startswith(b'{"consent":{"basis":"parental_responsibility","capacity":null,"capacity_evidence":"",')
    document = json.loads(data)
    assert list(document) == sorted(document)
    assert document["format"] == 1
    assert document["patient"] == {"born": "2025-09-14", "number": CHILD, "scheme": "nhs"}
    assert document["picture"]["taken_at"] == "2026-11-21T08:09:00+01:00"
    assert document["picture"]["removed"] == [["APP1 Exif", 12000, ["place", "device"]], ["COM", 7, []]]
    assert document["filed_at"] == "2026-11-22T09:30:15+00:00"
    assert document["siblings"] == {"image.age": {"length": 3100000, "sha256": "d" * 64}}
    assert document["decision"]["safeguards"]["offered_f2f"] is False
    assert document["role"] == "record"


def test_a_record_that_follows_another_names_it() -> None:
    """By its id."""
    first = EarlierPhoto(RecordId("f" * 32), "7f3k", date(2026, 11, 1))
    filing = filed(MOLE, FACTS, lambda _patient, _born: Known((first,)), purpose="m")
    record = compose(filing, replace(PHOTO, taken_at=None), place=PLACE, siblings={}, source=SOURCE,
                     filed_at=FILED_AT, version="0.1.0")  # fmt: skip
    assert record.decision.follows == "f" * 32
    assert record.patient.number == ADULT
    assert load(dump(record)) == record


# --- round trip -----------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40).filter(
    str.strip
)
DATES = st.dates(date(1900, 1, 1), date(2100, 1, 1))
HEX32 = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
SHA256 = st.from_regex(r"[0-9a-f]{64}", fullmatch=True).map(Digest)
ANY_TEXT = st.text(max_size=40)


@st.composite
def consents(draw: st.DrawFn) -> Consent:
    """Draw any consent that can exist; each of its fields."""
    basis = draw(st.sampled_from(ConsentBasis))
    lacks = basis in {ConsentBasis.HEALTH_WELFARE_ATTORNEY, ConsentBasis.COURT_DEPUTY_OR_GUARDIAN}
    is_competent = basis is ConsentBasis.COMPETENT_MINOR
    forms = [form for form in ConsentForm if (form is ConsentForm.NOT_APPLICABLE) is not basis.terms.is_agreement]
    document = draw(st.just("") | SHA256)
    covers = draw(st.frozensets(st.sampled_from(Purpose), max_size=3)) if document else frozenset()
    drawn: dict[str, Any] = {
        "basis": basis,
        "giver": draw(st.sampled_from(basis.terms.givers)),
        "form": draw(st.sampled_from(forms)),
        "obtained_by": draw(TEXT),
        "obtained_at": draw(DATES),
        "explained": draw(st.frozensets(st.sampled_from(Explained))),
        "pr_evidence": draw(st.sampled_from(PrEvidence)) if basis.terms.states_parental_responsibility else None,
        "capacity": Capacity.ASSESSED_LACKS if lacks else draw(st.sampled_from([None, Capacity.PRESUMED])),
        "capacity_evidence": draw(TEXT) if lacks else "",
        "minor_competence": MinorCompetence.COMPETENT if is_competent else draw(st.sampled_from(MinorCompetence)),
        "competence_evidence": draw(TEXT) if is_competent else "",
        "document": document,
        "decided_by": draw(st.just("") | TEXT),
        "authority": draw(st.just("") | TEXT),
        "consulted": draw(st.just("") | TEXT),
        "covers": covers,
        "outlet": draw(st.just("") | TEXT) if covers else "",
        "is_recognisable": draw(st.booleans()) if covers else False,
    }
    assert drawn.keys() == names_of(Consent)
    return Consent(**drawn)


def names_of(part: Any) -> set[str]:  # noqa: ANN401 - any of a record's parts
    """Return what the fields of a part are called."""
    return {each.name for each in fields(part)}


DRAWN: dict[type, dict[str, st.SearchStrategy[Any]]] = {
    Place: {"vault": TEXT, "pid": HEX32.map(PatientFolder), "record": HEX32.map(RecordId), "station": TEXT,
            "role": TEXT},
    Decision: {
        "body_site": TEXT,
        "sensitivity": st.sampled_from(Sensitivity),
        "intimate_site": st.none() | st.sampled_from(IntimateSite),
        "origin": st.sampled_from(Origin),
        "purpose": st.sampled_from(Purpose),
        "disposition": st.sampled_from(Disposition),
        "rationale": TEXT,
        "decided_on": DATES,
        "objection": st.none() | st.booleans(),
        "safeguards": st.none() | st.dictionaries(st.sampled_from(Safeguard), st.booleans()),
        "attested_by": st.none() | st.builds(Person, TEXT, st.just("") | TEXT),
        "follows": st.none() | HEX32.map(RecordId),
        "nation": st.sampled_from(Nation),
        "intimate_under_18": st.sampled_from(IntimateUnder18),
        "date_reason": st.just("") | TEXT,
        "shows_another": st.just("") | TEXT,
        "view_once": st.none() | st.booleans(),
        "agreed_to_keep": st.none() | st.booleans(),
    },
    Picture: {
        "media_type": st.sampled_from(MediaType),
        "original_digest": SHA256,
        "width": st.integers(1, 10**6),
        "height": st.integers(1, 10**6),
        "orientation": st.integers(1, 8),
        "taken_at": st.none()
        | st.datetimes()
        | st.datetimes(timezones=st.just(timezone(timedelta(hours=5, minutes=30)))),
        "removed": st.lists(
            st.builds(Removed, ANY_TEXT, st.integers(0, 10**9), st.lists(ANY_TEXT, max_size=3).map(tuple)), max_size=3
        ).map(tuple),
        "first_filed": st.none() | DATES,
    },
    Source: {
        "kind": st.sampled_from(SourceKind),
        "name": ANY_TEXT,
        "sender": ANY_TEXT,
        "subject": ANY_TEXT,
        "sent_at": ANY_TEXT,
        "message_id": ANY_TEXT,
    },
}  # fmt: skip
"""Of each part of a record, how each of its fields is drawn."""
PATIENTS = st.sampled_from(
    [
        PatientId(Scheme.NHS, CHILD, allow_test=True),
        PatientId(Scheme.CHI, "0101990014"),
        PatientId(Scheme.HSC, "3200000007"),
        PatientId(Scheme.LOCAL, "T-0042"),
    ]
)
RECORDS = st.builds(
    Record,
    place=st.builds(Place, **DRAWN[Place]),
    siblings=st.dictionaries(ANY_TEXT, st.builds(Sibling, SHA256, st.integers(0, 10**14)), max_size=3),
    patient=PATIENTS,
    date_of_birth=DATES,
    decision=st.builds(Decision, **DRAWN[Decision]),
    consent=consents(),
    picture=st.builds(Picture, **DRAWN[Picture]),
    source=st.builds(Source, **DRAWN[Source]),
    provenance=st.dictionaries(ANY_TEXT, st.sampled_from(Provenance), max_size=3),
    filed_at=st.datetimes(timezones=st.just(UTC)).map(lambda when: when.replace(microsecond=0)),
    version=TEXT,
)


@pytest.mark.parametrize("part", DRAWN, ids=lambda part: part.__name__)
def test_every_field_of_a_part_is_drawn(part: type) -> None:
    """Whatever is added to a record is tried below too."""
    assert DRAWN[part].keys() == names_of(part)


@pytest.mark.slow
@settings(max_examples=60)
@given(RECORDS)
def test_every_record_is_read_back_as_it_was_written(record: Record) -> None:
    """And written again as it was read."""
    data = dump(record)
    assert load(data) == record
    assert dump(load(data)) == data
    assert len(data) <= MAX_RECORD_BYTES


# --- strict reading -------------------------------------------------------------------------------------


def test_who_decided_is_left_out_where_nobody_did_and_can_be_amended_away() -> None:
    """A record without it is spelled as it always was; and what an amendment takes back leaves nothing behind."""
    plain = record_of()
    assert b"decided_by" not in dump(plain)
    names: dict[str, Any] = {"decided_by": "C. Other", "authority": "LPA, seen", "consulted": "daughter"}
    said = replace(plain, consent=replace(plain.consent, **names))
    assert load(dump(said)) == said
    taken_back = record_json.differences(said, plain)
    assert taken_back == {"consent": dict.fromkeys(names, "")}
    assert record_json.changed(said, taken_back) == plain


def test_fields_of_a_later_version_are_kept_at_their_place() -> None:
    """At the top and in every part."""
    document = json.loads(dump(record_of()))
    document["retention"] = {"years": 8, "why": [1, None, "x"]}
    for part in ("decision", "consent", "picture", "source", "patient", "siblings"):
        document[part]["later"] = {"length": 1, "sha256": "0" * 64} if part == "siblings" else [True]
    document["siblings"]["image.age"]["codec"] = "x"
    document["decision"]["attested_by"]["role"] = "GP"
    data = encode(document)
    record = load(data)
    assert dump(record) == data
    assert record.unknown["retention"] == document["retention"]
    assert record.unknown["decision"] == {"later": [True], "attested_by": {"role": "GP"}}
    assert record.decision == record_of().decision
    assert set(record.siblings) == {"image.age", "later"}


def test_a_record_of_before_a_field_came_is_written_back_as_it_was() -> None:
    """It lacks what its day did not know: why a date may be wrong, and that an objection was not stated."""
    document = json.loads(dump(record_of()))
    assert document["decision"]["objection"] is None
    assert "date_reason" not in document["decision"]
    document["decision"]["objection"] = False  # as derived, then
    data = encode(document)
    assert dump(load(data)) == data
    assert load(data).decision.objection is False
    document["decision"]["date_reason"] = "camera clock never set"
    assert load(encode(document)).decision.date_reason == "camera clock never set"


@pytest.mark.parametrize("path", [
    ("format",), ("vault",), ("pid",), ("record",), ("station",), ("role",), ("siblings",), ("patient",), ("decision",),
    ("consent",), ("picture",), ("source",), ("provenance",), ("filed_at",), ("imgfile",), ("patient", "number"),
    ("patient", "born"), ("decision", "safeguards"), ("decision", "attested_by"), ("consent", "explained"),
    ("picture", "removed"), ("picture", "taken_at"), ("source", "sender"),
])  # fmt: skip
def test_a_missing_field_is_damage(path: tuple[str, ...]) -> None:
    """Absent is not the same as empty."""
    document = json.loads(dump(record_of()))
    part = document if len(path) == 1 else document[path[0]]
    del part[path[-1]]
    with pytest.raises(Damaged):
        load(encode(document))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 2),
        (("format",), True),
        (("vault",), ""),
        (("vault",), 1),
        (("pid",), "A" * 32),
        (("record",), "b" * 31),
        (("record",), "b" * 33),
        (("station",), ""),
        (("role",), ""),
        (("siblings",), []),
        (("siblings", "image.age", "length"), -1),
        (("siblings", "image.age", "length"), True),
        (("siblings", "image.age", "length"), "1"),
        (("siblings", "image.age", "sha256"), "d" * 63),
        (("patient", "number"), "9990000019"),
        (("patient", "number"), 9990000018),
        (("patient", "scheme"), "chi"),
        (("patient", "scheme"), "local"),
        (("patient", "born"), "20250914"),
        (("patient", "born"), "14/9/2025"),
        (("patient", "born"), None),
        (("decision", "purpose"), "fun"),
        (("decision", "objection"), 0),
        (("decision", "body_site"), None),
        (("decision", "rationale"), ["x"]),
        (("decision", "safeguards"), {"offered_f2f": 1}),
        (("decision", "safeguards"), {"magic": True}),
        (("decision", "safeguards"), []),
        (("decision", "attested_by"), {"name": "Dr A"}),
        (("decision", "attested_by"), "Dr A"),
        (("decision", "follows"), 7),
        (("consent", "giver"), "deputy"),
        (("consent", "pr_evidence"), None),
        (("consent", "explained"), ["why", "storage"]),
        (("consent", "explained"), ["why", "why"]),
        (("consent", "explained"), "why"),
        (("consent", "obtained_by"), ""),
        (("consent", "capacity_evidence"), 0),
        (("consent", "document"), None),
        (("picture", "width"), 0),
        (("picture", "height"), -1),
        (("picture", "orientation"), True),
        (("picture", "width"), "3024"),
        (("picture", "media_type"), "image/x"),
        (("picture", "original_sha256"), "E" * 64),
        (("picture", "taken_at"), "2026-11-21"),
        (("picture", "taken_at"), 20261121),
        (("picture", "removed"), [["APP1", 1]]),
        (("picture", "removed"), [["APP1", "1", []]]),
        (("picture", "removed"), [["APP1", 1, "place"]]),
        (("picture", "removed"), [["APP1", 1, [2]]]),
        (("picture", "removed"), {"0": 1}),
        (("source", "kind"), "carrier"),
        (("source", "name"), None),
        (("source", "subject"), "\ud800"),
        (("source", "subject"), "x" * (MAX_SOURCE_CHARACTERS + 1)),
        (("provenance", "patient"), "environment"),
        (("provenance",), [1]),
        (("filed_at",), "2026-11-22T09:30:15"),
        (("filed_at",), "2026-11-22T10:30:15+01:00"),
        (("filed_at",), "2026-11-22T09:30:15.5+00:00"),
        (("filed_at",), "2026-11-22T09:30:15Z"),
        (("imgfile",), 1),
    ],
)
def test_a_value_that_cannot_be_is_damage(path: tuple[str, ...], value: object) -> None:
    """Wrong kind, wrong word, wrong spelling; and the error repeats nothing of it."""
    with pytest.raises(Damaged) as caught:
        load(altered(*path, to=value))
    assert CHILD not in caught.value.message


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b"null", b"\xff", b"{", b'{"format":1}', b'{"format":1.0}', b'{"a":NaN}', b'{"a":1,"a":1}',
        b'{"b":1,"a":1}', b'{ "a":1}', b'{"a":1}\n', b'{"a":1000000000000000}', b'{"a":' + b"9" * 5000 + b"}",
        b"[" * 200_000, b'{"a":' * 100_000, b'{"a":-0}', '{"a":"é"}'.encode(), b'{"a":"\\u0041"}',
    ],
)  # fmt: skip
def test_bytes_in_another_spelling_are_damage(data: bytes) -> None:
    """Floats, doubled keys, other order, spaces, long integers and deep nests among them."""
    with pytest.raises(Damaged):
        load(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_damage_or_a_record(data: bytes) -> None:
    """Nothing else leaves."""
    with pytest.raises(Damaged):
        load(data)


@given(st.integers(0, 2_000), st.integers(1, 255))
def test_a_changed_byte_never_raises_anything_else(place: int, change: int) -> None:
    """Whatever it turns the record into."""
    data = bytearray(dump(record_of()))
    data[place % len(data)] ^= change
    try:
        assert dump(load(bytes(data))) == data
    except Damaged:
        return


# --- bounds ---------------------------------------------------------------------------------------------


def test_a_record_beyond_a_mebibyte_is_not_written() -> None:
    """Nor read."""
    document = json.loads(dump(record_of()))
    document["later"] = ""
    room = MAX_RECORD_BYTES - len(encode(document))
    fits = record_of(unknown={"later": "x" * room})
    assert len(dump(fits)) == MAX_RECORD_BYTES
    assert load(dump(fits)) == fits
    with pytest.raises(Error, match="the most is 1,048,576"):
        dump(record_of(unknown={"later": "x" * (room + 1)}))
    document["later"] = "x" * (room + 1)
    with pytest.raises(Damaged):
        load(encode(document))
