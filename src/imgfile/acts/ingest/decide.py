"""Deciding about one photo: it is read, stripped, asked about and confirmed; nothing is written (rules 3 to 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import TypeAlias, TypeVar

from imgfile.acts.ingest.attendant import Change, PhotoSkipped
from imgfile.acts.ingest.context import Circumstances
from imgfile.acts.options import Request
from imgfile.acts.outcome import Failed, Outcome, Refused, Skipped
from imgfile.acts.sources import source as sources
from imgfile.acts.sources.source import Fate, LocalFile, MailPart, Source
from imgfile.clinical.facts import EarlierPhoto, Facts, History, Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.confirmation import confirmation
from imgfile.clinical.interview.interview import Interviewed, has_shared, interview, without
from imgfile.clinical.patient import PatientId
from imgfile.clinical.proofs import PatientFolder, Photo, RecordId, Removal, Stripped
from imgfile.errors import (
    AnswerInvalid,
    Cancelled,
    Error,
    Problem,
    RefusedByRule,
    SourceChanged,
    UnreadableMail,
    UnsupportedImage,
)
from imgfile.frozen import dataclass, field
from imgfile.images.strip import strip
from imgfile.vault import layout
from imgfile.vault.records import find as records
from imgfile.vault.records.manifest import Manifest

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A photo about to be filed, or recognised as filed: everything decided, nothing written."""

    request: Request
    record: RecordId
    """What it is to be filed as, if it is not filed already."""
    fate: Fate
    removal: Removal | None
    """How it leaves its mailbox, where it does: the tombstone names `record`."""
    photo: Photo = field(repr=False)
    stripped: Stripped
    folder: PatientFolder
    filing: Filing | None
    """None for a photo that is filed already."""


Stage: TypeAlias = Prepared | Outcome


@dataclass(frozen=True, slots=True)
class Looked:
    """A photo that was read and stripped, and seen by whoever attends."""

    request: Request
    record: RecordId
    fate: Fate
    removal: Removal | None
    photo: Photo = field(repr=False)
    stripped: Stripped


@dataclass(frozen=True, slots=True)
class Known:
    """The record that a photo is filed as already."""

    folder: PatientFolder
    found: Manifest


@dataclass(frozen=True, slots=True)
class Draft:
    """A photo whose questions are answered, and that is not confirmed."""

    looked: Looked
    answer: Interviewed | Known

    @property
    def given(self) -> Mapping[str, Given]:
        """The answers that were given and asked for."""
        return self.answer.given if isinstance(self.answer, Interviewed) else {}


class _AlreadyFiled(Exception):
    """It ends an interview early, and is no error."""

    def __init__(self, folder: PatientFolder, found: Manifest) -> None:
        super().__init__()
        self.known = Known(folder, found)


def decide(run: Circumstances, request: Request) -> Stage:
    """Decide about one photo by itself. Raises `Cancelled`."""
    looked = settled(lambda: look(run, request))
    draft = settled(lambda: ask_about(run, looked, request.given)) if isinstance(looked, Looked) else looked
    return settled(lambda: confirmed(run, draft)) if isinstance(draft, Draft) else draft


def settled(step: Callable[[], _Result]) -> _Result | Outcome:
    """Turn what ends a photo's way into its outcome. Raises `Cancelled`, which ends the run's."""
    try:
        return step()
    except PhotoSkipped:
        return Skipped()
    except Cancelled:
        raise
    except RefusedByRule as error:
        return Refused(error)
    except Error as error:
        return Failed(error)


# --- reading and stripping --------------------------------------------------------------------------------


def look(run: Circumstances, request: Request) -> Looked:
    """Read and strip a photo, and show it. Raises what refuses it."""
    source, record = request.source, RecordId(layout.new_id())
    may_change = _may_change(run, source)
    photo = sources.read(source)
    _refuse_other(request, photo)
    fate, removal = _fate(run, source, record, may_change=may_change)
    looked = Looked(request, record, fate, removal, photo, _stripped(source, photo))
    if run.attendant:
        run.attendant.show(source, looked.stripped)
    return looked


def _may_change(run: Circumstances, source: Source) -> bool:
    """Tell whether a photo may be taken out of its message; refuse one whose sender's signature that would break."""
    is_signed = isinstance(source, MailPart) and source.is_signed_by_person
    if not is_signed or run.wishes.may_break_signature:
        return True
    if run.wishes.is_source_kept or run.wishes.destroys_exports:
        return False
    raise AnswerInvalid(
        f"{source.shown} is signed by its sender, and taking the photo out breaks the signature.",
        "Agree to that with --break-signature, or leave the message whole with --keep-source.",
        (Problem("break_signature", "--break-signature", "is missing", is_missing=True),),
    )


def _fate(run: Circumstances, source: Source, record: RecordId, *, may_change: bool) -> tuple[Fate, Removal | None]:
    """Return what becomes of a source, and how a photo leaves its mailbox; refuse one that could be filed and not."""
    if run.wishes.is_source_kept:
        return Fate.KEPT, None
    if not may_change:
        return Fate.WITH_EXPORT, None
    if not isinstance(source, MailPart):
        return Fate.ERASED, None
    try:
        return Fate.ERASED, sources.plan_removal(source, record, on=run.now().date())
    except UnreadableMail as error:
        if run.wishes.destroys_exports:
            return Fate.WITH_EXPORT, None
        hint = f"{error.hint} To file it and leave it there:  --keep-source".strip()
        raise UnreadableMail(f"{source.shown}: {error.message}", hint) from error


