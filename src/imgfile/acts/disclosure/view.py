"""Looking at photos of one patient, once.

1. Each record opens with the person's own identity, and is what was filed.
2. What cannot be shown is known before the one look is used up: a photo that does not open, or that nothing here
   decodes. A browser gets the stored bytes of what it shows itself; all else is decoded first, in another process.
3. One page never shows two patients: whose photo is whose would be a matter of reading.
4. Who looks, and why, is in the audit trail, durably, before the page exists (R20), as `offered`, a line a photo. That
   it was loaded is entered when it was, as `viewed`: a page that nobody loaded was seen by nobody.
5. The photos go from memory to this computer's own browser (`one_page_server`), and nowhere onto a disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from imgfile.acts.disclosure.entry import offer
from imgfile.acts.disclosure.for_browsers import expect_showable, for_browsers
from imgfile.acts.disclosure.one_page_server import Page
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.disclosure.page.photos_page import Shown, Whose, photos_page
from imgfile.acts.disclosure.page.shown import caption, in_order
from imgfile.clinical.dates import show_date
from imgfile.errors import Closed, Damaged, Error, RefusedByRule, UnsupportedImage, UsageError, WrongKey
from imgfile.frozen import dataclass
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.open import open_photo

DEFAULT_REASON: Final = "direct care"
WITHDRAWN: Final = "consent was WITHDRAWN, and it is not to be used"
MAX_PHOTOS: Final = 12
"""On one page; six of them are compared."""
MAX_PAGE_BYTES: Final = 384 << 20
"""Of all pictures on one page, which are held in memory while it waits: twelve of a telephone take 60 MB."""
_AT_ONCE: Final = 2
"""Photos that are opened and decoded side by side: each may take a gigabyte."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A photo that can be shown, as it will be."""

    opened: OpenedRecord
    shown: Shown


@dataclass(frozen=True, slots=True)
class Unshown:
    """A photo that cannot be shown, and why."""

    reference: str
    error: Error


def expect_one_patient(records: Sequence[Manifest]) -> None:
    """See that photos are of one patient. Raises `RefusedByRule`: two of two patients side by side mislead (R25)."""
    if len({each.folder for each in records}) > 1:
        raise RefusedByRule(
            "R25",
            "these are photos of different patients, and one page never shows two.",
            "Look at each patient's by themselves. Filed for the wrong patient?  imgfile move RECORD",
        )


def prepare(vault: Vault, opened: Sequence[OpenedRecord], reader: Reader) -> Iterator[Ready | Unshown]:
    """Open photos and make them what a browser shows; yield what came of each, in order. Nothing is seen yet.

    Raises `UsageError` when they are too many or too large for one page.
    """
    if len(opened) > MAX_PHOTOS:
        raise UsageError(f"{len(opened)} photos are too many for one page; the most is {MAX_PHOTOS}.", "Pick fewer.")
    size = 0
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for each in threads.map(lambda one: _prepared(vault, one, reader), opened):
            size += len(each.shown.image.data) if isinstance(each, Ready) else 0
            if size > MAX_PAGE_BYTES:
                raise UsageError("these photos together are too large for one page.", "Pick fewer.")
            yield each


def view(vault: Vault, ready: Sequence[Ready], reader: Reader, *, reason: str, at: datetime) -> Page:
    """Enter in the trail that photos are offered to a person, each for the purpose it was filed for; return the page.

    Raises `RefusedByRule`, `NoVault`, `NotWritable`; then nothing may be seen.
    """
    expect_one_patient([each.opened.manifest for each in ready])
    offer(vault, [each.opened for each in ready], reader, reason=reason, at=at)
    facts = ready[0].opened.facts
    whose = Whose(
        number=f"{facts.patient.scheme.label} {facts.patient.grouped}", born=f"born {show_date(facts.date_of_birth)}"
    )
    shown = [each.shown for each in ready]
    return photos_page(whose, [shown[at] for at in in_order([each.caption for each in shown])])


def _prepared(vault: Vault, opened: OpenedRecord, reader: Reader) -> Ready | Unshown:
    """Return a photo as it will be shown. What is wrong with one keeps no other from being shown."""
    try:
        picture = opened.facts.picture
        expect_showable(picture)
        image = for_browsers(open_photo(vault, opened.filed, reader.practice), picture)
        return Ready(opened, Shown(caption=caption(opened), image=image))
    except (Closed, Damaged, UnsupportedImage, WrongKey) as error:
        return Unshown(opened.manifest.reference, error)
