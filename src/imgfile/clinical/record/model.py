"""The sealed facts of one filed photo: what is known of it for as long as the record lasts.

A record is put together from a filing and a stripped photo. What is read back is not judged by today's rules: a
record stays readable, whatever rules come. Its spelling is in `clinical.record.json`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from imgfile.canonical_json import Json
from imgfile.clinical.codes import Code
from imgfile.clinical.consent import Consent
from imgfile.clinical.facts import Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.patient import PatientId
from imgfile.clinical.proofs import Digest, MediaType, PatientFolder, RecordId, Removed, Stripped
from imgfile.clinical.vocabulary import (
    Disposition,
    IntimateSite,
    IntimateUnder18,
    Nation,
    Origin,
    Provenance,
    Purpose,
    Safeguard,
    Sensitivity,
)
from imgfile.frozen import dataclass, field

MAX_REMOVED: Final = 1_000
"""A photo of more blocks than this has the rest summed up as one, so that a hostile one cannot swell the record."""
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
        for part in SOURCE_TEXTS:
            text: str = getattr(self, part)
            object.__setattr__(self, part, text[:MAX_SOURCE_CHARACTERS].encode(errors="replace").decode())


SOURCE_TEXTS: Final = ("name", "sender", "subject", "sent_at", "message_id")


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
    first_filed: date | None = None
    """When it was filed first, of a photo that was filed under another number before; else None."""

    def __post_init__(self) -> None:
        _require(bool(_SHA256.fullmatch(self.original_digest)), "original digest")
        _require(min(self.width, self.height, self.orientation) > 0, "size")

    @classmethod
    def of(cls, photo: Stripped) -> Picture:
        """Describe a stripped photo."""
        return cls(
            media_type=photo.media_type,
            original_digest=photo.original.digest,
            width=photo.width,
            height=photo.height,
            orientation=photo.orientation,
            taken_at=photo.taken_at,
            removed=_summarised(photo.removed),
        )


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
    objection: bool | None
    """None where nobody stated whether there was one; records of the first days say False for that too, as derived."""
    safeguards: Mapping[Safeguard, bool] | None
    attested_by: Person | None
    follows: RecordId | None
    nation: Nation
    intimate_under_18: IntimateUnder18
    date_reason: str = field(default="", repr=False)
    """Why it was filed although its own date could not be right; empty where nothing was wrong with it."""
    view_once: bool | None = None
    """Whether it was sent to vanish; None where nobody asked."""
    agreed_to_keep: bool | None = None
    shows_another: str = field(default="", repr=False)
    """Why the very same photo is another patient's too, without saying whose; empty where it is not."""

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
            date_reason=filing.date_reason,
            view_once=filing.view_once,
            agreed_to_keep=filing.agreed_to_keep,
            shows_another=filing.shows_another,
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


def _require(is_valid: bool, what: str) -> None:  # noqa: FBT001 - a condition, as in an assertion
    if not is_valid:
        raise ValueError(f"A record cannot have this {what}.")
