"""Erasing a whole file: a photo, or an export of which every photo is filed or given up."""

from __future__ import annotations

from pathlib import Path

from imgfile import files
from imgfile.clinical.proofs import Clearance, Disposed, Erasure, Permission, Release
from imgfile.erase import overwrite, preconditions
from imgfile.erase.note import PendingWriter, WholeFile
from imgfile.erase.prepare import noted


def erase_file(
    release: Release | Disposed, path: Path, identity: files.FileIdentity, *, pending: PendingWriter
) -> Erasure:
    """Overwrite a photo's file in place once, empty it, rename it, unlink it, and remove its desktop copies.

    `identity` is the file's as it was read. The writer keeps the note; drop it when the evidence is in the audit.
    Raises `SourceChanged` (nothing was touched) or `SourceRemains` (nothing was touched, or the note is there).
    """
    target = WholeFile.chosen(identity.size)
    return _erase(release, target, path, identity, pending)


def erase_export(clearance: Clearance, path: Path, identity: files.FileIdentity, *, pending: PendingWriter) -> Erasure:
    """Do the same with an export: the very bytes that its inventory was made of. Raises as `erase_file`."""
    target = WholeFile.chosen(identity.size, is_export=True)
    return _erase(clearance, target, path, identity, pending)


def _erase(
    permission: Permission, target: WholeFile, path: Path, identity: files.FileIdentity, pending: PendingWriter
) -> Erasure:
    path = path.absolute()
    with preconditions.explained(f"{path} could not be erased"), preconditions.opened(path, identity) as descriptor:
        preconditions.refuse_fixed_folder(path)
        preconditions.refuse_long_file(path, identity.size, len(permission.filed))
        erasure, note, watch = noted(permission, path, descriptor, target, pending)
        erasure = overwrite.overwrite(erasure, descriptor, note, watch)
    with preconditions.explained(f"{path}, overwritten and emptied, could not be removed"):
        return overwrite.conclude(erasure, note)  # with the file closed: Windows removes no open one
