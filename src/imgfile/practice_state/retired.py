"""Setting aside the state of a computer that was retired, so that it can join again under a new id.

1. What it was is kept: its keys, what it saw and what it remembers lie in a folder of their own, by the day.
2. Nothing is set aside while an erasure is unfinished: only that state can say which source it was.
3. The pin goes last, so that a run which died is repeated. What stays in place is what it remembers of the photos and
   mails that it filed (R24, R25): the new keys take that over (`stored_keys.store_keys`).

    <state>/retired/<vault>-<day>/     as in vaults/<vault>, but for copies of the vault's notes
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.errors import Damaged, UsageError
from imgfile.state import PIN_FILE, state_folder
from imgfile.station import Station

_LOCKS: Final = frozenset({"lock", "memory.lock"})


def set_aside(here: Station, day: str) -> Path:
    """Keep the state of a retired station elsewhere, and belong to its vault no more; return where it is kept.

    Raises `UsageError` while an erasure is unfinished, `Busy`, `NotWritable`, `Damaged`.
    """
    with here.locked():
        if here.has_pending:
            raise UsageError(
                "this computer was retired before it had finished an erasure that it began.",
                "It cannot enter that any more. Look whether the source is there still; what was noted of it lies in "
                f"{here.folder / 'pending'}. Move that folder elsewhere, then run the same command again.",
            )
        kept = _free(state_folder() / "retired", f"{here.pin.vault}-{day}")
        files.make_folder(kept)
        for path in sorted(here.folder.iterdir()):
            if path.is_file() and path.name not in _LOCKS:
                files.replace(kept / path.name, _read(path))
        with files.writing(here.folder / PIN_FILE):
            files.unlink(here.folder / PIN_FILE)
    return kept


def _free(folder: Path, name: str) -> Path:
    tries = (folder / (name if not number else f"{name}.{number}") for number in range(1000))
    return next(path for path in tries if not path.exists())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Damaged(f"{path} cannot be read: {error.strerror}.", "Nothing was changed. Look at this disk.") from error
