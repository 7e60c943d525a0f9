"""In which order an erasure reaches the device: nothing is relied upon before it is synced."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile import files
from imgfile.clinical.proofs import Evidence
from imgfile.device import Extent
from imgfile.erase import note as note_module
from imgfile.erase.filesystem import Medium
from kit.vault.erasure import FailingSystem, Source, export, mailbox, photo, scattered, stand_in

SOURCES: tuple[Callable[[Path], Source], ...] = (photo, mailbox, scattered, export)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="descriptors are named by /proc")


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a long file's stretches be a mebibyte, so that the export has two."""
    monkeypatch.setattr(note_module, "MOST_BYTES", files.CHUNK_BYTES)


def _steps(source: Source) -> list[str]:
    """Erase; return what was changed and synced, in order, each by what it was done to."""
    names = {source.path: "source", source.path.parent: "folder", source.notes.folder: "notes"}
    steps: list[str] = []

    def what(named: object) -> str:
        path = Path(f"/proc/self/fd/{named}").readlink() if isinstance(named, int) else Path(str(named))
        return names.get(path, "note" if path.parent == source.notes.folder else "hidden")

    def fault(_count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if name in {"pwrite", "write", "fsync", "ftruncate", "rename", "replace", "unlink"}:
            step = f"{name} {what(arguments[0])}"
            steps.extend([step] if steps[-1:] != [step] else [])
        return real(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        source.erase()
    return steps


NOTED = ["write note", "fsync note", "replace note", "fsync notes"]
"""A note is durable when its bytes are, and its name."""
OVERWRITTEN = ["pwrite source", "fsync source"]
REMOVED = ["ftruncate source", "rename source", "unlink hidden", "fsync folder"]


@pytest.mark.parametrize("make", SOURCES)
def test_each_step_is_on_the_device_before_the_next_relies_on_it(
    make: Callable[[Path], Source], tmp_path: Path
) -> None:
    """The note before the overwrite, the overwrite before it is noted, the removed name before that is noted too.

    Overwritten and not synced before it is emptied, a file leaves every block of the photo on the device:
    measured in docs/explanation/erasure.md.
    """
    source = make(tmp_path)
    begun = [*NOTED, *OVERWRITTEN]
    if source.is_export:
        begun += [*NOTED, *OVERWRITTEN]  # the next stretch
    whole = [] if source.regions else [*NOTED, *REMOVED]
    assert _steps(source) == [*begun, *whole, *NOTED]


@pytest.mark.parametrize("make", SOURCES)
def test_not_a_byte_is_left(make: Callable[[Path], Source], tmp_path: Path) -> None:
    """The first and the last of each run, and every one between, are written anew."""
    source = make(tmp_path)
    written: set[int] = set()

    def fault(_count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if name == "pwrite":
            _, data, offset = arguments
            written.update(range(offset, offset + len(data)))
        return real(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        source.erase()
    runs = source.regions or (slice(0, len(source.data)),)
    assert written == {offset for run in runs for offset in range(run.start, run.stop)}


@pytest.mark.parametrize("make", SOURCES)
@pytest.mark.parametrize(("moved", "evidence"), [(0, Evidence.E3), (1 << 30, Evidence.E1)])
def test_the_evidence_is_of_where_all_of_it_lay_before_and_after(
    make: Callable[[Path], Source],
    moved: int,
    evidence: Evidence,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the file, or of every run of a region, however many stretches it takes."""
    source = make(tmp_path)
    asked: list[tuple[int, int]] = []

    def extents(_descriptor: int, offset: int, length: int) -> tuple[Extent, ...]:
        asked.append((offset, length))
        is_last = len(asked) == len(runs) * 2
        return (Extent(offset, offset + moved * is_last, length, 0),)

    runs = [(run.start, run.stop - run.start) for run in source.regions or (slice(0, len(source.data)),)]
    monkeypatch.setattr("imgfile.erase.extents.extents", extents)
    monkeypatch.setattr("imgfile.erase.overwrite.medium_of", lambda _: Medium.LOCAL)
    erasure = source.erase()
    assert asked == runs * 2
    assert erasure.evidence is evidence


@pytest.mark.parametrize("make", SOURCES)
@pytest.mark.parametrize(("medium", "evidence"), [(Medium.LOCAL, Evidence.E2), (Medium.NETWORK, Evidence.E1)])
def test_a_file_system_that_does_not_tell_where_it_lies_proves_little(
    make: Callable[[Path], Source], medium: Medium, evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what the file lies on counts too."""
    asked: list[Path] = []

    def medium_of(path: Path) -> Medium:
        asked.append(path)
        return medium

    monkeypatch.setattr("imgfile.erase.extents.extents", lambda *_: None)
    monkeypatch.setattr("imgfile.erase.overwrite.medium_of", medium_of)
    source = make(tmp_path)
    assert source.erase().evidence is evidence
    assert asked == [source.path]
