"""The daily loop, `make fast`: the tests that need neither disk nor processes, and a guard that holds them to that.

1. With `--fast`, a test stays in unless it is marked `slow`, asks for a fixture that makes files, or lies in a folder
   that looks at imgfile from outside.
2. While such a test runs, whatever would change a file system, start a process or reach a network fails the test; that
   Python keeps the compiled code of a module that a test is the first to import is no doing of the test.
3. Invented cases are few, and the same each time: the whole suite looks at more, and keeps those that failed.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import text

FIXTURES_WITH_FILES = {"tmp_path", "tmp_path_factory", "capfd", "capfdbinary"}
"""Fixtures that make files, among all that a test asks for, however deep."""

FOLDERS_FROM_OUTSIDE = ("benchmarks", "cli", "promises", "scenarios")
"""Folders below `tests/` whose tests start imgfile as its users do."""

CHANGING_EVENTS = {
    *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink"),
    *("os.truncate", "os.utime", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"),
    *("subprocess.Popen", "socket.bind", "socket.connect", "socket.sendto"),
}
"""Names of Python's audit events that a fast test may not raise, beside opening a file to write."""

INVENTORS_FOLDER = str(Path.cwd() / ".hypothesis")
"""Where hypothesis keeps its tables of characters, before any test runs; computing them takes a second."""

_COMPILED_FOLDER = "__pycache__"
_PROFILE = "fast"
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Guard:
    """An audit hook that fails whatever test is running when it leaves the memory of its process."""

    def __init__(self) -> None:
        self._is_watching = False
        self._refused: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Refuse what a fast test may not do.

        Raises:
            pytest.fail.Exception: for an event that changes files, starts a process or reaches a network.
            PermissionError: where hypothesis would keep tables of its own; it does without.
        """
        if not _leaves_memory(event, arguments):
            return
        if str(arguments[0]).startswith(INVENTORS_FOLDER):
            raise PermissionError(errno.EROFS, os.strerror(errno.EROFS), arguments[0])
        if self._is_watching:
            self._refused.append(f"{event}{arguments!r}"[:200])
            pytest.fail(f"a fast test may not do that; mark it `slow`: {self._refused[-1]}")

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch for a while; afterwards fail for what was refused, even if the code under test caught the refusal."""
        self._is_watching = True
        self._refused.clear()
        try:
            yield
        finally:
            self._is_watching = False
        assert self._refused == []


def many(cases: int) -> int:
    """Return how many cases a test that asks for so many invents: few with `--fast`."""
    is_fast_run = settings.get_current_profile_name() == _PROFILE
    return min(cases, settings().max_examples) if is_fast_run else cases


def _is_compiled_code(path: object) -> bool:
    """Return whether a path is where Python keeps compiled modules (PEP 3147)."""
    return _COMPILED_FOLDER in Path(os.fsdecode(path)).parts if isinstance(path, (str, bytes)) else False


def _leaves_memory(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        path, _, flags = arguments
        if not isinstance(flags, int) or not flags & _WRITING:
            return False
        # A number stands for what is open already.
        return not isinstance(path, int) and path != os.devnull and not _is_compiled_code(path)
    return event in CHANGING_EVENTS and not _is_compiled_code(arguments[0])


class Watch:
    """Has the guard look while a test is set up and called."""

    def __init__(self) -> None:
        self._guard = Guard()
        sys.addaudithook(self._guard)  # for as long as the process lives: a hook cannot be taken away

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        """Watch the fixtures that a test asks for."""
        with self._guard.watching():
            yield

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        """Watch the test."""
        with self._guard.watching():
            yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take `--fast`."""
    parser.addoption("--fast", action="store_true", help="only tests without disk and processes, and a guard on them")


def pytest_configure(config: pytest.Config) -> None:
    """Let invented cases be few, and be kept nowhere."""
    if config.getoption("--fast"):
        set_hypothesis_home_dir(INVENTORS_FOLDER)
        settings.register_profile(_PROFILE, max_examples=10, derandomize=True, database=None, deadline=None)
        settings.load_profile(_PROFILE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the folders that look from outside unread."""
    folders = [config.rootpath / "tests" / name for name in FOLDERS_FROM_OUTSIDE]
    return True if config.getoption("--fast") and collection_path in folders else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not fast, and set up the guard: from here on, tests run."""
    if config.getoption("--fast"):
        config.hook.pytest_deselected(items=[item for item in items if not is_fast(item)])
        items[:] = filter(is_fast, items)
        text().validate()  # computes hypothesis' tables of characters, and keeps them for the next run
        config.pluginmanager.register(Watch())


def is_fast(item: pytest.Item) -> bool:
    """Return whether a test belongs to the daily loop."""
    fixtures = FIXTURES_WITH_FILES.intersection(getattr(item, "fixturenames", ()))
    return not fixtures and item.get_closest_marker("slow") is None
