"""The ingest dialogue at the terminal: what is shown of a photo, asked about it, and confirmed (R27).

`s` leaves a photo, `v` shows it, at any question; `d` at the first one is for a photo that is not to be filed; `q`
stops the run, and changes nothing. `?` explains. At the confirmation `c` goes to one answer, and keeps those that do
not rest on it. Photos of one message may share answers where the person says so: then they are confirmed together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from imgfile.acts.ingest.attendant import Change, Decision, File, Known, NotToFile, OnKnown, PhotoSkipped
from imgfile.acts.ingest.candidate import Candidate
from imgfile.acts.outcome import in_brackets
from imgfile.acts.sources.source import Fate, MailPart, Source
from imgfile.cli.ingest import changes
from imgfile.cli.ingest.photo_lines import candidate_lines, fate_line, photo_line, photo_lines
from imgfile.cli.ingest.report import named
from imgfile.cli.life.confirming import ASK, NOT_TAKEN, Entry, ask_change, is_confirmed
from imgfile.cli.life.confirming import EXPLAINED as LISTED
from imgfile.cli.life.prompts import listing
from imgfile.clinical.dates import show_date
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.confirmation import Confirmation, joint_confirmation
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.interview.prompt import Prompt
from imgfile.clinical.patient import numbers_in
from imgfile.clinical.proofs import Stripped
from imgfile.clinical.text import parse_reason
from imgfile.counts import counted
from imgfile.errors import AnswerInvalid, Cancelled
from imgfile.terminal import CANCELLED_WORDS, Terminal, asking, sanitise

if TYPE_CHECKING:
    from imgfile.clinical.interview.not_filing import Asked

SHARE: Final = "Same patient, consent and rationale for all of them? (y yes, n no, q quit):"
_WHOEVER: Final = "Whoever files."
EXPLAINED: Final = {
    "file": Explanation(
        "y files what is shown, proves the filed copy, and then erases the photo as the line above says. v shows the "
        "photo again, c changes an answer; where more photos follow, s leaves this one as it is.",
        _WHOEVER,
        "y",
    ),
    "attest": Explanation(
        "The last four digits of the patient's number, read once more from the record, attest what is shown and file "
        "it; then the photo is erased as the line above says. v shows the photo again, c changes an answer; where more "
        "photos follow, s leaves this one as it is.",
        "The clinician who is named as attesting, at this terminal.",
        "0018",
    ),
    "known": Explanation(
        "Going on proves the copy that is filed already, and then erases this source as the line above says. What is "
        "new, or an objection, goes into the record by a command of its own, which n and o name; then nothing is "
        "erased here.",
        _WHOEVER,
        "o",
    ),
    "both": Explanation(
        "b says that the photo shows this patient and the one it is filed for, such as a mother and her baby. If one "
        "of the two numbers is wrong, q stops: nothing is filed and nothing erased.",
        "Whoever has seen the photo and both records.",
        "b",
    ),
    "why_both": Explanation(
        "Why one photo is of two patients. Both records say then that it shows another person, never who.",
        "Whoever has seen the photo and both records.",
        "mother and baby",
    ),
    "share": Explanation(
        "y takes patient, consent and rationale over to the other photos of this message; site, intimate and "
        "safeguards are asked of each. n asks everything of each.",
        "Whoever has seen them all.",
        "y",
    ),
}
"""What `?` says at the prompts that are no questions about the photo."""


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
        self._is_new = False
        """Whether nothing was asked yet about the photo that was shown last."""
        self._seen: dict[Source, Stripped] = {}
        """The photos that may be looked at: the one that is asked about, and those of its message."""

    @property
    def can_skip(self) -> bool:
        """Whether leaving a photo leads on; in a mailbox one may always look no further."""
        return len(self._sources) > 1 or any(isinstance(source, MailPart) for source in self._sources)

    # --- before the first question --------------------------------------------------------------------------

    def show(self, source: Source, stripped: Stripped) -> None:
        """Show where a photo is from, what it is, and what was stripped."""
        self._keep_for_looking(source, stripped)
        self._is_new = True
        self._turn_to(source)
        self._show((*photo_lines(source, stripped), *self._beside(source)))

    def _keep_for_looking(self, source: Source, stripped: Stripped) -> None:
        if not all(_is_of_one_message(source, other) for other in self._seen):
            self._seen.clear()
        self._seen[source] = stripped

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

    def _look(self, source: Source) -> None:
        from imgfile.cli.ingest.look import look  # noqa: PLC0415 - Pillow, for a look alone

        if source in self._seen:
            look(self._terminal, self._seen[source])

    def _show(self, lines: Iterable[str]) -> None:
        asking.show(self._terminal, lines)

    # --- questions ------------------------------------------------------------------------------------------

    def ask(self, source: Source, prompt: Prompt) -> str:
        """Ask one line; `?` and everything else is the interview's to understand."""
        if source != self._current:  # somebody went back to a photo
            self._turn_to(source)
        self._show((*prompt.notice, *(listing(prompt) if prompt.is_listing else ())))
        is_edited = bool(prompt.prefill) and self._terminal.can_edit
        if prompt.now and not is_edited:
            self._show([f"now  {prompt.now}", "Enter keeps it."])
        self._show([prompt.problem] if prompt.problem else ())
        self._show(["v shows the picture."] if self._is_new and not prompt.is_opening else ())
        self._is_new = False
        text = " ".join(prompt.prefill.split()) if is_edited else ""
        while True:
            typed = self._terminal.ask(prompt.words, prefill=text)
            if text and typed == sanitise(text):
                return ""  # kept as it is, with its line ends
            if prompt.can_dispose and typed.strip().casefold() == "d":
                raise NotToFile
            if typed.casefold() not in {"v", "look"}:  # no question takes these for an answer
                return self._or_leave(typed, can_skip=prompt.can_skip)
            self._look(source)

    def answer(self, source: Source, question: Asked) -> str:
        """Ask about a photo that is not filed; it may be looked at, and nothing is left out."""
        while True:
            typed = asking.ask(self._terminal, question.words, question.explained)
            if typed.casefold() not in {"v", "look"}:
                return self._or_leave(typed, can_skip=False)
            self._look(source)

    def tell(self, *lines: str) -> None:
        """Show something about the photo."""
        self._show(lines)

    def _ask(self, words: str, explained: str, *, looks_at: Source | None = None) -> str:
        """Ask what is no question about the photo; of a single one, that may be looked at and left."""
        while True:
            typed = asking.ask(self._terminal, words, EXPLAINED[explained])
            if looks_at is None or typed.casefold() not in {"v", "look"}:
                return self._or_leave(typed, can_skip=self.can_skip and looks_at is not None)
            self._look(looks_at)

    def _not_taken(self, typed: str) -> None:
        self._show([NOT_TAKEN if typed else "an answer is needed"])

    def _or_leave(self, typed: str, *, can_skip: bool) -> str:
        match typed.casefold():
            case "q" | "quit":
                raise Cancelled(CANCELLED_WORDS)
            case "s" | "skip" if can_skip:
                raise PhotoSkipped
        return typed

    # --- confirming -----------------------------------------------------------------------------------------

    def confirm(self, candidate: Candidate, confirmation: Confirmation) -> Decision:
        """Show what is about to happen, and take the confirmation that was asked for, or a change."""
        source, stripped = candidate.source, candidate.examined.stripped
        while True:
            fate = fate_line(source, candidate.fate)
            self._show((photo_line(source, stripped), *confirmation.lines, fate))
            if self._is_confirmed(confirmation, source):
                return File()
            if (change := self._changed(changes.of_one(candidate))) is not None:
                return change

    def recognise(self, source: Source, fate: Fate, known: Known) -> OnKnown:
        """Show as what a photo is filed already, and take what is to become of it."""
        self._show(known_lines(source, fate, known))
        words = f"Go on? ({'y' if known.differs else 'Enter'} go on, n new, o objects, q quit):"
        while True:
            match typed := self._ask(words, "known", looks_at=source).casefold():
                case "y" | "yes" | "go on":
                    return OnKnown.GO_ON
                case "" if not known.differs:
                    return OnKnown.GO_ON
                case "n" | "new":
                    return OnKnown.NEW
                case "o" | "objects" | "withdraws":
                    return OnKnown.OBJECTS
                case _:
                    self._not_taken(typed)

    def shows_both(self, source: Source, elsewhere: Sequence[EarlierPhoto]) -> str:
        """Show that a photo is another patient's, and take why it shows both."""
        where = f"as {elsewhere[-1].reference} on {show_date(elsewhere[-1].filed_on)}" if elsewhere else "in this run"
        self._show([f"This very photo is filed for another patient, {where}."])
        move = f":  imgfile move {elsewhere[-1].reference}" if elsewhere else "."
        self._show([f"If it is wrong there, stop here{move}"])
        words = "Go on? (b it shows both patients, q stop):"
        while (typed := self._ask(words, "both", looks_at=source).casefold()) not in {"b", "both"}:
            self._not_taken(typed)
        while True:
            try:
                return _why_both(self._ask("Why (twins, mother and baby, ...; no names):", "why_both"))
            except AnswerInvalid as error:
                self._show([error.message])

    def agrees_to_share(self, others: Sequence[Source]) -> bool:
        """Ask whether the other photos of a message are of the same patient; Enter alone is no answer."""
        more = counted(len(others), "more photo")
        self._show([f"{more} came in this message."])
        while True:
            typed = self._ask(SHARE, "share").casefold()
            if typed in {"y", "yes", "n", "no"}:
                return typed.startswith("y")
            self._not_taken(typed)

    def confirm_together(self, candidates: Sequence[Candidate]) -> Decision:
        """Show once what several photos share, then each with its fate; take every confirmation, or a change."""
        by_number = {self._number(candidate.source): candidate for candidate in candidates}
        filings = {at: each.decision for at, each in by_number.items() if isinstance(each.decision, Filing)}
        joint = joint_confirmation(filings)
        while True:
            self._show((*joint.shared, named(candidates[0].source)))
            self._current = None  # whatever is asked next, it is shown about which photo
            for number, candidate in by_number.items():
                self._show(candidate_lines(number, candidate, joint.own.get(number, ())))
            if all(self._is_confirmed(step) for step in joint.steps):
                return File()
            if (change := self._changed(changes.of_several(by_number))) is not None:
                return change

    def _is_confirmed(self, confirmation: Confirmation, source: Source | None = None) -> bool:
        """Take what confirms; False when something is to be changed."""
        explained = "attest" if confirmation.needs_digits else "file"
        return is_confirmed(confirmation, lambda: self._ask(confirmation.words, explained, looks_at=source), self._show)

    def _changed(self, entries: Sequence[Entry]) -> Change | None:
        """Return which answer is to be changed; None to go back without a change."""

        def which() -> str:
            return self._or_leave(asking.ask(self._terminal, ASK, LISTED), can_skip=False)

        return ask_change(entries, which, self._show)


def _why_both(text: str) -> str:
    """Read why a photo shows two patients; each record says that it does, and never who (R25). Raises AnswerInvalid."""
    if numbers_in(text):
        raise AnswerInvalid("names a patient's number: neither record tells who the other one is")
    return parse_reason(text)


def known_lines(source: Source, fate: Fate, known: Known) -> Iterator[str]:
    """Yield as what a photo is filed already, what becomes of its source, and what can be said now."""
    yield f"This photo is filed already: {known.reference}, {show_date(known.filed_on)}{in_brackets(known.since)}."
    if known.differs:
        yield "What was said of it now may differ from that, and is in no record."
    yield fate_line(source, fate)
    yield from filter(None, [known.loss])
    going = "prove the filed copy" + ("" if fate is Fate.KEPT else ", erase the source")
    yield f"{'y    ' if known.differs else 'Enter'}  go on: {going}"
    yield "n      I have something new to say; what is answered now is in no record"
    yield "o      the patient objects, or withdraws"
    yield "q      leave everything as it is"


def _is_of_one_message(one: Source, other: Source) -> bool:
    if not (isinstance(one, MailPart) and isinstance(other, MailPart)):
        return False
    return one.export.path == other.export.path and one.attachment.message == other.attachment.message
