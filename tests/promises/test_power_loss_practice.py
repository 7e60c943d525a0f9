"""No key is lost, nobody is out or in again, whenever the power goes while somebody is let in or removed.

Vault, states and recovery files lie on one file system on a loop device. While an act's command runs, the device is
copied at each point at which something has just been made durable; each copy is then mounted, which replays the
journal, and looked at, and the same command is run again. Filing is in `test_power_loss`; what becomes of records, of
numbers and of the inbox in `tests/acts/life/test_acts_survive.py`. All of them, on three file systems, after each sync
and each name that appears or goes:

    python -m pytest -n 0 -m long tests/promises/test_power_loss_practice.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.volumes import Volume, volume
from promises.practice_acts import ACTS, Act, Scene, make_scene
from promises.test_survives_practice import DONE
from promises.world import Children

NAMES = ("link", "unlink", "mkdir", "rename", "replace")
CUTS_FOR_CI = 3


@pytest.fixture(params=["ext4"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Volume]:
    """Mount a fresh file system; ext4 where nothing else is asked for."""
    (tmp_path / "volume").mkdir()
    with volume(request.param, tmp_path / "volume") as made:
        yield made


@pytest.fixture(params=ACTS, ids=[act.name for act in ACTS])
def scene(  # noqa: PLR0913, PLR0917 - fixtures
    request: pytest.FixtureRequest,
    disk: Volume,
    tmp_path: Path,
    template: Path,
    children: Children,
    monkeypatch: pytest.MonkeyPatch,
) -> Scene:
    """Furnish the scene of an act on that file system; the command's words and the copies lie elsewhere."""
    act: Act = request.param
    folder = disk.folder / "scene"
    folder.mkdir()
    monkeypatch.setenv("IMGFILE_STATE", str(folder / "state"))
    return make_scene(act, template, folder, tmp_path, children)


def _cuts(scene: Scene, disk: Volume, folder: Path, after: tuple[str, ...]) -> list[Path]:
    """Run the command once, and copy the device after each such call."""
    folder.mkdir()
    disk.unmount()  # everything that the scene is made of is on the device
    disk.mount()
    ran = scene.run(copy_after=after, copies=str(folder), image=str(disk.image))
    assert ran.status == 0, ran.said
    assert not [*scene.unfinished()]
    return sorted(folder.glob("*.img"))


def _wrong_after(scene: Scene, disk: Volume, cut: Path) -> Iterator[str]:
    """Mount what a power cut left, look, and run the same command again; yield what should not be."""
    disk.restore(cut)
    yield from scene.lost()
    again = scene.run()
    if again.status and not any(words in again.said for words in DONE):
        yield f"exit {again.status}: {again.said}"
    yield from scene.unfinished()


def test_a_power_cut_after_a_sync_is_survived(scene: Scene, disk: Volume, tmp_path: Path) -> None:
    """Short: on ext4, at a few of the points at which something has just become durable, others for each act."""
    cuts = _cuts(scene, disk, tmp_path / "cuts", ("fsync",))
    first, step = ACTS.index(scene.act), len(cuts) // CUTS_FOR_CI
    assert step > 1
    chosen = cuts[first % step :: step]
    wrong = [f"{cut.name}: {what}" for cut in chosen for what in _wrong_after(scene, disk, cut)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
@pytest.mark.parametrize("disk", ["ext4", "xfs", "btrfs"], indirect=True)
def test_a_power_cut_after_each_sync_and_name_is_survived(scene: Scene, disk: Volume, tmp_path: Path) -> None:
    """Long: on three file systems, after every sync and every change of a name."""
    cuts = _cuts(scene, disk, tmp_path / "cuts", ("fsync", *NAMES))
    wrong = [f"{cut.name}: {what}" for cut in cuts for what in _wrong_after(scene, disk, cut)]
    print(f"\n{disk.kind}, {scene.act.name}: {len(cuts)} cuts")  # noqa: T201 - evidence
    assert not wrong, "\n".join(wrong)
