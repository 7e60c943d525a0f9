"""A screen as a terminal keeps it: what was written, where lines break, and where the cursor stands.

Of ECMA-48 and xterm it knows what a line editor writes: CR, LF, BS, cursor up and forward, erasing below, and that at a
row's end the cursor waits before it goes on. Every character takes one column.
"""

from __future__ import annotations

import re
from typing import Final

_SEQUENCE: Final = re.compile(r"\x1b\[([0-9]*)([A-Za-z])")


class Screen:
    """Rows without an end, of so many columns."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.rows: list[list[str]] = [[]]
        self.row = self.column = 0
        self.is_waiting = False

    def write(self, text: str) -> None:
        """Take what a program writes."""
        at = 0
        while at < len(text):
            if match := _SEQUENCE.match(text, at):
                self._obey(match[2], int(match[1] or 1))
                at = match.end()
            else:
                self._take(text[at])
                at += 1

    @property
    def lines(self) -> list[str]:
        """The rows as text."""
        return ["".join(row).rstrip() for row in self.rows]

    def _take(self, char: str) -> None:
        if char == "\r":
            self.column, self.is_waiting = 0, False
        elif char == "\n":
            self._down()
        elif char == "\b":
            self.column, self.is_waiting = max(self.column - (not self.is_waiting), 0), False
        else:
            self._put(char)

    def _put(self, char: str) -> None:
        if self.is_waiting:
            self._down()
            self.column = 0
        row = self.rows[self.row]
        row.extend(" " * (self.column + 1 - len(row)))
        row[self.column] = char
        self.is_waiting = self.column == self.columns - 1
        self.column += not self.is_waiting

    def _down(self) -> None:
        self.row, self.is_waiting = self.row + 1, False
        if self.row == len(self.rows):
            self.rows.append([])

    def _obey(self, letter: str, count: int) -> None:
        match letter:
            case "A":
                self.row, self.is_waiting = max(self.row - count, 0), False
            case "C":
                self.column, self.is_waiting = min(self.column + count, self.columns - 1), False
            case "J":
                del self.rows[self.row + 1 :]
                del self.rows[self.row][self.column :]
            case _:
                raise AssertionError(letter)
