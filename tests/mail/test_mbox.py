"""The messages of an mbox, whatever its flavour, and the lines of them that mean something."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.mail import mbox
from imgfile.mail.mailbox import open_export
from imgfile.mail.mbox import find_messages
from imgfile.mail.model import Attachment
from kit.mail import mailboxes as made
from kit.mail.searching import scan

DATA = made.png()


@pytest.mark.parametrize("flavour", made.FLAVOURS)
@pytest.mark.parametrize("newline", made.NEWLINES)
def test_messages_of_every_mbox_flavour_are_separated(box: Path, flavour: made.Flavour, newline: made.Newline) -> None:
    """A body line that begins with `From ` splits no message where the flavour quotes or counts."""
    letter = made.text("Dear doctor,\n\nFrom noon on\nnote: it is worse\n")
    mails = [made.mail(letter, made.photo(made.png(n)), number=n) for n in range(3)]
    data = made.mbox(mails, flavour)
    if flavour != "mboxcl2":
        data = made.with_newlines(data, newline)
    found = [found for found in scan(box, data) if isinstance(found, Attachment)]
    assert [attachment.message.number for attachment in found] == [1, 2, 3]
    assert [attachment.message.message_id for attachment in found] == [f"<{n}@example.org>" for n in range(3)]


@pytest.mark.parametrize("length", [b"7", b"99999999", b"x", b"-1"])
def test_a_wrong_content_length_is_not_believed(box: Path, length: bytes) -> None:
    """It counts only where it lands on the next message."""
    one = made.mail(made.photo(DATA)).replace(b"MIME-Version: 1.0", b"Content-Length: " + length)
    box.write_bytes(made.mbox([one, one]))
    with open_export(box) as export:
        assert made.count_messages(export) == 2


def test_a_bare_separator_counts_and_a_sentence_does_not(box: Path) -> None:
    """`From ` alone before a field is a separator; before prose it is text."""
    mails = [made.mail(made.text("x\nFrom here it itches.\nStill.\n"), number=n) for n in range(2)]
    box.write_bytes(made.mbox(mails, "mboxcl2", bare=True).replace(b"Content-Length", b"X-Length"))
    with open_export(box) as export:
        assert made.count_messages(export) == 2


def test_what_is_no_mbox_has_no_messages(box: Path) -> None:
    """The separators decide."""
    box.write_bytes(made.mail(made.text()))
    with open_export(box) as export, export.opened() as view:
        assert list(find_messages(view)) == []


@pytest.mark.parametrize("most", [0, 1, 3, 1000])
def test_a_message_with_more_lines_than_are_kept_is_searched_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Boundaries and uuencoded files are found again in the message itself."""
    monkeypatch.setattr(mbox, "MAX_LINES", most)
    uuencoded = made.text("see:\n" + made.encode(made.png(3), "uuencode").decode() + "\nbye\n")
    path = tmp_path / "box"
    path.write_bytes(
        made.mbox([made.mail(made.text("-- \na\n-- \nb\n"), made.photo(made.png(n)), uuencoded) for n in range(2)])
    )
    with open_export(path) as export:
        found = [item for item in export.scan() if isinstance(item, Attachment)]
    assert [(item.message.number, item.part) for item in found] == [(1, "2"), (1, "3.uu1"), (2, "2"), (2, "3.uu1")]
