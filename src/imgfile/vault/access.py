"""Opening a vault from this station: the store, the pinned roster, this station's place in it, and what stations sign.

Whatever reads a note that a station signed reads it here (`Vault.station_note`), by one rule: its station was open in
the roster that the note names. Once closed a station never opens again, so the newest roster alone tells that, whatever
number an older note has. That each named roster is in the chain by digest costs a walk, and `verify` makes it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from imgfile import notes
from imgfile.errors import Damaged, NotWritable, NoVault, damage_at, typed_folder
from imgfile.frozen import dataclass
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.roster.chain import ROLLBACK_HINT, advance, load_chain, load_pinned, remembered
from imgfile.vault.roster.json import seen_of
from imgfile.vault.roster.model import Roster, Seen, StationEntry
from imgfile.vault.store.directory import KeysRoot, Store

if TYPE_CHECKING:
    from pathlib import Path

    from imgfile.clinical.policy import Policy
    from imgfile.notes import Body


@dataclass(frozen=True)
class Vault:
    """A vault as this station may use it. The roster was verified from the station's pin."""

    store: Store
    roster: Roster
    station: Station
    news: tuple[Roster, ...] = ()
    """The rosters signed by the recovery key that this station sees for the first time."""

    @cached_property
    def heads_read(self) -> dict[str, tuple[int, str]]:
        """Which note of each other station's trail `trail.chain` read last, since the vault was opened."""
        return {}

    @cached_property
    def trails_read(self) -> dict[str, tuple[int, str]]:
        """How far `life.stated` read each trail, since the vault was opened."""
        return {}

    @cached_property
    def stated_then(self) -> dict[str, set[tuple[str, str]]]:
        """Closed signer → the things and notes that `life.closings` saw stated up to then, since it was opened."""
        return {}

    @property
    def knows_other_holds(self) -> bool:
        """Whether another computer can have a photo on hold, and this one has the key to know that."""
        return len(self.roster.station_keys) > 1 and bool(self.here.pseudonym_digest)

    @property
    def id(self) -> str:
        """The vault's id: 32 hex characters."""
        return self.roster.vault

    @cached_property
    def here(self) -> StationEntry:
        """This station's roster entry. Raises `NoVault` when it is not, or no longer, listed."""
        entry = self._listed
        if entry is None:
            join = f"imgfile join {typed_folder(self.station.pin.folder)}"
            closed = self.roster.closed_station(self.station.pin.station)
            if closed is not None:
                was = f"this computer was retired from the vault, by roster {closed.roster}."
                raise NoVault(was, f"To file here again, let it join anew:  {join}")
            raise NoVault("this computer is not enrolled in the vault.", f"Let it join:  {join}")
        return entry

    def enrolled(self) -> Vault:
        """Return the vault, to a station that can sign here, before anything is read or asked. Raises `NoVault`."""
        _ = self.here
        return self

    @property
    def is_enrolled(self) -> bool:
        """Whether the roster lists this station."""
        return self._listed is not None

    @property
    def _listed(self) -> StationEntry | None:
        """This station's roster entry, if the keys listed there are its own."""
        entry = self.roster.station(self.station.pin.station)
        return entry if entry is not None and entry.keys == self.station.signing_key.public else None

    def sign(self, kind: str, body: Body) -> notes.Note:
        """State something as this station, in a note of the version that the vault is written in."""
        return self.station.signing_key.sign(kind, self.id, body, version=self.roster.format)

    def station_note(self, name: str, kind: str, *, by: str = "", check: notes.Check | None = None) -> notes.Note:
        """Read a note that a station signed, by `by` where that is given, and see that it might. Raises `Damaged`.

        `check` is as `notes.verified_note` has it.
        """
        data = self.store.read(name)
        with damage_at(name):
            note = self._signed_by_now(data, kind, by, check)
        if note.version == layout.FORMAT_1:
            self._expect_of_format_1(name, note)
        elif note.digest not in self.roster.accepted:
            self._expect_open(name, note)
        return note

    def _signed_by_now(self, data: bytes, kind: str, by: str, check: notes.Check | None) -> notes.Note:
        try:
            return self._signed(data, kind, by, check)
        except Damaged:  # perhaps by a computer that was let in since this vault was opened
            known = self._newest[-1]
            if self.newest_by_now() is known:
                raise
            return self._signed(data, kind, by, check)

    def _signed(self, data: bytes, kind: str, by: str, check: notes.Check | None) -> notes.Note:
        keys = self._newest[-1].station_keys
        signers = {by: keys[by]} if by in keys else {} if by else keys
        return notes.verified_note(data, signers, kind=kind, vault=self.id, check=check)

    def _expect_open(self, name: str, note: notes.Note) -> None:
        """See that a note's station was open in the roster that it names, as far as the newest one tells."""
        try:
            number, digest = seen_of(note.body.get("roster"))
        except ValueError:  # refused by whoever reads what the note says
            return
        newest = self._newest[-1] if number <= self._newest[-1].number else self.newest_by_now()
        if number > newest.number:
            raise Damaged(f"{name} names roster {number}, which is not there.", _HIDDEN_HINT)
        if number == newest.number and digest != newest.note.digest:
            raise Damaged(f"{name} names another roster {number} than the vault's.", ROLLBACK_HINT)
        closed = newest.closed_station(note.signer)
        if closed is not None and number >= closed.roster:
            raise Damaged(f"{name} names a roster in which its computer was closed.", "Run:  imgfile verify")

    def newest_by_now(self) -> Roster:
        """Return the newest roster as the folder has it: others may have signed one since this was opened.

        Raises `Damaged`.
        """
        self._newest.append(advance(self.store, self._newest.pop()))
        return self._newest[-1]

    @cached_property
    def _newest(self) -> list[Roster]:
        """The newest roster that was seen, and no other."""
        return [self.roster]

    def _expect_of_format_1(self, name: str, note: notes.Note) -> None:
        """See that a note of version 1, which names no roster, is of a station that knew the vault in format 1."""
        if self._stations_of_format_1 is not None and note.signer not in self._stations_of_format_1:
            raise Damaged(f"{name} is of version 1, which its computer never wrote here.", "Run:  imgfile verify")

    @cached_property
    def _stations_of_format_1(self) -> Collection[str] | None:
        """The stations of the last roster of format 1; None where that cannot be read, which `verify` reports."""
        last: Collection[str] = ()
        try:
            for roster in self.rosters():
                if not roster.is_format_1:
                    break
                last = roster.station_keys
        except (Damaged, NoVault):
            return None
        return last

    def rosters(self) -> Iterator[Roster]:
        """Yield every roster, from the first one on. Raises `Damaged`."""
        return load_chain(self.store, self.id, self.station.pin.first_digest)

    def left_on(self, name: str) -> date | None:
        """Return when somebody of this name left; None for who belongs to the practice, or never did."""
        closed = [one.roster for one in self.roster.closed.credentials if one.name == name]
        if not closed or any(one.name == name for one in self.roster.people):
            return None
        made = next((each.made for each in self.rosters() if each.number == max(closed)), "")
        return datetime.fromisoformat(made).date() if made else None

    def rosters_named(self, seen: Seen) -> Sequence[Roster]:
        """Return the rosters that say who was open in the one that a note names (`roster.forks.by_name`).

        None of them where that is not of this vault. The chain is walked once, where a note names another than the
        newest, and again where others signed one since. Raises `Damaged`.
        """
        if seen == self.roster.seen:
            return (self.roster,)
        from imgfile.vault.roster.forks import by_name  # noqa: PLC0415 - most notes name the newest

        if seen not in self._named and self.newest_by_now().seen not in self._named:
            self._named.update(by_name(self.rosters()))
        return self._named.get(seen, ())

    @cached_property
    def _named(self) -> dict[Seen, Sequence[Roster]]:
        """What `rosters_named` has walked past."""
        return {}

    @cached_property
    def policy(self) -> Policy:
        """The practice policy that the roster names. Raises `Damaged`."""
        from imgfile.clinical import policy as practice_policy  # noqa: PLC0415 - listing what is filed goes by no policy

        name = layout.policy(self.roster.policy_digest)
        digest = self.roster.policy_digest
        return practice_policy.load(self.store.read_matching(name, digest, "the policy that the roster names"))


