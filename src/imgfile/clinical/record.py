"""The sealed facts of one filed photo, and their one spelling as JSON (docs/reference/vault-format.md).

`load` is strict: only the very bytes that `dump` writes are read, so no key stands twice, no number is a float, and
dump(load(data)) is the data. Fields of a later version are kept. What is read back is not judged by today's rules: a
record stays readable for ever, whatever rules come.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final

from imgfile.clinical.canonical import Json, parse, write
from imgfile.clinical.consent import Consent
from imgfile.clinical.facts import Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.proofs import Digest, MediaType, PatientFolder, RecordId, Removed, Stripped
from imgfile.clinical.vocabulary import (
    Capacity,
    Code,
    ConsentBasis,
    ConsentForm,
    ConsentGiver,
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

FORMAT: Final = 1
MAX_RECORD_BYTES: Final = 1 << 20
"""Text of four pages and an inventory of a thousand blocks stay below."""
MAX_REMOVED: Final = 1_000
"""A photo of more blocks than this has the rest told as one, so that a hostile one cannot swell the record."""
MAX_SOURCE_CHARACTERS: Final = 1_000
"""A header line of RFC 5322 has at most 998."""

_HEX32 = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class SourceKind(Code):
    """What kind of source a photo came from."""

    FILE = "file", "a file"
    STANDARD_INPUT = "standard_input", "standard input"
    MAIL = "mail", "a message in a mailbox export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a photo came from: of a message four header fields, of a file its name; nothing else of either.

    Text is cut to a bound and cleaned of halves of characters, which file names and broken mail can hold.
    """

    kind: SourceKind
    name: str = field(default="", repr=False)
    """The file's name, or the mailbox's, without its folder."""
    sender: str = field(default="", repr=False)
    subject: str = field(default="", repr=False)
    sent_at: str = field(default="", repr=False)
    message_id: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for part in _SOURCE_TEXTS:
            text: str = getattr(self, part)
            object.__setattr__(self, part, text[:MAX_SOURCE_CHARACTERS].encode(errors="replace").decode())


