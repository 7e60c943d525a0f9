"""The age v1 format (age-encryption.org/v1): bytes and streams, no files.

An age tool that knows the kind opens what is sealed here (hybrid: age 1.3 and newer), and this opens what any age tool
sealed for the kinds below; no armor.

    seal.py        what other rooms may do
    selftest.py    the library is proven before the first seal
    identity.py    who seals and who opens, and how they are written down
    envelope.py    header + payload = file
    header.py      the header's spelling       pieces.py   streams in parts of any size
    payload.py     the content, in chunks      filekey.py  the one secret of a file
    x25519.py  hybrid.py  passphrase.py        how each kind of recipient holds the file key
    bech32.py  words.py                        keys and bits as text that people can copy
    primitives.py  flaws.py                    what `cryptography` is asked; what can be wrong
"""

from imgfile.sealing.envelope import Sealed
from imgfile.sealing.filekey import FileKey
from imgfile.sealing.flaws import Flaw
from imgfile.sealing.header import is_sealed
from imgfile.sealing.hybrid import HybridIdentity, HybridRecipient
from imgfile.sealing.identity import (
    Identity,
    KeyIdentity,
    PublicRecipient,
    Recipient,
    generate_identity,
    parse_identity,
    parse_identity_file,
    parse_recipient,
    render_identity_file,
)
from imgfile.sealing.pieces import Stream
from imgfile.sealing.seal import open_with_key, seal, seal_bytes, unseal, unseal_bytes

__all__ = [
    "FileKey",
    "Flaw",
    "HybridIdentity",
    "HybridRecipient",
    "Identity",
    "KeyIdentity",
    "PublicRecipient",
    "Recipient",
    "Sealed",
    "Stream",
    "generate_identity",
    "is_sealed",
    "open_with_key",
    "parse_identity",
    "parse_identity_file",
    "parse_recipient",
    "render_identity_file",
    "seal",
    "seal_bytes",
    "unseal",
    "unseal_bytes",
]
