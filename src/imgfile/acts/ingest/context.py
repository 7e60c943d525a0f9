"""One run of ingest: the vault, how it goes about things, who attends, and what it has done so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.options import Wishes
from imgfile.clinical.proofs import Digest, PatientFolder, Photo
from imgfile.errors import AnswerInvalid, Problem
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import Pseudonyms, open_pseudonyms

if TYPE_CHECKING:
    from imgfile.acts.ingest.attendant import Attendant


@dataclass(frozen=True)
class Run:
    """What every step of a run may need, from its first question to what becomes of its mailboxes."""

    vault: Vault
    wishes: Wishes
    clock: Callable[[], datetime]
    attendant: Attendant | None = None
    """Whoever is asked; None where nobody can be."""
    ledger: Ledger = field(default_factory=Ledger)
    """What was filed from mailboxes, and what was taken out of them."""
    patients: dict[Digest, PatientFolder] = field(default_factory=dict, repr=False)
    """Whose each photo is that this run has decided about."""

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """The vault's pseudonyms, opened when a patient is looked for first. Raises `Damaged`."""
        return open_pseudonyms(self.vault)

    def attended_by(self, attendant: Attendant | None) -> Run:
        """Return the same run with somebody who is asked."""
        return replace(self, attendant=attendant)

    def now(self) -> datetime:
        """Return the time."""
        return self.clock()

    def refuse_second_patient(self, photo: Photo, folder: PatientFolder) -> None:
        """Refuse the very bytes that this run has taken for another patient's: one of the two numbers is wrong."""
        if self.patients.setdefault(photo.digest, folder) != folder:
            reason = "is another patient's than the very same photo had earlier in this run"
            raise AnswerInvalid.of([Problem("patient", "--patient", reason)])
