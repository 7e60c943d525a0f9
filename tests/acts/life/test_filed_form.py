"""What becomes of the signed form that a photo was filed with: where the photo moves, is rekeyed, or is destroyed.

The form is the wrong patient's where a photo was theirs by mistake, and goes with the photo where its number changed.
Filing with a form survives every call: `test_acts_survive`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.disclosure.agreed import agreed_purposes
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import Damaged, RefusedByRule
from imgfile.vault import layout
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.open import open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.find import find
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.thing_key import ThingKey
from kit.vault.destroying import Two, actor
from kit.vault.filed_forms import PDF, file_with_form
from kit.vault.filings import ADULT, MOLE, filed
from kit.vault.lives import ALLOWED, WITHDRAWN, Life
from kit.vault.moving import RIGHT, Scene
from kit.vault.practice import NOON, Practice, administrator_of
from kit.vault.rekeying import rekey


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
    old = find(practice.reopened(), file_with_form(practice, tmp_path / "in").reference)
    assert form_of(practice, old) == (PDF, {Purpose.TEACHING_INTERNAL})
    scene = Scene(Life(practice, old, at=NOON))
    assert form_of(practice, scene.new(scene.move(RIGHT))) == (b"", set())
    assert scene.is_locked_away(old)
    with pytest.raises(RefusedByRule, match="wrong patient"):
        form_of(practice, old)
    assert scene.found() == set()


def test_it_goes_along_sealed_anew_where_the_number_changes(practice: Practice, tmp_path: Path) -> None:
    """The same patient: the form says what it said, under the new record's key; the old one opens no more."""
    old = find(practice.reopened(), file_with_form(practice, tmp_path / "in").reference)
    vault, by = practice.reopened(), actor(practice, administrator_of(practice))
    (done,) = rekey(vault, by, ADULT, "9990000042", at=NOON)
    assert done.tombstone.to is not None
    new = manifest.load(vault, *done.tombstone.to)
    assert form_of(practice, new) == (PDF, {Purpose.TEACHING_INTERNAL})
    assert new.objects[layout.FORM] != old.objects[layout.FORM]
    assert isinstance(old.key, ThingKey)
    assert not vault.store.exists(old.key.name)
    assert list(verify(practice.reopened())) == []
    assert list(verify_openings(practice.reopened(), by.practice)) == []


def test_what_it_allowed_ends_with_a_withdrawal_for_good(practice: Practice, tmp_path: Path) -> None:
    """That the photo may be used in care again says nothing of teaching: another form would."""
    record = Life(practice, find(practice.reopened(), file_with_form(practice, tmp_path / "in").reference), at=NOON)
    stops = tuple(each.digest for each in record.add(WITHDRAWN, Effect.USE_STOPPED).additions)
    assert form_of(practice, record.of) == (PDF, set())
    record.add(ALLOWED, Effect.USE_ALLOWED, ends=stops, key=record.founder)
    assert form_of(practice, record.of) == (PDF, set())


def test_a_form_that_the_consent_does_not_name_keeps_the_record_closed(practice: Practice) -> None:
    """A computer gone bad sealed another one beside the photo: nobody agreed to that."""
    signed = filed({**MOLE, "form": "written_signed"})
    named = replace(signed, consent=replace(signed.consent, document="0" * 64))
    done = practice.file_decided(named, form=PDF)
    of = manifest.load(practice.vault, done.patient, done.record)
    with pytest.raises(Damaged, match="is not the form that the consent names"):
        form_of(practice, of)


def test_nobody_opens_it_once_its_record_is_destroyed(practice: Practice, tmp_path: Path) -> None:
    """Its key is the record's: it goes with that, and the ciphertext says nothing."""
    two = Two.of(practice)
    old = find(two.practice.reopened(), file_with_form(two.practice, tmp_path / "in").reference)
    assert form_of(two.practice, old)[0] == PDF
    two = two.reopened()
    two.destroy(old)
    with pytest.raises(RefusedByRule, match="destroyed"):
        form_of(two.practice, old)
    assert isinstance(old.key, ThingKey)
    assert not two.vault.store.exists(old.key.name)
    assert list(verify(two.practice.reopened())) == []
