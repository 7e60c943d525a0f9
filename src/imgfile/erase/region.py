"""Replacing a photo's region of a mailbox in place, as `mail.removal.plan` has planned it.

The region may lie in several runs: a stream's sectors, or data and the sum that covers it. They are noted together
and overwritten together, so that no death between two of them leaves a part of the photo that nobody knows of.

The permission is of one photo, by its digest, and so is the plan: `Removal.photo` must be the photo that was filed, and
each run must still hold the bytes that the plan was made of. Only both together say that what is overwritten is filed.
"""

from __future__ import annotations

from pathlib import Path

from imgfile import files
from imgfile.clinical.proofs import Disposed, Erasure, Release, Removal
from imgfile.erase import overwrite, preconditions, sectors
from imgfile.erase.note import PendingWriter, Region, runs_fit
from imgfile.erase.prepare import noted


def erase_region(
    release: Release | Disposed, path: Path, identity: files.FileIdentity, removal: Removal, *, pending: PendingWriter
) -> Erasure:
    """Overwrite each patch's run with its `after`, sync, and read all of it again with the 4 KiB around each run.

    The file's length and every other byte stay. Its new mtime stays too, or backup tools would keep the photo.
    `identity` is the file's as it was read; of it, the time may differ. The writer keeps the note; drop it when the
    evidence is in the audit. Raises `SourceChanged` (nothing was touched) or `SourceRemains` (nothing was touched, or
    the note is there).
    """
    path = path.absolute()
    if removal.photo != release.digest:
        meant = "was filed" if release.filed else "may go"
        raise preconditions.changed(path, f"holds another photo than the one that {meant}")
    runs = [(patch.offset, patch.length) for patch in removal.patches]
    with (
        preconditions.explained(f"the photo in {path} could not be erased"),
        preconditions.opened(path, identity) as descriptor,
    ):
        if not runs_fit(runs, identity.size):
            raise preconditions.changed(path, "is shorter than was planned")
        preconditions.refuse_long_region(path, removal.patches)
        target = Region(removal.patches, sectors.guards(descriptor, runs))
        erasure, note, watch = noted(release, path, descriptor, target, pending)
        return overwrite.conclude(overwrite.overwrite(erasure, descriptor, note, watch), note)
