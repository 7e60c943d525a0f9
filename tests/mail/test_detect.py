"""Mailboxes are known by their first bytes, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from imgfile.mail.detect import Container, recognise_container
from kit.mail import mailboxes as made

DATA = made.png()


@pytest.mark.parametrize(
    "data",
    [
        b"From: a@example.org\n\nhello",
        b"\xef\xbb\xbfSubject: x\n\n",
        b"\n\r\nReceived: by x\n\tfor y\nSubject: x\n\n",
        b"X-Odd: 1\nDate: today\n\nx",
        b"From a@example.org Sat Nov 21\nSubject: x\n\nx",
        b"From \nX-Mozilla-Status: 0001\n\n",
        b"Content-Type: text/plain",
    ],
)
def test_mail_is_known_by_its_first_bytes(data: bytes) -> None:
    """A header with a field of mail, or a separator before one."""
    assert recognise_container(data) in {Container.EML, Container.MBOX}


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", DATA, made.jpeg(), b"hello\nFrom: x\n", b"Note: buy milk\n\n", b"From here\non", b"<a:b>"],
)
def test_what_is_no_mail_is_not_taken_for_it(data: bytes) -> None:
    """Photos, notes and letters are no mailboxes."""
    assert recognise_container(data) is None
