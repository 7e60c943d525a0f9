"""Filing photographs: the one path, for one photo as for a thousand.

1. The vault is opened, and its pin checked, before any photo is read.
2. An erasure that an earlier run left unfinished is finished first.
3. A photo is read whole, identified by its bytes, stripped, and the result checked, before anything is asked.
4. Its answers stand alone (R2) and make a `Filing`, or it is refused with everything that is missing. Only photos of
   one message may share answers, and only where somebody says so (see `message_group`).
5. Nothing happens without a confirmation that names patient, source and erasure.
6. A photo filed before for this patient is not filed twice: its stored copy is proven instead (R16).
7. The record is written, read back and published; the audit entry is durable; only then is the source erased (R15).
8. Whatever goes wrong before that leaves the source untouched, and one photo's failure is no other's.

A group of photos goes through each stage together, so that a batch pays for one audit note a group; one photo is
a group of one. `decide` holds what is asked, `commit` what is written. The station's lock is held from 6 on, never
while somebody types. What becomes of a mailbox when all are done is for `acts.erasure`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.ingest.attendant import Attendant
from imgfile.acts.ingest.commit import file
from imgfile.acts.ingest.context import Circumstances
from imgfile.acts.ingest.decide import Prepared, Stage, decide
from imgfile.acts.ingest.message_group import decide_message
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Outcome, Ready
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import open_pseudonyms

GROUP_PHOTOS: Final = 16
"""How many photos of an unattended run go through each stage together."""
GROUP_BYTES: Final = 64 << 20
"""How many bytes of photos, as they are and stripped, make a group full before that: all are in memory at once."""


def ingest(  # noqa: PLR0913 - a run has these parts
    vault: Vault,
    requests: Iterable[Request],
    wishes: Wishes,
    *,
    clock: Callable[[], datetime],
    ledger: Ledger,
    attendant: Attendant | None = None,
) -> Iterator[tuple[Request, Outcome]]:
    """File photos; yield each one's outcome, in order, as soon as its group is done. Raises `Cancelled`.

    What was filed from mailboxes, and what was taken out of them, is noted in `ledger`.
    """
    run = Circumstances(vault, wishes, attendant, open_pseudonyms(vault), clock, ledger)
    waiting = deque(requests)
    while waiting:
        group = decide_message(run, attendant, waiting) if attendant else _decide_group(run, waiting)
        outcomes = _file_group(run, [stage for _, stage in group])
        yield from zip((request for request, _ in group), outcomes, strict=True)


def _decide_group(run: Circumstances, waiting: deque[Request]) -> list[tuple[Request, Stage]]:
    group: list[tuple[Request, Stage]] = []
    size = 0
    while waiting and len(group) < GROUP_PHOTOS and size < GROUP_BYTES:
        request = waiting.popleft()
        stage = decide(run, request)
        group.append((request, stage))
        size += len(stage.photo.data) + len(stage.stripped.data) if isinstance(stage, Prepared) else 0
    return group


def _file_group(run: Circumstances, stages: Sequence[Stage]) -> list[Outcome]:
    decided = [stage for stage in stages if isinstance(stage, Prepared)]
    if not decided:
        return [stage for stage in stages if not isinstance(stage, Prepared)]
    if run.wishes.is_dry:
        return [Ready() if isinstance(stage, Prepared) else stage for stage in stages]
    with run.vault.station.locked():
        filed = iter(file(run, decided))
    return [next(filed) if isinstance(stage, Prepared) else stage for stage in stages]
