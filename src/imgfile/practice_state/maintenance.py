"""When this station last verified a vault, and when its recovery key was last tested: two notes in its own state.

    <state>/vaults/<vault>/verified          what the last `imgfile verify` found, as JSON
                           recovery-tested   the day on which the recovery key last opened the vault: 2026-11-28

1. A note holds a moment and counts: never a record, a name or a path.
2. Nothing rests on one. One that is torn or cannot be read counts as none: then it is to be done again.
"""

from __future__ import annotations

import contextlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from imgfile import canonical_json, files
from imgfile.errors import NotWritable
from imgfile.frozen import dataclass
from imgfile.state import read_kept

if TYPE_CHECKING:
    from imgfile.station import Station

MAX_NOTE_BYTES: Final = 1 << 10


@dataclass(frozen=True, slots=True)
class VerifyRun:
    """One `imgfile verify` on this computer, and how much of each weight it found."""

    at: datetime
    """Aware."""
    damage: int
    warnings: int
    notices: int
    is_decrypted: bool
    """Whether every record was opened too."""


def note_verified(station: Station, run: VerifyRun) -> None:
    """Remember the newest verify; where that cannot be written, it is due again."""
    facts = {
        "at": run.at.isoformat(),
        "damage": run.damage,
        "warnings": run.warnings,
        "notices": run.notices,
        "decrypted": run.is_decrypted,
    }
    with contextlib.suppress(NotWritable):
        files.replace(station.folder / "verified", canonical_json.encode(facts), is_durable=False)


def last_verify(station: Station) -> VerifyRun | None:
    """Return the newest verify on this computer; None where none is known."""
    try:
        facts = canonical_json.decode(read_kept(station.folder / "verified", MAX_NOTE_BYTES), limit=MAX_NOTE_BYTES)
        at = datetime.fromisoformat(str(facts["at"]))
        run = VerifyRun(
            at, int(facts["damage"]), int(facts["warnings"]), int(facts["notices"]), bool(facts["decrypted"])
        )
    except (ValueError, KeyError, TypeError):
        return None
    return run if at.tzinfo is not None else None


def note_recovery_tested(station: Station, on: date) -> None:
    """Remember the day on which the recovery key opened the vault; where that cannot be written, nobody knows it."""
    with contextlib.suppress(NotWritable):  # what it was tested for is done
        files.replace(station.folder / "recovery-tested", f"{on.isoformat()}\n".encode("ascii"))


def recovery_tested_on(station: Station) -> date | None:
    """Return the day on which the recovery key was last tested on this computer; None where none is known."""
    try:
        return date.fromisoformat(read_kept(station.folder / "recovery-tested", MAX_NOTE_BYTES).decode("ascii").strip())
    except ValueError:
        return None
