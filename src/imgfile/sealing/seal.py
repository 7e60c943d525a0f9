"""What may other rooms do? Seal bytes to recipients, and open them with identities or with the file key.

Whatever the bytes, only `Damaged` (its message is a `Flaw`) and `WrongKey` leave the opening functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgfile.sealing import envelope, selftest
from imgfile.sealing.envelope import Sealed
from imgfile.sealing.filekey import FileKey
from imgfile.sealing.identity import Identity, Recipient
from imgfile.sealing.pieces import Stream


def seal(plaintext: Stream, recipients: Sequence[Recipient]) -> Sealed:
    """Seal a stream, chunk by chunk, to 1 to 256 recipients of one kind, or to one passphrase.

    The first use of each kind proves the cryptographic library (`selftest`), a few milliseconds. Raises `Error` if it
    fails, `UsageError` for a mixture of kinds, `Damaged` for a recipient that is no usable public key.
    """
    for kind in {recipient.kind for recipient in recipients}:
        selftest.prove(kind)
    return envelope.encrypt(plaintext, recipients)


def unseal(ciphertext: Stream, identities: Sequence[Identity]) -> Iterator[bytes]:
    """Check the header at once, then yield the content in verified parts of at most 64 KiB.

    Only the end of the iteration says that the content is whole. Raises `WrongKey` if no identity is for this file,
    `Damaged` if it is malformed or was changed, before or during the iteration.
    """
    return envelope.decrypt(ciphertext, identities)


def open_with_key(ciphertext: Stream, file_key: FileKey) -> Iterator[bytes]:
    """Open as `unseal` does, with the file key that sealing left: reads back what was written, without an identity.

    The stanzas are not opened, but the header's MAC shows that they are those that were written.
    """
    return envelope.decrypt(ciphertext, file_key)


def seal_bytes(data: bytes, recipients: Sequence[Recipient]) -> bytes:
    """Seal something small, as `seal` does."""
    return b"".join(seal(data, recipients))


def unseal_bytes(data: bytes, identities: Sequence[Identity]) -> bytes:
    """Open something small, as `unseal` does, all or nothing."""
    return b"".join(unseal(data, identities))
