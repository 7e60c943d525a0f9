"""Looking through exports without changing anything: what each photo is, and what was filed already.

1. No vault is opened, and nothing is opened for writing. Locks are looked at as before filing, and shared.
2. Every image that was asked for is read once, within the bounds of filing, and no image's bytes are kept.
3. What is left out (likely logos, what was not asked for) is counted; what is absent or was not looked into is
   reported, and noted beside the photos of its message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from imgfile.acts.sources.found import Mailbox, Sighting
from imgfile.acts.sources.source import LocalFile, MailPart
from imgfile.clinical.dates import show_date
from imgfile.clinical.proofs import Digest, MediaType
from imgfile.frozen import dataclass, field
from imgfile.images.identify import Foreign

if TYPE_CHECKING:
    from imgfile.record_state.set_aside import SetAside

ON_HOLD: Final = "on a safeguarding hold: leave it as it is"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a scan tells of one photo. Texts of a message are a stranger's: sanitised by whoever shows them."""

    source: str = field(repr=False)
    part: str
    name: str = field(repr=False)
    """As the message or archive calls it; empty where it has no name, and for a file, which `source` names."""
    digest: str
    """SHA-256 of the photo, lower-case hex; empty when it could not be decoded."""
    sent_at: datetime | None = field(repr=False)
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    message_id: str = field(repr=False)
    kind: str
    """As people say it: `JPEG`."""
    media_type: str
    """`image/jpeg`, or the name of a format that cannot be filed: `jp2`."""
    width: int | None
    height: int | None
    """Pixels as displayed; None where they could not be read."""
    length: int
    """Bytes."""
    taken_at: datetime | None = field(repr=False)
    is_likely_logo: bool
    messages: int
    """How many messages of this scan hold the very same picture."""
    note: str
    """What to know before filing it; mostly nothing."""
    is_on_hold: bool = False
    """Whether this account has it on a safeguarding hold: a table then skips it."""


@dataclass(frozen=True, slots=True)
class FiledMessage:
    """A message that photos were taken out of, and the records that they were filed as."""

    source: Path = field(repr=False)
    parts: tuple[str, ...]
    records: tuple[str, ...]
    """None for a photo in whose place there was no room for the reference."""
    sent_at: datetime | None = field(repr=False)
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    message_id: str = field(repr=False)


def with_holds(entries: Sequence[Entry]) -> list[Entry]:
    """Note which photos this account has on a safeguarding hold, or waiting. Raises `Damaged`."""
    from imgfile.station import has_set_aside  # noqa: PLC0415 - looking through an export needs no vault

    if not has_set_aside():
        return list(entries)
    from imgfile.record_state.set_aside import everywhere, how_set_aside  # noqa: PLC0415 - few computers leave any photo alone

    among = everywhere()
    return [_noted(entry, how_set_aside(Digest(entry.digest), among)) if entry.digest else entry for entry in entries]


def _noted(entry: Entry, kept: SetAside | None) -> Entry:
    if kept is None:
        return entry
    until = f" until {show_date(kept.until)}" if kept.until is not None else ""
    words = ON_HOLD if kept.is_hold else f"set aside{until}"
    return replace(entry, note="; ".join(filter(None, [words, entry.note])), is_on_hold=kept.is_hold)


def entry_of(photo: Sighting) -> Entry:
    """Describe a photo that was looked at."""
    source, look = photo.source, photo.look
    item = source.attachment if isinstance(source, MailPart) else None
    seen = look.glance if look else None
    kind, media_type = _format(item.kind if item else seen.media_type if seen else None)
    return Entry(
        source=_path_of(photo),
        part=source.part if isinstance(source, MailPart) else "",
        name=(item.name or "") if item else "",
        digest=look.digest or "" if look else "",
        sent_at=item.message.sent_at if item else None,
        sender=item.message.sender if item else "",
        subject=item.message.subject if item else "",
        message_id=item.message.message_id if item else "",
        kind=kind,
        media_type=media_type,
        width=seen.width if seen else None,
        height=seen.height if seen else None,
        length=look.length if look else 0,
        taken_at=seen.taken_at if seen else None,
        is_likely_logo=photo.is_likely_logo,
        messages=photo.messages,
        note="; ".join(_notes(photo)),
    )


def _format(kind: MediaType | Foreign | None) -> tuple[str, str]:
    match kind:
        case MediaType():
            return kind.value.rpartition("/")[2].upper(), kind.value
        case Foreign():
            return kind.name, kind.name.lower()
        case None:
            return "", ""
        case _:
            assert_never(kind)


def _path_of(photo: Sighting) -> str:
    match photo.source:
        case MailPart(export=export):
            return str(export.path)
        case LocalFile(path=path):
            return str(path)
        case other:  # pragma: no cover - standard input is refused before
            return other.shown


def _notes(photo: Sighting) -> Iterator[str]:
    if photo.is_likely_logo:
        yield "likely logo"
    if photo.messages > 1:
        yield f"in {photo.messages:,} messages"
    count = photo.look.glance.further_pictures if photo.look and photo.look.glance else 0
    if count:
        yield "its file holds a further picture" if count == 1 else f"its file holds {count:,} further pictures"
    if photo.look and photo.look.problem:
        yield photo.look.problem.rstrip(".")
    if isinstance(photo.source, MailPart):
        if photo.source.is_signed_by_person:
            yield "in a signed message"
        if photo.source.export.is_read_only:
            yield "cannot be taken out in place"
        for part in photo.source.beside:
            named = f" {part.name}" if part.name else ""
            yield f"beside it, {part.reason.counted_as.removeprefix('announced and ')}: {part.kind.value}{named}"


def filed_messages(mailboxes: Iterable[Mailbox]) -> Iterator[FiledMessage]:
    """Yield the messages that photos were taken out of, mailbox by mailbox, the newest first."""
    for box in mailboxes:
        messages = dict.fromkeys(one.message for one in box.taken_out)
        for message in sorted(messages, key=lambda one: -(one.sent_at.timestamp() if one.sent_at else 0)):
            gone = [one for one in box.taken_out if one.message is message or one.message == message]
            yield FiledMessage(
                source=box.path,
                parts=tuple(f"{message.number}/{one.part}" for one in gone),
                records=tuple(dict.fromkeys(one.reference for one in gone if one.reference)),
                sent_at=message.sent_at,
                sender=message.sender,
                subject=message.subject,
                message_id=message.message_id,
            )
