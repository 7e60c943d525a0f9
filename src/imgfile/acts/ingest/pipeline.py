"""Filing photographs: the one path, for one photo as for a thousand.

1. The vault is opened, and its pin checked, before any photo is read.
2. An erasure that an earlier run left unfinished is finished first.
3. A photo is read whole, identified by its bytes, stripped, and the result checked, before anything is asked. That its
   picture cannot be shown is said before its source goes (see `trial`).
4. Its answers stand alone (R2) and make a `Filing`, or it is refused with everything that is missing. Only photos of
   one message may share answers, and only where somebody says so (see `message_group`).
5. Nothing happens without a confirmation that names patient, source and erasure.
6. A photo filed before for this patient is not filed twice: its stored copy is proven instead (R16).
7. The record is written, read back and published; the audit entry is durable; only then is the source erased (R15).
8. Whatever goes wrong before that leaves the source untouched, and one photo's failure is no other's.

A group of photos goes through each stage together, so that a batch pays for one audit note a group; one photo is
a group of one. `examine` holds 3, `decide` 4 to 6, `commit` 6 to 8. The station's lock is held from `commit` on, never
while somebody types. What becomes of a mailbox when all are done is for `acts.erasure`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from imgfile.acts.ingest.candidate import Candidate, Stage
from imgfile.acts.ingest.commit import file
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.decide import decide
from imgfile.acts.ingest.plan import Item, outcomes
from imgfile.acts.options import Request
from imgfile.acts.outcome import Outcome, Ready

if TYPE_CHECKING:
    from imgfile.acts.ingest.attendant import Attendant

GROUP_PHOTOS: Final = 16
"""How many photos of an unattended run go through each stage together."""
GROUP_BYTES: Final = 64 << 20
"""How many bytes of photos, as they are and stripped, make a group full before that: all are in memory at once."""


def ingest(run: Run, requests: Iterable[Request]) -> Iterator[tuple[Request, Outcome]]:
    """File photos; yield each one's outcome, in order, as soon as its group is done. Raises `Cancelled`."""
    waiting = deque(requests)
    while waiting:
        group = _decide_message(run, run.attendant, waiting) if run.attendant else _decide_group(run, waiting)
        outcomes = _file_group(run, [stage for _, stage in group])
        yield from zip((request for request, _ in group), outcomes, strict=True)


def ingest_items(run: Run, items: Sequence[Item]) -> Iterator[tuple[Item, Outcome]]:
    """File a plan's photos; yield each item's outcome, in order, also what was known beforehand. Raises `Cancelled`."""
    return outcomes(items, ingest(run, [item.request for item in items if item.request]))


def _decide_message(run: Run, attendant: Attendant, waiting: deque[Request]) -> list[tuple[Request, Stage]]:
    from imgfile.acts.ingest.message_group import decide_message  # noqa: PLC0415 - only where somebody is asked

    return decide_message(run, attendant, waiting)


def _decide_group(run: Run, waiting: deque[Request]) -> list[tuple[Request, Stage]]:
    group: list[tuple[Request, Stage]] = []
    size = 0
    while waiting and len(group) < GROUP_PHOTOS and size < GROUP_BYTES:
        request = waiting.popleft()
        stage = decide(run, request)
        group.append((request, stage))
        if isinstance(stage, Candidate):
            size += len(stage.examined.photo.data) + len(stage.examined.stripped.data)
            size += len(stage.filing.form_data) if stage.filing else 0
    return group


def _file_group(run: Run, stages: Sequence[Stage]) -> list[Outcome]:
    if any(isinstance(stage, Candidate) and stage.needs_trial for stage in stages):
        from imgfile.acts.ingest.trial import tried_together  # noqa: PLC0415 - most photos are usual JPEGs

        stages = tried_together(stages)
    decided = [stage for stage in stages if isinstance(stage, Candidate)]
    if not decided:
        return [stage for stage in stages if not isinstance(stage, Candidate)]
    if run.wishes.is_dry:
        return [_ready(stage) if isinstance(stage, Candidate) else stage for stage in stages]
    with run.vault.station.locked():
        run.ledger.under_way = len(decided)
        filed = iter(file(run, decided))
    run.ledger.under_way = 0
    return [next(filed) if isinstance(stage, Candidate) else stage for stage in stages]


def _ready(one: Candidate) -> Ready:
    return Ready((*one.examined.warnings, *one.remarks), one.examined.held, one.since)
