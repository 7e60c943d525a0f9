"""The very same photo of another patient's is found, whichever computer filed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.acts.ingest.same_photo import same_photos
from imgfile.clinical.proofs import PatientFolder
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.keys.pseudonyms import Pseudonyms, open_pseudonyms
from imgfile.vault.trail import permissions
from kit.vault.practice import NOON, OTHER_PATIENT, PATIENT, PHOTO, Practice, enrol_second_station, stripped_photo


def file(practice: Practice, data: bytes = PHOTO) -> None:
    """File a photo for the first patient and enter it in the trail."""
    with practice.vault.station.locked():
        permissions.release(practice.vault, [practice.file(data)], at=NOON)


def asked(vault: Vault, data: bytes = PHOTO, **options: bool) -> int:
    """Ask for a photo as if it were the other patient's; return how many records are found."""
    known = open_pseudonyms(vault)
    return len(same_photos(vault, mark_of(known, data), known.folder(OTHER_PATIENT), **options))


def mark_of(known: Pseudonyms, data: bytes) -> str:
    """Return a photo's mark."""
    return known.same(stripped_photo(data).original.digest)


def test_another_computer_finds_what_this_one_filed(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For another patient; for the same one there is the mark of the photo itself."""
    file(practice)
    other = enrol_second_station(practice, tmp_path / "second")
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
    vault = open_vault(other)
    known = open_pseudonyms(vault)
    (found,) = same_photos(vault, mark_of(known, PHOTO), known.folder(OTHER_PATIENT))
    assert (found.folder, found.station) == (known.folder(PATIENT), practice.vault.here.station)
    assert same_photos(vault, mark_of(known, PHOTO), known.folder(PATIENT)) == []
    assert asked(vault, b"another photo") == 0


def test_what_is_filed_later_is_found_too(practice: Practice) -> None:
    """The index reads on; so it does when it is torn, or gone."""
    index = practice.vault.station.folder / "marks"
    assert asked(practice.vault) == 0
    for number in range(3):
        file(practice, b"photo %d" % number)
        assert [asked(practice.vault, b"photo %d" % each) for each in range(3)] == [each <= number for each in range(3)]
    for torn in (index.read_bytes()[:-9], b"", b"\0" * 600, index.read_bytes() + b"\nff"):
        index.write_bytes(torn)
        assert [asked(practice.vault, b"photo %d" % each) for each in range(3)] == [1, 1, 1]
    index.unlink()
    assert asked(practice.vault, b"photo 1") == 1


def test_a_dry_run_keeps_nothing(practice: Practice) -> None:
    """And finds the same."""
    file(practice)
    assert asked(practice.vault, may_keep=False) == 1
    assert not (practice.vault.station.folder / "marks").exists()


def test_the_index_only_finds(practice: Practice) -> None:
    """What it says of a record counts only if the signed manifest says so."""
    file(practice)
    assert asked(practice.vault) == 1
    index = practice.vault.station.folder / "marks"
    known = open_pseudonyms(practice.vault)
    index.write_bytes(index.read_bytes().replace(mark_of(known, PHOTO).encode(), mark_of(known, b"other").encode()))
    assert asked(practice.vault, b"other") == 0


def test_each_trail_is_read_once(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo more costs a note more, however many there are."""
    for number in range(4):
        file(practice, b"photo %d" % number)
    asked(practice.vault)
    read: list[str] = []
    real = type(practice.vault.store).read

    def counting(store: object, name: str) -> bytes:
        read.append(name)
        return real(store, name)  # type: ignore[arg-type]

    monkeypatch.setattr(type(practice.vault.store), "read", counting)
    vault = practice.vault
    same_photos(vault, "0" * 64, PatientFolder("0" * 32))
    assert read == []
