"""Where the messages of a text mailbox lie, whichever kind it is."""

from __future__ import annotations

import pytest

from imgfile.mail.detect import Container
from imgfile.mail.text_mailbox import find_spans
from imgfile.mail.view import View
from kit.mail import mailboxes as made

MAIL = made.mail(made.text())


def spans(data: bytes, container: Container | None) -> list[tuple[int, int, int]]:
    """Return each message's number, where its header begins, and where it ends."""
    return [(span.number, span.header.start, span.end) for span in find_spans(View(data), container)]


@pytest.mark.parametrize("container", [Container.EML, None])
def test_a_single_mail_is_all_there_is(container: Container | None) -> None:
    """Also of text that nothing is known of; blank lines before it are no part of its header."""
    assert spans(MAIL, container) == [(1, 0, len(MAIL))]
    assert spans(b"\r\n\n" + MAIL, container) == [(1, 3, 3 + len(MAIL))]


def test_an_mbox_has_any_number() -> None:
    """Each ends where the separator of the next one begins."""
    data = made.mbox([MAIL, MAIL, MAIL])
    found = spans(data, Container.MBOX)
    assert [number for number, _, _ in found] == [1, 2, 3]
    assert all(data[end:].startswith(b"From ") for _, _, end in found[:-1])
    assert found[-1][2] == len(data)


def test_an_emlx_ends_where_its_property_list_begins() -> None:
    """If its first line is right about that; else its message is all there is."""
    data = made.emlx(MAIL)
    start = data.index(MAIL)
    assert spans(data, Container.EMLX) == [(1, start, start + len(MAIL))]
    wrong = made.emlx(MAIL, count=str(len(MAIL) - 5))
    start = wrong.index(MAIL)
    assert spans(wrong, Container.EMLX) == [(1, start, len(wrong))]
