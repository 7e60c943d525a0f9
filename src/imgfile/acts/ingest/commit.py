"""Filing photos that are decided about, and erasing their sources (rules 6 to 8); the station's lock is held."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from imgfile.acts.erasure.sources import Attempt, Going, erase_sources
from imgfile.acts.ingest.already_filed import FiledHere, Memory, earlier_photo, find_elsewhere, find_filed
from imgfile.acts.ingest.candidate import Confirmed
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.record import composed
from imgfile.acts.outcome import Failed, Filed, Outcome, Refused
from imgfile.acts.sources.source import Fate, MailPart
from imgfile.clinical.filing import Filing
from imgfile.clinical.proofs import PatientFolder, Release, Verified
from imgfile.clinical.record import json as record_json
from imgfile.errors import Damaged, Error, RefusedByRule, SourceRemains
from imgfile.vault import layout
from imgfile.vault.records import commit
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.trail import permissions

if TYPE_CHECKING:
    from datetime import datetime

    from imgfile.acts.ingest.hand_over import HandedOver


def file(run: Run, photos: Sequence[Confirmed]) -> list[Outcome]:
    """File or prove a group of photos, enter that in the trail, then erase what is to go; return the outcomes."""
    try:
        if run.attendant is not None:
            from imgfile.vault.still_admitted import expect_still_admitted  # noqa: PLC0415 - few are asked

            expect_still_admitted(run.vault)
        if not run.wishes.into_inbox:
            Memory(run.vault).remember([_remembered(run, one) for one in photos if one.filing is not None])
    except Error as error:
        return [Failed(error) for _ in photos]
    committed = [_commit(run, one) for one in photos]
    proven = [(one, proof) for one, proof in zip(photos, committed, strict=True) if isinstance(proof, Verified)]
    try:
        _remember_mails(run, proven)
        released = permissions.release(run.vault, [proof for _, proof in proven], at=run.now()) if proven else []
    except Error as error:
        return [Failed(error) if isinstance(proof, Verified) else proof for proof in committed]
    handed = _hand_over(run, proven)
    attempts = _erase(run, [one for one, _ in proven], released)
    _end_quarantine(run, [one for one, _ in proven])
    done = zip(proven, attempts, handed, strict=True)
    filed = iter([_filed(one, proof, attempt, page) for (one, proof), attempt, page in done])
    return [next(filed) if isinstance(proof, Verified) else proof for proof in committed]


def _hand_over(run: Run, proven: Sequence[tuple[Confirmed, Verified]]) -> Sequence[HandedOver | None]:
    """Write a page of each photo for the practice's own record, where that is wanted, while it is in memory."""
    folder = run.wishes.hands_over_to
    if folder is None:
        return [None] * len(proven)
    from imgfile.acts.ingest.hand_over import hand_over  # noqa: PLC0415 - few runs hand over

    return hand_over(run, proven, folder)


def _end_quarantine(run: Run, photos: Sequence[Confirmed]) -> None:
    """Forget that photos wait for somebody to decide: they are filed."""
    if run.vault.station.has_set_aside:
        from imgfile.record_state.set_aside import PhotosSetAside  # noqa: PLC0415 - few photos wait

        for one in photos:
            with suppress(Error):  # then `check` names one that is filed, until it is decided about again
                PhotosSetAside(run.vault.station).end_quarantine(one.examined.photo.digest)


def _remember_mails(run: Run, proven: Sequence[tuple[Confirmed, Verified]]) -> None:
    """Make durable which mails lose a photo, before any does: they lie in the mail account still."""
    mailed = [(one.source, proof.record) for one, proof in proven if _leaves_a_mailbox(one)]
    if mailed:
        from imgfile.acts.filed_mails import MailMemory  # noqa: PLC0415 - a photo in a file of its own is in no mail

        MailMemory(run.vault.station).remember(mailed)


def _leaves_a_mailbox(one: Confirmed) -> bool:
    return one.fate is not Fate.KEPT and isinstance(one.source, MailPart)


def _remembered(run: Run, one: Confirmed) -> FiledHere:
    memory, record = Memory(run.vault), one.examined.record
    return FiledHere(
        photo=memory.photo(one.examined.photo.digest),
        folder=one.folder,
        record=record,
        said=tuple(memory.said(record, said) for said in one.said),
        shows_another=one.filing is not None and bool(one.filing.shows_another),
    )


def _erase(run: Run, photos: Sequence[Confirmed], released: Sequence[Release]) -> list[Attempt]:
    pairs = [(one, release) for one, release in zip(photos, released, strict=True)]
    for one, release in pairs:
        if one.examined.held is None:  # else its mailbox holds what is in no record
            run.ledger.note(one.source, release)
    going = [Going(one.source, release, one.examined.removal) for one, release in pairs if one.fate is Fate.ERASED]
    attempts = iter(erase_sources(run.vault, going, run.ledger, at=run.now()))
    return [next(attempts) if one.fate is Fate.ERASED else Attempt(remains=one.examined.held) for one in photos]


