"""An Outlook message, `.msg`: what it tells of itself, and the files in it ([MS-OXMSG], property ids [MS-OXPROPS]).

Each attachment is a storage of streams. All its streams are looked at, not only the one that should hold the file:
a picture pasted into a rich text is kept as an object with streams of its own.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from imgfile.mail.attachments import Enclosed, Message
from imgfile.mail.compound import Compound, Stream
from imgfile.mail.encodings import HEAD_BYTES
from imgfile.mail.mapping import View
from imgfile.mail.words import MAX_TEXT_CHARACTERS

_PROPERTIES: Final = "__properties_version1.0"
_ATTACHMENT: Final = re.compile(r"__attach_version1\.0_#([0-9A-Fa-f]{8})")
_VALUE: Final = re.compile(r"__substg1\.0_([0-9A-F]{4})(001[EF]|0102)")
_FILE: Final = "3701"
_SUBJECT: Final = "0037"
_MESSAGE_ID: Final = "1035"
_SENDERS: Final = ("5D01", "0C1F", "0C1A")
"""The sender's SMTP address, the address of whatever kind, the name: the first that is an address, else the last."""
_NAMES: Final = ("3707", "3704")
"""A file's long name, then its short one."""
_TYPE: Final = "370E"
_CONTENT_ID: Final = "3712"
_TIMES: Final = (0x00390040, 0x0E060040)
"""When it was sent, then when it was delivered: 100 ns since 1601."""
_HEADER_BYTES: Final = 32
_PROPERTY: Final = struct.Struct("<I4xQ")
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_MAX_PROPERTIES_BYTES: Final = 64 << 10

_Storage = tuple[str, ...]


def open_message(view: View) -> OutlookMessage | None:
    """Open a message; None for another compound file, such as a Word document. Raises `UnreadableMail`."""
    storages: dict[_Storage, dict[str, Stream]] = {}
    for (*storage, name), stream in Compound(view).streams():
        storages.setdefault(tuple(storage), {})[name] = stream
    return OutlookMessage(view, storages) if _PROPERTIES in storages.get((), {}) else None


class OutlookMessage:
    """An opened message: its streams, storage by storage."""

    def __init__(self, view: View, storages: dict[_Storage, dict[str, Stream]]) -> None:
        self._view = view
        self._storages = storages

    def read_message(self) -> Message:
        """Read what is told of the outermost message."""
        texts = self._texts(())
        named = [texts[code] for code in _SENDERS if texts.get(code)]
        sender = next((text for text in named if "@" in text), named[-1] if named else "")
        return Message(1, sender, self._sent_at(), texts.get(_SUBJECT, ""), texts.get(_MESSAGE_ID, ""))

    def find_enclosed(self) -> Iterator[Enclosed]:
        """Yield every stream of every attachment, numbered from 1 as `2`, or `2.1` within an attached message."""
        counts: dict[str, int] = {}
        for storage in sorted(self._storages):
            numbers = [str(int(found[1], 16) + 1) for name in storage if (found := _ATTACHMENT.fullmatch(name))]
            for enclosed in self._enclosed(storage) if numbers else ():
                part = ".".join(numbers)
                counts[part] = counts.get(part, 0) + 1
                yield replace(enclosed, part=part if counts[part] == 1 else f"{part}.s{counts[part]}")

    def _enclosed(self, storage: _Storage) -> Iterator[Enclosed]:
        texts = self._texts(storage)
        name = next((texts[code] for code in _NAMES if texts.get(code)), None)
        for stream_name, stream in sorted(self._storages[storage].items(), key=_file_first):
            value = _VALUE.fullmatch(stream_name)
            if value and value[2] != "0102":
                continue
            yield Enclosed(
                "",
                stream,
                sum(length for _, length in stream.runs),
                stream.head(self._view, HEAD_BYTES),
                name=name,
                declared_type=texts.get(_TYPE, "").lower(),
                content_id=texts.get(_CONTENT_ID, "").strip("<> ") or None,
            )

    def _texts(self, storage: _Storage) -> dict[str, str]:
        """Read a storage's short texts, by their property ids."""
        texts: dict[str, str] = {}
        for name, stream in self._storages[storage].items():
            value = _VALUE.fullmatch(name)
            if value and value[2] != "0102":
                raw = stream.head(self._view, 2 * MAX_TEXT_CHARACTERS)
                is_wide = value[2] == "001F"
                texts[value[1]] = raw.decode("utf-16-le" if is_wide else "cp1252", "replace").rstrip("\0")
        return texts

    def _sent_at(self) -> datetime | None:
        raw = self._storages[()][_PROPERTIES].head(self._view, _MAX_PROPERTIES_BYTES)[_HEADER_BYTES:]
        values = dict(_PROPERTY.iter_unpack(raw[: len(raw) - len(raw) % _PROPERTY.size]))
        ticks = next((values[code] for code in _TIMES if code in values), 0)
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None


def _file_first(item: tuple[str, Stream]) -> tuple[bool, str]:
    value = _VALUE.fullmatch(item[0])
    return value is None or value[1] != _FILE, item[0]
