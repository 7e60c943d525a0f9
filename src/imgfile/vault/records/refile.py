"""A photo that was filed before, opened to be filed elsewhere, and the only place that says `Refiled`.

It opened with the practice's key to the very bytes that its facts were sealed with; these say too what it was before it
was stripped, so that it is recognised under its new number.
"""

from __future__ import annotations

from imgfile.clinical.proofs import Refiled
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.records.open import Opened, open_photo
from imgfile.vault.records.open_item import OpenedItem, open_item_photo


def refile_item(vault: Vault, opened: OpenedItem, practice: PracticeKeys) -> Refiled:
    """Open an item's photo to file it in a patient's record. Raises `Damaged` unless it is the one its facts state."""
    data = open_item_photo(vault, opened, practice)
    return Refiled(data, opened.facts.siblings[layout.IMAGE].digest, opened.facts.picture.original_digest)


def refile(vault: Vault, opened: Opened, practice: PracticeKeys) -> Refiled:
    """Open a record's photo to file it elsewhere. Raises `Damaged` unless it is the one that the facts state."""
    data = open_photo(vault, opened, practice)
    return Refiled(data, opened.facts.siblings[layout.IMAGE].digest, opened.facts.picture.original_digest)
