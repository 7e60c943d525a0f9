"""Carrying an erasure out, from any point that a crash may have left it at.

1. Bytes are overwritten and synced; only then may the note say so; only then is anything emptied or unlinked, after
   one more look: what another program wrote meanwhile is left.
2. A resumed overwrite writes every byte again: after a failed sync, memory may hold what the device does not.
3. A mode or an owner may change meanwhile. A file that has lost its last name is nobody else's, and goes all the same.
4. Names come last, and only while they are ours: what else has the name is left, or put back.
5. The one place that makes an `Erasure`.
"""

from __future__ import annotations

import contextlib
import dataclasses
from functools import partial
from pathlib import Path
from typing import Final

from imgfile import device, files
from imgfile.clinical.proofs import Erasure
from imgfile.erase import desktop_copies, preconditions, sectors, trash
from imgfile.erase.extents import Layout, judge
from imgfile.erase.filesystem import Medium, medium_of, out_of_reach
from imgfile.erase.note import (
    PIECE_BYTES,
    SECTOR_DIGEST_BYTES,
    PendingErasure,
    PendingNote,
    Phase,
    Region,
    WholeFile,
    sectors_in,
)
from imgfile.erase.sectors import Watch
from imgfile.errors import NotWritable, SourceRemains

_LOOKS: Final = 3
"""How often a file is read anew that changes while it is read."""


def overwrite(erasure: PendingErasure, descriptor: int, note: PendingNote, watch: Watch) -> PendingErasure:
    """Overwrite in place, sync, and judge; a whole file is noted as overwritten and emptied.

    `watch` is from before the last look at what is overwritten. Raises OSError; `SourceRemains` when somebody else
    wrote meanwhile.
    """
    erasure = _overwrite(erasure, descriptor, note, watch)
    target = erasure.target
    after = Layout.of(descriptor, target.all_runs)
    medium = Medium.JOURNALLED if device.journals_data(descriptor) else medium_of(erasure.path)
    evidence = judge(erasure.layout, after, medium)
    if isinstance(target, Region):
        _expect_overwritten(erasure, target, descriptor)
        return dataclasses.replace(erasure, phase=Phase.ERASED, sectors=b"", evidence=evidence)
    last = last_look(erasure, descriptor)
    if last is None:
        raise _written_meanwhile(erasure.path)
    overwritten = dataclasses.replace(erasure, phase=Phase.OVERWRITTEN, sectors=b"", evidence=evidence)
    note.update(overwritten.to_facts())
    if last.has_changed() and not last_look(overwritten, descriptor):
        raise _written_meanwhile(erasure.path)
    files.truncate(descriptor, 0)
    return overwritten


def _overwrite(erasure: PendingErasure, descriptor: int, note: PendingNote, watch: Watch) -> PendingErasure:
    """Overwrite and sync; of a long file stretch by stretch, each noted before it is touched."""
    while True:
        target = erasure.target
        sectors.overwrite(descriptor, target, partial(_look, erasure, descriptor), watch)
        files.sync(descriptor)
        if isinstance(target, Region) or target.end == target.length:
            return erasure
        erasure = _next_stretch(erasure, target, descriptor)
        note.update(erasure.to_facts())


def _look(erasure: PendingErasure, descriptor: int) -> None:
    """See that a file which was touched meanwhile holds what was noted. Raises OSError, `SourceRemains`."""
    preconditions.refuse_other_names(descriptor, erasure.path)
    if not sectors.is_as_noted(erasure, descriptor):
        raise _written_meanwhile(erasure.path, is_overwritten=False)


