"""A filed photo's facts as sections for a screen: what holds now, and what was added since it was filed."""

from __future__ import annotations

import json as json_text
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, TypeAlias

from imgfile.acts.disclosure.agreed import agreed_by
from imgfile.cli.formats import show_local_moment
from imgfile.cli.life.on_hold import hold_rows
from imgfile.clinical.dates import show_age, show_date
from imgfile.clinical.permitted_uses import exportable_for, lacks_attestation, shows_child_intimately
from imgfile.clinical.policy import Policy
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.additions import (
    Amendment,
    ConsentDocument,
    HandOver,
    Reason,
    Said,
    Withdrawal,
    Words,
)
from imgfile.clinical.record.model import Record, SourceKind
from imgfile.clinical.vocabulary import Capacity, MinorCompetence, Provenance, Purpose, Safeguard, in_words
from imgfile.images.metadata.summary import describe
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life.addition import AdditionKind, Effect
from imgfile.vault.life.open import Added, OpenedRecord
from imgfile.vault.records.manifest import Cause, Manifest

Section: TypeAlias = tuple[str, list[tuple[str, str]]]
"""A title, and rows of a label and a text."""

KINDS = {
    AdditionKind.AMENDMENT: "amended",
    AdditionKind.CLINICAL_NOTE: "note",
    AdditionKind.OUTCOME: "outcome",
    AdditionKind.CONSENT_DOCUMENT: "consent",
    AdditionKind.CONSENT_CHANGE: "consent",
    AdditionKind.USE_STOPPED: "withdrawn",
    AdditionKind.HAND_OVER: "handed over",
    AdditionKind.HOLD: "legal hold",
    AdditionKind.HOLD_LIFTED: "hold lifted",
}
"""What an addition is called in a list."""


def sections(opened: OpenedRecord, policy: Policy | None, where_held: str | None) -> Iterator[Section]:
    """Yield what holds of a record now, under the practice's policy of today; None where that cannot be read here.

    `where_held` is the computer where its photo is on a safeguarding hold; empty for none, None where nobody can know.
    """
    facts = opened.facts
    yield _standing(opened, policy, where_held)
    yield from (_patient(facts), _photo(facts), _consent(opened, policy), _safeguards(facts), _record(facts))
    yield (
        "Added",
        [row for each in opened.added if not isinstance(each.content.said, Amendment) for row in _short(each)],
    )


_CAME: Final = {
    Cause.MOVED: "where it was filed for the wrong patient",
    Cause.REKEYED: "under the number before",
    Cause.ACCEPTED: "of the inbox",
}
"""Where a photo was before, and never whose."""


def _came_from(filed: Manifest) -> list[tuple[str, str]]:
    origin = filed.origin
    if origin is None:
        return []
    return [("came from", f"{layout.reference(origin.start)}, {_CAME[origin.how]}, {show_local_moment(origin.first)}")]


def history_sections(vault: Vault, opened: OpenedRecord) -> Iterator[Section]:
    """Yield what a record said at filing and says otherwise now, then everything that was added, in order.

    Each with when and on which computer; of what was added, who said it.
    """
    filed = opened.manifest
    yield f"Filed, {_when_and_where(vault, filed.filed_at, filed.station)}", [*_came_from(filed), *_as_filed(opened)]
    for each in opened.added:
        rows = [
            ("by", _by(vault, each)),
            *said_rows(each.content.said),
            *(
                [("takes effect", ", ".join(sorted(effect.value.replace("_", " ") for effect in each.stated.effects)))]
                if each.stated.effects
                else []
            ),
        ]
        title = KINDS[each.stated.kind].capitalize()
        yield f"{title}, {_when_and_where(vault, each.stated.at, each.stated.station)}", rows


def _when_and_where(vault: Vault, at: datetime, station: str) -> str:
    return f"{show_local_moment(at)} on {vault.roster.station_names.get(station, 'a computer')}"


def _as_filed(opened: OpenedRecord) -> list[tuple[str, str]]:
    """Return the answers that an amendment changed since, as they were at filing: nothing of most records."""
    parts = json_text.loads(record_json.dump(opened.filed.facts))
    changed = {
        (part, key): None
        for each in opened.added
        if isinstance(each.content.said, Amendment)
        for part, values in each.content.said.changes.items()
        for key in values
    }
    return [(key.replace("_", " "), f"was {_plain(parts[part].get(key))}") for part, key in changed]


