"""Never both source and record lost, nothing half visible, whichever call of an ingest the system refuses.

Every call through the seam fails in turn: with a full disk, a broken one, and a forbidden one. So does every file or
folder that is opened past the seam, which only ever reads. `strace` shows that nothing changes a file but the calls
that were made to fail; what others write is listed in `OTHERS`, with its reason.
"""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count, product
from pathlib import Path

import pytest

from imgfile import files
from imgfile.errors import Damaged, NotWritable, SourceChanged, SourceRemains, SourceUnavailable
from kit.tools import tool
from promises.world import CHILD, Ran, World

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
KNOWN = {
    0,
    *(kind.exit_code for kind in (SourceRemains, Damaged, SourceUnavailable, SourceChanged, NotWritable)),
}
"""What a run may say of a system that refuses: never 1, a mistake."""


def _wrong_in(world: World, ran: Ran) -> Iterator[str]:
    """Yield what a run with one refused call should not have said or left, and what the next run cannot mend."""
    if ran.status not in KNOWN or "Traceback" in ran.said:
        yield f"exit {ran.status}: {ran.said}"
    yield from world.lost()
    if ran.status == 0 and not world.is_erased():
        yield f"exit 0, and the photo is still there: {ran.said}"
    if ran.status == SourceRemains.exit_code and world.records() != 1:
        yield f"exit 15, and nothing is filed: {ran.said}"
    is_told = ran.status == NotWritable.exit_code and "the source is erased" in ran.said
    if ran.status in {SourceUnavailable.exit_code, NotWritable.exit_code} and not (world.is_untouched() or is_told):
        yield f"exit {ran.status}, and the source was touched: {ran.said}"
    if ran.status == 0 and world.is_erased() and not world.pending():
        return
    again = world.ingest()
    if again.status or [*world.unfinished()]:
        left = "; ".join(world.unfinished())
        yield f"exit {ran.status}: {ran.said}, and again exit {again.status}: {again.said}, {left}"


@pytest.mark.parametrize("offset", [0])
def test_every_refused_call_is_survived(world: World, offset: int) -> None:
    """Short: each call fails with one of the errors, in turn."""
    _fail_each(world, [offset])


@pytest.mark.long
def test_every_call_refused_in_every_way_is_survived(world: World) -> None:
    """Long: each call fails with each of the errors."""
    _fail_each(world, range(len(ERRORS)))


def _fail_each(world: World, offsets: Iterable[int]) -> None:
    world.reset()
    calls = world.ingest().calls
    reported: Counter[tuple[str, int]] = Counter()
    wrong: list[str] = []
    for (number, call), offset in product(enumerate(calls, 1), offsets):
        is_played = world.goes_whole and call.phase in {"write", "publish"}  # by the other worlds: filing is the same
        if call.name == "close" or is_played:
            continue
        code = ERRORS[(number + offset) % len(ERRORS)]
        world.reset()
        ran = world.ingest(fail=number, errno=code)
        reported[call.phase, ran.status] += 1
        at = f"{errno.errorcode[code]} at {call.phase} {call.name} {call.path}"
        wrong += [f"{at}: {what}" for what in _wrong_in(world, ran)]
    for (phase, status), times in reported.items():
        print(f"{world.source.name}, {phase}: exit {status} {times} times")  # noqa: T201 - evidence
    assert not wrong, "\n".join(wrong)


def test_every_refused_opening_is_survived(world: World) -> None:
    """What is read past the seam: each file and folder of vault, state and source cannot be opened, in turn."""
    opened, wrong = world.folder / "opened", []
    for number in count(1):
        world.reset()
        opened.unlink(missing_ok=True)
        code = ERRORS[number % len(ERRORS)]
        ran = world.ingest(open=number, errno=code)
        if not opened.exists():
            break
        at = f"{errno.errorcode[code]} at {opened.read_text()}"
        wrong += [f"{at}: {what}" for what in _wrong_in(world, ran)]
    assert number > 10
    assert not wrong, "\n".join(wrong)


# --- the same calls, as the kernel sees them -------------------------------------------------------------

OTHERS = {
    "lock": "`process_lock` takes the station's lock; it holds nothing, and no photo rests on it",
    "memory.lock": "the same, where what it saw of the vault is written",
    "Inbox.lock": "mail.locks makes and removes the dotlock that other mail programs heed; it holds no mail",
}
"""Files that something else than the seam writes to, and why that may be."""
TRACED = (
    *("openat", "open", "creat", "write", "pwrite64", "writev", "pwritev", "pwritev2", "fsync", "fdatasync"),
    *("ftruncate", "truncate", "fallocate", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir"),
    *("rename", "renameat", "renameat2", "symlink", "symlinkat", "copy_file_range", "sendfile", "splice"),
)
SEAM = {"open": "openat", "pwrite": "pwrite64", "replace": "rename"}
"""What Linux calls the seam's calls, where the names differ."""
_CALL = re.compile(r"^\d+ +(\w+)\((.*)")
_NAMED = re.compile(r'^(?:AT_FDCWD(?:<[^>]*>)?, )?"([^"]*)"')
_BENEATH = re.compile(r'^\d+<([^>]*)>, "([^"]*)"')
_DESCRIPTOR = re.compile(r"^\d+<([^>]*)>")
_WRITING = re.compile(r"O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)")


def _traced(lines: Iterable[str], folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each call of the trace that can change a file: its name, and the path relative to the world."""
    for line in lines:
        found = _CALL.match(line)
        if found is None or ") = -1 " in line or "O_TMPFILE" in line:  # it changed no name
            continue
        name, arguments = found.groups()
        inner = _BENEATH.match(arguments) if name.endswith("at") else None
        target = _NAMED.match(arguments) or _DESCRIPTOR.match(arguments)
        path = f"{inner[1]}/{inner[2]}" if inner else target[1] if target else arguments
        if path.startswith(("pipe:", "/dev/")) or (name == "openat" and not _WRITING.search(arguments)):
            continue
        yield name, os.path.relpath(path, folder)


def _other(path: Path) -> str:
    """Return the name of a file that is written past the seam; a dotlock is written aside first."""
    is_aside = path.parent.name == "sources" and files.is_leftover(path.name)
    return "Inbox.lock" if is_aside else path.name


def test_the_refused_calls_are_all_that_change_a_file(world: World) -> None:
    """`strace` of the same run lists the very calls, path by path, that were made to fail above."""
    world.reset()
    trace = world.folder / "trace"
    options = ["-f", "-y", "-s", "4096", "-e", f"trace={','.join(TRACED)}", "-o", str(trace)]
    subprocess.run(
        [tool("strace"), *options, sys.executable, CHILD, json.dumps(world.job())],
        check=True,
        capture_output=True,
        env=world.children.environment,
    )
    assert not [*world.unfinished()]
    intercepted = Counter(
        (SEAM.get(call.name, call.name), os.path.relpath(call.path, world.folder))
        for call in world.calls()
        if call.is_change
    )
    traced = Counter(_traced(trace.read_text().splitlines(), world.folder))
    beside = {change for change in traced if change not in intercepted}
    assert {_other(Path(path)) for _, path in beside} <= {"log", *OTHERS}, "something changes a file past the seam"
    for change in beside:
        del traced[change]
    assert traced == intercepted
    assert traced["pwrite64", f"sources/{world.source.name}"] == 1
