"""Commands that the demonstration runs: one that ends otherwise than expected ends it all."""

from __future__ import annotations

import pytest

from imgfile.cli import main
from imgfile.cli.demo.show import Show
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
