"""What is found in what a person named, and what is said of the rest."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

import pytest

from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Found, Progress, Scope
from imgfile.acts.sources.source import LocalFile, MailPart, Piped, read
from imgfile.errors import SourceChanged, SourceUnavailable, UnsupportedImage
from imgfile.images.limits import MAX_PHOTO_BYTES
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos

Look = Callable[..., Found]


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Look in a folder, with mailboxes open until the test ends."""
    monkeypatch.chdir(tmp_path)
    return lambda *named, **scope: find(named, Scope(**scope), ExitStack())


def test_a_folder_gives_its_photos_by_name_and_says_nothing_of_other_files(look: Look, tmp_path: Path) -> None:
    """Folders within only when asked for, links never."""
    for name in ("b.jpg", "a.jpg", "deep/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(photos.jpeg())
    (tmp_path / "notes.txt").write_text("nothing of ours")
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    found = look(str(tmp_path))
    assert [source.path.name for source in found.sources if isinstance(source, LocalFile)] == ["a.jpg", "b.jpg"]
    assert found.failures == []
    assert len(look(str(tmp_path), is_recursive=True).sources) == 3


def test_one_bad_file_of_a_folder_keeps_no_other_from_being_found(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named by its own name."""
    (tmp_path / "a.jpg").write_bytes(photos.jpeg())
    (tmp_path / "b.eml").write_bytes(mailboxes.mail(mailboxes.photo(mailboxes.png())))
    monkeypatch.setattr("imgfile.acts.sources.in_mailbox.open_export", _refuse)
    found = look(str(tmp_path))
    assert [source.shown for source in found.sources] == [str(tmp_path / "a.jpg")]
    assert [name for name, _ in found.failures] == [str(tmp_path / "b.eml")]


def _refuse(path: Path) -> None:
    raise SourceUnavailable(f"{path} is away.")


def test_what_is_neither_photo_nor_mailbox_is_told_only_when_it_was_named(look: Look, tmp_path: Path) -> None:
    """An empty file passes for a photo, whose reader says that it is empty."""
    (tmp_path / "a.txt").write_text("Dear doctor")
    (tmp_path / "b.jpg").touch()
    found = look("a.txt", "b.jpg")
    assert isinstance(found.failures[0][1], UnsupportedImage)
    assert len(found.sources) == 1


@pytest.mark.parametrize("stream", [None, "a terminal"])
def test_a_hyphen_needs_a_pipe(look: Look, monkeypatch: pytest.MonkeyPatch, stream: str | None) -> None:
    """A terminal would wait for a photo to be typed."""
    terminal = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stream and terminal)
    assert isinstance(look("-").failures[0][1], SourceUnavailable)


def test_a_pipe_without_end_is_refused() -> None:
    """What is read of it is bounded."""
    with Path("/dev/zero").open("rb") as endless, pytest.raises(SourceUnavailable, match="holds more than"):
        read(Piped(endless))
    assert MAX_PHOTO_BYTES < 1 << 28


def test_a_file_that_was_replaced_since_it_was_found_is_not_read(look: Look, tmp_path: Path) -> None:
    """Nobody saw the new one."""
    (tmp_path / "a.jpg").write_bytes(photos.jpeg())
    (source,) = look("a.jpg").sources
    (tmp_path / "a.jpg").write_bytes(photos.png())
    with pytest.raises(SourceChanged, match="changed since it was found"):
        read(source)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Give a mailbox of a photo, a logo, and a photo without a date."""
    path = tmp_path / "Inbox"
    logo = mailboxes.photo(mailboxes.png(2), content_id="logo", disposition="inline")
    undated = mailboxes.mail(mailboxes.photo(mailboxes.png(3))).replace(b"Date: Sat, 21 Nov", b"Date: some day")
    path.write_bytes(mailboxes.mbox([undated, mailboxes.mail(logo), mailboxes.mail(mailboxes.photo(mailboxes.png(1)))]))
    return path


def test_a_mailbox_gives_the_newest_first_and_the_undated_last(look: Look, inbox: Path) -> None:
    """Logos are counted and left."""
    found = look(str(inbox))
    assert [part.part for part in found.sources if isinstance(part, MailPart)] == ["3/1", "1/1"]
    (box,) = found.mailboxes
    assert (box.messages, box.images, box.likely_logos) == (3, 3, 1)
    assert len(look(str(inbox), with_logos=True).sources) == 3


def test_a_folder_of_mailboxes_tells_one_progress(look: Look, tmp_path: Path) -> None:
    """A Maildir of ten thousand small files would otherwise show none."""
    for name in ("cur", "new"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    for number in range(5):
        mail = mailboxes.mail(mailboxes.photo(mailboxes.png(number)), number=number)
        (tmp_path / "Maildir" / "cur" / f"{number}:2,S").write_bytes(mail)
    reported: list[tuple[int, int]] = []
    watched: list[Path] = []

    def watch(path: Path) -> AbstractContextManager[Progress]:
        watched.append(path)
        return nullcontext(lambda done, total: reported.append((done, total)))

    assert len(look("Maildir", watch=watch).sources) == 5
    assert watched == [Path("Maildir")]
    assert [done for done, _ in reported] == sorted(done for done, _ in reported)
    assert {total for _, total in reported} == {reported[-1][0]}
    assert len(reported) == 10
