"""Which primitives age needs, and how each fails.

The only file, with `hybrid`, that touches `cryptography`; its exceptions end here, as None. What every other file
sees is bytes.
"""

# ruff: noqa: PLC0415 - importing `cryptography` costs 36 ms, and only sealing and opening need it, not reading names

from __future__ import annotations

from imgfile.errors import Error

KEY_BYTES = 32
_SCRYPT_BLOCK = 8
_SCRYPT_PARALLEL = 1


class Cipher:
    """ChaCha20-Poly1305 (RFC 8439) under one key of 32 bytes, with nonces of 12 bytes and no associated data."""

    __slots__ = ("_aead", "_invalid")

    def __init__(self, key: bytes) -> None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        self._aead = ChaCha20Poly1305(key)
        self._invalid = InvalidTag

    def encrypt(self, nonce: bytes, data: bytes | bytearray | memoryview) -> bytes:
        """Return the ciphertext and its tag of 16 bytes."""
        return self._aead.encrypt(nonce, data, None)

    def decrypt(self, nonce: bytes, data: bytes | bytearray | memoryview) -> bytes | None:
        """Return the plaintext, or None if the tag does not match."""
        try:
            return self._aead.decrypt(nonce, data, None)
        except self._invalid:
            return None


def derive(secret: bytes, salt: bytes, label: bytes) -> bytes:
    """Derive a key of 32 bytes by HKDF with SHA-256 (RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, salt, label).derive(secret)


def stretch(passphrase: bytes, salt: bytes, work_factor: int) -> bytes:
    """Derive a key of 32 bytes by scrypt (RFC 7914) with N = 2 ** `work_factor`, which takes N KiB of memory."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    try:
        return Scrypt(salt, KEY_BYTES, 1 << work_factor, _SCRYPT_BLOCK, _SCRYPT_PARALLEL).derive(passphrase)
    except MemoryError as error:
        raise Error(
            "this computer has too little free memory to try the passphrase.",
            "Close other programs, then run the same command again.",
        ) from error


def x25519_public(secret: bytes) -> bytes:
    """Return the public point of a secret scalar (RFC 7748), 32 bytes each."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def x25519_exchange(secret: bytes, point: bytes) -> bytes | None:
    """Return the shared secret of 32 bytes, or None for a point of low order, which would make it zero."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError:
        return None
