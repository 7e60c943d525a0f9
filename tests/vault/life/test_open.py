"""A record as it is now: what no clinician signed changes nothing but that the photo counts as intimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from imgfile.clinical.record.additions import Amendment, Content
from imgfile.clinical.record.current import Dispute
from imgfile.clinical.vocabulary import IntimateSite, Provenance
from imgfile.errors import Damaged, RefusedByRule, UsageError
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify_openings
from imgfile.vault.life import open as life_open
from imgfile.vault.life import write
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.burn import burn_keys
from imgfile.vault.life.contents import open_old_answers
from imgfile.vault.life.gone import How
from imgfile.vault.records import manifest
from imgfile.vault.records.open import Opened, open_facts
from imgfile.vault.roster.model import Role
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.lives import HOLD, LIFTED, NOTE, WITHDRAWN, Life, as_intimate, signed_form
from kit.vault.people import enrol_person
from kit.vault.practice import Practice

SITE = ("decision", "intimate_site")
OTHER = IntimateSite.OTHER_AS_REGARDED_BY_PATIENT
MARK = {"sensitivity": "intimate", "intimate_site": "other_as_regarded_by_patient"}
LOOSER: dict[str, Mapping[str, Any]] = {
    "another value beside it": {"decision": {**MARK, "objection": False}},
    "another part beside it": {"decision": MARK, "consent": {"obtained_by": "Dr M. Mallory"}},
    "another part alone": {"patient": {"born": "1971-03-03"}},
    "that it is not": {"decision": {"sensitivity": "none"}},
    "that no site is": {"decision": {**MARK, "intimate_site": None}},
    "no site that there is": {"decision": {**MARK, "intimate_site": "elbow"}},
    "no word": {"decision": {"intimate_site": ["external_genitalia"]}},
}


def _mark(changes: Mapping[str, Any], **more: Any) -> Amendment:  # noqa: ANN401 - of an Amendment
    return Amendment(changes=changes, reason="shows more than it should", **more)


@pytest.mark.parametrize("changes", LOOSER.values(), ids=LOOSER)
def test_a_mark_that_says_more_than_it_may_keeps_the_record_closed(
    practice: Practice, changes: Mapping[str, Any]
) -> None:
    """A computer may mark a photo as intimate; what it seals beside that, only a key sees: refused when opened."""
    record = Life.begin(practice)
    record.add(_mark(changes), Effect.INTIMATE)
    with pytest.raises(Damaged, match="says more than its note states"):
        record.opened()
    assert [finding.kind for finding in verify_openings(practice.vault, record.keys)] == [Kind.DAMAGED]


def test_a_mark_names_no_source_of_any_answer(practice: Practice) -> None:
    """Else a computer could say that a safeguard was typed."""
    record = Life.begin(practice)
    record.add(_mark({"decision": MARK}, provenance={"safeguards": Provenance.TYPED}), Effect.INTIMATE)
    with pytest.raises(Damaged, match="says more"):
        record.opened()


@pytest.mark.parametrize("how", [How.MOVED, How.WITHDRAWN])
def test_what_ends_while_it_is_opened_is_gone_and_not_damaged(
    practice: Practice, how: How, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another computer's tombstone comes between the look and the key: nobody is told to restore what was destroyed."""
    record, real = Life.begin(practice), open_facts

    def overtaken(*given: Any) -> Opened:  # noqa: ANN401 - of what is opened
        record.go(how)
        with practice.vault.station.locked():
            burn_keys(practice.vault, record.history)
        return real(*given)

    monkeypatch.setattr(life_open, "open_facts", overtaken)
    with pytest.raises(RefusedByRule, match=record.of.reference):
        record.opened()


def test_somebody_at_reception_with_an_identity_may_no_more_than_their_computer(practice: Practice) -> None:
    """A person signed, and no clinician did."""
    practice, desk = enrol_person(practice, "R. Desk", "", Role.RECEPTION)
    record = Life.begin(practice)
    record.add(as_intimate(), Effect.INTIMATE, key=desk.key)
    assert record.opened().facts.decision.intimate_site is OTHER
    record.add(_mark({"decision": {**MARK, "body_site": "left knee"}}), Effect.INTIMATE, key=desk.key)
    with pytest.raises(Damaged, match="says more"):
        record.opened()


@pytest.mark.parametrize(
    ("changes", "effects", "guard"),
    [
        ({"decision": {"intimate_site": "external_genitalia"}}, (), ""),
        ({"decision": {"intimate_site": None}}, (), ""),
        ({"decision": {"intimate_site": None}}, (Effect.INTIMATE,), ""),
        ({"patient": {"born": "1972-03-03"}}, (), ""),
        ({"decision": {"body_site": "left knee"}}, (), "ab"),
    ],
)
def test_what_a_clinician_seals_their_note_states(
    practice: Practice, changes: Mapping[str, Any], effects: tuple[Effect, ...], guard: str
) -> None:
    """Whoever has no key acts by the note alone: it must not say less."""
    record = Life.begin(practice)
    record.add(_mark(changes), *effects, key=record.founder, birth_guard=guard)
    with pytest.raises(Damaged, match="says more"):
        record.opened()


