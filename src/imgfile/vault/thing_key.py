"""Which key a thing is sealed to, as the thing's note states it: no key is opened for it."""

from __future__ import annotations

from imgfile.clinical.proofs import PatientFolder
from imgfile.frozen import dataclass
from imgfile.notes import Body
from imgfile.vault import layout


@dataclass(frozen=True, slots=True)
class ThingKey:
    """Which key a thing is sealed to, as its note states it."""

    folder: PatientFolder
    thing: str
    generation: int
    digest: str
    """SHA-256 of the sealed identity, as it lies in the vault."""

    @property
    def name(self) -> str:
        """Where the sealed identity lies."""
        return layout.thing_key(self.folder, self.thing)

    def to_json(self) -> Body:
        """Return how a note states it."""
        return {"generation": self.generation, "sha256": self.digest}

    @classmethod
    def from_json(cls, folder: PatientFolder, thing: str, stated: object) -> ThingKey:
        """Read how a note states the key of a thing. Raises ValueError."""
        match stated:
            case {"generation": number, "sha256": str(digest)} if type(number) is int and layout.is_digest(digest):
                if number > 0:
                    return cls(folder, thing, number, digest)
        raise ValueError(stated)
