"""Runs of ingest for tests: where photos come from, how a run goes about it, and somebody who attends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from imgfile.acts.ingest.attendant import Decision, File, Known, NotToFile, OnKnown, PhotoSkipped
from imgfile.acts.ingest.candidate import Candidate
from imgfile.acts.ingest.context import Run
from imgfile.acts.options import Request, Wishes
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Scope
from imgfile.acts.sources.source import Fate, LocalFile, MailPart, Source
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.interview.confirmation import Confirmation
from imgfile.clinical.interview.not_filing import Asked
from imgfile.clinical.interview.prompt import Prompt
from imgfile.clinical.proofs import Stripped
from imgfile.errors import Cancelled
from imgfile.files import FileIdentity
from kit.mail import mailboxes
from kit.vault.filings import MOLE, flags
from kit.vault.practice import NOON, Practice

WISHES = Wishes(allow_test=True)
CONFIRMED = replace(WISHES, is_confirmed=True)
KEPT = replace(CONFIRMED, is_source_kept=True)
DRY = replace(WISHES, is_dry=True)


def run_of(practice: Practice, wishes: Wishes = CONFIRMED, attendant: Attendant | None = None) -> Run:
    """Begin a run over a practice's vault, opened anew as the next command would."""
    return Run(practice.reopened(), wishes, lambda: NOON, attendant)


def local(path: Path) -> LocalFile:
    """Name a file as it is now."""
    identity = FileIdentity.at(path)
    assert identity
    return LocalFile(path, identity)


def parts_of(path: Path, mail: bytes, held: ExitStack) -> list[MailPart]:
    """Put a mail into a mailbox, and find its photos."""
    path.write_bytes(mailboxes.mbox([mail]))
    return [source for source in find([str(path)], Scope(), held).sources if isinstance(source, MailPart)]


def request(source: Source, answers: Mapping[str, str] = MOLE, /, **changes: str) -> Request:
    """Ask for a photo to be filed with these answers, as flags give them."""
    return Request(source, flags({**answers, **changes}))


@dataclass
class Attendant:
    """Somebody at the terminal: types what is prepared for each question in turn, and decides as prepared."""

    typed: dict[str, list[str]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    can_skip: bool = False
    shares: bool = False
    shown: list[Source] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)
    confirmed: list[tuple[Candidate, Confirmation]] = field(default_factory=list)
    on_known: list[OnKnown] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    known: list[tuple[Source, Fate, Known]] = field(default_factory=list)
    elsewhere: list[list[EarlierPhoto]] = field(default_factory=list)
    together: list[list[Candidate]] = field(default_factory=list)
    offered: list[list[Source]] = field(default_factory=list)
    not_filing: list[Asked] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """The first question of each line that was asked."""
        return [prompt.slugs[0] for prompt in self.prompts]

    def show(self, source: Source, stripped: Stripped) -> None:
        """See a photo."""
        assert stripped.data
        self.shown.append(source)

    def ask(self, source: Source, prompt: Prompt) -> str:
        """Type what is prepared for the question; `s` leaves the photo."""
        assert source in self.shown
        self.prompts.append(prompt)
        typed = self.typed[prompt.slugs[0]].pop(0)
        if typed == "s":
            raise PhotoSkipped
        if typed == "d" and prompt.can_dispose:
            raise NotToFile
        return typed

    def answer(self, source: Source, question: Asked) -> str:
        """Type what is prepared for the questions about a photo that is not filed, in order; q where nothing is."""
        assert source in self.shown
        self.not_filing.append(question)
        typed = self.typed["not_filing"]
        if not typed:
            raise Cancelled("you stopped it.")
        return typed.pop(0)

    def tell(self, *lines: str) -> None:
        """Read something."""
        self.told.extend(lines)

    def confirm(self, candidate: Candidate, confirmation: Confirmation) -> Decision:
        """Decide as prepared, else to file."""
        self.confirmed.append((candidate, confirmation))
        return self.decisions.pop(0) if self.decisions else File()

    def recognise(self, source: Source, fate: Fate, known: Known) -> OnKnown:
        """Answer as prepared, else go on."""
        self.known.append((source, fate, known))
        return self.on_known.pop(0) if self.on_known else OnKnown.GO_ON

    def shows_both(self, source: Source, elsewhere: Sequence[EarlierPhoto]) -> str:
        """Say why as prepared, else quit."""
        assert source in self.shown
        self.elsewhere.append(list(elsewhere))
        if not self.reasons:
            raise Cancelled("you stopped it.")
        return self.reasons.pop(0)

    def agrees_to_share(self, others: Sequence[Source]) -> bool:
        """Answer as prepared."""
        self.offered.append(list(others))
        return self.shares

    def confirm_together(self, candidates: Sequence[Candidate]) -> Decision:
        """Decide as prepared, else to file."""
        self.together.append(list(candidates))
        return self.decisions.pop(0) if self.decisions else File()
