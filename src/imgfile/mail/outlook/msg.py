"""An Outlook message, `.msg`: its facts, and the files in it ([MS-OXMSG]; property ids [MS-OXPROPS]).

Each attachment is a storage of streams. All its streams are looked at, not only the one that should hold the file:
a picture pasted into a rich text is kept as an object with streams of its own.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from imgfile.mail.coding.encodings import HEAD_BYTES
from imgfile.mail.header_text import MAX_TEXT_CHARACTERS
from imgfile.mail.kinds import FileKind
from imgfile.mail.model import Enclosed, Hidden, Message, Reason
from imgfile.mail.outlook import mapi
from imgfile.mail.outlook.cfb import Compound, Stream
from imgfile.mail.outlook.embedded_objects import is_about_object, is_pasted_picture
from imgfile.mail.verdict.outside import find_raw, gaps, outside
from imgfile.mail.view import View

_PROPERTIES: Final = "__properties_version1.0"
"""The stream of properties of a fixed length; every message and attachment has one (§2.4)."""
_ATTACHMENT: Final = re.compile(r"__attach_version1\.0_#([0-9A-Fa-f]{8})")
"""An attachment's storage, numbered from 0 (§2.2.2)."""
_VALUE: Final = re.compile(r"__substg1\.0_([0-9A-F]{4})(001[EF]|0102)")
"""A property of a variable length is a stream, whose name is its id and type (§2.1.3)."""
_BINARY: Final = "0102"
_WIDE_TEXT: Final = "001F"
_TEXT: Final = "001E"
"""In the code page of whoever wrote it, which is read as the Western one."""
_FILE_STREAM: Final = f"__substg1.0_{mapi.FILE:04X}{_BINARY}"
_OBJECT_STORAGE: Final = f"__substg1.0_{mapi.FILE:04X}000D"
_HEADER_BYTES: Final = 32
"""What stands before the first property of the outermost message (§2.4.1.1)."""
_PROPERTY: Final = struct.Struct("<HH4xQ")
"""A property's type, its id, flags, and its value of eight bytes (§2.4.2.1)."""
_TIME_TYPE: Final = 0x40
_MAX_PROPERTIES_BYTES: Final = 64 << 10
"""How much of that stream is read: four thousand properties; a message has about forty of a fixed length."""

