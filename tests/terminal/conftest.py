"""Small programs that use a `Terminal`, run as real processes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from kit.terminal.processes import Outcome, Session, run

PREAMBLE = "from imgfile.terminal import *; from imgfile.errors import *; import sys, time; t = Terminal()\n"


@pytest.fixture
def piped() -> Callable[..., Outcome]:
    """Run a program without any terminal."""

    def start(program: str, **options: Any) -> Outcome:  # noqa: ANN401 - the options of `run`
        return run([sys.executable, "-c", PREAMBLE + program], **options)

    return start


@pytest.fixture
def at_terminal() -> Callable[..., Session]:
    """Start a program at a pseudo-terminal."""

    def start(program: str, **options: Any) -> Session:  # noqa: ANN401 - the options of `Session`
        return Session([sys.executable, "-c", PREAMBLE + program], **options)

    return start
