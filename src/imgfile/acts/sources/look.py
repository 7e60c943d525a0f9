"""A look at a photo where it was found: what its bytes tell before anybody is asked about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgfile.acts.sources.source import MailPart, Source, read
from imgfile.clinical.proofs import Digest
from imgfile.errors import UnreadableMail, UnsupportedImage
from imgfile.frozen import dataclass

if TYPE_CHECKING:
    from imgfile.images.preview.glance import Glance


@dataclass(frozen=True, slots=True)
class Look:
    """What a photo's bytes tell; nothing of what could not be decoded."""

    digest: Digest | None
    length: int
    glance: Glance | None
    problem: str
    """Why it could not be filed as it is; empty when nothing is known against it."""


def look_at(source: Source) -> Look:
    """Read a photo and look at it. Raises `SourceUnavailable` or `SourceChanged`."""
    from imgfile.images.preview.glance import glance  # noqa: PLC0415 - finding a photo is not looking at it

    try:
        photo = read(source)
    except UnreadableMail as error:
        return Look(None, source.attachment.size if isinstance(source, MailPart) else 0, None, error.message)
    try:
        seen, problem = glance(photo.data), ""
    except UnsupportedImage as error:
        seen, problem = None, f"it {error.message}"
    return Look(photo.digest, len(photo.data), seen, problem)
