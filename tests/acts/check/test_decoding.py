"""What holds while a photo is decoded is asked of the process itself; what a system could give and does not is said."""

from __future__ import annotations

import sys

import pytest

from imgfile.acts.check import decoding
from imgfile.acts.check.decoding import check_decoding
from imgfile.acts.check.points import Level
from imgfile.images.decode import decode as asking
from imgfile.images.decode import process, windows_job

pytestmark = pytest.mark.slow

ALL = frozenset({"limits", "calls", "files", "network"})
WHOLE = "with limits of memory and time, few system calls, no files and no network"


def test_all_bounds_hold_where_the_tests_run() -> None:
    """As the process says that gave them up."""
    point = check_decoding()
    assert (point.level, point.next) == (Level.OK, "")
    assert point.message == f"photos are decoded in a process apart, {WHOLE}"


@pytest.mark.parametrize(
    ("platform", "held", "level", "end"),
    [
        ("linux", ALL - {"calls"}, Level.LOOK, "no files and no network; not with few system calls"),
        ("linux", frozenset({"limits"}), Level.LOOK, "; not with few system calls, no files and no network"),
        ("win32", frozenset({"limits"}), Level.OK, "with limits of memory and time"),
        ("win32", frozenset(), Level.LOOK, "with a deadline alone; not with limits of memory and time"),
        ("darwin", frozenset(), Level.OK, "with a deadline alone"),
        ("linux", None, Level.WARN, "the process for it does not start"),
    ],
)
def test_what_does_not_hold_is_said(
    platform: str, held: frozenset[str] | None, level: Level, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """System by system: none is blamed for what it cannot give."""
    monkeypatch.setattr(decoding, "confinement", lambda: held)
    monkeypatch.setattr(sys, "platform", platform)
    point = check_decoding()
    assert (point.level, point.message.endswith(end)) == (level, True), point.message
    assert bool(point.next) is point.is_finding


def test_a_process_that_does_not_start_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does one that says nonsense; a job on Windows counts as limits."""
    monkeypatch.setattr(windows_job, "confine", lambda _: object())
    assert asking.confinement() == ALL
    monkeypatch.setattr(asking, "ask", lambda *_, **__: ({"held": 3}, b""))
    assert asking.confinement() is None
    monkeypatch.undo()
    monkeypatch.setattr(process, "_python", lambda: "/no/such/python")
    assert asking.confinement() is None