_Storage = tuple[str, ...]
"""A storage's path in the compound file."""


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

    def read_message(self, number: int) -> Message:
        """Read the facts of the outermost message."""
        return mapi.read_message(number, self._texts(()), self._ticks(), self._headers)

    def find_enclosed(self) -> Iterator[Enclosed | Hidden]:
        """Yield every stream of every attachment, numbered from 1 as `2`, or `2.1` within an attached message."""
        counts: Counter[str] = Counter()
        for storage in sorted(self._storages):
            part = _part_number(storage)
            if _PROPERTIES in self._storages[storage]:
                yield from mapi.search_bodies(
                    part, partial(self._value, storage, limit=mapi.MAX_BODY_TEXT_BYTES), self._view.budget
                )
            if not part:
                continue  # no attachment: the message itself, a recipient, the names of properties
            for enclosed in self._enclosed(storage, part):
                self._view.budget.open_member()
                if isinstance(enclosed, Hidden):
                    yield enclosed
                    continue
                counts[part] += 1  # an object has storages of its own, which have the same number
                count = counts[part]
                yield enclosed if count == 1 else replace(enclosed, part=f"{part}.s{count}")
        if self._is_cut:
            yield Hidden("1", Reason.TOO_MANY_PARTS, FileKind.OUTLOOK)

    def find_outside(self) -> Iterator[Hidden]:
        """Report files in the message's own properties, and in sectors that no stream has: put there, or deleted.

        The streams of attachments are looked at one by one.
        """
        attached = [storage for storage in self._storages if _part_number(storage)]
        streams = (stream for storage in attached for stream in self._storages[storage].values())
        covered = [(start, start + length) for stream in streams for start, length in stream.runs]
        found = find_raw(self._view, gaps(covered, 0, len(self._view)))
        if found:
            yield outside("outside", found)
        for storage in self._storages:
            if _PROPERTIES in self._storages[storage]:
                yield from mapi.search_words(
                    _part_number(storage), partial(self._value, storage, limit=mapi.MAX_BODY_TEXT_BYTES)
                )

    def _enclosed(self, storage: _Storage, part: str) -> Iterator[Enclosed | Hidden]:
        """Yield the streams of a storage that may be files: all but its texts, the attached file first."""
        texts = self._texts(storage)
        if _ATTACHMENT.fullmatch(storage[-1]) and not self._has_file(storage):
            yield from mapi.report_absent(part, mapi.name_of(texts), mapi.type_of(texts))
        for name, stream in sorted(self._storages[storage].items(), key=_file_first):
            value = _VALUE.fullmatch(name)
            if value and value[2] != _BINARY:
                continue
            head = stream.head(self._view, HEAD_BYTES)
            if is_pasted_picture(name, head):
                yield Hidden(part, Reason.RICH_TEXT, FileKind.PICTURE, size=stream.size)
                continue
            found = mapi.describe_file(part, stream, stream.size, head, texts)
            yield replace(found, is_property=_is_property(name))

    def _has_file(self, storage: _Storage) -> bool:
        """Return whether an attachment holds a file, a message or an object (§2.2.2.1, §2.2.2.2)."""
        kept = self._storages[storage].get(_FILE_STREAM)
        inner = (*storage, _OBJECT_STORAGE)
        is_object = any(each[: len(inner)] == inner for each in self._storages)
        return is_object or (kept is not None and kept.size > 0)

    # --- properties ---

    def _headers(self) -> bytes:
        """Return the header as it travelled; in UTF-16 mostly, whose second bytes are left out."""
        return self._value((), mapi.HEADERS, mapi.MAX_HEADERS_BYTES).replace(b"\0", b"")

    def _value(self, storage: _Storage, code: int, limit: int) -> bytes:
        """Return the first bytes of a property, of whatever type; none where there is none."""
        streams = self._storages[storage]
        for kind in (_BINARY, _WIDE_TEXT, _TEXT):
            stream = streams.get(f"__substg1.0_{code:04X}{kind}")
            if stream is not None:
                return stream.head(self._view, limit)
        return b""

    def _texts(self, storage: _Storage) -> dict[int, str]:
        """Read a storage's short texts, by their property ids."""
        texts: dict[int, str] = {}
        for name, stream in self._storages[storage].items():
            value = _VALUE.fullmatch(name)
            if value and value[2] != _BINARY:
                raw = stream.head(self._view, 2 * MAX_TEXT_CHARACTERS)
                encoding = "utf-16-le" if value[2] == _WIDE_TEXT else "cp1252"
                texts[int(value[1], 16)] = raw.decode(encoding, "replace").rstrip("\0")
        return texts

    def _ticks(self) -> int:
        """Return when the message was sent, else when it was delivered; 0 where neither is known."""
        raw = self._storages[()][_PROPERTIES].head(self._view, _MAX_PROPERTIES_BYTES)[_HEADER_BYTES:]
        rows = _PROPERTY.iter_unpack(raw[: len(raw) - len(raw) % _PROPERTY.size])
        values = {code: value for kind, code, value in rows if kind == _TIME_TYPE}
        return next((values[code] for code in mapi.TIMES if code in values), 0)


def _part_number(storage: _Storage) -> str:
    """Return the number of the attachment that a storage belongs to; empty for one that belongs to none."""
    attachments = map(_ATTACHMENT.fullmatch, storage)
    return ".".join(str(int(found[1], 16) + 1) for found in attachments if found)


def _is_property(name: str) -> bool:
    """Return whether a stream is a property beside the attached file, or says something of an object."""
    value = _VALUE.fullmatch(name)
    return name == _PROPERTIES or is_about_object(name) or (value is not None and int(value[1], 16) != mapi.FILE)


def _file_first(item: tuple[str, Stream]) -> tuple[bool, str]:
    """Sort streams by their names, but for the attached file, which comes first."""
    name, _ = item
    value = _VALUE.fullmatch(name)
    is_file = value is not None and int(value[1], 16) == mapi.FILE
    return not is_file, name
