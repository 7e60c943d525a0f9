"""Where records lie, as this station saw them: an index that only finds, so that one record costs no look at them all.

1. It says under which patient's directory a record lies, and how far each trail had been read for it. Both stand in the
   vault for whoever may read that: the file holds no more than the names of directories.
2. Nothing rests on it. What it leads to is read from the vault, by its signed manifest; what it does not lead to is
   looked for in the vault. One that is lost, torn or changed costs time.

    <state>/vaults/<vault>/places    a line of canonical JSON, station → number of a note; a line a record, sorted:
                                     32 hex digits of the record and 32 of its patient's directory
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from imgfile import canonical_json, files
from imgfile.errors import NotWritable
from imgfile.frozen import dataclass, field
from imgfile.state import read_kept
from imgfile.station import Station

MAX_BYTES: Final = 1 << 26
"""A million records; what lies beyond is looked for in the vault."""
_MAX_HEADER_BYTES: Final = 1 << 20
_ID_DIGITS: Final = 32
_LINE_BYTES: Final = 2 * _ID_DIGITS + 1


@dataclass(frozen=True, slots=True)
class Places:
    """The index as it was kept. `lines` are its records, 65 bytes each."""

    trails: Mapping[str, int] = field(default_factory=dict)
    """Station → the number of the last note of its trail whose records stand here; 0 for none."""
    lines: bytes = field(default=b"", repr=False)

    def beginning(self, low: str, high: str) -> Iterator[tuple[str, str]]:
        """Yield (record, patient's directory) of each whose first digits are not below `low` nor above `high`."""
        every = range(len(self.lines) // _LINE_BYTES)
        for at in every[bisect_left(every, low, key=lambda at: self._line(at)[: len(low)]) :]:
            line = self._line(at)
            if line[: len(high)] > high:
                return
            yield line[:_ID_DIGITS], line[_ID_DIGITS:-1]

    def _line(self, at: int) -> str:
        return self.lines[at * _LINE_BYTES : (at + 1) * _LINE_BYTES].decode("ascii")

    def with_news(self, found: Iterable[tuple[str, str]], trails: Mapping[str, int]) -> Places:
        """Return it with further records, each (record, patient's directory), and how far the trails were read."""
        news = {_line(*each) for each in found}
        lines = b"".join(sorted(news.union(self.lines.splitlines(keepends=True)))) if news else self.lines
        return Places(dict(trails), lines)


def _line(record: str, folder: str) -> bytes:
    return f"{record}{folder}\n".encode("ascii")


def kept_places(station: Station) -> Places | None:
    """Return what this station keeps; None where it keeps none, or none that can be read."""
    header, _, lines = read_kept(_path(station), MAX_BYTES).partition(b"\n")
    try:
        trails = canonical_json.decode(header, limit=_MAX_HEADER_BYTES) if header else None
    except ValueError:
        return None
    if trails is None or len(lines) % _LINE_BYTES or not lines.isascii():
        return None
    if not all(type(number) is int and number >= 0 for number in trails.values()):
        return None
    return Places(trails, lines)


def keep_places(station: Station, places: Places) -> None:
    """Keep an index; where that cannot be written, nothing is lost but time."""
    if not station.folder.is_dir():
        return
    data = canonical_json.encode(dict(places.trails)) + b"\n" + places.lines
    if len(data) <= MAX_BYTES:
        with contextlib.suppress(NotWritable):
            files.replace(_path(station), data, is_durable=False)


def _path(station: Station) -> Path:
    return station.folder / "places"
