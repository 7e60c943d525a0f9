"""Every photo that one patient has, open: what looking at several of them, and handing them over, begin with.

1. The patient's directory is found by the number, through this station's pseudonym key; no other directory is read,
   so what it costs does not grow with the vault.
2. Each record is opened as it is now, with all that was added to it. One that is gone is no photo of theirs any more.
3. Nothing is passed over in silence: what does not open is reported to whoever asked for that, and ends it otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from imgfile.acts.disclosure.open import Reader
from imgfile.clinical.patient import PatientId
from imgfile.clinical.proofs import PatientFolder
from imgfile.clinical.record.model import Record
from imgfile.errors import Closed, Damaged, NoVault, RefusedByRule
from imgfile.frozen import dataclass
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published, record_names


@dataclass(frozen=True, slots=True)
class Unopened:
    """A record that does not open, and why: nobody can know what holds of it."""

    reference: str
    """Empty where not even its name could be read."""
    error: Damaged | Closed

    @property
    def message(self) -> str:
        """Why it does not open."""
        return self.error.message

    @property
    def is_closed(self) -> bool:
        """Whether it is closed to whoever looks, and no damage is known of."""
        return isinstance(self.error, Closed)


def patient_folders(vault: Vault, patients: Iterable[PatientId]) -> list[PatientFolder]:
    """Return where each patient's records lie, or would. Raises `NoVault` at a computer that has no key for that."""
    if not vault.here.pseudonym_digest:
        raise NoVault(
            "this computer has no key that finds a patient by number: what it files waits in the inbox.",
            "Name the photos by their references:  imgfile list",
        )
    return list(map(open_pseudonyms(vault).folder, patients))


def has_records(vault: Vault, folder: PatientFolder) -> bool:
    """Return whether anything was ever filed for a patient, be it gone by now; no key is needed."""
    return any(is_published(vault, folder, record) for record in record_names(vault, folder))


def records_of_patient(
    vault: Vault, folder: PatientFolder, reader: Reader, *, unopened: Callable[[Unopened], None] | None = None
) -> list[OpenedRecord]:
    """Return a patient's standing records, open, the oldest photo first: by when it was taken, else filed.

    Each that does not open is given to `unopened`. Raises `Damaged`, `Closed` for one where that is not given.
    """
    found: list[OpenedRecord] = []
    for record in record_names(vault, folder):
        try:
            if not is_published(vault, folder, record):
                continue
            found.append(open_record(vault, manifest.load(vault, folder, record), reader.practice))
        except RefusedByRule:  # it is gone
            continue
        except (Damaged, Closed) as error:
            if unopened is None:
                raise
            unopened(Unopened(layout.reference(record), error))
    return sorted(found, key=lambda each: (made_at(each.facts), each.manifest.reference))


def made_at(facts: Record) -> datetime:
    """Return when a photo was taken, as its camera's clock says, else when it was filed: local time, without an offset.

    A camera that states no offset shows the time of the place it is at, which is taken to be this one.
    """
    at = facts.picture.taken_at or facts.filed_at
    return at.astimezone().replace(tzinfo=None) if at.tzinfo is not None else at
