"""What a station remembers that the trails state of the inbox and of holds, and how far it read each of them for that.

    <state>/vaults/<vault>/stated    one line of canonical JSON

How far it was read and what was found there are one file, so that neither is known without the other. Where it is
lost, too large, or cannot be written, as for whoever only looks, the trails are read once more from their beginning.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Final, TypeAlias

from imgfile import canonical_json, files
from imgfile.canonical_json import Json
from imgfile.errors import NotWritable
from imgfile.frozen import dataclass, field
from imgfile.state import read_kept
from imgfile.station import Station

MAX_BYTES: Final = 16 << 20
"""A hundred thousand items of 150 bytes each, and more."""


Statement: TypeAlias = tuple[str, int, str]
"""Who states a note of an item: a station, the number of its trail's note, and the digest of what is stated."""


@dataclass(slots=True)
class TrailStatements:
    """What was read; whoever reads on adds to it."""

    read: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Station → the note up to which its trail was read: its number and digest."""
    items: dict[str, list[Statement]] = field(default_factory=dict)
    """Item of the inbox → who states that it was put there."""
    settled: dict[str, list[Statement]] = field(default_factory=dict)
    """Item of the inbox → who states what became of it."""
    held: dict[str, dict[str, str]] = field(default_factory=dict)
    """Station → its holds that stand → the keyed mark of the photo; empty where it has no key for such marks."""


def recall_statements(station: Station) -> TrailStatements:
    """Return what this station remembers; nothing where that cannot be known."""
    data = read_kept(_path(station), MAX_BYTES)
    try:
        return _parse(canonical_json.decode(data.removesuffix(b"\n"), limit=MAX_BYTES)) if data else TrailStatements()
    except (ValueError, TypeError, KeyError, AttributeError):
        return TrailStatements()


def remember_statements(station: Station, seen: TrailStatements) -> None:
    """Remember what was read, durably."""
    if not station.folder.is_dir():
        return
    with contextlib.suppress(NotWritable):
        files.replace(_path(station), canonical_json.encode(_facts(seen)) + b"\n")


def _facts(seen: TrailStatements) -> Json:
    return {
        "read": {name: list(head) for name, head in seen.read.items()},
        "items": {item: [list(each) for each in stated] for item, stated in seen.items.items()},
        "settled": {item: [list(each) for each in stated] for item, stated in seen.settled.items()},
        "held": seen.held,
    }


def _parse(facts: Json) -> TrailStatements:
    return TrailStatements(
        {str(name): _head(value) for name, value in facts["read"].items()},
        {str(item): [_settled(each) for each in stated] for item, stated in facts["items"].items()},
        {str(item): [_settled(each) for each in stated] for item, stated in facts["settled"].items()},
        {str(name): {str(hold): str(photo) for hold, photo in of.items()} for name, of in facts["held"].items()},
    )


def _head(value: Any) -> tuple[int, str]:  # noqa: ANN401 - as it was read
    number, digest = value
    return _positive(number), str(digest)


def _settled(value: Any) -> Statement:  # noqa: ANN401 - ditto
    station, number, digest = value
    return str(station), _positive(number), str(digest)


def _positive(number: object) -> int:
    if type(number) is not int or number < 1:
        raise ValueError(number)
    return number


def _path(station: Station) -> Path:
    return station.folder / "stated"
