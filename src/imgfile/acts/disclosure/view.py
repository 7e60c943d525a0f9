"""Looking at one photo, once.

1. The record opens with the person's own identity, and is what was filed.
2. Who looks, and why, is in the audit trail, durably, before the page exists (R20), as `offered`. That it was loaded is
   entered when it was, as `viewed`: a page that nobody loaded was seen by nobody.
3. The photo goes from memory to this computer's own browser (`one_page_server`), and nowhere onto a disk.
4. Whose photo it is stands beside it; the page's title, which browsers keep, tells nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from imgfile.acts.disclosure.entry import Act, Disclosed, Statement, disclose
from imgfile.acts.disclosure.one_page_server import Page
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.disclosure.picture_page import picture_page
from imgfile.clinical.dates import show_date
from imgfile.clinical.record.model import Record
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord

DEFAULT_REASON: Final = "direct care"
WITHDRAWN: Final = "consent was WITHDRAWN, and it is not to be used"


def view(vault: Vault, opened: OpenedRecord, reader: Reader, *, reason: str, at: datetime) -> Page:
    """Enter in the trail that a photo is offered to a person, for the purpose it was filed for; return the page.

    Raises `Damaged`, `NoVault`, `NotWritable`; then nothing may be seen.
    """
    stated = Statement(Act.OFFERED, opened.facts.decision.purpose, reason, at)
    return page_of(disclose(vault, opened, reader, stated))


def page_of(disclosed: Disclosed) -> Page:
    """Put a photo and whose it is on one page without a script, the picture inside it."""
    facts = disclosed.opened.facts
    below = (
        f"{disclosed.opened.manifest.reference}: this page was loaded once and is gone. Close it when you have seen it."
        " Saving the picture makes a copy outside the vault."
    )
    above = f"WITHDRAWN: not to be used. {_whose(facts)}" if disclosed.opened.history.is_use_stopped else _whose(facts)
    return picture_page(above, disclosed.photo, facts.picture.media_type, [_what(facts)], small=below)


def _whose(facts: Record) -> str:
    return f"{facts.patient.scheme.label} {facts.patient.grouped}, born {show_date(facts.date_of_birth)}"


def _what(facts: Record) -> str:
    taken, filed = facts.picture.taken_at, show_date(facts.filed_at.date())
    when = f"taken {show_date(taken.date())}, filed {filed}" if taken else f"filed {filed}"
    return f"{facts.decision.body_site}; {when}; for {facts.decision.purpose.label}"
