"""Erasing a whole file: a photo, or an export of which every photo is filed."""

from __future__ import annotations

from pathlib import Path

from imgfile import files
from imgfile.clinical.proofs import Erasure, Release
from imgfile.erase import checks, finishing
from imgfile.erase.note import PendingWriter, WholeFile
from imgfile.erase.noting import noted


def erase_file(release: Release, path: Path, identity: files.FileIdentity, *, pending: PendingWriter) -> Erasure:
    """Overwrite a file in place once, empty it, rename it, unlink it, and remove its desktop copies.

    `identity` is the file's as it was read. The writer keeps the note; drop it when the evidence is in the audit.
    Raises `SourceChanged` (nothing was touched) or `SourceRemains` (nothing was touched, or the note is there).
    """
    path = path.absolute()
    with checks.explained(f"{path} could not be erased"), checks.opened(path, identity) as descriptor:
        checks.refuse_fixed_folder(path)
        checks.refuse_too_large(path, identity.size)
        target = WholeFile.chosen(identity.size)
        erasure, note = noted(release, path, descriptor, target, pending)
        erasure = finishing.overwrite(erasure, descriptor, note)
    with checks.explained(f"{path}, overwritten and emptied, could not be removed"):
        return finishing.conclude(erasure, note)  # with the file closed: Windows removes no open one
