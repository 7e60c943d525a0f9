"""The person at the terminal, as ingest sees them: somebody who is shown a photo, asked, and asked to confirm."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from imgfile.acts.sources import Source
from imgfile.clinical.confirmation import Confirmation
from imgfile.clinical.interview import Prompt
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


Decision: TypeAlias = File | Change


class Attendant(Protocol):
    """Whoever answers. Each of these may raise `Cancelled` or `PhotoSkipped`."""

    @property
    def can_skip(self) -> bool:
        """Whether leaving a photo leads on to another one."""

    def show(self, source: Source, stripped: Stripped) -> None:
        """See the photo's facts before any question."""

    def ask(self, prompt: Prompt) -> str:
        """Answer one question."""

    def confirm(self, source: Source, confirmation: Confirmation, answered: AbstractSet[str]) -> Decision:
        """Decide on a photo whose answers are complete; `answered` are the questions that somebody answered."""

    def confirm_known(self, source: Source, reference: str) -> None:
        """Agree that a photo that is filed already loses its source."""
