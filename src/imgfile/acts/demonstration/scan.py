"""Whether something can be read in bytes: as it stands, inside compressed streams, in files and their names, in mails.

This is the demonstration's own looking; it shares no code with what strips photos or reads mailboxes.
"""

from __future__ import annotations

import mailbox
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

Sought = Mapping[str, Sequence[bytes]]
"""What is looked for: a name for people, and every spelling of it in bytes."""

_ZLIB_START: Final = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_MOST_INFLATED_BYTES: Final = 1 << 20
"""Of one stream; metadata that is longer names its owner long before."""


def found_in(data: bytes, sought: Sought) -> set[str]:
    """Name everything that can be read in the bytes, raw or inflated."""
    layers = [data, *_inflated(data)]
    return {name for name, spellings in sought.items() if any(one in layer for one in spellings for layer in layers)}


def found_in_folder(folder: Path, sought: Sought) -> dict[str, list[Path]]:
    """Return, for everything sought, which files below a folder hold it, in their names or their bytes."""
    found: dict[str, list[Path]] = {name: [] for name in sought}
    for path in folder.rglob("*"):
        names = found_in(bytes(path.relative_to(folder)), sought)
        names |= found_in(path.read_bytes(), sought) if path.is_file() else set()
        for name in names:
            found[name].append(path)
    return found


def found_in_mailbox(path: Path, sought: Sought) -> set[str]:
    """Name everything that can be read in the decoded parts of any message, as Python's own library decodes them."""
    return {name for body in bodies(path) for name in found_in(body, sought)}


def count_messages(path: Path) -> int:
    """Count the messages of an mbox as Python's own library does."""
    return len(_messages(path))


def bodies(path: Path) -> Iterator[bytes]:
    """Yield the decoded parts of every message."""
    for message in _messages(path):
        for part in message.walk():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload


def _messages(path: Path) -> list[mailbox.mboxMessage]:
    box = mailbox.mbox(path, create=False)
    try:
        return list(box)
    finally:
        box.close()


def _inflated(data: bytes) -> Iterator[bytes]:
    for start in _ZLIB_START.finditer(data):
        try:
            yield zlib.decompressobj().decompress(data[start.start() :], _MOST_INFLATED_BYTES)
        except zlib.error:  # two bytes that only look like a beginning
            continue
