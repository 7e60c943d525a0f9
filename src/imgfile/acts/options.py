"""What a run of ingest is asked to do: which photos, with which answers, and how it goes about them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from imgfile.acts.sources.source import Source
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.proofs import Digest
from imgfile.frozen import dataclass, field


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
    allow_test: bool = False
    may_break_signature: bool = False
    """A person's signature over a message may be broken by taking a photo out of it."""
    erases_copies: bool = False
    """Further copies of a filed photo in its mailbox are taken out too, where they are the very same bytes."""
    destroys_exports: bool = False
    """Each mailbox export is erased whole once its photos are filed."""
    into_inbox: bool = False
    """Photos wait in the inbox until a clinician accepts them: patients' directories cannot be named here."""
    may_lose_unfiled: bool = False
    """An export may go although photos in it are not filed."""
    hands_over_to: Path | None = None
    """A document folder, into which a page of each photo that is filed is written."""
