"""A folder to work in, and a mailbox for what is reported of mailboxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.mail.mailbox import Export, open_export
from kit.mail import mailboxes
from kit.vault.practice import Practice


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """Give a mailbox."""
    (tmp_path / "Inbox").write_bytes(mailboxes.mail(mailboxes.text()))
    with open_export(tmp_path / "Inbox") as opened:
        return opened


@pytest.fixture
def here(practice: Practice, tmp_path: Path) -> Path:
    """Give a folder beside a vault that this account knows."""
    assert practice.folder.is_dir()
    folder = tmp_path / "here"
    folder.mkdir()
    return folder
