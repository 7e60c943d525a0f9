"""`imgfile consent show RECORD`: what was agreed at filing and since, what was withdrawn, and each signed form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from imgfile import staging
from imgfile.acts.disclosure.agreed import suffices
from imgfile.acts.disclosure.entry import Act, Statement, enter_exported
from imgfile.acts.disclosure.export import check_target
from imgfile.acts.disclosure.on_hold import on_hold
from imgfile.acts.disclosure.open import admit, expect_looking, read_facts
from imgfile.acts.disclosure.since_opened import expect_unchanged
from imgfile.cli.acting.sitting_here import expect_disclosing, expect_open_here
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.life.on_hold import hold_rows, warn_on_hold
from imgfile.cli.life.page import KINDS, filed_form_rows, said_rows
from imgfile.cli.options import RecordArgument
from imgfile.cli.purpose import ReasonOption, problem_with, refuse, stated_reason
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.consent import SignedForm
from imgfile.clinical.dates import show_date
from imgfile.clinical.policy import Policy
from imgfile.clinical.record.additions import ConsentDocument
from imgfile.clinical.text import parse_line
from imgfile.errors import UsageError
from imgfile.terminal import Terminal, sanitise
from imgfile.vault.access import Vault
from imgfile.vault.life.addition import AdditionKind
from imgfile.vault.life.open import Added, OpenedRecord
from imgfile.vault.records.find import find

_OF_CONSENT = frozenset({AdditionKind.CONSENT_DOCUMENT, AdditionKind.CONSENT_CHANGE, AdditionKind.USE_STOPPED})

DocumentOption = Annotated[
    Path | None,
    typer.Option("--document", metavar="FILE", help="Write the newest signed form to a new file; the trail says so."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show", help="Show what was agreed about one photo, at filing and since, and write a form out.")(show)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def show(  # noqa: PLR0913 - two options of its own beside what it works with
    *,
    record: RecordArgument,
    vault: Vault,
    document: DocumentOption = None,
    reason: ReasonOption = None,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Print what was agreed, or write a form out."""
    (expect_looking if document is None else expect_disclosing)(vault)
    found = find(vault, record)
    expect_open_here(vault, identities, [found])
    if document is not None:
        check_target(vault, document)
    why = problem_with("reason", reason, parse_line, terminal) if document is not None else None
    refuse([why, identities.problem()], "consent show")
    reader = admit(vault, identities.unlock())
    opened = read_facts(vault, found, reader)
    where_held = on_hold(vault).where(opened)
    if document is not None:
        form = _newest_form(opened)
        said = stated_reason(reason, "Reason, and who gets it:", terminal)
        purpose = opened.facts.decision.purpose
        stated = Statement(Act.EXPORTED, purpose, said, datetime.now(UTC))
        with vault.station.locked():
            expect_unchanged(vault, [opened], reader)
            enter_exported(vault, [opened.manifest], reader.who, stated)
        warn_on_hold(vault, [opened], terminal)
        staging.publish(document, form.data, "export")
        terminal.say(f"Wrote {document} ({form.media_type}). That copy is outside the vault: erasing it is up to you.")
    elif terminal.is_json:
        for line in _json(opened, vault.policy, where_held):
            terminal.data(line)
    else:
        terminal.page("".join(f"{sanitise(line)}\n" for line in _lines(opened, vault.policy, where_held)))


def _newest_form(opened: OpenedRecord) -> SignedForm:
    """Return the signed form that was added last, or filed with the photo. Raises `UsageError` where there is none."""
    said = (each.content.said for each in reversed(opened.added))
    for each in said:
        if isinstance(each, ConsentDocument) and each.document:
            return SignedForm(each.digest, each.media_type, each.document)
    if opened.filed_form is not None:
        return opened.filed_form
    reference = opened.manifest.reference
    raise UsageError(f"{reference} has no signed form.", f"Add one:  imgfile consent add {reference}")


def _of_consent(opened: OpenedRecord) -> list[Added]:
    return [each for each in opened.added if each.stated.kind in _OF_CONSENT]


def _lines(opened: OpenedRecord, policy: Policy, where_held: str | None) -> Iterator[str]:
    facts = opened.facts
    if opened.history.is_use_stopped:
        yield "WITHDRAWN: not to be used"
    yield from (f"{label}: {text}" for label, text in hold_rows(where_held, policy))
    consent = facts.consent
    yield f"{opened.manifest.reference}   filed for {facts.decision.purpose.label}"
    yield f"  agreed      {consent.basis.label}: {consent.giver.label}, {consent.form.label}"
    yield f"  asked by    {consent.obtained_by}, {show_date(consent.obtained_at)}"
    yield from (f"  {label:11} {text}" for label, text in filed_form_rows(opened))
    for each in _of_consent(opened):
        said = each.content.said
        remark = _remark(opened, said, policy) if isinstance(said, ConsentDocument) else ""
        yield f"{show_date(each.stated.at.date())}   {KINDS[each.stated.kind]}{remark}"
        yield f"  by          {each.content.by or 'nobody is named'}"
        yield from (f"  {label:11} {text}" for label, text in said_rows(said))


def _remark(opened: OpenedRecord, said: ConsentDocument, policy: Policy) -> str:
    if not any(said is one for one in opened.agreed):
        return " (withdrawn since)"
    is_enough = suffices(opened, said, policy, today=datetime.now().astimezone().date())
    return "" if is_enough else " (no more enough, as the record is now)"


def _json(opened: OpenedRecord, policy: Policy, where_held: str | None) -> Iterator[dict[str, object]]:
    today = datetime.now().astimezone().date()
    consent = opened.facts.consent
    counts = [each for each in opened.agreed if suffices(opened, each, policy, today=today)]
    yield {
        "type": "consent",
        "record": opened.manifest.reference,
        "purpose": opened.facts.decision.purpose.value,
        "basis": consent.basis.value,
        "giver": consent.giver.value,
        "form": consent.form.value,
        "on": consent.obtained_at.isoformat(),
        "withdrawn": opened.history.is_use_stopped,
        "safeguarding_hold": where_held,
        "document": consent.document,
        "purposes": sorted(consent.covers),
        "counts": opened.agreed_at_filing in counts if opened.agreed_at_filing else False,
    }
    for each in _of_consent(opened):
        said = each.content.said
        is_form = isinstance(said, ConsentDocument)
        yield {
            "type": "change",
            "record": opened.manifest.reference,
            "kind": each.stated.kind.value,
            "at": each.stated.at.isoformat(),
            "purposes": sorted(said.scope) if isinstance(said, ConsentDocument) else [],
            "counts": any(said is one for one in counts) if is_form else True,
        }
