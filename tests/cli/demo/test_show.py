"""Commands that the demonstration runs: one that ends otherwise than expected ends it all."""

from __future__ import annotations

import os

import pytest

from imgfile.cli import main
from imgfile.cli.demo.show import MARGIN, Show
from imgfile.errors import Cancelled, Error
from imgfile.terminal import Terminal


def test_a_command_that_ends_otherwise_than_expected_ends_the_show(capfd: pytest.CaptureFixture[str]) -> None:
    """What comes after would rest on it."""
    with pytest.raises(Error, match="imgfile nonsense ended with exit code 2 instead of 0"):
        Show(Terminal(), main).run(("nonsense",))
    assert "    | imgfile: error: there is no command nonsense." in capfd.readouterr().out


def test_ctrl_c_in_a_command_ends_the_show() -> None:
    """It is the whole that was stopped."""
    show = Show(Terminal(), lambda _: Cancelled.exit_code)
    with pytest.raises(Cancelled):
        show.run(("list",))


@pytest.mark.parametrize("columns", [80, 40])
def test_words_are_broken_between_words_where_the_screen_ends(
    columns: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The show's own, and behind the margin what a command printed, laid out for what is left of the screen."""
    monkeypatch.setenv("COLUMNS", str(columns))

    def print_width(_: list[str]) -> int:
        Terminal().page(f"{os.environ['COLUMNS']} {'and words ' * 20}\n")
        return 0

    show = Show(Terminal(), print_width)
    show.scene("1. The vault", "A practice does this once. " * 9)
    show.claim("all of it " * 12, held=True)
    show.run(("list",))
    lines = capfd.readouterr().out.splitlines()
    assert all(len(line) <= columns for line in lines), lines
    assert f"    | {columns - len(MARGIN)} and words" in "\n".join(lines)
    assert os.environ["COLUMNS"] == str(columns)
