"""Looking through an export again whose erasing died amid its overwriting, before that goes on.

What was set aside meanwhile, on a hold (R21) or until somebody decides (R11), nobody knew of who agreed that it goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING

from imgfile.clinical.proofs import Digest
from imgfile.errors import UnreadableMail
from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Unsearched

if TYPE_CHECKING:
    from imgfile.record_state.set_aside import PhotosSetAside, SetAside


def set_aside_in(path: Path, filed: Container[Digest], aside: PhotosSetAside) -> SetAside | None:
    """Return what keeps an export: a photo on hold, else one in quarantine that is not among those that are filed.

    Raises `UnreadableMail` for what is no mailbox any more, `SourceUnavailable`, `SourceChanged`, `Damaged`.
    """
    waiting = None
    with open_export(path) as export:
        for found in export.scan_everywhere():
            if isinstance(found, Unsearched):
                continue
            try:
                digest = Digest(hashlib.sha256(found.decode()).hexdigest())
            except UnreadableMail:  # what cannot be read is no photo that anybody set aside
                continue
            kept = aside.find(digest)
            if kept is not None and kept.is_hold:
                return kept
            if kept is not None and digest not in filed:
                waiting = kept
    return waiting