def open_vault(station: Station, *, remembers: bool = True) -> Vault:
    """Open the vault that a station is pinned to. Raises `NotWritable`, `NoVault`, `Damaged`.

    Without `remembers` nothing is written: for a shell that completes a line.
    """
    pin = station.pin
    store = Store(pin.folder)
    if not store.is_connected():
        raise NotWritable(f"the vault folder {store.place} is not there.", "Connect the disk or share it lies on.")
    kept = station.kept_roster()
    news: list[Roster] = []
    walked: list[Roster] = []

    def look(previous: Roster, later: Roster) -> None:
        walked.append(later)
        if later.number > pin.highest and later.note.signer == previous.recovery.holder:
            news.append(later)

    roster = pinned_roster(store, station, kept, on_step=look)
    if remembers:
        _remember(station, roster, kept)
        _keep(station, walked)
    return Vault(rooted(store, roster, pin.keys), roster, station, tuple(news))


def pinned_roster(
    store: Store,
    station: Station,
    kept: bytes,
    *,
    on_step: Callable[[Roster, Roster], None] = lambda _previous, _later: None,
) -> Roster:
    """Return the newest roster of a folder, as this station's pin has it; `kept` is the newest it keeps.

    Raises as `load_pinned` does.
    """
    pin = station.pin
    return load_pinned(
        store,
        pin.vault,
        pin.first_digest,
        pin.highest,
        pin.highest_digest,
        kept=kept,
        earlier=kept_before(station),
        on_step=on_step,
    )


