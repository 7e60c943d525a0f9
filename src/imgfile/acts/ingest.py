"""Filing photographs: the one path, for one photo as for a thousand.

1. The vault is opened, and its pin checked, before any photo is read.
2. An erasure that an earlier run left unfinished is finished first.
3. A photo is read whole, identified by its bytes, stripped, and the result checked, before anything is asked.
4. Its answers stand alone (R2) and make a `Filing`, or it is refused with everything that is missing.
5. Nothing happens without a confirmation that names patient, source and erasure.
6. A photo filed before for this patient is not filed twice: its stored copy is proven instead (R16).
7. The record is written, read back and published; the audit entry is durable; only then is the source erased (R15).
8. Whatever goes wrong before that leaves the source untouched, and one photo's failure is no other's.

A group of photos goes through each stage together, so that a batch pays for one audit note a group; one photo is
a group of one. The station's lock is held from 6 on, never while somebody types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from imgfile.acts import sources
from imgfile.acts.attending import Attendant, Change, PhotoSkipped
from imgfile.acts.copies import Copies
from imgfile.acts.erasing import Attempt, erase_sources
from imgfile.acts.outcomes import Failed, Filed, Outcome, Ready, Refused, Skipped
from imgfile.acts.recording import facts_of
from imgfile.acts.sources import LocalFile, MailPart, Source
from imgfile.clinical.answers import Given
from imgfile.clinical.confirmation import confirmation
from imgfile.clinical.facts import EarlierPhoto, Facts, History, Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview import Interviewed, interview, without
from imgfile.clinical.patient import PatientId
from imgfile.clinical.proofs import Digest, PatientFolder, Photo, RecordId, Stripped, Verified
from imgfile.errors import (
    AnswerInvalid,
    Cancelled,
    Damaged,
    Error,
    Problem,
    RefusedByRule,
    SourceChanged,
    SourceRemains,
    UnsupportedImage,
)
from imgfile.images.strip import strip
from imgfile.vault import commit, layout, records, trail
from imgfile.vault.access import Vault
from imgfile.vault.manifest import Manifest
from imgfile.vault.patientkeys import usable_key
from imgfile.vault.pseudonyms import Pseudonyms, open_pseudonyms

GROUP_PHOTOS: Final = 16
"""How many photos of an unattended run go through each stage together."""
GROUP_BYTES: Final = 64 << 20
"""How many bytes of photos, as they are and stripped, make a group full before that: all are in memory at once."""


@dataclass(frozen=True, slots=True)
class Request:
    """One photo to file, with the answers that came with it."""

    source: Source
    given: Mapping[str, Given] = field(default_factory=dict, repr=False)
    expected: Digest | None = None
    """SHA-256 of the photo that was meant, where somebody looked at it before."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a run goes about it."""

    is_confirmed: bool = False
    """--yes: the confirmation was given with the command."""
    is_source_kept: bool = False
    is_dry: bool = False
    is_batch: bool = False
    """The answers come from a table."""
    allow_test: bool = False
    may_break_signature: bool = False
    """A person's signature over a message may be broken by taking a photo out of it."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A photo about to be filed, or recognised as filed: everything decided, nothing written."""

    request: Request
    photo: Photo = field(repr=False)
    stripped: Stripped
    folder: PatientFolder
    filing: Filing | None
    """None for a photo that is filed already."""


class _AlreadyFiled(Exception):
    """It ends an interview early, and is no error."""

    def __init__(self, folder: PatientFolder, found: Manifest) -> None:
        super().__init__()
        self.folder = folder
        self.found = found


