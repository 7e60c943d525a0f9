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
from functools import partial
from itertools import takewhile
from typing import Final, TypeGuard

from imgfile.acts.ingest.attendant import Attendant, Candidate, Change
from imgfile.acts.ingest.context import Circumstances
from imgfile.acts.ingest.decide import (
    Draft,
    Known,
    Looked,
    Prepared,
    Stage,
    ask_about,
    confirmed,
    look,
    prepared,
    settled,
)
from imgfile.acts.options import Request
from imgfile.acts.outcome import Outcome
from imgfile.acts.sources.source import MailPart, Source
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.interview import Interviewed, shared, without
from imgfile.clinical.vocabulary import Provenance

MAX_SHARING: Final = 16
"""How many photos of one message are decided about together: all are in memory at once, and on one screen."""
MAX_SHARING_BYTES: Final = 64 << 20


def decide_message(run: Circumstances, attendant: Attendant, waiting: deque[Request]) -> list[tuple[Request, Stage]]:
    """Decide about the next photo, and about those of its message that share its answers. Raises `Cancelled`."""
    first = waiting.popleft()
    looked = settled(lambda: look(run, first))
    if not isinstance(looked, Looked):
        return [(first, looked)]
    draft = settled(lambda: ask_about(run, looked, first.given))
    if not isinstance(draft, Draft):
        return [(first, draft)]
    others = _companions(first, waiting) if isinstance(draft.answer, Interviewed) else []
    if others and attendant.agrees_to_share([other.source for other in others]):
        for _ in others:
            waiting.popleft()
        return _Together(run, attendant, waiting, draft, others).decide()
    return [(first, settled(lambda: confirmed(run, draft)))]


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
    """Tell whether two photos came in the very same message.

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
        self, run: Circumstances, attendant: Attendant, waiting: deque[Request], lead: Draft, others: Sequence[Request]
    ) -> None:
        self._run = run
        self._attendant = attendant
        self._waiting = waiting
        self._requests = [lead.looked.request, *others]
        self._stages: list[Draft | Outcome] = [lead]

    def decide(self) -> list[tuple[Request, Stage]]:
        """Ask about the others, have all confirmed, and return each one's stage, in order."""
        answers = shared(self._drafts[0].given)
        for request in self._requests[1:]:
            self._stages.append(settled(partial(self._begin, request, answers)))
        is_confirmed = False
        while self._is_joint and not is_confirmed:
            decision = self._attendant.confirm_together([_candidate(draft) for draft in self._drafts])
            is_confirmed = not isinstance(decision, Change)
            if isinstance(decision, Change):
                self._change(decision)
        conclude = prepared if is_confirmed else confirmed
        stages = [self._concluded(stage, conclude) for stage in self._stages]
        return list(zip(self._requests, stages, strict=True))

    @property
    def _is_joint(self) -> bool:
        """Whether there is anything to confirm together; a single photo that is left is confirmed as ever."""
        is_some_asked = any(map(_is_interviewed, self._stages))
        return is_some_asked and len(self._drafts) > 1 and not self._run.wishes.is_dry

    @property
    def _drafts(self) -> list[Draft]:
        return [stage for stage in self._stages if isinstance(stage, Draft)]

    def _begin(self, request: Request, answers: Mapping[str, Given]) -> Draft:
        looked = look(self._run, request)
        return ask_about(self._run, looked, {**answers, **request.given}, is_sharing=True)

    def _concluded(self, stage: Draft | Outcome, conclude: Callable[[Circumstances, Draft], Prepared]) -> Stage:
        return settled(partial(conclude, self._run, stage)) if isinstance(stage, Draft) else stage

    # --- changing an answer -------------------------------------------------------------------------------

    def _change(self, change: Change) -> None:
        if change.source is None:
            self._change_shared(change.slug)
            return
        for at, stage in enumerate(self._stages):
            if isinstance(stage, Draft) and stage.looked.request.source == change.source:
                self._stages[at] = self._asked_again(stage, without(stage.given, change.slug))

    def _change_shared(self, slug: str) -> None:
        """Ask a shared answer again, of the first photo that has it; then of the others only what rested on it."""
        lead_at, first = next((at, stage) for at, stage in enumerate(self._stages) if _is_interviewed(stage))
        lead = self._stages[lead_at] = self._asked_anew(first, slug)
        if not _is_interviewed(lead):
            self._disband(lead_at)
            return
        answers = shared(lead.given)
        for at, stage in enumerate(self._stages):
            if isinstance(stage, Draft) and at != lead_at:
                own = {name: given for name, given in without(stage.given, slug).items() if not _is_shared(given)}
                self._stages[at] = self._asked_again(stage, answers | own)

    def _asked_anew(self, lead: Draft, slug: str) -> Draft | Outcome:
        ask = partial(ask_about, self._run, lead.looked, without(lead.given, slug), can_skip=False)
        return settled(ask)

    def _asked_again(self, draft: Draft, given: Mapping[str, Given]) -> Draft | Outcome:
        return settled(partial(ask_about, self._run, draft.looked, given, is_sharing=True))

    def _disband(self, lead_at: int) -> None:
        """Share nothing after all: what was changed ended the questions about the photo that the answers were of."""
        for request in reversed(self._requests[lead_at + 1 :]):
            self._waiting.appendleft(request)
        del self._requests[lead_at + 1 :], self._stages[lead_at + 1 :]


def _is_interviewed(stage: Draft | Outcome) -> TypeGuard[Draft]:
    return isinstance(stage, Draft) and isinstance(stage.answer, Interviewed)


def _is_shared(given: Given) -> bool:
    return given.provenance is Provenance.SHARED


def _candidate(draft: Draft) -> Candidate:
    answer, looked = draft.answer, draft.looked
    decided = answer.found.reference if isinstance(answer, Known) else answer.filing
    return Candidate(looked.request.source, looked.fate, decided, draft.given.keys())
