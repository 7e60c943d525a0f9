"""Durable notes on new files in clear that have a temporary name, by which a later run knows what a killed one left.

    <state>/drafts/<32 hex>    one run's note: a line of canonical JSON for each step

1. A temporary name stands in a note before any file has it: durable, then the file. What has no name before it is whole
   needs no note (O_TMPFILE, see `staging`).
2. Which file it is (device, file system, inode, generation) is in the note before it holds a byte, or, where a file is
   made without a name, before it gets one.
3. A note is locked as long as its run lives. One that nobody holds is a killed run's.
4. A file is removed only if it is the very file of the note, under a name of ours, with no other name. The original
   that a replaced file leaves for a moment is removed only if it still holds the very bytes that were read, and the new
   file lies in the same folder. Whatever else lies there stays.
5. A note names the folder and the temporary name, never what the file is to be called; of a folder that gets its name
   as a whole, the names within it, which tell of no patient. It goes with the last of its files.

It may hold a folder's path, as the note of an unfinished erasure does: the one exception to R23.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from imgfile import canonical_json, files
from imgfile.device import Mark
from imgfile.errors import Error, NotWritable
from imgfile.frozen import dataclass, field
from imgfile.process_lock import StillLocked, locked
from imgfile.replacing import Original
from imgfile.state import state_folder

MAX_NOTE_BYTES: Final = 1 << 20
"""A run's note has some 400 bytes for each of at most sixteen files and the steps of each."""
MAX_NOTES: Final = 1_000
"""How many notes of killed runs are looked at."""
_PATIENCE_SECONDS: Final = 5
"""How long a new run may find its own new note locked, by one that looks for killed runs."""
_NOTE_NAME: Final = re.compile(r"[0-9a-f]{32}")
_TEMPORARY_NAME: Final = re.compile(re.escape(files.TEMPORARY_PREFIX) + "[0-9a-f]{16}")


def _folder() -> Path:
    return state_folder() / "drafts"


# --- as a run goes on -----------------------------------------------------------------------------------


class DraftNote:
    """The note of one run, made with its first line. `maker` says in one word what the run is: export, strip."""

    def __init__(self, maker: str) -> None:
        self._maker = maker
        self._path: Path | None = None
        self._names: list[Path] = []
        self._held = contextlib.ExitStack()
        self._turn = threading.Lock()

    def expect(self, beside: Path) -> None:
        """Note a temporary name that is about to be given to a new file. Raises `NotWritable`."""
        self._add([_facts(self._maker, beside, None, None)])
        self._names.append(beside)

    def made(self, files_made: Sequence[tuple[Path, Mark, Original | None]]) -> None:
        """Note which files have temporary names, or get them now, and what each is to replace. Raises `NotWritable`."""
        if files_made:
            self._add([_facts(self._maker, beside, mark, original) for beside, mark, original in files_made])
            self._names += [beside for beside, _, _ in files_made]

    def close(self) -> None:
        """Drop the note, unless a file of it is still there under its temporary name."""
        if self._path is not None and not any(os.path.lexists(name) for name in self._names):
            with contextlib.suppress(OSError):
                files.unlink(self._path)
        self._held.close()

    def _add(self, lines: Sequence[dict[str, Any]]) -> None:
        with self._turn:
            path = self._path or self._begin()
            files.append(path, b"".join(canonical_json.encode(line) + b"\n" for line in lines))

    def _begin(self) -> Path:
        path = _folder() / secrets.token_hex(16)
        files.make_folder(path.parent)
        with files.writing(path):
            try:
                self._held.enter_context(locked(path, patience_seconds=_PATIENCE_SECONDS))
            except StillLocked as error:
                raise OSError(None, "another program holds it") from error
            files.sync_folder(path.parent)
        self._path = path
        return path


def _facts(maker: str, beside: Path, mark: Mark | None, original: Original | None) -> dict[str, Any]:
    return {
        "maker": maker,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "folder": quote(os.fsencode(beside.parent.absolute())),
        "name": beside.name,
        "mark": None if mark is None else _mark_facts(mark),
        "original": None if original is None else [_mark_facts(original.mark), original.size, original.digest],
    }


def _mark_facts(mark: Mark) -> list[int | None]:
    return [mark.device, mark.filesystem, mark.inode, mark.generation]


# --- after a run was killed -----------------------------------------------------------------------------


class Standing(Enum):
    """How a file that a killed run may have left stands to its note."""

    OURS = auto()
    """It is the very file: `--clean` removes it."""
    GONE = auto()
    """Nothing has that name."""
    AWAY = auto()
    """Its folder is not there, or on another disk now."""
    NAMED_TWICE = auto()
    """It is the very file, and has another name too."""
    ANOTHER = auto()
    """Something else has that name, or nobody knows what: the run died before it could note which file it made."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One temporary name of a killed run, with the last that its note says of it."""

    maker: str
    at: datetime
    folder: Path = field(repr=False)
    name: str
    mark: Mark | None
    original: tuple[Mark, int, str] | None
    """Of the file that it was to replace: which, its length in bytes, its SHA-256."""

    @property
    def path(self) -> Path:
        """Where it would lie."""
        return self.folder / self.name

    @property
    def has_own_folder(self) -> bool:
        """Whether its folder is one that a killed run made, under a temporary name."""
        return _TEMPORARY_NAME.fullmatch(self.folder.name) is not None


@dataclass(frozen=True, slots=True)
class Left:
    """What was found of a killed run: a draft, how it stands, and whether it was removed just now."""

    draft: Draft
    standing: Standing
    is_removed: bool = False