def ingest(  # noqa: PLR0913 - a run has these parts
    vault: Vault,
    requests: Iterable[Request],
    wishes: Wishes,
    *,
    clock: Callable[[], datetime],
    copies: Copies,
    attendant: Attendant | None = None,
) -> Iterator[tuple[Request, Outcome]]:
    """File photos; yield each one's outcome, in order, as soon as its group is done. Raises `Cancelled`.

    Whatever was taken out of mailboxes is noted in `copies`, to be looked for again afterwards.
    """
    run = _Run(vault, wishes, attendant, open_pseudonyms(vault), clock, copies)
    waiting = iter(requests)
    while group := run.prepare_group(waiting):
        outcomes = run.file_group([stage for _, stage in group])
        yield from zip((request for request, _ in group), outcomes, strict=True)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run's circumstances."""

    vault: Vault
    wishes: Wishes
    attendant: Attendant | None
    pseudonyms: Pseudonyms
    clock: Callable[[], datetime]
    copies: Copies
    patients: dict[Digest, PatientFolder] = field(default_factory=dict, repr=False)
    """Whose each photo is that this run has decided about."""

    def prepare_group(self, waiting: Iterator[Request]) -> list[tuple[Request, _Prepared | Outcome]]:
        group: list[tuple[Request, _Prepared | Outcome]] = []
        size = 0
        for request in waiting:
            stage = self._prepare(request)
            group.append((request, stage))
            size += len(stage.photo.data) + len(stage.stripped.data) if isinstance(stage, _Prepared) else 0
            if self.attendant or len(group) == GROUP_PHOTOS or size >= GROUP_BYTES:
                break
        return group

    def file_group(self, stages: Sequence[_Prepared | Outcome]) -> list[Outcome]:
        prepared = [stage for stage in stages if isinstance(stage, _Prepared)]
        if not prepared:
            return [stage for stage in stages if not isinstance(stage, _Prepared)]
        if self.wishes.is_dry:
            return [Ready() if isinstance(stage, _Prepared) else stage for stage in stages]
        with self.vault.station.locked():
            filed = iter(self._file(prepared))
        return [next(filed) if isinstance(stage, _Prepared) else stage for stage in stages]

    # --- reading, stripping, asking (rules 3 to 5) ----------------------------------------------------------

    def _prepare(self, request: Request) -> _Prepared | Outcome:
        try:
            self._refuse_signed(request.source)
            photo = sources.read(request.source)
            _refuse_other(request, photo)
            if not self.wishes.is_source_kept:
                sources.refuse_unremovable(request.source, on=self._now().date())
            stripped = _stripped(request.source, photo)
            if self.attendant:
                self.attendant.show(request.source, stripped)
            return self._decide(request, photo, stripped)
        except PhotoSkipped:
            return Skipped()
        except Cancelled:
            raise
        except RefusedByRule as error:
            return Refused(error)
        except Error as error:
            return Failed(error)

    def _refuse_signed(self, source: Source) -> None:
        is_signed = isinstance(source, MailPart) and source.is_signed_by_person
        if is_signed and not (self.wishes.may_break_signature or self.wishes.is_source_kept):
            raise AnswerInvalid(
                f"{source.shown} is signed by its sender, and taking the photo out breaks the signature.",
                "Agree to that with --break-signature, or leave the message whole with --keep-source.",
                (Problem("break_signature", "--break-signature", "is missing", is_missing=True),),
            )

    def _decide(self, request: Request, photo: Photo, stripped: Stripped) -> _Prepared:
        facts = self._facts(request, photo, stripped)
        given = request.given
        try:
            while True:
                interviewed = interview(given, facts, self.attendant.ask if self.attendant else None)
                change = self._confirm(request.source, interviewed)
                if change is None:
                    break
                given = without(interviewed.given, change.slug)
        except _AlreadyFiled as known:
            self._refuse_second_patient(photo, known.folder)
            self._confirm_known(request.source, known.found)
            return _Prepared(request, photo, stripped, known.folder, None)
        folder = self.pseudonyms.folder(interviewed.filing.patient)
        self._refuse_second_patient(photo, folder)
        return _Prepared(request, photo, stripped, folder, interviewed.filing)

    def _refuse_second_patient(self, photo: Photo, folder: PatientFolder) -> None:
        """Refuse the very bytes that this run has taken for another patient's: one of the two numbers is wrong."""
        if self.patients.setdefault(photo.digest, folder) != folder:
            reason = "is another patient's than the very same photo had earlier in this run"
            raise AnswerInvalid.of([Problem("patient", "--patient", reason)])

    def _confirm(self, source: Source, interviewed: Interviewed) -> Change | None:
        asked = confirmation(interviewed.filing)
        if self.wishes.is_dry or (self.wishes.is_confirmed and not asked.needs_digits):
            return None
        if self.attendant is None:
            if asked.needs_digits:
                raise RefusedByRule("R9", "an intimate photo of a child is filed by a clinician at the terminal.")
            raise _unconfirmed()
        decision = self.attendant.confirm(source, asked, interviewed.given.keys())
        return decision if isinstance(decision, Change) else None

    def _confirm_known(self, source: Source, found: Manifest) -> None:
        if self.wishes.is_dry or self.wishes.is_confirmed or self.wishes.is_source_kept:
            return
        if self.attendant is None:
            raise _unconfirmed()
        self.attendant.confirm_known(source, found.reference)

    def _facts(self, request: Request, photo: Photo, stripped: Stripped) -> Facts:
        people = tuple(Person(person.name, person.registration) for person in self.vault.roster.people)
        here = people[0] if len(people) == 1 else None
        sent = _sent_on(request.source)
        return Facts(
            policy=self.vault.policy,
            today=self._now().date(),
            sent_on=sent,
            taken_on=stripped.taken_at.date() if stripped.taken_at else None,
            file_name=_file_name(request.source),
            asked_by=here.name if here else None,
            attester=here,
            people=people,
            history=lambda patient, born: self._history(photo, patient, born),
            allow_test=self.wishes.allow_test,
            is_batch=self.wishes.is_batch,
            can_skip=self.attendant is not None and self.attendant.can_skip,
        )

    def _history(self, photo: Photo, patient: PatientId, born: date) -> History:
        """Tell what is filed for this patient. Raises `_AlreadyFiled` when this very photo is."""
        folder = self.pseudonyms.folder(patient)
        manifests = sorted(records.records_of(self.vault, folder), key=lambda manifest: manifest.filed_at)
        guard = self.pseudonyms.birth_guard(folder, born)
        found = self._find(manifests, folder, photo)
        if found is not None and found.birth_guard == guard:
            raise _AlreadyFiled(folder, found)
        return History(
            earlier=tuple(_earlier(manifest) for manifest in manifests),
            birth_date_agrees=all(manifest.birth_guard == guard for manifest in manifests),
        )

    def _find(self, manifests: Iterable[Manifest], folder: PatientFolder, photo: Photo) -> Manifest | None:
        mark = self.pseudonyms.photo(folder, photo.digest)
        return next((manifest for manifest in manifests if manifest.photo_mark == mark), None)

    # --- filing and erasing (rules 6 to 8); the lock is held ------------------------------------------------

    def _file(self, prepared: Sequence[_Prepared]) -> list[Outcome]:
        committed = [self._commit(one) for one in prepared]
        proven = [(one, proof) for one, proof in zip(prepared, committed, strict=True) if isinstance(proof, Verified)]
        try:
            released = trail.release(self.vault, [proof for _, proof in proven], at=self._now()) if proven else []
        except Error as error:
            return [Failed(error) if isinstance(proof, Verified) else proof for proof in committed]
        pairs = [(one.request.source, release) for (one, _), release in zip(proven, released, strict=True)]
        kept = self.wishes.is_source_kept
        attempts = [Attempt() for _ in pairs] if kept else erase_sources(self.vault, pairs, self.copies, at=self._now())
        filed = iter([_filed(one, proof, attempt) for (one, proof), attempt in zip(proven, attempts, strict=True)])
        return [next(filed) if isinstance(proof, Verified) else proof for proof in committed]

    def _commit(self, one: _Prepared) -> Verified | Outcome:
        try:
            found = self._find(records.records_of(self.vault, one.folder), one.folder, one.photo)
            if found is not None:
                return self._prove(found, one)
            if one.filing is None:
                raise Damaged("it was filed a moment ago, and is not there now.", "Run:  imgfile verify")
            return commit.commit(self.vault, usable_key(self.vault, one.folder), self._submission(one, one.filing))
        except Error as error:
            return Failed(error)

    def _prove(self, found: Manifest, one: _Prepared) -> Verified | Outcome:
        try:
            return commit.prove_stored(self.vault, found, one.photo.digest)
        except SourceRemains as error:
            return Filed(found.reference, is_new=False, reached="", remains=error)

    def _submission(self, one: _Prepared, filing: Filing) -> commit.Submission:
        record, now = RecordId(layout.new_id()), self._now()
        return commit.Submission(
            record=record,
            stripped=one.stripped,
            facts=facts_of(
                self.vault,
                folder=one.folder,
                record=record,
                source=one.request.source,
                stripped=one.stripped,
                filing=filing,
                filed_at=now,
            ),
            photo_mark=self.pseudonyms.photo(one.folder, one.photo.digest),
            birth_guard=self.pseudonyms.birth_guard(one.folder, filing.date_of_birth),
            filed_at=now,
        )

    def _now(self) -> datetime:
        return self.clock()


