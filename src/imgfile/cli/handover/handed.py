"""Where a photo is in the record: asked at the end of an export, and said by `imgfile handed`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Final

import typer

from imgfile.acts.disclosure.handover.remember import remember_handed_over
from imgfile.acts.life.person import person_here
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.text import parse_line
from imgfile.errors import AnswerInvalid, Cancelled, Error
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.records.manifest import Manifest

WhereOption = Annotated[
    str | None,
    typer.Option("--where", metavar="TEXT", help='Where it is in the record now, such as "EMIS, 28 Nov"; sealed.'),
]
ASKED: Final = "In the record now? Where (Enter later):"
WHERE_EXPLAINED: Final = Explanation(
    "Where whoever opens the patient's record finds it: the system, and under what. It is sealed beside the photo, and "
    "imgfile status no longer counts it as waiting. Enter leaves it open:  imgfile handed RECORD  says it later.",
    "Whoever put it there.",
    "EMIS, 28 Nov",
)


def ask_where(terminal: Terminal) -> str:
    """Ask where copies that were just written are in the record; empty where that comes later, or is left by q."""
    while True:
        try:
            typed = asking.answer(terminal, ASKED, WHERE_EXPLAINED)
            return parse_line(typed) if typed.strip() else ""
        except AnswerInvalid as error:
            terminal.show(f"  It {error.message}.")
        except Cancelled:  # the copies are written: this alone is left
            return ""


def hand_over_all(vault: Vault, records: Sequence[Manifest], where: str, *, on: date | None = None) -> list[str]:
    """Remember of records where they were handed over to; return their references. Raises as the first that fails."""
    now = datetime.now(UTC)
    day, by = on or now.astimezone().date(), person_here(vault)
    done: list[str] = []
    for of in records:
        try:
            with vault.station.locked():
                remember_handed_over(vault, of, where, day, by, at=now)
        except Error as error:
            if done:
                error.hint = f"It is remembered of {', '.join(done)}.\n{error.hint}".strip()
            raise
        done.append(of.reference)
    return done
