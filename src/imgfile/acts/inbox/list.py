"""Listing what waits in the inbox; no identity is needed, and nothing that is sealed is read.

The oldest first, since it waits longest. An item whose note does not hold is listed as damaged, and the rest
all the same; so is one that a trail states and that is not there, or whose verdict is not, as far as the trails hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Final

from imgfile.clinical.proofs import RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.record_state.trail_statements import Statement
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import settled
from imgfile.vault.records import item
from imgfile.vault.records.item import Item
from imgfile.vault.trail.statements import counted_digests, read_statements

AWAY: Final = "it was put here, as a trail states, and is not there any more."
UNSETTLED: Final = "what became of it is not there, and a trail states it."


@dataclass(frozen=True, slots=True)
class DamagedItem:
    """An item of which nothing can be believed."""

    reference: str
    message: str


def waiting(vault: Vault) -> Iterator[Item | DamagedItem]:
    """Yield every item that nobody has settled, the oldest first."""
    stated, _ = read_statements(vault)
    there = set(item.items(vault))
    found = [each for each in (_read(vault, name, stated.settled.get(name, ())) for name in there) if each is not None]
    away = (name for name in stated.items.keys() - there if _must_be_there(vault, stated.items[name]))
    found += [DamagedItem(layout.reference(RecordId(name)), AWAY) for name in away]
    yield from sorted(found, key=_moment)


def _must_be_there(vault: Vault, stated: Iterable[Statement]) -> bool:
    """Return whether a trail, as far as it counts, states a note whose loss nobody accepted."""
    return not set(counted_digests(vault, stated)).issubset(vault.roster.accepted)


def is_overdue(each: Item | DamagedItem, today: date) -> bool:
    """Return whether somebody should have decided about an item by now."""
    return isinstance(each, Item) and bool(each.deadline) and date.fromisoformat(each.deadline) < today


def _read(vault: Vault, name: str, verdicts: Iterable[Statement]) -> Item | DamagedItem | None:
    try:
        found = item.load(vault, name)
        settled.expect_put_here(vault, found)
        if settled.load(vault, found) is not None:
            return None
        return DamagedItem(found.reference, UNSETTLED) if _must_be_there(vault, verdicts) else found
    except Damaged as error:
        return DamagedItem(layout.reference(name), error.message)  # type: ignore[arg-type] # an id, whosever


def _moment(each: Item | DamagedItem) -> datetime:
    return each.received if isinstance(each, Item) else datetime.min.replace(tzinfo=UTC)
