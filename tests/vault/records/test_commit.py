"""A record exists when it is proven, and not before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from imgfile import files, sealing
from imgfile.device import ReadBack
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.records import commit, manifest
from kit.vault.practice import Practice


def test_what_an_earlier_run_filed_is_proven_without_a_key(practice: Practice) -> None:
    """Until an object no longer matches."""
    filed = practice.file()
    stored = manifest.load(practice.vault, filed.patient, filed.record)
    proof = commit.prove_stored(practice.vault, stored, filed.original_digest)
    assert (proof.is_new, proof.reached, proof.manifest_digest) == (False, "manifest", filed.manifest_digest)
    image = practice.folder / layout.record(filed.patient, filed.record) / layout.IMAGE
    image.write_bytes(image.read_bytes()[:-1] + b"x")
    with pytest.raises(Damaged, match="not what was filed"):
        commit.prove_stored(practice.vault, stored, filed.original_digest)


@pytest.mark.parametrize("lost", ["keys/patients", "keys/practice"])
def test_a_record_whose_keys_are_lost_proves_nothing(practice: Practice, lost: str) -> None:
    """Its objects are whole and nobody can open them: on its word, the last readable copy would be erased."""
    filed = practice.file()
    stored = manifest.load(practice.vault, filed.patient, filed.record)
    shutil.rmtree(practice.folder / lost)
    with pytest.raises(Damaged, match=r"nothing could be opened|could not be opened"):
        commit.prove_stored(practice.vault, stored, filed.original_digest)


def test_nothing_is_filed_that_nobody_could_open(practice: Practice) -> None:
    """One whole copy of the practice's key is enough, the clinician's or the recovery one; without any, it is noise."""
    first, last = sorted((practice.folder / "keys/practice/1").iterdir())
    first.unlink()
    practice.file(b"one")
    last.write_bytes(last.read_bytes()[:-1])
    with pytest.raises(Damaged, match="no copy of the practice's key"):
        practice.file(b"two")
    assert len(list(practice.folder.rglob(layout.MANIFEST))) == 1


def test_a_disk_that_stores_other_bytes_gets_no_manifest(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The read-back is a comparison, not a courtesy."""
    real = files.read_back

    def rotten(path: Path) -> tuple[bytes, ReadBack]:
        data, reached = real(path)
        return (data[:-1] + bytes([data[-1] ^ 1]) if path.name == layout.IMAGE else data), reached

    monkeypatch.setattr(files, "read_back", rotten)
    with pytest.raises(Damaged, match="does not read back"):
        practice.file()
    monkeypatch.undo()
    assert not list(practice.folder.rglob(layout.MANIFEST))


@pytest.mark.parametrize("name", ["keys", "patients"])
def test_an_identity_or_photo_that_opens_otherwise_gets_no_manifest(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A codec that errs consistently writes what it reads; the plaintext is compared as well."""
    real = sealing.open_with_key
    calls = {"keys": 0, "patients": 1}  # the identity is opened first, then the photo
    count = [0]

    def wrong(ciphertext: bytes, key: sealing.FileKey) -> object:
        count[0] += 1
        return iter([b"something else"]) if count[0] - 1 == calls[name] else real(ciphertext, key)

    monkeypatch.setattr(sealing, "open_with_key", wrong)
    with pytest.raises(Damaged):
        practice.file()
    monkeypatch.undo()
    assert not list(practice.folder.rglob(layout.MANIFEST))


def test_a_codec_that_cannot_open_what_it_sealed_files_nothing(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own complaint names no file; ours does."""

    def broken(_ciphertext: bytes, _key: sealing.FileKey) -> object:
        raise Damaged("payload")

    practice.file(b"the key is made before")
    monkeypatch.setattr(sealing, "open_with_key", broken)
    with pytest.raises(Damaged, match="does not read back"):
        practice.file()
