"""A photo on its way through a run, as values: examined, then a candidate whose questions are answered, then confirmed.

Only what is confirmed is filed: `commit` takes nothing else, and `decide` alone says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NewType, TypeAlias

from imgfile.acts.options import Request
from imgfile.acts.outcome import Outcome, Since
from imgfile.acts.sources.source import Fate, Source
from imgfile.clinical.facts import Facts
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.proofs import PatientFolder, Photo, RecordId, Removal, Stripped
from imgfile.clinical.vocabulary import Disposition
from imgfile.errors import SourceRemains
from imgfile.frozen import dataclass, field
from imgfile.images.strip import is_usual
from imgfile.vault.records.manifest import Manifest


class Settled(Exception):
    """Raised where a photo's way ends otherwise than by being filed: with what became of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Examined:
    """A photo that was read, stripped and checked, and shown to whoever attends."""

    request: Request
    record: RecordId
    """What it is to be filed as, if it is not filed already."""
    fate: Fate
    removal: Removal | None
    """How it leaves its mailbox, where it does: the tombstone names `record`."""
    photo: Photo = field(repr=False)
    stripped: Stripped

    held: SourceRemains | None = None
    """Why its source stays, although it was to go: nobody was asked about what is lost with it."""
    hidden: str | None = None
    """Why its picture cannot be shown here, in a sentence; empty where it can be, None where that was not tried yet."""
    wanted: Disposition | None = None
    """What was given beforehand as to become of it, where somebody is to be asked about that instead of filing it."""

    @property
    def source(self) -> Source:
        """Where it is from."""
        return self.request.source

    @property
    def needs_trial(self) -> bool:
        """Whether it is to be tried if its picture can be shown: not if that was done, nor of a usual JPEG or PNG."""
        picture = self.stripped
        return self.hidden is None and not is_usual(picture.data, picture.media_type, picture.width * picture.height)

    @property
    def loss(self) -> str:
        """What is lost with its source, in a sentence for whoever confirms that; empty where nothing is."""
        count = self.stripped.further_pictures if self.fate is not Fate.KEPT else 0
        if not count:
            return ""
        pictures = "1 further picture" if count == 1 else f"{count:,} further pictures"
        return f"With it {'goes' if count == 1 else 'go'} {pictures} of the same file, in no record"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What stripping it lost besides metadata, and why it cannot be shown: in sentences for a person."""
        return (*self.stripped.warnings, *filter(None, [self.hidden]))

    @property
    def before_it_goes(self) -> tuple[str, ...]:
        """What whoever confirms is to know once more: what is lost, and that the picture cannot be shown."""
        return (*filter(None, [self.loss, self.hidden]),)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An examined photo that is decided about: a filing, or the record that it is filed as already."""

    examined: Examined
    decision: Filing | Manifest
    folder: PatientFolder
    """The patient's."""
    given: Mapping[str, Given] = field(default_factory=dict, repr=False)
    """The answers that were given and asked for; none of a photo that is recognised."""
    facts: Facts | None = field(default=None, repr=False)
    """What these answers come to; likewise."""
    said: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    """What was stated of a photo to be filed, each answer in one spelling: in all, and beforehand (R24)."""
    remarks: tuple[str, ...] = ()
    """What is to be said of it that nobody at a terminal has seen."""
    since: tuple[Since, ...] = ()
    """What holds of the record that it is filed as already."""

    @property
    def filing(self) -> Filing | None:
        """What is to be filed; None for a photo that is filed already."""
        return self.decision if isinstance(self.decision, Filing) else None

    @property
    def needs_trial(self) -> bool:
        """Whether it is to be filed, and nobody has tried yet if its picture can be shown."""
        return self.filing is not None and self.examined.needs_trial

    @property
    def source(self) -> Source:
        """Where it is from."""
        return self.examined.source

    @property
    def fate(self) -> Fate:
        """What becomes of its source."""
        return self.examined.fate


Confirmed = NewType("Confirmed", Candidate)
"""A candidate that somebody confirmed, here or beforehand (rule 5)."""

Stage: TypeAlias = Confirmed | Outcome
"""How far a photo has come when a group of photos is filed: confirmed, or done with."""
