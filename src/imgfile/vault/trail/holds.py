"""The photos on a safeguarding hold, as the trails of all computers tell (R21).

1. A computer that puts a photo on hold enters the mark by which the same photo is known, whoever its patient is; a
   computer that files into the inbox alone has no key for such marks, and its holds count at itself alone.
2. A hold stands until a person lifts it at the computer that has it. With a computer that is closed its holds end: an
   administrator closes it, and nobody could lift them any more.
"""

from __future__ import annotations

from collections.abc import Mapping

from imgfile.frozen import dataclass
from imgfile.vault.access import Vault
from imgfile.vault.trail.statements import expect_statements, read_statements


def safeguarding_holds(vault: Vault) -> dict[str, str]:
    """Return the marks of the photos on hold (`same` of a manifest), each with a computer's name. Raises `Damaged`."""
    return _by_mark(vault, expect_statements(vault).held)


def holds_at(vault: Vault, station: str) -> list[str]:
    """Return the marks of the photos that a computer has on hold; empty ones where it has no key for them.

    Raises `Damaged`.
    """
    return list(expect_statements(vault).held.get(station, {}).values())


def marks_held_at(vault: Vault, station: str) -> set[str]:
    """Return a computer's own marks of the photos that it has on hold, as far as its trail holds."""
    found, _ = read_statements(vault)
    return set(found.held.get(station, {}))


@dataclass(frozen=True, slots=True)
class HoldsSeen:
    """The photos on hold, for whoever reads of one: a trail that does not hold is no reason to refuse a record."""

    by_mark: Mapping[str, str]
    """Mark of a photo → the name of a computer that has it on hold."""
    is_whole: bool
    """Whether every trail holds: else what is not among them may be on hold all the same."""

    def where(self, mark: str) -> str | None:
        """Return the name of the computer that has a photo on hold; empty for none, None where nobody can know."""
        return self.by_mark.get(mark, "" if self.is_whole else None)


def holds_seen(vault: Vault) -> HoldsSeen:
    """Return the photos on hold, as far as the trails hold."""
    found, flaw = read_statements(vault)
    return HoldsSeen(_by_mark(vault, found.held), flaw is None)


def _by_mark(vault: Vault, held: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    open_stations = vault.roster.stations
    return {photo: each.name for each in open_stations for photo in held.get(each.station, {}).values() if photo}
