"""A line as it is edited looks on the screen as it is, wherever the screen breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.terminal.line_editor import ANSWER_MAX_CHARACTERS, Line, width
from kit.terminal.screen import Screen

QUESTION = "> "
LEFT, RIGHT, HOME, END, DELETE = b"[D", b"[C", b"[H", b"[F", b"[3~"
KEYS = st.sampled_from([*"abc .", "\x7f", "\x15", "\x17", "\x01", "\x05", LEFT, RIGHT, HOME, END, DELETE])


def wrapped(text: str, columns: int) -> list[str]:
    """Break a text as a screen does."""
    rows = [text[at : at + columns].rstrip() for at in range(0, len(text), columns)]
    return rows or [""]


def edited(text: str, keys: list[str | bytes], columns: int = 10) -> tuple[Line, Screen]:
    """Begin a line with a text, press keys, and return both."""
    screen = Screen(columns)
    screen.write(QUESTION)
    line = Line(screen.write, QUESTION, columns=columns, is_secret=False)
    line.begin(text)
    for key in keys:
        line.move(key) if isinstance(key, bytes) else line.take(key)
    return line, screen


@given(st.text(alphabet="abc .", max_size=45), st.lists(KEYS, max_size=40), st.integers(4, 13))
def test_the_screen_shows_the_line_and_its_cursor(text: str, keys: list[str | bytes], columns: int) -> None:
    """After any keys, at any width."""
    line, screen = edited(text, keys, columns)
    assert [row for row in screen.lines if row] == [row for row in wrapped(QUESTION + line.text, columns) if row]
    at = len(QUESTION) + line._at
    row, column = divmod(at, columns)
    where = (screen.row, screen.column) if not screen.is_waiting else (screen.row + 1, 0)
    assert where == (row, column)
    line.leave()
    screen.write("\n")
    screen.write("\rnext")
    assert screen.lines[-1] == "next"
    assert "next" not in "".join(screen.lines[:-1])


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["\x7f"], "left le"),
        ([LEFT, LEFT, LEFT, "\x7f", "-"], "left-leg"),
        ([HOME, DELETE, "L"], "Left leg"),
        ([HOME, *"the "], "the left leg"),
        ([LEFT, LEFT, LEFT, "\x17"], "leg"),
        (["\x02", "\x02", "\x02", "\x15"], "leg"),
        ([HOME, RIGHT, RIGHT, RIGHT, RIGHT, *" upper"], "left upper leg"),
        ([HOME, LEFT, LEFT, END, RIGHT, RIGHT, "s"], "left legs"),
        ([b"[5~", b"OP", b"[1;5C", "\x0b"], "left leg"),
        (["\x01", "\x04", "\x04", "\x04", "\x04", "\x04"], "leg"),
        ([b"[1~", "\x06", "\x7f", b"[4~", b"OD", b"OC", b"OH", b"OF", "!"], "eft leg!"),
    ],
)
def test_keys_edit(keys: list[str | bytes], text: str) -> None:
    """And other keys do nothing."""
    assert edited("left leg", keys)[0].text == text


def test_without_cursor_codes_a_line_is_only_erased_at_its_end() -> None:
    """On a dumb terminal arrows do nothing, and no code is written."""
    written: list[str] = []
    line = Line(written.append, QUESTION, columns=0, is_secret=False)
    line.begin("leg")
    for key in (LEFT, HOME, DELETE):
        line.move(key)
    line.take("\x02")
    line.take("\x7f")
    assert line.text == "le"
    assert "".join(written) == "leg\b \b"


def test_what_is_pasted_is_text_and_never_a_key() -> None:
    """A line's end is a blank; nothing is erased, moved or ended by it."""
    line = Line(lambda _: None, QUESTION, columns=0, is_secret=False)
    for char in "left\x15\x01\x7f\b\x04\r\nleg\tx":
        line.paste(char)
    assert line.text == "left leg\tx"


def test_a_secret_is_never_written() -> None:
    """However it is edited."""
    written: list[str] = []
    line = Line(written.append, QUESTION, columns=0, is_secret=True)
    line.begin("velvet")
    line.take("\x17")
    line.begin("onion")
    assert (line.text, written) == ("onion", [])


def test_a_line_has_an_end() -> None:
    """What comes after the bound is refused."""
    line = Line(lambda _: None, QUESTION, columns=0, is_secret=False)
    line.begin("x" * ANSWER_MAX_CHARACTERS)
    with pytest.raises(OverflowError):
        line.take("x")


@pytest.mark.parametrize(("text", "columns"), [("leg", 3), ("皮膚", 4), ("e\u0301", 1), ("", 0)])
def test_letters_take_their_columns(text: str, columns: int) -> None:
    """Two for a wide one, none for an accent of its own."""
    assert width(text) == columns
