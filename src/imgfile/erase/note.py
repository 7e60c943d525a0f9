"""What must be durable before the first overwrite, to finish a torn erasure by (docs/explanation/erasure.md).

The note holds no image bytes: old sectors are known by digests, new bytes by a seed or by the tombstone itself.
It may hold the path, the one exception to R23, and so lies in the station's own private state.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from imgfile import files
from imgfile.clinical.proofs import Digest, Evidence, Patch, RecordId
from imgfile.device import Mark
from imgfile.erase.extents import Layout
from imgfile.errors import Damaged
from imgfile.files import TEMPORARY_PREFIX
from imgfile.frozen import dataclass, field
from imgfile.sealing.primitives import Cipher

JSON: TypeAlias = "bool | int | str | list[JSON] | dict[str, JSON] | None"
PendingFacts: TypeAlias = dict[str, JSON]

MOST_BYTES: Final = 128 << 20
"""The longest region, and how much of a file is noted at once: its sectors' digests then take 2.7 MiB of the note."""
MOST_FILE_BYTES: Final = 64 << 30
"""The longest file that is erased: digests of its mebibytes then take 0.7 MiB of the note."""
MOST_RECORDS: Final = 4096
"""The most records whose photos stand in an export: each takes some 100 bytes of the note."""
MOST_COMPRESSED_BYTES: Final = 512 << 10
"""The longest replacement in the note, compressed. A tombstone is a few lines and megabytes of spaces: kilobytes."""
MOST_RUNS: Final = 4096
"""The most pieces a photo may lie in: each takes some 250 bytes of the note."""
PIECE_BYTES: Final = files.CHUNK_BYTES
"""How much of a long file one digest is of, beyond the stretch that is being overwritten."""
SECTOR_BYTES: Final = 512
"""What a device writes whole or not at all."""
SECTOR_DIGEST_BYTES: Final = 8
"""A truncated SHA-256: enough to tell old from foreign (2^-64), too little to carry anything."""
_NONCE_BYTES: Final = 12
_FORMAT: Final = 1
_RENAME: Final = re.escape(TEMPORARY_PREFIX) + "[0-9a-f]{32}"
_DIGEST: Final = "[0-9a-f]{64}"
_RECORD: Final = "[0-9a-f]{32}"


class PendingNote(Protocol):
    """One note in the station's state."""

    def update(self, facts: PendingFacts, /) -> None:
        """Replace the facts; durable on return. Raises `NotWritable`."""

    def drop(self) -> None:
        """Remove the note."""


class PendingWriter(Protocol):
    """The station's state, as far as an erasure needs it."""

    def write(self, facts: PendingFacts, /) -> PendingNote:
        """Make a note; durable on return. Raises `NotWritable`."""


class Phase(StrEnum):
    """How far an erasure is known to have come. What lies between is read off the file itself."""

    NOTED = "noted"
    """Each sector is old or new."""
    OVERWRITTEN = "overwritten"
    """Every sector is new on the device; a whole file is now emptied, renamed and unlinked."""
    ERASED = "erased"
    """Only the evidence is left to be put into the audit trail."""


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A file that goes entirely: overwritten with noise, emptied, renamed to `rename`, unlinked.

    Noise rather than zeros: no layer below can elide, compress or share it, and the seed, a cipher's key, lets a later
    run tell each new sector from an old one and from a stranger's. A long file goes in stretches of `MOST_BYTES`, each
    synced before the next one is noted: what is before `start` is new, what is after the stretch is old.
    """

    length: int
    seed: bytes = field(repr=False)
    rename: str
    is_export: bool = False
    """Whether it is an export, which may hold many photos, rather than a photo."""
    start: int = 0
    rest: bytes = field(default=b"", repr=False)
    """Truncated digests of the old mebibytes after the stretch."""

    @property
    def end(self) -> int:
        """Where the stretch ends."""
        return min(self.length, self.start + MOST_BYTES)

    @property
    def runs(self) -> tuple[tuple[int, int], ...]:
        """What is overwritten next: offset and length."""
        return ((self.start, self.end - self.start),)

    @property
    def all_runs(self) -> tuple[tuple[int, int], ...]:
        """What is overwritten in all."""
        return ((0, self.length),)

    @classmethod
    def chosen(cls, length: int, *, is_export: bool = False) -> WholeFile:
        """Choose noise and a name at random."""
        return cls(length, secrets.token_bytes(32), f"{TEMPORARY_PREFIX}{secrets.token_hex(16)}", is_export)

    def fresh(self, start: int, length: int) -> bytes:
        """Return what is written at `start`, the beginning of a piece (see `sectors.pieces`)."""
        nonce = start.to_bytes(_NONCE_BYTES, "big")
        return Cipher(self.seed).encrypt(nonce, bytes(length))[:length]


@dataclass(frozen=True)
class Region:
    """Where a photo lies in a mailbox file: its runs, ascending and apart, and digests of what is around them.

    Several runs stand in one note: until all of them are new, none of the photo may be thought gone.
    """

    patches: tuple[Patch, ...]
    guards: tuple[Digest, ...]
    """Of up to 4 KiB at each end of what lies before, between and after the runs, and stays."""

    @property
    def runs(self) -> tuple[tuple[int, int], ...]:
        """What is overwritten: offsets and lengths."""
        return tuple((patch.offset, patch.length) for patch in self.patches)

    @property
    def all_runs(self) -> tuple[tuple[int, int], ...]:
        """What is overwritten in all: the same, at once."""
        return self.runs

    def fresh(self, start: int, length: int) -> bytes:
        """Return what is written at `start`, an offset in the file within one of the runs."""
        index = bisect_right(self.patches, start, key=lambda patch: patch.offset) - 1
        begin = start - self.patches[index].offset
        return self._texts[index][begin : begin + length]

    @cached_property
    def _texts(self) -> tuple[bytes, ...]:
        """The runs' new bytes, unpacked once: they are asked for mebibyte by mebibyte."""
        return tuple(patch.after for patch in self.patches)


