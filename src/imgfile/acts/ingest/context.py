"""One run's circumstances: the vault, how it goes about things, who attends, and what it has learnt so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.ingest.attendant import Attendant
from imgfile.acts.options import Wishes
from imgfile.clinical.proofs import Digest, PatientFolder, Photo
from imgfile.errors import AnswerInvalid, Problem
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import Pseudonyms
from imgfile.vault.records.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What every step of a run may need."""

    vault: Vault
    wishes: Wishes
    attendant: Attendant | None
    pseudonyms: Pseudonyms
    clock: Callable[[], datetime]
    ledger: Ledger
    patients: dict[Digest, PatientFolder] = field(default_factory=dict, repr=False)
    """Whose each photo is that this run has decided about."""

    def now(self) -> datetime:
        """Tell the time."""
        return self.clock()

    def find(self, manifests: Iterable[Manifest], folder: PatientFolder, photo: Photo) -> Manifest | None:
        """Find a photo among a patient's records."""
        mark = self.pseudonyms.photo(folder, photo.digest)
        return next((manifest for manifest in manifests if manifest.photo_mark == mark), None)

    def refuse_second_patient(self, photo: Photo, folder: PatientFolder) -> None:
        """Refuse the very bytes that this run has taken for another patient's: one of the two numbers is wrong."""
        if self.patients.setdefault(photo.digest, folder) != folder:
            reason = "is another patient's than the very same photo had earlier in this run"
            raise AnswerInvalid.of([Problem("patient", "--patient", reason)])
