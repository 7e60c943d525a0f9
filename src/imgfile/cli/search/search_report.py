"""What a search of mailboxes reports when it is done: what was found, what was left out, what was not looked into.

Shared by the commands that search: `ingest` files what is found, `scan` lists it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imgfile.acts.sources.filters import Criteria, Mismatch
from imgfile.cli.search.part_words import left_over, part_line
from imgfile.clinical.dates import show_date
from imgfile.counts import counted
from imgfile.terminal import Terminal, sanitise

if TYPE_CHECKING:
    from imgfile.acts.sources.found import Found, Mailbox
    from imgfile.mail.model import Unsearched

MAX_SHOWN_CHARACTERS: Final = 48
"""How much of a subject or address is shown."""
MAX_UNSEARCHED_NAMED: Final = 20
"""How many parts that are absent or were not looked into are named one by one."""


def report_repeated(terminal: Terminal, found: Found) -> None:
    """Report which files were named twice, by two spellings."""
    for again, first in found.repeated:
        if again != first:  # typed otherwise, spelt the same: ./a.jpg
            terminal.say(f"{again} is the same file as {first}, and is taken once.")


def report_mailboxes(terminal: Terminal, found: Found, criteria: Criteria | None, *, with_logos: bool) -> None:
    """Report what the mailboxes hold, what was left out, and which parts are absent or were not looked into."""
    for boxes in group_by_name(found.mailboxes):
        parts = [contents(boxes), *_logos(boxes, with_logos=with_logos), *left_out_counts(boxes, criteria)]
        terminal.say(f"{'; '.join([*parts, *left_over(_unsearched(boxes))])}.")
    warn_unsearched(terminal, found.mailboxes)


def report_folders(terminal: Terminal, found: Found) -> None:
    """Report of each folder how many photos it holds, what in it was not looked into, or that there is nothing."""
    for folder in found.named_folders:
        if folder.photos:
            terminal.say(f"{folder.path.name or folder.path}: {counted(folder.photos, 'photo')}.")
        if folder.is_barren and folder.is_whole:
            terminal.say(f"{folder.path}: no photo and no mailbox.")
        elif not folder.is_barren and not folder.is_whole:  # else that nothing could be read is an error of its own
            from imgfile.acts.sources.folder import unopened_words  # noqa: PLC0415 - only where a folder was named

            deeper = "; -r looks into folders within folders" if folder.not_entered else ""
            terminal.warn(f"{folder.path}: not looked into: {unopened_words(folder)}{deeper}.")


def _unsearched(boxes: Iterable[Mailbox]) -> Iterator[Unsearched]:
    return (part for box in boxes for part in box.unsearched)


def group_by_name(mailboxes: Iterable[Mailbox]) -> list[list[Mailbox]]:
    """Put together what one name gave: a folder may hold a mailbox for each message."""
    return [list(boxes) for _, boxes in groupby(mailboxes, key=lambda box: box.named)]


def contents(boxes: Sequence[Mailbox]) -> str:
    """Return how much mail, and how many images in it: `Inbox: 2,413 messages, 6 images`.

    That there is none is said only where every part was looked into.
    """
    name = boxes[0].path.name if len(boxes) == 1 else Path(boxes[0].named).name or boxes[0].named
    mailboxes = [f"{len(boxes):,} mailboxes"] if len(boxes) > 1 else []
    messages, images = sum(box.messages for box in boxes), sum(box.images for box in boxes)
    is_partial = not images and any(_unsearched(boxes))
    found = "no image in what could be looked into" if is_partial else counted(images, "image")
    return f"{name}: {', '.join([*mailboxes, counted(messages, 'message'), found])}"


def _logos(boxes: Sequence[Mailbox], *, with_logos: bool) -> Iterator[str]:
    logos = sum(box.likely_logos for box in boxes)
    look, are = ("1 looks like a logo", "is") if logos == 1 else (f"{logos:,} look like logos", "are")
    if logos:
        yield look if with_logos else f"{look} and {are} left out (--all)"


def left_out_counts(boxes: Sequence[Mailbox], criteria: Criteria | None) -> Iterator[str]:
    """Return how many images each criterion left out, in words."""
    if criteria is None:
        return

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


def _where(box: Mailbox, part: Unsearched) -> str:
    """Return where a part lies, so that its message can be found: by number, of several by subject and sender too."""
    message = part.message
    if not message.number:  # a file of an archive
        return str(box.path)
    where = f"{box.path}, message {message.number}"
    if box.messages == 1 or not (message.subject or message.sender):
        return where
    subject = f'"{_short(message.subject)}"' if message.subject else "no subject"
    return f"{where} ({subject}{f' from {_short(message.sender)}' if message.sender else ''})"


def _short(text: str) -> str:
    shown = sanitise(text)
    return shown if len(shown) <= MAX_SHOWN_CHARACTERS else f"{shown[: MAX_SHOWN_CHARACTERS - 1]}…"


def warn_unsearched(terminal: Terminal, mailboxes: Iterable[Mailbox]) -> None:
    """Name the parts that are absent or were not looked into; of very many the first."""
    parts = [(box, part) for box in mailboxes for part in box.unsearched]
    for box, part in parts[:MAX_UNSEARCHED_NAMED]:
        terminal.warn(f"{_where(box, part)}: {part_line(part)}.")
    if len(parts) > MAX_UNSEARCHED_NAMED:
        more = len(parts) - MAX_UNSEARCHED_NAMED
        terminal.warn(f"and {counted(more, 'part')} more; all of them: imgfile scan … --json")