@dataclass(frozen=True, slots=True)
class PendingErasure:
    """One erasure: which file, which bytes of it, what they become, and how far it has come.

    `filed` are the records of the photos that go with it, each with its photo's digest as it was received; `original`
    is the digest of that photo, or of the whole export. `sectors` are the digests of the old 512-byte sectors, kept
    only while any may still be there. `layout` is where all of it lay. `leftovers` counts desktop copies removed.
    """

    path: Path
    mark: Mark
    size: int
    filed: tuple[tuple[RecordId, Digest], ...]
    original: Digest
    target: WholeFile | Region
    layout: Layout | None
    sectors: bytes = field(repr=False)
    phase: Phase = Phase.NOTED
    evidence: Evidence = Evidence.E0
    """Until it is overwritten, the photo can be read."""
    leftovers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        runs = self.target.runs
        if len(runs) > MOST_RUNS:
            raise ValueError
        count = sum(map(sectors_in, runs)) if self.phase is Phase.NOTED else 0
        if not self.path.is_absolute() or not runs_fit(runs, self.size) or sum(run[1] for run in runs) > MOST_BYTES:
            raise ValueError
        if len(self.sectors) != count * SECTOR_DIGEST_BYTES:
            raise ValueError
        if isinstance(self.target, WholeFile):
            rest = -(-(self.size - self.target.end) // PIECE_BYTES)
            if self.target.length != self.size or len(self.target.rest) != rest * SECTOR_DIGEST_BYTES:
                raise ValueError
        if isinstance(self.target, Region) and self.phase is Phase.OVERWRITTEN:
            raise ValueError  # nothing is left to do for it then
        is_export = isinstance(self.target, WholeFile) and self.target.is_export
        if not is_export and any(photo != self.original for _, photo in self.filed):
            raise ValueError  # the record is of another photo than the one that goes

    @property
    def hidden(self) -> Path:
        """The name that a whole file has between renaming and unlinking; a region's file keeps its own."""
        return self.path.with_name(self.target.rename) if isinstance(self.target, WholeFile) else self.path

    def to_facts(self) -> PendingFacts:
        """Return the facts as canonical JSON can hold them: text is ASCII, there are no floats."""
        return {
            "format": _FORMAT,
            "path": quote(os.fsencode(self.path)),
            "mark": [self.mark.device, self.mark.filesystem, self.mark.inode, self.mark.generation],
            "size": self.size,
            "filed": [[record, original] for record, original in self.filed],
            "original": self.original,
            "target": _target_facts(self.target),
            "layout": None if self.layout is None else [self.layout.digest, self.layout.flags, self.layout.is_whole],
            "sectors": base64.b64encode(self.sectors).decode("ascii"),
            "phase": self.phase.value,
            "evidence": self.evidence.value,
            "leftovers": list(self.leftovers),
        }

    @classmethod
    def from_facts(cls, facts: PendingFacts) -> PendingErasure:
        """Read the facts back, strictly. Raises `Damaged`; nothing was touched then."""
        try:
            return _parsed(facts)
        except (ValueError, TypeError, zlib.error) as error:
            raise Damaged(
                "a note of an unfinished erasure on this computer cannot be read. Nothing was erased on its word.",
                "Update imgfile if a newer one wrote it. Otherwise look whether the source is still there.",
            ) from error


def runs_fit(runs: Sequence[tuple[int, int]], size: int) -> bool:
    """Return whether runs lie within a file of a size, ascending and apart, none of them empty."""
    starts = [offset for offset, _ in runs]
    ends = [offset + length for offset, length in runs]
    is_apart = all(end <= start for end, start in zip([0, *ends], [*starts, size], strict=True))
    return bool(runs) and is_apart and all(length > 0 for _, length in runs)


def sectors_in(run: tuple[int, int]) -> int:
    """Return how many sectors a run touches: its offset and length in bytes."""
    first, end = run[0], sum(run)
    return -(-end // SECTOR_BYTES) - first // SECTOR_BYTES


def _target_facts(target: WholeFile | Region) -> JSON:
    if isinstance(target, WholeFile):
        kind, rest = "export" if target.is_export else "file", base64.b64encode(target.rest).decode("ascii")
        return [kind, target.length, target.seed.hex(), target.rename, target.start, rest]
    return ["region", [_patch_facts(patch) for patch in target.patches], list(target.guards)]


def _patch_facts(patch: Patch) -> JSON:
    return [patch.offset, patch.before, patch.length, base64.b64encode(patch.packed).decode("ascii")]


def _parsed(facts: PendingFacts) -> PendingErasure:
    match facts:
        case {
            "format": 1,
            "path": str(path),
            "mark": [device, filesystem, inode, generation],
            "size": size,
            "filed": [*filed],
            "original": original,
            "target": [*target],
            "layout": None | [_, _, _] as layout,
            "sectors": str(sectors),
            "phase": str(phase),
            "evidence": evidence,
            "leftovers": [*leftovers],
            **unknown,
        } if not unknown:
            return PendingErasure(
                path=Path(os.fsdecode(unquote_to_bytes(path))),
                mark=Mark(
                    _number(device),
                    _number(filesystem),
                    _number(inode),
                    None if generation is None else _number(generation),
                ),
                size=_number(size),
                filed=tuple(map(_parsed_photo, filed)),
                original=_digest(original),
                target=_parsed_target(target),
                layout=None if layout is None else _parsed_layout(layout),
                sectors=base64.b64decode(sectors, validate=True),
                phase=Phase(phase),
                evidence=Evidence(_number(evidence)),
                leftovers=tuple(_text(leftover, "[ -~]{1,200}") for leftover in leftovers),
            )
    raise ValueError


def _parsed_photo(photo: JSON) -> tuple[RecordId, Digest]:
    match photo:
        case [record, original]:
            return RecordId(_text(record, _RECORD)), _digest(original)
    raise ValueError


def _parsed_target(target: list[JSON]) -> WholeFile | Region:
    match target:
        case ["file" | "export" as kind, length, str(seed), rename, start, str(rest)]:
            return WholeFile(
                _number(length),
                bytes.fromhex(seed),
                _text(rename, _RENAME),
                kind == "export",
                _number(start),
                base64.b64decode(rest, validate=True),
            )
        case ["region", [*patches], [*guards]] if len(guards) == len(patches) + 1:
            return Region(tuple(map(_parsed_patch, patches)), tuple(map(_digest, guards)))
    raise ValueError


def _parsed_patch(patch: JSON) -> Patch:
    match patch:
        case [offset, before, length, str(after)]:
            return Patch.of(_number(offset), _digest(before), _expanded(after, _number(length)))
    raise ValueError


def _expanded(after: str, length: int) -> bytes:
    if length > MOST_BYTES:
        raise ValueError
    data = zlib.decompressobj().decompress(base64.b64decode(after, validate=True), length + 1)
    if len(data) != length:
        raise ValueError
    return data


def _parsed_layout(layout: list[JSON]) -> Layout:
    digest, flags, is_whole = layout
    if not isinstance(is_whole, bool):
        raise TypeError
    return Layout(_digest(digest), _number(flags), is_whole)


def _number(value: JSON) -> int:
    if type(value) is not int or value < 0:  # a bool is an int too
        raise TypeError
    return value


def _text(value: JSON, pattern: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise TypeError
    return value


def _digest(value: JSON) -> Digest:
    return Digest(_text(value, _DIGEST))
