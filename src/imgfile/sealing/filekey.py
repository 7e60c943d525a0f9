"""The one secret of a sealed file, and what is derived from it.

Source: age-encryption.org/v1, sections "File key", "Header MAC", "Payload" and the wrapping in the X25519 and scrypt
recipient types.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from imgfile.frozen import dataclass, field
from imgfile.sealing.primitives import Cipher, derive

FILE_KEY_BYTES: Final = 16
WRAPPED_BYTES: Final = FILE_KEY_BYTES + 16
"""A wrapped file key: the key and a Poly1305 tag."""

_ONLY_NONCE = bytes(12)


@dataclass(frozen=True, slots=True)
class FileKey:
    """The key of one sealed file, 16 bytes. Whoever holds it can read that file, and no other."""

    secret: bytes = field(repr=False)

    @classmethod
    def fresh(cls) -> FileKey:
        """Make a new one."""
        return cls(secrets.token_bytes(FILE_KEY_BYTES))

    def authenticate(self, header: bytes) -> bytes:
        """Return the MAC (HMAC-SHA-256) of a header, up to and including its `---`."""
        return hmac.digest(derive(self.secret, b"", b"header"), header, "sha256")

    def payload_key(self, nonce: bytes) -> bytes:
        """Return the key under which the content is encrypted, for the nonce that follows the header."""
        return derive(self.secret, nonce, b"payload")

    def wrap(self, wrapping_key: bytes) -> bytes:
        """Encrypt this key under one that is never used again; hence the fixed nonce."""
        return Cipher(wrapping_key).encrypt(_ONLY_NONCE, self.secret)

    @classmethod
    def unwrap(cls, wrapping_key: bytes, body: bytes) -> FileKey | None:
        """Undo `wrap`; None if this is not the key that it was wrapped under."""
        secret = Cipher(wrapping_key).decrypt(_ONLY_NONCE, body)
        return None if secret is None else cls(secret)
