"""What becomes of the signed form that a photo was filed with: where the photo moves, is rekeyed, or is destroyed.

The form is the wrong patient's where a photo was theirs by mistake, and goes with the photo where its number changed.
Filing survives every call with a form as without one; CI tries some of the faults.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgfile.acts.disclosure.agreed import agreed_purposes
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.life import rekey
from imgfile.acts.options import Request
from imgfile.acts.outcome import Filed
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.vocabulary import Provenance, Purpose
from imgfile.errors import Error, RefusedByRule
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.thing_key import ThingKey
from imgfile.vault.life.open import open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.find import find
from imgfile.vault.records.manifest import Manifest
from kit.photos import jpeg_png as photos
from kit.vault.destroying import Two, actor
from kit.vault.erasure import ERRORS, FailingSystem, Fault, failing_at, stand_in
from kit.vault.filings import ADULT, MOLE, flags
from kit.vault.ingest_runs import local, run_of
from kit.vault.lives import Life
from kit.vault.moving import RIGHT, Scene
from kit.vault.practice import NOON, Practice, administrator_of

PDF = b"%PDF-1.7\nI agree that my photo is used for teaching.\n%%EOF\n"
FAULTS_FOR_CI = 5


def file(practice: Practice, folder: Path) -> Filed:
    """File a photo for care, with a form that allows teaching."""
    folder.mkdir(exist_ok=True)
    (folder / "form.pdf").write_bytes(PDF)
    photo = folder / "mole.jpg"
    if not photo.exists():
        photo.write_bytes(photos.phone_jpeg())
    answers = {**MOLE, "form": "signed", "covers": "teaching", "consent_document": str(folder / "form.pdf")}
    ((_, outcome),) = ingest(run_of(practice), [Request(local(photo), flags(answers))])
    assert isinstance(outcome, Filed), outcome
    return outcome


def form_of(practice: Practice, of: Manifest) -> tuple[bytes, set[Purpose]]:
    """Return the form that a record holds, and what it allows beyond care."""
    vault = practice.reopened()
    opened = open_record(vault, of, actor(practice, administrator_of(practice)).practice)
    data = opened.filed_form.data if opened.filed_form else b""
    is_there = vault.store.exists(f"{layout.record(of.folder, of.record)}/{layout.FORM}")
    assert is_there is (layout.FORM in of.objects) is bool(data)
    return data, set(agreed_purposes(vault, opened, at=NOON))


def test_it_stays_with_the_wrong_patient_where_the_photo_moves(practice: Practice, tmp_path: Path) -> None:
    """Fresh answers, a fresh agreement: neither the form nor what it allowed goes along; it opens no more."""
    old = find(practice.reopened(), file(practice, tmp_path / "in").reference)
    assert form_of(practice, old) == (PDF, {Purpose.TEACHING_INTERNAL})
    scene = Scene(Life(practice, old, at=NOON))
    assert form_of(practice, scene.new(scene.move(RIGHT))) == (b"", set())
    assert scene.is_locked_away(old)
    with pytest.raises(RefusedByRule, match="wrong patient"):
        form_of(practice, old)
    assert scene.found() == set()


def test_it_goes_along_sealed_anew_where_the_number_changes(practice: Practice, tmp_path: Path) -> None:
    """The same patient: the form says what it said, under the new record's key; the old one opens no more."""
    old = find(practice.reopened(), file(practice, tmp_path / "in").reference)
    vault, by = practice.reopened(), actor(practice, administrator_of(practice))
    there = rekey.find_old(vault, ADULT)
    given = {slug: Given(text, Provenance.FLAG) for slug, text in (("patient", "9990000042"), ("dob", "1971-03-03"))}
    to = rekey.identify(vault, there, given, allow_test=True, ask=None)
    plan = rekey.Plan(there, to, tuple(rekey.judge(vault, there, to, by, ask=None)))
    ((_, done),) = rekey.rekey(vault, plan, "traced", by, at=NOON)
    assert done.tombstone.to is not None
    new = manifest.load(vault, *done.tombstone.to)
    assert form_of(practice, new) == (PDF, {Purpose.TEACHING_INTERNAL})
    assert new.objects[layout.FORM] != old.objects[layout.FORM]
    assert isinstance(old.key, ThingKey)
    assert not vault.store.exists(old.key.name)
    assert list(verify(practice.reopened())) == []
    assert list(verify_openings(practice.reopened(), by.practice)) == []


