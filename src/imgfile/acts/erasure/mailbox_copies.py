"""Second copies of filed photos elsewhere in their mailbox (M6), looked for when a run is over, reported and offered.

1. Only then: a message that is there twice is mostly a photo of its own in the same run, and a mailbox is searched
   once, not once for each photo.
2. What is found is reported, with the message that it lies in, and the part where it is one. What is known by pieces
   alone may be half of a photo.
3. Taken out is only what is the very same photo, byte for byte, as one that this run filed or proved: by that photo's
   `Release`, in the ordinary way. What somebody chose to leave is not among it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.erasure.sources import Attempt, Going, erase_sources
from imgfile.acts.filed_mails import MailMemory
from imgfile.acts.options import Wishes
from imgfile.acts.sources.source import MailPart, plan_removal
from imgfile.clinical.proofs import Digest, Release, Removal
from imgfile.errors import Error, UnreadableMail
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault

if TYPE_CHECKING:
    from imgfile.mail.mailbox import Export
    from imgfile.mail.removal.place import Where


Left = tuple[Path, str]
"""A mailbox, and a part of it as `MailPart.part` spells it."""


@dataclass(frozen=True, slots=True)
class Residue:
    """What one mailbox still holds of photos that were taken out of it, or why that is not known."""

    export: Export = field(repr=False)
    places: tuple[Where, ...] = ()
    unknown: Error | None = None

    @property
    def path(self) -> Path:
        """The mailbox."""
        return self.export.path


@dataclass(frozen=True, slots=True)
class Copy:
    """The very same photo as a filed one, at another place of its mailbox, with the permission and the plan."""

    source: MailPart
    release: Release = field(repr=False)
    removal: Removal = field(repr=False)


def find_residue(ledger: Ledger) -> list[Residue]:
    """Look through each mailbox that a photo was taken out of; return those that still hold something of one."""
    found: list[Residue] = []
    for export, traces in ledger.taken_out():
        from imgfile.mail.removal import residue  # noqa: PLC0415 - a photo in a file of its own needs no mail

        try:
            places = residue.find_residue(export, traces)
            if places:
                found.append(Residue(export, tuple(places)))
        except Error as error:
            found.append(Residue(export, unknown=error))
    return found


def find_copies(
    found: Sequence[Residue], ledger: Ledger, wishes: Wishes, *, left: Collection[Left], on: date
) -> list[Copy]:
    """Find what can be taken out: whole photos that are filed, in the messages where something was found.

    `left` is what somebody chose to leave.
    """
    copies: list[Copy] = []
    for residue in found:
        messages = {place.message for place in residue.places}
        for part, digest in _photos(residue.export, messages):
            release = ledger.releases(residue.path).get(digest)
            is_left = (part.export.path, part.part) in left
            if release and not is_left and (removal := _removal(part, release, wishes, on)):
                copies.append(Copy(part, release, removal))
    return copies


def _photos(export: Export, messages: Collection[int]) -> Iterator[tuple[MailPart, Digest]]:
    """Yield the photos of some messages, or of all where it is not known in which; what cannot be read is left."""
    try:
        for attachment in export.attachments():
            if 0 in messages or attachment.message.number in messages:
                part = MailPart(export, attachment)
                if digest := digest_of(part):
                    yield part, digest
    except Error:  # it is reported as residue, and not offered
        return


def digest_of(part: MailPart) -> Digest | None:
    """Return a photo's digest as it stands in its mailbox; None for one that cannot be decoded."""
    try:
        return Digest(hashlib.sha256(part.attachment.decode()).hexdigest())
    except UnreadableMail:
        return None


def _removal(part: MailPart, release: Release, wishes: Wishes, on: date) -> Removal | None:
    """Plan how a copy goes; None for one that cannot, or whose message its sender signed."""
    if part.is_signed_by_person and not wishes.may_break_signature:
        return None
    try:
        return plan_removal(part, release.verified.record, on=on)
    except Error:
        return None


def take_out(vault: Vault, copies: Sequence[Copy], ledger: Ledger, *, at: datetime) -> list[Attempt]:
    """Take copies out of their mailboxes, in order; enter the evidence. Raises `Busy`, `NotWritable`.

    Their mails are remembered first: they lie in the mail account still.
    """
    with vault.station.locked():
        MailMemory(vault.station).remember((copy.source, copy.release.verified.record) for copy in copies)
        return erase_sources(vault, [Going(copy.source, copy.release, copy.removal) for copy in copies], ledger, at=at)
