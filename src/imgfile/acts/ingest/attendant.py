"""The person at the terminal, as ingest sees them: somebody who is shown a photo, asked, and asked to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from imgfile.acts.outcome import Since
from imgfile.acts.sources.source import Fate, Source
from imgfile.frozen import dataclass

if TYPE_CHECKING:
    from imgfile.acts.ingest.candidate import Candidate
    from imgfile.clinical.facts import EarlierPhoto
    from imgfile.clinical.interview.confirmation import Confirmation
    from imgfile.clinical.interview.not_filing import Asked
    from imgfile.clinical.interview.prompt import Prompt
    from imgfile.clinical.proofs import Stripped


class PhotoSkipped(Exception):
    """Raised by whoever answers, to leave this photo as it is and go on to the next."""


class NotToFile(Exception):
    """Raised by whoever answers at a photo's first question, to say what becomes of it instead of being filed."""


@dataclass(frozen=True, slots=True)
class File:
    """File it: the confirmation was given as it was asked for."""


@dataclass(frozen=True, slots=True)
class Change:
    """Ask this question, and those that rest on it, again."""

    slug: str
    source: Source | None = None
    """Of photos that are confirmed together, the one whose own answer it is; None for an answer that they share."""


Decision: TypeAlias = File | Change


@dataclass(frozen=True, slots=True)
class Known:
    """A photo that is filed already, as whoever answers sees it."""

    reference: str
    filed_on: date
    differs: bool
    """Whether what was said of it now may differ from what it was filed with: that is in no record."""
    loss: str = ""
    """Which pictures go with the source and are in no record."""
    since: tuple[Since, ...] = ()
    """What holds of its record since."""


class OnKnown(Enum):
    """What is to become of a photo that is filed already."""

    GO_ON = "prove the filed copy, and let the source go"
    NEW = "there is something new to say about it"
    OBJECTS = "the patient objects, or withdraws"


class Attendant(Protocol):
    """Whoever answers.

    Each of these may raise `Cancelled`; showing, asking and confirming also `PhotoSkipped`; asking the first question
    of a photo `NotToFile`.
    """

    @property
    def can_skip(self) -> bool:
        """Whether leaving a photo leads on to another one."""

    def show(self, source: Source, stripped: Stripped) -> None:
        """See the photo's facts before any question."""

    def ask(self, source: Source, prompt: Prompt) -> str:
        """Answer one question about a photo."""

    def answer(self, source: Source, question: Asked) -> str:
        """Answer a question about a photo that is not filed."""

    def tell(self, *lines: str) -> None:
        """Read something about the photo that was asked about last."""

    def confirm(self, candidate: Candidate, confirmation: Confirmation) -> Decision:
        """Decide on a photo whose answers are complete."""

    def recognise(self, source: Source, fate: Fate, known: Known) -> OnKnown:
        """Decide what is to become of a photo that is filed already."""

    def shows_both(self, source: Source, elsewhere: Sequence[EarlierPhoto]) -> str:
        """Give why the very same photo is another patient's too; `elsewhere` is as what it is filed, if it is."""

    def agrees_to_share(self, others: Sequence[Source]) -> bool:
        """Return whether others of the same message are of the same patient, with the same consent and reasons."""

    def confirm_together(self, candidates: Sequence[Candidate]) -> Decision:
        """Decide on several photos of one message that share answers; nothing is filed before all are decided."""
