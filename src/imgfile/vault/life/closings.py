"""What somebody signed who was closed since: it counts only where a trail states it up to the ends of then.

Whoever has the key of a removed person, or of a retired computer, can sign a note that names a roster from before. What
they cannot do is enter it in a trail: its end is listed by the roster that closed them. So a note by a closed
credential counts where any trail states it up to the ends that this roster saw, one by a closed station where its own
does, and either where an administrator accepted it by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from imgfile.errors import Damaged
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Roster
from imgfile.vault.trail.read import walk

LIFE: Final = frozenset({"added", "gone", "ended"})
"""What an entry says that states what became of a record."""
INBOX: Final = frozenset({"item", "settled"})
"""What an entry says that states an item of the inbox, and what became of it."""


def limits_of(roster: Roster, signer: str) -> Mapping[str, int] | None:
    """Return up to which note each trail may state what a closed signer signed; None for one that is open."""
    station = roster.closed_station(signer)
    if station is not None:
        return {signer: station.head[0]}
    closed = next((one for one in roster.closed.credentials if one.holder == signer), None)
    if closed is None:
        return None
    before = {each.station: each.head[0] for each in roster.closed.stations if each.roster <= closed.roster}
    return before | {station: number for station, (number, _) in closed.heads.items()}


def expect_stated(vault: Vault, signer: str, thing: str, digest: str, name: str) -> None:
    """See that a note of a record, or of an item, counts although its signer may be closed by now. Raises `Damaged`."""
    limits = limits_of(vault.roster, signer)
    if limits is None or digest in vault.roster.accepted:
        return
    if not _is_stated(vault, signer, limits, (thing, digest)):
        raise Damaged(f"{name} {UNSTATED}", "Rely on it no more until you know why:  imgfile verify")


def _is_stated(vault: Vault, signer: str, limits: Mapping[str, int], wanted: tuple[str, str]) -> bool:
    """Return whether a trail states a note of a thing, walking them once in a run for all that a signer signed.

    What is not among it is looked for again: a share can take a minute to show a note. Raises `Damaged` where a trail
    does not hold before that comes.
    """
    known = vault.stated_then.setdefault(signer, set())
    if wanted in known:
        return True
    try:
        known.update(_stated(vault, limits))
    except Damaged:
        if wanted not in known:
            raise
    return wanted in known


UNSTATED: Final = "is signed by somebody who was closed, and no audit trail up to then states it."


def _stated(vault: Vault, limits: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Yield the record, or the item of the inbox, and the digest of each note that the trails state of it."""
    for station, last in limits.items():
        for note in walk(vault, station):
            if note.number > last:
                break
            for entry in note.entries:
                if entry["act"] in LIFE | INBOX:
                    thing = entry.get("record" if entry["act"] in LIFE else "item")
                    yield str(thing), str(entry.get("note"))
