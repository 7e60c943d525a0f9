"""Looking through mailboxes: which photos are asked for, how far it got, and what was found and left out.

Shared by the commands that look: `ingest` files what is found, `scan` lists it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imgfile.clinical.dates import parse_date, show_date
from imgfile.errors import AnswerInvalid, Cancelled, SourceInUse, UsageError
from imgfile.terminal import CANCELLED_WORDS, Terminal

if TYPE_CHECKING:
    from imgfile.acts.sources.filters import Criteria
    from imgfile.acts.sources.found import Found, Mailbox, Progress

MAX_UNSEARCHED_NAMED: Final = 20
"""How many parts that were not searched are named one by one."""
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

_PIXELS: Final = re.compile(r"([0-9]{1,9})(?:x([0-9]{1,9}))?")


def criteria_of(  # noqa: PLR0913 - one parameter an option
    *,
    sender: str | None,
    subject: str | None,
    since: str | None,
    until: str | None,
    message_id: str | None,
    min_pixels: str | None,
) -> Criteria | None:
    """Understand the options; None when none was given. Raises `UsageError`."""
    if all(given is None for given in (sender, subject, since, until, message_id, min_pixels)):
        return None
    from imgfile.acts.sources.filters import Criteria  # noqa: PLC0415 - a photo in a file of its own has no message

    return Criteria(
        sender=sender,
        subject=subject,
        since=_day("--since", since),
        until=_day("--until", until),
        message_id=message_id,
        min_pixels=_pixels(min_pixels),
    )


def _day(flag: str, text: str | None) -> date | None:
    if text is None:
        return None
    today = datetime.now().astimezone().date()
    match text.strip().casefold():
        case "today":
            return today
        case "yesterday":
            return today - timedelta(days=1)
    try:
        return parse_date(text)
    except AnswerInvalid as error:
        raise UsageError(f"{flag} {error.message}.") from error


def _pixels(text: str | None) -> int | None:
    if text is None:
        return None
    found = _PIXELS.fullmatch("".join(text.split()).replace(",", "").casefold())
    if found is None:
        raise UsageError("--min-pixels is no number of pixels.", "Type it as 300000, or as width and height: 640x480")
    return int(found[1]) * int(found[2] or 1)


# --- while it is looked -------------------------------------------------------------------------------------


def watching(terminal: Terminal) -> Callable[[Path], AbstractContextManager[Progress]]:
    """Return what shows how far a mailbox was walked."""

    @contextmanager
    def watch(path: Path) -> Iterator[Progress]:
        with terminal.progress(f"Looking through {path.name or path} (%)", 100) as advance:
            told = 0

            def report(done: int, total: int) -> None:
                nonlocal told
                now = 100 * done // total
                advance(now - told)
                told = now

            yield report

    return watch


def waiting(terminal: Terminal) -> Callable[[SourceInUse], None]:
    """Return what waits at the terminal until a mailbox is free."""

    def wait(error: SourceInUse) -> None:
        terminal.show(f"imgfile: {error.message}")
        step = error.hint.partition(", then")[0]
        if terminal.ask(f"{step}, then press Enter (q quits):").casefold() in {"q", "quit"}:
            raise Cancelled(CANCELLED_WORDS)

    return wait


# --- what was found, for people -------------------------------------------------------------------------------


def tell_repeated(terminal: Terminal, found: Found) -> None:
    """Tell which files were named twice, by two spellings."""
    for again, first in found.repeated:
        if again != first:  # typed otherwise, spelt the same: ./a.jpg
            terminal.say(f"{again} is the same file as {first}, and is taken once.")


def tell_mailboxes(terminal: Terminal, found: Found, criteria: Criteria | None, *, with_logos: bool) -> None:
    """Tell what the mailboxes hold, what was left out, and which parts were not searched."""
    for boxes in by_name(found.mailboxes):
        told = [counted(boxes), *_logos(boxes, with_logos=with_logos), *left_out(boxes, criteria)]
        terminal.say(f"{'; '.join(told)}.")
    warn_unsearched(terminal, found.mailboxes)


def by_name(mailboxes: Iterable[Mailbox]) -> list[list[Mailbox]]:
    """Put together what one name gave: a folder may hold a mailbox for each message."""
    return [list(boxes) for _, boxes in groupby(mailboxes, key=lambda box: box.named)]


def counted(boxes: Sequence[Mailbox]) -> str:
    """Say how much mail, and how many images in it: `Inbox: 2,413 messages, 6 images`."""
    name = boxes[0].path.name if len(boxes) == 1 else Path(boxes[0].named).name or boxes[0].named
    mailboxes = [f"{len(boxes):,} mailboxes"] if len(boxes) > 1 else []
    messages, images = sum(box.messages for box in boxes), sum(box.images for box in boxes)
    return f"{name}: {', '.join([*mailboxes, numbered(messages, 'message'), numbered(images, 'image')])}"


def numbered(count: int, noun: str) -> str:
    """Write a count with its noun."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def _logos(boxes: Sequence[Mailbox], *, with_logos: bool) -> Iterator[str]:
    logos = sum(box.likely_logos for box in boxes)
    look, are = ("1 looks like a logo", "is") if logos == 1 else (f"{logos:,} look like logos", "are")
    if logos:
        yield look if with_logos else f"{look} and {are} left out (--all)"


def left_out(boxes: Sequence[Mailbox], criteria: Criteria | None) -> Iterator[str]:
    """Return how many images each criterion left out, in words."""
    if criteria is None:
        return
    from imgfile.acts.sources.filters import Mismatch  # noqa: PLC0415 - see above

    mismatches = sum((box.mismatches for box in boxes), Counter[Mismatch]())
    words = {
        Mismatch.SENDER: "from other senders",
        Mismatch.SUBJECT: "with another subject",
        Mismatch.MESSAGE_ID: "in other messages",
        Mismatch.SINCE: f"sent before {show_date(criteria.since)}" if criteria.since else "",
        Mismatch.UNTIL: f"sent after {show_date(criteria.until)}" if criteria.until else "",
        Mismatch.MIN_PIXELS: f"of fewer than {criteria.min_pixels or 0:,} pixels",
    }
    yield from (f"{mismatches[mismatch]:,} {words[mismatch]}" for mismatch in Mismatch if mismatches[mismatch])


def warn_unsearched(terminal: Terminal, mailboxes: Iterable[Mailbox]) -> None:
    """Name the parts that were not searched; of very many the first."""
    parts = [(box, part) for box in mailboxes for part in box.unsearched]
    for box, part in parts[:MAX_UNSEARCHED_NAMED]:
        terminal.warn(f"{box.path}, message {part.message.number}: not searched, {part.reason.value}.")
    if len(parts) > MAX_UNSEARCHED_NAMED:
        more = len(parts) - MAX_UNSEARCHED_NAMED
        terminal.warn(f"and {numbered(more, 'part')} more not searched; all of them: imgfile scan … --json")
