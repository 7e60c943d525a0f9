"""Patient keys of format 1: what a photo is sealed to there, and how its readers come by the other half.

A station seals only to a key that it made itself, of the current generation, whose sealed identity it re-read
at the noted digest; otherwise it makes another. A patient may have several; the manifest names the one used.
Durable in this order: sealed identity (read back) → recipient note → whatever is sealed to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from imgfile import notes, sealing
from imgfile.clinical.proofs import PatientFolder
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys, is_held
from imgfile.vault.keys.things import make_identity
from imgfile.vault.layout import KeyId


@dataclass(frozen=True, slots=True)
class PatientKey:
    """The public half of a patient key, as its maker's note states it."""

    folder: PatientFolder
    key: KeyId
    generation: int
    recipient: str
    identity_digest: str
    maker: str


def usable_key(vault: Vault, folder: PatientFolder) -> PatientKey:
    """Return a key this station may seal to, making one where there is none. Raises `NotWritable`."""
    return next(_own_keys(vault, folder), None) or _make_key(vault, folder)


def keys_of(vault: Vault, folder: PatientFolder) -> Iterator[PatientKey]:
    """Yield every key of a patient whose note holds. Raises `Damaged` for one that does not."""
    for name in vault.store.names(layout.patient(folder)):
        if layout.is_key_note(name):
            yield load_key(vault, folder, KeyId(name.removesuffix(".note")))


def load_key(vault: Vault, folder: PatientFolder, key: KeyId) -> PatientKey:
    """Read one patient key's note and see that it is about this patient and key. Raises `Damaged`."""
    name = layout.patient_recipient(folder, key)
    note = vault.station_note(name, "recipient")
    try:
        found = PatientKey(
            PatientFolder(note.body["patient"]),
            KeyId(note.body["key"]),
            note.body["generation"],
            note.body["recipient"],
            note.body["identity"],
            note.signer,
        )
    except (KeyError, TypeError) as error:
        raise Damaged(f"{name} does not say what a recipient note says.") from error
    if (found.folder, found.key) != (folder, key):
        raise Damaged(f"{name} is about another patient's key.")
    return found


def open_identity(vault: Vault, key: PatientKey, practice: PracticeKeys) -> sealing.Identity:
    """Open a patient key's other half with the practice's identity, having matched the digest that its note states.

    Raises `Damaged`, `WrongKey`.
    """
    name = layout.patient_identity(key.folder, key.key)
    sealed = vault.store.read_matching(name, key.identity_digest, "the identity that its note states")
    return sealing.parse_identity_file(sealing.unseal_bytes(sealed, practice.identities))[0]


def expect_openable(vault: Vault, key: PatientKey) -> None:
    """Check that what is sealed to a key can be opened: the key's other half lies there, and so does the practice's.

    Without them a record's objects are noise, however whole. Raises `Damaged`.
    """
    if not _identity_is_there(vault, key):
        name = layout.patient_identity(key.folder, key.key)
        raise Damaged(f"{name} is not there whole: what is sealed to this patient could not be opened.", _RESTORE)
    if not is_held(vault, key.generation):
        raise Damaged("no copy of the practice's key is there whole: nothing could be opened.", _RESTORE)


_RESTORE = "Restore the vault's keys folder from a backup, then:  imgfile verify"


def _own_keys(vault: Vault, folder: PatientFolder) -> Iterator[PatientKey]:
    for name in vault.store.names(layout.patient(folder)):
        if not layout.is_key_note(name):
            continue
        try:
            key = load_key(vault, folder, KeyId(name.removesuffix(".note")))
            is_own = key.maker == vault.here.station and key.generation == vault.roster.generation.number
            if is_own and _identity_is_there(vault, key):
                yield key
        except Damaged:  # never sealed to; `verify` reports it
            continue


def _identity_is_there(vault: Vault, key: PatientKey) -> bool:
    return vault.store.holds(layout.patient_identity(key.folder, key.key), key.identity_digest)


def _make_key(vault: Vault, folder: PatientFolder) -> PatientKey:
    key = KeyId(layout.new_id())
    name = layout.patient_identity(folder, key)
    recipient, digest = make_identity(vault, name, f"imgfile patient key {key}", f"patient {folder}")
    generation = vault.roster.generation.number
    made = PatientKey(folder, key, generation, str(recipient), digest, vault.here.station)
    note = vault.sign("recipient", _body(made))
    vault.store.publish(layout.patient_recipient(folder, key), note.encode())
    return made


def _body(key: PatientKey) -> notes.Body:
    return {
        "patient": key.folder,
        "key": key.key,
        "generation": key.generation,
        "recipient": key.recipient,
        "identity": key.identity_digest,
    }
