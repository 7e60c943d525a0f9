"""A file of sealed lines in a station's state: whoever copies it learns neither of which photo nor of which mail it is.

1. A line is sealed and authenticated under a key that is derived from the station's signing key (ChaCha20-Poly1305).
2. One that is torn, or from elsewhere, counts for nothing: a power cut tears at most what was being appended.
3. Lines of earlier signing keys of this computer are read too; what is written is under the newest.

    <state>/vaults/<vault>/<name>     a line each, Base64 of a nonce of 12 bytes and the sealed facts, in canonical JSON
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from imgfile import canonical_json, files
from imgfile.errors import Damaged
from imgfile.frozen import dataclass, field
from imgfile.sealing.primitives import Cipher
from imgfile.station import Station

MAX_LINE_BYTES: Final = 8 << 10
_NONCE_BYTES: Final = 12


@dataclass(frozen=True)
class SealedLines:
    """One such file. Change it under the station's lock alone."""

    station: Station = field(repr=False)
    name: str
    purpose: bytes
    """What the keys are derived for."""
    max_bytes: int
    """How much of the file is read."""
    remembers: str
    """What the lines are of, as an error says."""
    spared: str
    """What is still true where the file cannot be read: a sentence."""

    @property
    def exists(self) -> bool:
        """Whether there ever was a line: else no key is derived and nothing is read."""
        return self._path.exists()

    @cached_property
    def keys(self) -> list[bytes]:
        """The station's keys of this purpose, the newest first. Raises `Damaged`."""
        return self.station.derived_keys(self.purpose)

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the facts that were sealed, in the order of their lines. Raises `Damaged`."""
        try:
            with self._path.open("rb") as file:
                lines = file.read(self.max_bytes).split(b"\n")
        except FileNotFoundError:
            return
        except OSError as error:
            raise Damaged(
                f"this computer's own memory of {self.remembers} cannot be read.",
                f"{self.spared} Look at it, or restore it from a backup:  imgfile check",
            ) from error
        found = (self._opened(line) for line in lines if line)
        yield from (facts for facts in found if facts is not None)

    def append(self, new: Iterable[dict[str, Any]]) -> None:
        """Make new lines durable. Raises `NotWritable`, `Damaged`."""
        files.append(self._path, b"".join(b"\n" + self._sealed(facts) for facts in new) + b"\n")

    def rewrite(self, kept: Iterable[dict[str, Any]]) -> None:
        """Have these lines and no others, durably. Raises `NotWritable`, `Damaged`."""
        files.replace(self._path, b"".join(self._sealed(facts) + b"\n" for facts in kept))

    def _sealed(self, facts: dict[str, Any]) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._ciphers[0].encrypt(nonce, canonical_json.encode(facts)))

    def _opened(self, line: bytes) -> dict[str, Any] | None:
        try:
            data = base64.b64decode(line, validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(data) < _NONCE_BYTES:
            return None
        opened = (each.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:]) for each in self._ciphers)
        text = next((text for text in opened if text is not None), None)
        # as sealed here, or the tag would not match
        return None if text is None else canonical_json.decode(text, limit=MAX_LINE_BYTES)

    @property
    def _path(self) -> Path:
        return self.station.folder / self.name

    @cached_property
    def _ciphers(self) -> list[Cipher]:
        return [Cipher(hmac.digest(key, b"lines", "sha256")) for key in self.keys]
