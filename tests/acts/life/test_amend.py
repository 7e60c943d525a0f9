"""Amending a record: every answer but whose photo it is, judged by every rule anew, and nothing of before is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from imgfile.acts.disclosure.open import admit, read_facts
from imgfile.acts.life import amend as act
from imgfile.acts.life.amend import Draft
from imgfile.acts.life.person import Actor, admit_person, expect_open_to_additions
from imgfile.clinical.interview.confirmation import confirmation
from imgfile.clinical.permitted_uses import exportable_for, refuse_export
from imgfile.clinical.vocabulary import Provenance, Purpose
from imgfile.errors import AnswerInvalid, Damaged, RefusedByRule, UsageError
from imgfile.vault import layout
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.history import History
from imgfile.vault.records import manifest
from imgfile.vault.roster.model import Role
from kit.vault.filings import DOCTOR, KNEE, MOLE, RASH, Script, filed, flags, nobody
from kit.vault.joining import account, joined
from kit.vault.lives import NOTE, Life
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, Practice, as_format_1, clinician_of

INTIMATE = {**MOLE, "body_site": "groin", "intimate": "yes", "view_once": "no"}


def signer(practice: Practice) -> Actor:
    """Be the founder."""
    return admit_person(practice.vault, [clinician_of(practice)], frozenset({Role.CLINICIAN}), "amend a record")


def draft_of(life: Life) -> Draft:
    """Begin amending a record as it is now."""
    return act.begin(life.practice.vault, life.opened(), DOCTOR)


def amended(life: Life, draft: Draft) -> History:
    """Sign what was drafted."""
    life.at += timedelta(minutes=1)
    return act.amend(life.practice.vault, draft, "typed wrong", signer(life.practice), at=life.at)


def by_flags(life: Life, **answers: str) -> Draft:
    """Amend by flags, where nobody can be asked."""
    return act.take(draft_of(life), flags(answers), None)


RESTING = {slug: MOLE[slug] for slug in ("basis", "form")}
"""What rests on a birth date, and is asked anew with it."""
CHANGED = {
    "body_site": ("right shoulder", "decision", "body_site", "right shoulder"),
    "purpose": ("monitoring_response", "decision", "purpose", "monitoring_response"),
    "dob": ("4/3/71", "patient", "born", "1971-03-04"),
    "obtained_at": ("19/11/2026", "consent", "obtained_at", "2026-11-19"),
    "form": ("written_signed", "consent", "form", "written_signed"),
    "explained": ("why", "consent", "explained", ["why"]),
    "rationale": ("Growing for six weeks, triage for 2WW, told at length", "decision", "rationale", None),
    "objection": ("no", "decision", "objection", False),
}


@pytest.mark.parametrize("slug", CHANGED)
def test_an_answer_is_amended_and_nothing_else_is(practice: Practice, slug: str) -> None:
    """By flags; the vault verifies, with and without keys, and what was filed stays readable."""
    life = Life.begin(practice)
    filed = life.opened().facts
    text, part, key, value = CHANGED[slug]
    draft = by_flags(life, **{**(RESTING if slug == "dob" else {}), slug: text})
    assert draft.changes == {part: {key: text if value is None else value}}
    history = amended(life, draft)
    assert [(each.signer.is_station, each.kind) for each in history.additions] == [(False, "amendment")]
    opened = life.opened()
    assert opened.filed.facts == filed
    assert opened.facts.provenance[slug] is Provenance.FLAG
    assert draft_of(life).changes == {}
    assert [*verify(practice.vault), *verify_openings(practice.vault, life.keys)] == []


@pytest.mark.parametrize("slug", ["patient", "scheme"])
def test_whose_photo_it_is_is_moved_and_never_amended(practice: Practice, slug: str) -> None:
    """By either door."""
    draft = draft_of(Life.begin(practice))
    with pytest.raises(UsageError, match="is moved, not amended"):
        act.take(draft, flags({slug: "9434765870"}), None)
    with pytest.raises(UsageError, match="is moved, not amended"):
        act.change(draft, slug, nobody)


def test_nothing_amended_is_no_amendment(practice: Practice) -> None:
    """An answer given again as it was."""
    life = Life.begin(practice)
    for draft in (draft_of(life), by_flags(life, body_site="left shoulder")):
        with pytest.raises(UsageError, match="nothing is amended"):
            amended(life, draft)
    assert life.history.additions == ()


def test_an_amended_birth_date_has_a_new_mark(practice: Practice) -> None:
    """By which the number is recognised since."""
    life = Life.begin(practice)
    history = amended(life, by_flags(life, dob="4/3/71", **RESTING))
    mark = open_pseudonyms(practice.vault).birth_guard(life.of.folder, date(1971, 3, 4))
    assert history.birth_guards == {mark} != {life.of.birth_guard}


ADULT_TO_CHILD = {"dob": "14/9/2012", "basis": "parental_responsibility", "giver": "mother", "pr_evidence": "stated"}


@pytest.mark.parametrize(
    ("answers", "change"),
    [(INTIMATE, ADULT_TO_CHILD), (KNEE, {"body_site": "nappy area"}), (KNEE, {"intimate": "yes"})],
    ids=["another birth date", "another site", "marked"],
)
def test_what_becomes_an_intimate_photo_of_a_child_is_refused_where_nobody_attests(
    practice: Practice, answers: dict[str, str], change: dict[str, str]
) -> None:
    """R9, at every door: also with every safeguard by flag."""
    life = Life.begin(practice, answers)
    draft = draft_of(life)
    for more in ({}, {"safeguards": "1245 67"}, {"safeguards": "1245 67", "attested_by": "Dr A. Example, GMC 7654321"}):
        with pytest.raises((RefusedByRule, AnswerInvalid)):
            act.take(draft, flags({**change, **more}), None)
    assert life.history.additions == ()


def test_what_becomes_an_intimate_photo_of_a_child_is_attested_by_who_amends_it(practice: Practice) -> None:
    """At the terminal the safeguards are asked, and whoever signs attests."""
    life = Life.begin(practice, KNEE)
    script = Script(["nappy area", "", "1245 67", "", "", "", ""])
    draft = act.change(draft_of(life), "body_site", script)
    assert draft.filing is not None
    assert draft.filing.is_intimate
    assert draft.filing.attested_by == DOCTOR
    assert any("Safeguards" in words or "1 needed" in words for words in script.words), script.words
    history = amended(life, draft)
    assert history.effects == {Effect.INTIMATE}
    assert life.opened().facts.decision.attested_by == DOCTOR


def test_who_says_that_it_is_not_intimate_ends_every_mark_that_they_knew(practice: Practice) -> None:
    """Of the filing, and of the computer at reception; a mark that comes at the same time stays."""
    life = Life.begin(practice, INTIMATE)
    vault = practice.vault
    act.mark_intimate(vault, life.of, "seen at reception", None, at=life.at)
    draft = act.take(draft_of(life), flags({"body_site": "left knee", "intimate": "no"}, Provenance.TYPED), nobody)
    act.mark_intimate(vault, life.of, "seen at reception again", None, at=life.at)
    history = amended(life, draft)
    assert len(history.additions[-1].ends) == 2
    assert life.of.digest in history.additions[-1].ends
    assert history.effects == {Effect.INTIMATE}
    opened = life.opened()
    assert opened.facts.decision.intimate_site is not None
    assert [dispute.path[1] for dispute in opened.disputes] == ["intimate_site"]
    draft = act.take(draft_of(life), flags({"body_site": "left knee", "intimate": "no"}, Provenance.TYPED), nobody)
    assert amended(life, draft).effects == set()
    assert life.opened().disputes == ()


@pytest.mark.parametrize("site", ["groin", "xx"], ids=["an intimate site", "a site in no list"])
def test_r10_by_flags_nobody_makes_an_intimate_photo_an_ordinary_one(practice: Practice, site: str) -> None:
    """As at moving, accepting and a change of number: that it is not, a clinician says at the terminal."""
    life = Life.begin(practice, {**INTIMATE, "body_site": site})
    for answers in ({"intimate": "no"}, {"body_site": "left knee", "intimate": "no"}):
        with pytest.raises(RefusedByRule) as refused:
            by_flags(life, **answers)
        assert refused.value.rule == "R10"
    typed = act.take(draft_of(life), flags({"intimate": "no"}, Provenance.TYPED), nobody)
    assert typed.filing is not None
    assert not typed.filing.is_intimate


def test_who_ends_a_mark_of_a_photo_that_was_filed_as_ordinary_ends_that_alone(practice: Practice) -> None:
    """Its manifest said nothing of it."""
    life = Life.begin(practice)
    act.mark_intimate(practice.vault, life.of, "seen at reception", None, at=life.at)
    draft = act.take(draft_of(life), flags({"intimate": "no"}, Provenance.TYPED), nobody)
    history = amended(life, draft)
    assert history.additions[-1].ends == (history.additions[0].digest,)
    assert history.effects == set()


def test_a_photo_that_it_follows_and_that_is_damaged_stays_as_it_was_said(practice: Practice) -> None:
    """It is offered where it is sound; nothing else of the patient's is read for it."""
    first = Life.begin(practice)
    done = practice.file_decided(
        filed(MOLE),
        b"later",
        forge=lambda facts: replace(facts, decision=replace(facts.decision, follows=first.of.record)),
    )
    later = Life(practice, manifest.load(practice.vault, done.patient, done.record))
    assert [each.reference for each in act.followed(practice.vault, later.opened())] == [first.of.reference]
    (practice.folder / layout.manifest(first.of.folder, first.of.record)).write_bytes(b"damaged")
    assert act.followed(practice.vault, later.opened()) == []


