"""The acts on a record's life, on the inbox and on a number: what is run, and run again where it died, and the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.acts.life import hold
from imgfile.acts.life.withdraw import Stated, destroy_early, finish, stop_use
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.vocabulary import ConsentForm
from imgfile.vault.life import history as life
from imgfile.vault.life.gone import How
from kit.vault.form_acts import FORM_ACTS
from kit.vault.inbox_acts import INBOX_ACTS
from kit.vault.life_ground import TODAY, Ground, LifeAct, approve, not_gone
from kit.vault.lives import GP, amended_site
from kit.vault.moving import RIGHT, Scene
from kit.vault.number_acts import NUMBER_ACTS
from kit.vault.practice import PHOTO

BY_PHONE: Final = Stated(giver=ConsentGiver.PATIENT, form=ConsentForm.VERBAL_TELEPHONE, reason="changed her mind")


def _move(ground: Ground) -> None:
    Scene(ground.life, at=TODAY).move()


def _moved(ground: Ground) -> Iterator[str]:
    yield from not_gone(ground, ground.of, How.MOVED)
    there = ground.there(RIGHT)
    if len(there) != 1:
        yield f"it is filed {len(there)} times for the right patient"
    yield from ("the new record opens to something else" for each in there if ground.opens_to(each) != PHOTO)


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


LIFE_ACTS: Final = (
    LifeAct("move", _move, _moved),
    LifeAct("destroy approve", approve, lambda ground: not_gone(ground, ground.of, How.DESTROYED), cleans_up=True),
    LifeAct("withdraw, and destroy", _destroy_alone, lambda ground: not_gone(ground, ground.of, How.WITHDRAWN)),
    LifeAct("withdraw, and keep", _stop, _stopped),
    LifeAct("amend", _amend, _amended),
    LifeAct("legal hold", _hold, _held),
    *INBOX_ACTS,
    *NUMBER_ACTS,
    *FORM_ACTS,
)
