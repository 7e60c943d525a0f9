"""A record exists when it is proven, and not before."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from imgfile import beneath, notes, sealing
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId, Verified
from imgfile.device import ReadBack
from imgfile.errors import Damaged, NotWritable, SourceRemains
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.keys.record_keys import open_record_key
from imgfile.vault.records import commit, manifest
from imgfile.vault.thing_key import ThingKey
from kit.vault.erasure import refusing, stand_in
from kit.vault.harm import flipped
from kit.vault.power import Power, watched_power
from kit.vault.practice import NOON, PHOTO, Practice, enrol_second_station, of_each_format, stripped_photo

FOLDER = PatientFolder("a" * 32)


@of_each_format
def test_what_an_earlier_run_filed_is_proven_without_a_key(practice: Practice) -> None:
    """Until an object no longer matches."""
    filed = practice.file()
    stored = manifest.load(practice.vault, filed.patient, filed.record)
    proof = commit.prove_stored(practice.vault, stored, filed.original_digest)
    assert (proof.is_new, proof.reached, proof.manifest_digest) == (False, "manifest", filed.manifest_digest)
    image = practice.folder / layout.record(filed.patient, filed.record) / layout.IMAGE
    image.write_bytes(flipped(image.read_bytes()))
    with pytest.raises(Damaged, match="not what was filed"):
        commit.prove_stored(practice.vault, stored, filed.original_digest)


@pytest.mark.parametrize("became", ["gone", "damaged", "another's"])
def test_a_record_is_proven_by_its_manifest_as_it_lies_there_now(practice: Practice, became: str) -> None:
    """A run may have read it long before; what is erased is erased on what the vault holds."""
    filed, other = practice.file(b"one"), practice.file(b"two")
    stored = manifest.load(practice.vault, filed.patient, filed.record)
    place, others = (practice.folder / layout.record(one.patient, one.record) for one in (filed, other))
    match became:
        case "gone":
            (place / layout.MANIFEST).unlink()
        case "damaged":
            (place / layout.MANIFEST).write_bytes(b"damaged")
        case _:
            (place / layout.MANIFEST).write_bytes((others / layout.MANIFEST).read_bytes())
    with pytest.raises(Damaged):
        commit.prove_stored(practice.vault, stored, filed.original_digest)


def test_a_record_whose_manifest_says_something_else_now_is_not_proven(practice: Practice) -> None:
    """Whoever has the station's key may state another; what was looked at is not what would be erased on."""
    filed = practice.file()
    stored = manifest.load(practice.vault, filed.patient, filed.record)
    path = practice.folder / layout.record(filed.patient, filed.record) / layout.MANIFEST
    path.write_bytes(manifest.sign(practice.vault, replace(stored, photo_mark="0" * 32)).encode())
    with pytest.raises(Damaged, match="is another than it was"):
        commit.prove_stored(practice.vault, stored, filed.original_digest)


@of_each_format
@pytest.mark.parametrize("lost", ["keys of records", "keys/practice"])
def test_a_record_whose_keys_are_lost_proves_nothing(practice: Practice, lost: str) -> None:
    """Its objects are whole and nobody can open them: on its word, the last readable copy would be erased."""
    filed = practice.file()
    stored = manifest.load(practice.vault, filed.patient, filed.record)
    of_records = layout.PATIENT_KEYS if practice.vault.roster.is_format_1 else layout.THING_KEYS
    shutil.rmtree(practice.folder / lost.replace("keys of records", of_records))
    with pytest.raises(Damaged, match=r"nothing could be opened|could not be opened"):
        commit.prove_stored(practice.vault, stored, filed.original_digest)


@of_each_format
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
    real = beneath.Folder.read_back

    def rotten(folder: beneath.Folder, name: str, *, limit: int) -> tuple[bytes, ReadBack]:
        data, reached = real(folder, name, limit=limit)
        return (data[:-1] + bytes([data[-1] ^ 1]) if name == layout.IMAGE else data), reached

    monkeypatch.setattr(beneath.Folder, "read_back", rotten)
    with pytest.raises(Damaged, match="does not read back"):
        practice.file()
    monkeypatch.undo()
    assert not list(practice.folder.rglob(layout.MANIFEST))


@of_each_format
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


def after_the_key(then: Callable[..., object]) -> Callable[..., object]:
    """Return a stand-in for what opens with a file key: once it is the real one, for the record's key, made before."""
    ways = iter([sealing.open_with_key])

    def opened(*given: Any) -> object:  # noqa: ANN401 - the real one's own
        return next(ways, then)(*given)

    return opened