def test_two_drafts_at_once_both_count_and_both_are_shown(practice: Practice) -> None:
    """Neither writer knew of the other: what they did not both change is taken from each."""
    life = Life.begin(practice)
    one, other = (
        by_flags(life, body_site="left knee", purpose="monitoring_response"),
        by_flags(life, body_site="left hip"),
    )
    amended(life, one)
    amended(life, other)
    opened = life.opened()
    assert (opened.facts.decision.body_site, opened.facts.decision.purpose) == ("left hip", Purpose.MONITORING_RESPONSE)
    assert [(each.counts, each.other) for each in opened.disputes] == [("left hip", "left knee")]
    amended(life, by_flags(life, body_site="left foot"))
    assert life.opened().disputes == ()


def test_a_mark_takes_effect_at_every_computer_at_once(practice: Practice, tmp_path: Path) -> None:
    """The second station opened the vault before; what it shows and lets leave is by the mark already."""
    life = Life.begin(practice, KNEE)
    second = joined(practice, tmp_path / "second")
    with account(tmp_path / "second"):
        reader = admit(second, practice.recovery)
        assert len(exportable_for(read_facts(second, life.of, reader).facts)) > 1
    act.mark_intimate(practice.reopened(), life.of, "shows more than the knee", None, at=NOON)
    with account(tmp_path / "second"):
        facts = read_facts(second, life.of, reader).facts
        assert exportable_for(facts) == (Purpose.REFERRAL_ADVICE,)
        with pytest.raises(RefusedByRule, match="intimate photo of a child"):
            refuse_export(facts, Purpose.DIAGNOSIS)


