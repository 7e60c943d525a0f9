"""Amending a record: an answer was wrong, and is another now. Nothing is edited: what was said before stays.

1. Everything but the photo and its patient can be amended; a photo of another patient is moved.
2. Every rule judges all answers anew, with the amended one, as on the day of filing; what is then missing is asked, and
   an intimate photo of a child is attested like a new one (R9).
3. A clinician signs. What does nothing but tighten, that the photo is intimate, any computer may sign.
4. A photo that counts as intimate through several amendments at once stays so until one that knew all of them says
   otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from imgfile.acts.life.attended import expect_attended, expect_intimate_stays
from imgfile.acts.life.person import Actor, facts_of
from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.filed import FIXED, FORM_SAYS, answered, as_it_stands, facts_before
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.interview.taken_over import taken_over
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.additions import Amendment
from imgfile.clinical.record.model import Decision, Record
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import Damaged, UsageError
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.history import History
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.life.standing import Standings, born_otherwise
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.records import manifest
from imgfile.vault.records.find import Catalogue, record_names
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.still_admitted import expect_still_admitted

if TYPE_CHECKING:
    from imgfile.clinical.interview.prompt import Ask


@dataclass(frozen=True)
class Draft:
    """A record's answers, as they would be with what was amended so far."""

    opened: OpenedRecord
    facts: Facts = field(repr=False)
    given: Mapping[str, Given] = field(repr=False)
    base: Facts = field(repr=False)
    """What stood before any question."""
    before: Mapping[str, Given] = field(repr=False)
    """The answers as they were."""
    left_on: Callable[[str], date | None] = field(repr=False)
    """Returns when somebody of a name left the practice."""
    filing: Filing | None = field(default=None, repr=False)
    """What the rules let stand; None before anything was amended."""

    @property
    def changes(self) -> dict[str, dict[str, object]]:
        """What the record says otherwise then; nothing where every answer is as it was."""
        if self.filing is None:
            return {}
        now = self.opened.facts
        return record_json.differences(now, with_answers(now, self.filing))


def begin(vault: Vault, opened: OpenedRecord, by: Person) -> Draft:
    """Begin with a record's answers as they are now; who amends it attests it where that is needed."""
    base = facts_of(vault, by, today=opened.facts.decision.decided_on)
    base = replace(base, filed_form=opened.filed_form)
    earlier = followed(vault, opened)
    facts, given = answered(opened.facts, base, earlier)
    return Draft(opened, facts, given, facts_before(opened.facts, base), given, vault.left_on)


def followed(vault: Vault, opened: OpenedRecord) -> list[EarlierPhoto]:
    """Return the photo that this one follows: the only one it can name without the patient's others being read."""
    follows = opened.facts.decision.follows
    if follows is None or follows not in record_names(vault, opened.manifest.folder):
        return []
    try:
        before = manifest.load(vault, opened.manifest.folder, follows)
    except Damaged:  # `verify` reports it; what it follows stays as it was said
        return []
    return [EarlierPhoto(follows, before.reference, before.filed_at.astimezone().date())]


def change(draft: Draft, slug: str, ask: Ask) -> Draft:
    """Have one answer amended; what rests on it is asked again, and every rule judges all of it.

    Raises `UsageError` for what no amendment changes, `AnswerInvalid`, `RefusedByRule`, `Cancelled`.
    """
    _expect_amendable([slug])
    return _completed(draft, Interview(draft.given, _base(draft, {slug}), ask, changing=slug))


def take(draft: Draft, given: Mapping[str, Given], ask: Ask | None) -> Draft:
    """Amend the answers that are given; what rests on them and fits no more is asked anew (`interview.taken_over`).

    Raises as `change` does.
    """
    _expect_amendable(given)
    expect_attended(draft.opened.facts, is_asked=ask is not None)
    answers = taken_over(draft.given, given, draft.facts)
    taken = _completed(draft, Interview(answers, _base(draft, set(given)), ask))
    if taken.filing is not None:
        expect_intimate_stays(draft.opened.facts, taken.filing, is_asked=ask is not None)
    return taken


def _base(draft: Draft, changed: set[str]) -> Facts:
    """Return what stands before any question, with the policy as it bears on what is amended."""
    amended = {slug for slug, answer in draft.given.items() if draft.before.get(slug) != answer}
    return as_it_stands(draft.opened.facts, draft.base, changed | amended)


