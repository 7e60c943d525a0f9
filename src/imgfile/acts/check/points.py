"""What `check` says of one point of a set-up, as a value."""

from __future__ import annotations

from enum import StrEnum

from imgfile.frozen import dataclass, field


class Level(StrEnum):
    """How a point stands. The values are stable: scripts read them."""

    OK = "ok"
    """As it should be, or as far as that can be seen."""
    LOOK = "look"
    """Somebody should look, or do what stands beside it, when there is time."""
    WARN = "warn"
    """Something puts photos, keys or the vault at risk."""
    BAD = "bad"
    """imgfile cannot work, or the vault is not sound."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point: what it is about, how it stands, a sentence, and the next command or page."""

    name: str
    """What it is about, in one word that scripts may rely on."""
    level: Level
    message: str
    """Names no file but the vault's and the state's own folders (R23)."""
    next: str = ""
    """What to type, or which page of docs/how-to to read; empty where nothing is to be done."""
    places: tuple[str, ...] = field(default=(), repr=False)
    """Paths of photos or mailboxes, for a screen alone."""

    @property
    def is_finding(self) -> bool:
        """Whether anything is to be done or looked at."""
        return self.level is not Level.OK
