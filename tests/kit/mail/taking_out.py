"""Taking a photo out of a mailbox in memory, and an oracle that looks for what is left of it."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import olefile

from imgfile.mail.detect import CFB_MAGIC
from imgfile.mail.mailbox import open_export
from imgfile.mail.removal.plan import plan_removal
from kit.mail import mailboxes

PROBE_BYTES = 48


def take_out(path: Path) -> bytes:
    """Take one photo out in memory, as planned; the file on disk becomes what is left, and is returned."""
    with open_export(path) as export:
        attachment = next(export.attachments())
        removal = plan_removal(export, attachment, reference=mailboxes.REFERENCE, removed_on=mailboxes.REMOVED_ON)
    before = path.read_bytes()
    after = mailboxes.patched(before, removal)
    assert len(after) == len(before)
    if b"\0" not in before:
        assert re.findall(rb"\r?\n", after) == re.findall(rb"\r?\n", before)
    path.write_bytes(after)
    return after


def holds(data: bytes, photo: bytes) -> bool:
    """Return whether any 48 bytes of a photo's midst stand anywhere in a file."""
    probes = [photo[at : at + PROBE_BYTES] for at in range(200, len(photo) - PROBE_BYTES, 400)]
    return any(probe in inner for inner in everything_in(data) for probe in probes)


def everything_in(data: bytes, depth: int = 6) -> Iterator[bytes]:
    """Yield a file and whatever base64 runs and compound files in it hold, again and again: an oracle by bytes."""
    yield data
    if not depth:
        return
    for run in re.finditer(rb"(?:[A-Za-z0-9+/]{16,}\r?\n)+[A-Za-z0-9+/]*={0,2}", data):
        letters = re.sub(rb"[\r\n=]", b"", run[0])
        letters = letters[:-1] if len(letters) % 4 == 1 else letters
        yield from everything_in(base64.b64decode(letters + b"=" * (-len(letters) % 4)), depth - 1)
    for found in re.finditer(re.escape(CFB_MAGIC), data):
        for stream in streams(data[found.start() :]).values():
            yield from everything_in(stream, depth - 1)


def streams(data: bytes) -> dict[str, bytes]:
    """Return the streams of a compound file as olefile reads them."""
    with olefile.OleFileIO(io.BytesIO(data)) as opened:
        return {"/".join(path): opened.openstream(path).read() for path in opened.listdir()}
