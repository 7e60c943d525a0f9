"""What this computer began in a vault and has not finished: a recovery file, a roster that its trail does not enter.

Both are durable before what they speak of is made, so that the same command, run again after a crash, knows its own
work from somebody else's. They hold a digest each, and nothing that opens anything.

    <state>/vaults/<vault>/recovery-file   SHA-256 of the file of a new recovery key, which no roster may list yet
    <state>/vaults/<vault>/signing         number and digest of the roster that is being published
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.frozen import dataclass
from imgfile.state import read_begun, vault_state

_MAX_BYTES: Final = 1 << 10


@dataclass(frozen=True, slots=True)
class BegunFile:
    """The file of a new recovery key that this computer is making."""

    path: Path

    @classmethod
    def of(cls, vault: str) -> BegunFile:
        """Return the note, whether or not it is there."""
        return cls(vault_state(vault) / "recovery-file")

    def expect(self, data: bytes) -> None:
        """Remember, durably, what is about to be written. Raises `NotWritable`."""
        files.make_folder(self.path.parent)
        files.replace(self.path, hashlib.sha256(data).hexdigest().encode("ascii") + b"\n")

    @property
    def is_begun(self) -> bool:
        """Whether such a file was begun here, and no roster is known to list its key."""
        return self.path.exists()

    def is_of(self, data: bytes) -> bool:
        """Return whether these are the bytes that this computer was about to write last. Raises `NotWritable`."""
        return read_begun(self.path, _MAX_BYTES) == hashlib.sha256(data).hexdigest().encode("ascii") + b"\n"

    def drop(self) -> None:
        """Forget it: a roster lists the key. One that cannot be removed just now changes nothing."""
        _drop(self.path)


@dataclass(frozen=True, slots=True)
class BegunRoster:
    """The roster that this computer is publishing, and its trail is to enter."""

    path: Path

    @classmethod
    def of(cls, vault: str) -> BegunRoster:
        """Return the note, whether or not it is there."""
        return cls(vault_state(vault) / "signing")

    def expect(self, number: int, digest: str) -> None:
        """Remember, durably, which roster is about to be published. Raises `NotWritable`."""
        files.make_folder(self.path.parent)
        files.replace(self.path, f"{number} {digest}\n".encode("ascii"))

    @property
    def seen(self) -> tuple[int, str] | None:
        """Number and digest of the roster, which may never have appeared; None for none. Raises `NotWritable`."""
        number, _, digest = read_begun(self.path, _MAX_BYTES).decode("ascii", "replace").strip().partition(" ")
        return (int(number), digest) if number.isdecimal() and digest else None

    def drop(self) -> None:
        """Forget it: the trail enters it. One that cannot be removed just now changes nothing."""
        _drop(self.path)


def _drop(path: Path) -> None:
    with contextlib.suppress(OSError):
        files.unlink(path)
