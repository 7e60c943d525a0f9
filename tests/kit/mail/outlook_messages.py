"""Outlook's own files built by code: winmail.dat, and compound files with the streams of a message."""

from __future__ import annotations

import random
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, TypeAlias

Tree: TypeAlias = "Mapping[str, bytes | Tree]"
"""Streams and storages by their names."""
SMALL_BYTES: Final = 64
SMALL_SHIFT: Final = 9
CUTOFF_BYTES: Final = 4096
STORAGE, STREAM, ROOT = 1, 2, 5
END, FREE, TABLE, LISTS = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFC
HEADER: Final = struct.Struct("<8s16x5H6x3I4x5I")
LINE: Final = struct.Struct("<64sHBxIII36xIQ")
EMBEDDED: Final = bytes.fromhex("0703020000000000c000000000000046")


# --- winmail.dat ([MS-OXTNEF]) ---


def attribute(level: int, code: int, data: bytes) -> bytes:
    """Make one attribute with its sum."""
    return struct.pack("<BII", level, code, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def tnef(files: Sequence[tuple[str, bytes]], *, messages: Sequence[bytes] = (), subject: str = "rash pic") -> bytes:
    """Make a winmail.dat with files, and with attached messages that are TNEF themselves."""
    parts = [
        b"\x78\x9f\x3e\x22\x01\x00",
        attribute(1, 0x00089006, b"\xe4\x04\0\0\0\0\0\0"),
        attribute(1, 0x00018004, subject.encode() + b"\0"),
        attribute(1, 0x00038005, struct.pack("<7H", 2026, 11, 21, 8, 12, 0, 6)),
        attribute(1, 0x00018009, b"<1@example.org>\0"),
    ]
    for name, data in files:
        parts += [attribute(2, 0x00069002, bytes(14)), attribute(2, 0x0006800F, data)]
        parts += [
            attribute(2, 0x00018010, name.encode() + b"\0"),
            attribute(2, 0x00069005, struct.pack("<IIi", 1, 0x370B0003, -1)),
        ]
    for data in messages:
        embedded = struct.pack("<IHHII", 1, 0x000D, 0x3701, 1, len(data) + 16) + EMBEDDED + data
        parts += [attribute(2, 0x00069002, bytes(14)), attribute(2, 0x00069005, embedded + bytes(-len(data) % 4))]
    return b"".join(parts)


# --- compound files ([MS-CFB]) ---


@dataclass
class _Sectors:
    """Streams cut into sectors, which end up in a shuffled order where there are dice."""

    size: int
    dice: random.Random | None
    pieces: list[bytes] = field(default_factory=list)
    chains: list[range] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def store(self, data: bytes) -> int | None:
        """Cut a stream; return its chain's number."""
        if not data:
            return None
        first = len(self.pieces)
        self.pieces += [data[at : at + self.size].ljust(self.size, b"\0") for at in range(0, len(data), self.size)]
        self.chains.append(range(first, len(self.pieces)))
        return len(self.chains) - 1

    def settle(self) -> None:
        """Decide where each sector lies."""
        self.places = list(range(len(self.pieces)))
        if self.dice:
            self.dice.shuffle(self.places)

    def first(self, chain: int | None) -> int:
        """Return the place of a chain's first sector."""
        return END if chain is None else self.places[self.chains[chain].start]

    def table(self) -> list[int]:
        """Return which sector follows each."""
        following = [END] * len(self.pieces)
        for chain in self.chains:
            for one, other in pairwise(chain):
                following[self.places[one]] = self.places[other]
        return following

    def image(self) -> bytes:
        """Return the sectors in the order of their places."""
        laid = [b""] * len(self.pieces)
        for place, piece in zip(self.places, self.pieces, strict=True):
            laid[place] = piece
        return b"".join(laid)


@dataclass
class _Line:
    """An entry of the directory; the children of a storage hang on each other's right."""

    name: str
    kind: int
    data: bytes = b""
    child: int = FREE
    right: int = FREE
    chain: int | None = None

    @property
    def is_small(self) -> bool:
        """Whether it lies in the small sectors."""
        return self.kind == STREAM and len(self.data) < CUTOFF_BYTES


def compound(tree: Tree, *, shift: int = 9, seed: int | None = None) -> bytes:
    """Make a compound file with sectors of `1 << shift` bytes, shuffled where there is a seed."""
    dice = None if seed is None else random.Random(seed)  # noqa: S311 - an order, no secret
    lines, small, large = _directory(tree), _Sectors(SMALL_BYTES, dice), _Sectors(1 << shift, dice)
    for line in lines:
        line.chain = (small if line.is_small else large).store(line.data)
    small.settle()
    lines[0].data = small.image()
    lines[0].chain = large.store(lines[0].data)
    small_table = large.store(_numbers(small.table()))
    directory = large.store(bytes(LINE.size * len(lines)))
    return _assemble(lines, small, large, directory=directory, small_table=small_table, shift=shift)


def _assemble(  # noqa: PLR0913 - all that the header names
    lines: list[_Line], small: _Sectors, large: _Sectors, *, directory: int | None, small_table: int | None, shift: int
) -> bytes:
    per_sector = (1 << shift) // 4
    tables = lists = 0
    while tables * per_sector < len(large.pieces) + tables + lists:
        tables += 1
        lists = -(-max(0, tables - 109) // (per_sector - 1))
    large.settle()
    first_table, first_list = len(large.pieces), len(large.pieces) + tables
    places = list(range(first_table, first_list))
    rows = b"".join(
        LINE.pack(
            line.name.encode("utf-16-le"),
            2 * len(line.name) + 2,
            line.kind,
            FREE,
            line.right,
            line.child,
            (small if line.is_small else large).first(line.chain),
            len(line.data),
        )
        for line in lines
    )
    assert directory is not None
    for number, at in zip(large.chains[directory], range(0, len(rows), 1 << shift), strict=True):
        large.pieces[number] = rows[at : at + (1 << shift)].ljust(1 << shift, b"\0")
    following = [*large.table(), *[TABLE] * tables, *[LISTS] * lists]
    following += [FREE] * (tables * per_sector - len(following))
    more = places[109:]
    chained = b"".join(
        _numbers([*more[at : at + per_sector - 1], *[FREE] * (per_sector - 1 - len(more[at : at + per_sector - 1]))])
        + _numbers([first_list + index + 1 if index + 1 < lists else END])
        for index, at in enumerate(range(0, len(more), per_sector - 1))
    )
    header = HEADER.pack(
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 62, 3 if shift == SMALL_SHIFT else 4, 0xFFFE, shift, 6),
        *(0 if shift == SMALL_SHIFT else len(large.chains[directory]), tables, large.first(directory), CUTOFF_BYTES),
        *(large.first(small_table), 0 if small_table is None else len(large.chains[small_table])),
        *(first_list if lists else END, lists),
    )
    head = (header + _numbers([*places[:109], *[FREE] * (109 - len(places))])).ljust(1 << shift, b"\0")
    return head + large.image() + _numbers(following) + chained


def _directory(tree: Tree) -> list[_Line]:
    lines = [_Line("Root Entry", ROOT)]

    def add(inner: Tree, parent: int) -> None:
        previous = 0
        for name in sorted(inner, key=lambda name: (len(name), name.upper())):
            value, number = inner[name], len(lines)
            lines.append(_Line(name, STREAM, value) if isinstance(value, bytes) else _Line(name, STORAGE))
            if previous:
                lines[previous].right = number
            else:
                lines[parent].child = number
            previous = number
            if not isinstance(value, bytes):
                add(value, number)

    add(tree, 0)
    return lines


def _numbers(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


# --- Outlook messages ([MS-OXMSG]) ---


def text(code: str, words: str) -> dict[str, bytes]:
    """Make a stream that holds a text property."""
    return {f"__substg1.0_{code}001F": words.encode("utf-16-le")}


def attached(data: bytes, name: str, *, kind: str = "image/png", content_id: str = "") -> Tree:
    """Make the storage of an attached file."""
    words = {**text("3707", name), **text("370E", kind), **(text("3712", content_id) if content_id else {})}
    return {"__properties_version1.0": bytes(24), "__substg1.0_37010102": data, **words}


def attached_object(tree: Tree) -> Tree:
    """Make the storage of an attached message, or of an object with streams of its own."""
    return {"__properties_version1.0": bytes(24), "__substg1.0_3701000D": tree}


def message(attachments: Sequence[Tree], *, subject: str = "rash pic", is_embedded: bool = False) -> Tree:
    """Make the storage of a message: it was sent on 21 Nov 2026 at 08:12."""
    ticks = int((datetime(2026, 11, 21, 8, 12, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7
    sent = struct.pack("<IIQ", 0x00390040, 6, ticks)
    numbered = {f"__attach_version1.0_#{number:08X}": one for number, one in enumerate(attachments)}
    return {
        "__properties_version1.0": bytes(24 if is_embedded else 32) + sent,
        **text("0037", subject),
        **text("0C1A", "A Parent"),
        **text("5D01", "parent@example.org"),
        **text("1035", "<1@example.org>"),
        **text("1000", "Dear doctor, please look at this." * 150),
        **numbered,
    }
