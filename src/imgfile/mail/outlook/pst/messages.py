"""An Outlook data file, `.pst` or `.ost`: its messages, and the files in them ([MS-PST] §2.4).

Messages come in the order of their ids, wherever they lie in the tree of folders, so that none is missed that no
folder lists; then the hidden ones, in which Outlook keeps settings. A message's attachments are subnodes of its own,
an attached message a subnode of its attachment. A password on the file is no hindrance: it is a sum that Outlook
compares, and nothing is encrypted with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from enum import IntEnum
from functools import partial
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.mail.coding.encodings import HEAD_BYTES
from imgfile.mail.header_text import MAX_TEXT_CHARACTERS
from imgfile.mail.kinds import FileKind
from imgfile.mail.model import Enclosed, Hidden, Message, Reason
from imgfile.mail.outlook import mapi
from imgfile.mail.outlook.pst.blocks import DataFile, Node, Stored
from imgfile.mail.outlook.pst.properties import MAX_SUBNODES, Properties, Property
from imgfile.mail.view import View

MAX_DEPTH: Final = 20
"""Messages attached to messages."""

# The types of nodes that are looked for (§2.2.2.1).
_MESSAGE: Final = 4
_ATTACHMENT: Final = 5
_HIDDEN_MESSAGE: Final = 8


class _Type(IntEnum):
    """The types of properties that are read ([MS-OXCDATA] §2.11.1)."""

    OBJECT = 0x000D
    TEXT = 0x001E
    """In the code page of whoever wrote it."""
    WIDE_TEXT = 0x001F
    TIME = 0x0040
    BINARY = 0x0102


def count_messages(view: View) -> int:
    """Count the messages, without the hidden ones: one walk over the tree of nodes. Raises `UnreadableMail`."""
    return sum(node.type == _MESSAGE for node in DataFile(view).nodes())


def find_messages(view: View) -> Iterator[StoredMessage]:
    """Yield the messages. Raises `UnreadableMail` when the file is damaged where it says which there are."""
    file = DataFile(view)
    for wanted in (_MESSAGE, _HIDDEN_MESSAGE):
        yield from (StoredMessage(file, node) for node in file.nodes() if node.type == wanted)


class StoredMessage:
    """A message in a data file."""

    def __init__(self, file: DataFile, node: Node) -> None:
        self._file = file
        self._node = node

    def read_message(self, number: int) -> Message:
        """Read the facts of it; none, where that is damaged."""
        try:
            properties = Properties(self._file, self._node)
            texts = _texts(properties, mapi.TEXTS_OF_MESSAGE)
            return mapi.read_message(number, texts, _ticks(properties), lambda: _headers(properties))
        except UnreadableMail:
            return Message(number, "", None, "", "")

    def find_outside(self) -> Iterator[Hidden]:
        """Report a file that stands coded in the words; what no message has was deleted before, and is not sought."""
        with suppress(UnreadableMail):
            properties = Properties(self._file, self._node)
            yield from mapi.search_words("", lambda code: properties.read(code, mapi.MAX_BODY_TEXT_BYTES))

    def find_enclosed(self) -> Iterator[Enclosed | Hidden]:
        """Yield every file in it, numbered from 1 as `2`, or `2.1` within an attached message."""
        return _search(self._file, self._node, "", 0)


def _search(file: DataFile, message: Node, prefix: str, depth: int) -> Iterator[Enclosed | Hidden]:
    """Search a message and those attached to it; what is damaged hides itself alone, not what stands beside it."""
    if depth > MAX_DEPTH:
        yield Hidden(prefix, Reason.TOO_DEEP, FileKind.MESSAGE)
        return
    try:
        properties = Properties(file, message)
        read = partial(properties.read, limit=mapi.MAX_BODY_TEXT_BYTES)
        yield from mapi.search_bodies(prefix, read, file.budget)
        # The attachment table (§2.4.6.1) is passed over: each attachment is a subnode by itself, listed there or not.
        attached = [node for node in properties.subnodes.values() if node.type == _ATTACHMENT]
        if len(properties.subnodes) == MAX_SUBNODES:
            yield Hidden(prefix or "1", Reason.TOO_MANY_PARTS, FileKind.MESSAGE)
    except UnreadableMail:
        yield Hidden(prefix or "1", Reason.BROKEN, FileKind.MESSAGE)
        return
    for number, node in enumerate(attached, 1):
        part = mapi.join(prefix, str(number))
        try:
            yield from _attached(file, node, part, depth)
        except UnreadableMail:
            yield Hidden(part, Reason.BROKEN)


def _attached(file: DataFile, node: Node, part: str, depth: int) -> Iterator[Enclosed | Hidden]:
    """Yield all that an attachment holds (§2.4.6.2): its file first, then whatever else, such as a pasted picture."""
    properties = Properties(file, node)
    texts = _texts(properties, mapi.TEXTS_OF_FILE)
    is_message = properties.number(mapi.METHOD) == mapi.EMBEDDED_MESSAGE
    count = 0
    one = properties.find(mapi.FILE)
    if not is_message and (one is None or _place(file, properties, one) is None):
        yield from mapi.report_absent(part, mapi.name_of(texts), mapi.type_of(texts))
    for one in sorted(properties, key=lambda one: one.id != mapi.FILE):
        if one.type == _Type.OBJECT and is_message:
            yield from _search(file, properties.object(one), part, depth + 1)
            continue
        place = _place(file, properties, one)
        if place is None:
            continue
        count += 1
        here = part if count == 1 else f"{part}.s{count}"
        found = mapi.describe_file(here, place, place.size, file.read(place, HEAD_BYTES), texts)
        is_property = one.id != mapi.FILE and one.type != _Type.OBJECT
        yield replace(found, is_object=one.type == _Type.OBJECT, is_property=is_property)


def _place(file: DataFile, properties: Properties, one: Property) -> Stored | None:
    """Return where the bytes of a property lie that may be a file; None for one of another type, or an empty one."""
    match one.type:
        case _Type.OBJECT:
            return file.whole(properties.object(one).data)
        case _Type.BINARY:
            return properties.place(one)
        case _:
            return None


def _texts(properties: Properties, codes: tuple[int, ...]) -> dict[int, str]:
    """Read those of some texts that there are, by their property ids."""
    found = (properties.find(code) for code in codes)
    return {one.id: _decoded(one, properties) for one in found if one is not None}


def _decoded(one: Property, properties: Properties) -> str:
    raw = properties.read(one.id, 2 * MAX_TEXT_CHARACTERS)
    return raw.decode("utf-16-le" if one.type == _Type.WIDE_TEXT else "cp1252", "replace").rstrip("\0")


def _headers(properties: Properties) -> bytes:
    """Return the header as it travelled; in UTF-16 mostly, whose second bytes are left out."""
    return properties.read(mapi.HEADERS, mapi.MAX_HEADERS_BYTES).replace(b"\0", b"")


def _ticks(properties: Properties) -> int:
    """Return when the message was sent, else when it was delivered; 0 where neither is known."""
    times = (properties.read(code, 8) for code in mapi.TIMES if properties.find(code))
    return next((int.from_bytes(raw, "little") for raw in times if any(raw)), 0)
