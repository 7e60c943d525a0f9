"""Tampering is seen without a private key: every object and every attack has its finding."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imgfile import beneath, notes
from imgfile.errors import Damaged, NoVault
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks import trails
from imgfile.vault.checks.findings import Finding, Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail import read as trail
from kit.vault.practice import NOON, OTHER_PATIENT, Practice, enrol_second_station, of_each_format, resigned

pytestmark = of_each_format

Attack = Callable[[Path], None]


def flip(path: Path) -> None:
    """Change one bit in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    """Cut the last byte."""
    path.write_bytes(path.read_bytes()[:-1])


def extend(path: Path) -> None:
    """Append a byte."""
    path.write_bytes(path.read_bytes() + b"\n")


def empty(path: Path) -> None:
    """Leave nothing but the name."""
    path.write_bytes(b"")


def delete(path: Path) -> None:
    """Take it away."""
    path.unlink()


def rename(path: Path) -> None:
    """Give it another plausible name."""
    stem = path.stem
    other = str(int(stem) + 1) if stem.isdigit() else stem[::-1] if len(stem) >= 32 else f"{stem}x"
    path.rename(path.with_name(other + path.suffix))


def duplicate(path: Path) -> None:
    """Put a second copy beside it under another plausible name."""
    kept = path.read_bytes()
    rename(path)
    path.write_bytes(kept)


def swap(path: Path) -> None:
    """Exchange it with another object: of the same name where there is one, else a neighbour, else any."""
    vault = next(parent for parent in path.parents if parent.name == "vault")
    others = [other for other in vault.rglob("*") if other.is_file() and other.read_bytes() != path.read_bytes()]
    alike = [other for other in others if other.name == path.name]
    beside = [other for other in others if other.parent == path.parent]
    peer = (alike or beside or others)[0]
    mine, theirs = path.read_bytes(), peer.read_bytes()
    path.write_bytes(theirs)
    peer.write_bytes(mine)


def move_away(path: Path) -> None:
    """Leave a link, and take it where no backup of the vault goes."""
    vault = next(parent for parent in path.parents if parent.name == "vault")
    elsewhere = vault.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def pipe(path: Path) -> None:
    """Put a pipe in its place: whoever reads it may wait without end."""
    path.unlink()
    os.mkfifo(path)  # type: ignore[attr-defined,unused-ignore]


ATTACKS: list[Attack] = [flip, truncate, extend, empty, delete, rename, duplicate, swap, move_away, pipe]
NOT_DETECTABLE = {
    ("duplicate", "keys/patients"): "a key that no note names looks like one a dead run left, and is never sealed to",
    ("duplicate", "keys/things"): "a key that no note states looks like one a dead run left, and nobody seals to it",
    **{
        ("duplicate", f"keys/{name}"): "a key that no roster names looks like one a dead run left, and opens nothing"
        for name in ("practice", "signers", "stations")
    },
}


@pytest.fixture
def furnished(practice: Practice) -> Practice:
    """Furnish a vault with two patients, three records and an audit trail of two notes."""
    first = [practice.file(b"one"), practice.file(b"two")]
    permissions.release(practice.vault, first, at=NOON)
    permissions.release(practice.vault, [practice.file(b"three", OTHER_PATIENT)], at=NOON)
    return practice


def objects(folder: Path) -> Iterator[Path]:
    """Yield every object of a vault."""
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def findings(practice: Practice) -> list[Finding]:
    """Verify as a new process would; a vault that does not even open is a finding too."""
    try:
        return list(verify(practice.reopened()))
    except (Damaged, NoVault) as error:
        return [Finding(Kind.DAMAGED, "roster", error.message)]


def test_an_untouched_vault_has_no_findings(furnished: Practice) -> None:
    """Positive control: the attacks below are what is found."""
    assert findings(furnished) == []
    assert len(list(objects(furnished.folder))) == 21


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_object_under_attack_is_found(furnished: Practice, tmp_path: Path, attack: Attack) -> None:
    """Each object of the vault in turn, restored in between."""
    clean = tmp_path / "clean"
    shutil.copytree(furnished.folder, clean)
    for path in list(objects(furnished.folder)):
        attack(path)
        found = findings(furnished)
        place = "/".join(path.relative_to(furnished.folder).parts[:2])
        if (attack.__name__, place) in NOT_DETECTABLE:
            assert [finding.kind for finding in found] == [Kind.UNFINISHED]
        else:
            seen = any(finding.kind.is_damage for finding in found)
            assert seen, f"{attack.__name__} of {path.relative_to(furnished.folder)} was not seen"
        shutil.rmtree(furnished.folder)
        shutil.copytree(clean, furnished.folder)


def keys_of_records(folder: Path) -> list[Path]:
    """Return where the keys lie that records are sealed to: of each patient's, in a folder of theirs."""
    return [path for name in (layout.PATIENT_KEYS, layout.THING_KEYS) if (path := folder / name).is_dir()]


