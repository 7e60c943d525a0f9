"""What tests of mail share: a place for a mailbox."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(name="box")
def box_path(tmp_path: Path) -> Path:
    """Return where a test writes its mailbox; what kind it is, its bytes say."""
    return tmp_path / "box"
