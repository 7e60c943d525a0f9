"""Which of the vaults that this station trusts a command is about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from imgfile import notes
from imgfile.errors import Damaged, NoVault
from imgfile.station import Pin, Station, known_vaults
from imgfile.vault import layout
from imgfile.vault.store.directory import Store

_CREATE_HINT = (
    "your practice has one already: file at the computer that set it up\nthis is the first computer:    imgfile init"
)


def choose(folder: Path | None) -> Station:
    """Return this station in the vault at `folder`, or in the only vault it knows.

    Raises `NoVault` when there is none, several and none was named, or no pin for that folder.
    """
    known = known_vaults()
    pins = [pin for pin in known if not _is_succeeded(pin, known)]
    if folder is not None:
        pins = [pin for pin in pins if _is_same_folder(pin.folder, folder)]
        if not pins:
            raise NoVault(f"this computer has no pin for the vault {folder}.", _CREATE_HINT)
    if not pins:
        raise NoVault("this computer does not know a vault yet.", _CREATE_HINT)
    if len(pins) > 1:
        raise NoVault(f"this computer knows {len(pins)} vaults.", "Name one:  --vault FOLDER")
    return Station(pins[0])


def _is_same_folder(one: Path, other: Path) -> bool:
    """Return whether two paths name one folder, however they are spelt; a share that is away has its path alone."""
    if one == other.absolute():
        return True
    try:
        return one.samefile(other)
    except OSError:
        return False


def _is_succeeded(pin: Pin, known: Sequence[Pin]) -> bool:
    """Return whether another vault was founded where this one had been: its own pin would never be of use there."""
    return any(one.folder == pin.folder and one.vault != pin.vault and _lies_there(one) for one in known)


def _lies_there(pin: Pin) -> bool:
    """Return whether a vault's folder holds that very vault: its roster 1 is the pinned one."""
    try:
        return notes.parse(Store(pin.folder).read(layout.roster(1))).digest == pin.first_digest
    except Damaged:
        return False
