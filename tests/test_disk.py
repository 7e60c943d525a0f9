"""The tests wait for no disk but those that they mount to cut the power of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.disk import wait_for_no_disk_of


def test_only_what_lies_on_another_device_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device's node lies on a file system of its own, as every mounted volume is one."""
    waited: list[int] = []
    monkeypatch.setattr(os, "fsync", waited.append)
    wait_for_no_disk_of(tmp_path)
    here, there = os.open(tmp_path, os.O_RDONLY), os.open(os.devnull, os.O_RDONLY)
    try:
        os.fsync(here)
        os.fsync(there)
    finally:
        os.close(here)
        os.close(there)
    assert waited == [there]
    with pytest.raises(OSError, match="descriptor"):
        os.fsync(here)