def rooted(store: Store, roster: Roster, keys: Path | None) -> Store:
    """Return a vault's store as its roster has it: with the folder of their own that its keys have, if they have one.

    Whether that is there is seen when it is used, or by `Store.expect_keys`.
    """
    digest = roster.roots.get(layout.KEYS)
    return store if digest is None else store.with_keys(KeysRoot(keys, digest))


def _keep(station: Station, walked: Sequence[Roster]) -> None:
    """Keep the rosters that were seen for the first time, so that they can be put back after a restore."""
    if not walked or not station.folder.is_dir():
        return
    from imgfile.kept_notes import keep_roster  # noqa: PLC0415 - rosters change a few times a year

    for roster in walked:
        keep_roster(station, roster.number, roster.note.encode())


def kept_before(station: Station) -> Callable[[int], bytes]:
    """Return what gives the note of an earlier roster by its number, as this station keeps it; b"" for none."""

    def note(number: int) -> bytes:
        from imgfile.kept_notes import kept_roster as kept  # noqa: PLC0415 - wanted where a vault has forked

        return kept(station, number)

    return note


def kept_roster(station: Station) -> Roster | None:
    """Return the newest roster that this station verified, as it keeps it: the vault may be away. None for none."""
    return remembered(station.kept_roster(), station.pin.vault, station.pin.highest_digest)


def _remember(station: Station, roster: Roster, kept: bytes) -> None:
    newest = roster.note.encode()
    if roster.number > station.pin.highest:
        station.raise_pin(roster.number, roster.note.digest, newest)
    elif kept != newest and station.folder.is_dir():
        with contextlib.suppress(NotWritable):  # whoever looks need not be able to write
            station.keep_roster(newest)


_HIDDEN_HINT: Final = (
    "Whoever wrote it had seen a newer list of who belongs to the practice than this computer is shown.\n"
    "A share can take a minute to show it. If it stays so, file nothing until you know why:  imgfile verify"
)