def find_left() -> list[Left]:
    """Return what killed runs of this account left; nothing is changed. Raises `NotWritable`."""
    return [
        Left(draft, standing)
        for _, drafts in _killed()
        for draft in drafts
        if (standing := _judge(draft)) is not Standing.GONE
    ]


def clean() -> list[Left]:
    """Remove what killed runs of this account left and is known as theirs; return each, removed or not.

    A note goes with the last of its files. Raises `NotWritable`.
    """
    found: list[Left] = []
    for note, drafts in _killed():
        of_note = [_cleaned(draft) for draft in drafts]
        found += [left for left in of_note if left.standing is not Standing.GONE]
        if all(left.is_removed or left.standing is Standing.GONE for left in of_note):
            with files.writing(note):
                files.unlink(note)
    return found


def _cleaned(draft: Draft) -> Left:
    standing = _judge(draft)
    if standing is Standing.OURS:
        try:
            files.unlink(draft.path)
            files.sync_folder(draft.folder)
        except OSError as error:
            raise files.not_writable(draft.path, error) from error
    if draft.has_own_folder:
        with contextlib.suppress(OSError):  # it holds another one yet, or is gone with the last
            files.remove_folder(draft.folder)
    return Left(draft, standing, is_removed=standing is Standing.OURS)


def _killed() -> Iterator[tuple[Path, list[Draft]]]:
    """Yield each note that no run holds, with its drafts, and hold it meanwhile."""
    for name in files.names_in(_folder(), limit=MAX_NOTES):
        path = _folder() / name
        if not _NOTE_NAME.fullmatch(name):
            continue
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(locked(path, patience_seconds=0))
                drafts = _read(path)
            except StillLocked:
                continue
            except OSError as error:
                raise NotWritable(f"{path} cannot be looked at: {error.strerror}.", "Check this disk.") from error
            yield path, drafts


def _read(path: Path) -> list[Draft]:
    """Read a note: of each name the last line. One that a crash tore counts for nothing, as what it was to precede."""
    with path.open("rb") as file:
        lines = file.read(MAX_NOTE_BYTES).split(b"\n")
    found: dict[Path, Draft] = {}
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            draft = _parsed(canonical_json.decode(line, limit=MAX_NOTE_BYTES))
            found[draft.path] = draft
    return list(found.values())


def _parsed(facts: dict[str, Any]) -> Draft:
    folder, name = Path(os.fsdecode(unquote_to_bytes(str(facts["folder"])))), str(facts["name"])
    is_ours = _TEMPORARY_NAME.fullmatch(name) or _TEMPORARY_NAME.fullmatch(folder.name)
    if not folder.is_absolute() or not is_ours or "/" in name or "\\" in name:
        raise ValueError(name)
    original = facts["original"]
    return Draft(
        maker=str(facts["maker"]),
        at=datetime.fromisoformat(str(facts["at"])),
        folder=folder,
        name=name,
        mark=None if facts["mark"] is None else _parsed_mark(facts["mark"]),
        original=None if original is None else (_parsed_mark(original[0]), _number(original[1]), str(original[2])),
    )


def _parsed_mark(facts: Sequence[Any]) -> Mark:
    device, filesystem, inode, generation = facts
    return Mark(
        _number(device), _number(filesystem), _number(inode), None if generation is None else _number(generation)
    )


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError
    return value


def _judge(draft: Draft) -> Standing:
    """Look at what has a draft's name now."""
    try:
        there = files.FileIdentity.at(draft.path)
        if there is None:
            return Standing.GONE if _is_folder_there(draft) else Standing.AWAY
        with files.opened_source(draft.path) as descriptor:
            return _judge_open(draft, descriptor)
    except (OSError, Error):  # a link, a folder, a pipe; or nobody may look
        return Standing.ANOTHER


def _is_folder_there(draft: Draft) -> bool:
    """Return whether the folder is there, on the disk that the file was made on."""
    folder = draft.folder.parent if draft.has_own_folder and not draft.folder.exists() else draft.folder
    if not folder.is_dir():
        return False
    with files.opened_folder(folder) as descriptor:
        return draft.mark is None or descriptor is None or Mark.of(descriptor).is_on_same_disk(draft.mark)


def _judge_open(draft: Draft, descriptor: int) -> Standing:
    mark, links = Mark.of(descriptor), os.fstat(descriptor).st_nlink
    is_made = draft.mark is not None and mark.is_same_file(draft.mark)
    if not is_made and not _is_original(draft, mark, descriptor):
        return Standing.ANOTHER
    return Standing.OURS if links == 1 else Standing.NAMED_TWICE


def _is_original(draft: Draft, mark: Mark, descriptor: int) -> bool:
    """Return whether it is the very original that a new file has replaced, with the bytes that the new one is of."""
    if draft.original is None or draft.mark is None:
        return False
    original, size, digest = draft.original
    if not mark.is_same_file(original) or os.fstat(descriptor).st_size != size:
        return False
    data = files.read_at(descriptor, 0, size + 1)
    return hashlib.sha256(data).hexdigest() == digest and _lies_in(draft.folder, draft.mark)


def _lies_in(folder: Path, mark: Mark) -> bool:
    """Return whether a folder holds a file of this mark, whatever its name."""
    with os.scandir(folder) as entries:
        found = [Path(entry.path) for entry in entries if entry.inode() == mark.inode]
    for path in found:
        with contextlib.suppress(Error), files.opened_source(path) as descriptor:
            if Mark.of(descriptor).is_same_file(mark):
                return True
    return False
