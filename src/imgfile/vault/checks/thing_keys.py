"""The keys of things: each is the one that its thing's note states, and none is there that no thing has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import ACCEPTED, Doubt, Finding, Found, Kind, caught
from imgfile.vault.checks.strangers import strangers
from imgfile.vault.thing_key import ThingKey


def check_thing_key(vault: Vault, stated: ThingKey, *, is_accepted: bool = False) -> Iterator[Found]:
    """Check that a thing's key lies there as its note states it, unless its loss was accepted."""
    yield from caught(stated.name, _check(vault, stated, is_accepted=is_accepted))


def _check(vault: Vault, stated: ThingKey, *, is_accepted: bool) -> Iterator[Found]:
    if is_accepted and not vault.store.exists(stated.name):
        yield Finding(Kind.LOST, stated.name, ACCEPTED)
    elif not vault.store.exists(stated.name):
        yield Finding(Kind.MISSING, stated.name, "A note states it: what is sealed to it cannot be opened.")
    elif not vault.store.holds(stated.name, stated.digest):
        message = vault.store.no_file(stated.name) or "It is not the key that its note states."
        yield Finding(Kind.DAMAGED, stated.name, message)


def check_unused(vault: Vault, used: set[str], is_used_now: Callable[[str], bool]) -> Iterator[Found]:
    """Find the keys that no note states; `is_used_now` is asked again later, for what is filed at this very moment."""
    yield from caught(layout.THING_KEYS, _check_unused(vault, used, is_used_now))


def _check_unused(vault: Vault, used: set[str], is_used_now: Callable[[str], bool]) -> Iterator[Found]:
    here = layout.THING_KEYS
    yield from strangers(vault, here, lambda name: _is_folder(vault, name))
    for name in vault.store.names(here):
        if _is_folder(vault, name):
            yield from caught(f"{here}/{name}", _unused(vault, f"{here}/{name}", used, is_used_now))


def _is_folder(vault: Vault, name: str) -> bool:
    return (layout.is_id(name) or name == layout.INBOX) and vault.store.is_folder(f"{layout.THING_KEYS}/{name}")


def _unused(vault: Vault, folder: str, used: set[str], is_used_now: Callable[[str], bool]) -> Iterator[Found]:
    yield from strangers(vault, folder, _is_key)
    for name in filter(_is_key, vault.store.names(folder)):
        full = f"{folder}/{name}"
        if full not in used:
            died = Finding(Kind.UNFINISHED, full, "A run died before this key was used for anything.")
            yield Doubt(died, lambda full=full: not is_used_now(full))  # type: ignore[misc]


def _is_key(name: str) -> bool:
    return name.endswith(".age") and layout.is_id(name.removesuffix(".age"))
