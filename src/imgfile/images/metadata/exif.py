"""What an Exif block says, read within bounds; and the minimal block that a stripped photo may carry.

Reads TIFF 6.0 directories as Exif 3.0 (CIPA DC-008) arranges them. No recursion, no directory twice, limits on
directories, entries and bytes; a lie in the structure ends or skips the reading, it never raises. piexif's own
reader is not used: it takes gigabytes on hostile files.
"""

from __future__ import annotations

import re
import struct
from collections import deque
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Final

from imgfile.frozen import dataclass, field
from imgfile.images import tiff_layout
from imgfile.images.metadata.exif_tags import (
    CAPTURE_TIMES,
    COLOUR_SPACE,
    INTEROP_INDEX,
    MAKER_NOTE,
    MAX_SETTING_BYTES,
    ORIENTATION,
    POINTERS,
    SETTINGS,
    TAGS,
    USER_COMMENT,
    WIDE_TEXTS,
    Directory,
)
from imgfile.images.metadata.model import Fact, Kind, Reading, readable
from imgfile.images.tiff_layout import TYPE_BYTES, Form

MAX_DIRECTORIES: Final = 16
"""Directories of one block; real ones have five at most."""
MAX_ENTRIES: Final = 2000
"""Real blocks have at most some three hundred entries in five directories."""
MAX_VALUE_BYTES: Final = 4096
"""What is looked at of one value; no name, place or date is longer."""

MARK_BYTES: Final = 6
"""`Exif\\0\\0`, which JPEG puts before a block and PNG does not."""
UPRIGHT: Final = 1
ORIENTATIONS: Final = range(1, 9)
SIDEWAYS: Final = range(5, 9)
"""Orientations that swap width and height."""
ADOBE_RGB_INDEX: Final = "R03"
"""The DCF 2.0 option file: the one mark of Adobe RGB in photos without a profile."""
SRGB: Final = 1
UNCALIBRATED: Final = 0xFFFF

_ASCII, _RATIONAL, _UTF8 = 2, 5, 129
_CODES: Final = {1: "B", 3: "H", 4: "L", 6: "b", 8: "h", 9: "l", 13: "L", 16: "Q", 18: "Q"}
"""TIFF's and BigTIFF's integer types as `struct` codes."""
_TYPE_BYTES: Final = TYPE_BYTES | {_UTF8: 1}
_DNG_VERSION: Final = 50706
_SUBFILE, _PHOTOMETRIC = 254, 262
_RAW_PHOTOMETRICS: Final = frozenset({32803, 34892})
"""A colour filter array, and Adobe's linear raw (DNG 1.7, PhotometricInterpretation)."""
_DEGREES: Final = 3
_X_RESOLUTION, _Y_RESOLUTION, _UNIT = 282, 283, 296
_INCH, _CENTIMETRE = 2, 3
_UNKNOWN: Final = 72
_MAX_DENSITY: Final = 0xFFFF
"""What JFIF's fields hold."""
_EXPOSURES: Final = (33434, 33437, 37377, 37378, 37386)
"""Exposure time, aperture (as a number and in APEX), shutter speed, focal length: a camera's."""
_TIME: Final = r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?"
_OFFSET: Final = r"([+-])(\d\d):?([0-5]\d)"


@dataclass(frozen=True, slots=True)
class Density:
    """Pixels across and down an inch, or a centimetre."""

    across: int
    down: int
    is_metric: bool = False

    def words(self) -> str:
        """Return it as people say it."""
        both = f"{self.across}" if self.across == self.down else f"{self.across} x {self.down}"
        return f"{both} dots per {'centimetre' if self.is_metric else 'inch'}"


@dataclass(frozen=True, slots=True)
class Exif:
    """What matters of an Exif block; `taken_at` is aware only when the offset was stated."""

    orientation: int = UPRIGHT
    taken_at: datetime | None = field(default=None, repr=False)
    is_adobe_rgb: bool = False
    density: Density | None = None
    """How many pixels an inch or a centimetre has, of what was measured: a scan."""
    facts: tuple[Fact, ...] = field(default=(), repr=False)
    unread: int = 0
    """Bytes of values that nothing here can read: a maker's own, unknown tags, what stands behind a text's end."""
    loose: int = 0
    """Bytes of the block that no tag refers to, but for zeros."""

    def reading(self) -> Reading:
        """Return what a block by itself says, and how much of it was not read."""
        return Reading(self.facts, self.unread + self.loose)


