"""Records as somebody at a desk sees them: what was added to one, and at what kind of computer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from imgfile.vault.records.find import find
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Roster, Use
from kit.terminal.desk import Desk, ndjson
from kit.vault.practice import change_roster


def at_reception(desk: Desk) -> None:
    """Make of this computer one of the reception's."""

    def applied(newest: Roster) -> Roster:
        return replace(newest, stations=tuple(replace(one, use=Use.RECEPTION) for one in newest.stations))

    change_roster(desk.practice, applied)


def manifest_of(desk: Desk, record: str) -> Manifest:
    """Return the manifest of a record by its reference."""
    return find(desk.practice.reopened(), record)


def notes(desk: Desk, record: str) -> list[dict[str, Any]]:
    """Return what was added to a record, as its history has it."""
    lines = ndjson(desk.as_clinician("show", record, "--history", "--json"))
    return [line for line in lines if line["type"] == "added"]
