"""How far each audit trail has come, found by walking on from where it was known to be."""

from __future__ import annotations

from collections.abc import Mapping

from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.trail.read import EMPTY, newest_number


def trail_heads(vault: Vault, known: Mapping[str, int]) -> dict[str, int]:
    """Return the number of the newest note of each station's trail; `known` is what was found before."""
    seen = vault.station.seen_heads()
    heads = {}
    for entry in vault.roster.stations:
        number = max(seen.get(entry.station, EMPTY)[0], known.get(entry.station, 0))
        while number and not vault.store.exists(layout.trail(entry.station, number)):
            number -= 1
        heads[entry.station] = newest_number(vault, entry.station, number)
    return heads
