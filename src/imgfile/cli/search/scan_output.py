"""What a scan prints: a table for people, the same untruncated for pipes, objects for scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from imgfile.acts.scan import Entry, FiledMessage
from imgfile.acts.tables.read import SCANNED
from imgfile.acts.tables.write import cells_of, facts_of
from imgfile.cli.formats import show_local_moment, show_moment
from imgfile.cli.search.part_words import part_facts
from imgfile.images.metadata.summary import size
from imgfile.terminal import Lines, Terminal
from imgfile.vault.times import format_time

if TYPE_CHECKING:
    from imgfile.acts.sources.found import Mailbox

_PIPED: Final = tuple(name for name in SCANNED if name not in {"row", "name"})
"""Scripts take the columns by their places."""
_FILED: Final = ("source", "part", "record", "sent", "from", "subject", "message_id")
_DIGEST_SHOWN: Final = 8
"""As many characters as a tombstone has; the whole digest is in a pipe, in a table, and in JSON."""


def print_entries(terminal: Terminal, entries: Sequence[Entry]) -> None:
    """Print the photos."""
    if terminal.is_json:
        for entry in entries:
            terminal.data({"type": "photo", **facts_of(entry)})
    elif terminal.has_screen:
        if entries:
            has_several = len({entry.source for entry in entries}) > 1
            rows = [_row(entry, with_source=has_several) for entry in entries]
            terminal.table(("sent", "message", "part", "photo"), rows)
    else:
        terminal.table(_PIPED, ([_piped(entry)[name] for name in _PIPED] for entry in entries))


def _row(entry: Entry, *, with_source: bool) -> list[Lines]:
    message = _message_lines(entry) if entry.part else Lines((entry.source,))
    source = (f"in {entry.source}",) if with_source and entry.part else ()
    return [_when(entry.sent_at), Lines((*message, *source)), Lines((entry.part,)), Lines(_photo_lines(entry))]


def _message_lines(message: Entry | FiledMessage) -> Lines:
    subject = f'"{message.subject}"' if message.subject else "no subject"
    return Lines(filter(None, (message.sender, subject, message.message_id)))


def _when(sent_at: datetime | None) -> Lines:
    if sent_at is None:
        return Lines(("no date",))
    day, _, time = show_local_moment(sent_at).rpartition(" ")
    return Lines((day, time))


def _photo_lines(entry: Entry) -> list[str]:
    """Describe a photo itself in a few short lines."""
    pixels = f" {entry.width} x {entry.height}" if entry.width else ""
    lines = [f"{entry.kind}{pixels}, {size(entry.length)}"]
    if entry.taken_at:
        lines.append(f"taken {show_moment(entry.taken_at)}")
    if entry.name:
        lines.append(entry.name)
    if entry.digest:
        lines.append(f"sha256 {entry.digest[:_DIGEST_SHOWN]}")
    return [*lines, *([entry.note] if entry.note else [])]


def entry_lines(entry: Entry) -> list[str]:
    """Describe a photo and its message, one below the other."""
    if not entry.part:
        return [entry.source, *_photo_lines(entry)]
    sent = show_local_moment(entry.sent_at) if entry.sent_at else "no date"
    return [sent, *_message_lines(entry), f"part {entry.part}", *_photo_lines(entry)]


def _piped(entry: Entry) -> dict[str, str]:
    moments = {
        "sent": format_time(entry.sent_at) if entry.sent_at else "",
        "taken": entry.taken_at.isoformat(timespec="seconds") if entry.taken_at else "",
    }
    return cells_of(entry, shown=str) | moments


def print_filed(terminal: Terminal, messages: Iterable[FiledMessage]) -> int:
    """Print the messages that photos were taken out of; return how many they are."""
    found = list(messages)
    if terminal.is_json:
        for one in found:
            terminal.data(_filed_facts(one))
    elif terminal.has_screen:
        if found:
            terminal.table(("sent", "message", "filed as"), [_filed_row(one) for one in found])
    else:
        terminal.table(_FILED, [_filed_cells(one) for one in found])
    return len(found)


def _filed_row(one: FiledMessage) -> list[Lines]:
    return [_when(one.sent_at), _message_lines(one), Lines(one.records)]


def _filed_cells(one: FiledMessage) -> list[str]:
    sent = format_time(one.sent_at) if one.sent_at else ""
    where = [str(one.source), " ".join(one.parts), " ".join(one.records)]
    return [*where, sent, one.sender, one.subject, one.message_id]


def _filed_facts(one: FiledMessage) -> dict[str, object]:
    facts = dict(zip(_FILED[3:], _filed_cells(one)[3:], strict=True))
    known = {name: text for name, text in facts.items() if text}
    return {"type": "filed", "source": str(one.source), "parts": list(one.parts), "records": list(one.records), **known}


# --- for scripts ----------------------------------------------------------------------------------------------


def print_mailboxes(terminal: Terminal, mailboxes: Iterable[Mailbox]) -> None:
    """Print what each mailbox holds, and each part of it that is absent or was not looked into."""
    for box in mailboxes:
        terminal.data(
            {
                "type": "mailbox",
                "source": str(box.path),
                "container": box.container,
                "messages": box.messages,
                "images": box.images,
                "likely_logos": box.likely_logos,
                "not_asked_for": box.mismatches.total(),
                "unsearched": sum(not part.is_absent for part in box.unsearched),
                "absent": sum(part.is_absent for part in box.unsearched),
                "parts": box.parts,
                "opened": box.opened,
                "harmless": box.harmless,
                "taken_out": box.emptied,
            }
        )
        for part in box.unsearched:
            terminal.data(part_facts(box.path, part))
