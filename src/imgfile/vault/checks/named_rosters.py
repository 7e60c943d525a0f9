"""Whether a note's station was open in the roster that the note names, and that roster is in the chain.

Reading a note sees what the newest roster tells (`Vault.station_note`): that no closed station names a roster in which
it was closed, and that no roster is named which is not there. Here the whole chain was walked, so the rest is seen too:

1. The roster that is named is in the chain by its digest, or is one that a later roster overruled by name.
2. The station is listed in it: none signs before an administrator let it in.
3. A note of version 2 names a roster of format 2: it is that roster which begins version 2.

A station is listed in every roster from the one that let it in to the one that closed it, so the number of the first is
all that is kept of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from imgfile.vault.roster.model import Roster, Seen


@dataclass
class History:
    """The chain of rosters, as far as it was walked; ~100 bytes a roster, and as much a station."""

    digests: dict[int, str] = field(default_factory=dict, repr=False)
    overruled: set[Seen] = field(default_factory=set, repr=False)
    """Rosters of two copies of the vault that a later one named in `forks`."""
    since: dict[str, int] = field(default_factory=dict, repr=False)
    """Station → the first roster that lists it."""
    upgraded: int = 0
    """The first roster of format 2; 0 while there is none."""

    def add(self, roster: Roster) -> None:
        """Go on with the next roster."""
        self.digests[roster.number] = roster.note.digest
        self.overruled |= {(roster.number - 1, digest) for digest in roster.forks}
        for entry in roster.stations:
            self.since.setdefault(entry.station, roster.number)
        if not roster.is_format_1 and not self.upgraded:
            self.upgraded = roster.number

    def flaw(self, station: str, named: Seen | None) -> str:
        """Return what is wrong with the roster that a station's note names; "" for nothing, and where it names none.

        A number beyond what was walked is not judged: reading the note saw whether that roster is there, and a chain
        that breaks off is reported where it does.
        """
        if named is None or named[0] not in self.digests or named in self.overruled:
            return ""
        number, digest = named
        if digest != self.digests[number]:
            return f"It names a roster {number} that is not in the chain."
        if number < self.upgraded:
            return f"It is of version 2, and names roster {number}, which is of format 1."
        if self.since.get(station, number) > number:
            return f"It names roster {number}, and its computer was let in by a later one."
        return ""
