"""Recognising a photo that is filed already: for this patient, by its record; for another, by what was filed here.

Between the two phases of an interview the vault is asked about the patient. What `recognise` returns is all that can be
said then: whether this very photo is filed, which earlier photos there are, and whether their birth date agrees.

What is said about a photo that is filed already is judged like what is said about a new one, and is in no record (R24).
Whether it differs from what it was filed with, only the computer that filed it can tell: it keeps a keyed digest of the
answers. It keeps a keyed mark of the photo too, by which the very same photo is noticed for a second patient (R25).

What is kept is a line a photo, beneath the station's own state (`Station.filed_lines`), under a key that is derived
from the station's signing key; lines of earlier ids of this computer are read with the keys of those. A
line is durable before its record exists, so that a run that died can be repeated; one whose record never came, or is
gone, counts for nothing and is dropped when its photo is filed again.

A record that is gone is filed no more: it is no earlier photo, and its birth date speaks for nobody. But its photo is
recognised, for its patient and for any other, so that what was moved, withdrawn or destroyed is not filed anew unseen.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final

from imgfile import canonical_json
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.same_photo import same_photos
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.patient import PatientId
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.frozen import dataclass, field
from imgfile.station import FILED_PURPOSE
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import find as records
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.trail.read import states_filing

if TYPE_CHECKING:
    from imgfile.vault.life.gone import Gone


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the vault knows of a photo and its patient before more is asked than who that is."""

    known: Manifest | None
    """The record that this very photo is filed as, under this number and birth date."""
    earlier: tuple[EarlierPhoto, ...]
    """The patient's photos, newest last."""
    born_otherwise: tuple[str, ...] = ()
    """Those of them, by their references, that were filed with another birth date: one of the two is wrong."""
    elsewhere: tuple[EarlierPhoto, ...] = ()
    """As what the very same photo is filed for other patients."""
    gone: Gone | None = None
    """What became of the record that this very photo was filed as, for this patient or another; None where it is here,
    or never was."""

    @property
    def birth_date_agrees(self) -> bool:
        """Whether no photo was filed under this number with another birth date."""
        return not self.born_otherwise


def recognise(run: Run, patient: PatientId, born: date, digest: Digest) -> Recognition:
    """Look for a photo, by the SHA-256 of its bytes as received, and for this patient's others. Raises `Damaged`."""
    folder = run.pseudonyms.folder(patient)
    guard = run.pseudonyms.birth_guard(folder, born)
    here = sorted(
        (each for each in run.standings_of(folder) if each.gone is None), key=lambda each: each.manifest.filed_at
    )
    found, gone = find_filed(run, folder, digest)
    elsewhere, gone_elsewhere = find_elsewhere(run, folder, digest)
    return Recognition(
        known=found if found is not None and guard in run.standing(found).birth_guards else None,
        earlier=tuple(earlier_photo(each.manifest) for each in here),
        born_otherwise=tuple(each.manifest.reference for each in here if guard not in each.birth_guards),
        elsewhere=tuple(map(earlier_photo, elsewhere)),
        gone=None if found else gone or gone_elsewhere,
    )


def find_filed(run: Run, folder: PatientFolder, digest: Digest) -> tuple[Manifest | None, Gone | None]:
    """Return as what a photo is filed for a patient, and what became of a record of it that is gone. Raises `Damaged`.

    One that was moved away and back again is filed.
    """
    standings = list(run.standings_of(folder))
    found = find_photo(run, [each.manifest for each in standings if each.gone is None], folder, digest)
    left = find_photo(run, [each.manifest for each in standings if each.gone is not None], folder, digest)
    if found is not None:  # what another computer states of it, and is not there, must not pass unseen
        run.standing_by_all_trails(found)
    return found, _last(run, run.standing(left).gone) if left else None


