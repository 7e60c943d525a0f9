"""The ingest dialogue at the terminal: what is shown of a photo, asked about it, and confirmed.

`s` at the first question leaves a photo, `q` at any question stops the run; both change nothing. At the
confirmation `c` goes back to one answer, and keeps those that do not rest on it. Photos of one message may share
answers where the person says so: then they are confirmed together.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from imgfile.acts.ingest.attendant import Change, Decision, File, PhotoSkipped
from imgfile.acts.ingest.candidate import Candidate
from imgfile.acts.sources.source import Fate, MailPart, Piped, Source
from imgfile.cli.formats import show_moment
from imgfile.cli.ingest.report import named
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.confirmation import Confirmation, joint_confirmation
from imgfile.clinical.interview.lines import LINES, Line
from imgfile.clinical.interview.prompt import Prompt
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.proofs import Stripped
from imgfile.errors import Cancelled
from imgfile.images.metadata.summary import describe, size
from imgfile.terminal import CANCELLED_WORDS, Terminal, sanitise

COLUMNS: Final = 80
_TITLE_COLUMNS: Final = 7
SHARE: Final = "Same patient, consent and rationale for all of them? (y yes, n no, q quit):"
BODY_SITE: Final[Line] = ("body_site",)


class Dialogue:
    """One person at one terminal, through a run over these sources."""

    def __init__(
        self,
        terminal: Terminal,
        sources: Sequence[Source],
        beside: Callable[[Source], Iterable[str]] = lambda _: (),
    ) -> None:
        self._terminal = terminal
        self._beside = beside
        """Gives what to show of the files beside a photo."""
        self._sources = sources
        self._current: Source | None = None
        """Whose question was asked last."""

    @property
    def can_skip(self) -> bool:
        """Whether leaving a photo leads on; in a mailbox one may always look no further."""
        return len(self._sources) > 1 or any(isinstance(source, MailPart) for source in self._sources)

    def show(self, source: Source, stripped: Stripped) -> None:
        """Show where a photo is from, what it is, and what was stripped."""
        self._turn_to(source)
        for line in (*photo_lines(source, stripped), *self._beside(source)):
            self._terminal.show(f"  {line}")

    def _turn_to(self, source: Source) -> None:
        self._current = source
        if self.can_skip:
            self._terminal.show(self._position(source))

    def _position(self, source: Source) -> str:
        number, count = self._number(source), len(self._sources)
        mailboxes = {each.export.path for each in self._sources if isinstance(each, MailPart)}
        is_sorted = number == 1 < count and len(mailboxes) == 1 and isinstance(self._sources[-1], MailPart)
        return f"Photo {number} of {count}{', newest first' if is_sorted else ''}"

    def _number(self, source: Source) -> int:
        return self._sources.index(source) + 1

    def ask(self, source: Source, prompt: Prompt) -> str:
        """Ask one line; `?` and everything else is the interview's to understand."""
        if source != self._current:  # somebody went back to a photo
            self._turn_to(source)
        for line in prompt.notice:
            self._terminal.show(f"  {line}")
        for line in listing(prompt) if prompt.is_listing else ():
            self._terminal.show(f"  {line}")
        if prompt.problem:
            self._terminal.show(f"  {prompt.problem}")
        typed = self._terminal.ask(prompt.words)
        return self._or_leave(typed, can_skip=prompt.can_skip)

    def confirm(self, source: Source, fate: Fate, confirmation: Confirmation, answered: AbstractSet[str]) -> Decision:
        """Show what is about to happen, and take the confirmation that was asked for, or a change."""
        for line in (*confirmation.lines, fate_line(source, fate)):
            self._terminal.show(f"  {line}")
        if self._is_confirmed(confirmation):
            return File()
        return self._changed([(title(line), Change(line[0])) for line in LINES if answered & set(line)])

    def confirm_known(self, source: Source, fate: Fate, reference: str) -> None:
        """Agree that a photo that is filed already loses its source."""
        self._terminal.show(f"  This photo is filed already, as {reference}. The filed copy will be proven again;")
        self._terminal.show(f"  {fate_line(source, fate)}")
        while self._or_leave(self._terminal.ask("Go on? (y yes, q quit):"), can_skip=False).casefold() != "y":
            pass

    def agrees_to_share(self, others: Sequence[Source]) -> bool:
        """Ask whether the other photos of a message are of the same patient; Enter alone is no answer."""
        more = "1 more photo" if len(others) == 1 else f"{len(others)} more photos"
        self._terminal.show(f"  {more} came in this message.")
        while True:
            typed = self._or_leave(self._terminal.ask(SHARE), can_skip=False).casefold()
            if typed in {"y", "yes", "n", "no"}:
                return typed.startswith("y")

    def confirm_together(self, candidates: Sequence[Candidate]) -> Decision:
        """Show once what several photos share, then each with its fate; take every confirmation, or a change."""
        numbered = {self._number(candidate.source): candidate for candidate in candidates}
        filings = {at: each.decision for at, each in numbered.items() if isinstance(each.decision, Filing)}
        joint = joint_confirmation(filings)
        for line in joint.shared:
            self._terminal.show(f"  {line}")
        self._terminal.show(f"  {named(candidates[0].source)}")
        self._current = None  # whatever is asked next, it is shown about which photo
        for number, candidate in numbered.items():
            for line in candidate_lines(number, candidate, joint.own.get(number, ())):
                self._terminal.show(f"  {line}")
        if all(self._is_confirmed(step) for step in joint.steps):
            return File()
        return self._changed(_changes(numbered))

    def _is_confirmed(self, confirmation: Confirmation) -> bool:
        """Take what confirms; False when something is to be changed."""
        while True:
            typed = self._or_leave(self._terminal.ask(confirmation.words), can_skip=False)
            if confirmation.accepts(typed):
                return True
            if typed.casefold() in {"c", "change"}:
                return False
            if confirmation.needs_digits:
                self._terminal.show("  Those are not the last four digits of the number above.")

    def _or_leave(self, typed: str, *, can_skip: bool) -> str:
        match typed.casefold():
            case "q" | "quit":
                raise Cancelled(CANCELLED_WORDS)
            case "s" | "skip" if can_skip:
                raise PhotoSkipped
        return typed

    def _changed(self, changes: Sequence[tuple[str, Change]]) -> Change:
        for number, (title, _) in enumerate(changes, 1):
            self._terminal.show(f"  {number:2} {title}")
        while True:
            typed = self._or_leave(self._terminal.ask("Change which (q quit):"), can_skip=False)
            if typed.isascii() and typed.isdigit() and 0 < int(typed) <= len(changes):
                return changes[int(typed) - 1][1]


