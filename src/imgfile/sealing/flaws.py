"""What can be wrong with sealed bytes, in words for a person and in classes for a program.

A `Damaged` that this room raises carries one of these as its message, so a caller tells the classes apart with
`Flaw(error.message)`. They are the failure classes of the age test vectors (C2SP CCTV), and one for recipients.
"""

from __future__ import annotations

from enum import StrEnum

from imgfile.errors import Damaged

_HINT = "Take the file from a backup; `imgfile verify` lists everything that is damaged."


class Flaw(StrEnum):
    """Where sealed bytes failed. Nothing unverified was released in any of these cases."""

    HEADER = "The header of a sealed file is damaged, or it is no age file."
    """Not the format, or a limit of it exceeded, or a key share that no honest sender makes."""
    MAC = "The header of a sealed file was changed after it was sealed."
    """A file key was found, and the header's MAC does not match it."""
    PAYLOAD = "The content of a sealed file is damaged or cut short."
    """A chunk does not decrypt, is missing, or follows the last one."""
    RECIPIENT = "A recipient (age1…) is malformed."
    """Not Bech32, of no kind that is known, or no usable public key."""


def damaged(flaw: Flaw) -> Damaged:
    """Make the error to raise for a flaw."""
    return Damaged(flaw, _HINT)
