"""Replacing one region of a mailbox in place, as the room that knows the format has planned it (mail.md, M1-M6)."""

from __future__ import annotations

from pathlib import Path

from imgfile import files
from imgfile.clinical.proofs import Digest, Erasure, Release
from imgfile.erase import checks, finishing, sectors
from imgfile.erase.note import PendingWriter, Region
from imgfile.erase.noting import noted


def erase_region(
    release: Release, path: Path, identity: files.FileIdentity, patch: files.Patch, *, pending: PendingWriter
) -> Erasure:
    """Overwrite a region with `patch.after`, sync it, and read it again with the 4 KiB on both sides.

    The file's length and every other byte stay. Its new mtime stays too, or backup tools would keep the photo.
    `identity` is the file's as it was read; of it, the time may differ. The writer keeps the note; drop it when the
    evidence is in the audit. Raises `SourceChanged` (nothing was touched) or `SourceRemains` (nothing was touched,
    or the note is there).
    """
    path = path.absolute()
    offset, length = patch.offset, len(patch.after)
    with checks.explained(f"the photo in {path} could not be erased"), checks.opened(path, identity) as descriptor:
        if not 0 <= offset < offset + length <= identity.size:
            raise checks.changed(path, "is shorter than was planned")
        checks.refuse_too_large(path, length, patch.after)
        target = Region(offset, Digest(patch.before), patch.after, sectors.guards(descriptor, offset, length))
        erasure, note = noted(release, path, descriptor, target, pending)
        return finishing.conclude(finishing.overwrite(erasure, descriptor, note), note)
