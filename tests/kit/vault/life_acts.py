"""The acts on a record's life and on the inbox: what is run, and run again where it died, and what is so then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from imgfile.acts.check.gone_keys import clean_gone_keys
from imgfile.acts.inbox import settle
from imgfile.acts.ingest.context import Run
from imgfile.acts.life import destroy, hold
from imgfile.acts.life.withdraw import Stated, destroy_early, finish, stop_use
from imgfile.acts.options import Wishes
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.vocabulary import ConsentForm
from imgfile.errors import RefusedByRule
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life import history as life
from imgfile.vault.life import settled
from imgfile.vault.life.burn import keys_of
from imgfile.vault.life.gone import How
from imgfile.vault.life.open import open_record
from imgfile.vault.records.find import Catalogue
from imgfile.vault.records.item import Item
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.open import open_photo
from imgfile.vault.records.open_item import open_item
from kit.vault.destroying import LATER, Two
from kit.vault.filings import filed
from kit.vault.inbox import put, reject
from kit.vault.lives import GP, NOTE, Life, amended_site
from kit.vault.moving import RIGHT, Scene
from kit.vault.practice import NOON, PHOTO, Practice

TODAY: Final = NOON + timedelta(hours=3)
_WAITING: Final = b"\xff\xd8 a photo that waits \xff\xd9"
BY_PHONE: Final = Stated(giver=ConsentGiver.PATIENT, form=ConsentForm.VERBAL_TELEPHONE, reason="changed her mind")


@dataclass(frozen=True)
class Ground:
    """A practice with a record that is noted on and proposed for destruction, and with an item in the inbox."""

    two: Two
    of: Manifest
    item: Item

    @classmethod
    def furnish(cls, practice: Practice) -> Ground:
        """Make it all."""
        two = Two.of(practice)
        record = Life.begin(two.practice)
        record.add(NOTE)
        item = put(two.practice, data=_WAITING)
        two.propose(record.of)
        return cls(two, record.of, item)

    def reopened(self) -> Ground:
        """Go on with the vault as the next command opens it."""
        return replace(self, two=self.two.reopened())

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

    def there(self) -> list[Manifest]:
        """Return the records of the right patient that are not gone."""
        folder = open_pseudonyms(self.vault).folder(filed(RIGHT).patient)
        found = Catalogue().records_of(self.vault, folder)
        return [each for each in found if life.load(self.vault, each).gone is None]


def _gone(ground: Ground, how: How) -> Iterator[str]:
    history = life.load(ground.vault, ground.of)
    if history.gone is None or history.gone.how is not how:
        yield "it is still there"
        return
    yield from (f"a key is left: {name}" for name in keys_of(ground.vault, history) if ground.vault.store.exists(name))


def _move(ground: Ground) -> None:
    Scene(ground.life, at=TODAY).move()


def _moved(ground: Ground) -> Iterator[str]:
    yield from _gone(ground, How.MOVED)
    there = ground.there()
    if len(there) != 1:
        yield f"it is filed {len(there)} times for the right patient"
    yield from ("the new record opens to something else" for each in there if ground.opens_to(each) != PHOTO)


def _destroy(ground: Ground) -> None:
    (pending,) = destroy.waiting(ground.vault)
    destroy.approve(ground.vault, pending, ground.two.second, at=LATER)


def _destroy_alone(ground: Ground) -> None:
    history = life.load(ground.vault, ground.of)
    if history.gone is None:
        destroy_early(ground.vault, ground.life.opened(), BY_PHONE, ground.two.founder, at=TODAY)
        return
    with ground.vault.station.locked():
        finish(ground.vault, history)


def _stop(ground: Ground) -> None:
    stop_use(ground.vault, ground.of, BY_PHONE, GP, at=TODAY)


def _stopped(ground: Ground) -> Iterator[str]:
    if not life.load(ground.vault, ground.of).is_use_stopped:
        yield "its use is not stopped"


def _amend(ground: Ground) -> None:
    ground.life.add(amended_site("left knee"), key=ground.life.founder)


def _amended(ground: Ground) -> Iterator[str]:
    if ground.life.opened().facts.decision.body_site != "left knee":
        yield "it is not amended"


def _hold(ground: Ground) -> None:
    hold.hold(ground.vault, ground.of, "claim of 2026", GP, at=TODAY)


def _held(ground: Ground) -> Iterator[str]:
    if not life.load(ground.vault, ground.of).is_held:
        yield "it is not held"


def _accept(ground: Ground) -> None:
    by, found = ground.two.founder, settled.load(ground.vault, ground.item)
    if settle.finish(ground.run, ground.item) is not None or (found is not None and _is_filed(ground)):
        return  # as the command says
    choice = settle.decide(ground.run, open_item(ground.vault, ground.item, by.practice), {}, by.person, None)
    settle.accept(ground.run, choice, by)


def _is_filed(ground: Ground) -> bool:
    found = settled.load(ground.vault, ground.item)
    return found is not None and found.to is not None and found.to[1] in {
        each.record for each in Catalogue().records_of(ground.vault, found.to[0])
    }  # fmt: skip


def _accepted(ground: Ground) -> Iterator[str]:
    found = settled.load(ground.vault, ground.item)
    if found is None or found.to is None or not _is_filed(ground):
        yield "it is not filed"
        return
    filed_as = [each for each in Catalogue().records_of(ground.vault, found.to[0]) if each.same_mark != _mark(ground)]
    if [each.record for each in filed_as] != [found.to[1]]:
        yield f"it is filed {len(filed_as)} times"
    yield from ("it opens to something else" for each in filed_as if ground.opens_to(each) != _WAITING)
    yield from _without_key(ground)


def _mark(ground: Ground) -> str:
    return ground.of.same_mark


def _reject(ground: Ground) -> None:
    if settled.load(ground.vault, ground.item) is None:
        reject(ground.vault, ground.item, ground.two.founder, at=TODAY)


def _rejected(ground: Ground) -> Iterator[str]:
    found = settled.load(ground.vault, ground.item)
    if found is None or found.to is not None:
        yield "it is not rejected"
    yield from _without_key(ground)


def _without_key(ground: Ground) -> Iterator[str]:
    if ground.vault.store.exists(ground.item.key.name):
        yield "the item's key is left"


@dataclass(frozen=True)
class LifeAct:
    """One act: what is run, and run again where it died, and what is not as it should be then."""

    name: str
    run: Callable[[Ground], None]
    undone: Callable[[Ground], Iterator[str]]


LIFE_ACTS: Final = (
    LifeAct("move", _move, _moved),
    LifeAct("destroy approve", _destroy, lambda ground: _gone(ground, How.DESTROYED)),
    LifeAct("withdraw, and destroy", _destroy_alone, lambda ground: _gone(ground, How.WITHDRAWN)),
    LifeAct("withdraw, and keep", _stop, _stopped),
    LifeAct("amend", _amend, _amended),
    LifeAct("legal hold", _hold, _held),
    LifeAct("inbox accept", _accept, _accepted),
    LifeAct("inbox reject", _reject, _rejected),
)


def wrong_after(act: LifeAct, ground: Ground) -> Iterator[str]:
    """Look at what a run left that did not end, run it again, and clean up; yield what should not be."""
    ground = ground.reopened()
    yield from (f"after the fault: {finding}" for finding in verify(ground.vault) if finding.kind.is_damage)
    try:
        act.run(ground)
    except RefusedByRule as error:
        yield f"the second run: {error.message}"
    ground = ground.reopened()
    clean_gone_keys(ground.vault)
    found = [each for each in verify(ground.vault) if each.kind is not Kind.UNFINISHED]
    yield from (f"after the second run: {finding}" for finding in found)
    yield from (f"opening: {finding}" for finding in verify_openings(ground.vault, ground.two.founder.practice))
    yield from act.undone(ground)
