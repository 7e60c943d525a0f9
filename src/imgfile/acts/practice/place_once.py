"""A key file that a roster will name, written by this computer and by nobody else.

What is about to be written is noted on this computer first. A run that died is gone on with, by the same command; a
file that lies under such a name and is not the one of the note is never taken for it: nobody but its reader could see
what it holds, and whoever writes to a share could have put it there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from imgfile import sealing
from imgfile.errors import Damaged
from imgfile.practice_state.joining import Approval
from imgfile.vault.store.directory import Store


def placed(  # noqa: PLR0913 - what is written where, for whom, and what to do where somebody else was there
    store: Store,
    note: Approval,
    name: str,
    plaintext: bytes,
    readers: Sequence[sealing.PublicRecipient],
    *,
    elsewhere: str,
) -> str:
    """Have a key file in the vault, durable, and return its digest; it is written at most once.

    Where an earlier run wrote it, that is the one, whatever is to be written now. `elsewhere` is what to do where
    another computer, or somebody, put one there. Raises `Damaged`, `NotWritable`.
    """
    if store.exists(name):
        if not ((noted := note.digest(name)) and store.holds(name, noted)):
            raise _another(name, elsewhere)
        store.sync(name.rpartition("/")[0])
        return noted
    sealed = sealing.seal_bytes(plaintext, readers)
    digest = hashlib.sha256(sealed).hexdigest()
    note.add(name, digest)
    if not store.claim(name, sealed):
        raise _another(name, elsewhere)
    stored, _ = store.read_back(name)
    if stored != sealed:
        raise Damaged(f"{name} does not hold what was written.", "Check the disk or share, then run it again.")
    return digest


def _another(name: str, elsewhere: str) -> Damaged:
    return Damaged(f"{name} lies in the vault already, and this computer did not write it.", elsewhere)
