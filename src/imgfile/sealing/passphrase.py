"""How a passphrase holds a file key: through scrypt, and always alone in its file.

Source: age-encryption.org/v1, section "The scrypt recipient type". A file that a passphrase opens has no other
recipient, so whoever can write such a file proves that they know the passphrase.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import ClassVar, Final

from imgfile.errors import UsageError
from imgfile.frozen import dataclass, field
from imgfile.sealing.filekey import WRAPPED_BYTES, FileKey
from imgfile.sealing.flaws import Flaw, damaged
from imgfile.sealing.header import SCRYPT, Stanza, encode_base64
from imgfile.sealing.primitives import stretch

WORK_FACTOR: Final = 18
"""The binary logarithm of scrypt's N when sealing: 256 MiB and about a second, as stock age does."""
WORK_FACTOR_LIMIT: Final = 20
"""The most that is accepted: 1 GiB and a few seconds. More would let a hostile file stop the computer."""

_SALT_BYTES = 16
_LABEL = b"age-encryption.org/v1/scrypt"
_DECIMAL = re.compile(r"[1-9][0-9]?")


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase, to seal to and to open with. `work_factor` counts only when sealing."""

    kind: ClassVar[str] = SCRYPT
    """The name of its stanza."""
    text: str = field(repr=False)
    work_factor: int = WORK_FACTOR

    def __post_init__(self) -> None:
        if not self.text:
            raise UsageError("the passphrase is empty.", "Type the passphrase.")
        if not 1 <= self.work_factor <= WORK_FACTOR_LIMIT:
            raise UsageError(f"the work factor must be from 1 to {WORK_FACTOR_LIMIT}.")
        self._encoded()

    @property
    def recipient(self) -> Passphrase:
        """Itself: what seals and what opens are the same here."""
        return self

    def wrap(self, file_key: FileKey) -> Stanza:
        """Hold a file key so that this passphrase opens it."""
        salt = secrets.token_bytes(_SALT_BYTES)
        body = file_key.wrap(self._key(salt, self.work_factor))
        return Stanza(self.kind, (encode_base64(salt).decode(), str(self.work_factor)), body)

    def unwrap(self, stanzas: Sequence[Stanza]) -> FileKey | None:
        """Find the file key, or None if this is not the passphrase. Raises `Damaged` for a malformed stanza."""
        for stanza in stanzas:
            if stanza.kind == self.kind and (file_key := self._open(stanza)):
                return file_key
        return None

    def _open(self, stanza: Stanza) -> FileKey | None:
        stanza.expect(arguments=2, body_bytes=WRAPPED_BYTES)
        salt, work_factor = stanza.binary(0, _SALT_BYTES), stanza.arguments[1]
        if not _DECIMAL.fullmatch(work_factor) or int(work_factor) > WORK_FACTOR_LIMIT:
            raise damaged(Flaw.HEADER)
        return FileKey.unwrap(self._key(salt, int(work_factor)), stanza.body)

    def _key(self, salt: bytes, work_factor: int) -> bytes:
        return stretch(self._encoded(), _LABEL + salt, work_factor)

    def _encoded(self) -> bytes:
        """Return the very bytes that were typed: Python keeps those that are no UTF-8 as lone surrogates."""
        try:
            return self.text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # it holds the passphrase, so it is not chained
            raise UsageError("the passphrase has characters that no keyboard makes.", "Type it again.") from None
