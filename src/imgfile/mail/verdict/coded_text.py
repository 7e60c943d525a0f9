"""Files that stand in a text where nothing declares them: in base64, hexadecimal, yEnc, BinHex, or as they are.

Nothing is decoded: that something of the kind stands there is reported. What is known to look like it and to be none
is left out first: signatures, keys and certificates in their armour.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from imgfile.mail.kinds import FileKind
from imgfile.mail.verdict.coded_lines import codes_bytes

_ARMOUR: Final = re.compile(
    rb"-----BEGIN (PGP SIGNATURE|PGP PUBLIC KEY BLOCK|CERTIFICATE|PUBLIC KEY|SSH SIGNATURE)-----"
)
"""RFC 9580 §6.2, RFC 7468: known to hold no photo, of a length that keys and signatures have."""
_LONGEST_ARMOUR_BYTES: Final = 20_000
_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SHAPE: Final = bytes(
    ord("A")
    if byte in _LETTERS + b"-_"
    else ord(" ")
    if byte in b" \t\r=>|"
    else byte
    if byte == ord("\n")
    else ord("x")
    for byte in range(256)
)
"""What a text's letters, its blanks with padding and marks of quoting, and everything else are turned to."""
_LINE_SHAPES: Final = ((16, 12), (60, 4))
"""How long lines must be that are one word each, and how many one below the other: no text has as many."""
_LONG_RUN: Final = re.compile(rb"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{1000}")
"""No address in the web has a thousand letters without a hyphen, an underscore or a per cent sign."""
_OCTETS: Final = re.compile(rb"(?<![A-Fa-f0-9][ :,])(?:[A-Fa-f0-9]{2}[ :,\r\n]{1,2}){200}")
_OCTET_SHAPE: Final = bytes(
    ord("h") if byte in b"0123456789ABCDEFabcdef" else ord(" ") if byte in b" :,\r\n" else ord("x")
    for byte in range(256)
)
_BASE_85: Final = re.compile(rb"<~[!-u\s]{200}")
_RULED: Final = re.compile(rb"^[>| \t]*[-_=/+]+[ \t\r]*$", re.MULTILINE)
"""A line without any letter."""
_FILE_MARKS: Final = (
    *(b"/9j/", b"iVBORw0KGgo", b"R0lGOD", b"UklGR", b"SUkqA", b"TU0AK", b"JVBERi0", b"UEsDB", b"N3q8ry", b"UmFyI"),
    *(b"H4sI", b"0M8R4KGx", b"GkXfo", b"Z0eX", b"FFD8FF", b"ffd8ff", b"89504E47", b"89504e47", b"_9j_", b"=FF=D8"),
    *(b"%FF%D8", b"%ff%d8", b"=ff=d8", b"\\xff\\xd8", b"\\xFF\\xD8", b"89PNG"),
)
"""One of them stands in whatever `_FILE_AHEAD` finds: to look for each is quicker than for all."""
_FILE_AHEAD: Final = re.compile(
    rb"(?<![A-Za-z0-9+/])(?:/9j/[24678]|iVBORw0KGgo|R0lGOD[dl]h|UklGR|SUkqA|TU0AK|JVBERi0|UEsDB|N3q8ry|UmFyI|H4sI"
    rb"|0M8R4KGx|GkXfo|AAAA..Z0eX|[Ff]{2}[Dd]8[Ff]{2}|89504[Ee]47)[A-Za-z0-9+/]{24}"
    rb"|(?<![A-Za-z0-9_-])_9j_[24678][A-Za-z0-9_-]{24}"
    rb"|[=%\\]x?[Ff]{2}[=%\\]x?[Dd]8[=%\\]x?[Ff]{2}[=%\\]|[=%\\]x?89PNG"
)
"""How files begin in base64, in hexadecimal or octet by octet: JPEG, PNG, GIF, WebP, TIFF, PDF, zip, 7z, RAR, gzip,
a compound file, video, HEIC."""
_LONG_FIELD_BYTES: Final = 12_000
"""No filter's field in a header is so long; photos are longer."""
_BEGINNING: Final = re.compile(rb"\s{0,100}(?:[A-Za-z0-9+/_-]{40}|=ybegin |\(This file must|<~)")
_YENC: Final = re.compile(rb"^=ybegin [^\n]*\bsize=\d", re.MULTILINE)
_BINHEX: Final = re.compile(rb"^\(This file must be converted with BinHex", re.MULTILINE)
_RAW: Final = re.compile(
    rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r?\n\x1a|GIF8[79]a|RIFF.{4}WEBP|\0\0.{2}ftyp[a-z]", re.DOTALL
)
"""Pictures and videos as they are."""
_RAW_MARKS: Final = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"WEBP", b"ftyp")
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


