"""What is sealed in an addition has one spelling: what is written is read back, and nothing else is read."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile import canonical_json
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.facts import Person
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.clinical.record.additions import (
    DOCUMENT_TYPES,
    MAX_DOCUMENT_BYTES,
    AdditionPlace,
    Amendment,
    ConsentDocument,
    Content,
    HandOver,
    Reason,
    Said,
    Withdrawal,
    Words,
    dump,
    load,
)
from imgfile.clinical.record.json import AMENDED_PARTS
from imgfile.clinical.vocabulary import ConsentForm, Provenance, Purpose, WithdrawalOutcome
from imgfile.errors import Damaged, Error

HEX = "0123456789abcdef"
ids = st.text(HEX, min_size=32, max_size=32)
lines = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=30)
texts = st.lists(lines, min_size=1, max_size=3).map("\n".join)
days = st.dates(date(1900, 1, 1), date(2100, 1, 1))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
values = st.none() | st.booleans() | lines | st.integers(-9, 9) | st.lists(lines, max_size=2)
parts = st.dictionaries(lines, values, min_size=1, max_size=3)
born = st.fixed_dictionaries({"born": days.map(date.isoformat)})


@st.composite
def amendments(draw: st.DrawFn) -> Amendment:
    """Draw what an amendment says, of any parts of a record."""
    named = draw(st.sets(st.sampled_from(AMENDED_PARTS), min_size=1))
    changes: dict[str, dict[str, Any]] = {part: draw(born if part == "patient" else parts) for part in named}
    sources = draw(st.dictionaries(lines, st.sampled_from(Provenance), max_size=2))
    return Amendment(changes=changes, reason=draw(lines), provenance=sources)


@st.composite
def consent_documents(draw: st.DrawFn) -> ConsentDocument:
    """Draw a signed form, with or without a document of any bytes."""
    document = draw(st.binary(max_size=40))
    return ConsentDocument(
        scope=draw(st.frozensets(st.sampled_from(Purpose), min_size=1)),
        giver=draw(st.sampled_from(ConsentGiver)),
        form=draw(st.sampled_from(ConsentForm)),
        obtained_by=draw(lines),
        obtained_at=draw(days),
        media_type=draw(st.sampled_from(DOCUMENT_TYPES)) if document else "",
        digest=Digest(hashlib.sha256(document).hexdigest() if document else ""),
        outlet=draw(st.just("") | lines),
        is_anonymised=draw(st.booleans()),
        document=document,
    )


KINDS: dict[str, st.SearchStrategy[Said]] = {
    "amendment": amendments(),
    "clinical_note": st.builds(Words, kind=st.just("clinical_note"), text=texts),
    "outcome": st.builds(Words, kind=st.just("outcome"), text=texts),
    "consent_document": consent_documents(),
    "consent_change": st.builds(Reason, kind=st.just("consent_change"), reason=lines),
    "use_stopped": st.builds(
        Withdrawal,
        giver=st.sampled_from(ConsentGiver),
        form=st.sampled_from(ConsentForm),
        outcome=st.sampled_from(WithdrawalOutcome),
        reason=st.just("") | lines,
    ),
    "hand_over": st.builds(HandOver, where=lines, on=days),
    "hold": st.builds(Reason, kind=st.just("hold"), reason=lines),
    "hold_lifted": st.builds(Reason, kind=st.just("hold_lifted"), reason=lines),
}
contents = st.builds(
    Content,
    place=st.builds(AdditionPlace, vault=ids, pid=ids.map(PatientFolder), record=ids.map(RecordId), addition=ids),
    by=st.none() | st.builds(Person, lines, st.just("") | lines),
    at=moments,
    version=lines,
    said=st.one_of(*KINDS.values()),
)


@given(contents)
def test_any_content_is_read_back_as_it_was_written(content: Content) -> None:
    """And written again to the same bytes: there is one spelling."""
    data = dump(content)
    assert load(data) == content
    assert dump(load(data)) == data


@given(contents, st.data())
def test_every_foreign_byte_is_refused(content: Content, data: st.DataObject) -> None:
    """Another byte anywhere, one more, one less: it is no other addition by that, or it cannot be read."""
    whole = bytearray(dump(content))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    try:
        read = load(bytes(whole))
    except Damaged:
        pass
    else:
        assert read != content
        assert dump(read) == bytes(whole)
    for spoiled in (dump(content) + b" ", dump(content)[:-1], b"", b" " + dump(content)):
        with pytest.raises(Damaged):
            load(spoiled)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    """Noise is damage."""
    with pytest.raises(Damaged):
        load(data)


SAID: dict[str, Said] = {
    "amendment": Amendment(changes={"decision": {"body_site": "left knee"}}, reason="sides mixed up"),
    "clinical_note": Words(kind="clinical_note", text="Settling."),
    "outcome": Words(kind="outcome", text="Healed."),
    "consent_document": ConsentDocument(
        scope=frozenset({Purpose.TEACHING_INTERNAL}),
        giver=ConsentGiver.PATIENT,
        form=ConsentForm.WRITTEN_SIGNED,
        obtained_by="Dr A. Example",
        obtained_at=date(2026, 11, 22),
        media_type="application/pdf",
        digest=Digest(hashlib.sha256(b"%PDF").hexdigest()),
        document=b"%PDF",
    ),
    "consent_change": Reason(kind="consent_change", reason="agreed again"),
    "use_stopped": Withdrawal(
        giver=ConsentGiver.PATIENT,
        form=ConsentForm.VERBAL_TELEPHONE,
        outcome=WithdrawalOutcome.RETAINED_AS_RECORD_OF_CARE,
    ),
    "hand_over": HandOver(where="the clinical system", on=date(2026, 11, 22)),
    "hold": Reason(kind="hold", reason="claim"),
    "hold_lifted": Reason(kind="hold_lifted", reason="settled"),
}


def _content(said: Said) -> Content:
    place = AdditionPlace(vault="a" * 32, pid=PatientFolder("b" * 32), record=RecordId("c" * 32), addition="d" * 32)
    return Content(place=place, by=Person("R. Desk"), at=datetime(2026, 11, 22, tzinfo=UTC), version="0", said=said)


def _respelled(of: Said, /, **changes: object) -> bytes:
    """Return an addition of a kind whose line says something else, in the canonical spelling."""
    line, _, document = dump(_content(of)).partition(b"\n")
    facts = json.loads(line)
    for name, value in changes.items():
        (facts["said"] if name in facts["said"] else facts)[name] = value
    return canonical_json.encode(facts) + b"\n" + document


@pytest.mark.parametrize("kind", KINDS)
def test_no_field_of_any_kind_takes_what_is_of_another_shape(kind: str) -> None:
    """One field at a time, of the line and of what it says; as many as there are, each with every wrong shape."""
    said = SAID[kind]
    facts = json.loads(dump(_content(said)).partition(b"\n")[0])
    assert load(dump(_content(said))).said == said
    for name in [*facts, *facts["said"]]:
        for wrong in (7, [7], {"x": 7}, True, "\x1b[31m\n"):
            right = facts["said"].get(name, facts.get(name))
            if type(wrong) is type(right) and (isinstance(wrong, bool) or name in {"vault", "pid", "record"}):
                continue
            if name in {"addition", "imgfile"} and isinstance(wrong, str):
                continue  # compared with the note's, or shown sanitised
            with pytest.raises(Damaged):
                load(_respelled(said, **{name: wrong}))


def test_a_field_more_or_one_less_is_of_a_newer_imgfile_or_damaged() -> None:
    """Nothing that is not understood is passed over."""
    content = _content(SAID["outcome"])
    facts = json.loads(dump(content).partition(b"\n")[0])
    for spoiled in ({**facts, "more": 1}, {**facts, "format": 2}, {**facts, "said": {"text": "x", "more": 1}}):
        with pytest.raises(Damaged, match="newer imgfile"):
            load(canonical_json.encode(spoiled) + b"\n")
    for name in facts:
        with pytest.raises(Damaged):
            load(canonical_json.encode({key: value for key, value in facts.items() if key != name}) + b"\n")


@pytest.mark.parametrize(
    "changes",
    [{}, {"decision": {}}, {"source": {"name": "x"}}, {"patient": {"number": "9990000018"}}, {"picture": {"width": 1}}],
)
def test_an_amendment_is_of_answers_and_never_of_the_photo_or_its_patient(
    changes: dict[str, dict[str, object]],
) -> None:
    """Nor of nothing."""
    with pytest.raises(ValueError, match=r"^$"):
        Amendment(changes=changes, reason="why")
    with pytest.raises(Damaged):
        load(_respelled(SAID["amendment"], changes=changes))


def test_a_document_is_the_one_that_the_line_names() -> None:
    """Another one behind it, one too long, or none, is refused; so is one without a type."""
    whole = dump(_content(SAID["consent_document"]))
    for spoiled in (whole[:-4] + b"%PDX", whole[:-4], whole + b"."):
        with pytest.raises(Damaged):
            load(spoiled)
    for wrong in ({"media_type": ""}, {"media_type": "text/html"}, {"sha256": ""}):
        with pytest.raises(Damaged):
            load(_respelled(SAID["consent_document"], **wrong))


def test_a_document_is_bounded_and_so_is_a_line() -> None:
    """20 MB, and a megabyte: nothing larger is written, so nothing larger is read."""
    huge = bytes(MAX_DOCUMENT_BYTES + 1)
    with pytest.raises(ValueError, match=r"^$"):
        ConsentDocument(
            scope=frozenset({Purpose.TEACHING_INTERNAL}),
            giver=ConsentGiver.PATIENT,
            form=ConsentForm.WRITTEN_SIGNED,
            obtained_by="Dr A. Example",
            obtained_at=date(2026, 11, 22),
            media_type="application/pdf",
            digest=Digest(hashlib.sha256(huge).hexdigest()),
            document=huge,
        )
    long = Amendment(changes={"decision": {"rationale": "x" * (1 << 20)}}, reason="why")
    with pytest.raises(Error, match="the most is 1,048,576"):
        dump(_content(long))
