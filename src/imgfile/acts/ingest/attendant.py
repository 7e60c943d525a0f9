"""The person at the terminal, as ingest sees them: somebody who is shown a photo, asked, and asked to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from imgfile.acts.sources.source import Fate, Source
from imgfile.frozen import dataclass

if TYPE_CHECKING:
    from imgfile.acts.ingest.candidate import Candidate
    from imgfile.clinical.interview.confirmation import Confirmation
    from imgfile.clinical.interview.prompt import Prompt
    from imgfile.clinical.proofs import Stripped


class PhotoSkipped(Exception):
    """Raised by whoever answers, to leave this photo as it is and go on to the next."""


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


class Attendant(Protocol):
    """Whoever answers. Each of these may raise `Cancelled`; showing, asking and confirming also `PhotoSkipped`."""

    @property
    def can_skip(self) -> bool:
        """Whether leaving a photo leads on to another one."""

    def show(self, source: Source, stripped: Stripped) -> None:
        """See the photo's facts before any question."""

    def ask(self, source: Source, prompt: Prompt) -> str:
        """Answer one question about a photo."""

    def confirm(self, candidate: Candidate, confirmation: Confirmation) -> Decision:
        """Decide on a photo whose answers are complete."""

    def confirm_known(self, source: Source, fate: Fate, reference: str) -> None:
        """Agree that a photo that is filed already loses its source."""

    def agrees_to_share(self, others: Sequence[Source]) -> bool:
        """Return whether others of the same message are of the same patient, with the same consent and reasons."""

    def confirm_together(self, candidates: Sequence[Candidate]) -> Decision:
        """Decide on several photos of one message that share answers; nothing is filed before all are decided."""