def holds_raw(data: bytes) -> bool:
    """Return whether a picture or a video stands among these bytes as it is."""
    return _has(_RAW, _RAW_MARKS, data)


def coded_file(text: bytes) -> FileKind | None:
    """Return as what a file stands coded in a text; None where nothing looks like one."""
    if _has(_YENC, (b"=ybegin ",), text):
        return FileKind.YENC
    if _has(_BINHEX, (b"(This file",), text):
        return FileKind.BINHEX
    if holds_raw(text) or not is_text(text):
        return FileKind.RAW_BYTES
    return FileKind.CODED if _is_coded(text) else None


def _has(pattern: re.Pattern[bytes], marks: Sequence[bytes], text: bytes) -> bool:
    """Return whether a pattern is found, one of whose marks every match holds; mostly none is there."""
    return any(mark in text for mark in marks) and pattern.search(text) is not None


def _is_coded(text: bytes) -> bool:
    """Return whether a file stands in a text in letters: in one long run, in lines, in octets, or by its beginning."""
    bare = _RULED.sub(b"", _without_armour(text))
    shape = bare.translate(_SHAPE)
    if b"A" * 1000 in shape and _LONG_RUN.search(bare):
        return True
    if b"A" * _LINE_SHAPES[0][0] in shape and _has_coded_lines(shape):
        return True
    if b"hh " * 9 in bare.translate(_OCTET_SHAPE) and _OCTETS.search(bare):
        return True
    return _has(_FILE_AHEAD, _FILE_MARKS, bare) or _has(_BASE_85, (b"<~",), bare) or codes_bytes(bare)


def _has_coded_lines(shape: bytes) -> bool:
    """Return whether enough lines follow each other that are one long word each, quoted or not."""
    runs = [0] * len(_LINE_SHAPES)
    for line in shape.split(b"\n"):
        word = line.strip(b" ")
        length = 0 if b" " in word or b"x" in word else len(word)
        runs = [run + 1 if length >= least else 0 for run, (least, _) in zip(runs, _LINE_SHAPES, strict=True)]
        if any(run >= enough for run, (_, enough) in zip(runs, _LINE_SHAPES, strict=True)):
            return True
    return False


def begins_coded(head: bytes) -> bool:
    """Return whether a text begins as a coded file does: with a word longer than any, or yEnc's or BinHex' line."""
    return _BEGINNING.match(head) is not None


def _without_armour(text: bytes) -> bytes:
    """Leave out what stands in the armour of a signature or key; in one pass, however many begin and never end."""
    kept, position = [], 0
    ends: dict[bytes, int] = {}  # where the next armour of each kind ends
    for begin in _ARMOUR.finditer(text):
        if begin.start() < position:
            continue
        last = b"-----END " + begin[1] + b"-----"
        if ends.get(last, 0) < begin.end():
            found = text.find(last, begin.end())
            ends[last] = found if found >= 0 else len(text) + _LONGEST_ARMOUR_BYTES
        end = ends[last]
        if end - begin.end() > _LONGEST_ARMOUR_BYTES or _has(_FILE_AHEAD, _FILE_MARKS, text[begin.end() : end]):
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
    return _is_coded(narrow) or _has(_YENC, (b"=ybegin ",), narrow) or _has(_BINHEX, (b"(This file",), narrow)


def holds_file(text: bytes) -> bool:
    """Return whether header lines and what else stands between parts hold a file; signatures and keys are none."""
    unfolded = re.sub(rb"\r?\n[ \t]+", b"", text)
    if _has(_FILE_AHEAD, _FILE_MARKS, unfolded) or holds_raw(unfolded) or not is_text(text):
        return True
    is_long = b"A" * _LONG_FIELD_BYTES in unfolded.translate(_SHAPE)
    return is_long or _has(_YENC, (b"=ybegin ",), unfolded) or _has(_BINHEX, (b"(This file",), unfolded)
