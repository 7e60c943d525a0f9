"""One line as it is typed and edited, wherever the screen breaks it.

Backspace, Ctrl-W and Ctrl-U erase; Left, Right, Home, End, Delete and Ctrl with B, F, A, E, D move and edit, where the
terminal knows cursor codes. Other keys that are no text do nothing. What is typed at the end is written as it comes;
after any other change the line is drawn anew. A secret is neither shown nor moved in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from imgfile.terminal.text import sanitise

ANSWER_MAX_CHARACTERS: Final = 20_000
"""Some eight pages: longer than any rationale, and a bound on what a runaway paste can hold."""

_LEFT: Final = frozenset({b"[D", b"OD"})
_RIGHT: Final = frozenset({b"[C", b"OC"})
_HOME: Final = frozenset({b"[H", b"OH", b"[1~", b"[7~"})
_END: Final = frozenset({b"[F", b"OF", b"[4~", b"[8~"})
_DELETE: Final = b"[3~"


class Line:
    """A line behind a question. `columns` is the screen's width; 0 where no cursor code may be written."""

    def __init__(self, write: Callable[[str], None], question: str, *, columns: int, is_secret: bool) -> None:
        self._write = write
        self._columns = columns
        self._start = width(question)
        self._is_secret = is_secret
        self._typed: list[str] = []
        self._at = 0
        """Before which character the cursor stands."""
        self._end = self._start
        """How many columns the question and the line take."""
        self._is_waiting = False
        """Whether the last row is full, and the cursor still on it: a terminal goes on with the next character."""

    @property
    def text(self) -> str:
        """What was typed."""
        return "".join(self._typed)

    def begin(self, text: str) -> None:
        """Put text there, as if it had been typed."""
        for char in text:
            self.paste(char)

    def paste(self, char: str) -> None:
        """Take a character of a paste, of which none is a key: line ends become blanks, and control keys nothing."""
        if char in "\t\n" or (char >= " " and char != "\x7f"):
            self.take(char)

    def leave(self) -> None:
        """Go to the line's end, so that what follows stands below it."""
        self._go(len(self._typed))

    # --- keys -----------------------------------------------------------------------------------------------

    def take(self, char: str) -> None:
        """Take a character or a control key. Raises OverflowError for one too many."""
        match char:
            case "\x7f" | "\b":
                self._erase(max(self._at - 1, 0), self._at)
            case "\x15":
                self._erase(0, self._at)
            case "\x17":
                kept = "".join(self._typed[: self._at]).rstrip().rpartition(" ")
                self._erase(len(kept[0] + kept[1]), self._at)
            case "\n":
                self._add(" ")
            case _ if char >= " " or char == "\t":
                self._add(char)
            case _:
                self._control(char)

    def _control(self, char: str) -> None:
        targets = {"\x01": 0, "\x02": self._at - 1, "\x05": len(self._typed), "\x06": self._at + 1}
        if char == "\x04":
            self.move(_DELETE)
        elif char in targets:
            self._go(targets[char])

    def move(self, sequence: bytes) -> None:
        """Take a key that sends an escape sequence, of which ESC is gone."""
        if sequence in _LEFT:
            self._go(self._at - 1)
        elif sequence in _RIGHT:
            self._go(self._at + 1)
        elif sequence in _HOME:
            self._go(0)
        elif sequence in _END:
            self._go(len(self._typed))
        elif sequence == _DELETE and self._columns:
            self._erase(self._at, self._at + 1)

    # --- changes --------------------------------------------------------------------------------------------

    def _add(self, char: str) -> None:
        if len(self._typed) == ANSWER_MAX_CHARACTERS:
            raise OverflowError
        before = self._at
        self._typed.insert(before, char)
        self._at += 1
        if self._is_secret:
            return
        shown = sanitise(char)
        self._end += width(shown)
        if self._at == len(self._typed):
            self._write(shown)
            self._is_waiting = bool(self._columns) and self._end % self._columns == 0
        else:
            self._draw(self._row(before))

    def _erase(self, start: int, stop: int) -> None:
        erased = sanitise("".join(self._typed[start:stop]))
        is_last = self._at == stop == len(self._typed)
        row, is_in_one_row = self._row(self._at), self._is_in_one_row(start, stop)
        del self._typed[start:stop]
        self._at = start
        if self._is_secret or not erased:
            return
        self._end -= width(erased)
        if is_last and is_in_one_row:
            self._write("\b \b" * width(erased))
        else:
            self._draw(row)

    def _go(self, at: int) -> None:
        if not self._columns or at == self._at or not 0 <= at <= len(self._typed):
            return
        row, self._at = self._row(self._at), at
        self._draw(row)

    # --- the screen -----------------------------------------------------------------------------------------

    def _offset(self, at: int) -> int:
        """Return how many columns stand before a character, from the left of the question's row."""
        return self._start + width(sanitise("".join(self._typed[:at])))

    def _row(self, at: int) -> int:
        """Return in which row the cursor is when it stands before a character."""
        return self._offset(at) // self._columns - self._is_waiting if self._columns else 0

    def _is_in_one_row(self, start: int, stop: int) -> bool:
        """Return whether what is between can be erased by going back."""
        if not self._columns:
            return True
        return self._offset(start) // self._columns == self._offset(stop) // self._columns

    def _draw(self, row: int) -> None:
        """Draw the line anew, the cursor being in this row of it."""
        if not self._columns:
            return
        end_row = self._end // self._columns
        row_at, column = divmod(self._offset(self._at), self._columns)
        full = " \r" if self._end % self._columns == 0 else ""  # make it go on to the next row
        begin = f"\r{_up(row)}{_right(self._start)}\x1b[J"
        self._write(f"{begin}{sanitise(self.text)}{full}\r{_up(end_row - row_at)}{_right(column)}")
        self._is_waiting = False


def _up(rows: int) -> str:
    return f"\x1b[{rows}A" if rows > 0 else ""


def _right(columns: int) -> str:
    return f"\x1b[{columns}C" if columns > 0 else ""


def width(text: str) -> int:
    """Return how many columns a text takes: two for a wide letter, none for an accent of its own."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
        for char in text
    )
