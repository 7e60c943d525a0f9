"""The sealed facts of a filing, without any vault."""

from __future__ import annotations

from datetime import UTC, datetime

from imgfile.clinical.proofs import Digest, MediaType, PatientFolder, Photo, RecordId, Stripped
from imgfile.clinical.record.model import Place, Record, Sibling, Source, SourceKind, compose
from kit.vault.filings import filed

_ID = "a" * 32
_STRIPPED = Stripped(b"", Photo(b""), MediaType.JPEG, 1, 1, 1, None, ())


def facts_of(answers: dict[str, str]) -> Record:
    """Return the sealed facts of a filing."""
    return compose(
        filed(answers),
        _STRIPPED,
        place=Place(vault=_ID, pid=PatientFolder(_ID), record=RecordId(_ID), station=_ID),
        siblings={"image.age": Sibling(Digest("0" * 64), 0)},
        source=Source(kind=SourceKind.FILE),
        filed_at=datetime(2026, 11, 22, tzinfo=UTC),
        version="0",
    )
