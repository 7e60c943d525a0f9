"""Approving a destruction survives whatever the file system does: the same again completes it, and no key is left over.

Each call to the file system fails once, or is the last before the process is gone. CI tries a sample; all of them:

    python -m pytest -n 0 -m long tests/acts/life/test_destroy_survives.py
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from imgfile.acts.life import destroy
from imgfile.errors import Error
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import history as life
from imgfile.vault.life.burn import keys_of
from imgfile.vault.records.manifest import Manifest
from kit.vault.destroying import LATER, Two
from kit.vault.erasure import ERRORS, FailingSystem, Fault, failing_at, stand_in
from kit.vault.lives import NOTE, Life
from kit.vault.practice import Practice


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


def _approve(two: Two) -> None:
    """Approve what is proposed, as the next command would."""
    (pending,) = destroy.waiting(two.vault)
    destroy.approve(two.vault, pending, two.second, at=LATER)


def _calls(two: Two) -> list[str]:
    """Return the calls of a run that nothing befalls."""
    system = FailingSystem(failing_at(0, errno.EIO))
    with pytest.MonkeyPatch.context() as patch:
        stand_in(system, patch.setattr)
        _approve(two)
    return system.calls


def _faults(calls: list[str]) -> Iterator[tuple[str, Fault]]:
    for number, name in enumerate(calls, 1):
        yield f"death at {number} {name}", _dying_at(number)
        if name != "close":
            yield from ((f"{errno.errorcode[code]} at {number} {name}", failing_at(number, code)) for code in ERRORS)


def _wrong(two: Two, of: Manifest, fault: Fault) -> Iterator[str]:
    """Run with a fault, look, run again; yield what should not be."""
    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        try:
            _approve(two)
        except _DeathError:
            pass
        except Error as error:
            if error.exit_code == 1:
                yield f"{error!r}, a mistake"
    two = two.reopened()
    yield from (f"after the fault: {finding}" for finding in verify(two.vault) if finding.kind.is_damage)
    _approve(two)
    two = two.reopened()
    allowed = {Kind.UNFINISHED}
    yield from (f"after the second run: {finding}" for finding in verify(two.vault) if finding.kind not in allowed)
    history = life.load(two.vault, of)
    if history.gone is None:
        yield "it is still there"
    yield from (f"a key is left: {name}" for name in keys_of(two.vault, history) if two.vault.store.exists(name))


def _survives(practice: Practice, *, most: int) -> None:
    two = Two.of(practice)
    record = Life.begin(two.practice)
    record.add(NOTE)
    two.propose(record.of)
    state = two.vault.station.folder
    kept = two.practice.folder.with_name("kept")
    kept.mkdir()
    for folder in (two.practice.folder, state):
        shutil.copytree(folder, kept / folder.name)

    def reset() -> Two:
        for folder in (two.practice.folder, state):
            shutil.rmtree(folder)
            shutil.copytree(kept / folder.name, folder)
        return replace(two, practice=replace(two.practice, vault=two.practice.reopened()))

    calls = _calls(two)
    assert len(calls) > 50
    wrong, faults = [], [*_faults(calls)]
    for at, fault in faults[:: max(1, len(faults) // most)]:
        wrong += [f"{at}: {what}" for what in _wrong(reset(), record.of, fault)]
    assert not wrong, "\n".join(wrong)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no disk: this is about calls."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


def test_every_call_is_survived_sampled(practice: Practice) -> None:
    """Short: a few of all faults, evenly spread."""
    _survives(practice, most=9)


@pytest.mark.long
def test_every_call_is_survived(practice: Practice) -> None:
    """Long: every call, in every way."""
    _survives(practice, most=len(ERRORS) * 10_000)
