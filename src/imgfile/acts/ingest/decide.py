"""Deciding about one photo, in two phases: who is the patient, is this photo known, the rest; then the confirmation.

Nothing is written here (rules 3 to 6). What ends a photo's way is its own outcome and no other photo's; only
`Cancelled` ends the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial, wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from imgfile.acts.ingest.already_filed import Recognition, recognise
from imgfile.acts.ingest.attendant import Change, NotToFile, PhotoSkipped
from imgfile.acts.ingest.candidate import Candidate, Confirmed, Examined, Settled
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.examine import examine
from imgfile.acts.options import Request
from imgfile.acts.outcome import Failed, Outcome, Refused, Skipped
from imgfile.acts.sources.source import Fate, Piped
from imgfile.clinical.facts import Facts
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given, has_shared
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.proofs import Digest, PatientFolder
from imgfile.clinical.rules import CONCERN_LEFT_OPEN, UNASKED
from imgfile.errors import AnswerInvalid, Cancelled, Error, Problem, RefusedByRule, SourceRemains

if TYPE_CHECKING:
    from imgfile.clinical.interview.confirmation import Confirmation

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def settling(step: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result | Outcome]:
    """Let a step of one photo's way return, of what ends that way, the outcome. `Cancelled` passes through."""

    @wraps(step)
    def settled(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result | Outcome:
        try:
            return step(*args, **kwargs)
        except PhotoSkipped:
            return Skipped()
        except Settled as end:
            return end.outcome
        except Cancelled:
            raise
        except RefusedByRule as error:
            return Refused(error)
        except Error as error:
            return Failed(error)

    return settled


@settling
def decide(run: Run, request: Request) -> Confirmed:
    """Decide about one photo by itself. Raises `Cancelled`."""
    examined = examine(run, request)
    return confirm(run, ask(run, examined, examined.request.given))


# --- asking -------------------------------------------------------------------------------------------------


def ask(  # noqa: PLR0913 - a photo, its answers, and how it stands among others
    run: Run,
    examined: Examined,
    given: Mapping[str, Given],
    *,
    is_sharing: bool = False,
    can_skip: bool = True,
    changing: str = "",
) -> Candidate:
    """Ask what is not given, or is to be changed; a photo that is recognised as filed ends the questions.

    Every rule judges what comes of it. Raises what refuses the photo, `Settled` where it is not to be filed.
    """
    wanted = examined.wanted
    while True:
        try:
            if wanted is not None:
                raise NotToFile
            return _asked(run, examined, given, is_sharing=is_sharing, can_skip=can_skip, changing=changing)
        except NotToFile:
            from imgfile.acts.ingest.not_filing import settle  # noqa: PLC0415 - most photos are to be filed

            settle(run, examined, wanted)
            wanted = None


def _left_alone(run: Run, examined: Examined, facts: Facts, refusal: RefusedByRule) -> RefusedByRule:
    """Leave a photo alone from now on, where there may be a safeguarding concern, or nobody agreed to it (R11, R21).

    Return the refusal, with what became of the photo.
    """
    if refusal.message == CONCERN_LEFT_OPEN:
        from imgfile.acts.ingest.set_aside import hold  # noqa: PLC0415 - most photos are filed

        refusal.hint = hold(run, examined.source, examined.photo.digest).error.hint
    elif refusal.message == UNASKED:
        from imgfile.acts.ingest.quarantined_copy import set_aside_unasked  # noqa: PLC0415 - the same

        return set_aside_unasked(run, examined, facts, refusal)
    return refusal


def _asked(  # noqa: PLR0913 - as `ask`
    run: Run, examined: Examined, given: Mapping[str, Given], *, is_sharing: bool, can_skip: bool, changing: str
) -> Candidate:
    facts = run.stands_before(examined.source, examined.stripped, is_sharing=is_sharing, can_skip=can_skip)
    somebody = partial(run.attendant.ask, examined.source) if run.attendant else None
    interview = Interview(given, facts, somebody, changing=changing)
    try:
        return _answered(run, examined, interview, facts)
    except RefusedByRule as refusal:
        raise _left_alone(run, examined, interview.facts, refusal) from None


def _answered(run: Run, examined: Examined, interview: Interview, facts: Facts) -> Candidate:
    recognised = _recognise(run, examined, interview)
    if recognised is None:
        return _candidate(run, examined, interview, facts, interview.complete())
    recognition, folder = recognised
    if recognition.gone is not None:
        from imgfile.acts.ingest.known import gone_photo  # noqa: PLC0415 - few records are gone

        raise gone_photo(recognition.gone)
    if recognition.known is not None:
        from imgfile.acts.ingest.known import settle_known  # noqa: PLC0415 - most photos are new

        review = Interview(interview.given, facts).review(recognition.earlier)
        return settle_known(run, examined, recognition.known, review)
    shows_another = ""
    if recognition.elsewhere or run.is_another_patients(examined.photo, folder):
        from imgfile.acts.ingest.known import settle_second_patient  # noqa: PLC0415 - the same

        shows_another = settle_second_patient(run, examined, folder, recognition.elsewhere)
    earlier = None if run.wishes.into_inbox else recognition.earlier
    filing = interview.complete(earlier, shows_another)
    return _candidate(run, examined, interview, facts, filing)


def _candidate(run: Run, examined: Examined, interview: Interview, facts: Facts, filing: Filing) -> Candidate:
    filing.refuse_who_had_left(run.vault.left_on)
    if filing.signed_form is not None:
        _expect_no_photo(run, examined, filing.signed_form.digest)
    said = [interview.stated]
    beforehand = examined.request.given
    if run.attendant is not None and beforehand:
        who = {slug: answer for slug, answer in interview.given.items() if slug in {"patient", "scheme", "dob"}}
        said.append(Interview({**beforehand, **who}, facts).review().said)
    seen = () if run.attendant else filing.warnings
    remarks = tuple(f"{finding.rule}: {finding.sentence}" for finding in seen)
    folder = run.folder_of(filing.patient)
    return Candidate(examined, filing, folder, interview.given, interview.facts, tuple(said), remarks)


def _expect_no_photo(run: Run, examined: Examined, form: Digest) -> None:
    """See that a signed form is not the photo itself, nor one that is on hold (R21). Raises what refuses it."""
    from imgfile.acts.ingest.set_aside import found_on_hold  # noqa: PLC0415 - few photos come with a form

    if form == examined.photo.digest:
        raise AnswerInvalid.of([Problem("consent_document", "--consent-document", "is the photo itself, not a form")])
    if (held := found_on_hold(run, form)) is not None:
        raise Settled(held)


def _recognise(run: Run, examined: Examined, interview: Interview) -> tuple[Recognition, PatientFolder] | None:
    """Settle who the patient is, and ask the vault; None where it stays open who that is.

    A patient whose earlier photos were filed with another birth date is asked for it again: one of the two is wrong.
    """
    who = interview.identify()
    if who is not None and run.wishes.into_inbox:  # whoever accepts it looks; who has the key looks here, too
        has_key = bool(run.vault.here.pseudonym_digest)
        found = recognise(run, *who, examined.photo.digest) if has_key else Recognition(None, ())
        return replace(found, earlier=(), born_otherwise=()), run.folder_of(who[0])
    while who is not None:
        recognition = recognise(run, *who, examined.photo.digest)
        if recognition.known is not None or recognition.gone is not None or recognition.birth_date_agrees:
            return recognition, run.pseudonyms.folder(who[0])
        who = interview.correct_birth_date(recognition.born_otherwise)
    return None


# --- confirming ---------------------------------------------------------------------------------------------


def confirm(run: Run, candidate: Candidate) -> Confirmed:
    """Have a photo confirmed, by itself; asked again for what is to be changed. Raises what refuses it."""
    if run.wishes.is_confirmed or run.attendant is None:
        candidate = _held(run, candidate)
    while isinstance(candidate.decision, Filing):
        change = _confirm_filing(run, candidate, candidate.decision)
        if change is None:
            return conclude(run, candidate)
        candidate = ask(run, candidate.examined, candidate.given, changing=change.slug)
    if run.attendant is None and not (run.wishes.is_dry or run.wishes.is_confirmed or candidate.fate is Fate.KEPT):
        raise _unconfirmed()
    return conclude(run, candidate)


def conclude(run: Run, candidate: Candidate) -> Confirmed:
    """Take a candidate for confirmed. Raises `RefusedByRule` when it was another patient's in this run."""
    run.take_for(candidate.examined.photo, candidate.folder)
    return Confirmed(candidate)


def _held(run: Run, candidate: Candidate) -> Candidate:
    """Keep the source of a photo whose file holds further pictures: they are in no record, and nobody is asked."""
    examined = candidate.examined
    count, source = examined.stripped.further_pictures, examined.source
    if not count or examined.fate is Fate.KEPT or run.wishes.may_lose_unfiled or isinstance(source, Piped):
        return candidate
    pictures = "a further picture, which is" if count == 1 else f"{count:,} further pictures, which are"
    held = SourceRemains(
        f"{source.shown} is kept: its file holds {pictures} in no record.",
        "Without --yes, at a terminal, imgfile asks. Or save what else is in it as files of their own, and file them.",
    )
    return replace(candidate, examined=replace(examined, fate=Fate.KEPT, held=held))


def _confirm_filing(run: Run, candidate: Candidate, filing: Filing) -> Change | None:
    is_beforehand = run.wishes.is_confirmed and not filing.needs_attestation and not has_shared(candidate.given)
    if run.wishes.is_dry or is_beforehand:
        return None
    if run.attendant is None:
        raise _unconfirmed()
    from imgfile.clinical.interview.confirmation import confirmation  # noqa: PLC0415 - only where somebody is asked

    asked = _with_loss(confirmation(filing), candidate)
    decision = run.attendant.confirm(candidate, asked)
    return decision if isinstance(decision, Change) else None


def _with_loss(asked: Confirmation, candidate: Candidate) -> Confirmation:
    """Show at the confirmation, too, which pictures are in no record, and that this one cannot be shown."""
    before = candidate.examined.before_it_goes
    return replace(asked, lines=(*asked.lines, *before)) if before else asked


def _unconfirmed() -> AnswerInvalid:
    return AnswerInvalid(
        "everything is answered; the confirmation is missing: --yes",
        "Without a terminal, --yes confirms that the photo is filed and its source erased.",
        (Problem("confirmation", "--yes", "is missing", is_missing=True),),
    )
