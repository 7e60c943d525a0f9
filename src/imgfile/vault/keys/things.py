"""A key a thing: a record, an addition, a reason, an item of the inbox each have one, and nothing else is sealed to it.

Whoever writes a thing makes its identity, seals that to the practice, reads it back, and forgets it; the thing's note
states the digest of the sealed identity. No key is looked for or agreed on, so there is none to put in its place; and
to destroy a thing is to destroy its key, which is nobody else's.
"""

from __future__ import annotations

import hashlib
from typing import Final

from imgfile import sealing
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Closed, Damaged, WrongKey
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.thing_key import ThingKey

INBOX_FOLDER: Final = PatientFolder(layout.INBOX)
"""Where the keys of items lie, of which no patient is known yet."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made just now, and read back: what to seal the thing to, and how its note states it."""

    stated: ThingKey
    recipient: sealing.PublicRecipient = field(repr=False)


def make(vault: Vault, folder: PatientFolder, thing: str) -> NewKey:
    """Make a thing's key, durable and read back. Raises `NotWritable`, `Damaged`; then there is none."""
    name = layout.thing_key(folder, thing)
    recipient, digest = make_identity(vault, name, f"imgfile key of {thing}", f"folder {folder}")
    return NewKey(ThingKey(folder, thing, vault.roster.generation.number, digest), recipient)


def make_identity(vault: Vault, name: str, role: str, place: str) -> tuple[sealing.PublicRecipient, str]:
    """Make an identity, sealed to the practice under a name, durable and read back; then it is forgotten.

    Return its recipient, and the SHA-256 of the file as it lies there. Raises `NotWritable`, `Damaged`.
    """
    identity = sealing.generate_identity(post_quantum=vault.roster.is_post_quantum)
    plaintext = sealing.render_identity_file(identity, (role, f"vault {vault.id}", place))
    sealed = sealing.seal(plaintext, [sealing.parse_recipient(vault.roster.generation.recipient)])
    vault.store.create(name, sealed)
    vault.store.sync(name.rpartition("/")[0])
    stored, _ = vault.store.read_back(name)
    if not opens_to(plaintext, stored, sealed.file_key):
        raise Damaged(f"{name} does not hold what was written.", "Check the disk or share, then run it again.")
    return identity.recipient, hashlib.sha256(stored).hexdigest()


def opens_to(plaintext: bytes, stored: bytes, file_key: sealing.FileKey) -> bool:
    """Return whether what lies in the vault opens to what was meant, byte for byte: chunk by verified chunk."""
    at = 0
    try:
        for chunk in sealing.open_with_key(stored, file_key):
            if not plaintext.startswith(chunk, at):
                return False
            at += len(chunk)
    except Damaged:  # cut, changed, or another file's
        return False
    return at == len(plaintext)


def closed(what: str) -> Closed:
    """Return why something does not open that is sealed to a later key of the practice than whoever looks was given."""
    return Closed(
        f"{what} is closed to this identity, which opens only what was sealed to earlier keys of the practice.",
        "That is no damage. Whoever is listed today opens it:  imgfile people list",
    )


def open_identity(vault: Vault, key: ThingKey, practice: PracticeKeys) -> sealing.Identity:
    """Open a thing's key with the practice's, having matched the digest that its note states.

    Raises `Damaged`, `WrongKey`; `Closed` where whoever opened the practice's keys was never given that generation.
    """
    sealed = vault.store.read_matching(key.name, key.digest, "the key that its note states")
    generation = practice.by_generation.get(key.generation)
    if generation is None and key.generation > practice.reach > 0:
        raise closed(layout.reference(RecordId(key.thing)))
    if generation is None:
        raise WrongKey(
            f"generation {key.generation} of the practice's key does not open with this identity.",
            "Use a clinician's identity who is listed today, or the recovery key.",
        )
    return sealing.parse_identity_file(sealing.unseal_bytes(sealed, [generation]))[0]
