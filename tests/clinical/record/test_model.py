"""The sealed facts as values: put together from a filing and a photo, bounded, and silent about the patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from imgfile.clinical.facts import EarlierPhoto, Person
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId, Removed
from imgfile.clinical.record.json import dump, load
from imgfile.clinical.record.model import (
    MAX_REMOVED,
    MAX_SOURCE_CHARACTERS,
    Decision,
    Picture,
    Place,
    Sibling,
    Source,
    SourceKind,
)
from imgfile.clinical.vocabulary import (
    Disposition,
    IntimateSite,
    IntimateUnder18,
    Nation,
    Origin,
    Provenance,
    Purpose,
    Sensitivity,
)
from kit.vault.filings import CHILD, FACTS, MOLE, RASH, Known, filed
from kit.vault.sealed_facts import ORIGINAL, PHOTO, PLACE, SIBLINGS, SOURCE, record_of


def test_a_record_is_composed_of_a_filing_and_a_photo() -> None:
    """Everything that was decided and proven, and when, in UTC."""
    record = record_of()
    assert record.patient.number == CHILD
    assert record.date_of_birth == date(2025, 9, 14)
    assert record.decision.purpose is Purpose.DIAGNOSIS
    assert record.decision.attested_by == Person("Dr A. Example", "GMC 7654321")
    assert record.decision.nation is Nation.ENGLAND
    assert record.decision.follows is None
    assert record.picture.original_digest == ORIGINAL.digest
    assert record.picture.removed == PHOTO.removed
    assert record.filed_at == datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
    assert record.provenance["patient"] is Provenance.FLAG


def test_a_decision_is_the_filings_without_the_patient() -> None:
    """Each answer at its place, under the policy of that day."""
    filing = filed(RASH, sensitivity="forensic", objection="no")
    decision = Decision.of(filing)
    assert (decision.body_site, decision.rationale) == (RASH["body_site"], RASH["rationale"])
    assert decision.sensitivity is Sensitivity.FORENSIC
    assert decision.intimate_site is IntimateSite.NAPPY_AREA
    assert decision.origin is Origin.REQUESTED_BY_CLINICIAN
    assert decision.disposition is Disposition.FILE
    assert decision.decided_on == FACTS.today
    assert decision.objection is False
    assert decision.safeguards == filing.safeguards
    assert decision.safeguards is not None
    assert decision.intimate_under_18 is IntimateUnder18.CLINICIAN_ATTESTED
    assert Decision.of(filed()).safeguards is None
    assert Decision.of(filed()).objection is None
    assert Decision.of(filed()).attested_by is None


def test_a_decision_names_the_record_that_it_follows() -> None:
    """Whole, not by the reference that people see."""
    first = EarlierPhoto(RecordId("f" * 32), "7f3k", date(2026, 11, 1))
    filing = filed(MOLE, FACTS, lambda _patient, _born: Known((first,)), purpose="m")
    assert Decision.of(filing).follows == "f" * 32


def test_a_picture_is_described_as_it_was_filed() -> None:
    """Its size, its turn, the camera's clock as stated, and the digest of what was received."""
    picture = Picture.of(PHOTO)
    assert (picture.media_type, picture.width, picture.height, picture.orientation) == (PHOTO.media_type, 3024, 4032, 6)
    assert picture.taken_at == PHOTO.taken_at
    assert picture.original_digest == ORIGINAL.digest
    assert picture.removed == PHOTO.removed


def test_a_record_holds_what_its_caller_alone_knows() -> None:
    """Where it lies, what lies beside it, where it came from, and who filed it."""
    record = record_of()
    assert (record.place, record.siblings, record.source, record.version) == (PLACE, SIBLINGS, SOURCE, "0.1.0")
    assert record.place.role == "record"
    assert record.unknown == {}
    assert record.consent == filed(RASH).consent


def test_an_inventory_of_a_thousand_is_kept_and_more_is_summed_up() -> None:
    """A hostile photo cannot swell the record; kinds and lengths are not lost."""

    def inventory(count: int) -> tuple[Removed, ...]:
        blocks = tuple(Removed("APP1", 2, ("place",)) for _ in range(count))
        return Picture.of(replace(PHOTO, removed=blocks)).removed

    assert len(inventory(MAX_REMOVED)) == MAX_REMOVED
    assert inventory(MAX_REMOVED)[-1] == Removed("APP1", 2, ("place",))
    many = inventory(MAX_REMOVED + 1)
    assert len(many) == MAX_REMOVED
    assert many[-1] == Removed("2 more", 4, ("place",))
    assert inventory(3) == PHOTO.removed[:0] + (Removed("APP1", 2, ("place",)),) * 3


