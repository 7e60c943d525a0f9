"""What a stripper made of a photo, not yet checked.

Every format's `strip` returns one. `check` proves it; `inspect` and `glance` only read what was found.
"""

from __future__ import annotations

from imgfile.clinical.proofs import MediaType
from imgfile.frozen import dataclass, field
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.model import Block

COLOUR_LOST = "Its colour profile is damaged and was left out: colours may look different."
DENSITY_KEPT = "Its density, {density}, stood in its Exif alone: it is kept in the picture's header."
GAIN_MAP_LOST = "Its HDR gain map was left out: on an HDR screen highlights look less bright."
END_PUT_BACK = "Its end mark was missing and was put back: nothing of the picture is missing."
UNREAD_END = "Its coded picture cannot be read to its end: bytes that no program shows may be left behind it."
UNDECODED_END = "What may stand behind the end of its coded picture was not looked for: nothing here decodes it."
LETTERS_STAY = "{count} letters stand at the end of its coded picture, where no program shows them, and stay."
ORIENTATION_UNSURE = "Programs disagree about which way up it is: compare left and right before relying on them."


@dataclass(frozen=True, slots=True)
class Draft:
    """A stripped photo that nothing has proven: coded width and height in pixels, and what was read and left out."""

    data: bytes = field(repr=False)
    media_type: MediaType
    width: int
    height: int
    exif: Exif
    has_profile: bool
    blocks: tuple[Block, ...]
    warnings: tuple[str, ...] = ()
