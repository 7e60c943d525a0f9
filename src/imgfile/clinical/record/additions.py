"""What is sealed in an addition, and its one spelling: a line of canonical JSON, and behind it a document, if any.

Each says where it belongs, for age tells neither who sealed an object nor for which place. `load` is as strict as a
record's: only the very bytes that `dump` writes are read. What an addition is for is in `vault.life`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from imgfile import canonical_json
from imgfile.canonical_json import Json
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.facts import Person
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.clinical.record.json import AMENDED_PARTS
from imgfile.clinical.text import check_line, check_text
from imgfile.clinical.vocabulary import ConsentForm, Provenance, Purpose, WithdrawalOutcome
from imgfile.errors import Damaged, Error
from imgfile.frozen import dataclass, field

FORMAT: Final = 1
MAX_LINE_BYTES: Final = 1 << 20
MAX_DOCUMENT_BYTES: Final = 20 << 20
DOCUMENT_TYPES: Final = ("application/pdf", "image/jpeg", "image/png", "image/tiff", "image/webp", "image/heic")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditionPlace:
    """To which record of which vault an addition belongs, and its own id."""

    vault: str
    pid: PatientFolder
    record: RecordId
    addition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """Answers that were wrong, and are others now: parts of the record's facts, as these are spelled."""

    kind = "amendment"
    changes: Mapping[str, Mapping[str, Any]] = field(repr=False)
    reason: str = field(repr=False)
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    """Where each new answer came from, by its question's slug."""

    def __post_init__(self) -> None:
        _require(bool(self.changes) and set(self.changes) <= set(AMENDED_PARTS) and all(self.changes.values()))
        _require(set(self.changes.get("patient", {})) <= {"born"})
        check_line(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A clinical note, or what came of the photo, in words."""

    kind: str
    text: str = field(repr=False)

    def __post_init__(self) -> None:
        _require(self.kind in {"clinical_note", "outcome"})
        check_text(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDocument:
    """A signed form, and for which uses of the photo it stands (R3, R4)."""

    kind = "consent_document"
    scope: frozenset[Purpose]
    giver: ConsentGiver
    form: ConsentForm
    obtained_by: str = field(repr=False)
    obtained_at: date
    media_type: str = ""
    digest: Digest = Digest("")
    """SHA-256 of the document; empty where the agreement is without one (teaching, by word of mouth)."""
    outlet: str = field(default="", repr=False)
    """Where it may be published, one place (R4)."""
    is_anonymised: bool = True
    """Whether it is agreed only for a photo in which nobody can be recognised (R5)."""
    document: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        _require(bool(self.scope))
        check_line(self.obtained_by)
        if self.outlet:
            check_line(self.outlet)
        _require(len(self.document) <= MAX_DOCUMENT_BYTES)
        if self.document:
            _require(self.media_type in DOCUMENT_TYPES)
            _require(hashlib.sha256(self.document).hexdigest() == self.digest)
        else:
            _require(not self.media_type and not self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Who withdrew, how, and what that led to (R24)."""

    kind = "use_stopped"
    giver: ConsentGiver
    form: ConsentForm
    outcome: WithdrawalOutcome
    reason: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.reason:
            check_line(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why consent is given anew, why a legal hold is put on a record, or why it is lifted."""

    kind: str
    reason: str = field(repr=False)

    def __post_init__(self) -> None:
        _require(self.kind in {"consent_change", "hold", "hold_lifted"})
        check_line(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Where the photo was put, and on which day."""

    kind = "hand_over"
    where: str = field(repr=False)
    on: date

    def __post_init__(self) -> None:
        check_line(self.where)


Said: TypeAlias = Amendment | Words | ConsentDocument | Withdrawal | Reason | HandOver


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One addition, open: where it belongs, who says it, when, and what."""

    place: AdditionPlace
    by: Person | None
    """Who says it; None where a computer files it and nobody is named."""
    at: datetime
    version: str
    said: Said


def dump(content: Content) -> bytes:
    """Write an addition in its one spelling. Raises Error when it is too large."""
    person = None if content.by is None else {"name": content.by.name, "registration": content.by.registration}
    line = canonical_json.encode(
        {
            "format": FORMAT,
            "vault": content.place.vault,
            "pid": content.place.pid,
            "record": content.place.record,
            "addition": content.place.addition,
            "kind": content.said.kind,
            "by": person,
            "at": content.at.isoformat(),
            "imgfile": content.version,
            "said": _encoded(content.said),
        }
    )
    if len(line) > MAX_LINE_BYTES:
        raise Error(f"what is added is {len(line):,} bytes; the most is {MAX_LINE_BYTES:,}.")
    document = content.said.document if isinstance(content.said, ConsentDocument) else b""
    return line + b"\n" + document


def load(data: bytes) -> Content:
    """Read an addition. Raises Damaged, whatever the bytes."""
    try:
        line, _, document = data.partition(b"\n")
        facts = canonical_json.decode(line, limit=MAX_LINE_BYTES)
        if facts["format"] == FORMAT:
            content = _decoded(facts, document)
            if dump(content) == data:
                return content
    except (ValueError, TypeError, KeyError, AttributeError, Error):
        raise Damaged("what was added cannot be read.", "Run: imgfile verify") from None
    raise Damaged("what was added is of a newer imgfile, or damaged.", "Update imgfile, then run: imgfile verify")


def _encoded(said: Said) -> Json:
    match said:
        case Amendment():
            changes = {part: dict(values) for part, values in said.changes.items()}
            return {"changes": changes, "reason": said.reason, "provenance": dict(said.provenance)}
        case Words():
            return {"text": said.text}
        case ConsentDocument():
            return {
                "scope": sorted(said.scope),
                "giver": said.giver,
                "form": said.form,
                "obtained_by": said.obtained_by,
                "obtained_at": said.obtained_at.isoformat(),
                "media_type": said.media_type,
                "sha256": said.digest,
                "outlet": said.outlet,
                "anonymised": said.is_anonymised,
            }
        case Withdrawal():
            return {"giver": said.giver, "form": said.form, "outcome": said.outcome, "reason": said.reason}
        case Reason():
            return {"reason": said.reason}
        case HandOver():
            return {"where": said.where, "on": said.on.isoformat()}


def _decoded(facts: Json, document: bytes) -> Content:
    person, kind = facts["by"], _text(facts["kind"])
    return Content(
        place=AdditionPlace(
            vault=_text(facts["vault"]),
            pid=PatientFolder(_text(facts["pid"])),
            record=RecordId(_text(facts["record"])),
            addition=_text(facts["addition"]),
        ),
        by=None if person is None else Person(_text(person["name"]), _text(person["registration"])),
        at=datetime.fromisoformat(facts["at"]),
        version=_text(facts["imgfile"]),
        said=_READERS[kind](kind, facts["said"], document),
    )


def _amendment(_kind: str, said: Json, _document: bytes) -> Said:
    provenance = {str(slug): Provenance(word) for slug, word in said["provenance"].items()}
    return Amendment(changes=said["changes"], reason=_text(said["reason"]), provenance=provenance)


def _words(kind: str, said: Json, _document: bytes) -> Said:
    return Words(kind=kind, text=_text(said["text"]))


def _consent_document(_kind: str, said: Json, document: bytes) -> Said:
    return ConsentDocument(
        scope=frozenset(map(Purpose, said["scope"])),
        giver=ConsentGiver(said["giver"]),
        form=ConsentForm(said["form"]),
        obtained_by=_text(said["obtained_by"]),
        obtained_at=date.fromisoformat(said["obtained_at"]),
        media_type=_text(said["media_type"]),
        digest=Digest(_text(said["sha256"])),
        outlet=_text(said["outlet"]),
        is_anonymised=_truth(said["anonymised"]),
        document=document,
    )


def _withdrawal(_kind: str, said: Json, _document: bytes) -> Said:
    return Withdrawal(
        giver=ConsentGiver(said["giver"]),
        form=ConsentForm(said["form"]),
        outcome=WithdrawalOutcome(said["outcome"]),
        reason=_text(said["reason"]),
    )


def _reason(kind: str, said: Json, _document: bytes) -> Said:
    return Reason(kind=kind, reason=_text(said["reason"]))


def _hand_over(_kind: str, said: Json, _document: bytes) -> Said:
    return HandOver(where=_text(said["where"]), on=date.fromisoformat(said["on"]))


_READERS: Final[Mapping[str, Callable[[str, Json, bytes], Said]]] = {
    "amendment": _amendment,
    "clinical_note": _words,
    "outcome": _words,
    "consent_document": _consent_document,
    "consent_change": _reason,
    "use_stopped": _withdrawal,
    "hand_over": _hand_over,
    "hold": _reason,
    "hold_lifted": _reason,
}


def _require(is_so: bool) -> None:  # noqa: FBT001 - a condition, read as one
    if not is_so:
        raise ValueError


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value
