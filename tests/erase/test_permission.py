"""A permission is of certain bytes: whatever erases compares its digest with the very ones that it would overwrite."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile.clinical.proofs import Digest, RecordId
from imgfile.erase.note import PendingErasure
from imgfile.erase.region import erase_region
from imgfile.erase.resume import resume
from imgfile.erase.whole_file import erase_export, erase_file
from imgfile.errors import Damaged, SourceChanged, SourceRemains
from kit.vault.erasure import (
    PHOTO,
    FailingSystem,
    Source,
    clearance,
    digest_of,
    export,
    mailbox,
    photo,
    release,
    removal,
    scattered,
    stand_in,
)

SOURCES: tuple[Callable[[Path], Source], ...] = (photo, mailbox, scattered, export)


def _expect_refused(source: Source, erase: Callable[[], object], how: str) -> None:
    """Check that nothing is overwritten, and that no note is left that a later run would act on."""
    now = source.now()
    with pytest.raises(SourceChanged) as caught:
        erase()
    assert caught.value.message == f"{source.path} {how}: it was left as it is."
    assert source.now() == now
    assert not source.notes.all()


def _write(source: Source, offset: int, data: bytes) -> None:
    """Change bytes of the file in place: the same file, of the same length."""
    with source.path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(data)


@pytest.mark.parametrize("make", SOURCES)
@pytest.mark.parametrize("place", ["first", "last"])
def test_other_bytes_under_the_permission_or_the_plan_are_left_alone(
    make: Callable[[Path], Source], place: str, tmp_path: Path
) -> None:
    """One bit of the first or of the last byte is another photo, that nobody filed."""
    source = make(tmp_path)
    runs = source.regions or (slice(0, len(source.data)),)
    offset = runs[0].start if place == "first" else runs[-1].stop - 1
    _write(source, offset, bytes([source.data[offset] ^ 1]))
    _expect_refused(source, source.erase, "has other content now")


@pytest.mark.parametrize("make", SOURCES)
def test_bytes_swapped_after_the_last_look_but_before_the_first_overwrite_are_left_alone(
    make: Callable[[Path], Source], tmp_path: Path
) -> None:
    """While the note was being written, another program saved something else in their place."""
    source = make(tmp_path)
    offset = source.region.start if source.regions else 0

    def fault(_count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        result = real(*arguments, **named)
        if name == "replace":
            _write(source, offset, b"another photo")
        return result

    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        with pytest.raises(SourceChanged) as caught:
            source.erase()
    assert caught.value.message == f"{source.path} is being written to: it was left as it is."
    assert source.now() == source.data[:offset] + b"another photo" + source.data[offset + 13 :]
    assert not source.notes.all()


def test_a_release_of_another_photo_erases_no_region(tmp_path: Path) -> None:
    """The plan is sound, and every byte is where it was planned: it is another photo that is filed."""
    source = mailbox(tmp_path)

    def erase() -> object:
        return erase_region(
            release(b"another photo"), source.path, source.identity, source.removal, pending=source.notes
        )

    _expect_refused(source, erase, "holds another photo than the one that was filed")


def test_a_plan_for_another_photo_erases_no_region(tmp_path: Path) -> None:
    """A plan that was made for the photo beside it takes nothing away that is not filed."""
    source = mailbox(tmp_path)
    other = removal(*source.removal.patches, photo=b"the photo beside it")

    def erase() -> object:
        return erase_region(release(PHOTO), source.path, source.identity, other, pending=source.notes)

    _expect_refused(source, erase, "holds another photo than the one that was filed")


def test_a_release_of_another_photo_erases_no_file(tmp_path: Path) -> None:
    """The file is the one that was found; what is filed is something else."""
    source = photo(tmp_path)

    def erase() -> object:
        return erase_file(release(source.data + b"."), source.path, source.identity, pending=source.notes)

    _expect_refused(source, erase, "has other content now")


def test_a_clearance_of_another_export_erases_no_export(tmp_path: Path) -> None:
    """The digest is the whole export's own, whatever photos were filed from it."""
    source = export(tmp_path)

    def erase() -> object:
        return erase_export(clearance(source.data[:-1]), source.path, source.identity, pending=source.notes)

    _expect_refused(source, erase, "has other content now")


def test_a_clearance_is_of_the_export_and_not_of_the_photos_in_it() -> None:
    """Its digest is that of the file that was walked; its records are those of the photos."""
    permission = clearance(b"the whole export")
    assert permission.digest == digest_of(b"the whole export")
    assert permission.filed == ((RecordId("2" * 32), digest_of(PHOTO)),)
    assert release(PHOTO).digest == digest_of(PHOTO)
    assert release(PHOTO).filed == permission.filed


# --- torn, and finished by a later run ---


def _torn(source: Source) -> PendingErasure:
    """Stop an erasure before its first overwrite; return what was noted."""

    class StoppedError(BaseException):
        """A death that a test survives."""

    def fault(_count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if name == "pwrite" and source.notes.all():
            raise StoppedError
        return real(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        with pytest.raises(StoppedError):
            source.erase()
    (note,) = source.notes.all()
    return PendingErasure.from_facts(note.facts)


@pytest.mark.parametrize("make", SOURCES)
def test_a_torn_erasure_goes_on_only_while_its_record_is_proven(make: Callable[[Path], Source], tmp_path: Path) -> None:
    """The note is no permission: the proof of each record that it names is, and of no other photo's."""
    source = make(tmp_path)
    noted = _torn(source)
    (note,) = source.notes.all()
    (proof,) = source.proven
    others = (
        dataclasses.replace(proof, record=RecordId("9" * 32)),
        dataclasses.replace(proof, original_digest=Digest("9" * 64)),
    )
    for proven in ((), others):
        with pytest.raises(SourceRemains) as caught:
            resume(note.facts, proven=proven, pending=note)
        assert caught.value.message == (
            f"the erasure of {source.path} was interrupted, and is not finished: its record is not proven."
        )
        assert caught.value.hint == "Run:  imgfile verify"
        assert source.now() == source.data
    assert PendingErasure.from_facts(note.facts) == noted
    resume(note.facts, proven=(*others, proof), pending=note)
    assert source.now() == source.erased


@pytest.mark.parametrize("make", [photo, mailbox, scattered])
def test_a_note_that_names_a_record_of_another_photo_is_not_acted_on(
    make: Callable[[Path], Source], tmp_path: Path
) -> None:
    """Then what is to be overwritten is not what is filed, whoever wrote the note."""
    source = make(tmp_path)
    facts = _torn(source).to_facts()
    with pytest.raises(Damaged, match="Nothing was erased"):
        PendingErasure.from_facts({**facts, "original": "9" * 64})


def test_a_note_of_an_export_names_records_of_the_photos_in_it(tmp_path: Path) -> None:
    """Of which none has the digest of the whole."""
    noted = _torn(export(tmp_path))
    assert noted.original not in {photo for _, photo in noted.filed}
    assert PendingErasure.from_facts(noted.to_facts()) == noted
