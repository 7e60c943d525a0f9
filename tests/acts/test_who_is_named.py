"""Who may be said to have asked for a photo, and who may attest one, wherever answers are given (R9, R26)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from imgfile.acts.inbox import decide as deciding
from imgfile.acts.ingest.context import Run
from imgfile.acts.life import amend, move
from imgfile.acts.life.agree import Agreement, expect_agreement
from imgfile.acts.options import Wishes
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove
from imgfile.acts.practice.policy import change_policy
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.prompt import Ask
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.additions import ConsentDocument
from imgfile.clinical.vocabulary import AttesterRole, ConsentForm, Provenance, Purpose, WhoMayAsk
from imgfile.errors import RefusedByRule
from imgfile.vault.records.open_item import open_item
from kit.vault.destroying import actor
from kit.vault.filings import DOCTOR, KNEE, MOLE, Script, flags
from kit.vault.inbox import put
from kit.vault.lives import Life
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, Practice, administrator_of, clinician_of

LOCUM = "Dr L. Locum"
BROTHER = {**KNEE, "patient": "9990000026", "dob": "14/9/24"}
LEFT = NOON - timedelta(days=3)

Door = Callable[[Practice, Mapping[str, str], Ask | None], Filing | None]


def with_policy(practice: Practice, **settings: object) -> Practice:
    """Have the founder change the policy."""
    by = admit_administrator(practice.vault, [clinician_of(practice)])
    wanted = replace(practice.vault.policy, **settings)  # type: ignore[arg-type]
    return replace(practice, vault=change_policy(practice.vault, by, wanted, at=NOON))


def of_the_inbox(practice: Practice, given: Mapping[str, str], ask: Ask | None) -> Filing | None:
    """Judge an item of the inbox."""
    vault, by = practice.vault, actor(practice, administrator_of(practice))
    run = Run(vault, Wishes(is_confirmed=True, is_source_kept=True, allow_test=True), lambda: NOON)
    return deciding.decide(run, open_item(vault, put(practice, KNEE), by.practice), flags(given), by.person, ask).filing


def amended(practice: Practice, given: Mapping[str, str], ask: Ask | None) -> Filing | None:
    """Amend a record."""
    draft = amend.begin(practice.vault, Life.begin(practice, KNEE).opened(), DOCTOR)
    return amend.take(draft, flags(given), ask).filing


def moved(practice: Practice, given: Mapping[str, str], ask: Ask | None) -> Filing | None:
    """Move a record to a brother."""
    base = move.base_facts(practice.vault, DOCTOR, at=NOON, allow_test=True)
    answers = flags({**BROTHER, **given}, Provenance.FLAG)
    return move.settle(practice.vault, Life.begin(practice, KNEE).opened(), answers, base, ask).filing


DOORS: dict[str, Door] = {"inbox accept": of_the_inbox, "amend": amended, "move": moved}
each_door = pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)


def left_by_a_locum(practice: Practice) -> tuple[Practice, date]:
    """Let somebody leave a practice of which nobody else may ask; return it, and that day."""
    enrolled, _ = enrol_person(practice, LOCUM, "GMC 7222222")
    by = admit_administrator(enrolled.vault, [clinician_of(enrolled)])
    listed = next(one for one in enrolled.vault.roster.people if one.name == LOCUM)
    gone = replace(enrolled, vault=remove(enrolled.vault, by, Leaver(listed), at=LEFT))
    day = gone.vault.left_on(LOCUM)
    assert day == LEFT.date()
    return with_policy(gone, who_may_ask=WhoMayAsk.ROSTER), day


def test_who_left_asked_for_no_form_afterwards_either(practice: Practice) -> None:
    """What is agreed since filing is asked for by the same people (R26)."""
    gone, day = left_by_a_locum(practice)
    opened = Life.begin(gone, MOLE).opened()
    said = ConsentDocument(
        scope=frozenset({Purpose.TEACHING_INTERNAL}),
        giver=ConsentGiver.PATIENT,
        form=ConsentForm.WRITTEN_SIGNED,
        obtained_by=LOCUM,
        obtained_at=day + timedelta(days=1),
        document=b"%PDF-1.7 I agree",
        digest=Digest(hashlib.sha256(b"%PDF-1.7 I agree").hexdigest()),
        media_type="application/pdf",
    )
    by = actor(gone, administrator_of(gone))
    with pytest.raises(RefusedByRule, match="had left the practice by then"):
        expect_agreement(gone.vault, opened, Agreement(said), by, at=LEFT + timedelta(days=2))
    expect_agreement(gone.vault, opened, Agreement(replace(said, obtained_at=day)), by, at=LEFT + timedelta(days=2))


@each_door
def test_who_left_may_have_asked_before_and_not_afterwards(practice: Practice, door: Door) -> None:
    """Where only the practice may ask (R26)."""
    gone, day = left_by_a_locum(practice)
    asked = {"obtained_by": LOCUM, "obtained_at": f"{day:%d/%m/%Y}"}
    found = door(gone, asked, None)
    assert found is not None
    assert (found.consent.obtained_by, found.consent.obtained_at) == (LOCUM, day)
    after = f"{day + timedelta(days=1):%d/%m/%Y}"
    with pytest.raises(RefusedByRule, match="had left the practice by then") as refused:
        door(gone, {**asked, "obtained_at": after}, None)
    assert refused.value.rule == "R26"


@each_door
def test_only_whom_the_policy_lets_attest_does(practice: Practice, door: Door) -> None:
    """Nobody of this roster is listed as a doctor, whoever sits here (R9)."""
    doctors = with_policy(practice, attester_roles=(AttesterRole.DOCTOR,))
    with pytest.raises(RefusedByRule, match="nobody of this practice's roster may attest") as refused:
        door(doctors, {"intimate": "yes"}, Script(["y"] * 3))
    assert refused.value.rule == "R9"
