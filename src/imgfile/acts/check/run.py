"""All points of a set-up, in the order in which somebody would mend them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from imgfile.acts.check.decoding import check_decoding
from imgfile.acts.check.inbox import check_inbox
from imgfile.acts.check.leftovers import check_leftovers
from imgfile.acts.check.places import check_encryption, check_filesystem, check_permissions, check_sync
from imgfile.acts.check.points import Point
from imgfile.acts.check.upkeep import check_erasures, check_mails, check_recovery, check_set_aside, check_verify
from imgfile.acts.check.vault import check_clock, check_keys, check_memory, check_policy, check_station, find_vault
from imgfile.state import state_folder
from imgfile.station import Station


def check(station: Station, now: datetime) -> Iterator[Point]:
    """Yield every point; what needs the vault only where it can be opened. `now` is in local time."""
    vault, point = find_vault(station)
    yield point
    if vault is not None:
        yield from check_keys(vault)
        yield check_station(vault)
        yield from check_policy(vault)
        yield check_clock(vault, now)
        yield check_inbox(vault, now.date())
    yield check_memory(station)
    yield check_verify(station, now)
    yield check_recovery(station, now.date())
    yield check_erasures(station)
    yield from check_leftovers()
    yield check_mails(station)
    yield from check_set_aside(station, now.date())
    yield check_decoding()
    yield from check_permissions(state_folder())
    if vault is not None:
        place = station.pin.folder
        keys = station.pin.keys if vault.store.keys is not None else None
        yield from check_sync(place, station.folder, keys)
        yield check_filesystem(place)
        yield from check_encryption(place, station.folder)
