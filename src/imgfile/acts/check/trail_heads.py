"""How far each audit trail has come, and what was found of all records when it had come so far.

Whoever looked at every record once remembers what that told here, and from then on looks at what the trails have
entered since: so it costs what is new. A memory that is older than `MAX_AGE_DAYS` counts for nothing, nor does one that
is torn, and nothing rests on it.

    <state>/vaults/<vault>/<name>    canonical JSON, a line
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from imgfile import canonical_json, files
from imgfile.errors import Damaged, NotWritable
from imgfile.frozen import dataclass
from imgfile.notes import Body
from imgfile.state import read_kept
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.trail.read import EMPTY, load, newest_number

MAX_AGE_DAYS: Final = 7
OF_NO_RECORD: Final = frozenset(
    {"erased", "cleared", "clearing", "remains", "viewed", "offered", "exported", "searched", "roster", "ended"}
    | {"proposed", "disposed", "held", "waits", "lifted", "item", "settled", "looked"}
)
"""Acts that neither make a record, nor add to one, nor end one."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Remembered(Generic[Found]):
    """What was found of all records at a moment, and the number of the newest note of each trail."""

    records: Found
    at: datetime
    heads: dict[str, int]

    def is_fresh(self, now: datetime, heads: Mapping[str, int]) -> bool:
        """Return whether it counts still: it is not old, and no trail is shorter than it was."""
        is_new = abs((now - self.at).days) < MAX_AGE_DAYS
        return is_new and all(heads.get(station, 0) >= number for station, number in self.heads.items())

    def news(self, vault: Vault, heads: Mapping[str, int]) -> Iterator[Body]:
        """Yield what the trails have entered since. Raises `Damaged`."""
        for station, head in heads.items():
            for number in range(self.heads.get(station, 0) + 1, head + 1):
                yield from load(vault, station, number).entries


def trail_heads(vault: Vault, known: Mapping[str, int]) -> dict[str, int]:
    """Return the number of the newest note of each station's trail; `known` is what was found before."""
    seen = vault.station.seen_heads()
    heads = {}
    for entry in vault.roster.stations:
        number = max(seen.get(entry.station, EMPTY)[0], known.get(entry.station, 0))
        while number and not vault.store.exists(layout.trail(entry.station, number)):
            number -= 1
        heads[entry.station] = newest_number(vault, entry.station, number)
    return heads


def recall(vault: Vault, name: str, limit: int, read: Callable[[Any], Found]) -> Remembered[Found] | None:
    """Return what was found before, as `read` has it; None for what is not there or not whole."""
    try:
        facts = canonical_json.decode(read_kept(vault.station.folder / name, limit), limit=limit)
        at = datetime.fromisoformat(str(facts["at"]))
        heads = {str(station): int(head) for station, head in facts["heads"].items()}
        found = Remembered(read(facts["records"]), at, heads)
    except (ValueError, KeyError, TypeError, AttributeError, Damaged):
        return None
    return found if at.tzinfo is not None else None


def remember(vault: Vault, name: str, records: int | list[str], at: datetime, heads: dict[str, int]) -> None:
    """Remember what was found, where that can be written; else the records are looked at anew the next time."""
    facts = {"records": records, "at": at.isoformat(), "heads": heads}
    try:
        files.replace(vault.station.folder / name, canonical_json.encode(facts), is_durable=False)
    except NotWritable:
        return
