"""Changing a number, and destroying what a hold kept of a moved record, as acts that whatever may befall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.acts.life import hold
from imgfile.acts.life import rekey as changing
from imgfile.errors import Error
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.burn import keys_of
from imgfile.vault.life.contents import open_old_answers
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from kit.vault.destroying import LATER
from kit.vault.filings import MOLE, filed
from kit.vault.life_ground import TODAY, Ground, LifeAct, approve
from kit.vault.lives import HOLD, NOTE, WITHDRAWN, Life
from kit.vault.moving import RIGHT, Scene
from kit.vault.practice import PHOTO, Practice
from kit.vault.rekeying import rekey

_OLD, _NEW = MOLE["patient"], "9990000026"
_SECOND: Final = b"second"


def _two_photos(practice: Practice) -> Ground:
    """File two photos of one number, each with a note, and have their use stopped."""
    ground = Ground.plain(practice)
    done = ground.two.practice.file_decided(filed(MOLE), _SECOND)
    for of in (ground.of, manifest.load(ground.vault, done.patient, done.record)):
        record = Life(ground.two.practice, of, at=TODAY)
        record.add(NOTE)
        record.add(WITHDRAWN, Effect.USE_STOPPED)
    return ground


def _rekey(ground: Ground) -> None:
    rekey(ground.vault, ground.two.founder, _OLD, _NEW, at=LATER)


def _usable(ground: Ground) -> Iterator[str]:
    """Yield a new record that could be used, although the use of the old one had been stopped."""
    for new in _here(ground, _NEW):
        if Effect.USE_STOPPED not in life.load(ground.vault, new).effects:
            yield "the new record was usable although use had been stopped"


def _here(ground: Ground, number: str) -> list[Manifest]:
    try:
        return list(changing.find_old(ground.vault, number).here)
    except Error:
        return []


def _not_rekeyed(ground: Ground) -> Iterator[str]:
    there, old = _here(ground, _NEW), changing.find_old(ground.vault, _OLD)
    if sorted(ground.opens_to(each) for each in there) != sorted([PHOTO, _SECOND]) or old.here:
        yield f"{len(there)} records under the new number, {len(old.here)} under the old one"
    if any(len(life.load(ground.vault, each).additions) != 2 for each in there):
        yield "what was added did not go along once"
    for each in old.gone:
        yield from (f"a key is left: {name}" for name in keys_of(ground.vault, each) if ground.vault.store.exists(name))


def _kept(practice: Practice) -> Ground:
    """Move a record under a hold, lift that, and propose to destroy what it kept."""
    ground = Ground.plain(practice)
    ground.life.add(NOTE)
    ground.life.add(HOLD, Effect.HELD)
    Scene(ground.life, at=TODAY).move()
    hold.lift(ground.vault, life.load(ground.vault, ground.of), "claim settled", ground.two.founder, at=LATER)
    ground.two.propose(ground.of)
    return ground


def _gone_too_soon(ground: Ground) -> Iterator[str]:
    """Yield a key that went before two persons had said so."""
    history = life.load(ground.vault, ground.of)
    if history.ended is None:
        lost = [name for name in keys_of(ground.vault, history) if not ground.vault.store.exists(name)]
        yield from (f"a key is gone that the hold kept: {name}" for name in lost)


def _not_ended(ground: Ground) -> Iterator[str]:
    history = life.load(ground.vault, ground.of)
    if history.ended is None or history.gone is None or not history.is_over:
        yield "what the hold kept is still there"
        return
    yield from (f"a key is left: {name}" for name in keys_of(ground.vault, history) if ground.vault.store.exists(name))
    if not open_old_answers(ground.vault, history.gone, ground.two.founder.practice):
        yield "the old answers do not open"
    yield from (
        "the new record opens to something else" for each in ground.there(RIGHT) if ground.opens_to(each) != PHOTO
    )


NUMBER_ACTS: Final = (
    LifeAct("rekey", _rekey, _not_rekeyed, _two_photos, _usable, cleans_up=True),
    LifeAct("destroy what a hold kept", approve, _not_ended, _kept, _gone_too_soon, cleans_up=True),
)
