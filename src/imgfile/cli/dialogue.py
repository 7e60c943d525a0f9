"""The ingest dialogue at the terminal: what is shown of a photo, asked about it, and confirmed.

`s` at the first question leaves a photo, `q` at any question stops the run; both change nothing. At the
confirmation `c` goes back to one answer, and keeps those that do not rest on it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final

from imgfile.acts.attending import Change, Decision, File, PhotoSkipped
from imgfile.acts.sources import LocalFile, MailPart, Source
from imgfile.clinical.confirmation import Confirmation
from imgfile.clinical.dates import show_date
from imgfile.clinical.interview import Prompt
from imgfile.clinical.lines import LINES, Line
from imgfile.clinical.proofs import Stripped
from imgfile.clinical.questions import QUESTIONS
from imgfile.errors import Cancelled
from imgfile.images.inventory import describe, size
from imgfile.terminal import CANCELLED_WORDS, Terminal, sanitise

COLUMNS: Final = 80
_TITLE_COLUMNS: Final = 7


class Dialogue:
    """One person at one terminal, through a run over these sources."""

    def __init__(self, terminal: Terminal, sources: Sequence[Source], *, is_source_kept: bool) -> None:
        self._terminal = terminal
        self._sources = sources
        self._is_source_kept = is_source_kept

    @property
    def can_skip(self) -> bool:
        """Whether leaving a photo leads on; in a mailbox one may always look no further."""
        return len(self._sources) > 1 or any(isinstance(source, MailPart) for source in self._sources)

    def show(self, source: Source, stripped: Stripped) -> None:
        """Show where a photo is from, what it is, and what was stripped."""
        if self.can_skip:
            self._terminal.show(self._position(source))
        for line in photo_lines(source, stripped):
            self._terminal.show(f"  {line}")

    def _position(self, source: Source) -> str:
        number, count = self._sources.index(source) + 1, len(self._sources)
        mailboxes = {each.export.path for each in self._sources if isinstance(each, MailPart)}
        is_sorted = number == 1 < count and len(mailboxes) == 1 and isinstance(self._sources[-1], MailPart)
        return f"Photo {number} of {count}{', newest first' if is_sorted else ''}"

    def ask(self, prompt: Prompt) -> str:
        """Ask one line; `?` and everything else is the interview's to understand."""
        for line in prompt.notice:
            self._terminal.show(f"  {line}")
        for line in listing(prompt) if prompt.is_listing else ():
            self._terminal.show(f"  {line}")
        if prompt.problem:
            self._terminal.show(f"  {prompt.problem}")
        typed = self._terminal.ask(prompt.words)
        return self._or_leave(typed, can_skip=prompt.slugs == LINES[0])

    def confirm(self, source: Source, confirmation: Confirmation, answered: AbstractSet[str]) -> Decision:
        """Show what is about to happen, and take the confirmation that was asked for, or a change."""
        for line in (*confirmation.lines, self._fate(source)):
            self._terminal.show(f"  {line}")
        while True:
            typed = self._or_leave(self._terminal.ask(confirmation.words), can_skip=False)
            if confirmation.accepts(typed):
                return File()
            if typed.casefold() in {"c", "change"}:
                return Change(self._changed(answered))
            if confirmation.needs_digits:
                self._terminal.show("  Those are not the last four digits of the number above.")

    def confirm_known(self, source: Source, reference: str) -> None:
        """Agree that a photo that is filed already loses its source."""
        self._terminal.show(f"  This photo is filed already, as {reference}. The filed copy will be proven again;")
        self._terminal.show(f"  {self._fate(source)}")
        while self._or_leave(self._terminal.ask("Go on? (y yes, q quit):"), can_skip=False).casefold() != "y":
            pass

    def _or_leave(self, typed: str, *, can_skip: bool) -> str:
        match typed.casefold():
            case "q" | "quit":
                raise Cancelled(CANCELLED_WORDS)
            case "s" | "skip" if can_skip:
                raise PhotoSkipped
        return typed

    def _fate(self, source: Source) -> str:
        if self._is_source_kept:
            return f"{named(source)} will be kept"
        match source:
            case LocalFile():
                return f"{named(source)} WILL BE ERASED"
            case MailPart(export=export):
                return f"{named(source)}: the photo WILL BE ERASED from {export.path.name}"
            case _:
                return "standard input: nothing to erase"

    def _changed(self, answered: AbstractSet[str]) -> str:
        asked = [line for line in LINES if answered & set(line)]
        for number, line in enumerate(asked, 1):
            self._terminal.show(f"  {number:2} {_title(line)}")
        while True:
            typed = self._or_leave(self._terminal.ask("Change which (q quit):"), can_skip=False)
            if typed.isascii() and typed.isdigit() and 0 < int(typed) <= len(asked):
                return asked[int(typed) - 1][0]


def listing(prompt: Prompt) -> Iterator[str]:
    """List what can be answered, by number where one question stands alone; else say what is asked."""
    if not prompt.choices:
        yield from (QUESTIONS[slug].help for slug in prompt.slugs)
    for number, choice in enumerate(prompt.choices, 1):
        yield f"{number} {choice.label}" if len(prompt.slugs) == 1 else choice.label


def _title(line: Line) -> str:
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


def named(source: Source) -> str:
    """Name a source as a person would: a path, or a message by subject and sender."""
    if isinstance(source, MailPart):
        message = source.attachment.message
        return f'"{sanitise(message.subject)}" from {sanitise(message.sender)}'
    return sanitise(source.shown)


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


def show_moment(moment: datetime) -> str:
    """Write a moment as `21 Nov 2026 08:09`."""
    return f"{show_date(moment.date())} {moment:%H:%M}"