def _last(run: Run, tombstone: Gone | None) -> Gone | None:
    """Return what became at last of a record that was moved, perhaps more than once. Raises `Damaged`."""
    seen = set[RecordId]()
    while tombstone is not None and tombstone.to is not None and tombstone.record not in seen:
        seen.add(tombstone.record)
        if not records.is_published(run.vault, *tombstone.to):
            break
        further = run.standing_by_all_trails(manifest.load(run.vault, *tombstone.to)).gone
        if further is None:
            break
        tombstone = further
    return tombstone


def find_elsewhere(run: Run, folder: PatientFolder, digest: Digest) -> tuple[list[Manifest], Gone | None]:
    """Return as what the very same photo is filed for other patients, and what became of what was destroyed there.

    Of one that was moved, the record that it is now counts.
    """
    standings = list(map(run.standing_by_all_trails, _elsewhere(run, digest, folder)))
    gone = [each.gone for each in standings if each.gone is not None and each.gone.to is None]
    return [each.manifest for each in standings if each.gone is None], gone[-1] if gone else None


def _elsewhere(run: Run, digest: Digest, folder: PatientFolder) -> list[Manifest]:
    """Return the others' records of the very same photo: of any computer in format 2, of this one in format 1."""
    known = Memory(run.vault).others(digest, folder)
    if run.vault.roster.is_format_1:
        return known
    marked = same_photos(run.vault, run.pseudonyms.same(digest), folder, may_keep=not run.wishes.is_dry)
    return known + [each for each in marked if each.record not in {other.record for other in known}]


def find_photo(run: Run, manifests: Iterable[Manifest], folder: PatientFolder, digest: Digest) -> Manifest | None:
    """Find a photo among a patient's records, by the SHA-256 of its bytes as received. Raises `Damaged`."""
    mark = run.pseudonyms.photo(folder, digest)
    return next((stated for stated in manifests if stated.photo_mark == mark and _is_filed(run.vault, stated)), None)


def _is_filed(vault: Vault, stated: Manifest) -> bool:
    """Return whether a record counts: one of a closed station only if its trail states it, or somebody accepted it.

    Whoever has the key of a computer that was closed could else state a photo as filed that nobody has.
    """
    if vault.roster.closed_station(stated.station) is None or stated.digest in vault.roster.accepted:
        return True
    return states_filing(vault, stated.station, stated.record, stated.digest)


def earlier_photo(manifest: Manifest) -> EarlierPhoto:
    """Return a record as an earlier photo of its patient's."""
    return EarlierPhoto(manifest.record, manifest.reference, manifest.filed_at.astimezone().date())


# --- what was filed here (R24, R25) -------------------------------------------------------------------------

_MARK_HEX_DIGITS: Final = 32
MAX_BYTES: Final = 4 << 20
"""Some 16,000 photos; beyond it the oldest half is forgotten: of those nothing is known any more."""
MAX_LINE_BYTES: Final = 1 << 10
MAX_SAID: Final = 2
"""How many digests of answers a line has: of all that was said, and of what a table or flags alone had said."""


@dataclass(frozen=True, slots=True)
class FiledHere:
    """One line of what was filed here; every text is a pseudonym or a keyed digest."""

    photo: str
    folder: PatientFolder
    record: RecordId
    said: tuple[str, ...] = ()
    shows_another: bool = False
    """Whether somebody said that it shows this patient and another one."""


