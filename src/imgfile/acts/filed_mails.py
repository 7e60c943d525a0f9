"""The mails that this station filed photos from and nobody has ticked off: they lie in the mail account still.

1. A mail is remembered, durably, before its photo leaves the mailbox: whatever dies afterwards, it is not forgotten.
2. What is remembered is the record, the mailbox as it was named, when the mail was sent, and a keyed digest by which
   the mail is known again. Neither its sender nor its subject, nor its message id, is (R23).
3. Each line is sealed (`record_state.sealed_lines`): a mailbox may be called by the subject of its mail.
4. It is bounded: of more than `MAX_MAILS` the oldest are forgotten. What is ticked off is dropped at once.

    <state>/vaults/<vault>/mails     a line a mail
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from imgfile import canonical_json
from imgfile.acts.sources.source import MailPart, Source
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.vocabulary import Disposition
from imgfile.errors import UsageError
from imgfile.frozen import dataclass, field
from imgfile.record_state.sealed_lines import SealedLines
from imgfile.station import MAILS_PURPOSE
from imgfile.vault import layout

if TYPE_CHECKING:
    from imgfile.mail.model import Message
    from imgfile.station import Station

MAX_MAILS: Final = 5_000
MAX_BYTES: Final = 32 << 20
"""As many mails, each of a mailbox with the longest and strangest name, are less; a usual line has 400 bytes."""
MAX_MAILBOX_CHARACTERS: Final = 300
_DIGEST_HEX_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class FiledMail:
    """One mail that a photo was filed from."""

    record: RecordId
    mailbox: str = field(repr=False)
    """As whoever filed named it."""
    sent_at: datetime | None
    message: str
    """The keyed digest by which the mail is known again."""
    how: Disposition = Disposition.FILE
    """What became of its photo: it was filed, also into the inbox, or described, or returned, and then erased."""

    @property
    def reference(self) -> str:
        """What people call the record."""
        return layout.reference(self.record)


@dataclass(frozen=True)
class MailMemory:
    """The mails that a station filed from into one vault, and that wait to be ticked off."""

    station: Station = field(repr=False)

    def remember(self, filed: Iterable[tuple[Source, RecordId]], how: Disposition = Disposition.FILE) -> None:
        """Make durable which mails lose a photo, and `how`; hold the station's lock. Raises `NotWritable`, `Damaged`.

        What is no part of a mail, or waits already, is left out.
        """
        new = list(dict.fromkeys(self._of(source, record, how) for source, record in filed if is_in_mail(source)))
        if not new:
            return
        waiting = self.waiting()
        known = {(each.record, each.message) for each in waiting}
        new = [each for each in new if (each.record, each.message) not in known]
        if len(waiting) + len(new) > MAX_MAILS:
            self._lines.rewrite(map(_facts, [*waiting, *new][-MAX_MAILS:]))
        elif new:
            self._lines.append(map(_facts, new))

    def waiting(self) -> list[FiledMail]:
        """Return the mails that nobody has ticked off, in the order of filing. Raises `Damaged`."""
        return list({(each.record, each.message): each for each in map(_mail, self._lines.read())}.values())

    def tick_off(self, records: Collection[RecordId]) -> list[FiledMail]:
        """Forget every mail of these records, and return them; hold the lock. Raises `NotWritable`, `Damaged`."""
        waiting = self.waiting()
        gone = [each for each in waiting if each.record in records]
        if gone:
            self._lines.rewrite(_facts(each) for each in waiting if each.record not in records)
        return gone

    def named(self, typed: Sequence[str]) -> list[RecordId]:
        """Return the records of the references that were typed, or of how they begin, among those that wait.

        Raises `UsageError` for one that is none, or several: then nothing was ticked off.
        """
        records = list(dict.fromkeys(each.record for each in self.waiting()))
        return list(dict.fromkeys(_one_of(records, word) for word in typed))

    def digest(self, message: Message) -> str:
        """Return the keyed digest of a message: of its id, or where it has none of what else it says of itself."""
        return self.digests(message)[0]

    def digests(self, message: Message) -> list[str]:
        """Return that digest, and those that earlier ids of this computer know the message by."""
        sent = message.sent_at.isoformat() if message.sent_at else ""
        own = message.message_id.strip()
        facts = [own] if own else [sent, message.sender, message.subject]
        text = canonical_json.encode({"of": [quote(fact, errors="surrogatepass") for fact in facts]})
        return [hmac.new(key, text, hashlib.sha256).hexdigest()[:_DIGEST_HEX_DIGITS] for key in self._lines.keys]

    def _of(self, source: Source, record: RecordId, how: Disposition) -> FiledMail:
        if not isinstance(source, MailPart):
            raise TypeError
        message = source.attachment.message
        mailbox = str(source.export.path)[:MAX_MAILBOX_CHARACTERS]
        return FiledMail(record, mailbox, message.sent_at, self.digest(message), how)

    @cached_property
    def _lines(self) -> SealedLines:
        return SealedLines(
            self.station,
            "mails",
            MAILS_PURPOSE,
            MAX_BYTES,
            remembers="the mails that it filed from",
            spared="No record is affected.",
        )


def _facts(each: FiledMail) -> dict[str, Any]:
    sent = each.sent_at.isoformat() if each.sent_at else ""
    mailbox = quote(each.mailbox, errors="surrogateescape")
    return {"record": each.record, "mailbox": mailbox, "sent": sent, "message": each.message} | (
        {} if each.how is Disposition.FILE else {"how": each.how.value}
    )


def _mail(facts: dict[str, Any]) -> FiledMail:
    return FiledMail(
        record=RecordId(facts["record"]),
        mailbox=unquote(facts["mailbox"], errors="surrogateescape"),
        sent_at=datetime.fromisoformat(facts["sent"]) if facts["sent"] else None,
        message=facts["message"],
        how=Disposition(facts.get("how", Disposition.FILE)),
    )


def is_in_mail(source: Source) -> bool:
    """Return whether a source lies in a mail that an account could still hold."""
    return isinstance(source, MailPart) and source.attachment.message.is_one


def _one_of(records: Sequence[RecordId], word: str) -> RecordId:
    wanted = layout.normalise_reference(word)
    if wanted is None:
        raise UsageError("that is no record reference.", "References look like 7f3k-q2ma:  imgfile mail")
    found = [record for record in records if layout.reference(record).startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"no mail of {wanted} waits to be ticked off.", "Those that do:  imgfile mail")
    names = ", ".join(layout.reference(record) for record in found[:5])
    raise UsageError(f"{wanted} names {len(found)} records: {names}.", "Type one more character.")
