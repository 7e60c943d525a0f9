"""The practice identity: opened by its holders, and by nobody else."""

from __future__ import annotations

import pytest

from imgfile import sealing
from imgfile.errors import WrongKey
from imgfile.vault.keys.practice import open_practice
from kit.vault.practice import Practice


def test_somebody_elses_identity_opens_nothing(practice: Practice) -> None:
    """Nor do the holders' files help when they are missing or changed."""
    stranger = sealing.generate_identity(post_quantum=False)
    with pytest.raises(WrongKey):
        open_practice(practice.vault, [stranger])
    for path in (practice.folder / "keys" / "practice" / "1").iterdir():
        path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(WrongKey):
        open_practice(practice.vault, practice.recovery)
    for path in (practice.folder / "keys" / "practice" / "1").iterdir():
        path.unlink()
    with pytest.raises(WrongKey):
        open_practice(practice.vault, practice.recovery)