def _expect_amendable(slugs: Iterable[str]) -> None:
    if FIXED.isdisjoint(slugs):
        return
    if FORM_SAYS.intersection(slugs):
        raise UsageError("what a signed form covers is not amended.", "Add another form:  imgfile consent add RECORD")
    raise UsageError("a photo of another patient is moved, not amended.", "imgfile move RECORD")


def _completed(draft: Draft, interview: Interview) -> Draft:
    interview.identify()
    filing = interview.complete(draft.facts.earlier or None, draft.opened.facts.decision.shows_another)
    asked, before = filing.consent, draft.opened.facts.consent
    if (asked.obtained_by, asked.obtained_at) != (before.obtained_by, before.obtained_at):
        filing.refuse_who_had_left(draft.left_on)
    return replace(draft, facts=interview.facts, given=interview.given, filing=filing)


def amend(vault: Vault, draft: Draft, reason: str, by: Actor, *, at: datetime) -> History:
    """Add an amendment that a clinician signs; return the record with it.

    Raises `UsageError` where nothing is amended, `NotWritable`, `Damaged`; then nothing was added.
    """
    if not draft.changes or draft.filing is None:
        raise UsageError("nothing is amended: every answer is as it was.", "Nothing was changed.")
    opened, filing = draft.opened, draft.filing
    said = Amendment(changes=draft.changes, reason=reason, provenance=_sources(draft))
    effects, ends = _effects(draft)
    guard = ""
    if filing.date_of_birth != opened.facts.date_of_birth:
        guard = open_pseudonyms(vault).birth_guard(opened.manifest.folder, filing.date_of_birth)
    new = NewAddition(said=said, by=by.person, at=at, effects=effects, ends=ends, birth_guard=guard)
    with vault.station.locked():
        expect_still_admitted(vault, by.holder)
        return add(vault, opened.history, new, by.key)


def born_otherwise_too(vault: Vault, draft: Draft) -> tuple[str, ...]:
    """Return the patient's records, by their references, that have another birth date than it has by now.

    Nothing where that was not amended. Until all agree nothing is filed under the number. Raises `Damaged`.
    """
    if draft.filing is None or draft.filing.date_of_birth == draft.opened.facts.date_of_birth:
        return ()
    folder, standings = draft.opened.manifest.folder, Standings(vault)
    guard = open_pseudonyms(vault).birth_guard(folder, draft.filing.date_of_birth)
    return born_otherwise(map(standings.of, Catalogue().records_of(vault, folder)), guard)


def mark_intimate(vault: Vault, of: Manifest, reason: str, by: Person | None, *, at: datetime) -> History:
    """Make a photo count as intimate everywhere at once: it only tightens, so it needs no identity.

    Raises `UsageError`, `NotWritable`, `Damaged`.
    """
    changes = {"decision": {"sensitivity": "intimate", "intimate_site": "other_as_regarded_by_patient"}}
    said = Amendment(changes=changes, reason=reason)
    new = NewAddition(said=said, by=by, at=at, effects=frozenset({Effect.INTIMATE}))
    with vault.station.locked():
        return add(vault, life.load(vault, of), new)


def _effects(draft: Draft) -> tuple[frozenset[Effect], tuple[Digest, ...]]:
    """Return what an amendment makes hold without any key, and whose effects it ends.

    Whoever says which site makes it intimate says that it is, whatever another one says at once.
    """
    decision, opened = draft.changes.get("decision", {}), draft.opened
    if "intimate_site" not in decision:
        return frozenset(), ()
    if decision["intimate_site"] is not None:
        return frozenset({Effect.INTIMATE}), ()
    ended = [each.digest for each in opened.history.standing(Effect.INTIMATE)]
    if opened.filed.facts.decision.intimate_site is not None:
        ended.append(opened.manifest.digest)
    return frozenset({Effect.ORDINARY}), tuple(ended)


def with_answers(now: Record, filing: Filing) -> Record:
    """Return a record with the answers of a filing, judged by today's policy and kept under the one it was filed by."""
    decision = replace(
        Decision.of(filing), nation=now.decision.nation, intimate_under_18=now.decision.intimate_under_18
    )
    if filing.follows is None:
        decision = replace(decision, follows=now.decision.follows)
    return replace(now, date_of_birth=filing.date_of_birth, decision=decision, consent=filing.consent)


def _sources(draft: Draft) -> dict[str, Provenance]:
    """Return where each answer came from that is another now, or from elsewhere."""
    before = draft.opened.facts.provenance
    return {slug: how for slug, how in draft.facts.provenance.items() if before.get(slug) is not how}
