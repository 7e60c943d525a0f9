"""Looking through an export again whose erasing died amid its overwriting, before that goes on.

What was set aside meanwhile, on a hold (R21) or until somebody decides (R11), nobody knew of who agreed that it goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from imgfile.clinical.proofs import Digest
from imgfile.errors import UnreadableMail
from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Unsearched


def is_in_export(path: Path, is_sought: Callable[[Digest], bool]) -> bool:
    """Return whether an export holds a photo that is sought, by the SHA-256 of its bytes.

    Raises `UnreadableMail` for what is no mailbox any more, `SourceUnavailable`, `SourceChanged`.
    """
    with open_export(path) as export:
        for found in export.scan_everywhere():
            if isinstance(found, Unsearched):
                continue
            try:
                digest = Digest(hashlib.sha256(found.decode()).hexdigest())
            except UnreadableMail:  # what cannot be read is no photo that anybody set aside
                continue
            if is_sought(digest):
                return True
    return False