@dataclass(frozen=True, slots=True)
class _Entry:
    directory: Directory
    tag: int
    type: int
    value: memoryview
    order: str
    span: tuple[int, int]
    """Where all of its value lies: that may be more than is looked at."""

    @property
    def key(self) -> tuple[Directory, int]:
        return self.directory, self.tag

    def integer(self) -> int | None:
        """Return its first number, whichever integer type it was written as."""
        code = _CODES.get(self.type)
        if code is None or len(self.value) < struct.calcsize(self.order + code):
            return None
        number: int = struct.unpack_from(self.order + code, self.value)[0]
        return number

    def text(self) -> str:
        """Return its value as people read it."""
        if self.tag in WIDE_TEXTS:
            return readable(self.value, "utf-16-le")
        if self.key == USER_COMMENT:
            return _user_comment(self.value)
        if self.type in {_ASCII, _UTF8}:
            return readable(self.value)
        if self.type == _RATIONAL:
            return _rationals(self.value, self.order)
        number = self.integer()
        return f"{len(self.value)} bytes" if number is None else str(number)

    def unread(self) -> int:
        """Count what of its value nothing here reads."""
        length = self.span[1] - self.span[0] if self.value else 0
        if self.key == MAKER_NOTE:
            return length
        if self.key in TAGS:
            cut = length - len(self.value)
            behind = bytes(self.value).partition(b"\0")[2].strip(b"\0 ") if self.type == _ASCII else b""
            return cut + len(behind)
        if self.tag in SETTINGS and (length <= MAX_SETTING_BYTES or not any(self.value)):
            return 0
        return length

    def fact(self) -> Fact | None:
        """Return what it says about people; None for a tag that says nothing about them."""
        kind, name = TAGS.get(self.key, (Kind.OTHER, ""))
        if not name:
            return None
        is_text = self.type in {_ASCII, _UTF8} or self.tag in WIDE_TEXTS
        return Fact(kind, name, self.text(), b"" if is_text else bytes(self.value))


def read(tiff: bytes | memoryview, *, elsewhere: Collection[int] | None = None) -> Exif:
    """Read a TIFF-structured Exif block, without its mark; what cannot be read is as if absent.

    Of a whole file, `elsewhere` are the first directories' tags that somebody else reads or keeps; and what no tag of
    these refers to is a picture, and not asked about.
    """
    first: dict[tuple[Directory, int], _Entry] = {}
    facts: list[Fact] = []
    spans: list[tuple[int, int]] = []
    unread = 0
    for entry in _entries(memoryview(tiff), spans):
        first.setdefault(entry.key, entry)  # of two, most programs take the first
        fact = entry.fact()
        is_elsewhere = entry.directory in {Directory.IMAGE, Directory.THUMBNAIL} and entry.tag in (elsewhere or ())
        unread += 0 if is_elsewhere else entry.unread()
        spans.append(entry.span)
        if fact is not None:
            facts.append(fact)
    return Exif(
        orientation=_orientation(first),
        taken_at=_taken_at(first),
        is_adobe_rgb=_is_adobe_rgb(first),
        density=_density(first),
        facts=tuple(facts),
        unread=unread,
        loose=0 if elsewhere is not None else _loose(memoryview(tiff), [*spans, _thumbnail(first)]),
    )


def _thumbnail(entries: dict[tuple[Directory, int], _Entry]) -> tuple[int, int]:
    """Return where the thumbnail lies (Exif 3.0 §4.6.5.2); it is reported as one."""
    start, length = (entries.get((Directory.THUMBNAIL, tag)) for tag in (513, 514))
    at = (start.integer() if start is not None else None) or 0
    return at, at + ((length.integer() if length is not None else None) or 0)


def _loose(tiff: memoryview, spans: list[tuple[int, int]]) -> int:
    """Count the bytes, but for zeros, that lie in no span."""
    reached = count = 0
    for start, end in (*sorted(spans), (len(tiff), len(tiff))):
        if start > reached:
            gap = bytes(tiff[reached : min(start, len(tiff))])
            count += len(gap.strip(b"\0"))
        reached = max(reached, end)
    return count


