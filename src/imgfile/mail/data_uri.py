"""A picture written into the address of one in HTML text, `data:image/…` (RFC 2397): it is noticed, and not read."""

from __future__ import annotations

import re
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.mail.coding.encodings import Encoding, decode
from imgfile.mail.view import View

MAX_HTML_BYTES: Final = 16 << 20
"""How much of an HTML text is decoded to look for pictures; words alone are not so long."""

_DATA_URI: Final = re.compile(
    rb":(?<=[dD][aA][tT][aA]:)(?:=\r?\n|[ \t\r\n]{1,4})?(?:[iI][mM][aA][gG][eE]/|;|application/octet-stream)"
)
"""Begins with the colon, for a search for one letter is many times as quick as one for several.

The line break is a soft one of quoted-printable (RFC 2045 §6.7), which is not decoded for this.
"""


def has_data_uri(view: View, start: int, end: int, encoding: Encoding | None) -> bool:
    """Return whether an HTML text holds a picture in the address of one."""
    if encoding is not Encoding.BASE64:
        return next(view.matches(_DATA_URI, start, end), None) is not None
    try:
        return _DATA_URI.search(decode(view.slice(start, min(end, start + MAX_HTML_BYTES)), encoding)) is not None
    except UnreadableMail:
        return False
