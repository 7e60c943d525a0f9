"""Small pictures in the terminal: every pixel in its place, beside its words, and only where that can be seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from kit.terminal.processes import Outcome, Session

pytestmark = pytest.mark.slow

Piped = Callable[..., Outcome]
AtTerminal = Callable[..., Session]

PICTURE = """
class P: width, height, pixels = 3, 3, bytes(range(27))
"""
SHOW = f"{PICTURE}t.beside_picture(P, ['rash \\x1b[31mpic', 'part 1/2'])"
ABLE = {"COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
HALF = "\N{UPPER HALF BLOCK}"
_CELL = re.compile(r"\x1b\[([0-9;]*)m|(.)")


def drawn(line: str) -> Iterator[tuple[str, str, str]]:
    """Yield each character of a line with its colours."""
    front = back = ""
    for codes, character in _CELL.findall(line):
        if character:
            yield character, front, back
            continue
        for kind, colour in re.findall(r"([34]8);2;(\d+;\d+;\d+)", codes):
            front, back = (colour, back) if kind == "38" else (front, colour)
        if codes in {"", "0"}:
            front = back = ""


def test_two_pixels_share_a_cell_and_the_words_stand_beside_them(at_terminal: AtTerminal) -> None:
    """The upper in the letter's colour, the lower behind it; a last odd row has nothing behind."""
    with at_terminal(SHOW, env=ABLE) as session:
        assert session.finish().status == 0
    first, second, *_ = session.raw.decode().split("\r\n")
    assert list(drawn(first))[:3] == [
        (HALF, "0;1;2", "9;10;11"),
        (HALF, "3;4;5", "12;13;14"),
        (HALF, "6;7;8", "15;16;17"),
    ]
    assert next(drawn(second)) == (HALF, "18;19;20", "")
    shown = ["".join(character for character, _, _ in drawn(line)) for line in (first, second)]
    assert shown == [
        f"{HALF * 3}{' ' * 31}rash \N{REPLACEMENT CHARACTER}[31mpic",
        f"{HALF * 3}{' ' * 31}part 1/2",
    ]


def test_a_picture_that_is_missing_leaves_its_place_and_long_words_are_folded(at_terminal: AtTerminal) -> None:
    """Nothing runs under the next picture."""
    with at_terminal("t.beside_picture(None, ['x' * 60])", env=ABLE) as session:
        session.finish()
    assert session.screen == f"{' ' * 34}{'x' * 46}\n{' ' * 34}{'x' * 14}\n\n"


@pytest.mark.parametrize(
    ("env", "can"),
    [
        (ABLE, True),
        ({**ABLE, "COLORTERM": "24bit"}, True),
        ({**ABLE, "COLORTERM": None, "TERM": "xterm-direct"}, True),
        ({**ABLE, "COLORTERM": None, "TERM": "screen-256color"}, True),
        ({**ABLE, "COLORTERM": None, "TERM": "vt100"}, False),
        ({**ABLE, "TERM": "dumb"}, False),
        ({**ABLE, "NO_COLOR": "1"}, False),
        ({**ABLE, "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, False),
    ],
    ids=str,
)
def test_only_a_screen_that_has_the_colours_and_the_half_block_can(
    at_terminal: AtTerminal, env: dict[str, str | None], *, can: bool
) -> None:
    """It is asked before anything is drawn."""
    with at_terminal("print(t.can_show_pictures)", env=env) as session:
        session.finish()
    assert session.screen == f"{can}\n"


def test_a_pipe_can_not(piped: Piped) -> None:
    """Whatever its environment says."""
    assert piped("print(t.can_show_pictures)", env=ABLE).stdout == b"False\n"


def test_without_24_bit_the_nearest_of_256_colours_is_taken(at_terminal: AtTerminal) -> None:
    """A rougher picture is better than none."""
    with at_terminal(SHOW, env={**ABLE, "COLORTERM": None}) as session:
        session.finish()
    assert re.search(r"\x1b\[38;5;\d+;48;5;\d+m", session.raw.decode())


def test_a_cell_of_several_lines_is_folded_line_by_line(at_terminal: AtTerminal, piped: Piped) -> None:
    """Each is sanitised by itself; in a pipe there is one line a row."""
    program = "t.table(['a', 'b'], [[Lines(('one', 'tw\\x1bo')), 'x']])"
    with at_terminal(program) as session:
        session.finish()
    assert session.screen == "a     b\none   x\ntw\N{REPLACEMENT CHARACTER}o\n"
    assert piped(program).stdout == b"a\tb\none tw\\u001bo\tx\n"
