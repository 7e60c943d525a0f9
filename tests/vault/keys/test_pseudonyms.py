"""Pseudonyms: keyed, of one length, and of one patient, photo or birth date each."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from imgfile import sealing
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from kit.vault.practice import NOON, OTHER_PATIENT, PATIENT, Practice


def test_the_pseudonym_key_is_the_one_the_roster_names(practice: Practice) -> None:
    """A changed file is refused, and so is one that holds something else."""
    name = layout.station_key(practice.vault.here.station)
    path = practice.folder / name
    original = path.read_bytes()
    path.write_bytes(original + b"x")
    with pytest.raises(Damaged, match="not the file"):
        open_pseudonyms(practice.vault)
    (machine,) = sealing.parse_identity_file(practice.vault.station.identity)
    path.write_bytes(sealing.seal_bytes(b"short", [machine.recipient]))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    vault = practice.reopened()
    vault.__dict__["here"] = replace(vault.here, pseudonym_digest=digest)
    with pytest.raises(Damaged, match="no pseudonym key"):
        open_pseudonyms(vault)


def test_pseudonyms_tell_patients_apart_and_nothing_else(practice: Practice) -> None:
    """Fixed lengths, no number in them; the guard of a birth date is one byte."""
    path = layout.station_key(practice.vault.here.station)
    assert practice.vault.store.exists(path)
    pseudonyms = open_pseudonyms(practice.vault)
    folder = pseudonyms.folder(PATIENT)
    assert len(folder) == 32
    assert folder != pseudonyms.folder(OTHER_PATIENT)
    assert PATIENT.number not in folder
    assert len(pseudonyms.birth_guard(folder, NOON.date())) == 2
    assert "key" not in repr(pseudonyms)
