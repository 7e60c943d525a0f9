"""Mailboxes of several characters and any size, as a practice's mail program exports them.

Each is the same for the same arguments. Headers are as long as those of delivered mail are (a dozen hops' and filters'
fields); texts are words, twice in most mails (plain and HTML); photos are JPEG files as telephones make them.
"""

from __future__ import annotations

import base64
import io
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from PIL import Image

WORDS: Final = [
    *("patient", "please", "find", "attached", "the", "photo", "as", "discussed", "on", "telephone", "today", "she"),
    *("noticed", "it", "three", "weeks", "ago", "and", "has", "been", "using", "a", "cream", "without", "much"),
    *("change", "kind", "regards", "surgery", "referral", "clinic", "appointment", "result", "letter", "review"),
    *("dressing", "wound", "healing", "left", "right", "forearm", "itching", "swelling", "red", "painful", "tender"),
]
BEGAN: Final = datetime(2024, 1, 2, 8, 0, tzinfo=UTC)


class Writer:
    """Makes messages; what is chosen by chance is chosen the same way every time."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing here is secret
        self._count = 0
        self._words = [" ".join(self._random.choices(WORDS, k=12)) for _ in range(2000)]
        self._photos = [self._encoded(_photo(side)) for side in (500, 900, 1400, 2000, 2600)]
        self._logo = self._encoded(_logo())
        self._documents = [self._encoded(b"%PDF-1.7\n" + self._random.randbytes(size << 10)) for size in (90, 250, 700)]

    @staticmethod
    def _encoded(data: bytes) -> bytes:
        return base64.encodebytes(data)

    def note(self) -> bytes:
        """Make a mail of words alone: a plain one, or plain and HTML; some end in a signature's logo."""
        chance = self._random.random()
        if chance < 0.3:
            return self._message(b"text/plain; charset=utf-8", self._text(2, 40))
        alternative = self._alternative()
        if chance < 0.95:
            return self._multipart(b"alternative", alternative)
        inline = b"Content-Type: image/png; name=logo.png\nContent-ID: <logo@practice>\n"
        inline += b"Content-Disposition: inline\nContent-Transfer-Encoding: base64\n\n" + self._logo
        return self._multipart(b"related", [self._nested(b"alternative", alternative), inline])

    def with_document(self) -> bytes:
        """Make a mail with a letter attached."""
        parts = [self._plain(), self._attached(b"application/pdf", b"letter.pdf", self._random.choice(self._documents))]
        return self._multipart(b"mixed", parts)

    def with_photos(self) -> bytes:
        """Make a mail with one to three photos attached."""
        chosen = self._random.choices(self._photos, weights=(2, 3, 3, 2, 1), k=self._random.choice((1, 1, 1, 2, 3)))
        photos = [
            self._attached(b"image/jpeg", b"IMG_%04d.jpg" % self._random.randrange(9999), photo) for photo in chosen
        ]
        return self._multipart(b"mixed", [self._nested(b"alternative", self._alternative()), *photos])

    def with_new_photo(self, seed: int) -> bytes:
        """Make a mail with one photo that no other mail has."""
        photo = self._encoded(_photo(1400) + random.Random(seed).randbytes(500_000))  # noqa: S311 - the same
        return self._multipart(b"mixed", [self._plain(), self._attached(b"image/jpeg", b"IMG_0001.jpg", photo)])

    # --- pieces ---

    def _text(self, least: int, most: int) -> bytes:
        lines = self._random.choices(self._words, k=self._random.randint(least, most))
        return "\n".join(lines).encode() + b"\n"

    def _plain(self) -> bytes:
        return b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n\n" + self._text(2, 30)

    def _alternative(self) -> list[bytes]:
        rows = (
            f'<p class=3D"MsoNormal" style=3D"margin:0cm">{line}=\n</p>'
            for line in self._random.choices(self._words, k=60)
        )
        page = "<html><head><style><!-- p {margin:0cm} --></style></head><body>" + "\n".join(rows) + "</body></html>\n"
        head = b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        return [self._plain(), head + page.encode()]

    def _attached(self, kind: bytes, name: bytes, encoded: bytes) -> bytes:
        return (
            b'Content-Type: %b; name="%b"\nContent-Disposition: attachment; filename="%b"\n'
            b"Content-Transfer-Encoding: base64\n\n%b" % (kind, name, name, encoded)
        )

    def _nested(self, kind: bytes, parts: list[bytes]) -> bytes:
        mark = b"=_inner_%08x" % self._random.getrandbits(32)
        return b'Content-Type: multipart/%b; boundary="%b"\n\n%b' % (kind, mark, _joined(mark, parts))

    def _multipart(self, kind: bytes, parts: list[bytes]) -> bytes:
        mark = b"----=_Part_%016x" % self._random.getrandbits(64)
        return self._message(b'multipart/%b; boundary="%b"' % (kind, mark), _joined(mark, parts))

    def _message(self, kind: bytes, body: bytes) -> bytes:
        self._count += 1
        date = format_datetime(BEGAN + timedelta(minutes=7 * self._count)).encode()
        sender = b"patient%d@example.org" % self._random.randrange(900)
        hops = b"".join(
            b"Received: from mx%d.example.org (mx%d.example.org [192.0.2.%d])\n\tby relay%d.example.net (Postfix) with"
            b" ESMTPS id %012X\n\tfor <surgery@example.net>; %b\n"
            % (hop, hop, hop + 9, hop, self._random.getrandbits(48), date)
            for hop in range(self._random.randint(3, 7))
        )
        signature = base64.encodebytes(self._random.randbytes(256)).replace(b"\n", b"\n\t").rstrip()
        return (
            b"From %b %b\n%bDKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=2024;\n"
            b"\th=from:to:subject:date:message-id; b=%b\nX-Spam-Status: No, score=-1.2 required=5.0 tests=DKIM_VALID,\n"
            b"\tHTML_MESSAGE autolearn=ham version=4.0\nFrom: A Patient <%b>\nTo: surgery@example.net\nDate: %b\n"
            b"Subject: %b\nMessage-ID: <%d.%x@example.org>\nMIME-Version: 1.0\nContent-Type: %b\n\n%b\n"
        ) % (
            *(sender, b"Tue Jan  2 08:00:00 2024", hops, signature, sender, date),
            *(self._random.choice(self._words).encode(), self._count, self._random.getrandbits(40), kind, body),
        )


