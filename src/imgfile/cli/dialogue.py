"""The ingest dialogue at the terminal: what is shown of a photo, asked about it, and confirmed.

`s` at the first question leaves a photo, `q` at any question stops the run; both change nothing. At the
confirmation `c` goes back to one answer, and keeps those that do not rest on it.
"""

from __future__ import annotations

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
from imgfile.terminal import Terminal, sanitise

_STOPPED: Final = "you stopped it. What was reported as filed is filed; the rest is untouched."


class Dialogue:
    """One person at one terminal, through a run of `total` photos."""

    def __init__(self, terminal: Terminal, total: int, *, is_source_kept: bool) -> None:
        self._terminal = terminal
        self._total = total
        self._number = 0
        self._is_source_kept = is_source_kept

    def show(self, source: Source, stripped: Stripped) -> None:
        """Show where a photo is from, what it is, and what was stripped."""
        self._number += 1
        if self._total > 1:
            self._terminal.show(f"Photo {self._number} of {self._total}")
        for line in photo_lines(source, stripped):
            self._terminal.show(f"  {line}")

    def ask(self, prompt: Prompt) -> str:
        """Ask one line; `?` and everything else is the interview's to understand."""
        for line in prompt.notice:
            self._terminal.show(f"  {line}")
        if prompt.is_listing:
            for choice in prompt.choices:
                self._terminal.show(f"  {choice}")
        if prompt.problem:
            self._terminal.show(f"  {prompt.problem}")
        typed = self._terminal.ask(prompt.words)
        return self._or_leave(typed, can_skip=prompt.slugs == LINES[0])

    def confirm(self, source: Source, confirmation: Confirmation) -> Decision:
        """Show what is about to happen, and take the confirmation that was asked for, or a change."""
        for line in (*confirmation.lines, self._fate(source)):
            self._terminal.show(f"  {line}")
        while True:
            typed = self._or_leave(self._terminal.ask(confirmation.words), can_skip=False)
            if confirmation.accepts(typed):
                return File()
            if typed.casefold() in {"c", "change"}:
                return Change(self._changed())
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
                raise Cancelled(_STOPPED)
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

    def _changed(self) -> str:
        asked = [line for line in LINES if not QUESTIONS[line[0]].is_optional]
        numbered = "  ".join(f"{number} {_title(line)}" for number, line in enumerate(asked, 1))
        while True:
            typed = self._or_leave(self._terminal.ask(f"Change which?  {numbered}"), can_skip=False)
            if typed.isascii() and typed.isdigit() and 0 < int(typed) <= len(asked):
                return asked[int(typed) - 1][0]


def _title(line: Line) -> str:
    return " and ".join(slug.replace("_", " ") for slug in line)


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
    lines.append(f"strip  {describe(stripped.removed)}; no pixel changes")
    return [*lines, *(f"note   {warning}" for warning in stripped.warnings)]


def show_moment(moment: datetime) -> str:
    """Write a moment as `21 Nov 2026 08:09`."""
    return f"{show_date(moment.date())} {moment:%H:%M}"
