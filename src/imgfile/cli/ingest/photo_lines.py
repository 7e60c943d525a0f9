"""What is seen of a photo beside its picture: before the first question, in the summary, and what becomes of it.

Names, senders and subjects are a stranger's text: all of it is sanitised, and none of it is longer than it needs to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from imgfile.acts.ingest.candidate import Candidate
from imgfile.acts.sources.source import Fate, LocalFile, MailPart, Piped, Source
from imgfile.cli.formats import show_moment
from imgfile.cli.ingest.report import named, shortened
from imgfile.clinical.filing import Filing
from imgfile.clinical.proofs import Stripped
from imgfile.images.metadata.summary import describe, size
from imgfile.terminal import sanitise

if TYPE_CHECKING:
    from imgfile.mail.model import Message

_MAILDIR: Final = frozenset({"cur", "new", "Messages"})
"""Folders of which each file is one message: the mailbox's name is the folder's above."""


# --- before the first question --------------------------------------------------------------------------


def photo_lines(source: Source, stripped: Stripped) -> Iterator[str]:
    """Yield where a photo is from, what it is, and what was stripped."""
    yield from _place_lines(source)
    kind = stripped.media_type.value.rpartition("/")[2].upper()
    length = size(len(stripped.original.data))
    yield f"photo  {kind} {stripped.width} x {stripped.height}, {length}{_taken(stripped)}"
    yield f"strip  {describe(stripped.removed)}; no pixel changes"
    yield from (f"note   {warning}" for warning in stripped.warnings)


def _place_lines(source: Source) -> Iterator[str]:
    match source:
        case LocalFile(path=path, identity=identity):
            changed = datetime.fromtimestamp(identity.mtime_ns // 10**9, UTC).astimezone()
            yield f"file   {shortened(str(path))} ({show_moment(changed)})"
        case MailPart(attachment=attachment):
            name = shortened(attachment.name) if attachment.name else "no name"
            yield f"file   {name}{_which(source)}"
            number = f"message {attachment.message.number:,}, " if attachment.message.is_one else ""
            yield f"in     {_mailbox(source)}, {number}part {attachment.part}"
            yield from _message_line(attachment.message)
        case Piped():
            yield "file   standard input"


def _message_line(message: Message) -> Iterator[str]:
    if not message.is_one:
        return
    sent = message.sent_at.astimezone() if message.sent_at else None
    when = f"{sent:%a} {show_moment(sent)}" if sent else "no date"
    subject = f'"{shortened(message.subject)}"' if message.subject else "no subject"
    yield f"from   {shortened(message.sender) or 'no sender'}   {when}   {subject}"


def _which(source: MailPart) -> str:
    """Return which of its message's attachments it is, or that it stands within the text."""
    if source.attachment.is_inline:
        return ", shown in the text"
    if source.attachment_count == 1:
        return ", the only attachment"
    return f", {source.attachment_number} of {source.attachment_count} attachments" if source.attachment_count else ""


def _mailbox(source: MailPart) -> str:
    """Name a mailbox so that it differs from others of its folder: by the folder too, of one message by the mailbox."""
    parts = source.export.path.parts
    is_one_message = len(parts) > 1 and parts[-2] in _MAILDIR
    return shortened("/".join(parts[-3:] if is_one_message else parts[-2:]))


# --- in the summary -------------------------------------------------------------------------------------


def photo_line(source: Source, stripped: Stripped) -> str:
    """Return which photo it is: its name, its message, and when it was taken."""
    return f"photo      {_name(source)}{_taken(stripped)}"


def _taken(stripped: Stripped) -> str:
    return f", taken {show_moment(stripped.taken_at)}" if stripped.taken_at else ""


def _name(source: Source) -> str:
    if isinstance(source, MailPart) and source.attachment.name:
        return f"{shortened(source.attachment.name)}, {named(source)}"
    return named(source)


def _own_name(source: Source) -> str:
    """Return what tells a photo from the others of its message."""
    if not isinstance(source, MailPart):
        return named(source)
    return f"{shortened(source.attachment.name or 'no name')}, part {source.attachment.part}"


def fate_line(source: Source, fate: Fate) -> str:
    """Return what becomes of a source, by its name."""
    if isinstance(source, Piped) and fate is not Fate.KEPT:
        return "standard input: nothing to erase"
    is_photo = isinstance(source, MailPart) and fate is not Fate.KEPT
    return f"{named(source)}{': the photo' if is_photo else ''} {fate_words(source, fate)}"


def fate_words(source: Source, fate: Fate) -> str:
    """Return what becomes of a source."""
    match fate, source:
        case Fate.KEPT, _:
            return "will be kept"
        case Fate.WITH_EXPORT, MailPart(export=export):
            return f"WILL BE ERASED with the whole of {sanitise(export.path.name)}"
        case _, MailPart(export=export):
            return f"WILL BE ERASED from {sanitise(export.path.name)}"
        case _:
            return "WILL BE ERASED"


def candidate_lines(number: int, candidate: Candidate, own: Sequence[str]) -> Iterator[str]:
    """Yield what one of several photos has of its own, and its fate."""
    if not isinstance(candidate.decision, Filing):
        own = (f"filed already, as {candidate.decision.reference}; the filed copy will be proven again",)
    first, *others = own
    yield f"photo {number}: {first}; {fate_words(candidate.source, candidate.fate)}"
    yield f"         {_own_name(candidate.source)}{_taken(candidate.examined.stripped)}"
    yield from (f"         {other}" for other in (*others, *candidate.examined.before_it_goes))
