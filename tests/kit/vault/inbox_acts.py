"""Accepting and rejecting what waits, a quarantined copy too, as acts that whatever may befall."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from imgfile.acts.inbox import accept as accepting
from imgfile.acts.inbox import decide as deciding
from imgfile.acts.inbox import reject as rejecting
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request
from imgfile.acts.outcome import SetAside
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.vault.life import settled
from imgfile.vault.records import item as items
from imgfile.vault.records.find import Catalogue
from imgfile.vault.records.item import Why
from imgfile.vault.records.open_item import open_item
from kit.photos import jpeg_png as photos
from kit.vault.filings import MOLE, flags
from kit.vault.inbox import reject
from kit.vault.ingest_runs import CONFIRMED, Attendant, local, run_of
from kit.vault.life_ground import TODAY, WAITING, Ground, LifeAct
from kit.vault.practice import Practice

_SHOWN: Final = ("patient", "dob", "body_site")
"""What is answered of a photo that is set aside."""


def _set_aside(practice: Practice) -> Ground:
    """Set a photo aside, and have a sealed copy of it wait."""
    ground = Ground.plain(practice)
    sources = practice.folder.parent / "sources"
    sources.mkdir()
    (sources / "mole.jpg").write_bytes(photos.phone_jpeg())
    answers = {"patient": ["d", MOLE["patient"]], **{slug: [MOLE[slug]] for slug in _SHOWN[1:]}, "not_filing": ["5"]}
    run = run_of(ground.two.practice, CONFIRMED, Attendant(answers))
    ((_, outcome),) = ingest(run, [Request(local(sources / "mole.jpg"), {})])
    assert isinstance(outcome, SetAside), outcome
    found = [items.load(run.vault, name) for name in items.items(run.vault)]
    (copy,) = [each for each in found if each.why is Why.QUARANTINED]
    return Ground(ground.two, ground.of, copy, sources)


def _accept(ground: Ground, answers: Mapping[str, str] = {}) -> None:
    by, found = ground.two.founder, settled.load(ground.vault, ground.item)
    if accepting.finish(ground.run, ground.item) is not None or (found is not None and _is_filed(ground)):
        return  # as the command says
    opened = open_item(ground.vault, ground.item, by.practice)
    accepting.accept(ground.run, deciding.decide(ground.run, opened, flags(answers), by.person, None), by)


def _accept_copy(ground: Ground) -> None:
    _accept(ground, {slug: text for slug, text in MOLE.items() if slug not in _SHOWN})


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
    there = Catalogue().records_of(ground.vault, found.to[0])
    filed_as = [each for each in there if each.same_mark != ground.of.same_mark]
    if [each.record for each in filed_as] != [found.to[1]]:
        yield f"it is filed {len(filed_as)} times"
    if ground.item.why is not Why.QUARANTINED:
        yield from ("it opens to something else" for each in filed_as if ground.opens_to(each) != WAITING)
    yield from _without_key(ground)


def _reject(ground: Ground) -> None:
    """Reject it as the command does, which finishes what died, and says of one that is rejected already that it is."""
    if rejecting.finish(ground.vault, ground.item) or settled.load(ground.vault, ground.item) is not None:
        return
    reject(ground.vault, ground.item, ground.two.founder, at=TODAY)


def _rejected(ground: Ground) -> Iterator[str]:
    found = settled.load(ground.vault, ground.item)
    if found is None or found.to is not None:
        yield "it is not rejected"
    yield from _without_key(ground)


def _without_key(ground: Ground) -> Iterator[str]:
    if ground.vault.store.exists(ground.item.key.name):
        yield "the item's key is left"
    if PhotosSetAside(ground.vault.station).all():
        yield "this computer leaves the photo alone still, though it is decided about"


INBOX_ACTS: Final = (
    LifeAct("inbox accept", _accept, _accepted),
    LifeAct("inbox reject", _reject, _rejected),
    LifeAct("inbox accept, of a quarantined copy", _accept_copy, _accepted, _set_aside),
    LifeAct("inbox reject, of a quarantined copy", _reject, _rejected, _set_aside),
)
