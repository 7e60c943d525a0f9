"""The mails that this station filed photos from and nobody has ticked off: they lie in the mail account still.

1. A mail is remembered, durably, before its photo leaves the mailbox: whatever dies afterwards, it is not forgotten.
2. What is remembered is the record, the mailbox as it was named, when the mail was sent, and a keyed digest by which
   the mail is known again. Neither its sender nor its subject, nor its message id, is (R23).
3. Each line is sealed and authenticated under a key that is derived from the station's signing key: a mailbox may be
   called by the subject of its mail. A line that is torn, or from elsewhere, counts for nothing.
4. It is bounded: of more than `MAX_MAILS` the oldest are forgotten. What is ticked off is dropped at once.

    <state>/vaults/<vault>/mails     a line a mail, Base64 of a nonce and the sealed facts
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from imgfile import canonical_json, files
from imgfile.acts.sources.source import MailPart, Source
from imgfile.clinical.proofs import RecordId
from imgfile.errors import Damaged, UsageError
from imgfile.frozen import dataclass, field
from imgfile.sealing.primitives import Cipher
from imgfile.station import MAILS_PURPOSE
from imgfile.vault import layout

if TYPE_CHECKING:
    from imgfile.mail.model import Message
    from imgfile.station import Station

MAX_MAILS: Final = 5_000
MAX_BYTES: Final = 32 << 20
"""As many mails, each of a mailbox with the longest and strangest name, are less; a usual line has 400 bytes."""
MAX_LINE_BYTES: Final = 8 << 10
MAX_MAILBOX_CHARACTERS: Final = 300
_NONCE_BYTES: Final = 12
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

    @property
    def reference(self) -> str:
        """What people call the record."""
        return layout.reference(self.record)


@dataclass(frozen=True)
class MailMemory:
    """The mails that a station filed from into one vault, and that wait to be ticked off."""

    station: Station = field(repr=False)

    def remember(self, filed: Iterable[tuple[Source, RecordId]]) -> None:
        """Make durable which mails are filed from; hold the station's lock. Raises `NotWritable`, `Damaged`.

        What is no part of a mail, or waits already, is left out.
        """
        new = list(dict.fromkeys(self._of(source, record) for source, record in filed if is_in_mail(source)))
        if not new:
            return
        waiting = self.waiting()
        known = {(each.record, each.message) for each in waiting}
        new = [each for each in new if (each.record, each.message) not in known]
        if len(waiting) + len(new) > MAX_MAILS:
            self._replace([*waiting, *new][-MAX_MAILS:])
        elif new:
            files.append(self._path, b"".join(b"\n" + self._sealed(each) for each in new) + b"\n")

    def waiting(self) -> list[FiledMail]:
        """Return the mails that nobody has ticked off, in the order of filing. Raises `Damaged`."""
        try:
            with self._path.open("rb") as file:
                lines = file.read(MAX_BYTES).split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Damaged(
                "this computer's own memory of the mails that it filed from cannot be read.",
                "No record is affected. Look at it, or restore it from a backup:  imgfile check",
            ) from error
        found = (self._opened(line) for line in lines if line)
        return list({(each.record, each.message): each for each in found if each is not None}.values())

    def tick_off(self, records: Collection[RecordId]) -> list[FiledMail]:
        """Forget every mail of these records, and return them; hold the lock. Raises `NotWritable`, `Damaged`."""
        waiting = self.waiting()
        gone = [each for each in waiting if each.record in records]
        if gone:
            self._replace([each for each in waiting if each.record not in records])
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
        return [hmac.new(key, text, hashlib.sha256).hexdigest()[:_DIGEST_HEX_DIGITS] for key in self._keys]

    def _of(self, source: Source, record: RecordId) -> FiledMail:
        if not isinstance(source, MailPart):
            raise TypeError
        message = source.attachment.message
        mailbox = str(source.export.path)[:MAX_MAILBOX_CHARACTERS]
        return FiledMail(record, mailbox, message.sent_at, self.digest(message))

    def _replace(self, kept: Sequence[FiledMail]) -> None:
        files.replace(self._path, b"".join(self._sealed(each) + b"\n" for each in kept))

    def _sealed(self, each: FiledMail) -> bytes:
        sent = each.sent_at.isoformat() if each.sent_at else ""
        mailbox = quote(each.mailbox, errors="surrogateescape")
        facts = {"record": each.record, "mailbox": mailbox, "sent": sent, "message": each.message}
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._ciphers[0].encrypt(nonce, canonical_json.encode(facts)))

    def _opened(self, line: bytes) -> FiledMail | None:
        try:
            data = base64.b64decode(line, validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(data) < _NONCE_BYTES:
            return None
        opened = (each.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:]) for each in self._ciphers)
        text = next((text for text in opened if text is not None), None)
        if text is None:
            return None
        facts = canonical_json.decode(text, limit=MAX_LINE_BYTES)  # as sealed here, or the tag would not match
        return FiledMail(
            record=RecordId(facts["record"]),
            mailbox=unquote(facts["mailbox"], errors="surrogateescape"),
            sent_at=datetime.fromisoformat(facts["sent"]) if facts["sent"] else None,
            message=facts["message"],
        )

    @property
    def _path(self) -> Path:
        return self.station.folder / "mails"

    @cached_property
    def _keys(self) -> list[bytes]:
        return self.station.derived_keys(MAILS_PURPOSE)

    @cached_property
    def _ciphers(self) -> list[Cipher]:
        return [Cipher(hmac.digest(key, b"lines", "sha256")) for key in self._keys]


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
