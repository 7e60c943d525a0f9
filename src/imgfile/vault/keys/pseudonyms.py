"""Keyed pseudonyms: how a station names patients and photos without telling who or what they are.

The pseudonym key is a linkage secret: whoever holds it can list every NHS number in under an hour and so name the
patients of a vault. It opens nothing. It is sealed to each station, and to the practice, so that the
practice's clinicians can enrol the next station.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

from imgfile import sealing
from imgfile.clinical.patient import PatientId
from imgfile.clinical.proofs import Digest, PatientFolder
from imgfile.errors import Damaged, NoVault, typed_folder
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault

KEY_BYTES = 32
_FOLDER_HEX_DIGITS = 32
_GUARD_HEX_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """The pseudonym key at work."""

    key: bytes = field(repr=False)

    def folder(self, patient: PatientId) -> PatientFolder:
        """Return the directory name of a patient: 128 bits of HMAC-SHA-256 over `scheme|number`."""
        return PatientFolder(self._mac(f"{patient.scheme.value}|{patient.number}")[:_FOLDER_HEX_DIGITS])

    def photo(self, folder: PatientFolder, original: Digest) -> str:
        """Return the mark by which a photo already filed for this patient is recognised."""
        return self._mac(f"photo|{folder}|{original}")

    def same(self, original: Digest) -> str:
        """Return the mark by which the same photo is noticed, whoever its patient is."""
        return self._mac(f"same|{original}")

    def birth_guard(self, folder: PatientFolder, born: date) -> str:
        """Return one byte of a birth date: it catches 255 slips of 256 and gives nothing away."""
        return self._mac(f"dob|{folder}|{born.isoformat()}")[:_GUARD_HEX_DIGITS]

    def _mac(self, message: str) -> str:
        return hmac.new(self.key, message.encode("ascii"), hashlib.sha256).hexdigest()


def expect_pseudonyms(vault: Vault) -> None:
    """Refuse at a computer that was let in to file into the inbox alone. Raises `NoVault`, which says so."""
    if not vault.here.pseudonym_digest:
        raise NoVault(
            "this computer has no key that names patients' directories.", "File into the inbox:  imgfile ingest --inbox"
        )


def open_pseudonyms(vault: Vault) -> Pseudonyms:
    """Open this station's pseudonym key. Raises `Damaged`, `NoVault`."""
    expect_pseudonyms(vault)
    name = layout.station_key(vault.here.station)
    _refuse_lost(vault, name)
    sealed = vault.store.read_matching(name, vault.here.pseudonym_digest, "the file that the roster names")
    key = sealing.unseal_bytes(sealed, sealing.parse_identity_file(vault.station.identity))
    if len(key) != KEY_BYTES:
        raise Damaged(f"{name} holds no pseudonym key.")
    return Pseudonyms(key)


def _refuse_lost(vault: Vault, name: str) -> None:
    """Refuse a key that a restore lost and an administrator accepted as lost: no backup is waited for any more."""
    here = vault.here
    if here.pseudonym_digest in vault.roster.accepted and not vault.store.exists(name):
        raise Damaged(
            f"this computer's key was lost in a restore, and an administrator accepted that ({name}).",
            f"An administrator closes it:  imgfile station retire {here.station[:8]}\n"
            f"Then, on this computer:  imgfile join {typed_folder(vault.station.pin.folder)}",
        )
