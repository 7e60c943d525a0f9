"""Founding a practice's vault.

1. An init that died after roster 1 is finished; one that died before it is cleared and begun again.
2. The folder must be empty, or new, and so must the one that the keys get to themselves, where one is named; the
   recovery file must lie inside neither.
3. Every key is written before anything names it.
4. The recovery file is written, read again, and must open the practice key as it lies in the vault.
5. The clinician's identity is sealed with the passphrase, kept on this computer, and tested likewise.
6. Only then is roster 1 written, and only after that does this computer trust the vault.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from imgfile import files, sealing, staging
from imgfile.acts.practice import recovery_key
from imgfile.acts.practice.identity_file import seal_identity
from imgfile.errors import Damaged, NotWritable, UsageError
from imgfile.frozen import dataclass, field
from imgfile.practice_state import maintenance, stored_keys
from imgfile.practice_state.founding import FoundingNote
from imgfile.sealing.passphrase import Passphrase
from imgfile.station import Station
from imgfile.vault import founding
from imgfile.vault.founding import Draft, Founder

MAX_RECOVERY_FILE_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Plan:
    """What init is given: where the vault goes, who founds it, the passphrase, and where the recovery file goes."""

    folder: Path
    founder: Founder
    passphrase: str = field(repr=False)
    recovery_file: Path
    keys: Path | None = None
    """A folder that the vault's keys get to themselves; None where they lie in the vault's."""


refuse_taken = founding.refuse_taken


def check_places(folder: Path, recovery_file: Path, keys: Path | None = None) -> None:
    """Refuse places that cannot work, before anything is written. Raises `UsageError`."""
    recovery = recovery_file.resolve()
    if any(recovery.is_relative_to(one.resolve()) for one in (folder, keys) if one is not None):
        raise UsageError(
            f"{recovery_file} would lie inside the vault it opens.", "Write it to a stick, or print it from there."
        )
    if files.is_folder(recovery):
        raise UsageError(f"{recovery_file} is a folder.", "Name a file in it, such as recovery.txt.")


def found(plan: Plan, *, at: datetime) -> Station:
    """Found the vault, every key tested. Raises `UsageError`, `NotWritable`, `Damaged`; then there is no vault."""
    finished = founding.continued(plan.folder)
    if finished is not None:
        return finished
    check_places(plan.folder, plan.recovery_file, plan.keys)
    unfinished = FoundingNote.of(plan.folder).vault()
    draft = founding.prepare(plan.folder, plan.founder, at=at, keys=plan.keys)
    _keep_recovery(draft, plan.recovery_file, unfinished)
    _keep_clinician(draft, plan.passphrase)
    founded = founding.publish(draft)
    with suppress(NotWritable):  # the vault is there; `imgfile check` then asks for the test once more
        maintenance.note_recovery_tested(founded, at.astimezone().date())
    founding.conclude(plan.folder)
    return founded


def _keep_recovery(draft: Draft, path: Path, unfinished: str | None) -> None:
    data = recovery_key.file_of(draft.recovery, draft.vault, draft.roster.digest)
    if unfinished is not None and _is_recovery_file_of(path, unfinished):
        files.replace(path, data)  # what the unfinished init had written opens nothing
    elif os.path.lexists(path):
        raise NotWritable(f"{path} exists already, and is left as it is.", "Name another file for the recovery key.")
    else:
        staging.publish(path, data, "init")
    with files.opened_source(path) as descriptor:
        written = files.read_unchanged(descriptor, path, limit=MAX_RECOVERY_FILE_BYTES)
    (identity,) = sealing.parse_identity_file(written)
    if not founding.opens_practice(draft, draft.recovery_file, identity):
        raise Damaged(f"{path} does not open the vault as it was written.", "Use another disk.")


def _is_recovery_file_of(path: Path, vault: str) -> bool:
    return path.is_file() and f"# vault {vault}\n".encode() in path.read_bytes()[:MAX_RECOVERY_FILE_BYTES]


def _keep_clinician(draft: Draft, passphrase: str) -> None:
    path = stored_keys.store_identity(draft.vault, seal_identity(draft.vault, draft.clinician, passphrase))
    (identity,) = sealing.parse_identity_file(sealing.unseal_bytes(path.read_bytes(), [Passphrase(passphrase)]))
    if not founding.opens_practice(draft, draft.clinician_file, identity):
        raise Damaged("the clinician's identity does not open the vault as it was written.", "Run init again.")
