"""Listing what waits in the inbox; no identity is needed, and nothing that is sealed is read.

The oldest first, since it waits longest. An item whose note does not hold is listed as damaged, and the rest
all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import settled
from imgfile.vault.records import item
from imgfile.vault.records.item import Item


@dataclass(frozen=True, slots=True)
class DamagedItem:
    """An item of which nothing can be believed."""

    reference: str
    message: str


def waiting(vault: Vault) -> Iterator[Item | DamagedItem]:
    """Yield every item that nobody has settled, the oldest first."""
    found = [each for each in (_read(vault, name) for name in item.items(vault)) if each is not None]
    yield from sorted(found, key=_moment)


def is_overdue(each: Item | DamagedItem, today: date) -> bool:
    """Return whether somebody should have decided about an item by now."""
    return isinstance(each, Item) and bool(each.deadline) and date.fromisoformat(each.deadline) < today


def _read(vault: Vault, name: str) -> Item | DamagedItem | None:
    try:
        found = item.load(vault, name)
        settled.expect_put_here(vault, found)
        return None if settled.load(vault, found) is not None else found
    except Damaged as error:
        return DamagedItem(layout.reference(name), error.message)  # type: ignore[arg-type] # an id, whosever


def _moment(each: Item | DamagedItem) -> datetime:
    return each.received if isinstance(each, Item) else datetime.min.replace(tzinfo=UTC)
