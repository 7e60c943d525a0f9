"""Who seals and who opens, and how they are written down.

A recipient is public and seals; its identity is secret and opens. An identity file is text: identities, one a line,
blank lines, and comments that begin with `#`. Source: age-encryption.org/v1; the file's layout is `age-keygen`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from imgfile.errors import WrongKey
from imgfile.sealing import bech32, hybrid
from imgfile.sealing.flaws import Flaw, damaged
from imgfile.sealing.header import is_sealed
from imgfile.sealing.hybrid import HybridIdentity, HybridRecipient

if TYPE_CHECKING:
    from imgfile.sealing.passphrase import Passphrase
    from imgfile.sealing.x25519 import X25519Identity, X25519Recipient

PublicRecipient: TypeAlias = "X25519Recipient | HybridRecipient"
KeyIdentity: TypeAlias = "X25519Identity | HybridIdentity"
Recipient: TypeAlias = "PublicRecipient | Passphrase"
Identity: TypeAlias = "KeyIdentity | Passphrase"

IDENTITY_FILE_LIMIT_BYTES: Final = 1 << 20
"""The longest identity file that is read; one identity and its comments take 2 KiB."""


def generate_identity(*, post_quantum: bool) -> KeyIdentity:
    """Make a new identity; its recipient is `.recipient`."""
    if post_quantum:
        return HybridIdentity.generate()
    from imgfile.sealing.x25519 import X25519Identity  # noqa: PLC0415 - most vaults are post-quantum, here and below

    return X25519Identity.generate()


def parse_recipient(text: str) -> PublicRecipient:
    """Read `age1…` or `age1pq1…`, in lower case: a recipient has one spelling. Raises `Damaged`."""
    try:
        prefix, data = bech32.decode(text)
    except ValueError as error:
        raise damaged(Flaw.RECIPIENT) from error
    if (prefix, len(data)) == (hybrid.RECIPIENT_PREFIX, hybrid.PUBLIC_BYTES) and text.islower():
        return HybridRecipient(data)
    from imgfile.sealing import x25519  # noqa: PLC0415

    if (prefix, len(data)) == (x25519.RECIPIENT_PREFIX, x25519.POINT_BYTES) and text.islower():
        return x25519.X25519Recipient(data)
    raise damaged(Flaw.RECIPIENT)


def parse_identity(text: str) -> KeyIdentity:
    """Read `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`; one typed from paper may be in lower case.

    Raises `WrongKey` for anything else.
    """
    try:
        prefix, data = bech32.decode(text)
    except ValueError:
        raise _no_identity() from None  # the cause could show where in the secret it failed
    if (prefix, len(data)) == (hybrid.IDENTITY_PREFIX, hybrid.SEED_BYTES):
        return HybridIdentity(data)
    from imgfile.sealing import x25519  # noqa: PLC0415

    match prefix, len(data):
        case x25519.IDENTITY_PREFIX, x25519.SECRET_BYTES:
            return x25519.X25519Identity(data)
        case ((x25519.RECIPIENT_PREFIX | hybrid.RECIPIENT_PREFIX), _):
            raise WrongKey(
                "this is a recipient, which only seals.", "Give the identity: it begins with AGE-SECRET-KEY-."
            )
        case _:
            raise _no_identity()


def parse_identity_file(data: bytes) -> tuple[KeyIdentity, ...]:
    """Read every identity in an identity file. Raises `WrongKey` if there is none, or a line is none."""
    if is_sealed(data):
        raise WrongKey("this identity file is sealed.", "Open it with its passphrase first.")
    if len(data) > IDENTITY_FILE_LIMIT_BYTES:
        raise _no_identity()
    try:
        lines = [line.strip() for line in data.decode("utf-8-sig").split("\n")]
    except UnicodeDecodeError:
        raise _no_identity() from None
    identities = tuple(parse_identity(line) for line in lines if line and not line.startswith("#"))
    if not identities:
        raise _no_identity()
    return identities


def render_identity_file(identity: KeyIdentity, comments: Iterable[str] = ()) -> bytes:
    """Write an identity file that `age -i` accepts; each line of a comment becomes a comment line."""
    remarks = [line for comment in comments for line in comment.splitlines()]
    lines = [*(f"# {line}" for line in remarks), f"# public key: {identity.recipient}", identity.secret()]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _no_identity() -> WrongKey:
    return WrongKey(
        "this is no age identity.", "An identity is one line that begins with AGE-SECRET-KEY-; check for typing errors."
    )
