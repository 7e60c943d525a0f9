"""Any history of a record, over two computers and three people: what is said of it is what a plain model says of it.

The steps are drawn by hypothesis, the vault lies in memory with classic keys. After every step the two computers read
the record; at the end `verify` accepts the vault at both. CI runs a few dozen histories; 2,000 by

    python -m pytest -n 0 -m long tests/vault/life/test_histories.py
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.additions import Said
from imgfile.errors import Damaged, RefusedByRule
from imgfile.notes import SigningKey
from imgfile.vault.access import Vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.life.addition import LOOSENED_BY, Effect
from imgfile.vault.life.history import History
from imgfile.vault.life.history import load as load_history
from imgfile.vault.life.open import open_record
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.roster.model import Role
from kit.vault.joining import joined
from kit.vault.lives import ALLOWED, GP, HOLD, LIFTED, NOTE, WITHDRAWN, Life, amended_site, as_intimate
from kit.vault.memory_store import MemoryStore
from kit.vault.people import enrol_person
from kit.vault.practice import Practice

pytestmark = pytest.mark.slow

TIGHTENS: dict[Effect, Said] = {
    Effect.HELD: HOLD,
    Effect.USE_STOPPED: WITHDRAWN,
    Effect.INTIMATE: as_intimate(),
}
LOOSENS: dict[Effect, Said] = {
    Effect.HELD: LIFTED,
    Effect.USE_STOPPED: ALLOWED,
    Effect.INTIMATE: amended_site("left knee"),
}
COMPUTERS = st.sampled_from((0, 1))
SITES = ("left knee", "right knee", "left hip")


@dataclass
class World:
    """One filed photo, two computers that see it, and who may sign: a clinician, and a manager."""

    life: Life
    objects: dict[str, bytes]
    stations: tuple[Vault, Vault]
    states: tuple[Path, Path]
    people: dict[str, SigningKey]
    practice: PracticeKeys
    kept: dict[str, bytes] = field(default_factory=dict)

    @contextmanager
    def at(self, computer: int) -> Iterator[Vault]:
        """Be one of the computers."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("IMGFILE_STATE", str(self.states[computer]))
            yield self.stations[computer]

    def keep(self) -> None:
        """Keep the vault, and what each computer remembers, as they are before any history."""
        self.kept = dict(self.objects)
        for state in self.states:
            shutil.copytree(state, state.with_name(f"{state.name}-kept"))

    def anew(self) -> None:
        """Begin another history of the same vault."""
        self.objects.clear()
        self.objects.update(self.kept)
        for state in self.states:
            shutil.rmtree(state)
            shutil.copytree(state.with_name(f"{state.name}-kept"), state)


