"""Looking at an item of the inbox, once, in the browser: to decide about it, which is why there is no reason to state.

That somebody looks is in the trail, durably, before the page exists (R20).
"""

from __future__ import annotations

from contextlib import suppress

from imgfile.acts.disclosure.for_browsers import expect_showable, for_browsers
from imgfile.acts.disclosure.one_page_server import Page
from imgfile.acts.disclosure.picture_page import picture_page
from imgfile.acts.inbox.held import expect_no_hold
from imgfile.acts.inbox.open import open_waiting_photo
from imgfile.acts.inbox.settle import expect_waiting
from imgfile.acts.ingest.context import Run
from imgfile.acts.life.person import Actor
from imgfile.clinical.dates import show_date
from imgfile.errors import UnsupportedImage
from imgfile.images.strip import is_usual
from imgfile.vault.access import Vault
from imgfile.vault.records.open_item import OpenedItem
from imgfile.vault.still_admitted import expect_still_admitted
from imgfile.vault.times import format_time
from imgfile.vault.trail import chain


def look(run: Run, opened: OpenedItem, by: Actor) -> Page:
    """Enter in the trail that somebody looks, and return the page.

    Raises `RefusedByRule` for one on hold, `UnsupportedImage` for what cannot be shown, `Damaged`, `NotWritable`; then
    nothing is seen or entered.
    """
    vault, at = run.vault, run.now()
    expect_no_hold(run, opened)
    expect_showable(opened.facts.picture)
    image = for_browsers(open_waiting_photo(vault, opened, by.practice), opened.facts.picture)
    stated = {"item": opened.item.item, "manifest": opened.item.digest, "actor": by.holder}
    with vault.station.locked():
        expect_still_admitted(vault, by.holder)
        expect_waiting(vault, opened.item)
        chain.append(vault, [{"act": "looked", "at": format_time(at), **stated}])
    facts = opened.facts
    whose = f"{facts.patient.scheme.label} {facts.patient.grouped}, born {show_date(facts.date_of_birth)}"
    below = (
        f"{opened.item.reference} waits in the inbox. This page was loaded once and is gone. Saving the picture makes "
        "a copy outside the vault."
    )
    said = [facts.decision.body_site, *([image.remark] if image.remark else [])]
    return picture_page(whose, image.data, image.media_type, said, small=below)


def why_hidden(vault: Vault, opened: OpenedItem, by: Actor) -> str:
    """Return why an item's picture cannot be shown here, in sentences; empty where it can be. Raises `Damaged`.

    Nobody sees anything of it, so nothing is entered.
    """
    photo, picture = open_waiting_photo(vault, opened, by.practice), opened.facts.picture
    with suppress(UnsupportedImage):  # as the trial will say
        if is_usual(photo, picture.media_type, picture.width * picture.height):
            return ""
    from imgfile.images.decode.trial import why_hidden as tried  # noqa: PLC0415 - most photos are usual JPEGs

    return tried(photo, picture.media_type)
