"""No key is lost, and the vault stays whole, whichever call of joining or approving fails, or is the last.

Every call through the seam fails in turn, with a full disk, a broken one, a forbidden one; and at every call the run
dies: that call and all after it are never made. The same act again then completes, and the newcomer opens the vault.
CI does one call in fifteen, each with one of the errors. All of them, in each way:

    python -m pytest -n 0 -m long tests/promises/test_survives_joining.py
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from imgfile.acts.practice import join
from imgfile.acts.practice.join import Joining
from imgfile.errors import Damaged, NotWritable, UsageError, WrongKey
from imgfile.state import Pin
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.choose import choose
from imgfile.vault.joining.judge import lists
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.trail import read as trail
from kit.vault.erasure import ERRORS, FailingSystem, Fault, failing_at, stand_in
from kit.vault.joining import COLLEAGUE, account, ask, enrolled, identity_at, let_in
from kit.vault.practice import Practice, copy_practice


class Dead(BaseException):
    """The process is no more: nothing that it would have done afterwards is done."""


def dying_from(number: int) -> Fault:
    """Never return from one call, nor from any after it."""

    def fault(
        count: int, _name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        if count >= number:
            raise Dead
        return real(*arguments, **named)

    return fault


@contextmanager
def system(fault: Fault) -> Iterator[FailingSystem]:
    """Have a system with a fault."""
    with pytest.MonkeyPatch.context() as patch:
        faulty = FailingSystem(fault)
        stand_in(faulty, patch.setattr)
        yield faulty


@dataclass(frozen=True)
class Scene:
    """A vault, the founder's state and the newcomer's, of which a copy is kept."""

    founded: Practice
    folder: Path
    newcomer: Path

    @property
    def practice(self) -> Practice:
        """The practice as the next command finds it: nothing is remembered but what is in the state."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("IMGFILE_STATE", str(self.folder / "state"))
            return replace(self.founded, vault=open_vault(choose(None)))

    def keep(self) -> None:
        """Remember everything as it is."""
        shutil.copytree(self.folder, self.folder.parent / "kept", dirs_exist_ok=True)

    def reset(self) -> None:
        """Put everything back."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.folder.parent / "kept", self.folder)

    def faults(self, act: Callable[[], object], step: int) -> Iterator[Fault]:
        """Yield every fault for an act, which is done once to count its calls."""
        with system(lambda _count, _name, real, arguments, named: real(*arguments, **named)) as counted:
            act()
        assert len(counted.calls) > 10
        for number in range(1 + step // 2, len(counted.calls) + 1, step):
            for code in ERRORS if step == 1 else (ERRORS[number % len(ERRORS)],):
                self.reset()
                yield failing_at(number, code)
            self.reset()
            yield dying_from(number)
        self.reset()

    def damage(self) -> list[str]:
        """List what is damaged in the vault."""
        return [f"{one.where}: {one.message}" for one in verify(self.practice.reopened()) if one.kind.is_damage]


STEPS = pytest.mark.parametrize("step", [15, pytest.param(1, marks=pytest.mark.long)], ids=["one in fifteen", "every"])
"""Which calls fail: some of them each time, and all of them, with each of the errors, in the long run."""


@pytest.fixture
def scene(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Set the scene in one folder."""
    folder = tmp_path / "scene"
    folder.mkdir()
    monkeypatch.setenv("IMGFILE_STATE", str(folder / "state"))
    return Scene(copy_practice(template, folder, folder / "state"), folder, folder / "newcomer")


def attempted(act: Callable[[], object], fault: Fault) -> None:
    """Do an act with a fault: it ends well, or with words of ours, or dies."""
    with system(fault), suppress(NotWritable, Damaged, WrongKey, Dead):
        act()


@STEPS
def test_asking_survives_every_call(scene: Scene, step: int) -> None:
    """Run again it goes on, or begins anew; what is approved then opens the vault."""
    scene.keep()

    def asks() -> Joining:
        with account(scene.newcomer):
            return join.resumed(join.look(scene.practice.folder)) or ask(scene.practice)

    for fault in scene.faults(asks, step):
        attempted(asks, fault)
        assert scene.damage() == []
        asked = asks()
        made = scene.practice.folder / layout.request(asked.request.name)
        assert made.read_bytes() == asked.request.note.encode()
        with account(scene.newcomer):
            station = Station(Pin(asked.found.vault, asked.found.folder, asked.found.first_digest, 1, "", ""))
            assert opens(station, asked)
    let_in(scene.practice, asks().request)
    with account(scene.newcomer):
        assert enrolled(asks()).roster.number == 2


def opens(station: Station, asked: Joining) -> bool:
    """Return whether the kept identity is the one that was approved."""
    credential = asked.request.credential
    return credential is not None and str(identity_at(station).recipient) == credential.recipient


@STEPS
def test_approving_survives_every_call(scene: Scene, step: int) -> None:
    """The same command again completes it: one roster, one entry, and both open what they should."""
    with account(scene.newcomer):
        asked = ask(scene.practice)
    scene.keep()

    def approves() -> object:
        return let_in(scene.practice, asked.request)

    for fault in scene.faults(approves, step):
        attempted(approves, fault)
        assert scene.damage() == []
        with suppress(UsageError):  # it was approved before the fault, which the rest of this sees
            approves()
        vault = scene.practice.reopened()
        assert vault.roster.number == 2
        assert lists(vault.roster, asked.request)
        entered = [entry["number"] for note in trail.walk(vault, vault.here.station) for entry in note.entries]
        assert entered == [2]
        assert scene.damage() == []
        with account(scene.newcomer):
            joined = enrolled(asked)
            assert asked.identity is not None
            assert open_practice(joined, [asked.identity])[1] == asked.request.ids[1]


@STEPS
def test_enrolling_survives_every_call(scene: Scene, step: int) -> None:
    """The approval is there: whatever fails, the next run takes it up, with the keys that were made before."""
    with account(scene.newcomer):
        asked = ask(scene.practice)
    let_in(scene.practice, asked.request, COLLEAGUE)
    scene.keep()

    def enrols() -> None:
        with account(scene.newcomer):
            resumed = join.resumed(join.look(scene.practice.folder))
            assert resumed is not None
            enrolled(replace(resumed, identity=asked.identity))

    for fault in scene.faults(enrols, step):
        attempted(enrols, fault)
        with account(scene.newcomer):
            if join.pinned(join.look(scene.practice.folder)) is not None:
                continue  # it was enrolled before the fault
        enrols()
        with account(scene.newcomer):
            assert join.pinned(join.look(scene.practice.folder)) is not None
            assert identity_at(choose(None))
