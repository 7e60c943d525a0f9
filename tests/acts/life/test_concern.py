"""A safeguarding concern about a filed photo: at every act on its life it is kept, until a person lifts that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from imgfile.acts.life import amend, rekey
from imgfile.acts.life import move as moving
from imgfile.acts.life.concern import heeded
from imgfile.clinical.interview.prompt import Ask, Prompt
from imgfile.clinical.rules import CONCERN_LEFT_OPEN
from imgfile.errors import RefusedByRule
from imgfile.vault.life.addition import Effect
from kit.vault.destroying import actor
from kit.vault.filings import KNEE, flags
from kit.vault.lives import GP, Life, as_intimate
from kit.vault.moving import LATER
from kit.vault.practice import Practice, administrator_of

NEW = "9990000034"


def leaves_open(prompt: Prompt) -> str:
    """Say that it is intimate, and nothing of whether there is a concern, however often that is asked."""
    return "1 2 5" if "safeguards" in prompt.slugs else "y"


@pytest.mark.parametrize("act", ["amend", "move", "rekey", "a dry rekey"])
def test_a_concern_that_is_left_open_keeps_the_record_at_every_door(practice: Practice, act: str) -> None:
    """R9, R25: it leads to a hold, not to a bare refusal; a dry run changes nothing."""
    record, ask = Life.begin(practice, KNEE), leaves_open
    record.add(as_intimate(), Effect.INTIMATE)  # by a mark: nobody has attested it yet
    vault, by = practice.vault, actor(practice, administrator_of(practice))
    with pytest.raises(RefusedByRule, match="no safeguarding concern") as refused:
        _ACTS[act](record, ask)
    if act in {"amend", "move"}:  # as their commands do
        refusal = heeded(vault, record.of, refused.value, by.person, at=LATER)
        assert "is under a hold" in refusal.message
    assert (refused.value.rule, record.history.is_held) == ("R9", act != "a dry rekey")


def _amend(record: Life, ask: Ask) -> None:
    amend.take(amend.begin(record.practice.vault, record.opened(), GP), flags({"safeguards": ""}), ask)


def _move(record: Life, ask: Ask) -> None:
    vault = record.practice.vault
    base = moving.base_facts(vault, GP, at=LATER, allow_test=True)
    moving.settle(vault, record.opened(), flags({**KNEE, "patient": NEW, "safeguards": ""}), base, ask)


def _rekey(record: Life, ask: Ask, *, is_dry: bool = False) -> None:
    vault, by = record.practice.vault, actor(record.practice, administrator_of(record.practice))
    old = rekey.find_old(vault, KNEE["patient"])
    (born,) = rekey.birth_dates(vault, old, by)
    to = rekey.identify(vault, old, flags({"patient": NEW, "dob": born.isoformat()}), allow_test=True, ask=None)
    list(rekey.judge(vault, old, to, by, ask=ask, is_dry=is_dry))


_ACTS: dict[str, Callable[[Life, Ask], None]] = {
    "amend": _amend,
    "move": _move,
    "rekey": _rekey,
    "a dry rekey": lambda record, ask: _rekey(record, ask, is_dry=True),
}


def test_any_other_refusal_holds_nothing(practice: Practice) -> None:
    """It is passed on as it is."""
    record = Life.begin(practice)
    other = RefusedByRule("R9", "only a registered clinician attests.", "")
    assert heeded(practice.vault, record.of, other, GP, at=LATER) is other
    assert Effect.HELD not in record.history.effects
    assert CONCERN_LEFT_OPEN not in other.message
