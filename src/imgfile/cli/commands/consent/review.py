"""`imgfile consent review`: photos filed on a parent's consent, of patients who decide for themselves by now (R14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import typer

from imgfile.acts.disclosure.of_patient import Unopened
from imgfile.acts.disclosure.open import admit, expect_looking
from imgfile.acts.life.consent_review import Due, Why, review
from imgfile.cli.findings import unopened_facts
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.dates import show_date
from imgfile.errors import Closed, Damaged
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault

_COLUMNS: Final = ("record", "patient", "born", "body site", "agreed", "why")
_WORDS: Final = {Why.TURNED_16: "16 since", Why.COMPETENT: "competence recorded since"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("review", help="List photos on a parent's consent whose patients decide for themselves now.")(_review)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def _review(*, vault: Vault, identities: Identities, terminal: Terminal) -> None:
    """List what is due for review."""
    expect_looking(vault)
    refuse([identities.problem()], "consent review")
    reader = admit(vault, identities.unlock())
    found = list(review(vault, reader.practice, today=datetime.now().astimezone().date()))
    due = [each for each in found if isinstance(each, Due)]
    unopened = [each for each in found if isinstance(each, Unopened)]
    if terminal.is_json:
        for each in due:
            terminal.data({"type": "review", "record": each.opened.manifest.reference, "why": each.why.value})
        for unread in unopened:
            terminal.data(unopened_facts(unread))
    elif due:
        terminal.table(_COLUMNS, map(_row, due))
    if not due:
        terminal.say("No consent is due for review.")
    else:
        terminal.say("Ask each patient. They agree:  imgfile consent add RECORD --again")
        terminal.say("They do not:  imgfile consent withdraw RECORD")
        terminal.say(
            "They cannot decide:  imgfile amend RECORD --capacity assessed_lacks; then who decides for them agrees"
        )
    _refuse_unopened(unopened)


def _refuse_unopened(unopened: Sequence[Unopened]) -> None:
    """Name what was not reviewed. Raises `Damaged`; `Closed` where all of it is closed to whoever looks."""
    damaged = [each for each in unopened if not each.is_closed]
    named = ", ".join(each.reference for each in damaged or unopened)
    if damaged:
        raise Damaged(f"{named}: does not open, and was not reviewed.", "imgfile verify tells what is wrong.")
    if unopened:
        raise Closed(f"{named}: closed to this identity, and not reviewed.", unopened[0].error.hint)


def _row(due: Due) -> tuple[str, ...]:
    facts = due.opened.facts
    return (
        due.opened.manifest.reference,
        facts.patient.grouped,
        show_date(facts.date_of_birth),
        facts.decision.body_site,
        f"{facts.consent.giver.label}, {show_date(facts.consent.obtained_at)}",
        _WORDS[due.why],
    )
