"""Several processes at one work: the order, who dies, and who is left."""

from __future__ import annotations

import os
import signal
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
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
from kit import worker_jobs as labour
from imgfile.acts.workers import spread
try:
    list(spread(labour.pause, [0.0, 3.0], workers=2))
except KeyboardInterrupt:
    sys.exit("stopped")
"""
SQUARING = """
from kit import worker_jobs as labour
from imgfile.acts.workers import spread
assert [squared for squared, _ in spread(labour.square, [1, 2], workers=2)] == [1, 4]
"""
PATIENCE_SECONDS = 20


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the workers import the work: it is handed over by name."""
    monkeypatch.setenv("PYTHONPATH", str(Path(labour.__file__).parents[1]))


def test_answers_come_in_order_from_several_processes() -> None:
    """None of which is this one."""
    answers = [answer for answer in spread(labour.square, PARTS, workers=3) if answer]
    assert [squared for squared, _ in answers] == [part * part for part in PARTS]
    workers = {worker for _, worker in answers}
    assert 1 < len(workers) <= 3
    assert os.getpid() not in workers


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_work_raises_is_raised_in_its_turn(workers: int) -> None:
    """With its message and its hint; what came before it has been given."""
    answers = spread(labour.refuse, [0, 1, 2, 3], workers=workers)
    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(UnsupportedImage) as raised:
        next(answers)
    assert (raised.value.message, raised.value.hint) == ("is no photo.", "Send another.")


def test_a_worker_that_dies_loses_its_part_and_no_other() -> None:
    """However many die."""
    assert list(spread(labour.die, PARTS, workers=2)) == [None if part % 4 == 1 else part for part in PARTS]


def test_nobody_is_left_when_the_answers_are_no_longer_wanted() -> None:
    """As after Ctrl-C: what is begun is finished, what is not is not begun."""
    answers = spread(labour.square, PARTS * 100, workers=2)
    answer = next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert answer
    assert _is_gone(answer[1])


@pytest.mark.skipif(sys.platform != "linux", reason="who is whose child is read from /proc")
def test_nobody_is_left_when_whoever_asked_is_killed() -> None:
    """Each goes at once, or when its part is done."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stderr=subprocess.DEVNULL)
    workers = _workers_of(parent.pid, 2)
    parent.kill()
    parent.wait()
    assert len(workers) == 2
    assert all(map(_is_gone, workers))


@pytest.mark.skipif(sys.platform != "linux", reason="who is whose child is read from /proc")
def test_ctrl_c_reaches_whoever_asked_alone() -> None:
    """Though a terminal sends it to all: the workers finish their parts, and say nothing."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stderr=subprocess.PIPE, start_new_session=True)
    workers = _workers_of(parent.pid, 2)
    os.killpg(parent.pid, signal.SIGINT)  # type: ignore[attr-defined,unused-ignore]  # Windows has none
    _, words = parent.communicate(timeout=PATIENCE_SECONDS)
    assert len(workers) == 2
    assert words == b"stopped\n"
    assert all(map(_is_gone, workers))


@pytest.mark.skipif(sys.platform != "linux", reason="who is whose child is read from /proc")
def test_a_worker_imports_nothing_from_where_one_stands(tmp_path: Path) -> None:
    """A folder of photos may come with a file named like a module."""
    for name in ("multiprocessing", "signal", "imgfile"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w')")
    done = subprocess.run([sys.executable, "-P", "-c", SQUARING], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert not (tmp_path / "imported").exists()


def _workers_of(parent: int, count: int) -> list[int]:
    """Wait for that many workers of a process; the standard library's own helper, which tracks them, is none."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    workers: list[int] = []
    while len(workers) < count and time.monotonic() < deadline:
        children = " ".join(path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children")).split()
        workers = [int(child) for child in children if b"spawn_main" in _command(child)]
    return workers


def _command(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # it is gone
        return b""


def _is_gone(worker: int) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
