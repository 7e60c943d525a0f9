"""The keys of things against the notes that state them: of records and of reasons, by `verify`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile.clinical.proofs import PatientFolder
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys import things
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail.reasons import seal_reason, stated_reason
from kit.vault.harm import flipped
from kit.vault.practice import NOON, OTHER_PATIENT, Practice

HARMS: dict[str, tuple[Callable[[Path], object], Kind]] = {
    "taken away": (Path.unlink, Kind.MISSING),
    "emptied": (lambda path: path.write_bytes(b""), Kind.MISSING),
    "changed": (lambda path: path.write_bytes(flipped(path.read_bytes())), Kind.DAMAGED),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:-1]), Kind.DAMAGED),
}


def found(practice: Practice) -> list[tuple[Kind, str]]:
    """Verify without any private key."""
    return [(one.kind, one.where) for one in verify(practice.vault)]


def of_a_record(practice: Practice) -> str:
    """File a photo, and return where its key lies."""
    filed = practice.file()
    permissions.release(practice.vault, [filed], at=NOON)
    return layout.thing_key(filed.patient, filed.record)


def of_a_reason(practice: Practice) -> str:
    """Enter an export, and return where its reason's key lies."""
    folder = PatientFolder("a" * 32)
    reason = seal_reason(practice.vault, folder, "because")
    with practice.vault.station.locked():
        chain.append(practice.vault, [{"act": "exported", "patient": folder, "reason": reason}])
    key = stated_reason(folder, reason).key
    assert key is not None
    return key.name


@pytest.mark.parametrize("made", [of_a_record, of_a_reason])
@pytest.mark.parametrize(("harm", "kind"), HARMS.values(), ids=HARMS.keys())
def test_a_key_other_than_its_note_states_is_damage(
    practice: Practice, made: Callable[[Practice], str], harm: Callable[[Path], object], kind: Kind
) -> None:
    """A record's and a reason's; nothing else is said of it."""
    name = made(practice)
    assert found(practice) == []
    harm(practice.folder / name)
    assert found(practice) == [(kind, name)]


def test_keys_that_change_places_are_damage(practice: Practice) -> None:
    """Of two records of one patient, of two patients, or of a record and a reason: each opens, and neither is right."""
    names = [of_a_record(practice), of_a_reason(practice)]
    other = practice.file(b"another", OTHER_PATIENT)
    permissions.release(practice.vault, [other], at=NOON)
    names.append(layout.thing_key(other.patient, other.record))
    for one, two in ((0, 1), (0, 2), (1, 2)):
        paths = [practice.folder / names[number] for number in (one, two)]
        kept = [path.read_bytes() for path in paths]
        for path, data in zip(paths, reversed(kept), strict=True):
            path.write_bytes(data)
        assert sorted(found(practice)) == sorted((Kind.DAMAGED, names[number]) for number in (one, two))
        for path, data in zip(paths, kept, strict=True):
            path.write_bytes(data)
    assert found(practice) == []


@pytest.mark.parametrize("folder", [PatientFolder("a" * 32), things.INBOX_FOLDER])
def test_a_key_that_nothing_is_sealed_to_is_what_a_dead_run_left(practice: Practice, folder: PatientFolder) -> None:
    """It opens nothing, and nobody seals to it."""
    made = things.make(practice.vault, folder, "b" * 32).stated
    assert found(practice) == [(Kind.UNFINISHED, made.name)]


def test_the_keys_of_a_record_that_is_missing_are_not_a_dead_runs(practice: Practice) -> None:
    """The trail says whose they are: the record is missing, and nothing else is to be said."""
    filed = practice.file()
    permissions.release(practice.vault, [filed], at=NOON)
    for path in (practice.folder / layout.record(filed.patient, filed.record)).iterdir():
        path.unlink()
    assert (Kind.MISSING, filed.record) in found(practice)
    assert layout.thing_key(filed.patient, filed.record) not in {where for _, where in found(practice)}


STRANGE = {
    "keys/things/readme.txt": Kind.FOREIGN,
    "keys/things/other": Kind.UNEXPECTED,
    f"keys/things/{'a' * 32}/other.age": Kind.UNEXPECTED,
    f"keys/things/{'a' * 32}/{'b' * 32}.note": Kind.UNEXPECTED,
    f"keys/things/{'a' * 32}/.DS_Store": Kind.LITTER,
    f"keys/things/{'a' * 32}/.imgfile-0123": Kind.UNFINISHED,
}


@pytest.mark.parametrize(("name", "kind"), STRANGE.items(), ids=STRANGE.keys())
def test_what_is_no_key_is_said_once(practice: Practice, name: str, kind: Kind) -> None:
    """By its own kind."""
    path = practice.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"theirs")
    assert found(practice) == [(kind, name)]


def test_a_link_in_the_place_of_a_patients_keys_is_damage(practice: Practice, tmp_path: Path) -> None:
    """No backup of the vault holds what it leads to."""
    name = of_a_record(practice)
    folder = (practice.folder / name).parent
    folder.rename(tmp_path / "out")
    folder.symlink_to(tmp_path / "out")
    kinds = {kind for kind, where in found(practice) if where.startswith(str(folder.relative_to(practice.folder)))}
    assert kinds
    assert all(kind.is_damage for kind in kinds)


def test_a_key_that_comes_to_be_used_while_verify_looks_is_none_of_it(practice: Practice) -> None:
    """A photo that is filed after the patients were looked at: its record is looked for again at the end."""
    of_a_record(practice)
    made: list[str] = []

    def meanwhile() -> None:
        if not made:
            filed = practice.file(b"another", OTHER_PATIENT)
            made.append(layout.thing_key(filed.patient, filed.record))

    assert [one.where for one in verify(practice.vault, on_record=meanwhile)] == []
    assert practice.vault.store.exists(made[0])
