"""The sealed facts of one photo for tests: the seed case's, with changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from imgfile.clinical.proofs import Digest, MediaType, PatientFolder, Photo, RecordId, Removed, Stripped
from imgfile.clinical.record.model import Place, Record, Sibling, Source, SourceKind, compose
from kit.vault.filings import RASH, filed

PLACE = Place(vault="v1", pid=PatientFolder("a" * 32), record=RecordId("b" * 32), station="c" * 32)
SIBLINGS = {"image.age": Sibling(Digest("d" * 64), 3_100_000)}
SOURCE = Source(kind=SourceKind.MAIL, name="Inbox", sender="parent@example.org", subject="rash pic", message_id="<1@x>")
ORIGINAL = Photo(b"as it was received")
PHOTO = Stripped(
    data=b"",
    original=ORIGINAL,
    media_type=MediaType.JPEG,
    width=3024,
    height=4032,
    orientation=6,
    taken_at=datetime(2026, 11, 21, 8, 9, tzinfo=timezone(timedelta(hours=1))),
    removed=(Removed("APP1 Exif", 12_000, ("place", "device")), Removed("COM", 7)),
)
FILED_AT = datetime(2026, 11, 22, 10, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=1)))


def record_of(**changes: Any) -> Record:  # noqa: ANN401 - any field of Record
    """Compose the seed case's record, with changes."""
    composed = compose(
        filed(RASH), PHOTO, place=PLACE, siblings=SIBLINGS, source=SOURCE, filed_at=FILED_AT, version="0.1.0"
    )
    return replace(composed, **changes)
