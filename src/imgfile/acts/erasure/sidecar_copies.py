"""Erasing the copies that lay beside a filed photo, where somebody says so.

1. A copy goes only if its bytes are the filed photo's: the record must bear the mark of its digest, and what erases
   it digests it once more.
2. It goes by a `Release`: the filed copy is proven anew, and the audit entry is durable, before a byte is overwritten
   (R15). The evidence of each stands in the trail, as of the source itself.
3. Nothing else that lay beside the photo is touched: it was never filed, so nothing proves that it may go.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.erasure.sources import Attempt, Going, erase_sources
from imgfile.acts.sources.sidecars import Companion
from imgfile.acts.sources.source import LocalFile
from imgfile.errors import Error, SourceChanged
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.records import find as records
from imgfile.vault.records.commit import prove_stored
from imgfile.vault.trail import permissions


def erase_copies(vault: Vault, reference: str, copies: Sequence[Companion], *, at: datetime) -> list[Attempt]:
    """Erase copies of the photo that is filed as `reference`; return what became of each, in order."""
    try:
        with vault.station.locked():
            return _erase(vault, reference, copies, at)
    except Error as error:
        return [Attempt(remains=error) for _ in copies]


def _erase(vault: Vault, reference: str, copies: Sequence[Companion], at: datetime) -> list[Attempt]:
    found = records.find(vault, reference)
    digest = copies[0].digest
    is_one_photo = digest is not None and all(copy.digest == digest for copy in copies)
    if digest is None or not is_one_photo or open_pseudonyms(vault).photo(found.folder, digest) != found.photo_mark:
        raise SourceChanged(
            f"what lies beside it is not the photo that is filed as {reference}.", "It was left as it is."
        )
    [release] = permissions.release(vault, [prove_stored(vault, found, digest)], at=at)
    going = [Going(LocalFile(copy.path, copy.identity), release) for copy in copies]
    return erase_sources(vault, going, Ledger(), at=at)
