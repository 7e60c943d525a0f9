"""The sealed facts of a photo about to be filed, as the bytes of `record.age`."""

from __future__ import annotations

from datetime import datetime

from imgfile import __version__
from imgfile.acts.sources.source import LocalFile, MailPart, Piped, Source
from imgfile.clinical.filing import Filing
from imgfile.clinical.proofs import PatientFolder, RecordId, Stripped
from imgfile.clinical.record import model as records
from imgfile.clinical.record.model import Place, Record, Sibling, SourceKind
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records.commit import form_beside


def composed(  # noqa: PLR0913 - one argument for each thing that a record states
    vault: Vault,
    *,
    folder: PatientFolder,
    record: RecordId,
    source: Source,
    stripped: Stripped,
    filing: Filing,
    filed_at: datetime,
    role: str = "record",
) -> Record:
    """Put together everything that is known of a photo, for as long as its record lasts."""
    return records.compose(
        filing,
        stripped,
        place=Place(vault=vault.id, pid=folder, record=record, station=vault.here.station, role=role),
        siblings={layout.IMAGE: Sibling(stripped.digest, len(stripped.data)), **form_beside(filing)},
        source=described(source),
        filed_at=filed_at,
        version=__version__,
    )


def described(source: Source) -> records.Source:
    """Return what a record says of where its photo came from."""
    match source:
        case LocalFile(path=path):
            return records.Source(kind=SourceKind.FILE, name=path.name)
        case MailPart(export=export, attachment=attachment):
            message = attachment.message
            return records.Source(
                kind=SourceKind.MAIL,
                name=export.path.name,
                sender=message.sender,
                subject=message.subject,
                sent_at=message.sent_at.isoformat() if message.sent_at else "",
                message_id=message.message_id,
            )
        case Piped():
            return records.Source(kind=SourceKind.STANDARD_INPUT)
