"""Records that are moved: where they go, by whom, and what dies on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from imgfile.acts.life import leading
from imgfile.acts.life import move as act
from imgfile.acts.life.person import Actor
from imgfile.clinical.vocabulary import Provenance
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import history as life
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.store.directory import Store
from imgfile.vault.thing_key import ThingKey
from kit.vault.destroying import actor
from kit.vault.filings import MOLE, flags
from kit.vault.lives import Life
from kit.vault.practice import NOON, Practice, administrator_of

LATER = NOON.replace(year=2026, month=11, day=28)
RIGHT = {**MOLE, "patient": "9990000026", "dob": "3/3/51", "body_site": "left forearm"}
WHY = "two charts open"


@dataclass
class Scene:
    """A record of the wrong patient, and the clinician who moves it."""

    life: Life
    at: datetime = LATER

    @property
    def practice(self) -> Practice:
        """The practice."""
        return self.life.practice

    @property
    def by(self) -> Actor:
        """The founder, a clinician."""
        return actor(self.practice, administrator_of(self.practice))

    @property
    def old(self) -> Manifest:
        """The record of the wrong patient."""
        return self.life.of

    def opened(self) -> OpenedRecord:
        """Open it."""
        return open_record(self.practice.vault, self.old, self.by.practice)

    def settle(self, answers: dict[str, str], how: Provenance = Provenance.FLAG) -> leading.Destination:
        """Give fresh answers, unattended."""
        base = act.base_facts(self.practice.vault, self.by.person, at=self.at, allow_test=True)
        return act.settle(self.practice.vault, self.opened(), flags(answers, how), base, None)

    def order(self) -> leading.Order:
        """Give the reason."""
        return leading.Order(self.opened(), WHY, self.by, self.at)

    def move(self, answers: dict[str, str] = RIGHT) -> leading.Moved:
        """Move it, or go on with a move that died, as the command does."""
        vault = self.practice.vault
        history = life.load(vault, self.old)
        if history.gone is not None:
            if rivals := leading.rivals(vault, history):
                order = leading.Order(open_record(vault, rivals[0], self.by.practice), WHY, self.by, self.at)
                return leading.settle_gone(vault, order, history, rivals)
            done = leading.finish(vault, history)
            return done or leading.Moved(history.gone, is_kept=False)
        if began := leading.begun(vault, self.old):
            return leading.go_on(vault, self.order(), began)
        return act.move(vault, self.order(), self.settle(answers))

    def new(self, done: leading.Moved) -> Manifest:
        """Return the record that it is now."""
        assert done.tombstone.to is not None
        return manifest.load(self.practice.vault, *done.tombstone.to)

    def is_locked_away(self, of: Manifest) -> bool:
        """Return whether a record's own key is gone."""
        assert isinstance(of.key, ThingKey)
        return not self.practice.vault.store.exists(of.key.name)

    def found(self) -> set[Kind]:
        """Return what `verify` finds."""
        return {finding.kind for finding in verify(self.practice.reopened())}


class Died(BaseException):
    """The process is gone."""


@contextmanager
def dying(at: int, *, is_before: bool) -> Iterator[Callable[[], int]]:
    """Die at the so-manyeth change of the vault, before it or after it; give how many there were."""
    seen = 0
    with pytest.MonkeyPatch.context() as patch:
        for name in ("create", "publish", "burn"):
            real = getattr(Store, name)

            def changed(*given: Any, real: Any = real, **named: Any) -> Any:  # noqa: ANN401 - any of three
                nonlocal seen
                seen += 1
                if seen == at and is_before:
                    raise Died
                done = real(*given, **named)
                if seen == at:
                    raise Died
                return done

            patch.setattr(Store, name, changed)
        yield lambda: seen
