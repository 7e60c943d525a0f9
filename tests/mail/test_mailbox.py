"""A mailbox file is opened, searched with progress, and read as long as it is the same file."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.errors import SourceChanged, SourceUnavailable, UnreadableMail
from imgfile.mail.detect import Container
from imgfile.mail.mailbox import container_of, open_export
from imgfile.mail.model import Reason, Unsearched
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.mail.searching import scan

DATA = made.png()
PHOTO = made.png(1, 6000)


def test_a_file_that_is_no_mailbox_is_refused(box: Path) -> None:
    """Empty, a photo, absent: each has its own error."""
    box.write_bytes(b"")
    with pytest.raises(UnreadableMail, match="empty"), open_export(box):
        pass
    box.write_bytes(DATA)
    with pytest.raises(UnreadableMail, match="no mailbox"), open_export(box):
        pass
    with pytest.raises(SourceUnavailable), open_export(box / "x"):
        pass


def test_another_compound_file_is_no_mailbox(box: Path) -> None:
    """A Word document by itself; attached, it is reported, and a damaged file too."""
    word = outlook.compound({"WordDocument": PHOTO})
    box.write_bytes(word)
    assert container_of(box) is None
    with pytest.raises(UnreadableMail, match="no mailbox"), open_export(box):
        pass
    whole = made.mail(made.photo(word, kind="application/msword"))
    assert [found.reason for found in scan(box, whole) if isinstance(found, Unsearched)] == [Reason.NOT_OPENED]
    broken = made.mail(made.photo(word[:700], kind="application/msword"))
    assert [found.reason for found in scan(box, broken) if isinstance(found, Unsearched)] == [Reason.BROKEN]
    box.write_bytes(word[:700])
    assert container_of(box) is None


def test_an_export_says_what_it_is_and_how_far_it_got(box: Path) -> None:
    """Container, identity, number of messages, progress up to the last byte, though not at every message."""
    data = made.mbox([made.mail(made.photo(DATA), number=n) for n in range(3)])
    box.write_bytes(data)
    walked: list[tuple[int, int]] = []
    with open_export(box) as export:
        assert export.container is Container.MBOX
        assert export.identity.size == len(data)
        assert made.count_messages(export) == 3
        assert len(list(export.attachments(lambda done, total: walked.append((done, total))))) == 3
    assert walked == [(len(data), len(data))]


def test_a_closed_export_can_be_read_as_long_as_it_is_the_same_file(box: Path) -> None:
    """A Maildir has more files than may be open at once."""
    box.write_bytes(made.mail(made.photo(DATA)))
    with open_export(box) as export:
        (attachment,) = export.attachments()
    assert attachment.decode() == DATA
    box.rename(box.with_name("old"))
    with pytest.raises(SourceUnavailable):
        attachment.decode()
    box.write_bytes(made.mail(made.photo(DATA)))
    with pytest.raises(SourceChanged):
        attachment.decode()


def test_a_mailbox_that_changes_while_it_is_read_is_refused(box: Path) -> None:
    """New mail came in: what was found may have moved."""
    box.write_bytes(made.mbox([made.mail(made.photo(DATA))]))

    def scan_while_it_grows() -> None:
        with open_export(box) as export:
            for _ in export.attachments():
                with box.open("ab") as more:
                    more.write(b"From \nSubject: new\n\n")

    with pytest.raises(SourceChanged):
        scan_while_it_grows()
