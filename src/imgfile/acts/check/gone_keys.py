"""Keys of what is gone: what a run that died left, or an older copy of the keys brought back.

Nothing opens with them any more by any rule; so they go, but for

1. those that a legal hold keeps;
2. those of a record whose tombstone leads to none of the very same photo: they may be the last ones;
3. those of a record that one person destroyed though a rule kept it (R24), or two did under a legal hold (R18):
   `verify` reports it;
4. those of an item that was accepted and is no record yet: whoever accepts it again finishes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import manifest
from imgfile.vault.records.find import everything, is_published

if TYPE_CHECKING:
    from imgfile.vault.life.history import History


def clean_gone_keys(vault: Vault) -> int:
    """Remove the keys of everything that is gone, and return how many were still there.

    What is damaged is left for `verify`. Raises `NotWritable`, `Busy`.
    """
    removed = 0
    for found in _gone(vault):
        from imgfile.vault.life import burn  # noqa: PLC0415 - few records are gone

        with vault.station.locked():
            removed += len(burn.burn_keys(vault, found))
    for name in _settled_keys(vault):
        with vault.station.locked():
            vault.store.burn(name)
        removed += 1
    return removed


def _gone(vault: Vault) -> Iterator[History]:
    for place in everything(vault):
        if not vault.store.exists(layout.tombstone(*place)):
            continue
        from imgfile.vault.life import history  # noqa: PLC0415 - few records are gone

        try:
            found = history.load(vault, manifest.load(vault, *place))
            if found.gone is not None and found.leads_to_photo(vault) and _is_upheld(vault, found):
                yield found
        except Damaged:
            continue


def _is_upheld(vault: Vault, found: History) -> bool:
    from imgfile.vault.checks.withdrawn import holds  # noqa: PLC0415 - few records are gone
    from imgfile.vault.life.gone import How  # noqa: PLC0415 - the same

    return found.gone is None or found.gone.how is not How.WITHDRAWN or holds(vault, found, found.gone)


def _settled_keys(vault: Vault) -> Iterator[str]:
    """Yield the keys of items that were rejected, or are records by now, where they are there still."""
    from imgfile.vault.life import settled  # noqa: PLC0415 - most practices have no inbox
    from imgfile.vault.records import item  # noqa: PLC0415 - the same

    for name in item.items(vault):
        try:
            stated = item.load(vault, name)
            found = settled.load(vault, stated)
        except Damaged:
            continue
        is_over = found is not None and (found.to is None or is_published(vault, *found.to))
        if is_over and vault.store.exists(stated.key.name):
            yield stated.key.name