def signed_by(vault: Vault, each: Added) -> str:
    """Return which person signed an addition, by the roster; empty where a computer signed it."""
    signer = each.stated.signer
    return "" if signer.is_station else vault.roster.title_of(signer.name) or signer.person


def _by(vault: Vault, each: Added) -> str:
    """Return who says it and who signed it: the first is asserted, the second is proven."""
    said, signed = str(each.content.by) if each.content.by else "", signed_by(vault, each)
    if not signed:
        return f"{said or 'nobody is named'}; signed by the computer"
    return f"{signed}; signed" if said in {"", signed} else f"{said}; signed by {signed}"


def _standing(opened: OpenedRecord, policy: Policy | None, where_held: str | None) -> Section:
    """Return what must be known of a record before anything else."""
    history, rows = opened.history, []
    if history.is_use_stopped:
        rows.append(("consent", "WITHDRAWN: not to be used"))
    if history.is_held:
        rows.append(("legal hold", "nothing of it is destroyed"))
    rows += hold_rows(where_held, policy)
    if Effect.INTIMATE in history.effects and opened.filed.facts.decision.intimate_site is None:
        rows.append(("intimate", "it counts as intimate since it was filed"))
    if lacks_attestation(opened.facts):
        rows.append(("safeguards", f"of a child, and NOT ATTESTED (R9):  imgfile amend {opened.manifest.reference}"))
    rows += (
        ("lost", f"what was said on {show_date(each.at.date())} ({KINDS[each.kind]}), in a restore: ask again")
        for each in opened.wordless
    )
    for dispute in opened.disputes:
        part = dispute.path[1].replace("_", " ")
        rows.append(("two said", f"{part}: {_plain(dispute.counts)}, which counts, and {_plain(dispute.other)}"))
    return "Mind", rows


def standing(opened: OpenedRecord, where_held: str | None) -> dict[str, object]:
    """Return for a script what must be known of a record before anything else, as the page says it first."""
    history = opened.history
    return {
        "withdrawn": history.is_use_stopped,
        "held": history.is_held,
        "safeguarding_hold": where_held,
        **({"not_attested": True} if lacks_attestation(opened.facts) else {}),
        "lost": [{"kind": each.kind.value, "at": each.at.isoformat()} for each in opened.wordless],
        "two_said": [{"answer": each.path[1], "counts": each.counts, "other": each.other} for each in opened.disputes],
    }


def _short(each: Added) -> list[tuple[str, str]]:
    said = "; ".join(text for _, text in said_rows(each.content.said))
    return [(KINDS[each.stated.kind], f"{show_date(each.stated.at.date())}: {said}")]


def said_rows(said: Said) -> list[tuple[str, str]]:
    """Return what an addition says, as rows of a label and a text."""
    match said:
        case Amendment():
            changed = [
                (key.replace("_", " "), f"now {_plain(value)}")
                for values in said.changes.values()
                for key, value in values.items()
            ]
            return [*changed, ("why", said.reason)]
        case Words():
            return [("text", said.text)]
        case ConsentDocument():
            uses = ", ".join(sorted(purpose.label for purpose in said.scope))
            asked = f"asked by {said.obtained_by}, {show_date(said.obtained_at)}"
            rows = [("for", uses), ("agreed", f"{said.giver.label}, {said.form.label}; {asked}")]
            if said.outlet:
                rows.append(("published in", said.outlet))
            if said.digest:
                rows.append(("document", f"{said.media_type}, SHA-256 {said.digest}"))
            return rows
        case Withdrawal():
            rows = [("who", f"{said.giver.label}, {said.form.label}"), ("led to", said.outcome.label)]
            return [*rows, *([("why", said.reason)] if said.reason else [])]
        case Reason():
            return [("why", said.reason)]
        case HandOver():
            return [("where", f"{said.where}, {show_date(said.on)}")]


