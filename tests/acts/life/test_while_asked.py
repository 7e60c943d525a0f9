"""What others do while somebody is asked: what was opened before is looked at again before anything is done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from imgfile.acts.disclosure.entry import Act, Statement, offer
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.inbox import accept as accepting
from imgfile.acts.inbox import decide as deciding
from imgfile.acts.inbox import reject as rejecting
from imgfile.acts.inbox import settle
from imgfile.acts.inbox.look import look
from imgfile.acts.ingest.attendant import Decision
from imgfile.acts.ingest.candidate import Candidate
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.life import amend as amending
from imgfile.acts.life import destroy, hold
from imgfile.acts.life import move as moving
from imgfile.acts.life.agree import Again, Agreement, agree
from imgfile.acts.life.withdraw import Stated, destroy_early
from imgfile.cli.ingest.report import error_of
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.interview.confirmation import Confirmation
from imgfile.clinical.vocabulary import ConsentForm, Purpose
from imgfile.errors import RefusedByRule, UsageError
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.gone import How
from imgfile.vault.records.open_item import open_item
from imgfile.vault.roster.model import Role, Roster
from imgfile.vault.still_admitted import expect_still_admitted
from kit.photos.jpeg_png import jpeg
from kit.vault.destroying import Two, actor
from kit.vault.exporting import export_one
from kit.vault.filings import KNEE, filed, flags
from kit.vault.inbox import put
from kit.vault.ingest_runs import WISHES, Attendant, local, request, run_of
from kit.vault.lives import GP, HOLD, NOTE, WITHDRAWN, Life, amended_site, as_intimate, with_senior
from kit.vault.moving import RIGHT, Scene
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, Practice, administrator_of, change_roster

LATER = NOON + timedelta(hours=3)
CARE = Statement(Act.EXPORTED, Purpose.DIAGNOSIS, "care", LATER)
AGAIN = Again(ConsentGiver.PATIENT, ConsentForm.VERBAL_TELEPHONE)
BY_MOTHER = Again(ConsentGiver.MOTHER, ConsentForm.VERBAL_TELEPHONE)
BY_PHONE = Stated(giver=ConsentGiver.PATIENT, form=ConsentForm.VERBAL_TELEPHONE)


def gone(how: How) -> Callable[[Life], object]:
    """Return what ends a record so."""
    return lambda record: record.go(how)


MEANWHILE: dict[str, tuple[Callable[[Life], object], str]] = {
    "destroyed alone": (gone(How.WITHDRAWN), "R24"),
    "destroyed by two": (gone(How.DESTROYED), "R18"),
    "moved": (gone(How.MOVED), "R25"),
    "withdrawn": (lambda record: record.add(WITHDRAWN, Effect.USE_STOPPED), "changed since it was opened"),
    "marked intimate": (lambda record: record.add(as_intimate(), Effect.INTIMATE), "changed since it was opened"),
    "amended": (lambda record: record.add(amended_site("calf"), key=record.founder), "changed since it was opened"),
    "noted": (lambda record: record.add(NOTE), ""),
    "held": (lambda record: record.add(HOLD, Effect.HELD), ""),
}
"""What happens to a photo between its opening and the answer that lets it be shown or leave; why neither is done."""


def test_what_was_opened_before_is_shown_and_leaves_only_as_it_is_now(practice: Practice) -> None:
    """Nobody looks at a photo after its tombstone, nor takes a copy of what was withdrawn or amended since."""
    practice = with_senior(practice)
    for meanwhile, (happens, why) in MEANWHILE.items():
        record = Life.begin(practice)
        before, reader = record.opened(), Reader(practice.founder, record.keys)
        happens(record)
        left = refusal(partial(export_one, practice.vault, before, reader, CARE))
        shown = refusal(partial(offer, practice.vault, [before], reader, reason="care", at=LATER))
        assert (meanwhile, left, shown) == (meanwhile, why, why)


def refusal(act: Callable[[], object]) -> str:
    """Return by which rule an act is refused, or in which words; empty where it is done."""
    try:
        act()
    except RefusedByRule as error:
        return error.rule
    except UsageError as error:
        return next((words for words in WORDS if words in error.message), error.message)
    return ""


WORDS = ("changed since it was opened", "while you were asked", "was filed a moment ago")


def test_nobody_allows_a_use_anew_that_was_withdrawn_after_they_looked(practice: Practice) -> None:
    """R24: the second withdrawal stands, and nothing was added."""
    record = Life.begin(practice)
    record.add(WITHDRAWN, Effect.USE_STOPPED)
    before, by = record.opened(), actor(practice, administrator_of(practice))
    record.add(WITHDRAWN, Effect.USE_STOPPED)
    with pytest.raises(RefusedByRule, match="while you were asked") as refused:
        agree(practice.vault, before, Agreement(None, AGAIN), by, at=LATER)
    assert (refused.value.rule, record.history.is_use_stopped, len(record.history.additions)) == ("R24", True, 2)
    agree(practice.vault, record.opened(), Agreement(None, AGAIN), by, at=LATER)
    assert not record.history.is_use_stopped


# --- the very same photo is filed by somebody else ----------------------------------------------------------------


def test_a_photo_that_somebody_else_files_meanwhile_is_not_filed_twice(practice: Practice) -> None:
    """By accepting it, by moving it there; nor is one that was destroyed there since, or that is another's by now."""
    item = put(practice)
    opened = open_item(practice.vault, item, actor(practice, administrator_of(practice)).practice)
    by = actor(practice, administrator_of(practice))
    decided = deciding.decide(run_of(practice), opened, {}, by.person, None)
    record = Life.begin(practice)
    assert refusal(lambda: accepting.accept(run_of(practice), decided, by)) == "was filed a moment ago"
    record.go(How.WITHDRAWN)
    assert refusal(lambda: accepting.accept(run_of(practice), decided, by)) == "R24"
    settle.expect_waiting(practice.vault, item)

    scene = Scene(Life.begin(practice, KNEE))
    to, order = scene.settle(RIGHT), scene.order()
    practice.file_decided(filed(RIGHT))
    assert refusal(partial(moving.move, practice.vault, order, to)) == "R25"
    assert scene.life.history.gone is None


