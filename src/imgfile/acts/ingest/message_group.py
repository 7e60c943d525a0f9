"""Photos of one message, decided about together where somebody says that they are of one patient.

1. Only photos of the very same message, never of two: of a forwarded one, those that stand side by side in it.
2. The first photo's questions are answered; then whether the others are of the same patient, with the same consent
   and reasons, is asked. Nothing is shared without that, and whoever says no answers each photo's questions anew.
3. Shared is what `Question.is_shareable` says. What the picture shows, whether it is intimate, and the safeguards of an
   intimate photo of a child (R9) are asked photo by photo, and every rule judges every photo by itself.
4. What is shared is shown and confirmed once, with every photo and its fate; --yes does not stand for that. Each photo
   that R9 wants attested is attested by itself. Before the last of it nothing is filed.
5. A shared answer is recorded as shared, not as given for that photo.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Final, TypeGuard

from imgfile.acts.ingest.attendant import Attendant, Change
from imgfile.acts.ingest.candidate import Candidate, Confirmed, Stage
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.decide import ask, conclude, confirm, settling
from imgfile.acts.ingest.examine import examine
from imgfile.acts.options import Request
from imgfile.acts.outcome import Outcome
from imgfile.acts.sources.source import MailPart, Source
from imgfile.clinical.interview.answers import Given, shared, without
from imgfile.clinical.vocabulary import Provenance

MAX_SHARING: Final = 16
"""How many photos of one message are decided about together: all are in memory at once, and on one screen."""
MAX_SHARING_BYTES: Final = 64 << 20


def decide_message(run: Run, attendant: Attendant, waiting: deque[Request]) -> list[tuple[Request, Stage]]:
    """Decide about the next photo, and about those of its message that share its answers. Raises `Cancelled`."""
    first = waiting.popleft()
    lead = _begin(run, first)
    if not isinstance(lead, Candidate):
        return [(first, lead)]
    others = _companions(first, waiting) if lead.filing else []
    if others and attendant.agrees_to_share([other.source for other in others]):
        for _ in others:
            waiting.popleft()
        return _Together(run, attendant, waiting, lead, others).decide()
    return [(first, settling(confirm)(run, lead))]


@settling
def _begin(run: Run, request: Request, answers: Mapping[str, Given] | None = None) -> Candidate:
    """Examine a photo and ask about it; `answers` are those that it shares with the first one of its message."""
    examined = examine(run, request)
    return ask(run, examined, {**(answers or {}), **examined.request.given}, is_sharing=answers is not None)


def _companions(first: Request, waiting: deque[Request]) -> list[Request]:
    """Return the next photos that came in the same message, as many as are decided about together."""
    found: list[Request] = []
    left = MAX_SHARING_BYTES - _size(first.source)
    for request in takewhile(lambda each: is_same_message(first.source, each.source), waiting):
        left -= _size(request.source)
        if left < 0 or len(found) + 1 == MAX_SHARING:
            break
        found.append(request)
    return found


def _size(source: Source) -> int:
    return source.attachment.size if isinstance(source, MailPart) else 0


def is_same_message(one: Source, other: Source) -> bool:
    """Return whether two photos came in the very same message.

    A message may have others attached, each perhaps about another patient. Photos side by side in one multipart, or in
    one text, are of one message; of all else it is not sure, and each is asked about by itself.
    """
    if not (isinstance(one, MailPart) and isinstance(other, MailPart)):
        return False
    first, second = one.attachment, other.attachment
    return (
        one.export.path == other.export.path
        and first.message.number > 0  # an archive's loose files belong to no message
        and first.message == second.message
        and first.part.rpartition(".")[0] == second.part.rpartition(".")[0]
    )


class _Together:
    """Photos of one message on their way to one confirmation."""

    def __init__(
        self, run: Run, attendant: Attendant, waiting: deque[Request], lead: Candidate, others: Sequence[Request]
    ) -> None:
        self._run = run
        self._attendant = attendant
        self._waiting = waiting
        self._requests = [lead.examined.request, *others]
        self._stages: list[Candidate | Outcome] = [lead]

    def decide(self) -> list[tuple[Request, Stage]]:
        """Ask about the others, have all confirmed, and return each one's stage, in order."""
        answers = shared(self._candidates[0].given)
        for request in self._requests[1:]:
            self._stages.append(_begin(self._run, request, answers))
        is_confirmed = False
        while self._is_joint and not is_confirmed:
            decision = self._attendant.confirm_together(self._candidates)
            is_confirmed = not isinstance(decision, Change)
            if isinstance(decision, Change):
                self._change(decision)
        finish = settling(conclude if is_confirmed else confirm)
        stages = [self._finished(stage, finish) for stage in self._stages]
        return list(zip(self._requests, stages, strict=True))

    @property
    def _is_joint(self) -> bool:
        """Whether there is anything to confirm together; a single photo that is left is confirmed by itself."""
        is_some_asked = any(map(_is_asked, self._stages))
        return is_some_asked and len(self._candidates) > 1 and not self._run.wishes.is_dry

    @property
    def _candidates(self) -> list[Candidate]:
        return [stage for stage in self._stages if isinstance(stage, Candidate)]

    def _finished(self, stage: Candidate | Outcome, finish: Callable[[Run, Candidate], Confirmed | Outcome]) -> Stage:
        return finish(self._run, stage) if isinstance(stage, Candidate) else stage

    # --- changing an answer -------------------------------------------------------------------------------

    def _change(self, change: Change) -> None:
        if change.source is None:
            self._change_shared(change.slug)
            return
        for at, stage in enumerate(self._stages):
            if isinstance(stage, Candidate) and stage.source == change.source:
                self._stages[at] = self._asked_again(stage, stage.given, change.slug)

    def _change_shared(self, slug: str) -> None:
        """Ask a shared answer again, of the first photo that has it; then of the others only what rested on it."""
        lead_at, first = next((at, stage) for at, stage in enumerate(self._stages) if _is_asked(stage))
        lead = self._stages[lead_at] = self._asked_anew(first, slug)
        if not _is_asked(lead):
            self._disband(lead_at)
            return
        if lead.given == first.given:  # they went back, and nothing was changed
            return
        answers = shared(lead.given)
        for at, stage in enumerate(self._stages):
            if isinstance(stage, Candidate) and at != lead_at:
                own = {name: given for name, given in without(stage.given, slug).items() if not _is_shared(given)}
                self._stages[at] = self._asked_again(stage, answers | own)

    @settling
    def _asked_anew(self, lead: Candidate, slug: str) -> Candidate:
        return ask(self._run, lead.examined, lead.given, can_skip=False, changing=slug)

    @settling
    def _asked_again(self, candidate: Candidate, given: Mapping[str, Given], slug: str = "") -> Candidate:
        return ask(self._run, candidate.examined, given, is_sharing=True, changing=slug)

    def _disband(self, lead_at: int) -> None:
        """Share nothing after all: what was changed ended the questions about the photo that the answers were of."""
        for request in reversed(self._requests[lead_at + 1 :]):
            self._waiting.appendleft(request)
        del self._requests[lead_at + 1 :], self._stages[lead_at + 1 :]


def _is_asked(stage: Candidate | Outcome) -> TypeGuard[Candidate]:
    """Return whether a photo is to be filed by what was answered, rather than recognised as filed."""
    return isinstance(stage, Candidate) and stage.filing is not None


def _is_shared(given: Given) -> bool:
    return given.provenance is Provenance.SHARED
