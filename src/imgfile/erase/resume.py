"""Finishing an erasure that an earlier run began, from its note, or refusing because the file is not ours any more.

Noted: device, inode, generation and size match, so do the guards, and every sector is old or new: overwrite again.
Overwritten: what still has the path or the chosen name, and is ours, is emptied and unlinked; nothing there means
that it is gone. Anything else is left as it is, and said.

An earlier run's permission is not taken on the note's word: before a byte is overwritten, whoever resumes hands over
the proof, made anew, of each record that the note names (R15), and it is compared here with what the note is of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import assert_never

from imgfile import device, files
from imgfile.clinical.proofs import Digest, Erasure, Verified
from imgfile.erase import overwrite, preconditions, sectors
from imgfile.erase.note import PendingErasure, PendingFacts, PendingNote, Phase, WholeFile
from imgfile.erase.sectors import Watch
from imgfile.errors import SourceChanged, SourceRemains


def resume(
    note: PendingFacts, *, proven: Iterable[Verified], pending: PendingNote, disposed: Digest | None = None
) -> Erasure:
    """Finish a torn erasure. `pending` is the note that held these facts; drop it when the evidence is in the audit.

    `proven` are the records that the note names, proven anew; where nothing is left to be overwritten they may lack.
    `disposed` is the digest of the photo that the trail says may go although it is filed nowhere.
    Raises `SourceChanged` when what the note speaks of is there no more, so that no later run can finish it either;
    `SourceRemains` when a later run may; `Damaged` for facts that cannot be read.
    """
    erasure = PendingErasure.from_facts(note)
    with preconditions.explained(f"the erasure of {erasure.path} could not be finished"):
        match erasure.phase:
            case Phase.NOTED:
                erasure = _overwritten(erasure, frozenset(proven), disposed, pending)
            case Phase.OVERWRITTEN:
                _empty(erasure)
            case Phase.ERASED:
                pass
            case _:
                assert_never(erasure.phase)
        return overwrite.conclude(erasure, pending)


def _overwritten(
    erasure: PendingErasure, proven: Collection[Verified], disposed: Digest | None, pending: PendingNote
) -> PendingErasure:
    path, target = erasure.path, erasure.target
    if files.FileIdentity.at(path) is None:
        raise _absent(path)
    is_export = isinstance(target, WholeFile) and target.is_export
    is_permitted = bool(erasure.filed) or is_export or disposed == erasure.original
    if not is_permitted or not {(proof.record, proof.original_digest) for proof in proven}.issuperset(erasure.filed):
        raise SourceRemains(
            f"the erasure of {path} was interrupted, and is not finished: its record is not proven.",
            "Run:  imgfile verify",
        )
    with preconditions.open_for_writing(path) as descriptor:
        watch = Watch(descriptor)
        if not device.Mark.of(descriptor).is_same_file(erasure.mark):
            raise _changed(path, "is another file now")
        if files.FileIdentity.of(descriptor).size != erasure.size:
            raise _changed(path, "has another length now")
        if isinstance(target, WholeFile):
            preconditions.refuse_fixed_folder(path)
        elif sectors.guards(descriptor, target.runs) != target.guards:
            raise _changed(path, "has changed around the photo")
        if not sectors.are_old_or_new(descriptor, erasure):
            raise _changed(path, "has other content now")
        preconditions.refuse_other_names(descriptor, path)
        return overwrite.overwrite(erasure, descriptor, pending, watch)


def _empty(erasure: PendingErasure) -> None:
    for path in (erasure.path, erasure.hidden):
        found = files.FileIdentity.at(path)
        if found is None or found.inode != erasure.mark.inode:
            continue
        with preconditions.open_for_writing(path) as descriptor:
            size = files.FileIdentity.of(descriptor).size
            if not size or not device.Mark.of(descriptor).is_same_file(erasure.mark):
                continue
            if not overwrite.last_look(erasure, descriptor):
                raise _changed(path, "was overwritten, and has other content now")
            files.truncate(descriptor, 0)


def _absent(path: Path) -> SourceChanged | SourceRemains:
    if path.parent.is_dir():
        return _changed(path, "was moved or deleted")
    return SourceRemains(f"the erasure of {path} was interrupted, and its folder is not there.", "Connect its drive.")


def _changed(path: Path, how: str) -> SourceChanged:
    return SourceChanged(
        f"the erasure of {path} was interrupted, and cannot be finished: it {how}. It was left as it is.",
        "The photo is filed. Find what is left of its source and delete it by hand.",
    )
