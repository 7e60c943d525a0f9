"""The vault as this station finds it: there, its own, this station listed, and its clock no other than ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from imgfile.acts.check.points import Level, Point
from imgfile.errors import Damaged, Error, NotWritable, NoVault
from imgfile.station import Station
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.roster.model import fingerprint_of
from imgfile.vault.times import parse_time
from imgfile.vault.trail.read import EMPTY, load, newest_number

MAX_SKEW: Final = timedelta(minutes=5)
"""How far a time in the vault may lie ahead of this computer's clock without a word."""


def find_vault(station: Station) -> tuple[Vault | None, Point]:
    """Open the vault, and return it with how it stands; None where it cannot be opened."""
    try:
        vault = open_vault(station)
    except Error as error:
        return None, _elsewhere(station) or _unopened(error)
    words = fingerprint_of(station.pin.first_digest)
    message = f"vault {vault.store.place} reachable, roster {vault.roster.number}, fingerprint {words}"
    return vault, Point("vault", Level.OK, message)


def _unopened(error: Error) -> Point:
    return Point("vault", Level.BAD, _said(error), error.hint or "imgfile verify")


def _elsewhere(station: Station) -> Point | None:
    """Report where a vault lies that is not where it was; None where it is, or is found nowhere."""
    from imgfile.acts.moved import found_elsewhere  # noqa: PLC0415 - few vaults are where they were not

    try:
        moved = found_elsewhere(station.pin)
    except (Damaged, NoVault) as error:
        return _unopened(error)
    if moved is None:
        return None
    message = f"the vault is not at {station.pin.folder}; {moved.folder} holds it, and nothing is missing"
    return Point("vault", Level.BAD, message, f"imgfile list --vault {moved.folder}")


def check_keys(vault: Vault) -> Iterator[Point]:
    """Report where the keys are if they have a folder of their own, and whether it is there; else nothing."""
    if vault.store.keys is None:
        return
    try:
        vault.store.expect_keys()
    except Error as error:
        yield Point("keys", Level.BAD, _said(error), "imgfile vault keys FOLDER")
    else:
        yield Point("keys", Level.OK, f"the vault's keys {vault.store.keys_place} reachable")


def check_station(vault: Vault) -> Point:
    """See that this computer is listed in the roster with the keys that it holds, and opens its pseudonyms."""
    from imgfile.vault.keys.pseudonyms import open_pseudonyms  # noqa: PLC0415 - unseals a key

    if not vault.station.pin.station:
        return Point("station", Level.OK, "this computer reads the vault, and files nothing into it")
    try:
        name = vault.here.name
        if not vault.here.pseudonym_digest:
            message = f'this computer is enrolled as "{name}", and files into the inbox alone'
            return Point("station", Level.OK, message)
        open_pseudonyms(vault)
    except (NoVault, Damaged) as error:
        return Point("station", Level.BAD, _said(error), error.hint)
    except NotWritable:
        message = f'this computer is enrolled as "{name}", and files nothing while the keys are away'
        return Point("station", Level.BAD, message, "imgfile vault keys FOLDER")
    return Point("station", Level.OK, f'this computer is enrolled and files as "{name}"')


def check_policy(vault: Vault) -> Iterator[Point]:
    """Report a practice policy that cannot be read here, since nothing is filed then; else nothing."""
    try:
        _ = vault.policy
    except Error as error:
        yield Point("policy", Level.BAD, f"{_said(error)}; nothing is filed here until then", error.hint)


def check_memory(station: Station) -> Point:
    """See that what this computer has seen of the vault is there, in both of its copies."""
    if station.has_lost_memory:
        message = "this computer has lost its memory of the vault: nothing is filed, viewed or exported"
        return Point("memory", Level.BAD, message, "docs: troubleshoot")
    if station.slots.sound == 1:
        message = "one of two copies of what this computer has seen of the vault is lost: the other one counts"
        return Point("memory", Level.LOOK, message, "file the next photo: that makes it whole")
    return Point("memory", Level.OK, "what this computer has seen of the vault is remembered")


def check_clock(vault: Vault, now: datetime) -> Point:
    """Compare this computer's clock with the newest times that computers wrote into the vault: a notice, no rule."""
    try:
        newest = max(_newest_entries(vault), default=None)
    except Damaged as error:
        return Point("clock", Level.BAD, _said(error), "imgfile verify")
    if newest is not None and newest[0] > now + MAX_SKEW:
        at, computer = newest
        ahead = _span(at - now)
        message = f"{computer} entered something {ahead} ahead of this computer's clock: one of the two is wrong"
        return Point("clock", Level.LOOK, message, "set the clock of the one that is wrong")
    return Point("clock", Level.OK, "no time in the vault is ahead of this computer's clock")


def _newest_entries(vault: Vault) -> Iterator[tuple[datetime, str]]:
    """Yield the time of the last entry of each computer's trail, with its name. Raises `Damaged`."""
    seen = vault.station.seen_heads()
    for entry in vault.roster.stations:
        number = newest_number(vault, entry.station, seen.get(entry.station, EMPTY)[0])
        if number:
            for body in load(vault, entry.station, number).entries:
                with suppress(ValueError):
                    yield parse_time(str(body.get("at", ""))), entry.name


def _span(span: timedelta) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    if hours >= 48:  # noqa: PLR2004 - two days
        return f"{hours // 24:,} days"
    return f"{hours} h {minutes} min" if hours else f"{minutes} minutes"


def _said(error: Error) -> str:
    return error.message.rstrip(".")
