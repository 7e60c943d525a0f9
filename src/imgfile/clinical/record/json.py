"""The one spelling of a record's facts, as JSON (docs/reference/vault-format.md).

`load` is strict: only the very bytes that `dump` writes are read, so no key stands twice, no number is a float, and
dump(load(data)) is the data. Fields of a later version are kept at their place, and written back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Final, TypeVar

from imgfile import canonical_json
from imgfile.canonical_json import Json
from imgfile.clinical.consent import Consent
from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.facts import Person
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.proofs import Digest, MediaType, PatientFolder, RecordId, Removed
from imgfile.clinical.record.model import SOURCE_TEXTS, Decision, Picture, Place, Record, Sibling, Source, SourceKind
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

FORMAT: Final = 1
MAX_RECORD_BYTES: Final = 1 << 20
"""Text of four pages and an inventory of a thousand blocks stay below."""

_Value = TypeVar("_Value")


def dump(record: Record) -> bytes:
    """Write a record in its one spelling. Raises Error when it is too large."""
    data = canonical_json.encode(_merged(_encoded(record), record.unknown))
    if len(data) > MAX_RECORD_BYTES:
        raise Error(f"the record's facts are {len(data):,} bytes; the most is {MAX_RECORD_BYTES:,}.")
    return data


def load(data: bytes) -> Record:
    """Read a record. Raises Damaged, whatever the bytes."""
    try:
        document = canonical_json.decode(data, limit=MAX_RECORD_BYTES)
        if document["format"] == FORMAT:
            record = _decoded(document)
            record = replace(record, unknown=_surplus(document, _encoded(record)))
            if dump(record) == data:
                return record
    except (ValueError, TypeError, KeyError, AttributeError, Error):
        # Codes, dates and shapes raise as they like on strange values; none of that may be quoted.
        raise Damaged("the record's facts cannot be read.", "Run: imgfile verify") from None
    raise Damaged("the record's facts are of a newer imgfile, or damaged.", "Update imgfile, then run: imgfile verify")


def changed(record: Record, changes: Json) -> Record:
    """Return a record in which some of its values are others, both as `dump` spells them, and unread texts kept.

    Raises Damaged for what no record can say.
    """
    try:
        encoded = _encoded(record)
        if any(key not in encoded[part] and key not in _UNSTATED for part in changes for key in changes[part]):
            raise ValueError  # of a later version: what is not understood is not passed over
        other = encoded | {part: {**encoded[part], **values} for part, values in changes.items()}
        return replace(_decoded(other), unknown=record.unknown)
    except (ValueError, TypeError, KeyError, AttributeError, Error):
        raise Damaged("an amendment says what no record can say.", "Run: imgfile verify") from None


def values_of(record: Record, part: str) -> Json:
    """Return the values of one part of a record, as `dump` spells them."""
    values: Json = _encoded(record)[part]
    return values


def differences(before: Record, after: Record) -> Json:
    """Return what another record says otherwise, as `changed` takes it: part by part, value by value."""
    old, new = _encoded(before), _encoded(after)
    found: Json = {}
    for part in AMENDED_PARTS:
        values = {key: value for key, value in new[part].items() if old[part].get(key, _NOTHING) != value}
        values |= {key: _UNSTATED[key] for key in old[part].keys() - new[part].keys()}
        if values:
            found[part] = values
    return found


AMENDED_PARTS: Final = ("patient", "decision", "consent")
"""What an amendment can change: never the photo, its source, or its place."""
_NOTHING: Final = object()
_UNSTATED: Final[Json] = {
    **dict.fromkeys(("date_reason", "shows_another", "decided_by", "authority", "consulted", "outlet"), ""),
    **dict.fromkeys(("view_once", "agreed_to_keep"), None),
    "covers": [],
    "anonymised": True,
}
"""What stands for a value that is stated no more, of those that only some records state."""


# --- between facts and JSON -----------------------------------------------------------------------------


def _encoded(record: Record) -> Json:
    return {
        "format": FORMAT,
        "vault": record.place.vault,
        "pid": record.place.pid,
        "record": record.place.record,
        "station": record.place.station,
        "role": record.place.role,
        "siblings": {name: {"sha256": each.digest, "length": each.length} for name, each in record.siblings.items()},
        "patient": {
            "scheme": record.patient.scheme,
            "number": record.patient.number,
            "born": record.date_of_birth.isoformat(),
        },
        "decision": _encoded_decision(record.decision),
        "consent": _encoded_consent(record.consent),
        "picture": _encoded_picture(record.picture),
        "source": {"kind": record.source.kind, **{part: getattr(record.source, part) for part in SOURCE_TEXTS}},
        "provenance": dict(record.provenance),
        "filed_at": record.filed_at.isoformat(),
        "imgfile": record.version,
    }


def _encoded_decision(decision: Decision) -> Json:
    return {
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
        **_stated(decision),
    }


def _encoded_consent(consent: Consent) -> Json:
    return {
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
        **_decided_for(consent),
        **_covered(consent),
    }


def _encoded_picture(picture: Picture) -> Json:
    return {
        "media_type": picture.media_type,
        "original_sha256": picture.original_digest,
        "width": picture.width,
        "height": picture.height,
        "orientation": picture.orientation,
        "taken_at": picture.taken_at.isoformat() if picture.taken_at else None,
        "removed": [[each.block, each.length, list(each.kinds)] for each in picture.removed],
        **({"first_filed": picture.first_filed.isoformat()} if picture.first_filed else {}),
    }


def _stated(decision: Decision) -> Json:
    """Return what only some decisions state: left out of others, as of all records that were written before it."""
    texts = {"date_reason": decision.date_reason, "shows_another": decision.shows_another}
    answers = {"view_once": decision.view_once, "agreed_to_keep": decision.agreed_to_keep}
    stated = {name: answer for name, answer in answers.items() if answer is not None}
    return {name: text for name, text in texts.items() if text} | stated


def _decided_for(consent: Consent) -> Json:
    """Return who decided for the patient and by what, and who was consulted, where that was asked; else nothing."""
    texts = {name: getattr(consent, name) for name in _DECIDED_FOR}
    return {name: text for name, text in texts.items() if text}


def _covered(consent: Consent) -> Json:
    """Return what the signed form beside the photo is for, where it names a use beyond care; else nothing."""
    if not consent.covers:
        return {}
    stated: Json = {"covers": sorted(consent.covers), "anonymised": not consent.is_recognisable}
    return stated | ({"outlet": consent.outlet} if consent.outlet else {})


_DECIDED_FOR: Final = ("decided_by", "authority", "consulted")


def _encoded_person(person: Person | None) -> Json | None:
    return None if person is None else {"name": person.name, "registration": person.registration}


def _decoded(document: Json) -> Record:
    patient, source = document["patient"], document["source"]
    return Record(
        place=Place(
            vault=_as(str, document["vault"]),
            pid=PatientFolder(_as(str, document["pid"])),
            record=RecordId(_as(str, document["record"])),
            station=_as(str, document["station"]),
            role=_as(str, document["role"]),
        ),
        siblings={name: _decoded_sibling(each) for name, each in document["siblings"].items()},
        patient=PatientId(Scheme(patient["scheme"]), patient["number"], allow_test=True),  # as allowed when filed
        date_of_birth=date.fromisoformat(patient["born"]),
        decision=_decoded_decision(document["decision"]),
        consent=_decoded_consent(document["consent"]),
        picture=_decoded_picture(document["picture"]),
        source=Source(kind=SourceKind(source["kind"]), **{part: _as(str, source[part]) for part in SOURCE_TEXTS}),
        provenance={slug: Provenance(word) for slug, word in document["provenance"].items()},
        filed_at=datetime.fromisoformat(document["filed_at"]),
        version=_as(str, document["imgfile"]),
    )


def _as(kind: type[_Value], value: object) -> _Value:
    if type(value) is not kind:  # a bool is an int to isinstance
        raise TypeError
    return value


def _decoded_decision(part: Json) -> Decision:
    person, safeguards = part["attested_by"], part["safeguards"]
    return Decision(
        body_site=_as(str, part["body_site"]),
        sensitivity=Sensitivity(part["sensitivity"]),
        intimate_site=None if part["intimate_site"] is None else IntimateSite(part["intimate_site"]),
        origin=Origin(part["origin"]),
        purpose=Purpose(part["purpose"]),
        disposition=Disposition(part["disposition"]),
        rationale=_as(str, part["rationale"]),
        decided_on=date.fromisoformat(part["decided_on"]),
        objection=None if part["objection"] is None else _as(bool, part["objection"]),
        safeguards=None
        if safeguards is None
        else {Safeguard(code): _as(bool, answer) for code, answer in safeguards.items()},
        attested_by=None if person is None else Person(_as(str, person["name"]), _as(str, person["registration"])),
        follows=None if part["follows"] is None else RecordId(_as(str, part["follows"])),
        nation=Nation(part["nation"]),
        intimate_under_18=IntimateUnder18(part["intimate_under_18"]),
        date_reason=_as(str, part.get("date_reason", "")),
        shows_another=_as(str, part.get("shows_another", "")),
        view_once=_as(bool, part["view_once"]) if part.get("view_once") is not None else None,
        agreed_to_keep=_as(bool, part["agreed_to_keep"]) if part.get("agreed_to_keep") is not None else None,
    )


def _decoded_consent(part: Json) -> Consent:
    return Consent(
        basis=ConsentBasis(part["basis"]),
        giver=ConsentGiver(part["giver"]),
        form=ConsentForm(part["form"]),
        obtained_by=_as(str, part["obtained_by"]),
        obtained_at=date.fromisoformat(part["obtained_at"]),
        explained=frozenset(map(Explained, part["explained"])),
        pr_evidence=None if part["pr_evidence"] is None else PrEvidence(part["pr_evidence"]),
        capacity=None if part["capacity"] is None else Capacity(part["capacity"]),
        capacity_evidence=_as(str, part["capacity_evidence"]),
        minor_competence=MinorCompetence(part["minor_competence"]),
        competence_evidence=_as(str, part["competence_evidence"]),
        document=_as(str, part["document"]),
        covers=frozenset(map(Purpose, _as(list, part.get("covers", [])))),
        outlet=_as(str, part.get("outlet", "")),
        is_recognisable=not _as(bool, part.get("anonymised", True)),
        **{name: _as(str, part.get(name, "")) for name in _DECIDED_FOR},
    )


def _decoded_picture(part: Json) -> Picture:
    return Picture(
        media_type=MediaType(part["media_type"]),
        original_digest=Digest(_as(str, part["original_sha256"])),
        width=_as(int, part["width"]),
        height=_as(int, part["height"]),
        orientation=_as(int, part["orientation"]),
        taken_at=None if part["taken_at"] is None else datetime.fromisoformat(part["taken_at"]),
        removed=tuple(map(_decoded_removed, part["removed"])),
        first_filed=date.fromisoformat(part["first_filed"]) if "first_filed" in part else None,
    )


def _decoded_sibling(part: Json) -> Sibling:
    return Sibling(Digest(_as(str, part["sha256"])), _as(int, part["length"]))


def _decoded_removed(part: list[object]) -> Removed:
    block, length, kinds = part
    return Removed(_as(str, block), _as(int, length), tuple(_as(str, kind) for kind in _as(list, kinds)))


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
