"""S/MIME messages that hide what they hold (RFC 8551): the encrypted ones, and those signed in an opaque form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from imgfile.mail.model import Enclosed, Reason

_TYPES: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
"""RFC 8551 §3.2, and the name from before it was registered."""
_NAME_ENDING: Final = ".p7m"
_DER_SEQUENCE: Final = b"\x30"
"""How every such message begins: ContentInfo is a SEQUENCE (RFC 5652 §3)."""
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
"""The object identifier of a message that is signed and not encrypted (RFC 5652 §5.1)."""


def reason_of_part(declared_type: str, parameters: Mapping[str, str]) -> Reason | None:
    """Return why a part of a mail is not searched, by its `smime-type` (RFC 8551 §3.2.2); None for any other part."""
    if declared_type not in _TYPES:
        return None
    is_signed = parameters.get("smime-type", "").lower() == "signed-data"
    return Reason.OPAQUE_SIGNED if is_signed else Reason.ENCRYPTED


def reason_of_file(file: Enclosed) -> Reason | None:
    """Return why a file is not searched: Outlook keeps an S/MIME message as one attachment, whose content is in DER."""
    is_declared = file.declared_type in _TYPES or (file.name or "").lower().endswith(_NAME_ENDING)
    if not is_declared or not file.head.startswith(_DER_SEQUENCE):
        return None
    return Reason.OPAQUE_SIGNED if _SIGNED_DATA in file.head else Reason.ENCRYPTED
