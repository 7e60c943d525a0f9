"""Names that nothing accounts for, and what a crash left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Kind, caught


def strangers(vault: Vault, folder: str, is_known: Callable[[str], bool]) -> Iterator[Finding]:
    """Yield a finding for every name directly in a folder ("" for the vault's own) that is not known."""
    yield from caught(folder, _strangers(vault, folder, is_known))


def _strangers(vault: Vault, folder: str, is_known: Callable[[str], bool]) -> Iterator[Finding]:
    prefix = f"{folder}/" if folder else ""
    for name in vault.store.unfinished(folder):
        yield Finding(Kind.UNFINISHED, prefix + name, "A run died while writing it; it means nothing.")
    for name in vault.store.names(folder):
        if not is_known(name):
            yield Finding(Kind.UNEXPECTED, prefix + name, "Nothing accounts for it.")
