"""Whether the very same photo is filed for another patient, by whichever computer (R25).

Every manifest of format 2 has a mark of its photo, whoever the patient is. To look for one in ten thousand manifests
would take as many reads, so a station keeps an index beneath its own state, brought up to date from what the trails
say was filed since. It only finds: what it finds is read from the signed manifest, and one that is lost or torn is made
anew.

    <mark> <patient> <record>        a line a record
    = {"<station>": <number>, ...}   how far each trail was read; the last such line counts
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from imgfile import canonical_json, files
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.trail.read import TrailNote, walk_from

MAX_HEADS_BYTES: Final = 1 << 20
"""Some ten thousand stations."""
_HEADS: Final = b"\n= "


def same_photos(vault: Vault, mark: str, folder: PatientFolder, *, may_keep: bool = True) -> list[Manifest]:
    """Return the records of other patients' that have a photo's mark; the index is kept up to date if it may be.

    Raises `Damaged`, `NotWritable`.
    """
    index = vault.station.folder / "marks"
    known = _read_up_to(index)
    reached, added = _filed_since(vault, known or {})
    found = [*_in_index(index, mark)] if known is not None else []
    found += [place for line in added if (place := _place(line, mark)) is not None]
    if may_keep and reached != known:
        _keep(index, added, reached, is_new=known is None)
    places = {record: other for other, record in found if other != folder}
    return [stated for record, other in places.items() for stated in _stated(vault, other, record, mark)]


def _stated(vault: Vault, folder: PatientFolder, record: RecordId, mark: str) -> Iterator[Manifest]:
    """Yield the record that the index names, if it is there and its manifest has that mark."""
    if is_published(vault, folder, record):
        stated = manifest.load(vault, folder, record)
        if stated.same_mark == mark:
            yield stated


def _in_index(index: Path, mark: str) -> Iterator[tuple[PatientFolder, RecordId]]:
    """Find a mark's lines, without reading the others into memory."""
    with index.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        at = text.find(mark.encode("ascii"))
        while at >= 0:
            end = text.find(b"\n", at)
            place = _place(text[at : end if end >= 0 else len(text)], mark)
            if place is not None:
                yield place
            at = text.find(mark.encode("ascii"), at + 1)


def _place(line: bytes, mark: str) -> tuple[PatientFolder, RecordId] | None:
    """Read one line of the index; None where it is of another mark, or torn."""
    match line.decode("ascii", "replace").split(" "):
        case [found, folder, record] if found == mark and layout.is_id(folder) and layout.is_id(record):
            return PatientFolder(folder), RecordId(record)
    return None


def _filed_since(vault: Vault, known: Mapping[str, int]) -> tuple[dict[str, int], list[bytes]]:
    """Read on in every trail; return how far each was read now, and the lines of what was filed since."""
    reached, added = dict(known), list[bytes]()
    following = {
        station: layout.trail_note(station, known.get(station, 0) + 1) for station in vault.roster.station_keys
    }
    there = vault.store.standing(layout.AUDIT, [*following.values()])
    for station in (station for station, name in following.items() if name in there):
        for note in walk_from(vault, station, reached.get(station, 0) + 1):
            added += _marks(vault, note)
            reached[station] = note.number
    return reached, added


def _keep(index: Path, added: Sequence[bytes], reached: Mapping[str, int], *, is_new: bool) -> None:
    block = b"\n".join((b"", *added, b"= " + canonical_json.encode(dict(reached)), b""))
    (files.replace if is_new else files.append)(index, block)


def _read_up_to(index: Path) -> dict[str, int] | None:
    """Return up to which note each trail was read; None where there is no index that can be gone on with."""
    try:
        with index.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - MAX_HEADS_BYTES))
            tail = file.read(MAX_HEADS_BYTES)
        line = tail[tail.rindex(_HEADS) + len(_HEADS) :]
        if not line.endswith(b"\n") or line.count(b"\n") != 1:  # a block that is not finished
            return None
        return {str(station): int(number) for station, number in _heads(line[:-1]).items()}
    except (OSError, ValueError):
        return None


def _heads(line: bytes) -> dict[str, int]:
    return canonical_json.decode(line, limit=MAX_HEADS_BYTES)


def _marks(vault: Vault, note: TrailNote) -> Iterable[bytes]:
    for entry in note.entries:
        folder, record = str(entry.get("patient")), str(entry.get("record"))
        if entry["act"] != "filed" or not (layout.is_id(folder) and layout.is_id(record)):
            continue
        try:
            mark = manifest.load(vault, PatientFolder(folder), RecordId(record)).same_mark
        except Damaged:  # `verify` reports it, and what cannot be read is no reason to file nothing
            continue
        if layout.is_digest(mark):
            yield f"{mark} {folder} {record}".encode("ascii")
