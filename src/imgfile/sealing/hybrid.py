"""How a post-quantum recipient holds a file key: safe as long as either ML-KEM-768 or X25519 is.

Source: age-encryption.org/v1, section "The hybrid mlkem768x25519 recipient type": HPKE (RFC 9180) in base mode with
the KEM MLKEM768-X25519 (X-Wing, 0x647a), HKDF-SHA256 and ChaCha20-Poly1305. The stanza's argument is the encapsulated
key, 1,088 bytes of ML-KEM before 32 of X25519; its body is the sealed file key.
"""

# ruff: noqa: PLC0415 - importing `cryptography` costs 36 ms, and only sealing and opening need it, not reading names

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Final

from imgfile.frozen import dataclass, field
from imgfile.sealing import bech32
from imgfile.sealing.filekey import WRAPPED_BYTES, FileKey
from imgfile.sealing.flaws import Flaw, damaged
from imgfile.sealing.header import Stanza, encode_base64
from imgfile.sealing.primitives import x25519_exchange

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, Suite

RECIPIENT_PREFIX: Final = "age1pq"
IDENTITY_PREFIX: Final = "age-secret-key-pq-"
SEED_BYTES: Final = 32
_MLKEM_PUBLIC_BYTES = 1184
_MLKEM_CIPHERTEXT_BYTES = 1088
_MLKEM_SEED_BYTES = 64
_X25519_BYTES = 32
PUBLIC_BYTES: Final = _MLKEM_PUBLIC_BYTES + _X25519_BYTES
_ENCAPSULATED_BYTES = _MLKEM_CIPHERTEXT_BYTES + _X25519_BYTES
_LABEL = b"age-encryption.org/mlkem768x25519"


@dataclass(frozen=True, slots=True)
class HybridRecipient:
    """Who a file is sealed to: `age1pq1…`, by its public key of 1,216 bytes."""

    kind: ClassVar[str] = "mlkem768x25519"
    """The name of its stanzas."""
    public: bytes = field(repr=False)

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_PREFIX, self.public)

    def wrap(self, file_key: FileKey) -> Stanza:
        """Hold a file key so that this recipient's identity opens it. Raises `Damaged` for a useless key."""
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
        from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

        lattice, point = self.public[:_MLKEM_PUBLIC_BYTES], self.public[_MLKEM_PUBLIC_BYTES:]
        try:
            key = MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(lattice), X25519PublicKey.from_public_bytes(point)
            )
            sealed = _suite().encrypt(file_key.secret, key, _LABEL)
        except ValueError as error:
            raise damaged(Flaw.RECIPIENT) from error
        encapsulated, body = sealed[:_ENCAPSULATED_BYTES], sealed[_ENCAPSULATED_BYTES:]
        return Stanza(self.kind, (encode_base64(encapsulated).decode(),), body)


@dataclass(frozen=True, slots=True)
class HybridIdentity:
    """Who can open a file: `AGE-SECRET-KEY-PQ-1…`, by the seed of 32 bytes that both secret keys grow from."""

    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> HybridIdentity:
        """Make a new one."""
        return cls(secrets.token_bytes(SEED_BYTES))

    @property
    def recipient(self) -> HybridRecipient:
        """Its public half."""
        lattice, curve = _halves(self.seed)
        return HybridRecipient(lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw())

    def secret(self) -> str:
        """Spell it as an identity file holds it."""
        return bech32.encode(IDENTITY_PREFIX, self.seed).upper()

    def unwrap(self, stanzas: Iterable[Stanza]) -> FileKey | None:
        """Find the file key, or None if no stanza is for this identity. Raises `Damaged` for a malformed one."""
        from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

        key = MLKEM768X25519PrivateKey(*_halves(self.seed))
        for stanza in stanzas:
            if stanza.kind == HybridRecipient.kind and (file_key := self._open(stanza, key)):
                return file_key
        return None

    def _open(self, stanza: Stanza, key: MLKEM768X25519PrivateKey) -> FileKey | None:
        from cryptography.exceptions import InvalidTag

        stanza.expect(arguments=1, body_bytes=WRAPPED_BYTES)
        encapsulated = stanza.binary(0, _ENCAPSULATED_BYTES)
        # HPKE reports a point of low order as a wrong key; age says that the header is malformed, so look first.
        if x25519_exchange(_expand(self.seed)[1], encapsulated[_MLKEM_CIPHERTEXT_BYTES:]) is None:
            raise damaged(Flaw.HEADER)
        try:
            return FileKey(_suite().decrypt(encapsulated + stanza.body, key, _LABEL))
        except InvalidTag:
            return None


def _suite() -> Suite:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _expand(seed: bytes) -> tuple[bytes, bytes]:
    """Grow the seed of ML-KEM (64 bytes) and the scalar of X25519 (32 bytes), as X-Wing does."""
    grown = hashlib.shake_256(seed).digest(_MLKEM_SEED_BYTES + _X25519_BYTES)
    return grown[:_MLKEM_SEED_BYTES], grown[_MLKEM_SEED_BYTES:]


def _halves(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    lattice, scalar = _expand(seed)
    return MLKEM768PrivateKey.from_seed_bytes(lattice), X25519PrivateKey.from_private_bytes(scalar)
