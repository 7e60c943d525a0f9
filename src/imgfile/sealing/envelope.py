"""Header and payload make a sealed file, and come apart again.

Nothing here tests the library first: that is `seal`'s duty, and the self-test itself runs on these functions.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from itertools import chain

from imgfile.errors import UsageError, WrongKey
from imgfile.frozen import dataclass, field
from imgfile.sealing import payload
from imgfile.sealing.filekey import FileKey
from imgfile.sealing.header import SCRYPT, STANZA_LIMIT, Header, check_alone, check_mac, parse
from imgfile.sealing.identity import Identity, Recipient
from imgfile.sealing.pieces import NONCE_BYTES, Stream, split, views


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file being sealed. Iterate it, once, for the ciphertext; `file_key` then proves what was written."""

    file_key: FileKey
    _chunks: Iterator[bytes] = field(repr=False)

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks


def encrypt(plaintext: Stream, recipients: Sequence[Recipient]) -> Sealed:
    """Seal to recipients of one kind. Raises `UsageError` for a mixture, `Damaged` for a useless recipient."""
    _check(recipients)
    file_key = FileKey.fresh()
    header = Header.seal([recipient.wrap(file_key) for recipient in recipients], file_key)
    nonce = secrets.token_bytes(NONCE_BYTES)
    chunks = payload.encrypt(file_key.payload_key(nonce), views(plaintext))
    return Sealed(file_key, chain((header.encode() + nonce,), chunks))


def decrypt(ciphertext: Stream, opener: Sequence[Identity] | FileKey) -> Iterator[bytes]:
    """Check the header at once, and yield the content as its chunks are verified.

    Raises `WrongKey` if no identity is for this file, `Damaged` whatever else is wrong.
    """
    raw, nonce, parts = split(views(ciphertext))
    header = parse(raw)
    file_key = opener if isinstance(opener, FileKey) else _unwrap(header, opener)
    check_mac(raw, header, file_key)
    return payload.decrypt(file_key.payload_key(nonce), parts)


def _unwrap(header: Header, identities: Sequence[Identity]) -> FileKey:
    check_alone(header.stanzas)
    for identity in identities:
        if file_key := identity.unwrap(header.stanzas):
            return file_key
    raise WrongKey(
        "this passphrase or identity does not open the file.",
        "Check the passphrase, or use the identity of somebody it was sealed to.",
    )


def _check(recipients: Sequence[Recipient]) -> None:
    """Refuse what age refuses: one classical recipient would undo what the post-quantum ones are for."""
    if not 1 <= len(recipients) <= STANZA_LIMIT:
        raise UsageError(f"a file is sealed to 1 to {STANZA_LIMIT} recipients, not to {len(recipients)}.")
    kinds = {recipient.kind for recipient in recipients}
    if len(kinds) > 1 or (SCRYPT in kinds and len(recipients) > 1):
        raise UsageError(
            "a file is sealed either to post-quantum recipients, or to X25519 recipients, or to one passphrase.",
            "Use recipients of one kind.",
        )
