"""Accepting what a restore lost, by name: an administrator signs the roster that says so, and the vault is used again.

Items 4 and 5 of the rule (`put_back`): trails that stay short are closed, this computer goes on under a new id where
its own is among them, lost keys get a new generation, and what may have held of lost statements is stated anew.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from imgfile import station
from imgfile.acts.practice.administrator import Administrator
from imgfile.acts.practice.new_computer import NewComputer, listed_computer, make_computer
from imgfile.acts.restore.put_back import Loss, walked_trails
from imgfile.acts.restore.undone import mark, unmarked
from imgfile.notes import Body
from imgfile.practice_state import stored_keys
from imgfile.state import Memory
from imgfile.station import Station
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.keys import generations
from imgfile.vault.keys.enrol import seal_pseudonyms_to
from imgfile.vault.roster.model import ClosedStation, Roster
from imgfile.vault.roster.successor import Change, publish
from imgfile.vault.times import format_time
from imgfile.vault.trail.chain import append
from imgfile.vault.trail.read import EMPTY


def accept(loss: Loss, by: Administrator | None, *, at: datetime) -> Vault:
    """Accept a loss, with whoever may: sign the roster that closes what is short, and take the vault as it is.

    `by` is None where there is nothing to accept. Raises `UsageError`, `NotWritable`, `Damaged`.
    """
    vault = loss.vault
    if by is not None and not vault.roster.is_format_1 and (loss.short or loss.is_file_lost):
        vault = _closed(loss, by, at)
    vault = _as_listed(vault)
    heads = {each: loss.ends.get(each, EMPTY) for each in vault.roster.station_keys}
    trusted = station.pin(vault.station.pin)
    trusted.slots.begin(Memory(vault.roster.number, vault.roster.note.digest, heads))
    stored_keys.drop_keys_aside(vault.id)
    opened = open_vault(Station(vault.station.pin))
    if by is not None and opened.is_enrolled:
        with opened.station.locked():
            _enter(opened, loss, by, at)
    return opened


def _enter(vault: Vault, loss: Loss, by: Administrator, at: datetime) -> None:
    """State anew what may have held of what is lost, and enter in the trail what was accepted."""
    walked = walked_trails(vault)
    marks = unmarked(vault, walked.stated, walked.losses)
    for each in marks:
        mark(vault, each, at=at)
    missing = [one.reference for one in loss.missing]
    undone = sorted({one.reference for one in loss.undone if one.reference})
    entry: Body = {"act": "losses", "at": format_time(at), "stations": sorted(loss.short), "actor": by.holder}
    entry |= {"missing": missing[:MAX_NAMED], "undone": undone[:MAX_NAMED]}
    append(vault, [entry])
    for first in range(0, len(marks), MAX_NAMED):
        marked = [each.digest for each in marks[first : first + MAX_NAMED]]
        append(vault, [{"act": "losses", "at": format_time(at), "actor": by.holder, "marked": marked}])


MAX_NAMED: Final = 1000
"""How many records one entry names."""


def _closed(loss: Loss, by: Administrator, at: datetime) -> Vault:
    """Sign the roster that closes the trails that are short; where our own is, go on under a new id."""
    vault = loss.vault
    own = vault.station.pin.station
    fresh = _fresh_computer(vault, by) if own in loss.short else None
    if fresh is not None:
        fresh.keep_aside(vault.id)
    begun = generations.begin(vault, by.practice, vault.roster.holders) if loss.has_lost_key else None

    def applied(newest: Roster) -> Roster:
        number = newest.number + 1
        gone = [entry for entry in newest.stations if entry.station in loss.short]
        closed = [
            ClosedStation(entry.station, entry.name, entry.keys, number, loss.short[entry.station][0]) for entry in gone
        ]
        stations = [entry for entry in newest.stations if entry not in gone]
        before = next((entry for entry in gone if entry.station == own), None)
        if fresh is not None and before is not None:
            stations.append(replace(fresh.listed, name=before.name, use=before.use, person=before.person))
        return replace(
            newest,
            stations=tuple(stations),
            generations=(*newest.generations, begun) if begun is not None else newest.generations,
            accepted=tuple(sorted({*newest.accepted, *loss.digests})),
            closed=replace(newest.closed, stations=(*newest.closed.stations, *closed)),
        )

    made = publish(vault.store, vault.roster, Change("accepted", at, applied), by.key)
    return Vault(
        vault.store, made, Station(replace(vault.station.pin, highest=made.number, highest_digest=made.note.digest))
    )


def _as_listed(vault: Vault) -> Vault:
    """Go on under the id that this computer is listed under anew where its own is closed."""
    roster = vault.roster
    if roster.station(vault.station.pin.station) is not None:
        return vault
    fresh = listed_computer(roster, is_aside=True) or listed_computer(roster)
    if fresh is None:
        return vault
    fresh.keep(vault.id)
    return Vault(vault.store, roster, Station(replace(vault.station.pin, station=fresh.listed.station)))


def _fresh_computer(vault: Vault, by: Administrator) -> NewComputer:
    """Make new keys for this computer, and give it the pseudonym key; what it is called is known later."""
    made = make_computer(vault.id, "", is_post_quantum=vault.roster.is_post_quantum)
    digest = seal_pseudonyms_to(vault, by.practice, made.listed.station, made.listed.recipient)
    return replace(made, listed=replace(made.listed, pseudonym_digest=digest))
