"""The photos that this computer leaves alone: on a safeguarding hold, or set aside until somebody decides.

1. A photo is known by a keyed mark of its digest, under a key that is derived from the station's signing key: whoever
   copies the file cannot tell of which photos it speaks (R21, R23).
2. A mark is durable before anything else is said of the photo, and stays until a person ends it. Nothing is forgotten
   for want of room: beyond `MAX_PHOTOS` no further one is taken, and the photo is left as it is all the same.
3. Each line is sealed (`sealed_lines`), for it says where the photo lies.

    <state>/vaults/<vault>/aside     a line a photo
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, unquote

from imgfile.clinical.proofs import Digest
from imgfile.errors import NotWritable
from imgfile.frozen import dataclass, field
from imgfile.record_state.sealed_lines import SealedLines
from imgfile.station import ASIDE_PURPOSE, Station, known_vaults

MAX_PHOTOS: Final = 2_000
MAX_BYTES: Final = 16 << 20
"""As many lines, each of a photo with the longest and strangest name, are less; a usual line has 400 bytes."""
MAX_SOURCE_CHARACTERS: Final = 300
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
    item: str = ""
    """The reference of its sealed copy in the inbox; empty where there is none."""

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
        return not self._lines.exists

    def all(self) -> list[SetAside]:
        """Return the photos, in the order in which they were set aside. Raises `Damaged`."""
        return list({each.mark: each for each in map(_set_aside, self._lines.read())}.values())

    def find(self, digest: Digest) -> SetAside | None:
        """Return how a photo is set aside, by the SHA-256 of its bytes as received; None for any other."""
        if self.is_empty:
            return None
        marks = {self._marked(digest, key) for key in self._lines.keys}
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
        new = SetAside(self._marked(digest, self._lines.keys[0]), why, at, until, source[:MAX_SOURCE_CHARACTERS])
        if before is None:
            self._lines.append([_facts(new)])
        else:
            self._lines.rewrite(map(_facts, [*kept, new]))
        return new

    def note_copy(self, digest: Digest, item: str) -> None:
        """Remember that a sealed copy of a photo that is set aside waits in the inbox; hold the station's lock.

        Raises `NotWritable`, `Damaged`.
        """
        found = self.find(digest)
        if found is not None:
            self._lines.rewrite(
                _facts(replace(each, item=item) if each.mark == found.mark else each) for each in self.all()
            )

    def end(self, mark: str) -> None:
        """Forget one; hold the station's lock. Raises `NotWritable`, `Damaged`."""
        self._lines.rewrite(_facts(each) for each in self.all() if each.mark != mark)

    def end_quarantine(self, digest: Digest) -> None:
        """Forget that a photo waits: it is decided about. A hold stays. Raises `NotWritable`, `Damaged`."""
        found = self.find(digest)
        if found is not None and not found.is_hold:
            self.end(found.mark)

    def has_copy(self, item: str) -> bool:
        """Return whether a photo waits that has this sealed copy in the inbox, by its reference. Raises `Damaged`."""
        return not self.is_empty and any(each.item == item and not each.is_hold for each in self.all())

    def end_copy(self, item: str) -> None:
        """Forget that a photo waits whose copy in the inbox is decided about. Raises `NotWritable`, `Damaged`."""
        for each in [each for each in self.all() if each.item == item and not each.is_hold]:
            self.end(each.mark)

    @staticmethod
    def _marked(digest: Digest, key: bytes) -> str:
        return hmac.new(key, f"aside|{digest}".encode("ascii"), hashlib.sha256).hexdigest()[:_MARK_HEX_DIGITS]

    @cached_property
    def _lines(self) -> SealedLines:
        return SealedLines(
            self.station,
            "aside",
            ASIDE_PURPOSE,
            MAX_BYTES,
            remembers="the photos that are on hold",
            spared="Nothing was filed or erased.",
        )


def _facts(each: SetAside) -> dict[str, Any]:
    return {
        "mark": each.mark,
        "why": each.why.value,
        "at": each.at.isoformat(),
        "until": each.until.isoformat() if each.until else "",
        "source": quote(each.source, errors="surrogateescape"),
        **({"item": each.item} if each.item else {}),
    }


def _set_aside(facts: dict[str, Any]) -> SetAside:
    return SetAside(
        mark=facts["mark"],
        why=Why(facts["why"]),
        at=datetime.fromisoformat(facts["at"]),
        until=date.fromisoformat(facts["until"]) if facts["until"] else None,
        source=unquote(facts["source"], errors="surrogateescape"),
        item=facts.get("item", ""),
    )


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
