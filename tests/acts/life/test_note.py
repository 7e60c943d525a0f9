"""A note is anybody's who sits at a computer of the practice, and it survives whatever the file system does.

Each call to the file system fails once, or is the last before the process is gone; the same again then completes, and
`verify` finds no damage, whatever was left. CI tries a sample; all of them:

    python -m pytest -n 0 -m long tests/acts/life/test_note.py
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from imgfile.acts.life import amend
from imgfile.acts.life.note import add_words
from imgfile.acts.life.person import admit_person, expect_open_to_additions, person_here
from imgfile.clinical.facts import Person
from imgfile.errors import Damaged, Error, NotWritable
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.life import history as life
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role
from imgfile.vault.trail import chain
from kit.vault.erasure import ERRORS, FailingSystem, Fault, failing_at, stand_in
from kit.vault.filings import DOCTOR, flags
from kit.vault.lives import NOTE, Life
from kit.vault.practice import NOON, Practice, clinician_of

Act = Callable[[Practice, Manifest], object]


def note(practice: Practice, of: Manifest) -> object:
    """Add words, as the next command would."""
    return add_words(practice.reopened(), of, NOTE, DOCTOR, at=NOON)


def amended(practice: Practice, of: Manifest) -> object:
    """Amend the site, as the next command would; say so where it is amended already."""
    vault = practice.reopened()
    expect_open_to_additions(vault, of)
    by = admit_person(vault, [clinician_of(practice)], frozenset({Role.CLINICIAN}), "amend a record")
    opened = Life(Practice(vault, practice.folder, practice.recovery_file), of).opened()
    if opened.facts.decision.body_site == "left knee":
        return None
    draft = amend.take(amend.begin(vault, opened, by.person), flags({"body_site": "left knee"}), None)
    return amend.amend(vault, draft, "sides mixed up", by, at=NOON)


def marked(practice: Practice, of: Manifest) -> object:
    """Mark it as intimate, as reception would."""
    return amend.mark_intimate(practice.reopened(), of, "seen at reception", None, at=NOON)


ACTS: dict[str, Act] = {"note": note, "amend": amended, "mark": marked}


class _DeathError(BaseException):
    """The process is gone: nothing that follows runs, and nothing is cleaned up that the seam does."""


def _dying_at(number: int) -> Fault:
    """Let no call from this one on reach the system."""

    def fault(
        count: int, _name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        if count >= number and _name != "close":
            raise _DeathError
        return real(*arguments, **named)

    return fault


def _calls(practice: Practice, of: Manifest, act: Act) -> list[str]:
    """Return the calls of a run that nothing befalls."""
    system = FailingSystem(failing_at(0, errno.EIO))
    with pytest.MonkeyPatch.context() as patch:
        stand_in(system, patch.setattr)
        act(practice, of)
    return system.calls


def _faults(calls: list[str]) -> Iterator[tuple[str, Fault]]:
    for number, name in enumerate(calls, 1):
        yield f"death at {number} {name}", _dying_at(number)
        if name != "close":
            yield from ((f"{errno.errorcode[code]} at {number} {name}", failing_at(number, code)) for code in ERRORS)


def _wrong(practice: Practice, of: Manifest, act: Act, fault: Fault) -> Iterator[str]:
    """Run with a fault, look, run again; yield what should not be."""
    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        try:
            act(practice, of)
        except _DeathError:
            pass
        except Error as error:
            if error.exit_code == 1:
                yield f"{error!r}, a mistake"
    yield from _damage(practice.reopened(), of, "after the fault")
    before = len(life.load(practice.reopened(), of).additions)
    act(practice, of)
    after = life.load(practice.reopened(), of)
    if not (after.additions and before <= len(after.additions)):
        yield f"{len(after.additions)} additions"
    found = [finding for finding in verify(practice.reopened()) if "entry" in finding.message]
    yield from (f"never entered: {finding.where}" for finding in found)
    yield from _damage(practice.reopened(), of, "after the second run")


def _damage(vault: Vault, of: Manifest, when: str) -> Iterator[str]:
    yield from (f"{when}: {finding}" for finding in verify(vault) if finding.kind.is_damage)
    try:
        life.load(vault, of).expect_whole()
    except Damaged as error:
        yield f"{when}: {error}"


def _survives(practice: Practice, act: Act, *, most: int) -> None:
    record = Life.begin(practice)
    state = practice.vault.station.folder
    kept = practice.folder.with_name("kept")
    kept.mkdir()
    for folder in (practice.folder, state):
        shutil.copytree(folder, kept / folder.name)

    def reset() -> None:
        for folder in (practice.folder, state):
            shutil.rmtree(folder)
            shutil.copytree(kept / folder.name, folder)

    calls = _calls(practice, record.of, act)
    assert len(calls) > 30
    wrong = []
    faults = [*_faults(calls)]
    for at, fault in faults[:: max(1, len(faults) // most)]:
        reset()
        wrong += [f"{at}: {what}" for what in _wrong(practice, record.of, act, fault)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_every_call_is_survived_sampled(practice: Practice, act: Act) -> None:
    """Short: a few of all faults, evenly spread."""
    _survives(practice, act, most=9)


@pytest.mark.long
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_every_call_is_survived(practice: Practice, act: Act) -> None:
    """Long: every call, in every way."""
    _survives(practice, act, most=len(ERRORS) * 10_000)


def test_a_note_is_signed_by_the_computer_and_said_by_whoever_is_named(practice: Practice) -> None:
    """Without a name, by whose computer it is; by nobody where it is nobody's."""
    record = Life.begin(practice)
    vault = practice.vault
    owner = person_here(vault)
    for by in (owner, Person("R. Desk"), None):
        add_words(vault, record.of, NOTE, by, at=NOON)
    opened = record.opened()
    assert [each.content.by for each in opened.added] == [owner, Person("R. Desk"), None]
    assert all(each.stated.signer.is_station for each in opened.added)
    assert [*verify(vault), *verify_openings(vault, record.keys)] == []
    assert opened.facts == opened.filed.facts


def test_an_entry_that_could_not_be_made_is_said_and_made_by_the_next_act(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words count: whoever typed them is not to repeat them."""
    record = Life.begin(practice)

    def full(*_: object, **__: object) -> None:
        raise NotWritable("the disk is full.", "Make room.")

    with monkeypatch.context() as patch:
        patch.setattr(chain, "append", full)
        with pytest.raises(NotWritable) as caught:
            add_words(practice.vault, record.of, NOTE, None, at=NOON)
    assert "counts" in caught.value.hint
    assert "Make room." in caught.value.hint
    assert [finding.kind for finding in verify(practice.vault)] == [Kind.UNFINISHED]
    add_words(practice.vault, record.of, NOTE, None, at=NOON)
    assert list(verify(practice.vault)) == []
