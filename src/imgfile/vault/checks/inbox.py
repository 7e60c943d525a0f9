"""The inbox: its items against their notes, their keys and what became of them."""

from __future__ import annotations

from collections.abc import Iterator

from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Doubt, Finding, Found, Kind, caught
from imgfile.vault.checks.life import Lived
from imgfile.vault.checks.named_rosters import History
from imgfile.vault.checks.strangers import strangers
from imgfile.vault.checks.thing_keys import check_thing_key
from imgfile.vault.life import settled
from imgfile.vault.records import item
from imgfile.vault.records.find import is_published
from imgfile.vault.records.item import Item

_KNOWN = frozenset({layout.IMAGE, layout.FACTS, layout.FORM, layout.MANIFEST, layout.GONE})


def check_inbox(vault: Vault, lived: Lived, keys: set[str], history: History) -> Iterator[Found]:
    """Check every item; fill in which notes and keys there are."""
    here = layout.INBOX
    yield from strangers(vault, here, lambda name: _is_known(name) and vault.store.is_folder(f"{here}/{name}"))
    for name in vault.store.names(here):
        if layout.is_id(name) and vault.store.is_folder(f"{here}/{name}"):
            yield from caught(f"{here}/{name}", _check(vault, name, lived, keys, history))


def _is_known(name: str) -> bool:
    return layout.is_id(name) or name == layout.REASONS


def _check(vault: Vault, name: str, lived: Lived, keys: set[str], history: History) -> Iterator[Found]:
    here = layout.item(name)
    manifest = f"{here}/{layout.MANIFEST}"
    if not vault.store.exists(manifest):
        died = Finding(Kind.UNFINISHED, here, "A run died before this item existed; its source was not touched.")
        yield Doubt(died, lambda: not vault.store.exists(manifest))
        return
    stated = item.load(vault, name)
    lived.take(vault, stated.digest, manifest, stated.station)
    if stated.digest not in vault.roster.accepted and (flaw := history.flaw(stated.station, stated.roster)):
        yield Finding(Kind.DAMAGED, manifest, flaw)
    keys.add(stated.key.name)
    yield from strangers(vault, here, _KNOWN.__contains__)
    for each in stated.objects:
        yield from caught(f"{here}/{each}", _check_object(vault, stated, each))
    yield from caught(settled.name_of(name), _check_settled(vault, stated, lived))


def _check_object(vault: Vault, stated: Item, each: str) -> Iterator[Found]:
    name, expected = f"{layout.item(stated.item)}/{each}", stated.objects[each]
    if not vault.store.exists(name):
        yield Finding(Kind.MISSING, name, "The item's note names it, and it is not there.")
    elif len(vault.store.read_matching(name, expected.digest, "what the item's note states")) != expected.length:
        yield Finding(Kind.DAMAGED, name, "It is not what the item's note states.")


def _check_settled(vault: Vault, stated: Item, lived: Lived) -> Iterator[Found]:
    found = settled.load(vault, stated)
    if found is None:
        yield from check_thing_key(vault, stated.key, is_accepted=stated.digest in vault.roster.accepted)
        return
    lived.take(vault, found.digest, settled.name_of(stated.item), found.signer.name)
    if found.to is not None and not is_published(vault, *found.to):
        died = Finding(Kind.UNFINISHED, layout.item(stated.item), "It was accepted, and its record is not there yet.")
        to = found.to
        yield Doubt(died, lambda: not is_published(vault, *to))
    elif vault.store.exists(stated.key.name):
        left = Finding(Kind.REMAINS, stated.key.name, "What it opens is settled: remove it with  imgfile check --clean")
        yield Doubt(left, lambda: vault.store.exists(stated.key.name))
