"""Whether a part that is declared a signature is one: short, and without a file or what it signs in it."""

from __future__ import annotations

from typing import Final

from imgfile.mail.kinds import kind_by_bytes
from imgfile.mail.verdict.coded_text import holds_raw

SIGNATURE_TYPES: Final = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
"""RFC 3156 §5, RFC 8551 §3.5: bytes, and short."""
MAX_SIGNATURE_BYTES: Final = 64 << 10
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
"""The object identifier of SignedData (RFC 5652 §5.1), which stands near the beginning."""
_BEGINNING_BYTES: Final = 100
_DATA: Final = bytes.fromhex("06092a864886f70d010701")
_ABSENT_CONTENT: Final = (b"\x30\x0b" + _DATA, b"\x30\x80" + _DATA + b"\0\0")
"""EncapsulatedContentInfo without its eContent, as in a signature that stands beside what it signs (§5.2)."""


def is_signature(data: bytes) -> bool:
    """Return whether what is declared a signature is no known file, and holds none."""
    return not (kind_by_bytes(data[:512]) or holds_raw(data) or _holds_signed_content(data))


def _holds_signed_content(data: bytes) -> bool:
    """Return whether a signature holds what it signs, rather than stand beside it (RFC 8551 §3.5.3)."""
    is_signed = _SIGNED_DATA in data[:_BEGINNING_BYTES] and _DATA in data
    return is_signed and not any(absent in data for absent in _ABSENT_CONTENT)
