"""Several processes at one work: the order, who dies, and who is left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imgfile.acts.workers import spread
from imgfile.errors import UnsupportedImage
from kit import worker_jobs as labour

pytestmark = pytest.mark.slow

PARTS = [*range(labour.PARTS)]
PARENT = """
from kit import worker_jobs as labour
from imgfile.acts.workers import spread
list(spread(labour.pause, [0.0, 3.0], hands=2))
"""
PATIENCE_SECONDS = 20


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hands import the work: it is handed over by name."""
    monkeypatch.setenv("PYTHONPATH", str(Path(labour.__file__).parents[1]))


def test_answers_come_in_order_from_several_processes() -> None:
    """None of which is this one."""
    answers = [answer for answer in spread(labour.square, PARTS, hands=3) if answer]
    assert [squared for squared, _ in answers] == [part * part for part in PARTS]
    hands = {hand for _, hand in answers}
    assert 1 < len(hands) <= 3
    assert os.getpid() not in hands


@pytest.mark.parametrize("hands", [1, 2])
def test_what_the_work_raises_is_raised_in_its_turn(hands: int) -> None:
    """With its message and its hint; what came before it has been given."""
    answers = spread(labour.refuse, [0, 1, 2, 3], hands=hands)
    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(UnsupportedImage) as raised:
        next(answers)
    assert (raised.value.message, raised.value.hint) == ("is no photo.", "Send another.")


def test_a_hand_that_dies_loses_its_part_and_no_other() -> None:
    """However many die."""
    assert list(spread(labour.die, PARTS, hands=2)) == [None if part % 4 == 1 else part for part in PARTS]


def test_nobody_is_left_when_the_answers_are_no_longer_wanted() -> None:
    """As after Ctrl-C: what is begun is finished, what is not is not begun."""
    answers = spread(labour.square, PARTS * 100, hands=2)
    answer = next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert answer
    assert _is_gone(answer[1])


@pytest.mark.skipif(sys.platform != "linux", reason="who is whose child is read from /proc")
def test_nobody_is_left_when_whoever_asked_is_killed() -> None:
    """A pipe without its other end is the sign to go: at once, or when the part is done."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT])
    deadline = time.monotonic() + PATIENCE_SECONDS
    hands: list[str] = []
    while len(hands) < 2 and time.monotonic() < deadline:
        hands = " ".join(path.read_text() for path in Path(f"/proc/{parent.pid}/task").glob("*/children")).split()
    parent.kill()
    parent.wait()
    assert len(hands) == 2
    assert all(_is_gone(int(hand)) for hand in hands)


def _is_gone(hand: int) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(hand, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
