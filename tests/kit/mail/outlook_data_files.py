"""Outlook data files built by code, in each of the three layouts ([MS-PST]): small, and as other readers want them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

from imgfile.mail.outlook.pst.cipher import CryptMethod, decode

STORE, ROOT, TOP, INBOX = 0x21, 0x122, 0x8022, 0x8042
MESSAGE, HIDDEN_MESSAGE, ATTACHMENT, VALUE = 4, 8, 5, 0x1F
ATTACHMENT_TABLE: Final = 0x671
INTEGER, BOOLEAN, OBJECT, TEXT, WIDE_TEXT, TIME, BINARY = 3, 0xB, 0xD, 0x1E, 0x1F, 0x40, 0x102
BY_VALUE, EMBEDDED, OLE = 1, 5, 6
INTERNAL: Final = 2
LARGEST_ITEM_BYTES: Final = 3000
LISTS_PER_BRANCH: Final = 8
SENT: Final = datetime(2026, 11, 21, 8, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Layout:
    """Where things stand."""

    version: int
    page_bytes: int
    step: int
    largest_block_bytes: int
    is_wide: bool
    is_large: bool = False

    @property
    def number(self) -> str:
        """How an id or an offset is packed."""
        return "Q" if self.is_wide else "I"


ANSI: Final = Layout(14, 512, 64, 8180, is_wide=False)
UNICODE: Final = Layout(23, 512, 64, 8176, is_wide=True)
LARGE: Final = Layout(36, 4096, 512, 65512, is_wide=True, is_large=True)
LAYOUTS: Final = {"ansi": ANSI, "unicode": UNICODE, "large": LARGE}


@dataclass(frozen=True)
class File:
    """An attachment: a file, or an object that was pasted."""

    data: bytes = field(repr=False)
    name: str = "IMG_0001.png"
    kind: str = "image/png"
    content_id: str = ""
    method: int = BY_VALUE
    further: Mapping[int, tuple[int, bytes]] = field(default_factory=dict)
    """More properties of it."""


@dataclass(frozen=True)
class Letter:
    """A message and what is attached to it."""

    attached: Sequence[File | Letter] = ()
    subject: str = "rash pic"
    kind: str = "IPM.Note"
    address: str = "parent@example.org"
    message_id: str = "<1@example.org>"
    headers: str = ""
    html: bytes = b""
    rtf: bytes = b""
    sent: datetime | None = SENT
    is_hidden: bool = False


Values: TypeAlias = dict[int, tuple[int, bytes]]
Entry: TypeAlias = tuple[int, int, int]


def crc(data: bytes) -> int:
    """Compute the sum of [MS-PST] §5.3."""
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def signature(position: int, number: int) -> int:
    """Compute the signature of a page or block ([MS-PST] §5.5)."""
    mixed = (position ^ number) & 0xFFFFFFFF
    return (mixed >> 16) ^ (mixed & 0xFFFF)


def integer(value: int) -> tuple[int, bytes]:
    """Make a number."""
    return INTEGER, struct.pack("<I", value)


class Writer:
    """A data file that is being written: blocks, then the two trees that lead to them, then the header."""

    def __init__(self, layout: Layout, method: CryptMethod, leaf_bytes: int | None = None) -> None:
        self.layout = layout
        self.method = method
        self.leaf_bytes = leaf_bytes or layout.largest_block_bytes
        self.image = bytearray(0x4800)
        self.places: list[tuple[int, int, int, int]] = []
        self.nodes: list[tuple[int, int, int, int]] = []
        self.count = 0
        self.values = 0x100

    # --- blocks ---

    def block(self, data: bytes, *, is_internal: bool = False) -> int:
        """Write one block; return its id."""
        self.count += 1
        number = self.count << 2 | (INTERNAL if is_internal else 0)
        coded = data if is_internal else self.encoded(data, number)
        stored = zlib.compress(coded) if self.layout.is_large and len(zlib.compress(coded)) < len(coded) else coded
        position = len(self.image)
        foot = {False: "<HHII", True: "<HHIQ"}[self.layout.is_wide]
        sum_and_number = (crc(stored), number) if self.layout.is_wide else (number, crc(stored))
        end = struct.pack(foot, len(stored), signature(position, number), *sum_and_number)
        if self.layout.is_large:
            end += struct.pack("<HHI", 0, len(data), 0)
        size = -(-(len(stored) + len(end)) // self.layout.step) * self.layout.step
        self.image += stored.ljust(size - len(end), b"\0") + end
        self.places.append((number, position, len(stored), len(data)))
        return number

    def encoded(self, data: bytes, number: int) -> bytes:
        """Code a block."""
        if self.method is CryptMethod.PERMUTE:
            back = decode(bytes(range(256)), self.method, 0)
            return data.translate(bytes(back.index(byte) for byte in range(256)))
        return decode(data, self.method, number)

    def data(self, data: bytes) -> int:
        """Write data of any length; return the id of its block, or of the list of its blocks."""
        size = self.leaf_bytes
        leaves = [self.block(data[at : at + size]) for at in range(0, len(data), size)]
        return self.listed(leaves, len(data))

    def listed(self, leaves: Sequence[int], length: int, most: int = 1000) -> int:
        """List blocks; and lists, where there are more than one list holds."""
        if len(leaves) <= 1:
            return leaves[0] if leaves else self.block(b"")
        if len(leaves) <= most:
            return self.list_block(1, leaves, length)
        groups = [leaves[at : at + most] for at in range(0, len(leaves), most)]
        sizes = [sum(size for number, *_, size in self.places if number in set(group)) for group in groups]
        lists = [self.list_block(1, group, size) for group, size in zip(groups, sizes, strict=True)]
        return self.list_block(2, lists, length)

    def list_block(self, level: int, numbers: Sequence[int], length: int) -> int:
        """Write a list of blocks."""
        packed = struct.pack(f"<BBHI{len(numbers)}{self.layout.number}", 1, level, len(numbers), length, *numbers)
        return self.block(packed, is_internal=True)

    def subnodes(self, entries: Iterable[Entry]) -> int:
        """Write a list of subnodes, and a list of lists where there are many; 0 where there are none."""
        rows = sorted(entries)
        if not rows:
            return 0
        shape = f"<3{self.layout.number}"
        lists = [rows[at : at + LISTS_PER_BRANCH] for at in range(0, len(rows), LISTS_PER_BRANCH)]
        written = [self.subnode_list(0, [struct.pack(shape, *row) for row in group]) for group in lists]
        if len(written) == 1:
            return written[0]
        pairs = [(group[0][0], number) for group, number in zip(lists, written, strict=True)]
        return self.subnode_list(1, [struct.pack(f"<2{self.layout.number}", *pair) for pair in pairs])

    def subnode_list(self, level: int, rows: Sequence[bytes]) -> int:
        """Write one list of subnodes."""
        head = struct.pack("<BBH", 2, level, len(rows)) + bytes(4 if self.layout.is_wide else 0)
        return self.block(head + b"".join(rows), is_internal=True)

    # --- properties and tables ---

    def properties(self, values: Values, subnodes: Iterable[Entry] = ()) -> tuple[int, int]:
        """Write a node's properties; return the ids of its data and of its subnodes."""
        heap, inner = Heap(self), list(subnodes)
        rows = b""
        for code, (kind, raw) in sorted(values.items()):
            if kind in {INTEGER, BOOLEAN}:
                value = int.from_bytes(raw, "little")
            elif len(raw) > LARGEST_ITEM_BYTES:
                self.values += 1
                value = self.values << 5 | VALUE
                inner.append((value, self.data(raw), 0))
            else:
                value = heap.item(raw) if raw else 0
            rows += struct.pack("<HHI", code, kind, value)
        return heap.written(0xBC, heap.tree(2, 6, rows)), self.subnodes(inner)

    def attachment_table(self, numbers: Sequence[int]) -> int:
        """Write the table that lists attachments, which other readers go by."""
        heap = Heap(self)
        rows = b"".join(struct.pack("<IIB", number, 1, 0xC0) for number in numbers)
        width = 4 if self.layout.is_wide else 2
        index = b"".join(struct.pack("<I", number) + at.to_bytes(width, "little") for at, number in enumerate(numbers))
        columns = struct.pack("<IHBB", 0x67F20003, 0, 4, 0) + struct.pack("<IHBB", 0x67F30003, 4, 4, 1)
        tree, data = heap.tree(4, width, index), heap.item(rows)
        return heap.written(0x7C, heap.item(struct.pack("<BB4HIII", 0x7C, 2, 8, 8, 8, 9, tree, data, 0) + columns))

    # --- what they make up ---

    def letter(self, letter: Letter) -> tuple[int, int]:
        """Write a message with its attachments; return the ids of its data and of its subnodes."""
        entries: list[Entry] = []
        for index, attached in enumerate(letter.attached, 1):
            entries.append(((0x400 + index) << 5 | ATTACHMENT, *self.attachment(attached)))
        if entries:
            entries.append((ATTACHMENT_TABLE, self.attachment_table([number for number, *_ in entries]), 0))
        values = {
            0x001A: self.text(letter.kind),
            0x0037: self.text("\x01\x01" + letter.subject),
            0x0C1A: self.text("A Parent"),
            0x0E07: integer(1 | (0x10 if letter.attached else 0)),
            0x1000: self.text("Dear doctor, please look at this."),
        }
        texts = {0x0C1F: letter.address, 0x5D01: letter.address, 0x1035: letter.message_id, 0x007D: letter.headers}
        values |= {code: self.text(words) for code, words in texts.items() if words}
        if letter.sent:
            ticks = int((letter.sent - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7
            values[0x0039] = TIME, struct.pack("<Q", ticks)
        if letter.html:
            values[0x1013] = BINARY, letter.html
        if letter.rtf:
            values[0x1009] = BINARY, letter.rtf
        return self.properties(values, entries)

    def attachment(self, attached: File | Letter) -> tuple[int, int]:
        """Write an attachment."""
        if isinstance(attached, Letter):
            number = 0x900 << 5 | MESSAGE
            values = {
                0x3701: (OBJECT, struct.pack("<II", number, 1000)),
                0x3705: integer(EMBEDDED),
                0x3001: self.text(attached.subject),
            }
            return self.properties(values, [(number, *self.letter(attached))])
        values = {0x0E20: integer(len(attached.data)), 0x3705: integer(attached.method), **attached.further}
        values |= {0x3707: self.text(attached.name), 0x370E: self.text(attached.kind)}
        if attached.content_id:
            values[0x3712] = self.text(attached.content_id)
        if attached.method == OLE:
            number = 0x901 << 5 | VALUE
            values[0x3701] = OBJECT, struct.pack("<II", number, len(attached.data))
            return self.properties(values, [(number, self.data(attached.data), 0)])
        values[0x3701] = BINARY, attached.data
        return self.properties(values)

    def text(self, words: str) -> tuple[int, bytes]:
        """Make a text, as wide as the layout's are."""
        return (WIDE_TEXT, words.encode("utf-16-le")) if self.layout.is_wide else (TEXT, words.encode("cp1252"))

    def node(self, number: int, written: tuple[int, int], parent: int) -> None:
        """Enter a node."""
        self.nodes.append((number, *written, parent))

    def folder(self, number: int, name: str, parent: int, messages: int = 0) -> None:
        """Write a folder."""
        values = {0x3001: self.text(name), 0x3602: integer(messages), 0x3603: integer(0), 0x360A: (BOOLEAN, b"\0")}
        self.node(number, self.properties(values), parent)

    # --- the whole file ---

    def tree(self, kind: int, rows: Sequence[bytes]) -> int:
        """Write one of the two trees; return where its root lies."""
        level, number = 0, self.layout.number
        shape = f"<{number}"
        while True:
            length = max((len(row) for row in rows), default=16)
            most = (self.layout.page_bytes - (40 if self.layout.is_large else 24)) // length
            groups = [rows[at : at + most] for at in range(0, len(rows), most)] or [()]
            places = [self.page(kind, level, group, length, most) for group in groups]
            if len(places) == 1:
                return places[0]
            keys = [struct.unpack_from(shape, group[0])[0] for group in groups]
            rows = [struct.pack(f"<3{number}", key, 4, place) for key, place in zip(keys, places, strict=True)]
            level += 1

    def page(self, kind: int, level: int, rows: Sequence[bytes], length: int, most: int) -> int:
        """Write one page of a tree."""
        self.image += bytes(-len(self.image) % self.layout.page_bytes)
        position, number = len(self.image), 4
        body = b"".join(rows)
        if self.layout.is_large:
            body = body.ljust(4056, b"\0") + struct.pack("<HHBB10x", len(rows), most, length, level)
        elif self.layout.is_wide:
            body = body.ljust(488, b"\0") + struct.pack("<BBBBI", len(rows), most, length, level, 0)
        else:
            body = body.ljust(496, b"\0") + struct.pack("<BBBB", len(rows), most, length, level)
        kinds = struct.pack("<BBH", kind, kind, signature(position, number))
        self.image += body + kinds
        ends = (crc(body), number) if self.layout.is_wide else (number, crc(body))
        self.image += struct.pack("<IQ" if self.layout.is_wide else "<II", *ends)
        self.image += bytes(8 if self.layout.is_large else 0)
        return position

    def finished(self) -> bytes:
        """Write the trees and the header; return the file."""
        number = self.layout.number
        padding = bytes(4 if self.layout.is_wide else 0)
        nodes = [struct.pack(f"<3{number}I", *row) + padding for row in sorted(self.nodes)]
        tail = "HHI" if self.layout.is_wide else "HH"
        blocks = [
            struct.pack(
                f"<2{number}{tail}",
                *(block, position, stored),
                *((raw if self.layout.is_large else 2), *((0,) if self.layout.is_wide else ())),
            )
            for block, position, stored, raw in sorted(self.places)
        ]
        roots = self.tree(0x81, nodes), self.tree(0x80, blocks)
        self.image[: 0x400 if self.layout.is_wide else 0x200] = self.header(*roots)
        return bytes(self.image)

    def header(self, nodes: int, blocks: int) -> bytes:
        """Make the header."""
        client = b"SO" if self.layout.is_large else b"SM"
        marks = struct.pack("<32I", *[0x20000] * 32)
        if self.layout.is_wide:
            start = bytes(8) + struct.pack("<QI", 0x1000, 1) + marks + bytes(8)
            root = struct.pack("<I8Q", 0, len(self.image), 0x4400, 0, 0, 4, nodes, 4, blocks) + b"\2\0\0\0" + bytes(4)
            rest = struct.pack("<BBHQ", 0x80, self.method, 0, 0x100000)
            body = start + root + b"\xff" * 256 + rest
        else:
            start = struct.pack("<III", 0x100000, 0x1000, 1) + marks
            root = struct.pack("<9I", 0, len(self.image), 0x4400, 0, 0, 4, nodes, 4, blocks) + b"\2\0\0\0"
            body = start + root + b"\xff" * 256 + struct.pack("<BBH", 0x80, self.method, 0)
        head = client + struct.pack("<HHBBII", self.layout.version, 19, 1, 1, 0, 0) + body
        if self.layout.is_wide:
            head += struct.pack("<I", crc(head[:516]))
        head = head.ljust((0x400 if self.layout.is_wide else 0x200) - 8, b"\0")
        return b"!BDN" + struct.pack("<I", crc(head[:471])) + head


class Heap:
    """A heap that is being filled: its blocks, each ending in a map of its items."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.pages: list[list[bytes]] = [[]]

    def item(self, data: bytes) -> int:
        """Put an item into the heap; return its id."""
        room = self.writer.layout.largest_block_bytes - 200
        if sum(map(len, self.pages[-1])) + 2 * len(self.pages[-1]) + len(data) > min(room, 7000):
            self.pages.append([])
        self.pages[-1].append(data)
        return (len(self.pages) - 1) << (19 if self.writer.layout.is_large else 16) | len(self.pages[-1]) << 5

    def tree(self, key: int, value: int, rows: bytes) -> int:
        """Put a tree of records into the heap; one with branches where there are many."""
        size = key + value
        most = LARGEST_ITEM_BYTES // size * size
        groups = [rows[at : at + most] for at in range(0, len(rows), most)]
        items = [self.item(group) for group in groups]
        if len(items) <= 1:
            return self.item(struct.pack("<BBBBI", 0xB5, key, value, 0, *(items or [0])))
        branch = b"".join(group[:key] + struct.pack("<I", item) for group, item in zip(groups, items, strict=True))
        return self.item(struct.pack("<BBBBI", 0xB5, key, value, 1, self.item(branch)))

    def written(self, kind: int, root: int) -> int:
        """Write the heap; return the id of its data."""
        blocks: list[bytes] = []
        for number, items in enumerate(self.pages):
            head = 2 if number else 12
            ends = [head]
            for item in items:
                ends.append(ends[-1] + len(item))
            at = ends[-1] + ends[-1] % 2
            start = struct.pack("<H", at) if number else struct.pack("<HBBII", at, 0xEC, kind, root, 0)
            body = (start + b"".join(items)).ljust(at, b"\0")
            blocks.append(body + struct.pack(f"<HH{len(ends)}H", len(items), 0, *ends))
        numbers = [self.writer.block(block) for block in blocks]
        return self.writer.listed(numbers, sum(map(len, blocks)))


def data_file(
    letters: Sequence[Letter],
    *,
    layout: Layout = UNICODE,
    method: CryptMethod = CryptMethod.PERMUTE,
    leaf_bytes: int | None = None,
    password: bytes = b"",
) -> bytes:
    """Make a data file with messages in its inbox; of a password it keeps the sum."""
    writer = Writer(layout, method, leaf_bytes)
    entry = bytes(20) + struct.pack("<I", TOP)
    store = {0x3001: writer.text("Outlook Data File"), 0x0FF9: (BINARY, bytes(16)), 0x35E0: (BINARY, entry)}
    store[0x67FF] = integer(crc(password))
    writer.node(STORE, writer.properties(store), 0)
    writer.folder(ROOT, "", ROOT)
    writer.folder(TOP, "Top of Outlook data file", ROOT)
    writer.folder(INBOX, "Inbox", TOP, len(letters))
    for index, letter in enumerate(letters, 1):
        kind = HIDDEN_MESSAGE if letter.is_hidden else MESSAGE
        writer.node((0x10000 + index) << 5 | kind, writer.letter(letter), INBOX)
    return writer.finished()