def is_dng(tiff: bytes) -> bool:
    """Return whether a TIFF file is a DNG, Adobe's raw format, by its tag DNGVersion and its first picture.

    That is a sensor's, or a preview of one that stands behind it. Programs that develop a DNG leave the tag in what
    they write, whose first picture is a whole one.
    """
    first: dict[int, int] = {}
    for entry in _entries(memoryview(tiff)):
        if entry.directory is Directory.IMAGE:
            first.setdefault(entry.tag, entry.integer() or 0)
    is_raw = first.get(_SUBFILE, 0) & 1 or first.get(_PHOTOMETRIC, 0) in _RAW_PHOTOMETRICS
    return _DNG_VERSION in first and bool(is_raw)


@cache
def minimal(orientation: int, *, is_adobe_rgb: bool) -> bytes:
    """Emit the mark and the smallest block that carries these two; empty when neither needs one."""
    directories: dict[str, dict[int, object]] = {}
    if orientation != UPRIGHT:
        directories["0th"] = {ORIENTATION[1]: orientation}
    if is_adobe_rgb:
        directories["Exif"] = {COLOUR_SPACE[1]: UNCALIBRATED}
        directories["Interop"] = {INTEROP_INDEX[1]: ADOBE_RGB_INDEX.encode()}
    if not directories:
        return b""
    import piexif  # noqa: PLC0415 - 4 ms, and an upright photo does not need it

    return bytes(piexif.dump(directories))


# --- directories ----------------------------------------------------------------------------------------


