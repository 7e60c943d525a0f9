"""The lock: who waits for whom, and what is left when a holder dies."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imgfile.process_lock import StillLocked, locked

HOLDING = """
import sys
from pathlib import Path
from imgfile.process_lock import locked
with locked(Path(sys.argv[1]), patience_seconds=0):
    print("held", flush=True)
    sys.stdin.read()
"""
HOLDING_BY_FLOCK = """
import fcntl, sys
with open(sys.argv[1], "a+") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""
LONG_SECONDS = 20


@contextmanager
def held_elsewhere(path: Path, program: str = HOLDING) -> Iterator[subprocess.Popen[bytes]]:
    """Have another process hold the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder
        holder.communicate()


@pytest.mark.parametrize(
    "program",
    [
        HOLDING,
        pytest.param(HOLDING_BY_FLOCK, marks=pytest.mark.skipif(sys.platform == "win32", reason="POSIX has flock")),
    ],
    ids=["imgfile", "flock, as earlier versions take it"],
)
def test_a_second_process_waits_and_gives_up(tmp_path: Path, program: str) -> None:
    """It gets in as soon as the first is done."""
    path = tmp_path / "lock"
    with held_elsewhere(path, program), pytest.raises(StillLocked), locked(path, patience_seconds=0.2):
        pytest.fail("both are in")
    with locked(path, patience_seconds=0):
        assert path.stat().st_size == 0


def test_a_lock_is_had_as_soon_as_it_is_let_go(tmp_path: Path) -> None:
    """Without having begun anew."""
    path, inside = tmp_path / "lock", threading.Event()

    def wait() -> None:
        with locked(path, patience_seconds=LONG_SECONDS):
            inside.set()

    waiting = threading.Thread(target=wait)
    with locked(path, patience_seconds=0):
        waiting.start()
        assert not inside.wait(0.2)
    waiting.join()
    assert inside.is_set()


def test_a_holder_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    """Nor does the file it leaves."""
    with held_elsewhere(tmp_path / "lock") as holder:
        holder.kill()
        holder.wait()
        with locked(tmp_path / "lock", patience_seconds=LONG_SECONDS):
            pass
    assert (tmp_path / "lock").exists()


def test_it_is_let_go_whatever_happens_inside(tmp_path: Path) -> None:
    """And its descriptor is closed."""
    path, before = tmp_path / "lock", len([*Path("/proc/self/fd").iterdir()]) if sys.platform == "linux" else 0
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), locked(path, patience_seconds=0):
            raise KeyboardInterrupt
    if before:
        assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_what_cannot_be_opened_is_an_error_of_the_system(tmp_path: Path) -> None:
    """Neither a missing folder nor a link somebody put there is waited for."""
    with pytest.raises(OSError, match="lock"), locked(tmp_path / "none" / "lock", patience_seconds=LONG_SECONDS):
        pytest.fail("held nothing")
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="lock"), locked(tmp_path / "lock", patience_seconds=LONG_SECONDS):
        pytest.fail("followed a link")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_its_owner_can_hold_it(tmp_path: Path) -> None:
    """Another account could keep everybody out."""
    with locked(tmp_path / "lock", patience_seconds=0):
        assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
