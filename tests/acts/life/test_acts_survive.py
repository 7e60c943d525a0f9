"""What becomes of a record, and of what waits in the inbox, survives whatever the file system does, and a power cut.

Moving, destroying, withdrawing, amending, holding, accepting and rejecting, changing a number, destroying what a hold
kept, filing with a form: each call to the file system fails once, in each way, or is the last before the process is
gone; and after each call the power goes, with nothing left but what was synced, as the strictest file system may have
it. The same again completes it, and no key is left over. CI tries a few of each; all of them, and every cut on real
ext4, xfs and btrfs:

    python -m pytest -n 0 -m long tests/acts/life/test_acts_survive.py
"""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from imgfile.errors import Error
from kit.vault.erasure import ERRORS, FailingSystem, Fault, failing_at, stand_in
from kit.vault.form_acts import FORM_ACTS
from kit.vault.life_acts import LIFE_ACTS
from kit.vault.life_ground import Ground, LifeAct, wrong_after
from kit.vault.power import Power, watched_power
from kit.vault.practice import Practice, copy_practice
from kit.volumes import Volume, volume

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # of the dead: what they never close
]
NAMES = ("fsync", "link", "unlink", "mkdir", "rename", "replace")
"""After which calls something may have just become durable."""
FAULTS_FOR_CI, CUTS_FOR_CI = 3, 3
SIMULATED = [act for act in LIFE_ACTS if act not in FORM_ACTS]
"""What is erased is known by its inode, which only a real device keeps."""
each_act = pytest.mark.parametrize("act", LIFE_ACTS, ids=[act.name for act in LIFE_ACTS])


class _DeathError(BaseException):
    """The process is gone: nothing that follows runs, and nothing is cleaned up that the seam does."""


