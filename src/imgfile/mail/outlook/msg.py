"""An Outlook message, `.msg`: what it tells of itself, and the files in it ([MS-OXMSG], property ids [MS-OXPROPS]).

Each attachment is a storage of streams. All its streams are looked at, not only the one that should hold the file:
a picture pasted into a rich text is kept as an object with streams of its own.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from imgfile.mail.encodings import HEAD_BYTES
from imgfile.mail.header_text import MAX_TEXT_CHARACTERS
from imgfile.mail.mime.parts import Hidden
from imgfile.mail.model import Enclosed, Message, Reason
from imgfile.mail.outlook import mapi
from imgfile.mail.outlook.cfb import Compound, Stream
from imgfile.mail.outlook.embedded_objects import is_pasted_picture
from imgfile.mail.view import View

_PROPERTIES: Final = "__properties_version1.0"
_ATTACHMENT: Final = re.compile(r"__attach_version1\.0_#([0-9A-Fa-f]{8})")
_VALUE: Final = re.compile(r"__substg1\.0_([0-9A-F]{4})(001[EF]|0102)")
_BINARY: Final = "0102"
_TEXTS: Final = ("001F", "001E")
_HEADER_BYTES: Final = 32
_PROPERTY: Final = struct.Struct("<HH4xQ")
_TIME_TYPE: Final = 0x40
_MAX_PROPERTIES_BYTES: Final = 64 << 10

_Storage = tuple[str, ...]


def open_message(view: View) -> OutlookMessage | None:
    """Open a message; None for another compound file, such as a Word document. Raises `UnreadableMail`."""
    storages: dict[_Storage, dict[str, Stream]] = {}
    file = Compound(view)
    for (*storage, name), stream in file.streams():
        storages.setdefault(tuple(storage), {})[name] = stream
    if _PROPERTIES not in storages.get((), {}):
        return None
    return OutlookMessage(view, storages, is_cut=file.is_cut)


class OutlookMessage:
    """An opened message: its streams, storage by storage; `is_cut` says that there are more."""

    def __init__(self, view: View, storages: dict[_Storage, dict[str, Stream]], *, is_cut: bool) -> None:
        self._view = view
        self._storages = storages
        self._is_cut = is_cut

    def read_message(self) -> Message:
        """Read what is told of the outermost message."""
        headers = partial(self._value, (), mapi.HEADERS, mapi.MAX_HEADERS_BYTES)
        return mapi.read_message(1, self._texts(()), self._ticks(), lambda: headers().replace(b"\0", b""))

    def find_enclosed(self) -> Iterator[Enclosed | Hidden]:
        """Yield every stream of every attachment, numbered from 1 as `2`, or `2.1` within an attached message."""
        counts: dict[str, int] = {}
        for storage in sorted(self._storages):
            numbers = [str(int(found[1], 16) + 1) for name in storage if (found := _ATTACHMENT.fullmatch(name))]
            part = ".".join(numbers)
            if _PROPERTIES in self._storages[storage]:
                yield from mapi.search_bodies(part, partial(self._value, storage, limit=mapi.MAX_BODY_TEXT_BYTES))
            for enclosed in self._enclosed(storage, part) if numbers else ():
                if isinstance(enclosed, Hidden):
                    yield enclosed
                    continue
                counts[part] = counts.get(part, 0) + 1
                yield replace(enclosed, part=part if counts[part] == 1 else f"{part}.s{counts[part]}")
        if self._is_cut:
            yield Hidden("1", Reason.TOO_MANY_PARTS)

    def _enclosed(self, storage: _Storage, part: str) -> Iterator[Enclosed | Hidden]:
        texts = self._texts(storage)
        for stream_name, stream in sorted(self._storages[storage].items(), key=_file_first):
            value = _VALUE.fullmatch(stream_name)
            if value and value[2] != _BINARY:
                continue
            head = stream.head(self._view, HEAD_BYTES)
            if is_pasted_picture(stream_name, head):
                yield Hidden(part, Reason.RICH_TEXT)
            else:
                yield mapi.describe_file(part, stream, sum(length for _, length in stream.runs), head, texts)

    def _value(self, storage: _Storage, code: int, limit: int) -> bytes:
        """Return the first bytes of a property, of whatever type."""
        names = (f"__substg1.0_{code:04X}{kind}" for kind in (_BINARY, *_TEXTS))
        found = next((stream for name in names if (stream := self._storages[storage].get(name))), None)
        return found.head(self._view, limit) if found else b""

    def _texts(self, storage: _Storage) -> dict[int, str]:
        """Read a storage's short texts, by their property ids."""
        texts: dict[int, str] = {}
        for name, stream in self._storages[storage].items():
            value = _VALUE.fullmatch(name)
            if value and value[2] != _BINARY:
                raw = stream.head(self._view, 2 * MAX_TEXT_CHARACTERS)
                is_wide = value[2] == "001F"
                texts[int(value[1], 16)] = raw.decode("utf-16-le" if is_wide else "cp1252", "replace").rstrip("\0")
        return texts

    def _ticks(self) -> int:
        raw = self._storages[()][_PROPERTIES].head(self._view, _MAX_PROPERTIES_BYTES)[_HEADER_BYTES:]
        rows = _PROPERTY.iter_unpack(raw[: len(raw) - len(raw) % _PROPERTY.size])
        values = {code: value for kind, code, value in rows if kind == _TIME_TYPE}
        return next((values[code] for code in mapi.TIMES if code in values), 0)


def _file_first(item: tuple[str, Stream]) -> tuple[bool, str]:
    value = _VALUE.fullmatch(item[0])
    return value is None or int(value[1], 16) != mapi.FILE, item[0]
