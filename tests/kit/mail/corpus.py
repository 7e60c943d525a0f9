"""Judging the mail room on mails that others wrote: an oracle that knows no MIME, and what must hold of every file.

The oracle looks for what pictures begin with, in every encoding, wherever a line begins. It knows nothing of parts,
boundaries or headers, and shares no code with what it judges. What it cannot recognise (a picture inside a file that is
no text) it does not claim.
"""

from __future__ import annotations

import binascii
import email
import mailbox
import quopri
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email import policy
from pathlib import Path
from typing import Final

from imgfile.errors import Error
from imgfile.mail.detect import Container
from imgfile.mail.mailbox import Export, container_of, open_export
from imgfile.mail.model import Attachment
from imgfile.mail.removal.plan import plan_removal
from kit.mail import mailboxes as made
from kit.tools import tool

PRINT_BYTES: Final = 40
"""How much of a picture distinguishes it from the others of a file: a line of uuencode holds 45 bytes."""
_LEAST_BYTES: Final = 26
"""The smallest GIF there is."""
MAX_DEPTH: Final = 4
_MAGIC: Final = re.compile(
    rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF.{4}WEBP|II\*\0[\x08-\xff]|MM\0\*\0|BM.{4}\0{4}"
    rb"|\0\0\0.ftyp(?:hei[cxms]|avi[fs]|mif1|msf1)",
    re.DOTALL,
)
_BASE64: Final = re.compile(
    rb"(?:\A|(?<=\n)(?<![A-Za-z0-9+/]{40}\n)(?<![A-Za-z0-9+/]{40}\r\n))[ \t]*"
    rb"(?=/9j/|iVBORw0KGgo|R0lGOD[dl]h|UklGR|SUkqA|TU0AKg|Qk0|AAAA[A-Za-z0-9+/]{2}Z0eXB|AAAA[A-Za-z0-9+/]{1,2}mdHlw)"
    rb"((?:[A-Za-z0-9+/]+[ \t]*\r*\n[ \t]*)*[A-Za-z0-9+/]+)"
)
"""Base64 of a picture: at the beginning of a line, and not amid base64 of something else."""
_RUN: Final = re.compile(rb"(?:[A-Za-z0-9+/]{40,}\r*\n){4,}[A-Za-z0-9+/]*={0,2}")
_UU: Final = re.compile(rb"(?:\A|(?<=\n))begin [0-7]{3,4} [^\n]*\n(M[ -`]{60}|[!-L][ -`]+)\r*\n")
_QP: Final = re.compile(rb"(?:\A|(?<=\n))(?==FF=D8=FF|=89PNG|=89=50|=47=49=46|GIF8[79]a)", re.IGNORECASE)
_RAW: Final = re.compile(rb"(?:\A|(?<=\n))(?=\xff\xd8\xff|\x89PNG|GIF8[79]a|RIFF|II\*\0|MM\0\*|BM)")
_TEXTS: Final = frozenset({Container.EML, Container.EMLX, Container.MBOX})
_FIELDS: Final = re.compile(rb"(?:\A|\n)(?:content-type|received|subject|from)[ \t]*:", re.IGNORECASE)


def print_of(picture: bytes) -> bytes:
    """Return what a picture is known by."""
    return picture[:PRINT_BYTES]