@dataclass(frozen=True)
class Memory:
    """What a station knows of the photos that it filed into a vault."""

    vault: Vault = field(repr=False)

    @cached_property
    def _keys(self) -> list[bytes]:
        """The key that lines are written under, then those of earlier ids of this computer."""
        return self.vault.station.derived_keys(FILED_PURPOSE)

    def photo(self, digest: Digest) -> str:
        """Return the mark by which the very same photo is noticed again, whoever its patient is."""
        return self._mac(f"photo|{digest}", self._keys[0])

    def said(self, record: RecordId, said: Mapping[str, str]) -> str:
        """Return the digest of what was said of a photo, question by question in one spelling."""
        return self._said(record, said, self._keys[0])

    def _said(self, record: RecordId, said: Mapping[str, str], key: bytes) -> str:
        return self._mac(f"said|{record}|{canonical_json.encode(dict(said)).decode('ascii')}", key)

    def remember(self, filed: Sequence[FiledHere]) -> None:
        """Make durable what is about to be filed; hold the station's lock. Raises `NotWritable`."""
        if not filed:
            return
        station = self.vault.station
        kept = station.filed_lines()
        twins = [old for each in filed if each.shows_another for _, old in self._lines_with(each.photo, kept)]
        lines = [self._line(each) for each in (*filed, *(replace(old, shows_another=True) for old in twins))]
        stale = {line for each in filed for line, old in self._lines_with(each.photo, kept) if not self._counts(old)}
        if stale or sum(map(len, kept)) + sum(map(len, lines)) > MAX_BYTES:
            kept = [line for line in kept if line not in stale]
            while sum(map(len, kept)) > MAX_BYTES // 2:
                del kept[: len(kept) // 8 + 1]
            station.replace_filed([*kept, *lines])
        else:
            station.add_filed(lines)

    def was_said(self, record: RecordId, said: Mapping[str, str]) -> bool:
        """Return whether this station filed a record on the very same answers."""
        marks = {self._said(record, said, key) for key in self._keys}
        return any(marks & {*each.said} for _, each in self._lines_with(record, self.vault.station.filed_lines()))

    def others(self, digest: Digest, folder: PatientFolder) -> list[Manifest]:
        """Return as what this station filed the very same photo for other patients than this one; some may be gone."""
        lines = self.vault.station.filed_lines()
        marks = [self._mac(f"photo|{digest}", key) for key in self._keys]
        found = [each for mark in marks for _, each in self._lines_with(mark, lines)]
        others = [each for each in found if each.folder != folder and self._is_published(each)]
        return [manifest.load(self.vault, each.folder, each.record) for each in others]

    def shows_another(self, record: RecordId) -> bool:
        """Return whether somebody said, when a photo was filed, that it shows another patient too."""
        return any(each.shows_another for _, each in self._lines_with(record, self.vault.station.filed_lines()))

    def _counts(self, each: FiledHere) -> bool:
        tombstone = layout.tombstone(each.folder, each.record)
        return self._is_published(each) and not self.vault.store.exists(tombstone)

    def _is_published(self, each: FiledHere) -> bool:
        return records.is_published(self.vault, each.folder, each.record)

    def _lines_with(self, mark: str, lines: Iterable[bytes]) -> Iterator[tuple[bytes, FiledHere]]:
        """Yield the lines that hold a mark and were written here whole; a torn or foreign one counts for nothing."""
        wanted = mark.encode("ascii")
        for line in lines:
            if wanted in line and (each := self._read(line)) is not None and mark in {each.photo, each.record}:
                yield line, each

    def _line(self, each: FiledHere) -> bytes:
        said = list(each.said[:MAX_SAID])
        facts = {"photo": each.photo, "patient": each.folder, "record": each.record, "said": said}
        body = canonical_json.encode({**facts, "another": each.shows_another})
        return self._mac(f"line|{body.decode('ascii')}", self._keys[0]).encode("ascii") + b" " + body

    def _read(self, line: bytes) -> FiledHere | None:
        mac, _, body = line.partition(b" ")
        if not body.isascii() or not any(
            hmac.compare_digest(mac, self._mac(f"line|{body.decode('ascii')}", key).encode("ascii"))
            for key in self._keys
        ):
            return None
        facts = canonical_json.decode(body, limit=MAX_LINE_BYTES)  # as written here, or the keyed digest would differ
        return FiledHere(
            photo=facts["photo"],
            folder=PatientFolder(facts["patient"]),
            record=RecordId(facts["record"]),
            said=tuple(facts["said"]),
            shows_another=facts["another"],
        )

    @staticmethod
    def _mac(message: str, key: bytes) -> str:
        return hmac.new(key, message.encode("ascii"), hashlib.sha256).hexdigest()[:_MARK_HEX_DIGITS]
