"""Exporting one photo as it is filed, without a command around it."""

from __future__ import annotations

from imgfile.acts.disclosure.entry import Statement
from imgfile.acts.disclosure.export import Place, Request, export
from imgfile.acts.disclosure.handover.copies import Copy, Form
from imgfile.acts.disclosure.open import Reader
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord


def export_one(
    vault: Vault, opened: OpenedRecord, reader: Reader, stated: Statement, *, is_anonymous: bool = False
) -> Copy:
    """Judge an export and enter it; return the photo, which may leave then."""
    request = Request(form=Form.ORIGINAL, stated=stated, is_anonymous=is_anonymous)
    together = export(vault, [opened], reader, request, Place(None))
    (copy,) = together.copies.values()
    return copy
