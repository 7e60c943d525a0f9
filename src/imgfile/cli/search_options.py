"""A search of mailboxes: the options that narrow it, and what is shown while it lasts; for `ingest` and `scan`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imgfile.cli.scaffold import Command, with_argument
from imgfile.errors import AnswerInvalid, Cancelled, SourceInUse, UsageError
from imgfile.frozen import dataclass
from imgfile.terminal import CANCELLED_WORDS, Terminal

if TYPE_CHECKING:
    from imgfile.acts.sources.filters import Criteria
    from imgfile.acts.sources.found import Progress

WHICH: Final = "Which photos of a mailbox"
"""The section of a help page that lists what narrows a search."""

FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="TEXT", help="Part of the sender's address.", rich_help_panel=WHICH),
]
SubjectOption = Annotated[
    str | None, typer.Option("--subject", metavar="TEXT", help="Part of the subject.", rich_help_panel=WHICH)
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="DAY", help="Sent since: yesterday, 21/11/2026.", rich_help_panel=WHICH),
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="DAY", help="Sent until the end of that day.", rich_help_panel=WHICH)
]
MessageIdOption = Annotated[
    str | None, typer.Option("--message-id", metavar="ID", help="Of this message only.", rich_help_panel=WHICH)
]
MinPixelsOption = Annotated[
    str | None,
    typer.Option(
        "--min-pixels", metavar="N", help="At least so many pixels: 300000, or 640x480.", rich_help_panel=WHICH
    ),
]
AllOption = Annotated[
    bool,
    typer.Option(
        "--all", help="Also what looks like a logo: small within the text, or in many mails.", rich_help_panel=WHICH
    ),
]

_PIXELS: Final = r"([0-9]{1,9})(?:x([0-9]{1,9}))?"


@dataclass(frozen=True, slots=True)
class Search:
    """Which photos of a mailbox are asked for."""

    criteria: Criteria | None
    """None where none was given."""
    with_logos: bool
    """Also what looks like a logo."""


def _search(  # noqa: PLR0913 - one parameter an option
    *,
    sender: FromOption = None,
    subject: SubjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    message_id: MessageIdOption = None,
    min_pixels: MinPixelsOption = None,
    with_all: AllOption = False,
) -> Search:
    if all(text is None for text in (sender, subject, since, until, message_id, min_pixels)):
        return Search(None, with_logos=with_all)
    from imgfile.acts.sources.filters import Criteria  # noqa: PLC0415 - a photo in a file of its own meets any

    criteria = Criteria(
        sender=sender,
        subject=subject,
        since=_day("--since", since),
        until=_day("--until", until),
        message_id=message_id,
        min_pixels=_pixels(min_pixels),
    )
    return Search(criteria, with_logos=with_all)


def with_search_options(function: Command) -> Command:
    """Give a command `search`, from the options that narrow one. What they cannot mean raises `UsageError`."""
    return with_argument("search", _search)(function)


def _day(flag: str, text: str | None) -> date | None:
    if text is None:
        return None
    today = datetime.now().astimezone().date()
    match text.strip().casefold():
        case "today":
            return today
        case "yesterday":
            return today - timedelta(days=1)
    from imgfile.clinical.dates import parse_date  # noqa: PLC0415 - only where a day is given

    try:
        return parse_date(text)
    except AnswerInvalid as error:
        raise UsageError(f"{flag} {error.message}.") from error


def _pixels(text: str | None) -> int | None:
    if text is None:
        return None
    found = re.fullmatch(_PIXELS, "".join(text.split()).replace(",", "").casefold())
    if found is None:
        raise UsageError("--min-pixels is no number of pixels.", "Type it as 300000, or as width and height: 640x480")
    return int(found[1]) * int(found[2] or 1)


# --- while it lasts -------------------------------------------------------------------------------------------


def watching(terminal: Terminal) -> Callable[[Path], AbstractContextManager[Progress]]:
    """Return what shows how far a mailbox was walked."""

    @contextmanager
    def watch(path: Path) -> Iterator[Progress]:
        with terminal.progress(f"Looking through {path.name or path} (%)", 100) as advance:
            shown = 0

            def report(done: int, total: int) -> None:
                nonlocal shown
                now = 100 * done // total
                advance(now - shown)
                shown = now

            yield report

    return watch


def waiting(terminal: Terminal) -> Callable[[SourceInUse], None]:
    """Return what waits at the terminal until a mailbox is free."""

    def wait(error: SourceInUse) -> None:
        terminal.show(f"imgfile: {error.message}")
        first, _, more = error.hint.partition(". ")
        step = re.split(r",? (?:and|then) run the command again", first)[0]
        if more:
            terminal.show(more)
        from imgfile.terminal import asking  # noqa: PLC0415 - few mailboxes are in use

        if asking.ask(terminal, f"{step}, then press Enter (q quits):", asking.IN_USE).casefold() in {"q", "quit"}:
            raise Cancelled(CANCELLED_WORDS)

    return wait
