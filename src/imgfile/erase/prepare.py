"""The last look at a source before it is overwritten, and the note that must be durable first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from imgfile import device, files
from imgfile.clinical.proofs import Permission
from imgfile.erase import preconditions, sectors
from imgfile.erase.extents import Layout
from imgfile.erase.note import (
    PIECE_BYTES,
    SECTOR_DIGEST_BYTES,
    PendingErasure,
    PendingNote,
    PendingWriter,
    Region,
    WholeFile,
    runs_fit,
)
from imgfile.erase.sectors import Watch
from imgfile.errors import SourceChanged


def noted(
    permission: Permission, path: Path, descriptor: int, target: WholeFile | Region, pending: PendingWriter
) -> tuple[PendingErasure, PendingNote, Watch]:
    """Read what is to be overwritten, see that it is what may go, and note the erasure durably.

    A whole file is compared with the permission's digest; of a region, each run with the digest that was planned, once
    `region` has compared the plan with the permission. Return a watch over the file from before it was read, too.

    Raises `SourceChanged`, with the note dropped, also when another program wrote meanwhile; OSError, `NotWritable`.
    """
    watch = Watch(descriptor)
    size = files.FileIdentity.of(descriptor).size
    if not runs_fit(target.all_runs, size) or (isinstance(target, WholeFile) and size != target.length):
        raise preconditions.changed(path, "has another length now")
    target, is_expected, old = _read(permission, descriptor, target)
    if not is_expected:
        raise preconditions.changed(path, "has other content now")
    layout = Layout.of(descriptor, target.all_runs)
    if watch.has_changed():
        raise _being_written(path)
    erasure = PendingErasure(
        path=path,
        mark=device.Mark.of(descriptor),
        size=size,
        filed=permission.filed,
        original=permission.digest,
        target=target,
        layout=layout,
        sectors=old,
    )
    note = pending.write(erasure.to_facts())
    if watch.has_changed():
        note.drop()
        raise _being_written(path)
    return erasure, note, watch


def _being_written(path: Path) -> SourceChanged:
    return preconditions.changed(path, "is being written to")


def _read(
    permission: Permission, descriptor: int, target: WholeFile | Region
) -> tuple[WholeFile | Region, bool, bytes]:
    """Return the target, whether it holds what is expected, and the digests of the sectors to be overwritten first."""
    if isinstance(target, WholeFile) and target.end < target.length:
        digest, old = sectors.piece_digests(descriptor, target.length)
        target = replace(target, rest=old[target.end // PIECE_BYTES * SECTOR_DIGEST_BYTES :])
        return target, digest == permission.digest, sectors.digests(descriptor, *target.runs[0])[1]
    digests, parts = zip(*(sectors.digests(descriptor, *run) for run in target.runs), strict=True)
    expected: tuple[str, ...] = (permission.digest,)
    if isinstance(target, Region):
        expected = tuple(patch.before for patch in target.patches)
    return target, digests == expected, b"".join(parts)