def _plain(value: object) -> str:
    """Return a value of a record's facts, as these spell it, in words."""
    if value is None or value == "":
        return "not said"
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_plain(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _plain_text(str(value))


def _plain_text(text: str) -> str:
    try:
        return show_date(date.fromisoformat(text))
    except ValueError:
        return text.replace("_", " ") if text.isidentifier() else text


def _patient(facts: Record) -> Section:
    born, decided = facts.date_of_birth, facts.decision.decided_on
    rows = [
        ("number", f"{facts.patient.scheme.label} {facts.patient.grouped}"),
        ("born", f"{show_date(born)}, {show_age(born, decided)} when it was filed"),
    ]
    return "Patient", rows


def _photo(facts: Record) -> Section:
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


def may_leave_for(opened: OpenedRecord, policy: Policy) -> tuple[Purpose, ...]:
    """Return what a copy may leave for now: nothing once its use is stopped.

    An intimate photo of a child goes into our own clinical record where the policy says so, and only by a clinician at
    the terminal (R9).
    """
    if opened.history.is_use_stopped:
        return ()
    later = agreed_by(opened, policy, today=datetime.now().astimezone().date())
    return exportable_for(opened.facts, later, may_hand_over=policy.may_hand_over_intimate_under_18)


def _leaves_for(opened: OpenedRecord, policy: Policy | None) -> str:
    if policy is None:
        return "not known here, without the practice's policy"
    is_attended = shows_child_intimately(opened.facts)
    remarks = {Purpose.OWN_CLINICAL_RECORD: " (a clinician, at the terminal)"} if is_attended else {}
    words = (f"{each.label}{remarks.get(each, '')}" for each in may_leave_for(opened, policy))
    return ", ".join(words) or "nothing"


def _consent(opened: OpenedRecord, policy: Policy | None) -> Section:
    facts = opened.facts
    consent, decision = facts.consent, facts.decision
    rows = [
        ("purpose", decision.purpose.label),
        ("may leave for", _leaves_for(opened, policy)),
        ("origin", decision.origin.label),
        ("basis", consent.basis.label),
        ("agreed", f"{consent.giver.label}, {consent.form.label}"),
        ("asked by", f"{consent.obtained_by}, {show_date(consent.obtained_at)}"),
        ("explained", ", ".join(sorted(one.label for one in consent.explained))),
        ("known from", consent.pr_evidence.label if consent.pr_evidence else ""),
        ("capacity", _assessed(consent.capacity, consent.capacity_evidence)),
        ("decided by", ", by ".join(filter(None, (consent.decided_by, consent.authority)))),
        ("consulted", consent.consulted),
        ("competence", _assessed(_told(consent.minor_competence), consent.competence_evidence)),
        *filed_form_rows(opened),
        ("document", f"SHA-256 {consent.document}" if consent.document and opened.filed_form is None else ""),
        ("objection", _objection(facts)),
        ("view once", "sent to vanish; they agreed that it is kept" if decision.view_once else ""),
        ("rationale", decision.rationale),
    ]
    return "Purpose and consent", [row for row in rows if row[1]]


def filed_form_rows(opened: OpenedRecord) -> list[tuple[str, str]]:
    """Return the signed form that a photo was filed with, and what it is for; nothing of most."""
    form, consent = opened.filed_form, opened.filed.facts.consent
    if form is None:
        return []
    is_over = bool(consent.covers) and opened.agreed_at_filing not in opened.agreed
    uses = in_words(consent.covers) or "care"
    rows = [("signed form", f"{form.media_type}, {len(form.data):,} bytes{'; withdrawn since' if is_over else ''}")]
    rows.append(("form covers", f"{uses}{f'; published in {consent.outlet}' if consent.outlet else ''}"))
    if consent.covers:
        who = "the patient may be recognised" if consent.is_recognisable else "only where nobody can be recognised"
        rows.append(("copies", who))
    return rows


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


def _safeguards(facts: Record) -> Section:
    decision = facts.decision
    answers = decision.safeguards or {}
    rows = [("yes" if answers[one] else "NO", one.label) for one in Safeguard if one in answers]
    if decision.attested_by:
        rows.append(("attested by", str(decision.attested_by)))
    return "Safeguards", rows


def _record(facts: Record) -> Section:
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
