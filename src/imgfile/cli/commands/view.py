"""`imgfile view`: look at photos of one patient, once, in this computer's own browser: one, or several compared.

Which photos is asked first, by reference or by number; then the passphrase; then which of the patient's, where a number
was given; then why. What cannot be shown is said before that, so that the one look is not used up by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import typer

from imgfile.acts.disclosure import view as act
from imgfile.acts.disclosure.entry import enter_viewed
from imgfile.acts.disclosure.one_page_server import Door
from imgfile.acts.disclosure.open import admit
from imgfile.cli.acting.sitting_here import expect_disclosing, expect_open_here
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import NoBrowserOption, OfPatientOption, RecordsArgument
from imgfile.cli.purpose import ReasonOption, about, problem_with, refuse, stated_reason
from imgfile.cli.scaffold import with_terminal
from imgfile.cli.viewing import Viewing, wait_for_load
from imgfile.cli.which_records import UNNAMED
from imgfile.clinical.text import parse_line
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord

_HELP: Final = "Look at filed photos of one patient, once, in the browser: one, or several compared. Audited."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("view", help=_HELP)(view)


@with_terminal("no_input", "json")
@with_vault_and_identities
def view(  # noqa: PLR0913 - three options of its own beside what it works with
    *,
    records: RecordsArgument = None,
    patient: OfPatientOption = None,
    vault: Vault,
    reason: ReasonOption = None,
    no_browser: NoBrowserOption = False,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Open photos, enter that in the trail, and show them on a page that works once."""
    expect_disclosing(vault)
    stated = [problem_with("reason", reason, parse_line, terminal), identities.problem()]
    if not records and patient is None and not terminal.can_ask:
        refuse([UNNAMED, *stated], "view")
    viewing = Viewing(vault, terminal)
    wanted = viewing.name(records or [], patient)
    expect_open_here(vault, identities, wanted.records)
    refuse(stated, "view")
    reader = admit(vault, identities.unlock())
    ready = viewing.prepare(viewing.open(wanted, reader), reader)
    photos = [each.opened for each in ready]
    if reason is None and wanted.folder is None:
        _show_whose(photos, terminal)
    why = stated_reason(reason, "Why:", terminal, default=act.DEFAULT_REASON)
    page = act.view(vault, ready, reader, reason=why, at=datetime.now(UTC))
    references = [each.opened.manifest.reference for each in ready]
    with Door(page) as door:
        if wait_for_load(door, references, terminal, may_open=not no_browser):
            enter_viewed(vault, photos, reader, at=datetime.now(UTC))


def _show_whose(photos: Sequence[OpenedRecord], terminal: Terminal) -> None:
    for each in photos:
        terminal.show(f"  {each.manifest.reference}: {about(each.facts)}")
