"""A vault that lies elsewhere than where it was pinned: a vault is its id and its fingerprint, not its path.

1. A folder holds a vault where its roster 1 is the pinned one: the same id, the same digest.
2. A pin follows only where nothing is missing that this station has seen: the roster is no lower than the remembered
   one, and is that one at its number, and every remembered note of an audit trail is there. Else the folder holds an
   older copy, or one that has gone its own way, and is refused.
3. It follows only where the old place holds the vault no more. Of two copies each would go its own way; whether the old
   one is there and cannot be read, is not taken for its absence.
4. Where nobody says where the vault is now, it is looked for in few places, for a short time: beside its old one, and
   at the same path on other drives and mounts. Looking reads roster 1 alone.

5. An older backup that was restored at another place is refused like every older copy, until an administrator accepts
   there what is lost (`restored_at`); that is named, and 3 holds for it too.

That a copy which nobody here has outgrown is not the vault itself cannot be seen: its bytes are the same.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePath, PureWindowsPath
from typing import Final

from imgfile import notes
from imgfile.errors import Damaged, NotWritable, NoVault, typed_folder
from imgfile.frozen import dataclass
from imgfile.state import Pin
from imgfile.station import Station, known_vaults
from imgfile.vault import layout
from imgfile.vault.access import pinned_roster
from imgfile.vault.store.directory import Store

MOUNT_FOLDERS: Final = ("/media", "/run/media", "/mnt", "/Volumes")
"""Below these, one or two levels deep, systems mount disks and shares."""
MOST_FOLDERS: Final = 200
"""So many folders of one parent are looked into; a share may hold thousands."""
MOST_SECONDS: Final = 3.0
MOST_TAILS: Final = 4
"""So many of a path's last parts are looked for on another mount."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A pinned vault that was found elsewhere, and nothing of it missing."""

    pin: Pin
    folder: Path
    roster: int

    def opened_there(self) -> Station:
        """Return the station as if the pin had followed; nothing is written."""
        return Station(replace(self.pin, folder=self.folder))


def moved_to(folder: Path) -> Moved | None:
    """Return what a folder that somebody named holds, if that is a vault pinned elsewhere.

    Raises `Damaged` for an older copy or another one, `NoVault` where the old place holds it too.
    """
    folder = folder.absolute()
    pin = next((pin for pin in known_vaults() if _might_hold(folder, pin)), None)
    return _judged(pin, folder) if pin is not None else None


def restored_at(folder: Path) -> Station | None:
    """Return the station in a vault pinned elsewhere, as if its pin had followed; whether something is missing is open.

    For accepting what a restore lost: nothing is written, and the pin follows with the acceptance. None where the
    folder holds no vault that is known here. Raises `NoVault` where the old place holds it too.
    """
    folder = folder.absolute()
    pin = next((pin for pin in known_vaults() if _might_hold(folder, pin)), None)
    if pin is None:
        return None
    _refuse_two_copies(pin, folder)
    return Station(replace(pin, folder=folder))


def found_elsewhere(pin: Pin) -> Moved | None:
    """Look for a vault whose folder is away, or holds another one; None where it is found nowhere.

    An older copy beside it is passed over. Raises `NoVault` where several folders hold all of it, and `Damaged` as
    `moved_to` does where none does.
    """
    if not is_away(pin):
        return None
    found = _distinct(folder for folder in until_late(places(pin.folder)) if _might_hold(folder, pin))
    whole, refused = _sorted_out(pin, found)
    if len(whole) > 1:
        listed = "\n".join(f"--vault {one.folder}" for one in whole)
        raise NoVault(f"the vault is not at {pin.folder}, and several folders hold it.", f"Name the one:\n{listed}")
    if refused and not whole:
        raise refused[0]
    return whole[0] if whole else None


def _sorted_out(pin: Pin, folders: Iterable[Path]) -> tuple[list[Moved], list[Damaged]]:
    """Part the folders that hold all that was seen from those that do not, with what each of these lacks."""
    whole: list[Moved] = []
    refused: list[Damaged] = []
    for folder in folders:
        try:
            whole.append(_judged(pin, folder))
        except Damaged as error:
            refused.append(error)
    return whole, refused


def is_away(pin: Pin) -> bool:
    """Return whether a vault is not where it is pinned; what cannot be looked into is not taken for away."""
    try:
        return not holds(pin.folder, pin)
    except (Damaged, NotWritable):
        return False


