"""How an X25519 recipient holds a file key: the kind that every age tool reads.

Source: age-encryption.org/v1, section "The X25519 recipient type". An identity judges only stanzas of its own kind.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import ClassVar, Final

from imgfile.frozen import dataclass, field
from imgfile.sealing import bech32
from imgfile.sealing.filekey import WRAPPED_BYTES, FileKey
from imgfile.sealing.flaws import Flaw, damaged
from imgfile.sealing.header import Stanza, encode_base64
from imgfile.sealing.primitives import derive, x25519_exchange, x25519_public

RECIPIENT_PREFIX: Final = "age"
IDENTITY_PREFIX: Final = "age-secret-key-"
POINT_BYTES: Final = 32
SECRET_BYTES: Final = 32
_LABEL = b"age-encryption.org/v1/X25519"


@dataclass(frozen=True, slots=True)
class X25519Recipient:
    """Who a file is sealed to: `age1…`, by its public point of 32 bytes."""

    kind: ClassVar[str] = "X25519"
    """The name of its stanzas."""
    point: bytes = field(repr=False)

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_PREFIX, self.point)

    def wrap(self, file_key: FileKey) -> Stanza:
        """Hold a file key so that this recipient's identity opens it. Raises `Damaged` for a useless point."""
        ephemeral = secrets.token_bytes(SECRET_BYTES)
        share = x25519_public(ephemeral)
        shared = x25519_exchange(ephemeral, self.point)
        if shared is None:
            raise damaged(Flaw.RECIPIENT)
        body = file_key.wrap(derive(shared, share + self.point, _LABEL))
        return Stanza(self.kind, (encode_base64(share).decode(),), body)


@dataclass(frozen=True, slots=True)
class X25519Identity:
    """Who can open a file: `AGE-SECRET-KEY-1…`, by its secret scalar of 32 bytes."""

    scalar: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> X25519Identity:
        """Make a new one."""
        return cls(secrets.token_bytes(SECRET_BYTES))

    @property
    def recipient(self) -> X25519Recipient:
        """Its public half."""
        return X25519Recipient(x25519_public(self.scalar))

    def secret(self) -> str:
        """Spell it as an identity file holds it."""
        return bech32.encode(IDENTITY_PREFIX, self.scalar).upper()

    def unwrap(self, stanzas: Iterable[Stanza]) -> FileKey | None:
        """Find the file key, or None if no stanza is for this identity. Raises `Damaged` for a malformed one."""
        point = x25519_public(self.scalar)
        for stanza in stanzas:
            if stanza.kind == X25519Recipient.kind and (file_key := self._open(stanza, point)):
                return file_key
        return None

    def _open(self, stanza: Stanza, point: bytes) -> FileKey | None:
        stanza.expect(arguments=1, body_bytes=WRAPPED_BYTES)
        share = stanza.binary(0, POINT_BYTES)
        shared = x25519_exchange(self.scalar, share)
        if shared is None:
            raise damaged(Flaw.HEADER)
        return FileKey.unwrap(derive(shared, share + point, _LABEL), stanza.body)
