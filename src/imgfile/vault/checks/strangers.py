"""Names that nothing accounts for, and what a crash left behind.

A name of the vault's own kind that no signed statement accounts for may be somebody's attempt: that is damage. No other
name is ever read: litter of a system or a sync program is a notice, the rest a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Doubt, Finding, Found, Kind, caught
from imgfile.vault.checks.litter import is_litter

_OURS: Final = re.compile(
    r"[0-9a-f]{32}(?:\.age|\.note)?|[0-9a-f]{64}\.(?:age|toml)|[0-9]+(?:\.note)?|[a-z]{1,24}(?:\.age|\.note)?"
)
"""Names as vaults of any version have them (docs/reference/vault-format.md), known to this one or not."""


def strangers(vault: Vault, folder: str, is_known: Callable[[str], bool]) -> Iterator[Found]:
    """Yield a finding for every name directly in a folder ("" for the vault's own) that is not known."""
    yield from caught(folder, _strangers(vault, folder, is_known))


def _strangers(vault: Vault, folder: str, is_known: Callable[[str], bool]) -> Iterator[Found]:
    prefix = f"{folder}/" if folder else ""
    for name in vault.store.unfinished(folder):
        died = Finding(Kind.UNFINISHED, prefix + name, "A run died while writing it; it means nothing.")
        yield Doubt(died, lambda name=name: vault.store.exists(prefix + name))  # type: ignore[misc]
    for name in vault.store.names(folder):
        if not is_known(name):
            yield stranger(prefix + name)


def stranger(where: str) -> Finding:
    """Return the finding for a name that nothing accounts for."""
    name = where.rpartition("/")[2]
    if is_litter(name):
        return Finding(Kind.LITTER, where, "A system or a sync program made it; nothing of the vault rests on it.")
    if _OURS.fullmatch(name):
        return Finding(Kind.UNEXPECTED, where, "Nothing accounts for it.")
    return Finding(Kind.FOREIGN, where, "It is no file of a vault, and nothing reads it: move it elsewhere.")
