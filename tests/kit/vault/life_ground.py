"""What the acts on a record's life are tried on, whatever befalls them: a practice, a record, and what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from imgfile.acts.check.gone_keys import clean_gone_keys
from imgfile.acts.ingest.context import Run
from imgfile.acts.life import destroy
from imgfile.acts.options import Wishes
from imgfile.errors import RefusedByRule
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life import history as life
from imgfile.vault.life.burn import keys_of
from imgfile.vault.life.gone import How
from imgfile.vault.life.open import open_record
from imgfile.vault.records.find import Catalogue
from imgfile.vault.records.item import Item
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.open import open_photo
from kit.vault.destroying import LATER, Two
from kit.vault.filings import filed
from kit.vault.inbox import put
from kit.vault.lives import NOTE, Life
from kit.vault.practice import NOON, Practice

TODAY: Final = NOON + timedelta(hours=3)
WAITING: Final = b"\xff\xd8 a photo that waits \xff\xd9"


@dataclass(frozen=True)
class Ground:
    """A practice with a record, and with an item in the inbox."""

    two: Two
    of: Manifest
    item: Item
    sources: Path | None = None
    """Where a source lies that is filed, beside the vault; None where none is."""

    @classmethod
    def furnish(cls, practice: Practice) -> Ground:
        """Note on a record, propose to destroy it, and let a photo wait."""
        ground = cls.plain(practice)
        ground.life.add(NOTE)
        ground.two.propose(ground.of)
        return ground

    @classmethod
    def plain(cls, practice: Practice) -> Ground:
        """File a photo, and let another one wait."""
        two = Two.of(practice)
        record = Life.begin(two.practice)
        return cls(two, record.of, put(two.practice, data=WAITING))

    def reopened(self) -> Ground:
        """Go on with the vault as the next command opens it."""
        return replace(self, two=self.two.reopened())

    @property
    def folders(self) -> tuple[Path, ...]:
        """What an act changes: the vault, this computer's state, and where a source lies."""
        return (self.two.practice.folder, self.vault.station.folder, *([self.sources] if self.sources else []))

    @property
    def vault(self) -> Vault:
        """The vault."""
        return self.two.vault

    @property
    def life(self) -> Life:
        """The record, and its life."""
        return Life(self.two.practice, self.of, at=TODAY)

    @property
    def run(self) -> Run:
        """A run, as accepting has one."""
        wishes = Wishes(is_confirmed=True, is_source_kept=True, allow_test=True)
        return Run(self.vault, wishes, lambda: TODAY)

    def opens_to(self, of: Manifest) -> bytes:
        """Open a photo as it is now."""
        keys = self.two.founder.practice
        return open_photo(self.vault, open_record(self.vault, of, keys).filed, keys)

    def there(self, answers: dict[str, str]) -> list[Manifest]:
        """Return the records of a patient that are not gone."""
        folder = open_pseudonyms(self.vault).folder(filed(answers).patient)
        found = Catalogue().records_of(self.vault, folder)
        return [each for each in found if life.load(self.vault, each).gone is None]


def approve(ground: Ground) -> None:
    """Approve what is proposed, as the second person; where it cannot be read, it is not found."""
    waiting = destroy.waiting(ground.vault)
    pending = destroy.find(waiting, waiting[0].reference if waiting else "nothing")
    destroy.approve(ground.vault, pending, ground.two.second, at=LATER)


def not_gone(ground: Ground, of: Manifest, how: How) -> Iterator[str]:
    """Yield what is not as it should be of a record that is gone: it is there, or a key of it is."""
    history = life.load(ground.vault, of)
    if history.gone is None or history.gone.how is not how:
        yield "it is still there"
        return
    yield from (f"a key is left: {name}" for name in keys_of(ground.vault, history) if ground.vault.store.exists(name))


def nothing(_ground: Ground) -> Iterator[str]:
    """Yield nothing."""
    yield from ()


@dataclass(frozen=True)
class LifeAct:
    """One act: what is run, and run again where it died, and what is not as it should be then."""

    name: str
    run: Callable[[Ground], None]
    undone: Callable[[Ground], Iterator[str]]
    furnish: Callable[[Practice], Ground] = Ground.furnish
    meanwhile: Callable[[Ground], Iterator[str]] = nothing
    """What is not as it should be after a run that did not end, before the next."""
    cleans_up: bool = False
    """Whether the same again leaves no key over; else `check --clean` may remove it."""


def wrong_after(act: LifeAct, ground: Ground) -> Iterator[str]:
    """Look at what a run left that did not end, run it again, and clean up; yield what should not be."""
    ground = ground.reopened()
    yield from (f"after the fault: {finding}" for finding in verify(ground.vault) if finding.kind.is_damage)
    yield from (f"after the fault: {what}" for what in act.meanwhile(ground))
    try:
        act.run(ground)
    except RefusedByRule as error:
        yield f"the second run: {error.message}"
    ground = ground.reopened()
    if not act.cleans_up:
        clean_gone_keys(ground.vault)
    found = [each for each in verify(ground.vault) if each.kind is not Kind.UNFINISHED]
    yield from (f"after the second run: {finding}" for finding in found)
    yield from (f"opening: {finding}" for finding in verify_openings(ground.vault, ground.two.founder.practice))
    yield from act.undone(ground)
