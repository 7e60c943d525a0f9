"""`imgfile show RECORD`: the sealed facts of one filed photo, in sections that a tired GP can scan.

It is not entered in the audit trail: R20 is about photos, and a practice must be able to read its records with the
recovery key from a vault that can no longer be written.
"""

from __future__ import annotations

import json as json_text
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import typer

from imgfile.acts.disclosure.open import admit, expect_looking, read_facts
from imgfile.cli.formats import show_local_moment
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import (
    RecordArgument,
)
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.dates import show_age, show_date
from imgfile.clinical.permitted_uses import exportable_for
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Record, SourceKind
from imgfile.clinical.vocabulary import Capacity, MinorCompetence, Provenance, Safeguard
from imgfile.images.metadata.summary import describe
from imgfile.terminal import Terminal, sanitise
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records.find import find
from imgfile.vault.records.open import Opened

_LABEL_COLUMNS: Final = 14
_WIDTH_COLUMNS: Final = 80

_Section = tuple[str, list[tuple[str, str]]]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show", help="Show the facts of one filed photo.")(show)


@with_terminal("no_input", "json")
@with_vault_and_identities
def show(*, record: RecordArgument, vault: Vault, identities: Identities, terminal: Terminal) -> None:
    """Open a record's facts and print them."""
    expect_looking(vault)
    found = find(vault, record)
    refuse([identities.problem()], "show")
    opened = read_facts(vault, found, admit(vault, identities.unlock()))
    if terminal.is_json:
        facts = json_text.loads(record_json.dump(opened.facts))
        terminal.data({"type": "facts", "record": found.reference, "facts": facts})
    else:
        terminal.page("".join(f"{sanitise(line)}\n" for line in _page(vault, opened)))


def _page(vault: Vault, opened: Opened) -> Iterator[str]:
    facts, filed = opened.facts, opened.manifest
    computer = vault.roster.station_names.get(filed.station)
    where = f" on {computer}" if computer else ""
    yield f"{filed.reference}   filed {show_local_moment(filed.filed_at)}{where}"
    for title, rows in (_patient(facts), _photo(facts), _consent(facts), _safeguards(facts), _record(facts)):
        if rows:
            yield ""
            yield title
        for label, text in rows:
            yield from _wrapped(label, text)


def _wrapped(label: str, text: str) -> Iterator[str]:
    indent = " " * (2 + _LABEL_COLUMNS)
    for number, paragraph in enumerate(text.splitlines()):
        first = f"  {'' if number else label:{_LABEL_COLUMNS}}"
        yield from textwrap.wrap(paragraph, _WIDTH_COLUMNS, initial_indent=first, subsequent_indent=indent)


def _patient(facts: Record) -> _Section:
    born, decided = facts.date_of_birth, facts.decision.decided_on
    rows = [
        ("number", f"{facts.patient.scheme.label} {facts.patient.grouped}"),
        ("born", f"{show_date(born)}, {show_age(born, decided)} when it was filed"),
    ]
    return "Patient", rows


def _photo(facts: Record) -> _Section:
    picture, decision = facts.picture, facts.decision
    intimate = f"intimate: {decision.intimate_site.label}" if decision.intimate_site else decision.sensitivity.label
    format_name = picture.media_type.partition("/")[2].upper()
    rows = [
        ("body site", f"{decision.body_site} ({intimate})"),
        ("picture", f"{format_name} {picture.width} x {picture.height}"),
        ("taken", _taken(facts)),
        *([("its date", decision.date_reason)] if decision.date_reason else []),
        *([("shows too", f"another patient: {decision.shows_another}")] if decision.shows_another else []),
        ("removed", describe(picture.removed)),
        ("came from", _source(facts)),
    ]
    if facts.source.sent_at:
        rows.append(("sent", _sent(facts.source.sent_at)))
    if decision.follows:
        rows.append(("follows", layout.reference(decision.follows)))
    return "Photo", rows


def _taken(facts: Record) -> str:
    taken = facts.picture.taken_at
    return f"{show_date(taken.date())} {taken:%H:%M}, by the camera's clock" if taken else "the photo did not tell"


def _source(facts: Record) -> str:
    source = facts.source
    if source.kind is not SourceKind.MAIL:
        return source.name or source.kind.label
    parts = (f'"{source.subject}"', f"from {source.sender}", f"in {source.name}")
    return ", ".join(part for part in parts if part.split(" ", 1)[-1] not in {"", '""'})


def _sent(text: str) -> str:
    try:
        return show_local_moment(datetime.fromisoformat(text))
    except ValueError:
        return text


def _consent(facts: Record) -> _Section:
    consent, decision = facts.consent, facts.decision
    rows = [
        ("purpose", decision.purpose.label),
        ("may leave for", ", ".join(purpose.label for purpose in exportable_for(facts)) or "nothing"),
        ("origin", decision.origin.label),
        ("basis", consent.basis.label),
        ("agreed", f"{consent.giver.label}, {consent.form.label}"),
        ("asked by", f"{consent.obtained_by}, {show_date(consent.obtained_at)}"),
        ("explained", ", ".join(sorted(one.label for one in consent.explained))),
        ("known from", consent.pr_evidence.label if consent.pr_evidence else ""),
        ("capacity", _assessed(consent.capacity, consent.capacity_evidence)),
        ("competence", _assessed(_told(consent.minor_competence), consent.competence_evidence)),
        ("document", f"SHA-256 {consent.document}" if consent.document else ""),
        ("objection", _objection(facts)),
        ("view once", "sent to vanish; they agreed that it is kept" if decision.view_once else ""),
        ("rationale", decision.rationale),
    ]
    return "Purpose and consent", [row for row in rows if row[1]]


def _objection(facts: Record) -> str:
    """Return what was stated of an objection (R12); the first records wrote no for it where nobody had stated any."""
    objection, provenance = facts.decision.objection, facts.provenance.get("objection")
    if objection is None or provenance is Provenance.DERIVED:
        return "not stated"
    return "the patient objected" if objection else "none"


def _told(competence: MinorCompetence) -> MinorCompetence | None:
    return None if competence is MinorCompetence.NOT_ASSESSED else competence


def _assessed(found: Capacity | MinorCompetence | None, evidence: str) -> str:
    return "; ".join(filter(None, (found.label if found else "", evidence)))


def _safeguards(facts: Record) -> _Section:
    decision = facts.decision
    answers = decision.safeguards or {}
    rows = [("yes" if answers[one] else "NO", one.label) for one in Safeguard if one in answers]
    if decision.attested_by:
        rows.append(("attested by", str(decision.attested_by)))
    return "Safeguards", rows


def _record(facts: Record) -> _Section:
    sources = defaultdict(list)
    for slug, provenance in facts.provenance.items():
        sources[provenance.label].append(slug.replace("_", " "))
    answers = "\n".join(f"{label}: {', '.join(slugs)}" for label, slugs in sorted(sources.items()))
    policy = f"{facts.decision.nation.label}; intimate under-18s: {facts.decision.intimate_under_18.label}"
    rows = [
        ("original", f"SHA-256\n{facts.picture.original_digest}"),
        ("answers", answers),
        ("policy", policy),
        ("filed with", f"imgfile {facts.version}"),
    ]
    return "Record", [row for row in rows if row[1]]