def folders(folder: Path) -> Iterator[Path]:
    """Yield every folder of a vault, and some that are not there: the roster's own is the vault itself."""
    yield from sorted(path for path in folder.rglob("*") if path.is_dir() and path.name != "roster")
    yield from (folder / "patients" / ("e" * 32), folder / "audit" / "e")
    yield from (path / ("e" * 32) for path in keys_of_records(folder))
    yield from (path / "reasons" for path in sorted((folder / "patients").iterdir()))


def test_a_file_in_the_place_of_any_folder_is_found_and_hides_nothing(furnished: Practice, tmp_path: Path) -> None:
    """Whoever may write to the share could end a check with it; a photo changed elsewhere is found all the same."""
    clean = tmp_path / "clean"
    shutil.copytree(furnished.folder, clean)
    for path in list(folders(furnished.folder)):
        changed = [one for one in furnished.folder.glob("patients/*/*/image.age") if path not in one.parents][:1]
        for image in changed:
            flip(image)
        if path.is_dir():
            shutil.rmtree(path)
        path.write_bytes(b"a file")
        places = {found.where for found in findings(furnished) if found.kind.is_damage}
        assert places - {str(image.relative_to(furnished.folder)) for image in changed}, path
        assert {str(image.relative_to(furnished.folder)) for image in changed} <= places, path
        shutil.rmtree(furnished.folder)
        shutil.copytree(clean, furnished.folder)


def test_a_patient_moved_out_of_the_vault_behind_a_link_is_found(furnished: Practice, tmp_path: Path) -> None:
    """A backup of the vault holds the link alone."""
    patient = next((furnished.folder / "patients").iterdir())
    patient.rename(tmp_path / "elsewhere")
    patient.symlink_to(tmp_path / "elsewhere")
    assert (Kind.UNEXPECTED, f"patients/{patient.name}") in {(one.kind, one.where) for one in findings(furnished)}


STATED: list[notes.Body] = [
    {"entries": ["filed"]},
    {"entries": "filed"},
    {"entries": [{"act": {}}]},
    {"entries": [{"at": "2026-11-22T12:00:00Z"}]},
    {"heads": {"e" * 32: ["1", "2"]}},
    {"heads": {"e" * 32: [1, 2]}},
    {"heads": {"e" * 32: 1}},
    {"heads": []},
    {"number": "3"},
]


@pytest.mark.parametrize("stated", STATED, ids=str)
def test_what_a_station_gone_bad_signs_ends_no_check(furnished: Practice, stated: notes.Body) -> None:
    """Its signature holds, and what it says is none of what a trail says: a finding, for whoever verifies."""
    here = furnished.vault.here.station
    body = {"number": 3, "previous": trail.load(furnished.vault, here, 2).digest, "heads": {}, "entries": [], **stated}
    body |= {} if furnished.vault.roster.is_format_1 else {"roster": list(furnished.vault.roster.seen)}
    note = furnished.vault.sign("audit", body)
    (furnished.folder / layout.trail(here, 3)).write_bytes(note.encode())
    assert {(one.kind, one.where) for one in findings(furnished)} >= {(Kind.DAMAGED, layout.trail(here, 3))}


MANIFESTS: list[notes.Body] = [
    {"photo": []},
    {"dob": {}},
    {"key": "../../key"},
    {"objects": {f"{name}.age": {"length": 1, "sha256": "0" * 64} for name in ("image", "record", "../../x")}},
]


@pytest.mark.parametrize("stated", MANIFESTS, ids=str)
def test_nor_does_a_manifest_that_it_signs(furnished: Practice, stated: notes.Body) -> None:
    """Nor does one lead out of the record's own directory."""
    path = next(furnished.folder.glob("patients/*/*/manifest.note"))
    body = {**notes.parse(path.read_bytes()).body, **stated}
    path.write_bytes(furnished.vault.sign("manifest", body).encode())
    place = path.parent.relative_to(furnished.folder).as_posix()
    assert (Kind.DAMAGED, place) in {(one.kind, one.where) for one in findings(furnished)}


def test_a_whole_record_taken_away_is_found(furnished: Practice) -> None:
    """The trail says that it was filed."""
    record = next(furnished.folder.glob("patients/*/*/manifest.note")).parent
    shutil.rmtree(record)
    assert [(finding.kind, finding.where) for finding in findings(furnished)] == [(Kind.MISSING, record.name)]


def test_a_record_copied_to_another_patient_is_found(furnished: Practice) -> None:
    """A manifest is about one place: replaying a record elsewhere is damage."""
    one, other = sorted((furnished.folder / "patients").iterdir())
    record = next(one.glob("*/manifest.note")).parent
    shutil.copytree(record, other / record.name)
    assert {finding.kind for finding in findings(furnished)} >= {Kind.DAMAGED}


def test_a_trail_cut_at_its_end_is_found_by_whoever_saw_more(furnished: Practice) -> None:
    """This station remembers note 2; without that memory nothing but the records would speak of it."""
    next(furnished.folder.glob("audit/*/2.note")).unlink()
    kinds = {finding.kind for finding in findings(furnished)}
    assert Kind.CUT in kinds


