"""Changing a number survives whatever the file system does: the same two numbers go on, and no photo is there twice.

Each call to the file system fails once, or is the last before the process is gone. CI tries a sample; all of them:

    python -m pytest -n 0 -m long tests/acts/life/test_rekey_survives.py
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from imgfile.acts.life import rekey as act
from imgfile.acts.life.person import Actor
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import Error
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys.thing_key import ThingKey
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.open import open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.open import open_photo
from kit.vault.destroying import actor
from kit.vault.erasure import ERRORS, FailingSystem, Fault, failing_at, stand_in
from kit.vault.filings import MOLE, filed
from kit.vault.lives import NOTE, WITHDRAWN, Life
from kit.vault.moving import LATER
from kit.vault.practice import Practice, administrator_of

NEW = "9990000026"


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


def _rekey(practice: Practice, by: Actor) -> None:
    """Change the number, as the next command would."""
    vault = practice.vault
    old = act.find_old(vault, MOLE["patient"])
    if not old.here:
        act.finish(vault, old)
        return
    born = act.birth_dates(vault, old, by)[0].isoformat()
    given = {"patient": Given(NEW, Provenance.FLAG), "dob": Given(born, Provenance.FLAG)}
    to = act.identify(vault, old, given, allow_test=True, ask=None)
    plan = act.Plan(old, to, tuple(act.judge(vault, old, to, by, ask=None)))
    for _ in act.rekey(vault, plan, "traced", by, at=LATER):
        pass


def _calls(practice: Practice, by: Actor) -> list[str]:
    """Return the calls of a run that nothing befalls."""
    system = FailingSystem(failing_at(0, errno.EIO))
    with pytest.MonkeyPatch.context() as patch:
        stand_in(system, patch.setattr)
        _rekey(practice, by)
    return system.calls


def _faults(calls: list[str]) -> Iterator[tuple[str, Fault]]:
    for number, name in enumerate(calls, 1):
        yield f"death at {number} {name}", _dying_at(number)
        if name != "close":
            yield from ((f"{errno.errorcode[code]} at {number} {name}", failing_at(number, code)) for code in ERRORS)


def _wrong(practice: Practice, by: Actor, fault: Fault) -> Iterator[str]:
    """Run with a fault, look, run again; yield what should not be."""
    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        try:
            _rekey(practice, by)
        except _DeathError:
            pass
        except Error as error:
            if error.exit_code == 1:
                yield f"an error without a name: {error.message}"
    vault = practice.vault
    for new in _here(practice, NEW):
        if Effect.USE_STOPPED not in life.load(vault, new).effects:
            yield "the new record was usable although use had been stopped"
    _rekey(practice, by)
    there, old = _here(practice, NEW), act.find_old(vault, MOLE["patient"])
    photos = [open_photo(vault, open_record(vault, each, by.practice).filed, by.practice) for each in there]
    if sorted(photos) != [b"first", b"second"] or old.here:
        yield f"{len(there)} records under the new number, {len(old.here)} under the old one"
    if any(len(life.load(vault, each).additions) != 2 for each in there):
        yield "what was added did not go along once"
    for each in old.gone:
        key = each.manifest.key
        if isinstance(key, ThingKey) and vault.store.exists(key.name):
            yield "an old key is left"
    yield from (f"{found.kind} {found.where}: {found.message}" for found in verify(vault) if _is_wrong(found.kind))


def _is_wrong(kind: Kind) -> bool:
    return kind is not Kind.UNFINISHED


def _here(practice: Practice, number: str) -> list[manifest.Manifest]:
    try:
        return list(act.find_old(practice.vault, number).here)
    except Error:
        return []


def _try(practice: Practice, most: int) -> None:
    for data in (b"first", b"second"):
        done = practice.file_decided(filed(MOLE), data)
        record = Life(practice, manifest.load(practice.vault, done.patient, done.record))
        record.add(NOTE)
        record.add(WITHDRAWN, Effect.USE_STOPPED)
    by, state = actor(practice, administrator_of(practice)), practice.vault.station.folder
    kept = practice.folder.with_name("kept")
    kept.mkdir()
    for folder in (practice.folder, state):
        shutil.copytree(folder, kept / folder.name)

    def reset() -> Practice:
        for folder in (practice.folder, state):
            shutil.rmtree(folder)
            shutil.copytree(kept / folder.name, folder)
        return replace(practice, vault=practice.reopened())

    calls = _calls(practice, by)
    assert len(calls) > 50
    wrong, faults = [], [*_faults(calls)]
    for at, fault in faults[len(faults) // most // 2 :: max(1, len(faults) // most)]:
        wrong += [f"{at}: {what}" for what in _wrong(reset(), by, fault)]
    assert not wrong, "\n".join(wrong)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no disk: this is about calls."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


def test_every_call_is_survived_sampled(practice: Practice) -> None:
    """Short: a few of all faults, evenly spread."""
    _try(practice, most=5)


@pytest.mark.long
def test_every_call_is_survived(practice: Practice) -> None:
    """Long: every call, in every way."""
    _try(practice, most=len(ERRORS) * 10_000)
