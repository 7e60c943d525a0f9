"""Finding records, and opening them.

Finding needs no identity: references, filing times and keyed marks stand in signed manifests. Opening does:
clinician → practice → patient → objects, each an age file opened by the one before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from imgfile import sealing
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged, UsageError, WrongKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.patient_keys import load_key
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest


def patients(vault: Vault) -> Iterator[PatientFolder]:
    """Yield every patient directory; whatever else somebody put there hides none of them."""
    for name in vault.store.names(layout.PATIENTS):
        if layout.is_id(name) and vault.store.is_folder(f"{layout.PATIENTS}/{name}"):
            yield PatientFolder(name)


def record_names(vault: Vault, folder: PatientFolder) -> Iterator[RecordId]:
    """Yield every record directory of a patient, published or not."""
    for name in vault.store.names(layout.patient(folder)):
        if layout.is_id(name):
            yield RecordId(name)


def is_published(vault: Vault, folder: PatientFolder, record: RecordId) -> bool:
    """Tell whether a record exists, that is, has a manifest."""
    return vault.store.exists(f"{layout.record(folder, record)}/{layout.MANIFEST}")


def records_of(vault: Vault, folder: PatientFolder) -> Iterator[Manifest]:
    """Yield the manifests of a patient's records. Raises `Damaged` for one that does not hold."""
    for record in record_names(vault, folder):
        if is_published(vault, folder, record):
            yield manifest.load(vault, folder, record)


def find(vault: Vault, reference: str) -> Manifest:
    """Return the record that a reference, or a prefix of one, names. Raises `UsageError` when none or several do."""
    wanted = layout.normalise_reference(reference)
    if wanted is None:
        raise UsageError("that is no record reference.", "References look like 7f3k-q2ma:  imgfile list")
    found = [
        (folder, record)
        for folder in patients(vault)
        for record in record_names(vault, folder)
        if layout.reference(record).startswith(wanted) and is_published(vault, folder, record)
    ]
    if not found:
        raise UsageError(f"no record is called {wanted}.", "List them:  imgfile list")
    if len(found) > 1:  # a forged directory of the same name makes none ambiguous
        found = [place for place in found if _holds(vault, *place)] or found[:1]
    if len(found) > 1:
        names = ", ".join(layout.reference(record) for _, record in found[:5])
        raise UsageError(f"{wanted} names {len(found)} records: {names}.", "Type one more character.")
    return manifest.load(vault, *found[0])


def _holds(vault: Vault, folder: PatientFolder, record: RecordId) -> bool:
    try:
        manifest.load(vault, folder, record)
    except Damaged:
        return False
    return True


def of_id(vault: Vault, record: RecordId) -> Manifest:
    """Return the record with this id, whoever its patient is. Raises `Damaged` when it is not there."""
    for folder in patients(vault):
        if is_published(vault, folder, record):
            return manifest.load(vault, folder, record)
    raise Damaged(f"the record {layout.reference(record)} is missing from the vault.", "Run:  imgfile verify")


def objects_match(vault: Vault, of: Manifest) -> None:
    """See that every object of a record lies there with its signed length and digest. Raises `Damaged`."""
    for name in of.objects:
        read_matched(vault, of, name)


def read_matched(vault: Vault, of: Manifest, name: str) -> bytes:
    """Read one sealed object of a record and match its signed length and digest. Raises `Damaged`."""
    full = f"{layout.record(of.folder, of.record)}/{name}"
    stored, expected = vault.store.read(full), of.objects[name]
    if (len(stored), hashlib.sha256(stored).hexdigest()) != (expected.length, expected.digest):
        raise Damaged(f"{full} is not what was filed.", "Restore it from a backup, then:  imgfile verify")
    return stored


def open_practice(vault: Vault, identities: Sequence[sealing.Identity]) -> tuple[sealing.Identity, str]:
    """Open the practice identity with a clinician's or the recovery identity; return it and who that is.

    Raises `WrongKey` when none of the identities is a holder's.
    """
    for generation in reversed(vault.roster.generations):
        for who, digest in generation.holders.items():
            name = layout.practice_key(generation.number, who)
            if not vault.store.exists(name):  # `verify` reports it; another holder may still open
                continue
            sealed = vault.store.read(name)
            if hashlib.sha256(sealed).hexdigest() != digest:
                continue
            try:
                text = sealing.unseal_bytes(sealed, identities)
            except WrongKey:
                continue
            return sealing.parse_identity_file(text)[0], who
    raise WrongKey("this identity does not open the vault.", "Use a clinician's identity, or the recovery key.")


def open_object(vault: Vault, of: Manifest, name: str, practice: sealing.Identity) -> bytes:
    """Decrypt one object of a record, having matched its signed digest. Raises `Damaged`, `WrongKey`."""
    return sealing.unseal_bytes(read_matched(vault, of, name), [_open_patient(vault, of, practice)])


def _open_patient(vault: Vault, of: Manifest, practice: sealing.Identity) -> sealing.Identity:
    key = load_key(vault, of.folder, of.key)
    name = layout.patient_identity(of.folder, of.key)
    sealed = vault.store.read(name)
    if hashlib.sha256(sealed).hexdigest() != key.identity_digest:
        raise Damaged(f"{name} is not the identity that its note states.", "Restore it from a backup.")
    return sealing.parse_identity_file(sealing.unseal_bytes(sealed, [practice]))[0]
