"""What is filed and what waits, as counts: each is had without looking through the vault."""

from __future__ import annotations

from datetime import datetime

from imgfile import draft_notes
from imgfile.acts.check.count import count_records
from imgfile.acts.check.not_handed import count_not_handed
from imgfile.acts.check.upkeep import unfinished_erasures
from imgfile.acts.filed_mails import MailMemory
from imgfile.acts.inbox.list import is_overdue, waiting
from imgfile.acts.life import destroy
from imgfile.draft_notes import Standing
from imgfile.errors import Busy
from imgfile.frozen import dataclass
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.vault.access import Vault


@dataclass(frozen=True, slots=True)
class Status:
    """How many there are of each."""

    records: int
    erasures: int
    """Begun by this computer and not finished; none while another imgfile files here."""
    leftovers: int
    """Copies in clear that killed runs of this account left."""
    items: int
    """Photos that wait in the inbox."""
    overdue: int
    """Those of them about which somebody should have decided by now."""
    mails: int
    """Mails that this computer filed from and nobody ticked off."""
    waiting: int
    """Photos that this computer set aside until somebody decides."""
    late: int
    """Those of them that are past their deadline."""
    held: int
    """Photos that it has on a safeguarding hold."""
    proposals: int
    """Proposals to destroy records that wait for another person, or for their end."""
    not_handed: int | None
    """Photos that were filed and never handed over; None in a vault of format 1, where nobody can say."""


def status_of(vault: Vault, now: datetime) -> Status:
    """Count. Raises `Damaged`, `NotWritable`."""
    try:
        erasures = len(unfinished_erasures(vault.station))
    except Busy:
        erasures = 0
    left = draft_notes.find_left()
    aside = PhotosSetAside(vault.station).all()
    items = list(waiting(vault))
    return Status(
        records=count_records(vault, now),
        erasures=erasures,
        leftovers=sum(each.standing is not Standing.AWAY for each in left),
        items=len(items),
        overdue=sum(is_overdue(each, now.astimezone().date()) for each in items),
        mails=len(MailMemory(vault.station).waiting()),
        waiting=sum(not each.is_hold for each in aside),
        late=sum(each.until is not None and each.until < now.astimezone().date() for each in aside),
        held=sum(each.is_hold for each in aside),
        proposals=sum(each.is_waiting for each in destroy.waiting(vault)),
        not_handed=count_not_handed(vault, now),
    )
