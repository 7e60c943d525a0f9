"""How a photo was shown or left, as the trails of all computers say: what a move or a withdrawal has to say of it."""

from __future__ import annotations

from datetime import date, datetime

from imgfile.clinical.vocabulary import Purpose
from imgfile.frozen import dataclass
from imgfile.vault.access import Vault
from imgfile.vault.life.early_end import watch_for
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.trail.read import every_entry

_EXPORTED = "exported"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """How a photo was shown or left, under whatever number it had then."""

    act: str
    """`offered`, `viewed` or `exported`."""
    at: datetime
    purpose: str

    @property
    def is_copy(self) -> bool:
        """Whether a copy left."""
        return self.act == _EXPORTED

    @property
    def day(self) -> date:
        """Return the day, where somebody reads it."""
        return self.at.astimezone().date()

    @property
    def what_for(self) -> str:
        """Return the purpose in words; as it was entered where it is none that this version knows."""
        return next((each.label for each in Purpose if each.value == self.purpose), self.purpose)


def disclosures(vault: Vault, of: Manifest) -> list[Disclosure]:
    """Return how a photo was shown or left, under the numbers it had so far, oldest first. Raises `Damaged`."""
    records = watch_for(vault, of).records
    found = [
        Disclosure(str(entry["act"]), datetime.fromisoformat(str(entry["at"])), str(entry.get("purpose", "")))
        for entry in every_entry(vault)
        if entry["act"] in {"offered", "viewed", _EXPORTED} and entry.get("record") in records
    ]
    return sorted(found, key=lambda each: each.at)


def copies_left(vault: Vault, of: Manifest) -> list[Disclosure]:
    """Return the copies of a photo that left, oldest first. Raises `Damaged`."""
    return [each for each in disclosures(vault, of) if each.is_copy]
