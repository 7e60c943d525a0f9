"""Whether photos are still what they were when they were opened: somebody was asked about them since, for minutes.

1. One that is gone by now neither is shown nor leaves, though it lies open in memory: nobody looks at it after its
   tombstone.
2. So it is where what holds of it changed: its answers, a withdrawal, a form. It is opened anew, and judged as it is.
3. A note that was added, a hold or a hand-over changes nothing of that.
"""

from __future__ import annotations

from collections.abc import Sequence

from imgfile.acts.disclosure.open import Reader
from imgfile.errors import UsageError
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.still_admitted import expect_still_admitted


def expect_unchanged(vault: Vault, opened: Sequence[OpenedRecord], reader: Reader) -> None:
    """See that photos are what they were when they were opened, and who looks may still. Hold the station's lock.

    Raises `RefusedByRule` for one that is gone, `UsageError` for one that was changed, `Damaged`.
    """
    expect_still_admitted(vault, reader.who)
    for each in opened:
        history = life.load(vault, each.manifest)
        if history.gone is None and history.heads == each.history.heads:
            continue
        if _what_holds(open_record(vault, each.manifest, reader.practice)) != _what_holds(each):
            raise UsageError(
                f"{each.manifest.reference} was changed since it was opened for you. Nothing left.",
                f"Run it again; what was changed:  imgfile show {each.manifest.reference} --history",
            )


def _what_holds(of: OpenedRecord) -> tuple[object, ...]:
    return of.facts, of.history.is_use_stopped, of.agreed