def test_a_mark_takes_no_listed_site_away(practice: Practice) -> None:
    """Reception marks what it cannot see: which site makes it intimate stays as a clinician said."""
    record = Life.begin(practice, RASH)
    filed = record.opened().facts
    record.add(as_intimate(), Effect.INTIMATE)
    assert record.opened().facts == filed


def test_of_a_mark_and_a_denial_at_once_the_mark_counts_and_both_are_shown(practice: Practice) -> None:
    """The clinician who said that it is ordinary did not know of the mark; one who knows of it ends it."""
    record = Life.begin(practice, RASH)
    before = record.history
    denial = _mark({"decision": {"sensitivity": "none", "intimate_site": None}})
    record.add(denial, Effect.ORDINARY, ends=(record.of.digest,), key=record.founder, to=before)
    assert record.opened().facts.decision.intimate_site is None
    record.add(as_intimate(), Effect.INTIMATE, to=before)
    opened = record.opened()
    assert opened.facts.decision.intimate_site is OTHER
    assert opened.disputes == (Dispute(SITE, OTHER.value, None),)
    ends = tuple(each.digest for each in opened.history.standing(Effect.INTIMATE))
    record.add(denial, Effect.ORDINARY, ends=ends, key=record.founder)
    again = record.opened()
    assert (again.facts.decision.intimate_site, again.disputes) == (None, ())


def test_a_mark_that_came_later_is_no_dispute(practice: Practice) -> None:
    """It knew what was said before it."""
    record = Life.begin(practice, RASH)
    denial = _mark({"decision": {"sensitivity": "none", "intimate_site": None}})
    record.add(denial, Effect.ORDINARY, ends=(record.of.digest,), key=record.founder)
    record.add(as_intimate(), Effect.INTIMATE)
    opened = record.opened()
    assert (opened.facts.decision.intimate_site, opened.disputes) == (OTHER, ())


def test_a_value_of_a_later_version_is_not_passed_over(practice: Practice) -> None:
    """An older imgfile that ignored it would show a record which nobody amended."""
    record = Life.begin(practice)
    record.add(_mark({"decision": {"lateral": "left"}}), key=record.founder)
    with pytest.raises(Damaged, match="what no record can say"):
        record.opened()


def test_whoever_lifts_a_hold_lifts_nothing_else(practice: Practice) -> None:
    """A privacy lead may release a hold: what it names in `ends` holds on, but for holds."""
    practice, lead = enrol_person(practice, "P. Lead", "", Role.PRIVACY_LEAD)
    record = Life.begin(practice)
    record.add(WITHDRAWN, Effect.USE_STOPPED)
    record.add(as_intimate(), Effect.INTIMATE)
    history = record.add(HOLD, Effect.HELD)
    everything = tuple(each.digest for each in history.additions)
    history = record.add(LIFTED, Effect.RELEASED, ends=everything, key=lead.key)
    assert history.effects == {Effect.USE_STOPPED, Effect.INTIMATE}
    assert [len(history.standing(effect)) for effect in (Effect.USE_STOPPED, Effect.INTIMATE, Effect.HELD)] == [1, 1, 0]
    assert record.opened().facts.decision.intimate_site is OTHER


def test_a_form_that_the_consent_does_not_name_keeps_the_record_closed(practice: Practice) -> None:
    """A computer gone bad sealed it there: nothing is published on it, and nobody is shown that the patient signed."""
    done = practice.file_decided(filed(MOLE), form=b"%PDF-1.7 of somebody else")
    record = Life(practice, manifest.load(practice.vault, done.patient, done.record))
    with pytest.raises(Damaged) as caught:
        record.opened()
    name = f"{layout.record(done.patient, done.record)}/{layout.FORM}"
    assert caught.value.message.endswith(f"{name} is not the form that the consent names.")


def test_what_did_not_move_kept_no_answers(practice: Practice) -> None:
    """Of a photo that was destroyed nothing stays."""
    record = Life.begin(practice)
    stone = record.go(How.WITHDRAWN)
    with pytest.raises(UsageError, match=f"^{record.of.reference} kept no answers"):
        open_old_answers(practice.vault, stone, record.keys)


def test_a_form_counts_where_whoever_added_it_knew_of_every_withdrawal(practice: Practice) -> None:
    """Of one is not enough: what was withdrawn since, or at once, ended it."""
    record = Life.begin(practice)
    record.add(WITHDRAWN, Effect.USE_STOPPED)
    first = record.add(signed_form(), key=record.founder)
    assert record.opened().agreed == (signed_form(),)
    record.add(WITHDRAWN, Effect.USE_STOPPED)
    assert record.opened().agreed == ()
    record.add(signed_form(), key=record.founder, to=first)  # by somebody who had not seen the second
    assert record.opened().agreed == ()


@pytest.mark.parametrize("part", ["vault", "pid", "record", "addition"])
def test_what_says_that_it_belongs_elsewhere_keeps_the_record_closed(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """A computer gone bad seals under this note what was said of another photo, or in another vault."""
    record, real = Life.begin(practice), write._content

    def elsewhere(*given: Any) -> Content:  # noqa: ANN401 - as the real one
        content, other = real(*given), dict[str, Any]({part: "a" * 32})
        return replace(content, place=replace(content.place, **other))

    monkeypatch.setattr(write, "_content", elsewhere)
    record.add(NOTE)
    with pytest.raises(Damaged, match="says what belongs elsewhere"):
        record.opened()
