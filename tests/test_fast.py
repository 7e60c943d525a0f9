"""The guard of the daily loop sees what leaves the memory of a process, and nothing else."""

from __future__ import annotations

import os

import pytest

from kit.fast import INVENTORS_FOLDER, Guard

NEW = os.O_WRONLY | os.O_CREAT


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("open", ("a.txt", "w", NEW)),
        ("open", (b"a.txt", None, os.O_RDWR)),
        ("open", ("my__pycache__", "w", NEW)),
        ("os.mkdir", ("a", 0o777, -1)),
        ("os.rename", ("a", "b", -1, -1)),
        ("subprocess.Popen", ("age", ["age"], None, None)),
        ("socket.connect", (None, ("localhost", 80))),
    ],
)
def test_what_leaves_memory_fails_the_test_that_did_it(event: str, arguments: tuple[object, ...]) -> None:
    """At once, and again at the end, for whoever caught the first failure."""
    guard = Guard()
    with pytest.raises(AssertionError, match=event), guard.watching(), pytest.raises(pytest.fail.Exception):
        guard(event, arguments)


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("open", ("a.txt", "r", os.O_RDONLY)),
        ("open", (7, "w", NEW)),
        ("open", (os.devnull, "w", NEW)),
        ("open", ("imgfile/__pycache__/a.cpython-311.pyc.140", None, NEW)),
        ("os.mkdir", ("imgfile/__pycache__", 0o777, -1)),
        ("os.rename", ("imgfile/__pycache__/a.pyc.140", "imgfile/__pycache__/a.pyc", -1, -1)),
        ("os.listdir", (".",)),
        ("import", ("imgfile", None)),
    ],
)
def test_what_stays_in_memory_passes(event: str, arguments: tuple[object, ...]) -> None:
    """Reading, writing to what is open already, and the modules that Python compiles."""
    guard = Guard()
    with guard.watching():
        guard(event, arguments)


def test_between_tests_the_guard_looks_away() -> None:
    """Else pytest could not write its own report."""
    Guard()("open", ("a.txt", "w", NEW))


def test_the_tables_of_invented_cases_are_read_and_never_written() -> None:
    """What invents them goes on without."""
    with pytest.raises(PermissionError):
        Guard()("os.mkdir", (f"{INVENTORS_FOLDER}/unicode_data", 0o777, -1))
