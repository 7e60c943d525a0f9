"""What ingest does where a vault or another computer is in the way; the path itself is played in tests/cli."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Failed, Filed, Outcome, Ready
from imgfile.acts.sources.source import LocalFile
from imgfile.clinical.proofs import Verified
from imgfile.errors import AnswerInvalid, Damaged, NotWritable, SourceRemains
from imgfile.files import FileIdentity
from imgfile.vault.access import Vault
from imgfile.vault.trail import permissions
from kit.photos import jpeg_png as photos
from kit.vault.filings import MOLE, flags
from kit.vault.practice import NOON, Practice

CONFIRMED = Wishes(is_confirmed=True, allow_test=True)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a photo in a file."""
    path = tmp_path / "mole.jpg"
    path.write_bytes(photos.phone_jpeg())
    return path


def file(practice: Practice, *paths: Path, wishes: Wishes = CONFIRMED) -> list[Outcome]:
    """File photos of one adult, unattended."""
    requests = [Request(LocalFile(path, _identity(path)), flags(MOLE)) for path in paths]
    vault = practice.reopened()
    return [outcome for _, outcome in ingest(Run(vault, wishes, lambda: NOON), requests)]


def _identity(path: Path) -> FileIdentity:
    found = FileIdentity.at(path)
    assert found
    return found


def test_a_trail_that_cannot_be_written_leaves_every_source(
    practice: Practice, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R15: the record is there, but nothing is erased without its entry; the next run finishes."""

    def refuse(_vault: Vault, _proven: Sequence[Verified], **_: object) -> None:
        raise NotWritable("the disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(permissions, "release", refuse)
        (outcome,) = file(practice, photo)
    assert isinstance(outcome, Failed)
    assert photo.exists()
    (outcome,) = file(practice, photo)
    assert isinstance(outcome, Filed)
    assert not outcome.is_new
    assert not photo.exists()


def test_a_photo_that_is_filed_already_is_confirmed_too(practice: Practice, photo: Path) -> None:
    """Without a terminal and without --yes its source stays."""
    file(practice, photo, wishes=replace(CONFIRMED, is_source_kept=True))
    (outcome,) = file(practice, photo, wishes=Wishes(allow_test=True))
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, AnswerInvalid)
    assert [problem.flag for problem in outcome.error.problems] == ["--yes"]
    assert file(practice, photo, wishes=Wishes(is_dry=True, allow_test=True)) == [Ready()]
    assert photo.exists()


def test_what_another_computer_filed_keeps_its_source(
    practice: Practice, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be proven from here: exit 15, and the reference is told."""
    file(practice, photo, wishes=replace(CONFIRMED, is_source_kept=True))

    def refuse(*_: object) -> None:
        raise SourceRemains("filed by another computer")

    monkeypatch.setattr("imgfile.vault.records.commit.prove_stored", refuse)
    (outcome,) = file(practice, photo)
    assert isinstance(outcome, Filed)
    assert outcome.remains is not None
    assert outcome.erasure is None
    assert photo.exists()


def test_a_stored_copy_that_does_not_match_erases_nothing(practice: Practice, photo: Path) -> None:
    """R16: "already filed" counts only after the copy was matched again."""
    file(practice, photo, wishes=replace(CONFIRMED, is_source_kept=True))
    (image,) = practice.folder.rglob("image.age")
    image.write_bytes(image.read_bytes()[:-1])
    (outcome,) = file(practice, photo)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Damaged)
    assert photo.exists()


def test_the_same_photo_twice_in_a_group_is_one_record(practice: Practice, photo: Path) -> None:
    """Two files of the same bytes: the second is recognised, and both go."""
    twin = photo.with_name("twin.jpg")
    twin.write_bytes(photo.read_bytes())
    first, second = file(practice, photo, twin)
    assert isinstance(first, Filed)
    assert isinstance(second, Filed)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.reference == second.reference
    assert not photo.exists()
    assert not twin.exists()
