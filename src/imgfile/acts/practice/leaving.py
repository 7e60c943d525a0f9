"""Somebody leaves, or a computer is given up: what is filed from then on does not open with what they hold.

1. Nobody removes themselves, and one administrator remains.
2. If the leaver held the recovery key, or may have, a new one is made first, so that the new generation is sealed to it
   and not to the old one.
3. A new generation of the practice's key is made for everybody who stays (`vault.keys.generations`).
4. One roster closes the leaver's credentials with the ends of all trails as they stand, retires the computers that go
   with them, and names the new generation. Everything that it names is durable before it is.

A run that died is repeated: what it had made means nothing, and is made anew; but the file of a new recovery key, which
is taken up. What cannot be taken back: what the
leaver could read until then, copies that they made, and the pseudonym key of a computer that they keep.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from imgfile.acts.practice import recovery_key
from imgfile.acts.practice.administrator import Administrator, expect_format_2, finish_signed, sign_roster
from imgfile.acts.practice.recovery_key import NewRecovery, with_recovery
from imgfile.errors import UsageError
from imgfile.practice_state.begun_acts import BegunFile
from imgfile.vault.access import Vault
from imgfile.vault.keys import generations
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.roster.model import ClosedHolder, ClosedStation, Generation, Person, Roster, Seen, StationEntry
from imgfile.vault.trail.chain import newest_heads
from imgfile.vault.trail.read import EMPTY


@dataclass
class _Removal:
    """One removal under way: what was made for it so far, so that a newer roster costs no more than it must."""

    vault: Vault
    by: Administrator
    person: Person | None
    stations: Collection[str]
    recovery_file: Path | None
    recovery: NewRecovery | None = None
    generation: Generation | None = None

    def applied(self, newest: Roster) -> Roster:
        """Return the roster that closes what is to be closed, and names a new generation."""
        heads = newest_heads(self.vault)
        changed = _without(newest, self.person, self.stations, heads)
        if self.person is None and self.recovery_file is None:
            return changed  # a computer holds no key that opens records
        here = replace(self.vault, roster=newest)
        practice, _ = open_practice(here, self.by.identities)
        if self.recovery_file is not None:
            if self.recovery is None:
                newest_number = newest.generation.number
                self.recovery = recovery_key.make(here, practice.newest, newest_number, self.recovery_file)
            changed = with_recovery(changed, self.recovery, heads)
        return replace(changed, generations=(*changed.generations, self._generation(here, changed)))

    def _generation(self, here: Vault, changed: Roster) -> Generation:
        """Return a generation for everybody who is listed then; one that was made before serves if it is for them."""
        made, before = self.generation, changed.generation.number
        if made is None or made.holders.keys() != changed.holders.keys() or made.number <= before:
            practice, _ = open_practice(here, self.by.identities)
            made = self.generation = generations.begin(here, practice, changed.holders)
        return made


@dataclass(frozen=True)
class Leaver:
    """Who leaves, which computers go with them, and where a new recovery key is written, if one is to be made."""

    person: Person
    stations: Collection[str] = ()
    recovery_file: Path | None = None


def remove(vault: Vault, by: Administrator, leaver: Leaver, *, at: datetime) -> Vault:
    """Remove a person. Raises `UsageError` for oneself, and for the last who administers.

    The vault is returned as it then is. Raises `NotWritable`, `Damaged`: then nothing has changed.
    """
    expect_format_2(vault)
    if by.holder in {one.holder for one in leaver.person.credentials}:
        raise UsageError("nobody removes themselves.", "Nothing was changed. Another administrator does it.")
    if leaver.recovery_file is not None:
        recovery_key.check_place(vault, leaver.recovery_file)
    removal = _Removal(vault, by, leaver.person, leaver.stations, leaver.recovery_file)
    return _signed(removal, "removed", at)


def renew_recovery(vault: Vault, by: Administrator, recovery_file: Path, *, at: datetime) -> Vault:
    """Put a new recovery key in the place of the one there is, which opens nothing that is filed from then on.

    Where a run that died had done it already, what is left of it is done.
    Raises `UsageError`, `NotWritable`, `Damaged`.
    """
    expect_format_2(vault)
    recovery_key.check_place(vault, recovery_file)
    if recovery_key.begun_file(vault, recovery_file) is not None and recovery_key.is_listed(vault, recovery_file):
        finish_signed(vault, at=at)
        BegunFile.of(vault.id).drop()
        return vault
    return _signed(_Removal(vault, by, None, (), recovery_file), "recovery", at)


def retire(vault: Vault, by: Administrator, station: StationEntry, *, at: datetime) -> Vault:
    """Close a station at the end of its trail as it stands. Raises `UsageError`, `NotWritable`, `Damaged`."""
    expect_format_2(vault)
    return _signed(_Removal(vault, by, None, {station.station}, None), "retired", at)


def _signed(removal: _Removal, word: str, at: datetime) -> Vault:
    """Sign the roster of a removal; the file of a new recovery key is nothing unfinished then."""
    newer = sign_roster(removal.vault, removal.by, word, removal.applied, at=at)
    if removal.recovery is not None:
        BegunFile.of(newer.id).drop()
    return newer


def _without(roster: Roster, person: Person | None, stations: Collection[str], heads: Mapping[str, Seen]) -> Roster:
    """Return a roster that lists a person and some stations as closed."""
    number = roster.number + 1
    listed = next((one for one in roster.people if person is not None and one.who == person.who), None)
    missing = set(stations) - {entry.station for entry in roster.stations}
    if missing or (person is not None and listed is None):
        raise UsageError("somebody else removed them at this moment.", "See:  imgfile roster show")
    gone = [entry for entry in roster.stations if entry.station in stations]
    closed_stations = (
        ClosedStation(entry.station, entry.name, entry.keys, number, heads.get(entry.station, EMPTY)) for entry in gone
    )
    credentials = listed.credentials if listed is not None else ()
    closed_credentials = (
        ClosedHolder(one.holder, one.keys, number, dict(heads), listed.who, listed.name, listed.registration)
        for one in credentials
        if listed is not None
    )
    return replace(
        roster,
        people=tuple(one for one in roster.people if one is not listed),
        stations=tuple(entry for entry in roster.stations if entry not in gone),
        closed=replace(
            roster.closed,
            credentials=(*roster.closed.credentials, *closed_credentials),
            stations=(*roster.closed.stations, *closed_stations),
        ),
    )
