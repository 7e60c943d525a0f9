"""A safeguarding hold on a photo that waits in the inbox: neither shown, filed nor destroyed until lifted (R21)."""

from __future__ import annotations

from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.set_aside import found_on_hold, hold_named
from imgfile.clinical.proofs import Digest
from imgfile.errors import Error, RefusedByRule
from imgfile.vault.records.open_item import OpenedItem


def expect_no_hold(run: Run, opened: OpenedItem) -> None:
    """See that an item's photo is not on hold at this computer. Raises `RefusedByRule` R21."""
    held = found_on_hold(run, _digest(opened))
    if held is not None:
        raise _refusal(held.error, opened)


def hold(run: Run, opened: OpenedItem) -> RefusedByRule:
    """Put an item's photo on hold, durably; return the refusal that says so. Raises `NotWritable`, `Damaged`."""
    held = hold_named(run, f"inbox item {opened.item.reference}", _digest(opened))
    return _refusal(held.error, opened)


def _digest(opened: OpenedItem) -> Digest:
    return opened.facts.picture.original_digest


def _refusal(error: Error, opened: OpenedItem) -> RefusedByRule:
    return RefusedByRule("R21", f"{opened.item.reference} is on a safeguarding hold; it waits on as it is.", error.hint)
