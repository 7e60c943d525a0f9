"""A copy beside a photo goes only where its bytes are the filed photo's, and by the record's own permission."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from imgfile.acts.erasure.sidecar_copies import erase_copies
from imgfile.acts.sources.sidecars import Companion, Kind
from imgfile.clinical.proofs import Digest
from imgfile.errors import Damaged, NotWritable, SourceChanged
from imgfile.vault import layout
from imgfile.vault.trail import permissions
from kit.vault.erasure import digest_of
from kit.vault.practice import NOON, PHOTO, Practice
from kit.vault.sources import entered, file_at, fill_disk

OTHER = b"another photo"


def beside(path: Path, data: bytes = PHOTO, digest: Digest | None = None) -> Companion:
    """Put a file beside a photo, found as a copy of it."""
    return Companion(Kind.COPY, path, file_at(path, data).identity, digest or digest_of(data))


@pytest.fixture
def copies(tmp_path: Path) -> list[Companion]:
    """Give two copies of one photo."""
    return [beside(tmp_path / "rash (1).jpg"), beside(tmp_path / "rash (2).jpg")]


def erased(practice: Practice, copies: list[Companion], *, of: bytes = PHOTO) -> tuple[str, list[object]]:
    """File a photo, then erase copies beside it; return its record, and of each copy what remains of it."""
    record = practice.file(of).record
    attempts = erase_copies(practice.vault, layout.reference(record), copies, at=NOON)
    assert len(attempts) == len(copies)
    assert all((attempt.erasure is None) == (attempt.remains is not None) for attempt in attempts)
    return record, [attempt.remains for attempt in attempts]


def test_copies_of_the_filed_photo_go_and_each_is_in_the_trail(practice: Practice, copies: list[Companion]) -> None:
    """The filed copy is proven anew first: the trail says `matched` once, then `erased` for each."""
    record, remains = erased(practice, copies)
    assert remains == [None, None]
    assert not any(copy.path.exists() for copy in copies)
    assert entered(practice, "filed", "matched", "erased") == [
        ("matched", record), ("erased", record), ("erased", record),
    ]  # fmt: skip
    assert not practice.vault.station.has_pending


def test_a_copy_of_another_photo_than_the_record_is_left(practice: Practice, tmp_path: Path) -> None:
    """The record bears the mark of another digest: nothing is proven, nothing entered, nothing touched."""
    copy = beside(tmp_path / "rash (1).jpg")
    _, (remains,) = erased(practice, [copy], of=OTHER)
    assert isinstance(remains, SourceChanged)
    assert "is not the photo that is filed as" in remains.message
    assert remains.hint == "It was left as it is."
    assert copy.path.read_bytes() == PHOTO
    assert entered(practice, "matched", "erased") == []


@pytest.mark.parametrize("second", [OTHER, None])
def test_copies_that_are_not_of_one_photo_are_all_left(
    practice: Practice, tmp_path: Path, second: bytes | None
) -> None:
    """One digest is marked in the record: the others are of something else, or of nobody knows what."""
    copies = [beside(tmp_path / "rash (1).jpg"), beside(tmp_path / "rash (2).jpg", second or PHOTO)]
    if second is None:
        copies[1] = replace(copies[1], digest=None)
    for order in (copies, copies[::-1]):
        _, remains = erased(practice, order)
        assert all(isinstance(each, SourceChanged) for each in remains)
    assert all(copy.path.exists() for copy in copies)


def test_a_copy_that_changed_since_it_was_found_is_left_and_the_other_goes(
    practice: Practice, copies: list[Companion]
) -> None:
    """What erases it digests it once more: the digest that was found is no permission."""
    changed = copies[0].path
    changed.write_bytes(bytes(len(PHOTO)))
    record, (first, second) = erased(practice, copies)
    assert isinstance(first, SourceChanged)
    assert second is None
    assert changed.read_bytes() == bytes(len(PHOTO))
    assert entered(practice, "erased") == [("erased", record)]


def test_a_record_that_cannot_be_proven_keeps_every_copy(practice: Practice, copies: list[Companion]) -> None:
    """R15: the stored copy is matched before a byte goes."""
    record = practice.file().record
    (image,) = practice.folder.rglob("image.age")
    image.write_bytes(image.read_bytes()[:-1])
    attempts = erase_copies(practice.vault, layout.reference(record), copies, at=NOON)
    assert [type(attempt.remains) for attempt in attempts] == [Damaged, Damaged]
    assert all(copy.path.read_bytes() == PHOTO for copy in copies)


def test_a_trail_that_cannot_say_that_they_may_go_keeps_every_copy(
    practice: Practice, copies: list[Companion], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R15: the permission is in the trail first, durably."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise NotWritable("the disk is full.")

    monkeypatch.setattr(permissions, "append", refuse)
    _, remains = erased(practice, copies)
    assert [type(each) for each in remains] == [NotWritable, NotWritable]
    assert all(copy.path.read_bytes() == PHOTO for copy in copies)


def test_a_trail_that_cannot_take_the_evidence_keeps_the_notes(
    practice: Practice, copies: list[Companion], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copies are gone, and the next run enters that."""
    fill_disk(monkeypatch)
    record = practice.file().record
    attempts = erase_copies(practice.vault, layout.reference(record), copies, at=NOON)
    assert all(attempt.erasure and isinstance(attempt.remains, NotWritable) for attempt in attempts)
    assert len(practice.vault.station.pending()) == 2
