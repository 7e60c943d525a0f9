"""Checking a vault.

1. Without a key: every signature, every digest, the roster, and the trail against the records, both ways.
2. With an identity, every object of every record is opened besides, exactly as `show`, `view` and `export` open it.
3. A record that is closed to whoever gave the identity, who had left before it was filed, is counted apart: it is no
   damage, and it was not opened.
4. What is wrong is reported once: a record that failed the first step is not reported again for failing the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Kind, Weight
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import PracticeKeys


@dataclass
class Checked:
    """How far a check has come. `places` are those of damage, to tell each once."""

    records: int = 0
    tried: int = 0
    """Records that were to be opened."""
    closed: int = 0
    """Of those, the records that no identity given was made for."""
    gone: int = 0
    """Of those, the records that are gone: nothing of them is opened."""
    damage: int = 0
    warnings: int = 0
    notices: int = 0
    places: set[str] = field(default_factory=set, repr=False)

    @property
    def opened(self) -> int:
        """Records that were opened, or are damaged."""
        return self.tried - self.closed - self.gone

    def count(self, finding: Finding) -> None:
        """Take a finding in."""
        if finding.kind is Kind.CLOSED:
            self.closed += 1
            return
        match finding.kind.weight:
            case Weight.DAMAGE:
                self.damage += 1
                self.places.add(finding.where)
            case Weight.WARNING:
                self.warnings += 1
            case Weight.NOTICE:
                self.notices += 1

    def knows(self, record: str) -> bool:
        """Return whether damage in a record's directory, or of it as a whole, is reported already."""
        return any(place == record or place.startswith(f"{record}/") for place in self.places)


def check(
    vault: Vault, practice: PracticeKeys | None, checked: Checked, on_record: Callable[[int], None]
) -> Iterator[Finding]:
    """Yield what is found, counting as it goes; with the practice's identity every record is opened too."""

    def checked_one() -> None:
        checked.records += 1
        on_record(1)

    def opened_one() -> None:
        checked.tried += 1
        on_record(1)

    def gone_one() -> None:
        checked.gone += 1

    for finding in verify(vault, on_record=checked_one):
        checked.count(finding)
        yield finding
    if practice is None:
        return
    for finding in verify_openings(vault, practice, on_record=opened_one, on_gone=gone_one):
        if not checked.knows(finding.where):
            checked.count(finding)
            yield finding
