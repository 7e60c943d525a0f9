"""The last look at a source before it is overwritten, and the note that must be durable first."""

from __future__ import annotations

from pathlib import Path

from imgfile import device, files
from imgfile.clinical.proofs import Release
from imgfile.erase import checks, sectors
from imgfile.erase.layout import Layout
from imgfile.erase.note import PendingErasure, PendingNote, PendingWriter, Region, WholeFile


def noted(
    release: Release, path: Path, descriptor: int, target: WholeFile | Region, pending: PendingWriter
) -> tuple[PendingErasure, PendingNote]:
    """Read what is to be overwritten, see that it is what was filed, and note the erasure durably.

    Raises `SourceChanged`, with the note dropped, also when another program wrote meanwhile; OSError, `NotWritable`.
    """
    before = files.FileIdentity.of(descriptor)
    digests, old = zip(*(sectors.digests(descriptor, *run) for run in target.runs), strict=True)
    original = release.verified.original_digest
    if digests != (tuple(patch.before for patch in target.patches) if isinstance(target, Region) else (original,)):
        raise checks.changed(path, "has other content now")
    erasure = PendingErasure(
        path=path,
        mark=device.Mark.of(descriptor),
        size=before.size,
        record=release.verified.record,
        manifest=release.verified.manifest_digest,
        original=original,
        target=target,
        layout=Layout.of(descriptor, target.runs),
        sectors=b"".join(old),
    )
    note = pending.write(erasure.to_facts())
    if files.FileIdentity.of(descriptor) != before:
        note.drop()
        raise checks.changed(path, "is being written to")
    return erasure, note