def pictures(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield the beginning of every picture that stands at a line's start, however it is encoded."""
    for run in _BASE64.finditer(data):
        yield from _whole(_decoded(run[1]))
    for block in _UU.finditer(data):
        line = block[1]
        yield from _whole(binascii.a2b_uu(line[: 1 + ((line[0] - 32 & 63) * 4 + 2) // 3]))
    for place in _QP.finditer(data):
        yield from _whole(quopri.decodestring(data[place.start() : place.start() + 500]), is_raw=True)
    for place in _RAW.finditer(data):
        yield from _whole(data[place.start() : place.start() + 500], is_raw=True)
    if depth < MAX_DEPTH:
        for run in _RUN.finditer(data):
            inner = _decoded(re.sub(rb"[\r\n=]", b"", run[0]))
            if _FIELDS.search(inner[:4096]):
                yield from pictures(inner, depth + 1)


def _decoded(run: bytes) -> bytes:
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", run)
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)) if len(letters) % 4 != 1 else b""


def _whole(data: bytes, *, is_raw: bool = False) -> Iterator[bytes]:
    is_text = is_raw and re.fullmatch(rb"[\t\r\n -~]*", data[:_LEAST_BYTES])
    if _MAGIC.match(data) and len(data) >= _LEAST_BYTES and not is_text:
        yield print_of(data)


@dataclass
class Verdict:
    """What was seen of one file; everything in `faults` is one."""

    messages: int = 0
    found: int = 0
    removed: int = 0
    refused: int = 0
    unsearched: Counter[str] = field(default_factory=Counter)
    seconds: float = 0
    mebibytes: int = 0
    """The most memory that the process ever had."""
    faults: list[str] = field(default_factory=list)


def judge(path: Path, folder: Path) -> Verdict | None:
    """Search a mailbox, take everything out of a copy of it, and judge both; None for a file that is no mailbox."""
    verdict = Verdict()
    began = time.process_time()
    container = container_of(path)
    if container is None:
        return None
    copy = folder / "copy"
    shutil.copyfile(path, copy)
    with open_export(copy) as export:
        seen: Counter[bytes] = Counter()
        kept: Counter[bytes] = Counter()
        photos: list[Attachment] = []
        for item in export.scan():
            if isinstance(item, Attachment):
                photos.append(item)
            else:
                verdict.unsearched[item.reason.name] += 1
        verdict.seconds = time.process_time() - began
        verdict.found = len(photos)
        for photo in photos:
            try:
                seen[print_of(photo.decode())] += 1
            except Error as error:
                verdict.faults.append(f"{photo.part} cannot be decoded: {error.message}")
        verdict.mebibytes = _peak_mebibytes()
        verdict.messages = export.messages
        data = path.read_bytes()
        missed = Counter(pictures(data)) - seen if container in _TEXTS else Counter[bytes]()
        verdict.faults += [f"missed {times}: {head.hex()}" for head, times in missed.items()]
        for photo in photos:
            if not _take_out(export, photo, copy, verdict):
                kept[print_of(photo.decode())] += 1
    after = copy.read_bytes()
    left = Counter(pictures(after)) - kept - missed - Counter(_tombstones(after))
    verdict.faults += [f"left {times}: {head.hex()}" for head, times in left.items() if head in seen]
    if data != after:
        _compare(data, after, folder, verdict)
    return verdict


def _peak_mebibytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) >> 10


def _take_out(export: Export, photo: Attachment, copy: Path, verdict: Verdict) -> bool:
    before = copy.read_bytes()
    try:
        removal = plan_removal(export, photo, reference=made.REFERENCE, removed_on=made.REMOVED_ON)
    except Error:
        verdict.refused += 1
        return False
    after = made.patched(before, removal)
    if len(after) != len(before):
        verdict.faults.append(f"{photo.part}: the length changed")
    if re.sub(rb"[^\r\n]", b".", after) != re.sub(rb"[^\r\n]", b".", before) and not photo.place.wrappings:
        header, body = photo.place.header_start, photo.place.body_start
        same = before[header:body].count(b"\n") == after[header:body].count(b"\n")
        if not same or _breaks(before[body:]) != _breaks(after[body:]):
            verdict.faults.append(f"{photo.part}: line breaks moved")
    copy.write_bytes(after)
    verdict.removed += 1
    return True


def _breaks(data: bytes) -> bytes:
    return re.sub(rb"[^\r\n]", b".", data)


def _tombstones(data: bytes) -> Iterator[bytes]:
    """Yield the placeholders that stand in inline pictures' places."""
    for run in _BASE64.finditer(data):
        picture = _decoded(run[1])
        if b"imgfile removed" in picture:
            yield from _whole(picture)


# --- other readers ---


def _compare(before: bytes, after: bytes, folder: Path, verdict: Verdict) -> None:
    """See that other programs find the same messages and parts as before, and no picture that was taken out."""
    if structure(before) != structure(after):
        verdict.faults.append("Python sees other parts")
    counts = [_count(_written(folder / "box", data)) for data in (before, after)]
    if counts[0] != counts[1]:
        verdict.faults.append(f"Python's mailbox counts {counts}")
    gone = {part for part in unpacked(before, folder / "before") if _MAGIC.match(part)}
    for part in unpacked(after, folder / "after"):
        if part in gone and b"imgfile removed" not in part and verdict.refused == 0:
            verdict.faults.append(f"another reader still finds {part[:12].hex()}")


def _count(path: Path) -> int:
    with closing(mailbox.mbox(path, create=False)) as box:
        return len(box)


def structure(data: bytes) -> list[list[int]]:
    """Return how many parts Python's own parser sees on each level of each message."""
    starts = [match.start() for match in re.finditer(rb"^From [^\n]*\n(?=[!-9;-~]+:)", data, re.MULTILINE)]
    bounds = starts if data.startswith(b"From ") and starts else [0]
    parsed = (
        email.message_from_bytes(data[a:b], policy=policy.compat32)
        for a, b in zip(bounds, [*bounds[1:], len(data)], strict=True)
    )
    return [[len(part.get_payload()) if part.is_multipart() else -1 for part in one.walk()] for one in parsed]


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def unpacked(data: bytes, folder: Path) -> list[bytes]:
    """Return every file that munpack, ripmime and mu make of a mail."""
    for name in ("munpack", "ripmime", "mu"):
        (folder / name).mkdir(parents=True)
    mail = _written(folder.with_suffix(".eml"), data)
    commands: tuple[list[str | Path], ...] = (
        [tool("munpack"), "-q", "-t", "-C", folder / "munpack", mail],
        [tool("ripmime"), "-i", mail, "-d", folder / "ripmime"],
        [tool("mu"), "extract", "-a", f"--target-dir={folder / 'mu'}", mail],
    )
    for command in commands:
        subprocess.run(command, check=False, capture_output=True, timeout=60)  # some crash on what we do not
    return [found.read_bytes() for found in folder.rglob("*") if found.is_file()]
