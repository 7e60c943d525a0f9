"""A link or another disk in the place of any of the vault's folders: nothing is filed through it, and `verify` sees it.

Each folder of a vault with one record is moved out and a link put in its place, or another disk is mounted over it. A
photo is then to be filed: it must not be, and its source must stay as it is.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk
from kit.tools import tool

ANSWERS = (
    *("--patient", "9434765870", "--dob", "3/3/71", "--body-site", "left shoulder", "--purpose", "diagnosis"),
    *("--basis", "patient_capacity_16plus", "--form", "phone", "--obtained-at", "20/11/2025"),
    *("--rationale", "New pigmented lesion, triage for 2WW", "--allow-test-id", "--no-input", "--yes"),
)
WHERE = (
    *("roster", "policy", "keys", "keys/practice", "keys/stations", "keys/things", "keys/things/*"),
    *("patients", "patients/*", "patients/*/*/", "audit", "audit/*"),
)
"""Folders of a vault, as patterns below it."""
Way = Callable[[Path, Path], AbstractContextManager[None]]
UNUSED = frozenset({"keys/practice", "patients/*/*/"})
"""Those that filing another photo does not touch: the links in them are `verify`'s to see."""


@contextmanager
def linked(folder: Path, outside: Path) -> Iterator[None]:
    """Move a folder out, and put a link to it in its place."""
    folder.rename(outside)
    folder.symlink_to(outside)
    yield
    folder.unlink()
    outside.rename(folder)


@contextmanager
def mounted(folder: Path, outside: Path) -> Iterator[None]:
    """Mount another disk over a folder, with a copy of what stands there."""
    subprocess.run(["cp", "-a", folder, outside], check=True)
    subprocess.run([tool("mount"), "-t", "tmpfs", "tmpfs", folder], check=True)
    try:
        subprocess.run(["cp", "-a", f"{outside}/.", folder], check=True)
        yield
    finally:
        subprocess.run([tool("umount"), folder], check=True)


def names_below(folder: Path) -> set[Path]:
    """Return the names of all that lies below a folder."""
    return {path.relative_to(folder) for path in folder.rglob("*")}


@pytest.mark.parametrize("way", [linked, mounted], ids=["a link", "another disk"])
@pytest.mark.parametrize("where", WHERE)
def test_no_photo_leaves_by_it(desk: Desk, tmp_path: Path, where: str, way: Way) -> None:
    """And when the folder is back in its place, the vault is as sound as before."""
    vault, first, second = desk.practice.folder, tmp_path / "first.jpg", tmp_path / "second.jpg"
    first.write_bytes(photos.jpeg(photos.pixels(200, 150)))
    second.write_bytes(photos.jpeg(photos.pixels(210, 150)))
    assert desk.run("ingest", first, *ANSWERS).status == 0
    photo = second.read_bytes()
    folder = next(path for path in sorted(vault.glob(where)) if path.is_dir())
    before = names_below(vault)
    with way(folder, tmp_path / "outside"):
        elsewhere = names_below(folder.resolve())
        seen = desk.run("verify")
        assert seen.status == 16, seen.words
        if where not in UNUSED:
            done = desk.run("ingest", second, *ANSWERS)
            assert done.status in {10, 16, 19}, done.words
            assert second.read_bytes() == photo
        assert names_below(folder.resolve()) == elsewhere
    assert names_below(vault) >= before
    assert desk.run("verify").status == 0
    assert desk.run("ingest", second, *ANSWERS).status == 0
