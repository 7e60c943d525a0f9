"""The folder that a vault's keys have to themselves, found elsewhere than where it was: `acts.moved` for vaults.

1. A folder holds the keys where its marker is the one that the vault's roster names.
2. A pin follows only where nothing is missing that the vault says was there: the key files that the newest roster
   names, and the keys of the newest records that the trails state, as far as this computer has seen them. Else the
   folder is an older copy, and is refused.
3. Only where the old place holds them no more: what is filed into one of two copies is not in the other.
4. Where nobody says where they are now, they are looked for beside their old place and the vault, and at the same path
   on other drives and mounts. Looking reads the marker alone.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path

from imgfile.acts.moved import places, until_late
from imgfile.errors import Damaged, NoVault, UsageError
from imgfile.vault.access import Vault
from imgfile.vault.checks import outdated_keys
from imgfile.vault.store.directory import KeysRoot
from imgfile.vault.store.keys_root import holds


def keys_at(vault: Vault, folder: Path) -> Vault:
    """Return the vault with its keys in a folder that somebody named, or that was found; nothing is written.

    Raises `UsageError` where they have no folder of their own, `NotWritable` where the folder has no marker, `Damaged`
    for another vault's and for an older copy, `NoVault` where the old place holds them too.
    """
    if vault.store.keys is None:
        raise UsageError("the vault's keys lie in its own folder.", "Nothing was changed.")
    digest, folder = vault.store.keys.digest, folder.absolute()
    there = replace(vault, store=vault.store.with_keys(KeysRoot(folder, digest)))
    there.store.expect_keys()
    old = vault.station.pin.keys
    if old is not None and not _is_same(old, folder) and holds(old, digest):
        raise NoVault(
            f"{folder} holds a copy of the keys at {old}.",
            "What is filed into one of two copies is not in the other. Leave the copy, or take the old folder away "
            "first: rename it, or disconnect its disk.",
        )
    outdated_keys.expect_named(there)
    outdated_keys.expect_newest(there, vault.station.seen_heads().items())
    return there


def follow_keys(there: Vault) -> Vault:
    """Look for the keys from now on where they were found. Raises `NotWritable`."""
    folder = there.store.keys.folder if there.store.keys is not None else None
    return there if folder is None else replace(there, station=there.station.follow_keys(folder))


def keys_found_elsewhere(vault: Vault) -> Vault | None:
    """Look for keys that are not where they were; None where they are found nowhere, or only an older copy is.

    Raises `NoVault` where several folders hold all of them.
    """
    found = [there for folder in _candidates(vault) if (there := _whole(vault, folder)) is not None]
    if len(found) > 1:
        listed = "\n".join(f"imgfile vault keys {one.store.keys_place}" for one in found)
        raise NoVault("the vault's keys are away, and several folders hold them.", f"Name the one:\n{listed}")
    return found[0] if found else None


def _candidates(vault: Vault) -> list[Path]:
    """Return the folders, each once, that have the right marker."""
    if vault.store.keys is None:
        return []
    digest, old = vault.store.keys.digest, vault.station.pin.keys
    near = chain(places(vault.station.pin.folder), places(old) if old is not None else ())
    found: dict[Path, Path] = {}
    for folder in until_late(near):
        if _has_marker(folder, digest):
            found.setdefault(folder.resolve(), folder)
    return list(found.values())


def _has_marker(folder: Path, digest: str) -> bool:
    try:
        return holds(folder, digest)
    except Damaged:
        return False


def _whole(vault: Vault, folder: Path) -> Vault | None:
    try:
        return keys_at(vault, folder)
    except Damaged:
        return None


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one == other or one.samefile(other)
    except OSError:
        return False
