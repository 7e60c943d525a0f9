"""No key is lost, nobody is out or in again, whichever call of an act of the practice fails, or is the last.

The acts are whole commands: approving, removing somebody, a new recovery key, getting back in with it, going on after a
restore, moving to format 2 (`practice_acts.ACTS`). Each call through the seam fails with a full disk, a broken one and
a forbidden one, or is the last before a SIGKILL, a write then being half down; each opening past the seam fails too.
The same command again then completes. All of them, in an hour or two of one processor:

    python -m pytest -n 0 -m long tests/promises/test_survives_practice.py
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest

from imgfile.errors import Damaged, NotWritable, SourceUnavailable, UsageError, WrongKey
from promises.practice_acts import ACTS, Act, Scene, make_scene
from promises.world import Children, Ran

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
KILLED = -9
KNOWN = {0, KILLED, *(kind.exit_code for kind in (Damaged, NotWritable, SourceUnavailable, UsageError, WrongKey))}
"""What a run may say of a system that refuses: never 1, a mistake."""
DONE = (
    *("was approved already", "is of format 2 already", "belongs to that vault already"),
    "is the recovery key of this vault already",
)
"""What the same command may say, and do nothing, where all was done, and no word of it left the dead."""
FAULTS_FOR_CI = 4


@pytest.fixture(params=ACTS, ids=[act.name for act in ACTS])
def scene(
    request: pytest.FixtureRequest, template: Path, tmp_path: Path, children: Children, monkeypatch: pytest.MonkeyPatch
) -> Scene:
    """Furnish the scene of an act, and let the children import what its command needs."""
    act: Act = request.param
    folder = tmp_path / "scene"
    folder.mkdir()
    monkeypatch.setenv("IMGFILE_STATE", str(folder / "state"))
    return make_scene(act, template, folder, tmp_path, children)


def _healthy(scene: Scene) -> Ran:
    """Run the command without a fault, and learn which calls there are."""
    ran = scene.run()
    assert ran.status == 0, ran.said
    assert not [*scene.lost()]
    assert not [*scene.unfinished()]
    return ran


def _wrong_in(scene: Scene, fault: Mapping[str, int]) -> Iterator[str]:
    """Run with a fault, look, and run the same command again; yield what should not be."""
    scene.reset()
    ran = scene.run(**fault)
    if ran.status not in KNOWN or "Traceback" in ran.said:
        yield f"exit {ran.status}: {ran.said}"
    if ran.status and scene.is_untouched():
        return  # the same command again is the healthy run
    yield from scene.lost()
    again = ran
    if ran.status != 0:
        again = scene.run()
        if again.status and not any(words in again.said for words in DONE):
            yield f"exit {ran.status}: {ran.said}, and again exit {again.status}: {again.said}"
    yield from (f"exit {ran.status}, {again.status}: {what}" for what in scene.unfinished())


def _faults(ran: Ran) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield every fault of a run, each with its words: what each call of it can do.

    To die before a look leaves what dying before the next change does.
    """
    for number, call in enumerate(ran.calls, 1):
        at = f"{number} {call.name} {call.path}"
        if call.is_change or number == len(ran.calls):
            yield f"death at {at}", {"die": number}
        if call.name != "close":  # on Linux a failing close has closed all the same
            yield from ((f"{errno.errorcode[code]} at {at}", {"fail": number, "errno": code}) for code in ERRORS)


def test_every_call_of_an_act_is_survived_sampled(scene: Scene) -> None:
    """Short: a few of all faults, evenly spread, and others for each act."""
    faults = [*_faults(_healthy(scene))]
    first = ACTS.index(scene.act)
    step = len(faults) // FAULTS_FOR_CI - 1
    wrong = [f"{at}: {what}" for at, fault in faults[first::step] for what in _wrong_in(scene, fault)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
def test_every_call_of_an_act_is_survived(scene: Scene) -> None:
    """Long: every call, in every way."""
    faults = [*_faults(_healthy(scene))]
    wrong = [f"{at}: {what}" for at, fault in faults for what in _wrong_in(scene, fault)]
    kinds = Counter(next(iter(fault)) for _, fault in faults)
    print(f"\n{scene.act.name}: {dict(kinds)}")  # noqa: T201 - evidence
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
def test_every_opening_of_an_act_is_survived(scene: Scene) -> None:
    """Long: each file and folder that is opened past the seam cannot be, in turn."""
    _healthy(scene)
    opened, wrong = scene.folder / "opened", []
    for number in count(1):
        code = ERRORS[number % len(ERRORS)]
        opened.unlink(missing_ok=True)
        told = [*_wrong_in(scene, {"open": number, "errno": code})]
        if not opened.exists():
            break
        wrong += [f"{errno.errorcode[code]} at {opened.read_text()}: {what}" for what in told]
    assert number > 10
    assert not wrong, "\n".join(wrong)
