"""One run of ingest: the vault, how it goes about things, who attends, and what it has done so far."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.options import Wishes
from imgfile.acts.sources.source import LocalFile, MailPart, Source
from imgfile.clinical.facts import Facts, Person
from imgfile.clinical.patient import PatientId
from imgfile.clinical.proofs import Digest, PatientFolder, Photo, RecordId, Stripped
from imgfile.errors import RefusedByRule
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import Pseudonyms, open_pseudonyms
from imgfile.vault.records.find import Catalogue
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role, Use

if TYPE_CHECKING:
    from imgfile.acts.held_elsewhere import HeldElsewhere
    from imgfile.acts.ingest.attendant import Attendant
    from imgfile.clinical.consent import SignedForm
    from imgfile.vault.life.standing import Standing, Standings
    from imgfile.vault.roster.model import Person as Listed


def local_now() -> datetime:
    """Return the time, as this computer's clock shows it."""
    return datetime.now(UTC).astimezone()


@dataclass(frozen=True)
class Run:
    """What every step of a run may need, from its first question to what becomes of its mailboxes."""

    vault: Vault
    wishes: Wishes
    clock: Callable[[], datetime] = local_now
    attendant: Attendant | None = None
    """Whoever is asked; None where nobody can be."""
    ledger: Ledger = field(default_factory=Ledger)
    """What was filed from mailboxes, and what was taken out of them."""
    patients: dict[Digest, set[PatientFolder]] = field(default_factory=dict, repr=False)
    """Whose each photo is that this run has decided about."""
    reasons: dict[tuple[Digest, PatientFolder], str] = field(default_factory=dict, repr=False)
    """Why a photo is this patient's although it is another one's too, as somebody said at the prompt (R25)."""
    agreed: set[RecordId] = field(default_factory=set, repr=False)
    """As what photos are filed whose sources somebody at the prompt lets go (R24)."""

    catalogue: Catalogue = field(default_factory=Catalogue, repr=False)
    """The manifests that this run has verified."""

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """The vault's pseudonyms, opened when a patient is looked for first. Raises `Damaged`."""
        return open_pseudonyms(self.vault)

    @cached_property
    def _held_elsewhere(self) -> HeldElsewhere:
        from imgfile.acts.held_elsewhere import HeldElsewhere  # noqa: PLC0415 - a practice may have one computer

        return HeldElsewhere(self.vault, self.pseudonyms)

    def where_held(self, photo: Digest) -> str | None:
        """Return at which computer a photo is on hold, as the trails told once in a run; None where none is known to.

        Raises `Damaged`.
        """
        return self._held_elsewhere.where(photo) if self.vault.knows_other_holds else None

    def folder_of(self, patient: PatientId) -> PatientFolder:
        """Return the directory of a patient; where photos go into the inbox, a name for this run alone."""
        if not self.wishes.into_inbox:
            return self.pseudonyms.folder(patient)
        named = f"{patient.scheme.value}|{patient.number}".encode("ascii")
        return PatientFolder(hashlib.sha256(named).hexdigest())

    @cached_property
    def _standings(self) -> Standings:
        from imgfile.vault.life.standing import Standings  # noqa: PLC0415 - a patient's first photo needs none

        return Standings(self.vault)

    def standing(self, manifest: Manifest) -> Standing:
        """Return what became of a record, looked at once in a run. Raises `Damaged`."""
        return self._standings.of(manifest)

    def standing_by_all_trails(self, manifest: Manifest) -> Standing:
        """Return what became of a record that a photo is recognised by, as any trail states. Raises `Damaged`."""
        return self._standings.by_all_trails(manifest)

    def standings_of(self, folder: PatientFolder) -> Iterator[Standing]:
        """Yield a patient's records, those that are gone too, each verified once in a run. Raises `Damaged`."""
        manifests = self.catalogue.records_of(self.vault, folder, may_keep=not self.wishes.is_dry)
        return map(self.standing, manifests)

    def attended_by(self, attendant: Attendant | None) -> Run:
        """Return the same run with somebody who is asked."""
        return replace(self, attendant=attendant)

    def now(self) -> datetime:
        """Return the time."""
        return self.clock()

    def is_another_patients(self, photo: Photo, folder: PatientFolder) -> bool:
        """Return whether this run has taken the very same photo for another patient's than this one."""
        return bool(self.patients.get(photo.digest, set()) - {folder})

    def stands_before(
        self, source: Source, stripped: Stripped, *, is_sharing: bool = False, can_skip: bool = False
    ) -> Facts:
        """Return what stands before any question about a photo."""
        here, attesters = self.clinician_here, tuple(self.attesters())
        return Facts(
            policy=self.vault.policy,
            today=self.now().date(),
            sent_on=_sent_on(source),
            taken_on=stripped.taken_at.date() if stripped.taken_at else None,
            file_name=_file_name(source),
            asked_by=here.name if here else None,
            attester=None if self.is_reception or here not in attesters else here,
            people=tuple(self.people()),
            attesters=attesters,
            is_reception=self.is_reception,
            allow_test=self.wishes.allow_test,
            can_dispose=self.attendant is not None and can_skip,
            can_skip=can_skip and self.attendant is not None and self.attendant.can_skip,
            is_sharing=is_sharing,
            read_form=self.read_form,
        )

    @staticmethod
    def read_form(text: str) -> SignedForm:
        """Read a signed form that an answer names. Raises `AnswerInvalid`."""
        from imgfile.acts.signed_form import named_form  # noqa: PLC0415 - few photos come with a form

        return named_form(text)

    def take_for(self, photo: Photo, folder: PatientFolder) -> None:
        """Take a photo for this patient's. Raises `RefusedByRule` (R25) where it was taken for another's.

        One of the two numbers is wrong, unless somebody said at the prompt that it shows both.
        """
        if self.is_another_patients(photo, folder) and (photo.digest, folder) not in self.reasons:
            raise RefusedByRule(
                "R25",
                "the very same photo was another patient's earlier in this run; nothing was erased.",
                "Look at both numbers. That it shows both patients is said at the terminal.",
            )
        self.patients.setdefault(photo.digest, set()).add(folder)

    def people(self) -> Iterator[Person]:
        """Yield whom the roster lists, then those who left: a photo may have been asked for before (R26)."""
        return (Person(*who) for who in self.vault.roster.names)

    def attesters(self) -> Iterator[Person]:
        """Yield the clinicians whom the roster lists, as far as the policy lets their kind attest."""
        return map(_as_person, self.vault.roster.attesters(self.vault.policy.attester_roles))

    @property
    def is_reception(self) -> bool:
        """Whether this is a reception computer."""
        return self.vault.here.use is Use.RECEPTION

    @cached_property
    def clinician_here(self) -> Person | None:
        """Whose computer this is, a clinician's; where that is not said, the practice's only clinician."""
        owner = self.vault.roster.person(self.vault.here.person) if self.vault.here.person else None
        if owner is not None:
            return _as_person(owner) if Role.CLINICIAN in owner.roles else None
        clinicians = list(self.vault.roster.clinicians)
        return _as_person(clinicians[0]) if len(clinicians) == 1 else None


def _sent_on(source: Source) -> date | None:
    sent = source.attachment.message.sent_at if isinstance(source, MailPart) else None
    return sent.astimezone().date() if sent else None


def _file_name(source: Source) -> str:
    match source:
        case LocalFile(path=path):
            return path.name
        case MailPart(attachment=attachment):
            return attachment.name or ""
        case _:
            return ""


def _as_person(listed: Listed) -> Person:
    return Person(listed.name, listed.registration)
