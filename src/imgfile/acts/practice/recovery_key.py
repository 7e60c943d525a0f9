"""A new recovery key: made, written to a file outside of the vault, tested on the practice's key as it lies there.

Its file names the vault, and the digest of roster 1, so that on a bare machine it is known which vault it is of before
anything there is believed. It holds the newest generation of the practice's key, which opens those before, and signs.

The file appears before a roster lists its key, so that no run that dies leaves a listed key which is nowhere. What such
a run left is taken up by the same command: this computer's own note says of which bytes it is (`begun_acts`). Whatever
else lies under the name was written by somebody else, who would know the key, and is refused.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from imgfile import files, sealing, staging
from imgfile.errors import Damaged, NotWritable, SourceChanged, SourceUnavailable, UsageError, WrongKey
from imgfile.frozen import dataclass, field
from imgfile.notes import SigningKey
from imgfile.practice_state.begun_acts import BegunFile
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.generations import practice_file
from imgfile.vault.keys.sealed_files import publish_sealed
from imgfile.vault.keys.signers import keep_signer
from imgfile.vault.roster.model import ClosedHolder, Recovery, Roster, Seen

MAX_FILE_BYTES: Final = 64 << 10
FINGERPRINT: Final = "roster 1"
"""What the line of a recovery file begins with that names its vault's first roster."""


@dataclass(frozen=True, slots=True)
class NewRecovery:
    """A recovery key that no roster lists yet; its file is written and tested."""

    listed: Recovery
    generation: int
    file_digest: str
    """SHA-256 of the practice's identity sealed to it, as it lies in the vault."""
    identity: sealing.KeyIdentity = field(repr=False)


def file_of(identity: sealing.KeyIdentity, vault: str, first_digest: str) -> bytes:
    """Return what a recovery file holds."""
    comments = (
        "imgfile recovery identity: opens every record of the vault",
        f"vault {vault}",
        f"{FINGERPRINT} {first_digest}",
    )
    return sealing.render_identity_file(identity, comments)


def check_place(vault: Vault, path: Path) -> None:
    """Refuse a place for a recovery file that cannot work, before anything is written. Raises `UsageError`."""
    if vault.store.contains(path):
        raise UsageError(f"{path} would lie inside the vault it opens.", "Write it to a stick, or print it from there.")
    if files.is_folder(path):
        raise UsageError(f"{path} is a folder.", "Name a file in it, such as recovery.txt.")
    if not os.path.lexists(path) or begun_file(vault, path) is not None:
        return
    if is_listed(vault, path):
        raise NotWritable(f"{path} is the recovery key of this vault already.", "Name another file for a newer one.")
    raise NotWritable(f"{path} exists already, and is left as it is.", "Name another file for the recovery key.")


def begun_file(vault: Vault, path: Path) -> sealing.KeyIdentity | None:
    """Return the key of a recovery file that a run which died here wrote; None where there is none, or another file."""
    note = BegunFile.of(vault.id)
    try:
        data = _read(path) if note.is_begun else b""
    except (SourceUnavailable, SourceChanged):
        return None
    return sealing.parse_identity_file(data)[0] if note.is_begun and note.is_of(data) else None


def is_listed(vault: Vault, path: Path) -> bool:
    """Return whether a file holds the recovery key that the roster lists; one of format 1 names none."""
    try:
        (key, *_) = sealing.parse_identity_file(_read(path))
    except (SourceUnavailable, SourceChanged, WrongKey, Damaged):
        return False
    return str(key.recipient) == vault.roster.recovery.recipient


def make(vault: Vault, practice: sealing.KeyIdentity, generation: int, path: Path) -> NewRecovery:
    """Make a recovery key that holds a generation, and write its file. Raises `NotWritable`, `UsageError`."""
    check_place(vault, path)
    begun = begun_file(vault, path)
    identity = begun or sealing.generate_identity(post_quantum=vault.roster.is_post_quantum)
    holder = layout.new_id()
    name = layout.practice_key(generation, holder)
    file_digest = publish_sealed(vault.store, name, practice_file(vault, practice), [identity.recipient])
    signer = SigningKey.generate(holder)
    digest = keep_signer(vault.store, signer, identity.recipient)
    if begun is None:
        data = file_of(identity, vault.id, vault.station.pin.first_digest)
        BegunFile.of(vault.id).expect(data)
        staging.publish(path, data, "recovery")
    _test(vault, path, name)
    listed = Recovery(holder, str(identity.recipient), signer.public, digest)
    return NewRecovery(listed, generation, file_digest, identity)


def _test(vault: Vault, path: Path, name: str) -> None:
    """Test, on the files as written, that a recovery file opens the practice's key. Raises `Damaged`."""
    try:
        identities = sealing.parse_identity_file(_read(path))
        sealing.parse_identity_file(sealing.unseal_bytes(vault.store.read(name), identities))
    except WrongKey:
        raise Damaged(f"{path} does not open the vault as it was written.", "Use another disk.") from None


def _read(path: Path) -> bytes:
    with files.opened_source(path) as descriptor:
        return files.read_unchanged(descriptor, path, limit=MAX_FILE_BYTES)


def with_recovery(roster: Roster, new: NewRecovery, heads: dict[str, Seen]) -> Roster:
    """Return a roster with a new recovery key in the place of the one it has, which is closed.

    Where the generation that it was sealed is not the newest any more, a newer one must be sealed to it.
    """
    old = roster.recovery
    closed = ClosedHolder(old.holder, old.keys, roster.number + 1, heads)
    *before, newest = roster.generations
    if newest.number == new.generation:
        newest = replace(newest, holders={**newest.holders, new.listed.holder: new.file_digest})
    return replace(
        roster,
        generations=(*before, newest),
        recovery=new.listed,
        closed=replace(roster.closed, recoveries=(*roster.closed.recoveries, closed)),
    )
