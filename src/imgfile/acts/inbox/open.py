"""Opening an item of the inbox: what another computer settles in that very moment was settled, and is not damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from imgfile.acts.inbox.settle import expect_waiting
from imgfile.errors import Damaged
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.records.item import Item
from imgfile.vault.records.open_item import OpenedItem, open_item, open_item_photo


def open_waiting(vault: Vault, of: Item, practice: PracticeKeys) -> OpenedItem:
    """Open an item's facts. Raises `UsageError` for one that was settled meanwhile, `Damaged`."""
    with _waiting(vault, of):
        return open_item(vault, of, practice)


def open_waiting_photo(vault: Vault, opened: OpenedItem, practice: PracticeKeys) -> bytes:
    """Open an item's photo. Raises `UsageError` for one that was settled meanwhile, `Damaged`."""
    with _waiting(vault, opened.item):
        return open_item_photo(vault, opened, practice)


@contextmanager
def _waiting(vault: Vault, of: Item) -> Iterator[None]:
    try:
        yield
    except Damaged:  # its key goes as soon as it is settled
        expect_waiting(vault, of)
        raise
