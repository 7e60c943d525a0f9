"""A safeguarding hold that another computer put on a photo, as the trails tell (R21).

1. Who has the pseudonym key knows the photo by its keyed mark, and leaves it alone like one on hold here: it is neither
   copied, shown nor erased. A computer without the key cannot know it, nor what works without a vault.
2. This computer's own trail is read like the others: a hold that its memory lost, as after a restore, stands still.
3. As far as the trails hold: one that does not is no reason to file nothing. `verify` reports it.
"""

from __future__ import annotations

from imgfile.clinical.proofs import Digest
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import Pseudonyms, open_pseudonyms
from imgfile.vault.trail.holds import holds_seen


class HeldElsewhere:
    """The photos on hold at any computer, as one run sees them. Raises `Damaged` for this computer's pseudonym key."""

    def __init__(self, vault: Vault, pseudonyms: Pseudonyms | None = None) -> None:
        self._seen = holds_seen(vault)
        self._pseudonyms = (pseudonyms or open_pseudonyms(vault)) if self._seen.by_mark else None

    def where(self, photo: Digest) -> str | None:
        """Return the name of a computer that has a photo on hold; None where none is known to."""
        return (self._seen.where(self._pseudonyms.same(photo)) or None) if self._pseudonyms else None