def holds(folder: Path, pin: Pin) -> bool:
    """Return whether a folder holds a vault, by its first roster.

    Raises `Damaged`, `NotWritable` where that cannot be known.
    """
    store = Store(folder)
    if not store.is_connected() or not store.exists(layout.roster(1)):
        return False
    first = notes.parse(store.read(layout.roster(1)))
    return (first.vault, first.digest) == (pin.vault, pin.first_digest)


def _judged(pin: Pin, folder: Path) -> Moved:
    """See that nothing is missing, and that the old place holds it no more."""
    here = Station(pin)
    here.require_memory()
    _refuse_two_copies(pin, folder)
    store = Store(folder)
    try:
        roster = pinned_roster(store, here, here.kept_roster())
        _refuse_missing_notes(store, here)
    except Damaged as error:
        raise Damaged(
            f"{folder} holds an older copy of the vault that was at {pin.folder}, or one that has gone its own way: "
            f"{error.message}",
            "Nothing was changed, and nothing is filed there. Find the newest copy, or restore it from a newer backup."
            "\nA backup was restored there, and there is no newer one?  imgfile vault accept-loss --vault "
            f"{typed_folder(folder)}",
        ) from error
    return Moved(pin, folder, roster.number)


def _refuse_two_copies(pin: Pin, folder: Path) -> None:
    if holds(pin.folder, pin):
        raise NoVault(
            f"{folder} holds a copy of the vault at {pin.folder}.",
            "What is filed into one of two copies is not in the other. Leave the copy, or take the old folder away "
            "first: rename it, or disconnect its disk.",
        )


def _refuse_missing_notes(store: Store, here: Station) -> None:
    """Raise `Damaged` where a note of an audit trail is not there that this station saw, or is another."""
    for station, (number, digest) in sorted(here.seen_heads().items()):
        if not number:
            continue
        name = layout.trail(station, number)
        if not store.exists(name):
            raise Damaged(f"{name} is missing, which this computer saw.")
        if notes.parse(store.read(name)).digest != digest:
            raise Damaged(f"{name} is not the note that this computer saw.")


# --- where to look ------------------------------------------------------------------------------------------


def places(old: Path) -> Iterator[Path]:
    """Yield where a vault may be that was at `old`: beside it, then on other drives and mounts."""
    yield from folders_in(old.parent)
    if sys.platform == "win32":
        yield from map(Path, on_other_drives(old))
    else:
        yield from on_other_mounts(old, [Path(folder) for folder in MOUNT_FOLDERS])


def on_other_drives(old: PurePath) -> Iterator[PureWindowsPath]:
    """Yield the same path on every other drive letter; nothing for a path without one."""
    path = PureWindowsPath(old)
    if len(path.drive) == len("C:"):
        letters = (f"{chr(code)}:" for code in range(ord("C"), ord("Z") + 1))
        yield from (
            PureWindowsPath(f"{letter}\\", *path.parts[1:]) for letter in letters if letter != path.drive.upper()
        )


def on_other_mounts(old: Path, parents: Sequence[Path]) -> Iterator[Path]:
    """Yield the last parts of a path below every folder where a disk may be mounted, the longest first."""
    tails = [old.parts[-count:] for count in range(min(len(old.parts) - 1, MOST_TAILS), 0, -1)]
    for parent in parents:
        for mount in folders_in(parent):
            yield from (mount.joinpath(*tail) for tail in tails)
            for inner in folders_in(mount):
                yield from (inner.joinpath(*tail) for tail in tails)


def folders_in(parent: Path) -> Iterator[Path]:
    """Yield the folders in a folder, links to folders among them, up to a number; none where it cannot be listed."""
    try:
        with os.scandir(parent) as entries:
            yield from islice((Path(entry.path) for entry in entries if entry.is_dir()), MOST_FOLDERS)
    except OSError:
        return


def until_late(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield folders, until looking into them has taken long enough."""
    end = time.monotonic() + MOST_SECONDS
    for folder in folders:
        if time.monotonic() > end:
            return
        yield folder


def _might_hold(folder: Path, pin: Pin) -> bool:
    try:
        return holds(folder, pin)
    except (Damaged, NotWritable):
        return False


def _distinct(folders: Iterable[Path]) -> list[Path]:
    """Return folders, of several names of one folder the first."""
    found: list[Path] = []
    for folder in folders:
        if not any(_is_same(folder, other) for other in found):
            found.append(folder)
    return found


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one == other or one.samefile(other)
    except OSError:
        return False
