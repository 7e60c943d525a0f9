"""How the content of an age file is encrypted, chunk by chunk.

STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) with ChaCha20-Poly1305: each chunk of 64 KiB has a nonce of an
11-byte counter and a byte that says whether it is the last. So chunks cannot be reordered, dropped or appended, and a
reader may use each as soon as it is verified. Source: age-encryption.org/v1, section "Payload".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.sealing.flaws import Flaw, damaged
from imgfile.sealing.pieces import blocks
from imgfile.sealing.primitives import Cipher

CHUNK_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
_SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
_COUNTER_BYTES = 11


def encrypt(key: bytes, plaintext: Iterator[memoryview]) -> Iterator[bytes]:
    """Yield the encrypted chunks; no content at all is one empty chunk."""
    cipher = Cipher(key)
    for number, (block, is_last) in enumerate(blocks(plaintext, CHUNK_BYTES)):
        yield cipher.encrypt(_nonce(number, is_last=is_last), block)


def decrypt(key: bytes, ciphertext: Iterator[memoryview]) -> Iterator[bytes]:
    """Yield each chunk's content once it is verified. Raises `Damaged`, perhaps after some were yielded."""
    cipher = Cipher(key)
    for number, (block, is_last) in enumerate(blocks(ciphertext, _SEALED_CHUNK_BYTES)):
        content = cipher.decrypt(_nonce(number, is_last=is_last), block)
        if content is None and len(block) == _SEALED_CHUNK_BYTES:
            # Perhaps a genuine chunk, with garbage after it or its successor cut off: age releases it, then reports.
            misplaced = cipher.decrypt(_nonce(number, is_last=not is_last), block)
            if misplaced is not None:
                yield misplaced
        if content is None or (not content and number):  # only a whole content may be empty
            raise damaged(Flaw.PAYLOAD)
        yield content


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + bytes([is_last])
