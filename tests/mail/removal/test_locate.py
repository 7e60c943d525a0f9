"""In which message some bytes of a mailbox lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.mail.mailbox import open_export
from imgfile.mail.removal.locate import locate
from imgfile.mail.removal.place import Lies, Where
from kit.mail import mailboxes
from kit.mail import outlook_messages as outlook


def write(folder: Path, data: bytes) -> Path:
    """Write a mailbox."""
    (folder / "Inbox").write_bytes(data)
    return folder / "Inbox"


@pytest.mark.parametrize(
    ("status", "lies"),
    [
        ("X-Mozilla-Status: 0009", Lies.IN_DELETED),
        ("X-Mozilla-Status: 0008", Lies.IN_DELETED),
        ("X-Mozilla-Status: 0001", Lies.IN_MESSAGE),
        ("X-Mozilla-Status: nine", Lies.IN_MESSAGE),
        ("X-Other: 0009", Lies.IN_MESSAGE),
    ],
)
def test_a_message_that_thunderbird_has_marked_is_told_as_deleted(tmp_path: Path, status: str, lies: Lies) -> None:
    """By one bit of a field of its own; compacting the folder drops the message."""
    data = mailboxes.mbox(
        [mailboxes.mail(mailboxes.text("one\n")), mailboxes.mail(mailboxes.text("two\n"), extra=(status,))]
    )
    with open_export(write(tmp_path, data)) as export:
        places = [data.index(b"one"), data.index(b"two")]
        assert locate(export, places) == [Where(places[0], Lies.IN_MESSAGE, 1), Where(places[1], lies, 2)]


def test_what_lies_behind_a_message_of_apple_mail_is_in_none(tmp_path: Path) -> None:
    """Its property list belongs to the program."""
    data = mailboxes.emlx(mailboxes.mail(mailboxes.text("one\n")))
    with open_export(write(tmp_path, data)) as export:
        places = [data.index(b"one"), data.index(b"plist")]
        assert [place.lies for place in locate(export, places)] == [Lies.IN_MESSAGE, Lies.OUTSIDE]


def test_of_a_file_that_is_no_text_it_is_not_told(tmp_path: Path) -> None:
    """A sector of a compound file may belong to nothing any more."""
    data = outlook.tnef([("a.jpg", mailboxes.jpeg())])
    with open_export(write(tmp_path, data)) as export:
        assert locate(export, [100]) == [Where(100, Lies.UNTOLD)]