def _next_stretch(erasure: PendingErasure, target: WholeFile, descriptor: int) -> PendingErasure:
    following = dataclasses.replace(target, start=target.end)
    used = -(-(following.end - following.start) // PIECE_BYTES) * SECTOR_DIGEST_BYTES
    old = sectors.digests(descriptor, *following.runs[0])[1]
    is_whole = len(old) == sectors_in(following.runs[0]) * SECTOR_DIGEST_BYTES
    if not is_whole or not sectors.is_rest_old(descriptor, dataclasses.replace(target, length=following.end)):
        raise _written_meanwhile(erasure.path, is_overwritten=False)
    return dataclasses.replace(erasure, target=dataclasses.replace(following, rest=target.rest[used:]), sectors=old)


def _written_meanwhile(path: Path, *, is_overwritten: bool = True) -> SourceRemains:
    how = "filed, and overwritten, but" if is_overwritten else "filed, and in part overwritten at most, but"
    return SourceRemains(
        f"{how} another program wrote to {path} meanwhile.",
        "Close that program, look at the file, and delete what is left of it by hand.",
    )


def last_look(erasure: PendingErasure, descriptor: int) -> Watch | None:
    """Return a watch over an overwritten file, from a moment when every byte was the one that was written here.

    None when somebody else wrote. Raises OSError; `SourceRemains` when the file has another name.
    """
    overwritten = dataclasses.replace(erasure, phase=Phase.OVERWRITTEN, sectors=b"")
    for _ in range(_LOOKS):
        watch = Watch(descriptor)
        preconditions.refuse_other_names(descriptor, erasure.path)
        if not sectors.is_as_noted(overwritten, descriptor):
            break
        if not watch.has_changed():
            return watch
    return None


def _expect_overwritten(erasure: PendingErasure, target: Region, descriptor: int) -> None:
    """See that nobody else wrote to the region meanwhile: it is read again, since its file stays (M6)."""
    fresh = dataclasses.replace(erasure, phase=Phase.ERASED, sectors=b"")
    around = sectors.guards(descriptor, target.runs)
    if around != target.guards or not sectors.is_as_noted(fresh, descriptor):
        raise _written_meanwhile(erasure.path)


def conclude(erasure: PendingErasure, note: PendingNote) -> Erasure:
    """Remove the names of an overwritten file and its desktop copies, note that, and state the evidence.

    Raises OSError or `SourceUnavailable` when a name that is ours cannot be removed.
    """
    remaining: tuple[str, ...] = ()
    if erasure.phase is Phase.OVERWRITTEN:
        left = _unname(erasure)
        swept = desktop_copies.Swept() if left else desktop_copies.remove(erasure.path)
        remaining = left + swept.remaining
        erasure = dataclasses.replace(erasure, phase=Phase.ERASED, leftovers=swept.removed)
    with contextlib.suppress(NotWritable):  # it stays erased: from the older phase a re-run comes to the same end
        note.update(erasure.to_facts())
    if isinstance(erasure.target, WholeFile):
        remaining += trash.copies(erasure.path, erasure.size, erasure.original)
    return Erasure(erasure.evidence, out_of_reach(erasure.path, erasure.evidence) + remaining, erasure.leftovers)


def _unname(erasure: PendingErasure) -> tuple[str, ...]:
    """Rename and unlink what is ours and empty. A stranger that came in between is put back under its name."""
    hidden = erasure.hidden
    if _is_emptied(erasure.path, erasure):
        files.rename(erasure.path, hidden)
    if _is_emptied(hidden, erasure):
        files.unlink(hidden)
    elif stranger := files.FileIdentity.at(hidden):
        if stranger == files.FileIdentity.at(erasure.path):  # an earlier run died between linking and unlinking
            files.unlink(hidden)
        else:
            files.rename_create_only(hidden, erasure.path)
    files.sync_folder(erasure.path.parent)
    if files.FileIdentity.at(erasure.path):
        return ("Another file has its name now, and was left.",)
    return ()


def _is_emptied(path: Path, erasure: PendingErasure) -> bool:
    """Return whether a name holds the noted file, emptied."""
    found = files.FileIdentity.at(path)
    if found is None or (found.inode, found.size) != (erasure.mark.inode, 0):
        return False
    with files.opened_source(path) as descriptor:
        return device.Mark.of(descriptor).is_same_file(erasure.mark)
