"""The sealed reasons of views and exports (R20): an entry names one, and holds what it must match.

In format 2 a reason is a thing with a key of its own, and the entry holds its id, its digest and its key's. In format 1
it is sealed to a key of its patient's and named by its digest, which is all that the entry holds.
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

from imgfile import sealing
from imgfile.clinical.proofs import Digest, PatientFolder
from imgfile.errors import Closed, Damaged, WrongKey
from imgfile.frozen import dataclass
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys import things
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.thing_key import ThingKey


@dataclass(frozen=True, slots=True)
class StatedReason:
    """How an entry states a sealed reason: where it lies, its digest, and the key that opens it (None in format 1)."""

    name: str
    digest: Digest
    key: ThingKey | None


Statement: TypeAlias = str | Body
"""How an entry spells it: in format 1 as the digest alone."""


def seal_reason(vault: Vault, folder: PatientFolder, reason: str) -> Statement:
    """Seal a reason, durably, and return how an entry states it. Raises `NotWritable`."""
    if vault.roster.is_format_1:
        return _seal_to_patient(vault, folder, reason)
    thing = layout.new_id()
    key = things.make(vault, folder, thing)
    sealed = sealing.seal_bytes(reason.encode(), [key.recipient])
    vault.store.publish(layout.reason(folder, thing), sealed)
    return {"id": thing, "sha256": hashlib.sha256(sealed).hexdigest(), "key": key.stated.to_json()}


def _seal_to_patient(vault: Vault, folder: PatientFolder, reason: str) -> Digest:
    from imgfile.vault.keys.patient_keys import usable_key  # noqa: PLC0415 - of format 1

    sealed = sealing.seal_bytes(reason.encode(), [sealing.parse_recipient(usable_key(vault, folder).recipient)])
    digest = Digest(hashlib.sha256(sealed).hexdigest())
    vault.store.publish(layout.reason(folder, digest), sealed)
    return digest


def folder_of(entry: Body) -> PatientFolder | None:
    """Return where an entry's reason lies: with the patient whom it names, or in the inbox where it names none.

    None for one whose patient is no name that could be looked for.
    """
    folder = str(entry.get("patient", layout.INBOX))
    return PatientFolder(folder) if layout.is_id(folder) or "patient" not in entry else None


def stated_reason(folder: PatientFolder, stated: object) -> StatedReason:
    """Read how an entry states a reason. Raises ValueError."""
    match stated:
        case str() if layout.is_digest(stated):
            return StatedReason(layout.reason(folder, stated), Digest(stated), None)
        case {"id": str(thing), "sha256": str(digest), "key": key} if layout.is_id(thing) and layout.is_digest(digest):
            return StatedReason(layout.reason(folder, thing), Digest(digest), ThingKey.from_json(folder, thing, key))
    raise ValueError(stated)


def open_reason(vault: Vault, folder: PatientFolder, stated: object, practice: PracticeKeys) -> str:
    """Open the reason of one entry. Raises `Damaged` when it is not there, or is not what the entry names.

    Raises `Closed` to whoever had left before it was sealed.
    """
    try:
        reason = stated_reason(folder, stated)
    except ValueError as error:
        raise Damaged("an entry of the audit trail names no reason that can be looked for.") from error
    sealed = vault.store.read_matching(reason.name, reason.digest, "the reason that the audit trail states")
    try:
        return sealing.unseal_bytes(sealed, _openers(vault, folder, reason, practice)).decode()
    except Closed:
        raise things.closed("a reason in the audit trail") from None
    except (WrongKey, UnicodeDecodeError) as error:
        raise Damaged(f"{reason.name} does not open with its key.", "Restore the vault's keys folder.") from error


def _openers(
    vault: Vault, folder: PatientFolder, reason: StatedReason, practice: PracticeKeys
) -> list[sealing.Identity]:
    if reason.key is not None:
        return [things.open_identity(vault, reason.key, practice)]
    from imgfile.vault.keys.patient_keys import keys_of, open_identity  # noqa: PLC0415 - of format 1

    return [open_identity(vault, key, practice) for key in keys_of(vault, folder)]
