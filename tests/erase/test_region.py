"""What `erase_region` replaces, and that every other byte of a mailbox stays."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.clinical.proofs import Evidence, Patch
from imgfile.erase import preconditions
from imgfile.erase.note import Phase
from imgfile.erase.region import erase_region
from imgfile.errors import SourceChanged, SourceRemains
from kit.vault.erasure import (
    PHOTO,
    FailingSystem,
    Source,
    digest_of,
    mailbox,
    refusing,
    release,
    removal,
    stand_in,
)


def _patch(source: Source, **changes: object) -> Patch:
    return replace(source.removal.patches[0], **changes)  # type: ignore[arg-type]


def test_only_the_region_changes(tmp_path: Path) -> None:
    """Same file, same length, a newer time; the note waits for the audit entry."""
    source = mailbox(tmp_path)
    erasure = source.erase()
    assert source.now() == source.erased
    after = source.path.stat()
    assert (after.st_ino, after.st_size) == (source.identity.inode, source.identity.size)
    assert after.st_mtime_ns >= source.identity.mtime_ns
    assert erasure.evidence > Evidence.E0
    assert erasure.leftovers == ()
    assert source.notes.all()[0].facts["phase"] == Phase.ERASED


def test_a_second_photo_of_the_same_mailbox_goes_too(tmp_path: Path) -> None:
    """The identity of the scan stays good: only the time is newer."""
    source = mailbox(tmp_path)
    source.erase()
    later = removal(Patch.of(0, digest_of(source.data[:15]), b"-" * 15))
    erase_region(release(PHOTO), source.path, source.identity, later, pending=source.notes)
    assert source.erased is not None
    assert source.now() == b"-" * 15 + source.erased[15:]


def test_a_region_with_other_content_is_left_alone(tmp_path: Path) -> None:
    """A digest that does not match, a region past the end, a mailbox that grew: nothing is touched."""
    source = mailbox(tmp_path)
    for patch, how in (
        (_patch(source, before="0" * 64), "has other content now"),
        (_patch(source, offset=len(source.data) - 1), "is shorter than was planned"),
        (_patch(source, offset=-1), "is shorter than was planned"),
        (_patch(source, length=0), "is shorter than was planned"),
    ):
        with pytest.raises(SourceChanged) as caught:
            erase_region(release(PHOTO), source.path, source.identity, removal(patch), pending=source.notes)
        assert caught.value.message == f"{source.path} {how}: it was left as it is."
    with source.path.open("ab") as stream:
        stream.write(b"From new\n")
    with pytest.raises(SourceChanged, match="another length"):
        source.erase()
    assert source.now() == source.data + b"From new\n"
    assert not source.notes.all()


def test_a_mailbox_with_another_name_is_left_alone(tmp_path: Path) -> None:
    """The other name may be somebody's backup."""
    source = mailbox(tmp_path)
    (tmp_path / "backup").hardlink_to(source.path)
    with pytest.raises(SourceRemains, match="one other name"):
        source.erase()
    assert source.now() == source.data


def test_a_replacement_that_does_not_compress_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could be an image, and the note could not hold it."""
    source = mailbox(tmp_path)
    monkeypatch.setattr(preconditions, "MOST_COMPRESSED_BYTES", 10)
    with pytest.raises(SourceRemains, match="more than can be noted"):
        source.erase()
    assert source.now() == source.data


@pytest.mark.parametrize("place", [-1, 0, 1])
def test_a_write_by_another_program_meanwhile_is_noticed(tmp_path: Path, place: int) -> None:
    """Before, in or after the region: the evidence is not claimed."""
    source = mailbox(tmp_path)
    offset = (source.region.start - 9, source.region.start + 5000, source.region.stop + 9)[place + 1]

    def fault(_count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        result = real(*arguments, **named)
        if name == "pwrite":
            with source.path.open("r+b") as stream:
                stream.seek(offset)
                stream.write(b"!")
        return result

    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        with pytest.raises(SourceRemains) as caught:
            source.erase()
    assert caught.value.message == f"filed, and overwritten, but another program wrote to {source.path} meanwhile."
    assert caught.value.hint == "Close that program, look at the file, and delete what is left of it by hand."
    [note] = source.notes.all()
    assert note.facts["phase"] == Phase.NOTED


def test_a_relative_path_is_noted_as_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later run may start in another folder; in a refusal it is named whole too."""
    source = mailbox(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceChanged) as caught:
        erase_region(release(b""), Path("Inbox"), source.identity, source.removal, pending=source.notes)
    assert str(source.path) in caught.value.message
    erase_region(release(PHOTO), Path("Inbox"), source.identity, source.removal, pending=source.notes)
    assert source.notes.all()[0].facts["path"] == str(source.path)


def test_a_disk_that_fails_is_explained(tmp_path: Path) -> None:
    """By what it means for the photo; the note is kept."""
    source = mailbox(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        stand_in(refusing("pwrite", errno.EIO), patch.setattr)
        with pytest.raises(SourceRemains) as caught:
            source.erase()
    assert caught.value.message == f"filed, but the photo in {source.path} could not be erased: Input/output error."
    assert len(source.notes.all()) == 1