def _joined(mark: bytes, parts: list[bytes]) -> bytes:
    return b"".join(b"--%b\n%b\n" % (mark, part) for part in parts) + b"--%b--\n" % mark


def _photo(side: int) -> bytes:
    """Make a JPEG that compresses as badly as skin does, `side` pixels high."""
    noise = Image.effect_noise((side * 3 // 8, side // 2), 48).resize((side * 3 // 4, side))
    stream = io.BytesIO()
    Image.merge("RGB", (noise, noise, noise)).save(stream, "JPEG", quality=88)
    return stream.getvalue()


def _logo() -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((60, 40), 30).save(stream, "PNG")
    return stream.getvalue()


def _text_heavy(writer: Writer, _chance: float) -> bytes:
    return writer.note()


def _photo_heavy(writer: Writer, chance: float) -> bytes:
    return writer.with_photos() if chance < 0.6 else writer.note()


def _mixed(writer: Writer, chance: float) -> bytes:
    if chance < 0.02:
        return writer.with_photos()
    return writer.with_document() if chance < 0.06 else writer.note()


CHARACTERS: Final[dict[str, Callable[[Writer, float], bytes]]] = {
    "text-heavy": _text_heavy,
    "mixed": _mixed,
    "photo-heavy": _photo_heavy,
}
"""What a mailbox is made of: words alone, a photo or a letter now and then, mostly photos."""


def messages(character: str, size: int) -> Iterator[bytes]:
    """Yield messages, separator lines and all, until about `size` bytes are made."""
    writer, chance, made = Writer(), random.Random(2), 0  # noqa: S311 - the same
    while made < size:
        message = CHARACTERS[character](writer, chance.random())
        made += len(message)
        yield message


def write_mailbox(path: Path, character: str, size: int) -> None:
    """Write a mailbox of about `size` bytes."""
    with path.open("wb") as file:
        file.writelines(messages(character, size))


def single_photos(count: int) -> Iterator[bytes]:
    """Yield messages with one photo each, of about 1 MB and like no other; their subjects are `benchmark 0` and on."""
    writer = Writer()
    for number in range(count):
        message = writer.with_new_photo(number)
        yield re.sub(rb"\nSubject: [^\n]*", b"\nSubject: benchmark %d" % number, message, count=1)
