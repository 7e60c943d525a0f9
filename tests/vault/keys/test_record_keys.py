"""The key of a record, of either format: there before it counts, and opened as its manifest states it."""

from __future__ import annotations

import shutil

import pytest

from imgfile import sealing
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.record_keys import expect_openable, open_record_key, sealing_key
from imgfile.vault.store import patience
from imgfile.vault.thing_key import ThingKey
from kit.vault.practice import Practice, as_format_2, begin_generation, of_each_format, of_format_1

FOLDER, RECORD = PatientFolder("a" * 32), RecordId("b" * 32)


def opens(practice: Practice, stated: object, sealed: bytes) -> bytes:
    """Open something with a record's key, as its manifest states it."""
    opened, _ = open_practice(practice.vault, practice.recovery)
    return sealing.unseal_bytes(sealed, [open_record_key(practice.vault, FOLDER, stated, opened)])  # type: ignore[arg-type]


@of_each_format
def test_what_is_sealed_to_a_key_opens_with_it(practice: Practice) -> None:
    """As the manifest will state it: by a key of its own, in format 1 by one of the patient's."""
    key = sealing_key(practice.vault, FOLDER, RECORD)
    assert isinstance(key.stated, str if practice.vault.roster.is_format_1 else ThingKey)
    sealed = sealing.seal_bytes(b"a photo", [key.recipient])
    assert opens(practice, key.stated, sealed) == b"a photo"
    expect_openable(practice.vault, FOLDER, key.stated)


@of_each_format
def test_no_key_is_given_that_nobody_could_open(practice: Practice) -> None:
    """Without a copy of the practice's key everything that is filed would be noise; then none is made either."""
    shutil.rmtree(practice.folder / "keys/practice")
    with pytest.raises(Damaged, match="no copy of the practice's key is there whole") as caught:
        sealing_key(practice.vault, FOLDER, RECORD)
    assert "Restore the vault's keys folder" in caught.value.hint
    assert not (practice.folder / layout.THING_KEYS).exists()


def test_a_practices_key_that_shows_late_is_waited_for(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A share may show another computer's files after a while."""
    folder, away = practice.folder / "keys/practice", practice.folder / "away"
    folder.rename(away)
    monkeypatch.setattr(patience, "SHOWING_SECONDS", 60)
    monkeypatch.setattr("time.sleep", lambda _: away.rename(folder))
    expect_openable(practice.vault, FOLDER, sealing_key(practice.vault, FOLDER, RECORD).stated)
    assert folder.exists()


@of_each_format
def test_a_record_counts_only_with_both_of_its_keys(practice: Practice) -> None:
    """Its own, or its patient's, and the practice's of that generation."""
    stated = sealing_key(practice.vault, FOLDER, RECORD).stated
    of_records = layout.PATIENT_KEYS if practice.vault.roster.is_format_1 else layout.THING_KEYS
    (own,) = (practice.folder / of_records / FOLDER).iterdir()
    kept = own.read_bytes()
    for harm in (lambda: own.write_bytes(kept[:-1]), lambda: own.write_bytes(b""), own.unlink):
        harm()
        with pytest.raises(Damaged, match=f"{own.name} is not there whole") as caught:
            expect_openable(practice.vault, FOLDER, stated)
        assert "Restore the vault's keys folder" in caught.value.hint
    own.write_bytes(kept)
    expect_openable(practice.vault, FOLDER, stated)
    for path in (practice.folder / "keys/practice/1").iterdir():
        path.write_bytes(b"")
    with pytest.raises(Damaged, match="no copy of the practice's key"):
        expect_openable(practice.vault, FOLDER, stated)


def test_an_older_generation_counts_by_the_way_to_it(practice: Practice) -> None:
    """Whoever holds the newest opens it through that; without the way, by a holder's own copy alone."""
    stated = sealing_key(practice.vault, FOLDER, RECORD).stated
    practice, _ = begin_generation(practice)
    shutil.rmtree(practice.folder / "keys/practice/1")
    expect_openable(practice.vault, FOLDER, stated)
    (practice.folder / layout.previous_practice_key(2)).unlink()
    with pytest.raises(Damaged, match="no copy of the practice's key"):
        expect_openable(practice.vault, FOLDER, stated)
    expect_openable(practice.vault, FOLDER, sealing_key(practice.vault, FOLDER, RecordId("c" * 32)).stated)


@of_format_1
def test_a_record_keeps_the_way_it_was_filed(practice: Practice) -> None:
    """After the vault has moved to format 2 an old one opens as before, and a new one has a key of its own."""
    old = sealing_key(practice.vault, FOLDER, RECORD)
    sealed = sealing.seal_bytes(b"before", [old.recipient])
    practice = as_format_2(practice)
    new = sealing_key(practice.vault, FOLDER, RecordId("c" * 32))
    assert isinstance(new.stated, ThingKey)
    assert opens(practice, old.stated, sealed) == b"before"
    assert opens(practice, new.stated, sealing.seal_bytes(b"after", [new.recipient])) == b"after"
    for stated in (old.stated, new.stated):
        expect_openable(practice.vault, FOLDER, stated)