def _entries(tiff: memoryview, spans: list[tuple[int, int]] | None = None) -> Iterator[_Entry]:
    """Yield the entries of all directories, IFD0's first, then those that are pointed to (Exif 3.0 §4.5.4, §4.6.3).

    Adds to `spans` where the header and the directories lie.
    """
    form = tiff_layout.form(tiff)
    if form is None or len(tiff) < form.head_bytes:
        return
    waiting = deque([(_place(tiff, form, form.first), Directory.IMAGE)])
    seen: set[int] = set()
    left = MAX_ENTRIES
    while waiting and len(seen) < MAX_DIRECTORIES:
        offset, directory = waiting.popleft()
        first = offset + form.counts_bytes
        if offset in seen or offset < form.head_bytes or first > len(tiff):
            continue
        seen.add(offset)
        stated = struct.unpack_from(form.order + form.counts, tiff, offset)[0]
        # A directory that is cut off is read as far as it goes.
        entries = [
            _entry(tiff, form, directory, first + index * form.entry_bytes)
            for index in range(min(stated, left, (len(tiff) - first) // form.entry_bytes))
        ]
        left -= len(entries)
        if spans is not None:
            spans += ((0, form.head_bytes), (offset, first + len(entries) * form.entry_bytes + form.inline_bytes))
        yield from entries
        waiting += _pointed_to(entries)
        # Behind IFD0 stands the place of IFD1, the thumbnail's (§4.5.8); other directories have no next one.
        behind = first + stated * form.entry_bytes
        if directory in {Directory.IMAGE, Directory.THUMBNAIL} and behind + form.inline_bytes <= len(tiff):
            waiting.append((_place(tiff, form, behind), Directory.THUMBNAIL))


def _pointed_to(entries: list[_Entry]) -> Iterator[tuple[int, Directory]]:
    """Yield where further directories stand, and which they are, by the tags that point to them (Exif 3.0 §4.6.3)."""
    for entry in entries:
        directory = POINTERS.get(entry.tag)
        target = entry.integer() if directory is not None else None
        if directory is not None and target is not None:
            yield target, directory


def _place(tiff: memoryview, form: Form, at: int) -> int:
    """Read a place as wide as the form has them."""
    place: int = struct.unpack_from(form.order + form.places, tiff, at)[0]
    return place


def _entry(tiff: memoryview, form: Form, directory: Directory, at: int) -> _Entry:
    """Read an entry: tag, type, count, and the value, or its place where it does not fit (TIFF 6.0 §2)."""
    tag, kind, count = struct.unpack_from(form.entry, tiff, at)
    length = _TYPE_BYTES.get(kind, 0) * count
    start = at + form.value
    if length > form.inline_bytes:
        start = _place(tiff, form, start)
    is_inside = start + length <= len(tiff)
    value = tiff[start : start + min(length, MAX_VALUE_BYTES) * is_inside]
    return _Entry(directory, tag, kind, value, form.order, (start, start + length * is_inside))


# --- values ---------------------------------------------------------------------------------------------


def _orientation(entries: dict[tuple[Directory, int], _Entry]) -> int:
    """Return the orientation, read leniently: any integer type, and either byte order, as writers get both wrong.

    A SHORT of the other byte order reads as itself times 256, and one within a LONG as itself times 2^24.
    """
    entry = entries.get(ORIENTATION)
    number = entry.integer() if entry is not None else None
    if number is None:
        return UPRIGHT
    for candidate in (number, number >> 8, number >> 24):
        if candidate in ORIENTATIONS and number in {candidate, candidate << 8, candidate << 24}:
            return candidate
    return UPRIGHT


def _is_adobe_rgb(entries: dict[tuple[Directory, int], _Entry]) -> bool:
    """Return whether the colours are Adobe RGB: DCF 2.0's option file, unless ColorSpace says sRGB."""
    index, space = entries.get(INTEROP_INDEX), entries.get(COLOUR_SPACE)
    is_srgb = space is not None and space.integer() == SRGB
    return index is not None and index.text() == ADOBE_RGB_INDEX and not is_srgb


def _density(entries: dict[tuple[Directory, int], _Entry]) -> Density | None:
    """Return the density that a scanner states (Exif 3.0 §4.6.5.1); None of a camera, whose number means nothing.

    72 is what is written where it is not known.
    """
    across, down, unit = (entries.get((Directory.IMAGE, tag)) for tag in (_X_RESOLUTION, _Y_RESOLUTION, _UNIT))
    if across is None or down is None or any((Directory.EXIF, tag) in entries for tag in _EXPOSURES):
        return None
    numbers = (_first_rational(across), _first_rational(down))
    number = _INCH if unit is None else unit.integer()
    is_known = number in {_INCH, _CENTIMETRE} and all(1 <= each <= _MAX_DENSITY for each in numbers)
    if not is_known or (number == _INCH and numbers == (_UNKNOWN, _UNKNOWN)):
        return None
    return Density(round(numbers[0]), round(numbers[1]), number == _CENTIMETRE)


def _first_rational(entry: _Entry) -> float:
    """Return a fraction's value; 0 for what is none."""
    if entry.type != _RATIONAL or len(entry.value) < struct.calcsize(f"{entry.order}LL"):
        return 0
    over, under = struct.unpack_from(f"{entry.order}LL", entry.value)
    return over / under if under else 0


def _taken_at(entries: dict[tuple[Directory, int], _Entry]) -> datetime | None:
    """Return when the photo was taken, or else digitised."""

    def text(key: tuple[Directory, int]) -> str:
        return entries[key].text() if key in entries else ""

    for time, fraction, offset in CAPTURE_TIMES:
        moment = parse_time(text(time), text(fraction), text(offset))
        if moment is not None:
            return moment
    return None


def parse_time(time: str, fraction: str = "", offset: str = "") -> datetime | None:
    """Read Exif's time, sub-seconds and offset; None for a time that cannot be (`0000:00:00 00:00:00`)."""
    found = re.match(_TIME, time)
    if found is None or not time.isascii():
        return None
    digits = fraction if fraction.isascii() and fraction.isdigit() else ""
    try:
        moment = datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - aware below, when stated
    except ValueError:
        return None
    return moment.replace(microsecond=int(f"{digits:0<6.6}"), tzinfo=_zone(offset))


def _zone(offset: str) -> timezone | None:
    """Read an offset as Exif 3.0 §4.6.6.10 has it, or the Z that some phones write."""
    if offset == "Z":
        return UTC
    found = re.fullmatch(_OFFSET, offset) if offset.isascii() else None
    if found is None or int(found[2]) > 14:  # noqa: PLR2004 - no place on earth is further than 14 hours from UTC
        return None
    distance = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-distance if found[1] == "-" else distance)


def _user_comment(value: memoryview) -> str:
    """Read a UserComment (Exif 3.0 §4.6.6.2): eight bytes name the character code; Unicode is of either byte order."""
    code, text = bytes(value[:8]), value[8:]
    if code.startswith(b"UNICODE"):
        return readable(text, "utf-16-be" if bytes(text[:1]) == b"\0" else "utf-16-le")
    return readable(text)


def _rationals(value: memoryview, order: str) -> str:
    """Return fractions as decimals; three are degrees, minutes and seconds, or hours."""
    numbers = struct.unpack_from(f"{order}{len(value) // 8 * 2}L", value)
    parts = [over / under if under else 0.0 for over, under in zip(numbers[::2], numbers[1::2], strict=True)]
    if len(parts) == _DEGREES:
        return f"{parts[0] + parts[1] / 60 + parts[2] / 3600:.6f}"
    return " ".join(f"{part:g}" for part in parts)
