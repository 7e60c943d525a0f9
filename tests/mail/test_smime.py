"""S/MIME messages that hide what they hold are distinguished from what merely carries a signature."""

from __future__ import annotations

import pytest

from imgfile.mail.model import Enclosed, Reason
from imgfile.mail.outlook.cfb import Stream
from imgfile.mail.smime import reason_of_file, reason_of_part

SIGNED = bytes.fromhex("308006092a864886f70d010702a080")
ENVELOPED = bytes.fromhex("308006092a864886f70d010703a080")


@pytest.mark.parametrize(
    ("declared", "parameters", "reason"),
    [
        ("application/pkcs7-mime", {"smime-type": "Signed-Data"}, Reason.OPAQUE_SIGNED),
        ("application/x-pkcs7-mime", {"smime-type": "enveloped-data"}, Reason.ENCRYPTED),
        ("application/pkcs7-mime", {}, Reason.ENCRYPTED),
        ("application/pkcs7-signature", {"smime-type": "signed-data"}, None),
        ("image/png", {}, None),
    ],
)
def test_a_parts_type_decides(declared: str, parameters: dict[str, str], reason: Reason | None) -> None:
    """Without `smime-type`, the worse is reported; a detached signature hides nothing."""
    assert reason_of_part(declared, parameters) is reason


@pytest.mark.parametrize(
    ("name", "declared", "head", "reason"),
    [
        ("smime.p7m", "", SIGNED, Reason.OPAQUE_SIGNED),
        ("SMIME.P7M", "", ENVELOPED, Reason.ENCRYPTED),
        (None, "application/pkcs7-mime", SIGNED, Reason.OPAQUE_SIGNED),
        ("smime.p7m", "", b"no DER", None),
        ("letter.der", "", ENVELOPED, None),
    ],
)
def test_a_file_is_known_by_its_name_or_type_and_by_its_bytes(
    name: str | None, declared: str, head: bytes, reason: Reason | None
) -> None:
    """Outlook states no parameters: the object identifier within says which of the two it is."""
    file = Enclosed("1", Stream(()), len(head), head, name=name, declared_type=declared)
    assert reason_of_file(file) is reason
