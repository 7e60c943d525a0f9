"""Recognising a photo that is filed although its source is gone: what a table that is run again comes to.

The row must state the patient and, as a scan writes it, the photo's digest; both together name one record. Its stored
copy is proven again where this computer filed it. Nothing is erased: there is nothing left to erase.
"""

from __future__ import annotations

from collections.abc import Mapping

from imgfile.acts.outcome import Failed, Filed
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.patient import PatientId, Scheme, parse_patient_id
from imgfile.clinical.proofs import Digest
from imgfile.errors import AnswerInvalid, Error, SourceRemains
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.records import find as records
from imgfile.vault.records.commit import prove_stored
from imgfile.vault.records.manifest import Manifest


def recall(vault: Vault, given: Mapping[str, Given], digest: Digest, *, allow_test: bool) -> Filed | Failed | None:
    """Tell as what a photo is filed for a row's patient; None when it is not, or the row names nobody."""
    patient = _patient(vault, given, allow_test=allow_test)
    found = _find(vault, patient, digest) if patient else None
    if found is None:
        return None
    try:
        reached = prove_stored(vault, found, digest).reached
    except SourceRemains:  # another computer filed it; here, nothing can remain
        reached = ""
    except Error as error:
        return Failed(error)
    return Filed(found.reference, is_new=False, reached=reached)


def _patient(vault: Vault, given: Mapping[str, Given], *, allow_test: bool) -> PatientId | None:
    number, scheme = given.get("patient"), given.get("scheme")
    if number is None:
        return None
    try:
        stated = Scheme(choices.pick(scheme.text, choices.SCHEMES)) if scheme else None
        return parse_patient_id(number.text, scheme=stated, nation=vault.policy.nation, allow_test=allow_test)
    except AnswerInvalid:
        return None


def _find(vault: Vault, patient: PatientId, digest: Digest) -> Manifest | None:
    pseudonyms = open_pseudonyms(vault)
    folder = pseudonyms.folder(patient)
    mark = pseudonyms.photo(folder, digest)
    return next((found for found in records.records_of(vault, folder) if found.photo_mark == mark), None)
