"""A safeguarding hold on a photo that waits in the inbox: neither shown, filed nor destroyed until lifted (R21).

The inbox is everybody's, so a hold counts at whichever computer it was put on.
"""

from __future__ import annotations

from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.set_aside import found_on_hold, hold_named
from imgfile.clinical.proofs import Digest
from imgfile.clinical.rules import hold_by_hand
from imgfile.errors import Error, RefusedByRule
from imgfile.vault.records.open_item import OpenedItem
from imgfile.vault.trail.holds import safeguarding_holds


def expect_no_hold(run: Run, opened: OpenedItem) -> None:
    """See that an item's photo is not on hold, here or at another computer. Raises `RefusedByRule` R21, `Damaged`."""
    held = found_on_hold(run, _digest(opened))
    if held is not None:
        raise _refusal(held.error, opened)
    has_marks = bool(run.vault.here.pseudonym_digest)
    where = safeguarding_holds(run.vault).get(run.pseudonyms.same(_digest(opened))) if has_marks else None
    if where is not None:
        raise RefusedByRule(
            "R21",
            f"{opened.item.reference} is on a safeguarding hold, at {where}; it waits on as it is.",
            f"{hold_by_hand(run.vault.policy)}\nA named person lifts it there:  imgfile safeguarding list",
        )


def hold(run: Run, opened: OpenedItem) -> RefusedByRule:
    """Put an item's photo on hold, durably; return the refusal that says so. Raises `NotWritable`, `Damaged`."""
    held = hold_named(run, f"inbox item {opened.item.reference}", _digest(opened))
    return _refusal(held.error, opened)


def _digest(opened: OpenedItem) -> Digest:
    return opened.facts.picture.original_digest


def _refusal(error: Error, opened: OpenedItem) -> RefusedByRule:
    return RefusedByRule("R21", f"{opened.item.reference} is on a safeguarding hold; it waits on as it is.", error.hint)
