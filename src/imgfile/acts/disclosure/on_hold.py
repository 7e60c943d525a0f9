"""Whether the photo of a record is on a safeguarding hold: said to whoever opens the record, whatever for (R21).

A photo that is filed is on hold where the same photo came in once more and somebody had a concern, at whichever
computer. Its record stays, and opens to whoever may look: what the hold is worth there is that they know of it, and
that nothing of it is destroyed. Who only lists what is filed, without an identity, is not told.
"""

from __future__ import annotations

from imgfile.clinical.proofs import Digest
from imgfile.frozen import dataclass, field
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.trail.holds import HoldsSeen, holds_seen

HERE = "this computer"
"""Where a hold is that counts here alone: of a computer without the key by which others would know the photo."""


@dataclass(frozen=True, slots=True)
class OnHold:
    """The photos on hold as one run sees them, of however many records."""

    vault: Vault = field(repr=False)
    seen: HoldsSeen

    def where(self, opened: OpenedRecord) -> str | None:
        """Return at which computer a record's photo is on hold; empty for none, None where nobody can know."""
        found = self.seen.where(opened.manifest.same_mark)
        return HERE if not found and self._is_held_here(opened.facts.picture.original_digest) else found

    def _is_held_here(self, photo: Digest) -> bool:
        return self.vault.station.has_set_aside and PhotosSetAside(self.vault.station).on_hold(photo)


def on_hold(vault: Vault) -> OnHold:
    """Look once which photos are on hold. Raises `Damaged` where this computer's own memory cannot be read."""
    return OnHold(vault, holds_seen(vault))
