"""What becomes of a photo that is not filed: described, returned, set aside, or held (R11, R21, R28).

1. It is said at the photo's first question, or came with it by flag, file or table: `disposition`.
2. A hold and a quarantine are taken from every door: they only leave it alone. So is a return that erases nothing.
3. What erases is a named clinician's typed act at a clinician's computer, and counts at this run's prompt alone.
   Whether there is a safeguarding concern comes first, and a yes leads to the hold.
4. A photo that a decision rested on is part of the record: it is filed, or, where the practice does not file such
   photos, described with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from imgfile.acts.ingest.candidate import Examined, Settled
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.set_aside import found_on_hold, hold, quarantine
from imgfile.acts.options import Request
from imgfile.acts.outcome import NotFiled, Outcome
from imgfile.acts.sources.source import MailPart, Source
from imgfile.clinical.interview import choices
from imgfile.clinical.interview import not_filing as asked
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.choices import pick, pick_by_number
from imgfile.clinical.interview.not_filing import Asked
from imgfile.clinical.interview.questions import DISPOSITION, QUESTIONS
from imgfile.clinical.proofs import Digest, Photo
from imgfile.clinical.vocabulary import Disposition
from imgfile.errors import AnswerInvalid, Problem, RefusedByRule

_SEES: Final = frozenset({Disposition.DESCRIBE_AND_DESTROY, Disposition.REJECT_RETURN})
"""What somebody who attends is asked about, having seen the photo."""


def before_filing(run: Run, request: Request, photo: Photo) -> tuple[Request, Disposition | None]:
    """Return a request without its disposition, and what somebody is to be asked about in its stead, if anything.

    Raises `Settled` for a photo that is on hold, or that goes no further as it is; `AnswerInvalid`, `RefusedByRule`.
    """
    held = found_on_hold(run, photo.digest)
    if held is not None:
        raise Settled(held)
    wanted = wanted_of(request.given)
    request = replace(request, given={name: each for name, each in request.given.items() if name != DISPOSITION})
    if wanted is None or wanted is Disposition.FILE:
        return request, None
    if wanted in _SEES and run.attendant is not None and not run.wishes.is_dry:
        return request, wanted
    raise Settled(_alone(run, request.source, photo.digest, wanted))


def wanted_of(given: Mapping[str, Given]) -> Disposition | None:
    """Return the disposition among some answers; None where they name none. Raises `AnswerInvalid`."""
    if DISPOSITION not in given:
        return None
    try:
        return Disposition(pick(given[DISPOSITION].text, choices.of(Disposition)))
    except AnswerInvalid as error:
        raise AnswerInvalid.of([Problem(DISPOSITION, QUESTIONS[DISPOSITION].flag, error.message)]) from None


def _alone(run: Run, source: Source, digest: Digest, wanted: Disposition) -> Outcome:
    """Carry out what needs nobody at the terminal: it erases nothing."""
    match wanted:
        case Disposition.SAFEGUARDING_HOLD:
            return hold(run, source, digest)
        case Disposition.QUARANTINE:
            return quarantine(run, source, digest)
        case Disposition.REJECT_RETURN:
            return NotFiled(wanted, text=text_for_sender(source))
        case _:
            raise RefusedByRule(
                "R28",
                "a photo that is not filed is erased only by a clinician's typed act at the terminal, not in a batch.",
                "Nothing was changed. A row of a table is finished with --attend, at a clinician's computer.",
            )


def text_for_sender(source: Source) -> str:
    """Return what may be sent to whoever sent a photo that is not kept; it says nothing of anybody."""
    sent = source.attachment.message.sent_at if isinstance(source, MailPart) else None
    return asked.RETURNED.format(on=f" on {sent.astimezone():%d %b %Y}" if sent else "").replace("\n", " ")


# --- somebody decides at the terminal -------------------------------------------------------------------


def settle(run: Run, examined: Examined, wanted: Disposition | None = None) -> None:
    """Ask what becomes of a photo that is not filed, and see to it; return where it is to be filed after all.

    Raises `Settled` with what became of it, `RefusedByRule`, `Cancelled`.
    """
    one = _Asking(run, examined)
    way = wanted or one.way()
    if way is None:
        return
    if way in _SEES and one.is_yes(asked.CONCERN):
        way = Disposition.SAFEGUARDING_HOLD
    if way in _SEES:
        raise Settled(NotFiled(way, text=text_for_sender(examined.source)))
    raise Settled(_alone(run, examined.source, examined.photo.digest, way))


class _Asking:
    """The questions about one photo that is not filed, put to whoever attends."""

    def __init__(self, run: Run, examined: Examined) -> None:
        self._run = run
        self._examined = examined

    def way(self) -> Disposition | None:
        """Return what becomes of it; None to go back to filing it."""
        while typed := self._ask(asked.WAY):
            try:
                return Disposition(pick(pick_by_number(typed, asked.WAYS), asked.WAYS))
            except AnswerInvalid:
                self._tell("is none of the answers; ? explains them")
        return None

    def is_yes(self, question: Asked) -> bool:
        """Return whether yes is answered; nothing but yes or no is an answer."""
        while True:
            typed = self._ask(question).casefold()
            if typed in {"y", "yes", "n", "no"}:
                return typed.startswith("y")
            self._tell("is neither y nor n")

    def _ask(self, question: Asked) -> str:
        if self._run.attendant is None:
            raise TypeError("nobody attends")
        return self._run.attendant.answer(self._examined.source, question).strip()

    def _tell(self, line: str) -> None:
        if self._run.attendant is not None:
            self._run.attendant.tell(line)