def test_the_kinds_of_what_is_summed_up_are_each_named_once() -> None:
    """In order, whatever blocks they were in."""
    blocks = (Removed("COM", 1, ("note",)),) * (MAX_REMOVED - 1) + (
        Removed("APP1", 5, ("place", "device")),
        Removed("APP13", 7, ("device", "author")),
    )
    removed = Picture.of(replace(PHOTO, removed=blocks)).removed
    assert removed[:-1] == blocks[: MAX_REMOVED - 1]
    assert removed[-1] == Removed("2 more", 12, ("author", "device", "place"))


def test_a_sources_text_is_cut_and_cleaned() -> None:
    """Broken mail and file names may hold halves of characters."""
    source = Source(kind=SourceKind.FILE, name="a\udcffb", subject="x" * 2_000, sender="\x1b[31m")
    assert source.name == "a?b"
    assert len(source.subject) == MAX_SOURCE_CHARACTERS
    assert source.sender == "\x1b[31m"
    assert load(dump(record_of(source=source))).source == source


def test_a_source_of_a_thousand_characters_is_kept_whole() -> None:
    """Each of its texts is cut by itself."""
    text = "x" * MAX_SOURCE_CHARACTERS
    fields: dict[str, str] = dict.fromkeys(("name", "sender", "subject", "sent_at", "message_id"), f"{text}y")
    source = Source(kind=SourceKind.MAIL, **fields)
    assert {source.name, source.sender, source.subject, source.sent_at, source.message_id} == {text}


@pytest.mark.parametrize(
    "changes",
    [
        {"pid": PatientFolder("a" * 31)},
        {"pid": PatientFolder("A" * 32)},
        {"record": RecordId("b" * 33)},
        {"record": RecordId("g" * 32)},
        {"vault": ""},
        {"station": ""},
        {"role": ""},
    ],
)
def test_a_place_is_named_in_full(changes: dict[str, Any]) -> None:
    """Two ids of 32 hex digits, a vault, a station and a role."""
    with pytest.raises(ValueError, match="place"):
        replace(PLACE, **changes)
    assert Place(vault="v", pid=PLACE.pid, record=PLACE.record, station="s").role == "record"


@pytest.mark.parametrize(("digest", "length"), [("d" * 63, 1), ("D" * 64, 1), ("d" * 65, 1), ("d" * 64, -1)])
def test_a_sibling_has_a_digest_and_a_length(digest: str, length: int) -> None:
    """A length of nothing is one."""
    with pytest.raises(ValueError, match="sibling"):
        Sibling(Digest(digest), length)
    assert Sibling(Digest("d" * 64), 0).length == 0


@pytest.mark.parametrize("name", ["width", "height", "orientation"])
def test_a_picture_has_a_size_and_a_turn(name: str) -> None:
    """Each at least one."""
    picture = Picture.of(PHOTO)
    sizes: list[dict[str, Any]] = [{name: value} for value in (0, -1, 1)]
    for size in sizes[:-1]:
        with pytest.raises(ValueError, match="size"):
            replace(picture, **size)
    assert replace(picture, **sizes[-1]) != picture
    with pytest.raises(ValueError, match="original digest"):
        replace(picture, original_digest=Digest("e" * 63))


def test_nothing_personal_is_in_a_records_repr() -> None:
    """Neither patient, place, reason, nor message."""
    shown = repr(record_of())
    for secret in (CHILD, "2025, 9, 14", "nappy area", "isolating", "rash pic", "parent@", "2026, 11, 21, 8"):
        assert secret not in shown


@pytest.mark.parametrize(
    "filed_at",
    [datetime(2026, 11, 22, 9, 30), datetime(2026, 11, 22, 9, 30, 0, 1, tzinfo=UTC)],  # noqa: DTZ001 - refused
)
def test_a_record_is_filed_at_a_second_of_utc(filed_at: datetime) -> None:
    """Nothing else has one spelling."""
    with pytest.raises(ValueError, match="filed_at"):
        record_of(filed_at=filed_at)
