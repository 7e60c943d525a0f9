"""Nothing half visible, and never both source and record lost, whenever the power goes.

Vault, state and source lie on one file system on a loop device. While a photo is filed, the device is copied at each
point at which something has just been made durable; each copy is then mounted, which replays the journal, and looked
at, and the same command is run again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgfile.errors import SourceUnavailable
from kit.vault.practice import copy_practice
from kit.volumes import Volume, volume
from promises.world import SOURCES, Children, World, make_world

EVERY_CHANGE = ("fsync", "write", "pwrite", "ftruncate", "link", "unlink", "mkdir", "rename", "replace")


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> str:
    """Name the kind of source."""
    return str(request.param)


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Volume]:
    """Mount a fresh file system; ext4 where nothing else is asked for."""
    (tmp_path / "volume").mkdir()
    with volume(getattr(request, "param", "ext4"), tmp_path / "volume") as made:
        yield made


@pytest.fixture
def world(  # noqa: PLR0913, PLR0917 - fixtures
    disk: Volume, source: str, tmp_path: Path, template: Path, children: Children, monkeypatch: pytest.MonkeyPatch
) -> World:
    """Furnish a world on that file system; the commands' words and the copies lie elsewhere."""
    folder = disk.folder / "world"
    folder.mkdir()
    monkeypatch.setenv("IMGFILE_STATE", str(folder / "state"))
    return make_world(copy_practice(template, folder, folder / "state"), source, children, tmp_path)


def _cuts(world: World, disk: Volume, folder: Path, after: tuple[str, ...]) -> list[Path]:
    """File once, and copy the device after each such call."""
    folder.mkdir()
    disk.unmount()  # everything that the world is made of is on the device
    disk.mount()
    ran = world.ingest(copy_after=after, copies=str(folder), image=str(disk.image))
    assert ran.status == 0, ran.said
    assert not [*world.unfinished()]
    return sorted(folder.glob("*.img"))


def _expect_survived(world: World, disk: Volume, cut: Path) -> str:
    """Mount what a power cut left, look, and run the same command again."""
    disk.restore(cut)
    phase = cut.name.split("-", 1)[1]
    assert not [*world.lost()], phase
    is_complete = world.is_erased() and not world.pending()
    what = "complete" if is_complete else "noted" if world.pending() else f"{world.records()} records"
    again = world.ingest()
    expected = SourceUnavailable.exit_code if is_complete and not world.is_mailbox else 0
    assert again.status == expected, f"{phase}: {again.said}"
    assert not [*world.unfinished()], phase
    return what


def _survive_all(world: World, disk: Volume, folder: Path, after: tuple[str, ...]) -> None:
    found = Counter(_expect_survived(world, disk, cut) for cut in _cuts(world, disk, folder, after))
    reported = ", ".join(f"{what} {times}" for what, times in found.items())
    print(f"\n{disk.kind}, {world.source.name}: {reported}")  # noqa: T201 - evidence
    assert found.keys() >= {"0 records", "1 records", "noted"}


def test_a_power_cut_after_each_sync_is_survived(world: World, disk: Volume, tmp_path: Path) -> None:
    """Short: on ext4, at each point at which something has just become durable."""
    _survive_all(world, disk, tmp_path / "cuts", ("fsync",))


@pytest.mark.long
@pytest.mark.parametrize("disk", ["ext4", "xfs", "btrfs"], indirect=True)
def test_a_power_cut_after_each_change_is_survived(world: World, disk: Volume, tmp_path: Path) -> None:
    """Long: on three file systems, after every call that changes anything."""
    _survive_all(world, disk, tmp_path / "cuts", EVERY_CHANGE)