def test_what_was_hidden_from_the_folder_is_missed_by_both_computers(practice: Practice, tmp_path: Path) -> None:
    """The one that saw it by its memory, the one that never did by the trail; neither opens nor adds."""
    life = Life.begin(practice, KNEE)
    second = joined(practice, tmp_path / "second")
    vault = practice.reopened()
    history = act.mark_intimate(vault, life.of, "shows more than the knee", None, at=NOON)
    (practice.folder / history.additions[0].note).unlink()
    with pytest.raises(Damaged, match="not there any more"):
        expect_open_to_additions(vault, life.of)
    with pytest.raises(Damaged, match="not there any more"):
        read_facts(vault, life.of, admit(vault, practice.recovery))
    assert {finding.kind.is_damage for finding in verify(vault)} >= {True}
    with account(tmp_path / "second"):
        assert {finding.kind.is_damage for finding in verify(second)} >= {True}


def test_a_hidden_addition_that_another_one_knew_is_missed_by_who_never_saw_it(
    practice: Practice, tmp_path: Path
) -> None:
    """Its digest stands in the one after it."""
    life = Life.begin(practice, KNEE)
    second = joined(practice, tmp_path / "second")
    vault = practice.reopened()
    history = act.mark_intimate(vault, life.of, "shows more than the knee", None, at=NOON)
    replace(life, practice=replace(practice, vault=vault)).add(NOTE)
    (practice.folder / history.additions[0].note).unlink()
    with account(tmp_path / "second"), pytest.raises(Damaged, match="something that was added"):
        read_facts(second, life.of, admit(second, practice.recovery))


def test_only_a_clinician_amends(practice: Practice) -> None:
    """Neither a manager nor the recovery key."""
    practice, manager = enrol_person(practice, "Ms M. Manager", "", Role.PRIVACY_LEAD)
    for identity in (manager.identity, *practice.recovery):
        with pytest.raises(RefusedByRule, match="only a clinician may amend a record"):
            admit_person(practice.vault, [identity], frozenset({Role.CLINICIAN}), "amend a record")


def test_a_gone_record_and_one_in_a_vault_of_format_1_take_no_additions(practice: Practice) -> None:
    """Said before anybody is asked for anything."""
    life = Life.begin(practice)
    life.move_away()
    with pytest.raises(RefusedByRule, match="filed for the wrong patient"):
        expect_open_to_additions(practice.vault, life.of)


def test_a_vault_of_format_1_takes_no_additions(practice: Practice) -> None:
    """It knows none; the way to format 2 is named."""
    old = as_format_1(practice)
    done = old.file()
    with pytest.raises(UsageError, match="format 1"):
        expect_open_to_additions(old.vault, manifest.load(old.vault, done.patient, done.record))


def test_amending_by_who_opened_a_gone_record_before_is_refused(practice: Practice) -> None:
    """It was moved while somebody typed: nothing is added to what is gone."""
    life = Life.begin(practice)
    draft = by_flags(life, body_site="left knee")
    life.move_away()
    with pytest.raises(RefusedByRule, match="filed for the wrong patient"):
        amended(life, draft)


def test_an_attested_photo_is_amended_at_the_terminal_alone_and_wants_the_digits_again(practice: Practice) -> None:
    """Its safeguards were typed at filing, and whoever amends it attests what it says then (R9)."""
    life = Life.begin(practice, RASH)
    rationale = "Worse despite usual care; told the mother why, at some length, twice"
    with pytest.raises(RefusedByRule, match="at the terminal"):
        by_flags(life, rationale=rationale)
    draft = act.take(draft_of(life), flags({"rationale": rationale}, Provenance.TYPED), nobody)
    assert draft.filing is not None
    assert confirmation(draft.filing).needs_digits
    assert draft.changes == {"decision": {"rationale": rationale}}
