"""Death and failure at every single system call: never torn for good, and never another file harmed.

`imgfile.files` is the one seam to the system, so its calls are counted once and then stopped one after the other.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from imgfile import files
from imgfile.clinical.proofs import Evidence
from imgfile.erase import note
from imgfile.erase.note import Phase
from imgfile.errors import SourceRemains
from kit.tools import tool
from kit.vault.erasure import (
    ERRORS,
    FailingSystem,
    Source,
    dying_at,
    export,
    failing_at,
    mailbox,
    photo,
    scattered,
    stand_in,
)

PLACES: tuple[Callable[[Path], Source], ...] = (photo, mailbox, scattered, export)
CHANGING = {"pwrite", "write", "fsync", "ftruncate", "rename", "replace", "unlink", "link"}


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a long file's stretches be a mebibyte, so that the export has two."""
    monkeypatch.setattr(note, "MOST_BYTES", files.CHUNK_BYTES)


def _with_desktop(make: Callable[[Path], Source], folder: Path, home: Path) -> Source:
    """Make a source that the desktop has a thumbnail and a recent entry of, and a bystander beside it."""
    folder.mkdir()
    source = make(folder)
    (folder / "bystander.jpg").write_bytes(source.data)
    uri = f"file://{source.path}"
    for size in ("normal", "large"):
        thumbnail = home / "cache/thumbnails" / size / f"{hashlib.md5(uri.encode()).hexdigest()}.png"  # noqa: S324
        thumbnail.parent.mkdir(parents=True, exist_ok=True)
        thumbnail.write_bytes(b"a small picture")
    (home / "data").mkdir(exist_ok=True)
    (home / "data/recently-used.xbel").write_text(f'<xbel>\n  <bookmark href="{uri}"></bookmark>\n</xbel>\n')
    return source


def _calls(make: Callable[[Path], Source], folder: Path, home: Path) -> list[str]:
    """Count what one erasure asks of the system."""
    source = _with_desktop(make, folder, home)
    system = FailingSystem(failing_at(-1, 0))
    with pytest.MonkeyPatch.context() as patch:
        stand_in(system, patch.setattr)
        source.erase()
    return system.calls


def _expect_untouched_or_noted(source: Source, now: bytes | None) -> None:
    """Check what holds after any stop: nothing happened, or a note knows of it; and the bystander is well."""
    assert now == source.data or source.notes.all(), "touched without a note"
    assert (source.path.parent / "bystander.jpg").read_bytes() == source.data


def _expect_finished(source: Source) -> None:
    """Run again what a person would run again; then the photo is gone."""
    if source.notes.all():
        [erasure] = source.finish()
        assert erasure.evidence > Evidence.E0
    else:
        source.erase()
    assert source.now() == source.erased
    strays = {path.name for path in source.path.parent.iterdir()} - {"notes", "bystander.jpg", source.path.name}
    assert not strays


@pytest.mark.parametrize("make", PLACES)
def test_death_at_every_call_is_finished_by_the_next_run(
    make: Callable[[Path], Source], tmp_path: Path, home: Path
) -> None:
    """A child kills itself at call N, for every N, with half of a write done; the parent then finishes."""
    calls = _calls(make, tmp_path / "counted", home)
    histogram: Counter[str] = Counter()
    for number, name in enumerate(calls, 1):
        source = _with_desktop(make, tmp_path / f"{number}", home)
        child = os.fork()  # type: ignore[attr-defined,unused-ignore]
        if not child:
            stand_in(FailingSystem(dying_at(number)))
            source.erase()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9, f"call {number} ({name}) was not reached"
        _expect_untouched_or_noted(source, source.now())
        state = source.notes.all()[0].facts["phase"] if source.notes.all() else "no note"
        histogram[f"{state}, at {name}"] += 1
        _expect_finished(source)
    print(f"\n{make.__name__}: {len(calls)} deaths", *sorted(histogram.items()), sep="\n  ")  # noqa: T201 - evidence
    assert {phase.split(",")[0] for phase in histogram} >= {"no note", Phase.NOTED}


@pytest.mark.parametrize(("make", "code"), [*product(PLACES[:-1], ERRORS), (export, errno.EIO)])
def test_every_failing_call_leaves_the_source_untouched_or_a_note(
    make: Callable[[Path], Source], code: int, tmp_path: Path, home: Path
) -> None:
    """A full, broken or forbidden disk at call N, for every N: only `SourceRemains` leaves the room, if anything."""
    calls = _calls(make, tmp_path / "counted", home)
    for number in range(1, len(calls) + 1):
        source = _with_desktop(make, tmp_path / f"{number}", home)
        said = None
        with pytest.MonkeyPatch.context() as patch:
            stand_in(FailingSystem(failing_at(number, code)), patch.setattr)
            try:
                source.erase()
            except SourceRemains as error:
                said = f"{error.message} {error.hint}"
        _expect_untouched_or_noted(source, source.now())
        if said is not None:
            assert "imgfile-marked" not in said
            _expect_finished(source)
        elif make in {photo, export}:
            assert source.now() is None


def test_the_counted_calls_are_all_that_the_kernel_sees(tmp_path: Path) -> None:
    """`strace` of an erasure shows no change to a file that the seam does not count."""
    strace = tool("strace")
    script = (
        "import sys; from kit.vault import erasure as erasing; from pathlib import Path; from imgfile import files\n"
        "source = erasing.photo(Path(sys.argv[1])); system = erasing.FailingSystem(erasing.failing_at(-1, 0))\n"
        "files.os = system; Path('/begin').exists(); source.erase(); Path('/end').exists()\n"
        "print(*system.calls, sep='\\n')"
    )
    trace = tmp_path / "trace"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("COVERAGE_PROCESS_START", None)
    environment.pop("COVERAGE_PROCESS_CONFIG", None)
    seen = (
        "pwrite64,write,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,link,linkat,stat,newfstatat"
    )
    done = subprocess.run(
        [strace, "-f", "-e", f"trace={seen}", "-o", trace, sys.executable, "-c", script, tmp_path],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    counted = Counter(name for name in done.stdout.split() if name in CHANGING)
    within = trace.read_text().split('"/begin"', 1)[1].split('"/end"', 1)[0]
    called = Counter(re.findall(r"^\S+ +(\w+?)(?:64|at2|at)?\(", within, re.MULTILINE))
    assert counted["pwrite"] >= 1
    assert counted["replace"] + counted["rename"] == called["rename"]
    for name in ("pwrite", "write", "fsync", "ftruncate", "unlink", "link"):
        assert called[name] == counted[name], name
