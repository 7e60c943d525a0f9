"""A filed photo that leaves, without a page or a file: opened, and entered in the trail."""

from __future__ import annotations

from imgfile.acts.disclosure.entry import Statement, enter_exported
from imgfile.acts.disclosure.open import Reader
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.records.open import open_photo


def disclose(vault: Vault, opened: OpenedRecord, reader: Reader, stated: Statement) -> bytes:
    """Open a photo and enter in the trail that it leaves, as is stated; return it."""
    photo = open_photo(vault, opened.filed, reader.practice)
    with vault.station.locked():
        enter_exported(vault, [opened.manifest], reader.who, stated)
    return photo
