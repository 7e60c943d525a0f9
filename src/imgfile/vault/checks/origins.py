"""Records that were filed from others: each comes from one that leads to it, and nothing that keeps it was left behind.

| found | is |
| --- | --- |
| a record filed from one that is still there | unfinished: a run died before the tombstone; running it again goes on |
| a record filed from one that leads to another | duplicate: two began at once, and the slower one died |
| a legal hold, or a withdrawal, that whoever moved a photo knew of, and that its new place never had | damaged |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Doubt, Finding, Found, Kind
from imgfile.vault.checks.life import Lived
from imgfile.vault.life import addition
from imgfile.vault.life.addition import AdditionKind, Effect
from imgfile.vault.life.history import History, addition_names
from imgfile.vault.records.find import is_published, patients
from imgfile.vault.records.manifest import Cause, Manifest

_KEPT: Final = {
    Effect.HELD: (AdditionKind.HOLD, "a legal hold"),
    Effect.USE_STOPPED: (AdditionKind.USE_STOPPED, "a withdrawal"),
}
"""What a photo takes along wherever it goes: the kind of addition that says so, and its words."""


def check_origins(vault: Vault, lived: Lived) -> Iterator[Found]:
    """Check every record that says it was filed from another one, after all records were looked at."""
    for of in lived.filed_from.values():
        if of.origin is None or of.record in lived.gone:
            continue
        start, where = of.origin.start, layout.record(of.folder, of.record)
        again = "imgfile rekey" if of.origin.how is Cause.REKEYED else f"imgfile move {layout.reference(start)}"
        if start not in lived.gone:
            died = Finding(Kind.UNFINISHED, where, f"A run died before the record it comes from led here:  {again}")
            yield Doubt(died, lambda start=start: _is_there(vault, start))  # type: ignore[misc]
        elif _leads_elsewhere(vault, lived, of):
            again = f"imgfile move {layout.reference(start)}"
            yield Finding(Kind.DUPLICATE, where, f"The record it comes from leads to another one:  {again}")
    for history in lived.moved.values():
        yield from _check_carried(vault, history)


def _leads_elsewhere(vault: Vault, lived: Lived, of: Manifest) -> bool:
    """Return whether what a record comes from leads to another one by right; what does not is found where it lies."""
    history = lived.moved.get(of.origin.start) if of.origin is not None else None
    if history is None or history.gone is None or history.gone.to is None:
        return True  # two persons destroyed what it comes from, or one did on a withdrawal
    try:
        return history.gone.to[1] != of.record and history.leads_to_photo(vault)
    except Damaged:  # the other one is found where it lies
        return False


def _is_there(vault: Vault, start: RecordId) -> bool:
    """Return whether the record that a photo comes from has no tombstone yet."""
    return not any(vault.store.exists(layout.tombstone(folder, start)) for folder in patients(vault))


def _check_carried(vault: Vault, history: History) -> Iterator[Found]:
    """Check that what kept a moved record, as far as its mover knew, keeps it in its new place, or did."""
    stone = history.gone
    if stone is None or stone.to is None or not is_published(vault, *stone.to):
        return
    known = history.known_to(stone.knew)
    wanted = [effect for effect in _KEPT if known.standing(effect)]
    there = _kinds(vault, *stone.to) if wanted else set()
    for effect in wanted:
        kind, words = _KEPT[effect]
        if kind not in there:
            yield Finding(Kind.DAMAGED, stone.note, f"It leads to a record to which {words} did not go along.")


def _kinds(vault: Vault, folder: PatientFolder, record: RecordId) -> set[AdditionKind]:
    found = set[AdditionKind]()
    for thing in addition_names(vault, folder, record):
        try:
            found.add(addition.load(vault, folder, record, thing).kind)
        except Damaged:  # it is found where it lies
            continue
    return found
