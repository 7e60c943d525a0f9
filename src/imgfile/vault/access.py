"""Opening a vault from this station: the store, the pinned roster, and this station's place in it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from imgfile.errors import NotWritable, NoVault
from imgfile.frozen import dataclass
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.roster.chain import load_chain, load_pinned, remembered
from imgfile.vault.roster.model import Roster, StationEntry
from imgfile.vault.store.directory import Store

if TYPE_CHECKING:
    from imgfile import notes
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

    @property
    def id(self) -> str:
        """The vault's id: 32 hex characters."""
        return self.roster.vault

    @cached_property
    def here(self) -> StationEntry:
        """This station's roster entry. Raises `NoVault` when it is not, or no longer, listed."""
        entry = self._listed
        if entry is None:
            closed = self.roster.closed_station(self.station.pin.station)
            if closed is not None:
                was = f"this computer was retired from the vault, by roster {closed.roster}."
                raise NoVault(was, "To file here again, let it join anew:  imgfile join FOLDER")
            raise NoVault("this computer is not enrolled in the vault.", "Let it join:  imgfile join FOLDER")
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

    def rosters(self) -> Iterator[Roster]:
        """Yield every roster, from the first one on. Raises `Damaged`."""
        return load_chain(self.store, self.id, self.station.pin.first_digest)

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

    roster = load_pinned(
        store,
        pin.vault,
        pin.first_digest,
        pin.highest,
        pin.highest_digest,
        kept=kept,
        earlier=kept_before(station),
        on_step=look,
    )
    if remembers:
        _remember(station, roster, kept)
        _keep(station, walked)
    return Vault(store, roster, station, tuple(news))


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