class Histories(RuleBasedStateMachine):
    """The steps of one record's life, and the model of what holds."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.anew()
        self.standing: dict[Effect, set[Digest]] = {effect: set() for effect in LOOSENED_BY}
        self.count = 0
        self.stale: History | None = None
        """What one computer knew of the record a while ago: it adds to that, as one that has not looked since."""

    def _known(self, vault: Vault, *, is_stale: bool) -> History:
        return self.stale if is_stale and self.stale is not None else load_history(vault, self.world.life.of)

    def _add(
        self,
        at: int,
        said: Said,
        *effects: Effect,
        ends: tuple[Digest, ...] = (),
        by: str = "",
        is_stale: bool = False,
    ) -> set[Digest]:
        """Add at a computer, and return what is there since."""
        with self.world.at(at) as vault:
            before = {each.digest for each in load_history(vault, self.world.life.of).additions}
            new = NewAddition(said=said, by=GP, at=self.world.life.at, effects=frozenset(effects), ends=ends)
            with vault.station.locked():
                after = add(vault, self._known(vault, is_stale=is_stale), new, self.world.people.get(by))
        self.count += 1
        return {each.digest for each in after.additions} - before

    @rule(at=COMPUTERS)
    def look(self, at: int) -> None:
        """Read the record at a computer, which will add to what it saw."""
        with self.world.at(at) as vault:
            self.stale = load_history(vault, self.world.life.of)

    @rule(at=COMPUTERS, is_stale=st.booleans())
    def note(self, at: int, *, is_stale: bool) -> None:
        """Add words, as anybody may."""
        self._add(at, NOTE, is_stale=is_stale)

    @rule(at=COMPUTERS, site=st.sampled_from(SITES), is_stale=st.booleans())
    def amend(self, at: int, site: str, *, is_stale: bool) -> None:
        """Correct the site, as the clinician."""
        self._add(at, amended_site(site), by="clinician", is_stale=is_stale)

    @rule(at=COMPUTERS, effect=st.sampled_from(sorted(LOOSENED_BY)), is_stale=st.booleans())
    def tighten(self, at: int, effect: Effect, *, is_stale: bool) -> None:
        """Tighten, as any computer may."""
        self.standing[effect] |= self._add(at, TIGHTENS[effect], effect, is_stale=is_stale)

    @rule(at=COMPUTERS, effect=st.sampled_from(sorted(LOOSENED_BY)), is_stale=st.booleans())
    def loosen(self, at: int, effect: Effect, *, is_stale: bool) -> None:
        """End what was known as the clinician, and nothing else."""
        with self.world.at(at) as vault:
            ended = tuple(each.digest for each in self._known(vault, is_stale=is_stale).standing(effect))
        if ended:
            self._add(at, LOOSENS[effect], LOOSENED_BY[effect], ends=ended, by="clinician", is_stale=is_stale)
            self.standing[effect] -= set(ended)

    @rule(at=COMPUTERS)
    def opens(self, at: int) -> None:
        """Open it: as intimate as the notes say, or as it was filed."""
        with self.world.at(at) as vault:
            opened = open_record(vault, self.world.life.of, self.world.practice)
        assert len(opened.added) == self.count
        if self.standing[Effect.INTIMATE]:
            assert opened.facts.decision.intimate_site is not None

    @invariant()
    def both_computers_say_what_the_model_says(self) -> None:
        """Compare, whoever wrote it, in whatever order they saw it."""
        expected = {effect for effect, digests in self.standing.items() if digests}
        for computer in (0, 1):
            with self.world.at(computer) as vault:
                history = load_history(vault, self.world.life.of)
            assert history.effects == expected
            assert not history.missing
            assert len(history.additions) == self.count

    def teardown(self) -> None:
        """See that nothing of it is a finding, at either computer."""
        for computer in (0, 1):
            with self.world.at(computer) as vault:
                assert list(verify(vault)) == []


@contextmanager
def a_world(practice: Practice, tmp_path: Path) -> Iterator[World]:
    """File a photo, let a second computer and a manager in, and take all of it into memory."""
    life = Life.begin(practice)
    practice, manager = enrol_person(practice, "Ms M. Manager", "", Role.PRIVACY_LEAD)
    second = joined(practice, tmp_path / "second")
    first = practice.reopened()
    store = MemoryStore.copy_of(first.store)
    first = replace(first, store=store)
    life = replace(life, practice=replace(practice, vault=first))
    people = {"clinician": life.founder, "manager": manager.key}
    states = tmp_path / "state", tmp_path / "second"
    world = World(life, store.objects, (first, replace(second, store=store)), states, people, life.keys)
    world.keep()
    yield world


@pytest.mark.parametrize(
    "histories", [pytest.param(15, id="a few"), pytest.param(2_000, id="many", marks=pytest.mark.long)]
)
def test_what_is_said_of_a_record_is_true_after_any_history(practice: Practice, tmp_path: Path, histories: int) -> None:
    """Over notes, amendments, holds, withdrawals and what lifts them, by whoever, at whatever they knew."""
    with a_world(practice, tmp_path) as world:
        Histories.world = world
        run_state_machine_as_test(
            Histories,
            settings=settings(
                max_examples=histories,
                stateful_step_count=12,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_a_computer_may_not_loosen_in_any_of_these(practice: Practice, tmp_path: Path) -> None:
    """Nor may somebody without a role for it."""
    with a_world(practice, tmp_path) as world:
        vault = world.stations[0]
        history = load_history(vault, world.life.of)
        for effect, loosens in LOOSENED_BY.items():
            for who in ("", "manager"):
                if (who, effect) == ("manager", Effect.HELD):
                    continue  # a privacy lead lifts a hold
                new = NewAddition(
                    said=LOOSENS[effect],
                    by=GP,
                    at=world.life.at,
                    effects=frozenset({loosens}),
                    ends=(world.life.of.digest,),
                )
                with vault.station.locked(), pytest.raises((Damaged, RefusedByRule)):
                    add(vault, history, new, world.people.get(who))
                world.anew()