class SlowAttendant(Attendant):
    """Somebody who confirms what they see; meanwhile something happens."""

    def confirm(self, candidate: Candidate, confirmation: Confirmation) -> Decision:
        """Let it happen, and file."""
        self.happens()
        return super().confirm(candidate, confirmation)

    happens: Callable[[], object] = staticmethod(lambda: None)


@pytest.mark.parametrize(
    ("meanwhile", "why"), [("another's by now", "R25"), ("another policy", "while you were asked")]
)
def test_what_is_answered_at_the_terminal_is_filed_by_what_holds_when_it_is(
    practice: Practice, tmp_path: Path, meanwhile: str, why: str
) -> None:
    """The photo that is another patient's by now (R25) and the one that another policy judges by now stay."""
    source, data = tmp_path / "mole.jpg", jpeg()
    source.write_bytes(data)
    somebody = SlowAttendant()
    somebody.happens = {
        "another's by now": lambda: practice.file_decided(filed(RIGHT), data),
        "another policy": lambda: change_roster(practice, lambda newest: replace(newest, policy_digest="7f" * 32)),
    }[meanwhile]
    ((_, outcome),) = ingest(run_of(practice, WISHES, somebody), [request(local(source))])
    error = error_of(outcome)
    assert isinstance(error, RefusedByRule | UsageError)
    assert why in {getattr(error, "rule", ""), *(words for words in WORDS if words in error.message)}
    assert source.exists()


# --- what the practice changes ------------------------------------------------------------------------------------

ROSTERS: dict[str, tuple[Callable[[Practice], object], bool]] = {
    "nothing": (lambda _practice: None, True),
    "somebody else joins": (lambda practice: enrol_person(practice, "Dr N. Newcomer", "GMC 7444444"), True),
    "a role is taken away": (
        lambda practice: change_roster(practice, lambda newest: with_roles(newest, Role.ADMINISTRATOR)),
        False,
    ),
    "another policy": (
        lambda practice: change_roster(practice, lambda newest: replace(newest, policy_digest="7f" * 32)),
        False,
    ),
}


def with_roles(newest: Roster, *roles: Role) -> Roster:
    """Return a roster in which the founder has these roles."""
    founder, *others = newest.people
    return replace(newest, people=(replace(founder, roles=roles), *others))


@pytest.mark.parametrize("change", ROSTERS)
def test_who_was_admitted_is_so_until_what_counts_of_it_changes(practice: Practice, change: str) -> None:
    """Their role, the policy; not that others come and go."""
    happens, is_still = ROSTERS[change]
    happens(practice)
    assert (refusal(partial(expect_still_admitted, practice.vault, practice.founder)) == "") is is_still


def test_no_act_is_done_on_a_role_that_was_taken_away_while_somebody_was_asked(practice: Practice) -> None:
    """Every act that a person signs, or that lets a photo be seen: nothing is changed."""
    two = Two.of(practice)
    practice = two.practice
    by, vault, record = two.founder, practice.vault, Life.begin(practice)
    held = Life.begin(practice, KNEE)
    held.add(HOLD, Effect.HELD)
    withdrawn = Life.begin(practice, KNEE)
    withdrawn.add(replace(WITHDRAWN, giver=ConsentGiver.MOTHER), Effect.USE_STOPPED)
    scene, opened, run = Scene(Life.begin(practice, KNEE)), record.opened(), run_of(practice)
    item = open_item(vault, put(practice, KNEE, jpeg()), by.practice)
    pending = two.propose(record.of)
    draft = amending.take(amending.begin(vault, opened, GP), flags({"body_site": "right shoulder"}), None)
    decided = deciding.decide(run, item, {}, by.person, None)
    reader = Reader(practice.founder, record.keys)
    acts: dict[str, Callable[[], object]] = {
        "view": partial(offer, vault, [opened], reader, reason="care", at=LATER),
        "export": partial(export_one, vault, opened, reader, CARE),
        "amend": partial(amending.amend, vault, draft, "mixed up", by, at=LATER),
        "agree": partial(agree, vault, withdrawn.opened(), Agreement(None, BY_MOTHER), by, at=LATER),
        "lift": partial(hold.lift, vault, held.history, "settled", by, at=LATER),
        "withdraw": partial(destroy_early, vault, opened, BY_PHONE, by, at=NOON),
        "propose": partial(destroy.propose, vault, [record.of], "kept too long", by, at=LATER),
        "approve": partial(destroy.approve, vault, pending, two.second, at=LATER),
        "move": partial(moving.move, vault, scene.order(), scene.settle(RIGHT)),
        "accept": partial(accepting.accept, run, decided, by),
        "reject": partial(rejecting.reject, run, item, by, "not needed"),
        "look": partial(look, run, item, by),
    }
    change_roster(practice, lambda newest: with_roles(newest, Role.ADMINISTRATOR, Role.WITNESS))
    assert {name: refusal(act) for name, act in acts.items()} == dict.fromkeys(acts, "while you were asked")