def _changes(numbered: Mapping[int, Candidate]) -> list[tuple[str, Change]]:
    """List what can be changed: first what the photos share, then what each has of its own."""
    answered = frozenset[str]().union(*(candidate.given for candidate in numbered.values()))
    common = [line for line in LINES if answered & set(line) and QUESTIONS[line[0]].is_shareable]
    changes = [(title(line), Change(line[0])) for line in common]
    for number, candidate in numbered.items():
        own = [line for line in LINES if candidate.given.keys() & set(line) and line not in common]
        changes += [(f"photo {number}: {_owntitle(line)}", Change(line[0], candidate.source)) for line in own]
    return changes


def _owntitle(line: Line) -> str:
    return f"{title(line)}, or leave it out" if line == BODY_SITE else title(line)


def candidate_lines(number: int, candidate: Candidate, own: Sequence[str]) -> Iterator[str]:
    """Yield what one of several photos has of its own, and its fate."""
    if not isinstance(candidate.decision, Filing):
        own = (f"filed already, as {candidate.decision.reference}; the filed copy will be proven again",)
    first, *others = [*own, *filter(None, [candidate.examined.loss])]
    indent = " " * _TITLE_COLUMNS
    heading = f"photo {number}: {first}; {_fate_words(candidate.source, candidate.fate)}"
    for line in (heading, *(f"{indent}{other}" for other in others)):
        yield from textwrap.wrap(line, COLUMNS - 2, subsequent_indent=indent)


def fate_line(source: Source, fate: Fate) -> str:
    """Return what becomes of a source, by its name."""
    if isinstance(source, Piped) and fate is not Fate.KEPT:
        return "standard input: nothing to erase"
    is_photo = isinstance(source, MailPart) and fate is not Fate.KEPT
    return f"{named(source)}{': the photo' if is_photo else ''} {_fate_words(source, fate)}"


def _fate_words(source: Source, fate: Fate) -> str:
    match fate, source:
        case Fate.KEPT, _:
            return "will be kept"
        case Fate.WITH_EXPORT, MailPart(export=export):
            return f"WILL BE ERASED with the whole of {export.path.name}"
        case _, MailPart(export=export):
            return f"WILL BE ERASED from {export.path.name}"
        case _:
            return "WILL BE ERASED"


def listing(prompt: Prompt) -> Iterator[str]:
    """List what can be answered, by number where one question stands alone; else say what is asked."""
    if not prompt.choices:
        yield from (QUESTIONS[slug].help for slug in prompt.slugs)
    for number, choice in enumerate(prompt.choices, 1):
        yield f"{number} {choice.label}" if len(prompt.slugs) == 1 else choice.label


def title(line: Line) -> str:
    """Return what a line of questions is called."""
    return " and ".join(_TITLES.get(slug, slug.replace("_", " ")) for slug in line)


_TITLES: Final = {
    "patient": "patient number",
    "dob": "date of birth",
    "scheme": "whose number",
    "giver": "who agreed",
    "form": "how",
    "obtained_by": "asked by",
    "obtained_at": "on",
    "attested_by": "attesting clinician",
}
"""What a question is called where its slug would not do."""


def photo_lines(source: Source, stripped: Stripped) -> list[str]:
    """Describe a photo in two or three lines."""
    lines = []
    if isinstance(source, MailPart):
        message = source.attachment.message
        sent = message.sent_at.astimezone() if message.sent_at else None
        when = f"{sent:%a} {show_moment(sent)}" if sent else "no date"
        lines.append(f'from   {sanitise(message.sender)}   {when}   "{sanitise(message.subject)}"')
    taken = f", taken {show_moment(stripped.taken_at)}" if stripped.taken_at else ""
    kind = stripped.media_type.value.rpartition("/")[2].upper()
    lines.append(f"photo  {kind} {stripped.width} x {stripped.height}, {size(len(stripped.data))}{taken}")
    lines += _wrapped("strip", f"{describe(stripped.removed)}; no pixel changes")
    return [*lines, *(line for warning in stripped.warnings for line in _wrapped("note", warning))]


def _wrapped(title: str, text: str) -> list[str]:
    indent = " " * _TITLE_COLUMNS
    return textwrap.wrap(f"{title:{_TITLE_COLUMNS}}{text}", COLUMNS - 2, subsequent_indent=indent)