def _refuse_other(request: Request, photo: Photo) -> None:
    if request.expected not in {None, photo.digest}:
        raise SourceChanged(f"{request.source.shown} is not the photo that the table names.", "Scan it again.")


def _stripped(source: Source, photo: Photo) -> Stripped:
    try:
        return strip(photo)
    except UnsupportedImage as error:  # `images` knows bytes, not names
        raise UnsupportedImage(f"{source.shown} {error.message}", error.hint) from error


# --- asking -----------------------------------------------------------------------------------------------


def ask_about(
    run: Circumstances,
    looked: Looked,
    given: Mapping[str, Given],
    *,
    is_sharing: bool = False,
    can_skip: bool = True,
) -> Draft:
    """Ask what is not given; a photo that is recognised as filed ends the questions. Raises what refuses it."""
    facts = _facts(run, looked, is_sharing=is_sharing, can_skip=can_skip)
    ask = partial(run.attendant.ask, looked.request.source) if run.attendant else None
    try:
        return Draft(looked, interview(given, facts, ask))
    except _AlreadyFiled as recognised:
        return Draft(looked, recognised.known)


def _facts(run: Circumstances, looked: Looked, *, is_sharing: bool, can_skip: bool) -> Facts:
    people = tuple(Person(person.name, person.registration) for person in run.vault.roster.people)
    here = people[0] if len(people) == 1 else None
    source, stripped = looked.request.source, looked.stripped
    return Facts(
        policy=run.vault.policy,
        today=run.now().date(),
        sent_on=_sent_on(source),
        taken_on=stripped.taken_at.date() if stripped.taken_at else None,
        file_name=_file_name(source),
        asked_by=here.name if here else None,
        attester=here,
        people=people,
        history=lambda patient, born: _history(run, looked.photo, patient, born),
        allow_test=run.wishes.allow_test,
        is_batch=run.wishes.is_batch,
        can_skip=can_skip and run.attendant is not None and run.attendant.can_skip,
        is_sharing=is_sharing,
    )


def _history(run: Circumstances, photo: Photo, patient: PatientId, born: date) -> History:
    """Tell what is filed for this patient. Raises `_AlreadyFiled` when this very photo is."""
    folder = run.pseudonyms.folder(patient)
    manifests = sorted(records.records_of(run.vault, folder), key=lambda manifest: manifest.filed_at)
    guard = run.pseudonyms.birth_guard(folder, born)
    found = run.find(manifests, folder, photo)
    if found is not None and found.birth_guard == guard:
        raise _AlreadyFiled(folder, found)
    return History(
        earlier=tuple(_earlier(manifest) for manifest in manifests),
        birth_date_agrees=all(manifest.birth_guard == guard for manifest in manifests),
    )


def _earlier(manifest: Manifest) -> EarlierPhoto:
    return EarlierPhoto(manifest.record, manifest.reference, manifest.filed_at.astimezone().date())


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


# --- confirming -------------------------------------------------------------------------------------------


def confirmed(run: Circumstances, draft: Draft) -> Prepared:
    """Have a photo confirmed, by itself; asked again for what is to be changed. Raises what refuses it."""
    while isinstance(draft.answer, Interviewed):
        change = _confirm(run, draft.looked, draft.answer)
        if change is None:
            break
        draft = ask_about(run, draft.looked, without(draft.given, change.slug))
    else:
        run.refuse_second_patient(draft.looked.photo, draft.answer.folder)
        _confirm_known(run, draft.looked, draft.answer.found)
    return prepared(run, draft)


def prepared(run: Circumstances, draft: Draft) -> Prepared:
    """Conclude about a photo that is confirmed. Raises `AnswerInvalid` when it was another patient's in this run."""
    looked, filing = draft.looked, None
    if isinstance(draft.answer, Known):
        folder = draft.answer.folder
    else:
        filing = draft.answer.filing
        folder = run.pseudonyms.folder(filing.patient)
    run.refuse_second_patient(looked.photo, folder)
    return Prepared(
        looked.request, looked.record, looked.fate, looked.removal, looked.photo, looked.stripped, folder, filing
    )


def _confirm(run: Circumstances, looked: Looked, interviewed: Interviewed) -> Change | None:
    asked = confirmation(interviewed.filing)
    is_beforehand = run.wishes.is_confirmed and not asked.needs_digits and not has_shared(interviewed.given)
    if run.wishes.is_dry or is_beforehand:
        return None
    if run.attendant is None:
        if asked.needs_digits:
            raise RefusedByRule("R9", "an intimate photo of a child is filed by a clinician at the terminal.")
        raise _unconfirmed()
    decision = run.attendant.confirm(looked.request.source, looked.fate, asked, interviewed.given.keys())
    return decision if isinstance(decision, Change) else None


def _confirm_known(run: Circumstances, looked: Looked, found: Manifest) -> None:
    if run.wishes.is_dry or run.wishes.is_confirmed or looked.fate is Fate.KEPT:
        return
    if run.attendant is None:
        raise _unconfirmed()
    run.attendant.confirm_known(looked.request.source, looked.fate, found.reference)


def _unconfirmed() -> AnswerInvalid:
    return AnswerInvalid(
        "everything is answered; the confirmation is missing: --yes",
        "Without a terminal, --yes confirms that the photo is filed and its source erased.",
        (Problem("confirmation", "--yes", "is missing", is_missing=True),),
    )
