"""What of a filed photo leaves: its own bytes where that can be, a JPEG decoded once where nothing else serves.

1. A JPEG is never encoded again unless it must become smaller (`max_bytes`), and then that is said.
2. Any other format is decoded once, with its colours and its orientation, at a high quality, and that is said too.
3. What is decoded is decoded in a process of its own (`images.decode`).
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import Final

from imgfile.acts.disclosure.handover.page import PagePicture
from imgfile.clinical.codes import Code
from imgfile.clinical.proofs import Digest, MediaType
from imgfile.clinical.record.model import Record
from imgfile.frozen import dataclass, field

SUFFIXES: Final = {
    MediaType.JPEG: (".jpg", ".jpeg"),
    MediaType.PNG: (".png",),
    MediaType.HEIC: (".heic", ".heif", ".hif"),
    MediaType.AVIF: (".avif",),
    MediaType.JXL: (".jxl",),
    MediaType.WEBP: (".webp",),
    MediaType.GIF: (".gif",),
    MediaType.BMP: (".bmp", ".dib"),
    MediaType.TIFF: (".tif", ".tiff"),
}
"""By which names other programs know the format; the first is the one to use."""


class Form(Code):
    """As what a photo leaves."""

    ORIGINAL = "original", "as it is filed, byte for byte"
    JPEG = "jpeg", "the filed JPEG, or another format made one"
    PDF = "pdf", "a page with number, bar code and consent, for a document folder"
    PACK = "pack", "a folder: the PDF, the JPEGs, the lines to paste"

    @property
    def is_document(self) -> bool:
        """Whether all photos leave together, on pages; else each is a file of its own."""
        return self in {Form.PDF, Form.PACK}


class Change(StrEnum):
    """What was done to the picture; nothing, where its own bytes leave."""

    NONE = "none"
    CONVERTED = "converted"
    """Decoded from another format, once."""
    FITTED = "fitted"
    """Encoded again, because it was too large."""
    REDUCED = "reduced"
    """It has fewer pixels than the photo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One photo as it leaves."""

    data: bytes = field(repr=False)
    media_type: MediaType
    width: int
    height: int
    """Pixels as they are seen."""
    orientation: int
    change: Change = Change.NONE
    filed_as: MediaType
    """The format that is filed."""
    pages: int = 1
    """How many pages or frames the filed photo has, of which this is the first."""

    @property
    def digest(self) -> Digest:
        """SHA-256 of its bytes."""
        return Digest(hashlib.sha256(self.data).hexdigest())

    @property
    def said(self) -> str:
        """What was done to the picture, in words."""
        first = f", the first of its {self.pages} pages" if self.pages > 1 else ""
        name, size = format_name(self.filed_as), f"{self.width} x {self.height}{first}"
        match self.change:
            case Change.NONE:
                return f"the {name} is unchanged ({size})"
            case Change.CONVERTED:
                return f"a JPEG made once from the filed {name}, all its pixels ({size})"
            case Change.FITTED:
                return f"a JPEG encoded again from the filed {name} to be small enough, all its pixels ({size})"
            case Change.REDUCED:
                return f"a REDUCED JPEG made from the filed {name}: fewer pixels ({size})"

    def on_page(self, note: str) -> PagePicture:
        """Return it as it goes on a page. Raises ValueError for what is no JPEG."""
        if self.media_type is not MediaType.JPEG:
            raise ValueError(self.media_type)
        return PagePicture(data=self.data, orientation=self.orientation, note=note)


def format_name(media_type: MediaType) -> str:
    """Return what people call a format."""
    return media_type.partition("/")[2].upper()


def as_filed(photo: bytes, facts: Record) -> Copy:
    """Return the very bytes that are filed."""
    picture = facts.picture
    return Copy(
        data=photo,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        orientation=picture.orientation,
        filed_as=picture.media_type,
    )


def as_jpeg(photo: bytes, facts: Record, *, max_bytes: int | None = None) -> Copy:
    """Return a photo as a JPEG of at most `max_bytes`, changed only as far as it must be. Raises `UnsupportedImage`."""
    filed = as_filed(photo, facts)
    is_small = max_bytes is None or len(photo) <= max_bytes
    if filed.media_type is MediaType.JPEG and is_small:
        return filed
    from imgfile.images.decode.decode import decode  # noqa: PLC0415 - most photos are JPEGs, and small enough

    made = decode(photo, filed.media_type, max_bytes=max_bytes)
    return Copy(
        data=made.data,
        media_type=MediaType.JPEG,
        width=made.width,
        height=made.height,
        orientation=1,
        change=_change(filed, made.is_reduced),
        filed_as=filed.media_type,
        pages=made.pages,
    )


def _change(filed: Copy, is_reduced: bool) -> Change:  # noqa: FBT001 - what the decoder says
    if is_reduced:
        return Change.REDUCED
    return Change.FITTED if filed.media_type is MediaType.JPEG else Change.CONVERTED


def expect_jpeg(facts: Record) -> None:
    """See that a photo can leave as a JPEG, before anything is entered. Raises `UnsupportedImage`."""
    if facts.picture.media_type is not MediaType.JPEG:
        from imgfile.images.decode.decode import expect_decodable  # noqa: PLC0415 - see above

        expect_decodable(facts.picture.media_type)


def better_name(copy: Copy, path: Path) -> Path | None:
    """Return the name by which other programs would know the format; None when it has such a name."""
    suffixes = SUFFIXES[copy.media_type]
    if path.suffix.lower() in suffixes:
        return None
    return path.with_name(f"{path.name}{suffixes[0]}") if not path.suffix else path.with_suffix(suffixes[0])
