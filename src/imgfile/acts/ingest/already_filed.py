"""Recognising a photo that is filed already, by its patient and its bytes together.

Between the two phases of an interview the vault is asked about the patient. What `recognise` returns is all that can be
said then: whether this very photo is filed, which earlier photos there are, and whether their birth date agrees.

A table that is run again names photos whose sources are gone. Such a row must state the patient and, as a scan writes
it, the photo's digest; its stored copy is proven again where this computer filed it. Nothing is erased: there is
nothing left to erase.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from imgfile.acts.ingest.context import Run
from imgfile.acts.outcome import Failed, Filed
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.patient import PatientId, Scheme, parse_patient_id
from imgfile.clinical.proofs import Digest, PatientFolder
from imgfile.errors import AnswerInvalid, Error, SourceRemains
from imgfile.frozen import dataclass
from imgfile.vault.keys.pseudonyms import Pseudonyms
from imgfile.vault.records import find as records
from imgfile.vault.records.commit import prove_stored
from imgfile.vault.records.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the vault knows of a photo and its patient before more is asked than who that is."""

    known: Manifest | None
    """The record that this very photo is filed as, under this number and birth date."""
    earlier: tuple[EarlierPhoto, ...]
    """The patient's photos, newest last."""
    birth_date_agrees: bool
    """False when photos were filed under this number with another birth date: one of the two is wrong."""


def recognise(run: Run, patient: PatientId, born: date, digest: Digest) -> Recognition:
    """Look for a photo, by the SHA-256 of its bytes as received, and for this patient's others. Raises `Damaged`."""
    folder = run.pseudonyms.folder(patient)
    guard = run.pseudonyms.birth_guard(folder, born)
    manifests = sorted(records.records_of(run.vault, folder), key=lambda manifest: manifest.filed_at)
    found = find_photo(run.pseudonyms, manifests, folder, digest)
    return Recognition(
        known=found if found is not None and found.birth_guard == guard else None,
        earlier=tuple(_earlier(manifest) for manifest in manifests),
        birth_date_agrees=all(manifest.birth_guard == guard for manifest in manifests),
    )


def find_photo(
    pseudonyms: Pseudonyms, manifests: Iterable[Manifest], folder: PatientFolder, digest: Digest
) -> Manifest | None:
    """Find a photo among a patient's records, by the SHA-256 of its bytes as received."""
    mark = pseudonyms.photo(folder, digest)
    return next((manifest for manifest in manifests if manifest.photo_mark == mark), None)


def _earlier(manifest: Manifest) -> EarlierPhoto:
    return EarlierPhoto(manifest.record, manifest.reference, manifest.filed_at.astimezone().date())


# --- a row whose source is gone -----------------------------------------------------------------------------


def recall(run: Run, given: Mapping[str, Given], digest: Digest) -> Filed | Failed | None:
    """Return as what a photo is filed for a row's patient; None when it is not, or the row names nobody."""
    patient = _patient(run, given)
    if patient is None:
        return None
    folder = run.pseudonyms.folder(patient)
    found = find_photo(run.pseudonyms, records.records_of(run.vault, folder), folder, digest)
    return None if found is None else _proven(run, found, digest)


def _proven(run: Run, found: Manifest, digest: Digest) -> Filed | Failed:
    try:
        reached = prove_stored(run.vault, found, digest).reached
    except SourceRemains:  # another computer filed it; here, nothing can remain
        reached = ""
    except Error as error:
        return Failed(error)
    return Filed(found.reference, is_new=False, reached=reached)


def _patient(run: Run, given: Mapping[str, Given]) -> PatientId | None:
    number, scheme = given.get("patient"), given.get("scheme")
    if number is None:
        return None
    nation, allow_test = run.vault.policy.nation, run.wishes.allow_test
    try:
        stated = Scheme(choices.pick(scheme.text, choices.SCHEMES)) if scheme else None
        return parse_patient_id(number.text, scheme=stated, nation=nation, allow_test=allow_test)
    except AnswerInvalid:
        return None