def test_nobody_opens_it_once_its_record_is_destroyed(practice: Practice, tmp_path: Path) -> None:
    """Its key is the record's: it goes with that, and the ciphertext says nothing."""
    two = Two.of(practice)
    old = find(two.practice.reopened(), file(two.practice, tmp_path / "in").reference)
    assert form_of(two.practice, old)[0] == PDF
    two = two.reopened()
    two.destroy(old)
    with pytest.raises(RefusedByRule, match="destroyed"):
        form_of(two.practice, old)
    assert isinstance(old.key, ThingKey)
    assert not two.vault.store.exists(old.key.name)
    assert list(verify(two.practice.reopened())) == []


class _DiedError(BaseException):
    """The process is gone."""


def _dying_at(number: int) -> Fault:
    def fault(
        count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        if count >= number and name != "close":
            raise _DiedError
        return real(*arguments, **named)

    return fault


def _run(practice: Practice, folder: Path, fault: Fault) -> list[str]:
    system = FailingSystem(fault)
    with pytest.MonkeyPatch.context() as patch:
        stand_in(system, patch.setattr)
        with contextlib.suppress(_DiedError, AssertionError, Error):  # dead, or refused: its source is looked at below
            file(practice, folder)
    return system.calls


def _survives(practice: Practice, aside: Path, *, most: int) -> None:
    kept = (practice.folder, practice.vault.station.folder)
    for each in kept:
        shutil.copytree(each, aside / each.name)

    def anew() -> None:
        for each in kept:
            shutil.rmtree(each)
            shutil.copytree(aside / each.name, each)
        shutil.rmtree(aside / "in", ignore_errors=True)

    calls = _run(practice, aside / "in", failing_at(0, errno.EIO))
    faults = [(f"death at {at} {name}", _dying_at(at)) for at, name in enumerate(calls, 1)]
    faults += [
        (f"{errno.errorcode[code]} at {at} {name}", failing_at(at, code))
        for code in ERRORS
        for at, name in enumerate(calls, 1)
    ]
    assert len(faults) > 100
    keys = actor(practice, administrator_of(practice)).practice
    for what, fault in faults[:: max(1, len(faults) // most)]:
        anew()
        _run(practice, aside / "in", fault)
        assert not [each for each in verify(practice.reopened()) if each.kind.is_damage], what
        source = aside / "in" / "mole.jpg"
        is_whole = not source.exists() or source.read_bytes() != photos.phone_jpeg()  # overwritten, not unlinked yet
        forms = [each for each in practice.folder.rglob(layout.MANIFEST) if (each.parent / layout.FORM).exists()]
        assert len(forms) == 1 if is_whole else len(forms) <= 1, what
        outcome = None if is_whole else file(practice, aside / "in")
        found = find(practice.reopened(), outcome.reference if outcome else layout.reference(forms[0].parent.name))  # type: ignore[arg-type]
        assert form_of(practice, found)[0] == PDF, what
        assert {each.kind for each in verify(practice.reopened())} <= {Kind.UNFINISHED}, what
        assert list(verify_openings(practice.reopened(), keys)) == [], what


@pytest.fixture
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no disk: this is about calls."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.mark.slow
@pytest.mark.usefixtures("unsynced")
def test_filing_with_a_form_survives_sampled(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Photo and form are both there, or the source is; and the same again files both."""
    _survives(practice, tmp_path_factory.mktemp("kept"), most=FAULTS_FOR_CI)


@pytest.mark.long
@pytest.mark.usefixtures("unsynced")
def test_filing_with_a_form_survives(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every call; python -m pytest -n 0 -m long tests/acts/life/test_filed_form.py."""
    _survives(practice, tmp_path_factory.mktemp("kept"), most=1 << 20)
