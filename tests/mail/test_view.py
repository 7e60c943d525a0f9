"""A mapped file gives its pages back, window by window."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.errors import SourceUnavailable
from imgfile.mail import view as mapping
from imgfile.mail.mailbox import open_export
from kit.mail import mailboxes as made
from kit.mail.searching import photos

DATA = made.png()


def test_a_file_that_cannot_be_mapped_is_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems map nothing."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(19, "No such device")

    box.write_bytes(made.mail(made.photo(DATA)))
    monkeypatch.setattr("mmap.mmap", refuse)
    with open_export(box) as export, pytest.raises(SourceUnavailable, match="mapped"):
        list(export.scan())


def test_walked_pages_are_given_back(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Window by window, with marks across the edges, the same photos are found."""
    data = made.mbox([made.mail(made.text(), made.photo(made.png(n, 5000)), number=n) for n in range(9)])
    expected = photos(box, data)
    for window in (64, 97, 4096, 5003):
        monkeypatch.setattr(mapping, "WINDOW_BYTES", window)
        assert photos(box, data) == expected
