"""What a station keeps of a vault's notes, so that it can put them back after an older backup was restored.

Every roster that it verified, the newest notes of its own audit trail, and each note that it made or saw of what became
of a record, a proposal or an item of the inbox, as they lie in the vault. They are signed, so a copy is as good as the
original, and one that is torn or changed is none. Nothing rests on their being there. What is sealed is not kept, nor
is a key: what is destroyed in the vault lives on in no computer.

    <state>/vaults/<vault>/kept/roster/<n>.note · trail/<n>.note · life/<name in the vault>
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.errors import NotWritable
from imgfile.notes import MAX_NOTE_BYTES
from imgfile.state import read_kept
from imgfile.station import Station

MAX_TRAIL_NOTES: Final = 4096
"""Of its own trail a station keeps so many notes: those of some months. The oldest go."""


def keep_roster(station: Station, number: int, note: bytes) -> None:
    """Keep a roster's note; where that cannot be written, nothing is lost but the copy."""
    _keep(_roster(station, number), note)


def kept_roster(station: Station, number: int) -> bytes:
    """Return a roster's note as it was kept; b"" for none."""
    return read_kept(_roster(station, number), MAX_NOTE_BYTES)


def keep_trail(station: Station, number: int, note: bytes) -> None:
    """Keep a note of this station's own trail, and let an old one go."""
    _keep(_trail(station, number), note)
    if number > MAX_TRAIL_NOTES:
        with contextlib.suppress(OSError):
            files.unlink(_trail(station, number - MAX_TRAIL_NOTES))


def kept_trail(station: Station, number: int) -> bytes:
    """Return a note of this station's own trail as it was kept; b"" for none."""
    return read_kept(_trail(station, number), MAX_NOTE_BYTES)


def keep_life(station: Station, name: str, note: bytes) -> None:
    """Keep a note of what became of something, under its name in the vault."""
    _keep(_life(station) / name, note)


def kept_life(station: Station, name: str) -> bytes:
    """Return a note of what became of something as it was kept; b"" for none."""
    return read_kept(_life(station) / name, MAX_NOTE_BYTES)


def kept_lives(station: Station) -> list[str]:
    """Return the names in the vault of all notes that are kept of what became of something."""
    return sorted(path.relative_to(_life(station)).as_posix() for path in _life(station).rglob("*.note"))


def _life(station: Station) -> Path:
    return station.folder / "kept" / "life"


def _roster(station: Station, number: int) -> Path:
    return station.folder / "kept" / "roster" / f"{number}.note"


def _trail(station: Station, number: int) -> Path:
    return station.folder / "kept" / "trail" / f"{number}.note"


def _keep(path: Path, note: bytes) -> None:
    with contextlib.suppress(NotWritable):
        files.make_folder(path.parent)
        files.replace(path, note, is_durable=False)
