"""Pictures in the addresses of HTML are noticed, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.mail import mailboxes as made
from kit.mail.searching import scan


@pytest.mark.parametrize("body", [b"hello", b"aGVsbG8", b"a", b"a!!!"])
def test_html_without_pictures_is_not_reported(box: Path, body: bytes) -> None:
    """Plain, coded, or badly coded."""
    for encoding in ("7bit", "base64"):
        part = made.Part(("Content-Type: text/html", f"Content-Transfer-Encoding: {encoding}"), body)
        assert scan(box, made.mail(made.text(), part)) == []
