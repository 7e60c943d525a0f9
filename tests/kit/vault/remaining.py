"""What keys are left in a vault, and what of its sealed files they open: of whatever objects, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from imgfile import sealing
from imgfile.errors import Damaged, WrongKey
from imgfile.vault import layout


def objects_below(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder, by its name from there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def identities(objects: Mapping[str, bytes], held: Sequence[sealing.KeyIdentity]) -> list[sealing.KeyIdentity]:
    """Return every identity that a vault's keys give to whoever holds some, until nothing new opens."""
    found, newest = list(held), list(held)
    closed = sorted(name for name in objects if name.startswith(f"{layout.KEYS}/") and name.endswith(".age"))
    while newest:
        opened: list[sealing.KeyIdentity] = []
        for name in list(closed):
            text = _opened(objects[name], newest)
            if text is not None:
                closed.remove(name)
                opened += sealing.parse_identity_file(text) if b"AGE-SECRET-KEY-" in text else []
        found += opened
        newest = opened
    return found


def opens(objects: Mapping[str, bytes], names: Iterable[str], keys: Sequence[sealing.KeyIdentity]) -> set[str]:
    """Return which of these sealed files any of these keys opens."""
    return {name for name in names if _opened(objects[name], keys) is not None}


def _opened(sealed: bytes, keys: Sequence[sealing.KeyIdentity]) -> bytes | None:
    try:
        return sealing.unseal_bytes(sealed, keys)
    except (WrongKey, Damaged):
        return None
