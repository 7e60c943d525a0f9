"""How many records a vault holds, without looking at each of them every time.

1. A vault of fewer than `LISTED_RECORDS` is listed: that is exact, and takes a moment.
2. Of a larger one this computer remembers the count, and how far each audit trail had come. What the trails have
   entered since is added: so it costs what is new, whatever the vault's size.
3. An entry that may mean anything but one record more, a trail that is shorter than it was, or a count that is older
   than `MAX_AGE_DAYS`, has the records listed again. Nothing rests on the count.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from imgfile import canonical_json, files
from imgfile.acts.check.trail_heads import trail_heads
from imgfile.errors import Damaged, NotWritable
from imgfile.frozen import dataclass
from imgfile.station import read_kept
from imgfile.vault.access import Vault
from imgfile.vault.records import find
from imgfile.vault.trail.read import load

LISTED_RECORDS: Final = 1_000
MAX_AGE_DAYS: Final = 7
MAX_NOTE_BYTES: Final = 1 << 20
_ONE_MORE: Final = "filed"
_NONE_MORE: Final = frozenset(
    {"erased", "cleared", "clearing", "remains", "viewed", "offered", "exported", "roster"}
    | {"disposed", "held", "waits", "lifted"}
)
"""Acts that neither make a record nor end one; `matched` may be of one whose own entry never came."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many records there were at a moment, and the number of the newest note of each trail."""

    records: int
    at: datetime
    heads: dict[str, int]


def count_records(vault: Vault, now: datetime) -> int:
    """Return how many records a vault holds. Raises `Damaged`."""
    kept = _read(vault)
    known = kept.heads if kept else {}
    heads = trail_heads(vault, known)
    if kept is not None and kept.records >= LISTED_RECORDS and abs((now - kept.at).days) < MAX_AGE_DAYS:
        added = _added(vault, kept.heads, heads)
        if added is not None:
            _keep(vault, Count(kept.records + added, kept.at, heads))
            return kept.records + added
    records = sum(find.is_published(vault, *place) for place in find.everything(vault))
    if records >= LISTED_RECORDS and trail_heads(vault, known) == heads:  # else somebody files at this moment
        _keep(vault, Count(records, now, heads))
    return records


def _added(vault: Vault, before: dict[str, int], heads: dict[str, int]) -> int | None:
    """Count the records that the trails have entered since; None where that does not tell."""
    if any(heads.get(station, 0) < number for station, number in before.items()):
        return None
    added = 0
    for station, head in heads.items():
        for number in range(before.get(station, 0) + 1, head + 1):
            for entry in load(vault, station, number).entries:
                if entry["act"] == _ONE_MORE:
                    added += 1
                elif entry["act"] not in _NONE_MORE:
                    return None
    return added


def _read(vault: Vault) -> Count | None:
    """Read what was counted before; None for what is not there or not whole."""
    try:
        kept = read_kept(vault.station.folder / "counted", MAX_NOTE_BYTES)
        facts = canonical_json.decode(kept, limit=MAX_NOTE_BYTES)
        at = datetime.fromisoformat(str(facts["at"]))
        count = Count(int(facts["records"]), at, {str(name): int(head) for name, head in facts["heads"].items()})
    except (ValueError, KeyError, TypeError, AttributeError, Damaged):
        return None
    return count if at.tzinfo is not None else None


def _keep(vault: Vault, count: Count) -> None:
    facts = {"records": count.records, "at": count.at.isoformat(), "heads": count.heads}
    try:
        files.replace(vault.station.folder / "counted", canonical_json.encode(facts), is_durable=False)
    except NotWritable:  # then it is counted anew the next time
        return
