"""Which photos were never handed over: what `imgfile handed` prints where no record is named."""

from __future__ import annotations

from datetime import UTC, datetime

from imgfile.acts.check.not_handed import records_not_handed
from imgfile.acts.list import DamagedRecord, Listed
from imgfile.cli.formats import output_moment
from imgfile.counts import counted
from imgfile.errors import Damaged
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.times import format_time


def print_not_handed(vault: Vault, terminal: Terminal) -> None:
    """Print the photos that were never handed over, the newest first, and how to go on.

    Raises `UsageError` in a vault of format 1, `Damaged` once what is sound is printed.
    """
    found = records_not_handed(vault, datetime.now(UTC))
    sound = [each for each in found if isinstance(each, Listed)]
    if terminal.is_json:
        for each in sound:
            terminal.data(_facts(each))
    elif sound:
        rows = [(each.reference, output_moment(each.filed_at, terminal), each.station) for each in sound]
        terminal.table(("record", "filed", "computer"), rows, is_long=True)
    terminal.say(_summary(len(sound)))
    if damaged := [each.reference for each in found if isinstance(each, DamagedRecord)]:
        what = "this record is" if len(damaged) == 1 else "these records are"
        raise Damaged(f"{what} damaged: {', '.join(damaged)}.", "imgfile verify tells what is wrong.")


def _summary(number: int) -> str:
    if not number:
        return "No photo waits: each that is here was handed over."
    was = counted(number, "photo was", "photos were")
    return f"{was} filed and never handed over. Once one is in the clinical record:  imgfile handed RECORD"


def _facts(one: Listed) -> dict[str, object]:
    filed = format_time(one.filed_at)
    return {"type": "not_handed", "record": one.reference, "filed": filed, "station": one.station}
