"""Second copies of filed photos elsewhere in their mailbox (M6), looked for when a run is over.

Only then: a message that is there twice is mostly a photo of its own in the same run, and a mailbox is searched once,
not once for each photo.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from imgfile.acts.sources import MailPart, Source
from imgfile.errors import Error, SourceRemains

TOLD_PLACES: Final = 3


@dataclass
class Copies:
    """What to look for, mailbox by mailbox."""

    _pieces: dict[MailPart, tuple[bytes, ...]] = field(default_factory=dict, repr=False)

    def note(self, source: Source) -> None:
        """Choose what a photo is known by, while it still stands in its mailbox: it is about to be taken out."""
        if isinstance(source, MailPart):
            from imgfile.mail.residue import choose_pieces  # noqa: PLC0415 - a photo in a file of its own needs no mail

            self._pieces[source] = choose_pieces(source.export, source.attachment)

    def forget(self, source: Source) -> None:
        """Look for nothing of a photo that could not be taken out."""
        if isinstance(source, MailPart):
            self._pieces.pop(source, None)

    def find(self) -> list[Error]:
        """Look through each mailbox that a photo was taken out of; tell which still hold a copy."""
        told: list[Error] = []
        for path in dict.fromkeys(source.export.path for source in self._pieces):
            pieces = {piece for source, some in self._pieces.items() if source.export.path == path for piece in some}
            from imgfile.mail.residue import find_residue  # noqa: PLC0415 - the same

            try:
                places = find_residue(path, tuple(pieces))
            except Error as error:
                told.append(SourceRemains(f"whether {path} holds further copies is not known: {error.message}"))
                continue
            if places:
                told.append(_remains(path, places))
        self._pieces.clear()
        return told


def _remains(path: Path, places: list[int]) -> SourceRemains:
    more = " and more" if len(places) > TOLD_PLACES else ""
    where = ", ".join(f"byte {place:,}" for place in places[:TOLD_PLACES])
    return SourceRemains(
        f"{path} still holds a copy of a photo that was taken out, at {where}{more}.",
        "It may be a deleted message: compact the folder in the mail program. If it is a second message, file it too.",
    )