def test_what_a_dead_run_left_is_unfinished_not_damage(furnished: Practice) -> None:
    """A temporary file, a record without a manifest, a key without a note, a record without an audit entry."""
    patient = next((furnished.folder / "patients").iterdir())
    (patient / ".imgfile-0123").write_bytes(b"half")
    record = patient / ("f" * 32)
    record.mkdir()
    (record / "image.age").write_bytes(b"orphan")
    (keys,) = keys_of_records(furnished.folder)
    (keys / patient.name / f"{'e' * 32}.age").write_bytes(b"orphan")
    furnished.file(b"four")
    found = findings(furnished)
    assert {finding.kind for finding in found} == {Kind.UNFINISHED}
    assert len(found) == 4


def test_one_photo_filed_twice_is_reported_as_that(furnished: Practice) -> None:
    """Two computers may file one photo at the same moment; nothing is damaged."""
    permissions.release(furnished.vault, [furnished.file(b"one")], at=NOON)
    assert [finding.kind for finding in findings(furnished)] == [Kind.DUPLICATE]


def harmed(practice: Practice, path: Path, data: bytes) -> set[Kind]:
    """Write bytes at a place in the vault and return the kinds of what is found."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return {finding.kind for finding in findings(practice)}


def test_a_sealed_reason_must_be_the_one_its_name_states(furnished: Practice) -> None:
    """Reasons of views and exports are named by their digest, and stated by the trail."""
    patient = next((furnished.folder / "patients").iterdir())
    sealed = b"a sealed reason, as far as verify without keys can tell"
    digest = hashlib.sha256(sealed).hexdigest()
    with furnished.vault.station.locked():
        chain.append(furnished.vault, [{"act": "viewed", "patient": patient.name, "reason": digest}])
    assert {finding.kind for finding in findings(furnished)} == {Kind.MISSING}
    assert harmed(furnished, patient / "reasons" / f"{digest}.age", sealed) == set()
    assert harmed(furnished, patient / "reasons" / f"{digest}.age", sealed + b"x") == {Kind.DAMAGED, Kind.MISSING}


def test_a_disk_that_cannot_read_a_file_is_damage_not_a_crash(
    furnished: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An input/output error is a finding about that file alone."""
    policy = next(furnished.folder.glob("policy/*"))
    real = beneath.Folder.read

    def failing(folder: beneath.Folder, name: str, *, limit: int) -> bytes:
        if folder.path / name == policy:
            raise OSError(5, "Input/output error")
        return real(folder, name, limit=limit)

    monkeypatch.setattr(beneath.Folder, "read", failing)
    assert [finding.where for finding in findings(furnished)] == [policy.relative_to(furnished.folder).as_posix()]


def test_two_stations_that_saw_different_notes_are_told(
    furnished: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A note replaced after another station saw it contradicts what that station signed."""
    enrolled = enrol_second_station(furnished, tmp_path / "second")
    here = furnished.vault.here.station
    with monkeypatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        chain.append(open_vault(enrolled), [])
    newest = furnished.folder / "audit" / here / "2.note"
    body = notes.parse(newest.read_bytes()).body
    forged = furnished.vault.sign("audit", {**body, "at": "later"})
    newest.write_bytes(forged.encode())
    furnished.vault.station.remember_heads({})
    messages = [finding.message for finding in findings(furnished) if finding.kind is Kind.DAMAGED]
    assert messages == ["Another station saw another note here."]
    newest.write_bytes(b"nonsense")
    assert Kind.DAMAGED in {finding.kind for finding in findings(furnished)}


def test_a_note_that_cannot_be_read_any_more_is_no_contradiction(furnished: Practice) -> None:
    """It is reported as missing or damaged where its own trail is walked."""
    assert trails._is_note(furnished.vault, furnished.vault.here.station, 99, "0" * 64)


def test_a_trail_of_another_order_is_found(furnished: Practice) -> None:
    """A note that does not name the one before it, and one that this station remembers otherwise."""
    here = furnished.vault.here.station
    heads = furnished.vault.station.seen_heads()
    furnished.vault.station.remember_heads({here: (1, "0" * 64)})
    messages = {finding.message for finding in findings(furnished)}
    assert "It is not the note seen here before." in messages
    furnished.vault.station.remember_heads(heads)
    newest = furnished.folder / "audit" / here / "2.note"
    body = notes.parse(newest.read_bytes()).body
    forged = furnished.vault.sign("audit", {**body, "previous": "0" * 64})
    newest.write_bytes(forged.encode())
    assert "It does not follow the note before." in {finding.message for finding in findings(furnished)}


def test_a_manifest_other_than_the_audited_one_is_found(practice: Practice) -> None:
    """A record whose manifest was signed anew is not the record that was filed."""
    filed = practice.file()
    permissions.release(practice.vault, [filed], at=NOON)
    name = f"{layout.record(filed.patient, filed.record)}/{layout.MANIFEST}"
    resigned(practice, "manifest", name, lambda body: {**body, "dob": "00" if body["dob"] != "00" else "11"})
    assert [finding.kind for finding in verify(practice.vault)] == [Kind.DAMAGED]