def _commit(run: Run, one: Confirmed) -> Verified | Outcome:
    try:
        if run.vault.station.has_set_aside or run.where_held(one.examined.photo.digest):
            from imgfile.acts.ingest.set_aside import found_on_hold  # noqa: PLC0415 - few photos are on hold

            if (held := found_on_hold(run, one.examined.photo.digest)) is not None:
                return held
        if run.wishes.into_inbox and one.filing is not None:
            return commit.commit_item(run.vault, _item(run, one, one.filing))
        found, gone = find_filed(run, one.folder, one.examined.photo.digest)
        if found is not None:
            return _refused(run, found, one) or _prove(run, found, one)
        if gone is not None:
            from imgfile.acts.ingest.known import gone_photo  # noqa: PLC0415 - few records are gone

            raise gone_photo(gone)
        if one.filing is None:
            raise Damaged("it was filed a moment ago, and is not there now.", "Run:  imgfile verify")
        if run.attendant is not None:
            _expect_nobody_elses(run, one)
        return commit.commit(run.vault, _submission(run, one, one.filing))
    except RefusedByRule as error:  # it is gone since somebody was asked about it
        return Refused(error)
    except Error as error:
        return Failed(error)


def _expect_nobody_elses(run: Run, one: Confirmed) -> None:
    """See that the very photo was not filed for another patient since somebody was asked. Raises `RefusedByRule`."""
    digest, folder = one.examined.photo.digest, one.folder
    elsewhere, gone = find_elsewhere(run, folder, digest)
    if not elsewhere and gone is None:
        return
    from imgfile.acts.ingest.known import gone_photo, settle_second_patient  # noqa: PLC0415 - few photos are

    if gone is not None:
        raise gone_photo(gone)
    settle_second_patient(run.attended_by(None), one.examined, folder, tuple(map(earlier_photo, elsewhere)))


def _refused(run: Run, found: Manifest, one: Confirmed) -> Refused | None:
    """Return why a photo that was filed a moment ago keeps this source of it: other answers were given for it (R24)."""
    if one.filing is None or any(Memory(run.vault).was_said(found.record, said) for said in one.said):
        return None
    from imgfile.acts.ingest.known import difference  # noqa: PLC0415 - few photos come twice in a run

    return Refused(difference(found))


def _prove(run: Run, found: Manifest, one: Confirmed) -> Verified | Outcome:
    try:
        return commit.prove_stored(run.vault, found, one.examined.photo.digest)
    except SourceRemains as error:
        return Filed(found.reference, is_new=False, reached="", remains=error, warnings=one.remarks, since=one.since)


def _submission(run: Run, one: Confirmed, filing: Filing) -> commit.Submission:
    now, examined = run.now(), one.examined
    return commit.Submission(
        folder=one.folder,
        record=examined.record,
        stripped=examined.stripped,
        facts=_facts(run, one, filing, one.folder, at=now),
        photo_mark=run.pseudonyms.photo(one.folder, examined.photo.digest),
        same_mark=run.pseudonyms.same(examined.photo.digest),
        birth_guard=run.pseudonyms.birth_guard(one.folder, filing.date_of_birth),
        filed_at=now,
        form=filing.form_data,
    )


def _facts(  # noqa: PLR0913 - a photo, and where it is filed
    run: Run, one: Confirmed, filing: Filing, folder: PatientFolder, *, at: datetime, role: str = "record"
) -> bytes:
    """Return what is known of a photo for as long as its record lasts, as the bytes that are sealed."""
    examined = one.examined
    return record_json.dump(
        composed(
            run.vault,
            folder=folder,
            record=examined.record,
            source=examined.source,
            stripped=examined.stripped,
            filing=filing,
            filed_at=at,
            role=role,
        )
    )


def _item(run: Run, one: Confirmed, filing: Filing) -> commit.ItemSubmission:
    from imgfile.vault.records.item import Why  # noqa: PLC0415 - most photos go into a record at once
    from imgfile.vault.records.open_item import NOBODYS, ROLE  # noqa: PLC0415 - the same

    now, examined = run.now(), one.examined
    return commit.ItemSubmission(
        item=examined.record,
        why=Why.NO_PSEUDONYMS,
        stripped=examined.stripped,
        facts=_facts(run, one, filing, NOBODYS, at=now, role=ROLE),
        deadline="",
        received=now,
        form=filing.form_data,
    )


def _filed(one: Confirmed, proof: Verified, attempt: Attempt, page: HandedOver | None) -> Filed:
    follows = one.filing.follows if one.filing else None
    return Filed(
        reference=layout.reference(proof.record),
        is_new=proof.is_new,
        is_item=proof.patient == layout.INBOX,
        reached=proof.reached,
        since=one.since,
        follows=follows.reference if follows else None,
        erasure=attempt.erasure,
        remains=attempt.remains,
        warnings=(*one.examined.warnings, *one.remarks, *_not_handed(page)),
        handed_over=None if page is None else str(page.path or ""),
        hand_over_failure=page.error if page else None,
    )


def _not_handed(page: HandedOver | None) -> list[str]:
    if page is None or not page.why_not:
        return []
    return [page.why_not if page.path else f"NOT handed over: {page.why_not}"]
