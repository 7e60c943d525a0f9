"""The photos that this computer leaves alone: on a safeguarding hold, or set aside until somebody decides.

1. A photo is known by a keyed mark of its digest, under a key that is derived from the station's signing key: whoever
   copies the file cannot tell of which photos it speaks (R21, R23).
2. A mark is durable before anything else is said of the photo, and stays until a person ends it. Nothing is forgotten
   for want of room: beyond `MAX_PHOTOS` no further one is taken, and the photo is left as it is all the same.
3. Each line is sealed and authenticated, for it says where the photo lies. One that is torn, or from elsewhere, counts
   for nothing.

    <state>/vaults/<vault>/aside     a line a photo, Base64 of a nonce and the sealed facts
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from imgfile import canonical_json, files
from imgfile.clinical.proofs import Digest
from imgfile.errors import Damaged, NotWritable
from imgfile.frozen import dataclass, field
from imgfile.sealing.primitives import Cipher
from imgfile.station import ASIDE_PURPOSE, Station, known_vaults

MAX_PHOTOS: Final = 2_000
MAX_BYTES: Final = 16 << 20
"""As many lines, each of a photo with the longest and strangest name, are less; a usual line has 400 bytes."""
MAX_LINE_BYTES: Final = 8 << 10
MAX_SOURCE_CHARACTERS: Final = 300
_NONCE_BYTES: Final = 12
_MARK_HEX_DIGITS: Final = 32
SHORT_MARK_DIGITS: Final = 8
"""How many digits of a mark people type."""


class Why(StrEnum):
    """Why a photo is left alone. The values are stored."""

    HOLD = "hold"
    """There may be a safeguarding concern: nothing copies, shows or erases it until a named person lifts that."""
    QUARANTINE = "quarantine"
    """Nobody has decided about it yet: it waits, with a deadline."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """One photo that is left alone."""

    mark: str
    why: Why
    at: datetime
    until: date | None
    """The day by which somebody should have decided; None for a hold, which has no end of its own."""
    source: str = field(repr=False)
    """Where it lay then, as whoever was there named it."""

    @property
    def short(self) -> str:
        """What people call it."""
        return self.mark[:SHORT_MARK_DIGITS]

    @property
    def is_hold(self) -> bool:
        """Whether it is on a safeguarding hold."""
        return self.why is Why.HOLD


@dataclass(frozen=True)
class PhotosSetAside:
    """What one station leaves alone in one vault's name."""

    station: Station = field(repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether there never was anything: then no key is derived and nothing is read."""
        return not self._path.exists()

    def all(self) -> list[SetAside]:
        """Return the photos, in the order in which they were set aside. Raises `Damaged`."""
        try:
            with self._path.open("rb") as file:
                lines = file.read(MAX_BYTES).split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Damaged(
                "this computer's own memory of the photos that are on hold cannot be read.",
                "Nothing was filed or erased. Look at it, or restore it from a backup:  imgfile check",
            ) from error
        found = (self._opened(line) for line in lines if line)
        return list({each.mark: each for each in found if each is not None}.values())

    def find(self, digest: Digest) -> SetAside | None:
        """Return how a photo is set aside, by the SHA-256 of its bytes as received; None for any other."""
        if self.is_empty:
            return None
        marks = {self._marked(digest, key) for key in self._keys}
        return next((each for each in self.all() if each.mark in marks), None)

    def on_hold(self, digest: Digest) -> bool:
        """Return whether a photo is on a safeguarding hold."""
        found = self.find(digest)
        return found is not None and found.is_hold

    def add(self, digest: Digest, why: Why, source: str, *, at: datetime, until: date | None = None) -> SetAside:
        """Set a photo aside, durably; hold the station's lock. A hold takes the place of what was there before.

        Return how it is set aside now: what stands is neither loosened nor given another deadline. Raises
        `NotWritable`, `Damaged`.
        """
        before = self.find(digest)
        if before is not None and (before.is_hold or why is Why.QUARANTINE):
            return before
        kept = [each for each in self.all() if before is None or each.mark != before.mark]
        if len(kept) >= MAX_PHOTOS:
            raise NotWritable(
                f"this computer leaves {MAX_PHOTOS:,} photos alone already, and can remember no more.",
                "The photo was left as it is. Decide about the others first:  imgfile safeguarding list",
            )
        new = SetAside(self._marked(digest, self._keys[0]), why, at, until, source[:MAX_SOURCE_CHARACTERS])
        if before is None:
            files.append(self._path, b"\n" + self._sealed(new) + b"\n")
        else:
            self._replace([*kept, new])
        return new

    def end(self, mark: str) -> None:
        """Forget one; hold the station's lock. Raises `NotWritable`, `Damaged`."""
        kept = [each for each in self.all() if each.mark != mark]
        self._replace(kept)

    def end_quarantine(self, digest: Digest) -> None:
        """Forget that a photo waits: it is decided about. A hold stays. Raises `NotWritable`, `Damaged`."""
        found = self.find(digest)
        if found is not None and not found.is_hold:
            self.end(found.mark)

    def _replace(self, kept: Sequence[SetAside]) -> None:
        files.replace(self._path, b"".join(self._sealed(each) + b"\n" for each in kept))

    @staticmethod
    def _marked(digest: Digest, key: bytes) -> str:
        return hmac.new(key, f"aside|{digest}".encode("ascii"), hashlib.sha256).hexdigest()[:_MARK_HEX_DIGITS]

    def _sealed(self, each: SetAside) -> bytes:
        facts = {
            "mark": each.mark,
            "why": each.why.value,
            "at": each.at.isoformat(),
            "until": each.until.isoformat() if each.until else "",
            "source": quote(each.source, errors="surrogateescape"),
        }
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._ciphers[0].encrypt(nonce, canonical_json.encode(facts)))

    def _opened(self, line: bytes) -> SetAside | None:
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
        return SetAside(
            mark=facts["mark"],
            why=Why(facts["why"]),
            at=datetime.fromisoformat(facts["at"]),
            until=date.fromisoformat(facts["until"]) if facts["until"] else None,
            source=unquote(facts["source"], errors="surrogateescape"),
        )

    @property
    def _path(self) -> Path:
        return self.station.folder / "aside"

    @cached_property
    def _keys(self) -> list[bytes]:
        return self.station.derived_keys(ASIDE_PURPOSE)

    @cached_property
    def _ciphers(self) -> list[Cipher]:
        return [Cipher(hmac.digest(key, b"lines", "sha256")) for key in self._keys]


def everywhere() -> tuple[PhotosSetAside, ...]:
    """Return what this account leaves alone in the name of any vault that it knows: for what works without a vault.

    Raises `Damaged` where a vault's state cannot be read.
    """
    return tuple(_with_some())


def _with_some() -> Iterator[PhotosSetAside]:
    for pin in known_vaults():
        kept = PhotosSetAside(Station(pin))
        if not kept.is_empty:
            yield kept


def how_set_aside(digest: Digest, among: Sequence[PhotosSetAside]) -> SetAside | None:
    """Return how a photo is set aside in any of them, a hold before all else; None for any other photo."""
    found = [kept for each in among if (kept := each.find(digest)) is not None]
    return max(found, key=lambda kept: kept.is_hold, default=None)