_SOURCE_TEXTS: Final = ("name", "sender", "subject", "sent_at", "message_id")


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another object of the record: the SHA-256 and the length in bytes of its plaintext."""

    digest: Digest
    length: int

    def __post_init__(self) -> None:
        _require(_SHA256.fullmatch(self.digest) is not None and self.length >= 0, "sibling")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which object this is, sealed with its content, so that none can be moved to another place unseen."""

    vault: str
    pid: PatientFolder
    record: RecordId
    station: str
    role: str = "record"

    def __post_init__(self) -> None:
        _require(bool(_HEX32.fullmatch(self.pid) and _HEX32.fullmatch(self.record)), "place")
        _require(bool(self.vault and self.station and self.role), "place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The photo as it was filed, and what strip took out of the original (R22)."""

    media_type: MediaType
    original_digest: Digest
    width: int
    height: int
    orientation: int
    taken_at: datetime | None = field(repr=False)
    """The camera's own clock; with an offset only if the photo stated one."""
    removed: tuple[Removed, ...]

    def __post_init__(self) -> None:
        _require(bool(_SHA256.fullmatch(self.original_digest)), "original digest")
        _require(min(self.width, self.height, self.orientation) > 0, "size")

    @classmethod
    def of(cls, photo: Stripped) -> Picture:
        """Describe a stripped photo."""
        return cls(
            media_type=photo.media_type,
            original_digest=photo.original_digest,
            width=photo.width,
            height=photo.height,
            orientation=photo.orientation,
            taken_at=photo.taken_at,
            removed=_summarised(photo.removed),
        )


_PLACE: Final = ("vault", "pid", "record", "station", "role")


def _summarised(removed: tuple[Removed, ...]) -> tuple[Removed, ...]:
    if len(removed) <= MAX_REMOVED:
        return removed
    kept, rest = removed[: MAX_REMOVED - 1], removed[MAX_REMOVED - 1 :]
    kinds = tuple(sorted({kind for each in rest for kind in each.kinds}))
    return *kept, Removed(f"{len(rest)} more", sum(each.length for each in rest), kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about the photo, by whom it was attested, and under which policy."""

    body_site: str = field(repr=False)
    sensitivity: Sensitivity
    intimate_site: IntimateSite | None
    origin: Origin
    purpose: Purpose
    disposition: Disposition
    rationale: str = field(repr=False)
    decided_on: date
    objection: bool
    safeguards: Mapping[Safeguard, bool] | None
    attested_by: Person | None
    follows: RecordId | None
    nation: Nation
    intimate_under_18: IntimateUnder18

    @classmethod
    def of(cls, filing: Filing) -> Decision:
        """Take the decision out of a filing."""
        return cls(
            body_site=filing.body_site,
            sensitivity=filing.sensitivity,
            intimate_site=filing.intimate_site,
            origin=filing.origin,
            purpose=filing.purpose,
            disposition=filing.disposition,
            rationale=filing.rationale,
            decided_on=filing.decided_on,
            objection=filing.objection,
            safeguards=filing.safeguards,
            attested_by=filing.attested_by,
            follows=filing.follows.record if filing.follows else None,
            nation=filing.policy.nation,
            intimate_under_18=filing.policy.intimate_under_18,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The sealed facts of one filed photo."""

    place: Place
    siblings: Mapping[str, Sibling]
    """By object name."""
    patient: PatientId
    date_of_birth: date = field(repr=False)
    decision: Decision
    consent: Consent
    picture: Picture
    source: Source
    provenance: Mapping[str, Provenance]
    filed_at: datetime
    """In UTC, to the second."""
    version: str
    """The imgfile that filed it."""
    unknown: Json = field(default_factory=dict, repr=False)
    """What a later version added, at its place."""

    def __post_init__(self) -> None:
        _require(self.filed_at.tzinfo is UTC and not self.filed_at.microsecond, "filed_at")


def compose(  # noqa: PLR0913 - one argument for each thing that only the caller knows
    filing: Filing,
    photo: Stripped,
    *,
    place: Place,
    siblings: Mapping[str, Sibling],
    source: Source,
    filed_at: datetime,
    version: str,
) -> Record:
    """Put together what is sealed beside a photo. `filed_at` is any aware time."""
    return Record(
        place=place,
        siblings=siblings,
        patient=filing.patient,
        date_of_birth=filing.date_of_birth,
        decision=Decision.of(filing),
        consent=filing.consent,
        picture=Picture.of(photo),
        source=source,
        provenance=filing.provenance,
        filed_at=filed_at.astimezone(UTC).replace(microsecond=0),
        version=version,
    )


def dump(record: Record) -> bytes:
    """Write a record in its one spelling. Raises Error when it is too large."""
    data = write(_merged(_encoded(record), record.unknown))
    if len(data) > MAX_RECORD_BYTES:
        raise Error(f"The record's facts are {len(data):,} bytes; the most is {MAX_RECORD_BYTES:,}.")
    return data


def load(data: bytes) -> Record:
    """Read a record. Raises Damaged, whatever the bytes."""
    try:
        document = parse(data, limit=MAX_RECORD_BYTES)
        if document["format"] == FORMAT:
            record = _decoded(document)
            record = replace(record, unknown=_surplus(document, _encoded(record)))
            if dump(record) == data:
                return record
    except (ValueError, TypeError, KeyError, AttributeError, Error):
        # Codes, dates and shapes raise as they like on strange values; none of that may be quoted.
        raise Damaged("The record's facts cannot be read.", "Run: imgfile verify") from None
    raise Damaged("The record's facts are of a newer imgfile, or damaged.", "Update imgfile, then run: imgfile verify")


# --- between facts and JSON -----------------------------------------------------------------------------


def _encoded(record: Record) -> Json:
    decision, consent, picture = record.decision, record.consent, record.picture
    return {
        "format": FORMAT,
        **{part: getattr(record.place, part) for part in _PLACE},
        "siblings": {name: {"sha256": each.digest, "length": each.length} for name, each in record.siblings.items()},
        "patient": {
            "scheme": record.patient.scheme,
            "number": record.patient.number,
            "born": record.date_of_birth.isoformat(),
        },
        "decision": {
            "body_site": decision.body_site,
            "sensitivity": decision.sensitivity,
            "intimate_site": decision.intimate_site,
            "origin": decision.origin,
            "purpose": decision.purpose,
            "disposition": decision.disposition,
            "rationale": decision.rationale,
            "decided_on": decision.decided_on.isoformat(),
            "objection": decision.objection,
            "safeguards": None if decision.safeguards is None else dict(decision.safeguards),
            "attested_by": _encoded_person(decision.attested_by),
            "follows": decision.follows,
            "nation": decision.nation,
            "intimate_under_18": decision.intimate_under_18,
        },
        "consent": {
            "basis": consent.basis,
            "giver": consent.giver,
            "form": consent.form,
            "obtained_by": consent.obtained_by,
            "obtained_at": consent.obtained_at.isoformat(),
            "explained": sorted(consent.explained),
            "pr_evidence": consent.pr_evidence,
            "capacity": consent.capacity,
            "capacity_evidence": consent.capacity_evidence,
            "minor_competence": consent.minor_competence,
            "competence_evidence": consent.competence_evidence,
            "document": consent.document,
        },
        "picture": {
            "media_type": picture.media_type,
            "original_sha256": picture.original_digest,
            "width": picture.width,
            "height": picture.height,
            "orientation": picture.orientation,
            "taken_at": picture.taken_at.isoformat() if picture.taken_at else None,
            "removed": [[each.block, each.length, list(each.kinds)] for each in picture.removed],
        },
        "source": {"kind": record.source.kind, **{part: getattr(record.source, part) for part in _SOURCE_TEXTS}},
        "provenance": dict(record.provenance),
        "filed_at": record.filed_at.isoformat(),
        "imgfile": record.version,
    }


def _encoded_person(person: Person | None) -> Json | None:
    return None if person is None else {"name": person.name, "registration": person.registration}


def _decoded(document: Json) -> Record:
    patient, source = document["patient"], document["source"]
    return Record(
        place=Place(**{part: document[part] for part in _PLACE}),
        siblings={name: Sibling(each["sha256"], each["length"]) for name, each in document["siblings"].items()},
        patient=PatientId(Scheme(patient["scheme"]), patient["number"], allow_test=True),  # as allowed when filed
        date_of_birth=date.fromisoformat(patient["born"]),
        decision=_decoded_decision(document["decision"]),
        consent=_decoded_consent(document["consent"]),
        picture=_decoded_picture(document["picture"]),
        source=Source(kind=SourceKind(source["kind"]), **{part: source[part] for part in _SOURCE_TEXTS}),
        provenance={slug: Provenance(word) for slug, word in document["provenance"].items()},
        filed_at=datetime.fromisoformat(document["filed_at"]),
        version=document["imgfile"],
    )


def _decoded_decision(part: Json) -> Decision:
    person, safeguards = part["attested_by"], part["safeguards"]
    return Decision(
        body_site=part["body_site"],
        sensitivity=Sensitivity(part["sensitivity"]),
        intimate_site=None if part["intimate_site"] is None else IntimateSite(part["intimate_site"]),
        origin=Origin(part["origin"]),
        purpose=Purpose(part["purpose"]),
        disposition=Disposition(part["disposition"]),
        rationale=part["rationale"],
        decided_on=date.fromisoformat(part["decided_on"]),
        objection=part["objection"],
        safeguards=None if safeguards is None else {Safeguard(code): answer for code, answer in safeguards.items()},
        attested_by=None if person is None else Person(person["name"], person["registration"]),
        follows=part["follows"],
        nation=Nation(part["nation"]),
        intimate_under_18=IntimateUnder18(part["intimate_under_18"]),
    )


def _decoded_consent(part: Json) -> Consent:
    return Consent(
        basis=ConsentBasis(part["basis"]),
        giver=ConsentGiver(part["giver"]),
        form=ConsentForm(part["form"]),
        obtained_by=part["obtained_by"],
        obtained_at=date.fromisoformat(part["obtained_at"]),
        explained=frozenset(map(Explained, part["explained"])),
        pr_evidence=None if part["pr_evidence"] is None else PrEvidence(part["pr_evidence"]),
        capacity=None if part["capacity"] is None else Capacity(part["capacity"]),
        capacity_evidence=part["capacity_evidence"],
        minor_competence=MinorCompetence(part["minor_competence"]),
        competence_evidence=part["competence_evidence"],
        document=part["document"],
    )


def _decoded_picture(part: Json) -> Picture:
    return Picture(
        media_type=MediaType(part["media_type"]),
        original_digest=part["original_sha256"],
        width=part["width"],
        height=part["height"],
        orientation=part["orientation"],
        taken_at=None if part["taken_at"] is None else datetime.fromisoformat(part["taken_at"]),
        removed=tuple(Removed(block, length, tuple(kinds)) for block, length, kinds in part["removed"]),
    )


# --- what a later version added -------------------------------------------------------------------------


def _surplus(document: Json, known: Json) -> Json:
    """Return what a document has beyond what is known, at its place."""
    surplus: Json = {}
    for key, value in document.items():
        if key not in known:
            surplus[key] = value
        elif isinstance(value, dict) and isinstance(known[key], dict) and (inner := _surplus(value, known[key])):
            surplus[key] = inner
    return surplus


def _merged(known: Json, unknown: Json) -> Json:
    """Put back what a later version added."""
    inner = {key: _merged(known[key], value) if key in known else value for key, value in unknown.items()}
    return known | inner


def _require(is_valid: bool, what: str) -> None:  # noqa: FBT001 - a condition, as in an assertion
    if not is_valid:
        raise ValueError(f"A record cannot have this {what}.")
