"""Files that stand in a text where nothing declares them: in base64, hexadecimal, yEnc, BinHex, or as they are.

Nothing is decoded: that something of the kind stands there is reported. What is known to look like it and to be none
is left out first: signatures, keys and certificates in their armour.
"""

from __future__ import annotations

import re
from typing import Final

from imgfile.mail.kinds import FileKind

_ARMOUR: Final = re.compile(
    rb"-----BEGIN (PGP SIGNATURE|PGP PUBLIC KEY BLOCK|CERTIFICATE|PUBLIC KEY|SSH SIGNATURE)-----"
)
"""RFC 9580 §6.2, RFC 7468: known to hold no photo, of a length that keys and signatures have."""
_LONGEST_ARMOUR_BYTES: Final = 20_000
_CODED: Final = re.compile(
    rb"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{1000}"
    rb"|(?<![_-])(?:[A-Za-z0-9+/_-]{60,}+={0,2}[ \t\r]*+(?:\n[>| \t]*+|\Z)){4}"
    rb"|(?<![_-])(?:[A-Za-z0-9+/_-]{16,}+={0,2}[ \t\r]*+(?:\n[>| \t]*+|\Z)){12}"
    rb"|(?<![A-Fa-f0-9][ :,])(?:[A-Fa-f0-9]{2}[ :,\r\n]{1,2}){200}"
    rb"|<~[!-u\s]{200})"
)
"""One long run of letters, lines of them one below the other (quoted or not), octets one by one, or base 85.

No address in the web has a thousand letters without a hyphen, an underscore or a per cent sign, and no text has a dozen
lines that are each one long word; a line of hyphens alone, which has no letter, is taken out before.
"""
_RULED: Final = re.compile(rb"^[>| \t]*[-_=/+]+[ \t\r]*$", re.MULTILINE)
_FILE_AHEAD: Final = re.compile(
    rb"(?<![A-Za-z0-9+/])(?:/9j/[24678]|iVBORw0KGgo|R0lGOD[dl]h|UklGR|SUkqA|TU0AK|JVBERi0|UEsDB|N3q8ry|UmFyI|H4sI"
    rb"|0M8R4KGx|GkXfo|AAAA..Z0eX|[Ff]{2}[Dd]8[Ff]{2}|89504[Ee]47)[A-Za-z0-9+/]{24}"
    rb"|(?<![A-Za-z0-9_-])_9j_[24678][A-Za-z0-9_-]{24}"
    rb"|[=%\\]x?[Ff]{2}[=%\\]x?[Dd]8[=%\\]x?[Ff]{2}[=%\\]|[=%\\]x?89PNG"
)
"""How files begin in base64, in hexadecimal or octet by octet: JPEG, PNG, GIF, WebP, TIFF, PDF, zip, 7z, RAR, gzip,
a compound file, video, HEIC."""
_LONG_FIELD: Final = re.compile(rb"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{12000}")
"""No filter's field in a header is so long; photos are longer."""
_BEGINNING: Final = re.compile(rb"\s{0,100}(?:[A-Za-z0-9+/_-]{40}|=ybegin |\(This file must|<~)")
_YENC: Final = re.compile(rb"^=ybegin [^\n]*\bsize=\d", re.MULTILINE)
_BINHEX: Final = re.compile(rb"^\(This file must be converted with BinHex", re.MULTILINE)
_RAW: Final = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r?\n\x1a|GIF8[79]a|RIFF.{4}WEBP|....ftyp[a-z]", re.DOTALL)
"""Pictures and videos as they are."""
_CONTROLS: Final = bytes({*range(32)} - set(b"\t\n\v\f\r\b\x1b"))
"""What stands in no text; ESC and SO/SI switch character sets (ISO-2022-JP), backspace overstrikes."""
_SHIFTS: Final = b"\x0e\x0f"
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n"
_MOST_STRAY: Final = 40
_FEW: Final = 3
"""So many stray control characters a text may have."""
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
"""UTF-16 with its mark: every second byte of ordinary text is nought."""


def is_text(data: bytes) -> bool:
    """Return whether these bytes look like a text, in whatever character set; none at all do."""
    if data.startswith(_WIDE_MARKS) or _is_wide(data):
        data = data.replace(b"\0", b"")
    controls = len(data) - len(data.translate(None, _CONTROLS.translate(None, _SHIFTS)))
    return controls <= _FEW and b"\0\0" not in data


def has_controls(data: bytes) -> bool:
    """Return whether any byte is one that no ordinary text has; quick, for it is asked of every text's end."""
    return len(data.translate(None, _CONTROLS)) != len(data)


def _is_wide(data: bytes) -> bool:
    """Return whether bytes without a mark are UTF-16: of mostly Western text, one half of the bytes is nought."""
    return any(data[0:200:2]) is not any(data[1:200:2]) and len(data) > 1


def coded_file(text: bytes) -> FileKind | None:
    """Return as what a file stands coded in a text; None where nothing looks like one."""
    if _YENC.search(text):
        return FileKind.YENC
    if _BINHEX.search(text):
        return FileKind.BINHEX
    if _RAW.search(text) or not is_text(text):
        return FileKind.RAW_BYTES
    bare = _RULED.sub(b"", _without_armour(text))
    return FileKind.CODED if _CODED.search(bare) or _FILE_AHEAD.search(bare) else None


def begins_coded(head: bytes) -> bool:
    """Return whether a text begins as a coded file does: with a word longer than any, or yEnc's or BinHex' line."""
    return _BEGINNING.match(head) is not None


def _without_armour(text: bytes) -> bytes:
    """Leave out what stands in the armour of a signature or key; in one pass, however many begin and never end."""
    kept, position = [], 0
    for begin in _ARMOUR.finditer(text):
        if begin.start() < position:
            continue
        last = b"-----END " + begin[1] + b"-----"
        end = text.find(last, begin.end(), begin.end() + _LONGEST_ARMOUR_BYTES)
        if end < 0:
            continue
        kept.append(text[position : begin.start()])
        position = end + len(last)
    return b"".join(kept) + text[position:]


def foreign_to_base64(body: bytes) -> int:
    """Return how many bytes of a coded body are none of base64's, if they may be a file; footers of lists are words."""
    rest = body.translate(None, _BASE64)
    return len(rest) if len(rest) > _MOST_STRAY and (not is_text(rest) or _RAW.search(body)) else 0


def holds_coded(data: bytes) -> bool:
    """Return whether a file stands coded in words that lie among other bytes, in letters of one byte or of two."""
    narrow = data.replace(b"\0", b"")
    bare = _RULED.sub(b"", _without_armour(narrow))
    return any(pattern.search(bare) for pattern in (_FILE_AHEAD, _CODED, _YENC, _BINHEX))


def holds_file(text: bytes) -> bool:
    """Return whether header lines and what else stands between parts hold a file; signatures and keys are none."""
    unfolded = re.sub(rb"\r?\n[ \t]+", b"", text)
    patterns = (_FILE_AHEAD, _LONG_FIELD, _YENC, _BINHEX, _RAW)
    return any(pattern.search(unfolded) for pattern in patterns) or not is_text(text)