def test_a_codec_that_cannot_open_what_it_sealed_files_nothing(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own complaint names no file; ours does."""

    def broken(_ciphertext: bytes, _key: sealing.FileKey) -> object:
        raise Damaged("payload")

    monkeypatch.setattr(sealing, "open_with_key", after_the_key(broken))
    with pytest.raises(Damaged, match="does not read back"):
        practice.file()


def submission(practice: Practice, data: bytes = PHOTO, facts: bytes = b"{}") -> commit.Submission:
    """Submit bytes under a new record id."""
    pseudonyms, stripped = open_pseudonyms(practice.vault), stripped_photo(data)
    return commit.Submission(
        folder=FOLDER,
        record=RecordId(layout.new_id()),
        stripped=stripped,
        facts=facts,
        photo_mark=pseudonyms.photo(FOLDER, stripped.original.digest),
        same_mark=pseudonyms.same(stripped.original.digest),
        birth_guard="7f",
        filed_at=NOON,
    )


@of_each_format
def test_a_committed_record_states_what_was_submitted(practice: Practice) -> None:
    """In the manifest as it lies in the vault, and in the proof."""
    reported = submission(practice)
    proof = commit.commit(practice.vault, reported)
    stored = manifest.load(practice.vault, FOLDER, reported.record)
    assert (stored.folder, stored.record) == (FOLDER, reported.record)
    assert (stored.photo_mark, stored.birth_guard, stored.filed_at) == (reported.photo_mark, "7f", NOON)
    assert stored.station == practice.vault.here.station
    if practice.vault.roster.is_format_1:
        assert (stored.same_mark, stored.roster) == ("", (0, ""))
        assert practice.vault.store.exists(layout.patient_identity(FOLDER, str(stored.key)))
    else:
        assert (stored.same_mark, stored.roster) == (reported.same_mark, practice.vault.roster.seen)
        assert isinstance(stored.key, ThingKey)
        assert (stored.key.folder, stored.key.thing, stored.key.generation) == (FOLDER, reported.record, 1)
        assert practice.vault.store.holds(stored.key.name, stored.key.digest)
    assert stored.objects.keys() == {layout.IMAGE, layout.FACTS}
    for name, item in stored.objects.items():
        sealed = (practice.folder / layout.record(FOLDER, reported.record) / name).read_bytes()
        assert (item.length, item.digest) == (len(sealed), hashlib.sha256(sealed).hexdigest())
    assert proof == Verified(
        patient=FOLDER,
        record=reported.record,
        manifest_digest=stored.digest,
        original_digest=reported.original_digest,
        reached=proof.reached,
        is_new=True,
    )


@of_each_format
def test_each_object_is_sealed_to_the_records_key_alone(practice: Practice) -> None:
    """And opens to the very bytes: the photo as stripped, the facts as given."""
    reported = submission(practice, b"a photo", b'{"a":"fact"}')
    commit.commit(practice.vault, reported)
    stored = manifest.load(practice.vault, FOLDER, reported.record)
    opened, _ = open_practice(practice.vault, practice.recovery)
    key = open_record_key(practice.vault, FOLDER, stored.key, opened)
    for name, plaintext in ((layout.IMAGE, b"a photo"), (layout.FACTS, b'{"a":"fact"}')):
        sealed = practice.vault.store.read(f"{layout.record(FOLDER, reported.record)}/{name}")
        assert sealed.count(b"\n-> X25519 ") == 1, "sealed to one reader"
        assert sealing.unseal_bytes(sealed, [key]) == plaintext


@of_each_format
def test_no_manifest_is_there_before_what_it_names_would_survive_a_power_cut(practice: Practice) -> None:
    """At every call to the system while a photo is filed; and once it is filed, the manifest would survive as well.

    The manifest is whole from the first moment that its name is there.
    """
    seen = []

    def look(power: Power) -> None:
        for path in practice.folder.glob(f"patients/*/*/{layout.MANIFEST}"):
            stated = notes.parse(path.read_bytes()).body
            here = layout.record(stated["patient"], stated["record"])
            assert [name for name in stated["objects"] if not power.survives(f"{here}/{name}")] == []
            if practice.vault.roster.is_format_1:
                assert power.survives(layout.patient_recipient(stated["patient"], stated["key"]))
            else:
                assert power.survives(layout.thing_key(stated["patient"], stated["record"]))
            seen.append(path)

    with watched_power(practice.folder, look) as power:
        filed = practice.file()
        assert seen
        assert power.survives(f"{layout.record(filed.patient, filed.record)}/{layout.MANIFEST}")


@pytest.mark.parametrize("name", [layout.IMAGE, layout.FACTS])
@pytest.mark.parametrize(
    "rot",
    [
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda _: b"",
    ],
    ids=["flipped", "cut", "longer", "empty"],
)
def test_whatever_reads_back_otherwise_is_not_filed(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, name: str, rot: Callable[[bytes], bytes]
) -> None:
    """Each object is read back, before anything says that there is a record."""
    real = beneath.Folder.read_back

    def rotten(folder: beneath.Folder, read: str, *, limit: int) -> tuple[bytes, ReadBack]:
        data, reached = real(folder, read, limit=limit)
        return (rot(data) if read == name else data), reached

    monkeypatch.setattr(beneath.Folder, "read_back", rotten)
    with pytest.raises(Damaged, match=r"^the filed copy does not read back as it was written\.$") as caught:
        practice.file()
    assert caught.value.hint == "Check the disk or share it lies on."
    assert not list(practice.folder.rglob(layout.MANIFEST))


@pytest.mark.parametrize("opened", [b"", b"a phot", b"a photo!", b"b photo", b"a phOto"])
def test_what_opens_to_less_more_or_other_bytes_is_not_filed(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, opened: bytes
) -> None:
    """The whole plaintext is compared, chunk by chunk, and its end."""
    reported = submission(practice, b"a photo", b"facts")

    def pieces(_ciphertext: bytes, _key: sealing.FileKey) -> Iterator[bytes]:
        yield from (opened[:3], opened[3:])

    monkeypatch.setattr(sealing, "open_with_key", after_the_key(pieces))
    with pytest.raises(Damaged, match="the filed copy does not read back"):
        commit.commit(practice.vault, reported)


def test_a_photo_of_many_chunks_is_compared_to_its_end(practice: Practice) -> None:
    """64 KiB each; the comparison goes on where the last chunk ended."""
    filed = practice.file(bytes(range(256)) * 1024 + b"end")
    assert manifest.load(practice.vault, filed.patient, filed.record).objects[layout.IMAGE].length > 256 * 1024


@pytest.mark.parametrize("behind", [layout.IMAGE, layout.FACTS, ""])
def test_a_proof_says_how_far_down_the_weakest_read_back_reached(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, behind: str
) -> None:
    """`device` only where every object came from the device."""
    real = beneath.Folder.read_back

    def reaching(folder: beneath.Folder, name: str, *, limit: int) -> tuple[bytes, ReadBack]:
        return real(folder, name, limit=limit)[0], ReadBack.REOPENED if name == behind else ReadBack.DEVICE

    monkeypatch.setattr(beneath.Folder, "read_back", reaching)
    assert practice.file().reached == ("reopened" if behind else "device")


def test_a_manifest_that_does_not_hold_as_published_is_no_proof(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof rests on what was read from the vault, not on what was sent there."""
    real = beneath.Folder.publish

    def lying(folder: beneath.Folder, name: str, data: bytes) -> None:
        real(folder, name, data.replace(b'"dob":"7f"', b'"dob":"80"') if name == layout.MANIFEST else data)

    reported = submission(practice)
    monkeypatch.setattr(beneath.Folder, "publish", lying)
    with pytest.raises(Damaged, match="valid signatures"):
        commit.commit(practice.vault, reported)


@of_each_format
@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_disk_that_fails_files_nothing(practice: Practice, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """The error is the disk's, there is no record, and nothing is left that looks like one."""
    reported = submission(practice)
    stand_in(refusing(call, errno.EIO), monkeypatch.setattr)
    with pytest.raises(NotWritable):
        commit.commit(practice.vault, reported)
    assert not list(practice.folder.rglob(layout.MANIFEST))


@of_each_format
def test_a_record_of_another_station_proves_nothing_here(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, signed by a listed station, and sealed to keys that nobody here can try: its source stays."""
    first = practice.file()
    stored = manifest.load(practice.vault, first.patient, first.record)
    enrolled = enrol_second_station(practice, tmp_path / "second")
    assert commit.prove_stored(practice.reopened(), stored, first.original_digest).record == first.record
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
    second = open_vault(enrolled)
    stored = manifest.load(second, first.patient, first.record)
    with pytest.raises(SourceRemains) as caught:
        commit.prove_stored(second, stored, first.original_digest)
    assert (caught.value.message, caught.value.hint) == (
        f"it is filed already as {stored.reference}, by another computer, and cannot be proven from here.",
        "Run it on that computer, or look at the record and delete the source yourself.",
    )


@pytest.mark.parametrize("name", [layout.IMAGE, layout.FACTS])
@pytest.mark.parametrize("is_missing", [False, True])
def test_every_object_of_a_stored_record_must_match(practice: Practice, name: str, *, is_missing: bool) -> None:
    """The facts as well as the photo: a record that cannot be read is no reason to erase its source."""
    filed = practice.file()
    stored = manifest.load(practice.vault, filed.patient, filed.record)
    path = practice.folder / layout.record(filed.patient, filed.record) / name
    kept = path.read_bytes()
    path.unlink()
    if not is_missing:
        path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    with pytest.raises(Damaged, match=f"{name} is (missing|not what was filed)"):
        commit.prove_stored(practice.vault, stored, filed.original_digest)


def test_a_stored_record_is_proven_for_the_source_that_is_there_now(practice: Practice) -> None:
    """The proof names the manifest's place, and the digest that the caller's own photo has."""
    filed = practice.file()
    stored = manifest.load(practice.vault, filed.patient, filed.record)
    other = Digest("0" * 64)
    assert commit.prove_stored(practice.vault, stored, other) == replace(
        filed, original_digest=other, reached="manifest", is_new=False
    )


@pytest.mark.parametrize("secret", ["facts", "plaintext", "file_key"])
def test_what_is_filed_stays_out_of_reprs(secret: str) -> None:
    """A traceback may show them."""
    shown = {field.name: field.repr for kind in (commit.Submission, commit._Object) for field in fields(kind)}
    assert not shown[secret]
