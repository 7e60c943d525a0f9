"""Replacing a photo's region of a mailbox in place, as the room that knows the format has planned it (mail.md, M1-M6).

The region may lie in several runs: a stream's sectors, or data and the sum that covers it. They are noted together
and overwritten together, so that no death between two of them leaves a part of the photo that nobody knows of.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from imgfile import files
from imgfile.clinical.proofs import Erasure, Release
from imgfile.erase import overwrite as finishing
from imgfile.erase import preconditions as checks
from imgfile.erase import sectors
from imgfile.erase.note import PendingWriter, Region, runs_fit
from imgfile.erase.prepare import Permission, noted


def erase_region(
    release: Release,
    path: Path,
    identity: files.FileIdentity,
    patches: Sequence[files.Patch],
    *,
    pending: PendingWriter,
) -> Erasure:
    """Overwrite each patch's run with its `after`, sync, and read all of it again with the 4 KiB around each run.

    The patches are ascending and apart. The file's length and every other byte stay. Its new mtime stays too, or
    backup tools would keep the photo. `identity` is the file's as it was read; of it, the time may differ. The writer
    keeps the note; drop it when the evidence is in the audit. Raises `SourceChanged` (nothing was touched) or
    `SourceRemains` (nothing was touched, or the note is there).
    """
    path = path.absolute()
    runs = [(patch.offset, len(patch.after)) for patch in patches]
    with checks.explained(f"the photo in {path} could not be erased"), checks.opened(path, identity) as descriptor:
        if not runs_fit(runs, identity.size):
            raise checks.changed(path, "is shorter than was planned")
        checks.refuse_long_region(path, sum(length for _, length in runs), [patch.after for patch in patches])
        target = Region(tuple(patches), sectors.guards(descriptor, runs))
        erasure, note = noted(Permission.of_photo(release), path, descriptor, target, pending)
        return finishing.conclude(finishing.overwrite(erasure, descriptor, note), note)
