"""A mailbox for what is reported of mailboxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.mail.mailbox import Export, open_export
from kit.mail import mailboxes


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """Give a mailbox."""
    (tmp_path / "Inbox").write_bytes(mailboxes.mail(mailboxes.text()))
    with open_export(tmp_path / "Inbox") as opened:
        return opened