def _dying_at(number: int) -> Fault:
    """Let no call from this one on reach the system."""

    def fault(
        count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        if count >= number and name != "close":
            raise _DeathError
        return real(*arguments, **named)

    return fault


def _run(act: LifeAct, ground: Ground, fault: Fault) -> Iterator[str]:
    """Run an act with a fault; yield what nobody should be told."""
    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        try:
            act.run(ground)
        except _DeathError:
            pass
        except Error as error:
            if error.exit_code == 1:
                yield f"{error!r}, a mistake"


def _calls(act: LifeAct, ground: Ground) -> list[str]:
    system = FailingSystem(failing_at(0, errno.EIO))
    with pytest.MonkeyPatch.context() as patch:
        stand_in(system, patch.setattr)
        act.run(ground)
    return system.calls


def _faults(calls: list[str]) -> Iterator[tuple[str, Fault]]:
    for number, name in enumerate(calls, 1):
        if name == "close":
            continue
        yield f"death at {number} {name}", _dying_at(number)
        yield from ((f"{errno.errorcode[code]} at {number} {name}", failing_at(number, code)) for code in ERRORS)


class _Kept:
    """A practice's folders as they were, to begin each trial from."""

    def __init__(self, ground: Ground, aside: Path) -> None:
        self._ground, self._aside = ground, aside
        self._folders = ground.folders
        for folder in self._folders:
            shutil.copytree(folder, aside / folder.name)

    def anew(self) -> Ground:
        """Put everything back."""
        for folder in self._folders:
            shutil.rmtree(folder)
            shutil.copytree(self._aside / folder.name, folder)
        return self._ground.reopened()

    def left(self, survivors: dict[str, bytes], root: Path) -> Ground:
        """Leave what survived, below a root, and nothing else."""
        for folder in self._folders:
            shutil.rmtree(folder)
            folder.mkdir(parents=True)
        for name, data in survivors.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        return self._ground.reopened()


def _survives(act: LifeAct, practice: Practice, aside: Path, *, most: int) -> None:
    kept = _Kept(act.furnish(practice), aside)
    faults = [*_faults(_calls(act, kept.anew()))]
    assert len(faults) > 50
    first = LIFE_ACTS.index(act)  # others for each act
    wrong = []
    for at, fault in faults[first :: max(1, len(faults) // most)]:
        ground = kept.anew()
        wrong += [f"{at}: {what}" for what in (*_run(act, ground, fault), *wrong_after(act, ground))]
    print(f"\n{act.name}: {len(faults)} faults, {len(wrong)} wrong")  # noqa: T201 - evidence
    assert not wrong, "\n".join(wrong)


@each_act
def test_every_call_of_an_act_is_survived_sampled(
    act: LifeAct, practice: Practice, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Short: a few of all faults, evenly spread."""
    _survives(act, practice, tmp_path_factory.mktemp("kept"), most=FAULTS_FOR_CI)


@pytest.mark.long
@each_act
def test_every_call_of_an_act_is_survived(
    act: LifeAct, practice: Practice, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Long: every call, in every way."""
    _survives(act, practice, tmp_path_factory.mktemp("kept"), most=len(ERRORS) * 10_000)


def _loses_power(act: LifeAct, practice: Practice, root: Path, aside: Path, *, most: int) -> None:
    kept, cuts, syncs = _Kept(act.furnish(practice), aside), list[dict[str, bytes]](), 0

    def cut(power: Power) -> None:
        nonlocal syncs
        if cuts and power.syncs == syncs:
            return
        syncs = power.syncs
        left = {name: data for name, data in power.survivors().items() if not (root / name).is_dir()}
        if not cuts or left != cuts[-1]:
            cuts.append(left)

    ground = kept.anew()
    with watched_power(root, cut):
        act.run(ground)
    assert len(cuts) > 5
    first, wrong = LIFE_ACTS.index(act), []
    for number, left in list(enumerate(cuts))[first % 5 :: max(1, len(cuts) // most)]:
        wrong += [f"cut {number}: {what}" for what in wrong_after(act, kept.left(left, root))]
    print(f"\n{act.name}: {len(cuts)} cuts, {len(wrong)} wrong")  # noqa: T201 - evidence
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("act", SIMULATED, ids=[act.name for act in SIMULATED])
def test_a_power_cut_is_survived_sampled(
    act: LifeAct, practice: Practice, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Short: after a few of the calls, with what was synced and no more."""
    _loses_power(act, practice, tmp_path, tmp_path_factory.mktemp("kept"), most=CUTS_FOR_CI)


@pytest.mark.long
@pytest.mark.parametrize("act", SIMULATED, ids=[act.name for act in SIMULATED])
def test_a_power_cut_after_every_call_is_survived(
    act: LifeAct, practice: Practice, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Long: after every call."""
    _loses_power(act, practice, tmp_path, tmp_path_factory.mktemp("kept"), most=1_000_000)


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Volume]:
    """Mount a fresh file system."""
    (tmp_path / "volume").mkdir()
    with volume(request.param, tmp_path / "volume") as made:
        yield made


def _copying(disk: Volume, cuts: Path) -> Fault:
    """Copy the device after each call after which something may have become durable."""

    def fault(
        count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        result = real(*arguments, **named)
        if name in NAMES:
            copy = cuts / f"{count:04}-{name}.img"
            subprocess.run(["cp", "--sparse=always", disk.image, copy], check=True)
        return result

    return fault


@pytest.mark.long
@each_act
@pytest.mark.parametrize("disk", ["ext4", "xfs", "btrfs"], indirect=True)
def test_a_power_cut_of_a_real_device_is_survived(
    act: LifeAct, disk: Volume, tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long: the device is copied after each sync and each change of a name; each copy is mounted, which replays."""
    folder, cuts = disk.folder / "scene", tmp_path / "cuts"
    folder.mkdir()
    cuts.mkdir()
    monkeypatch.setenv("IMGFILE_STATE", str(folder / "state"))
    ground = act.furnish(copy_practice(template, folder, folder / "state"))
    disk.unmount()
    disk.mount()
    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(_copying(disk, cuts)), patch.setattr)
        act.run(ground.reopened())
    copies, wrong = sorted(cuts.iterdir()), []
    assert len(copies) > 5
    for copy in copies:
        disk.restore(copy)
        copy.unlink()
        wrong += [f"{copy.name}: {what}" for what in wrong_after(act, ground)]
    print(f"\n{disk.kind}, {act.name}: {len(copies)} cuts, {len(wrong)} wrong")  # noqa: T201 - evidence
    assert not wrong, "\n".join(wrong)