def _unconfirmed() -> AnswerInvalid:
    return AnswerInvalid(
        "everything is answered; the confirmation is missing: --yes",
        "Without a terminal, --yes confirms that the photo is filed and its source erased.",
        (Problem("confirmation", "--yes", "is missing", is_missing=True),),
    )


def _refuse_other(request: Request, photo: Photo) -> None:
    if request.expected not in {None, photo.digest}:
        raise SourceChanged(f"{request.source.shown} is not the photo that the table names.", "Scan it again.")


def _stripped(source: Source, photo: Photo) -> Stripped:
    try:
        return strip(photo)
    except UnsupportedImage as error:  # `images` knows bytes, not names
        raise UnsupportedImage(f"{source.shown} {error.message}", error.hint) from error


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


def _earlier(manifest: Manifest) -> EarlierPhoto:
    return EarlierPhoto(manifest.record, manifest.reference, manifest.filed_at.astimezone().date())


def _filed(one: _Prepared, proof: Verified, attempt: Attempt) -> Filed:
    follows = one.filing.follows if one.filing else None
    return Filed(
        reference=layout.reference(proof.record),
        is_new=proof.is_new,
        reached=proof.reached,
        follows=follows.reference if follows else None,
        erasure=attempt.erasure,
        remains=attempt.remains,
    )
