"""Reading the trail: each note is its station's, of its number, and says what audit notes say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.trail import permissions
from imgfile.vault.trail import read as trail
from kit.vault.practice import NOON, Practice, resigned


@pytest.mark.parametrize(
    "change", [lambda _: {"number": 1}, lambda body: {**body, "heads": 3}, lambda body: {**body, "number": 9}]
)
def test_an_audit_note_must_say_what_audit_notes_say(practice: Practice, change: Callable[[Body], Body]) -> None:
    """Nonsense that is signed stays nonsense."""
    permissions.release(practice.vault, [practice.file()], at=NOON)
    here = practice.vault.here.station
    resigned(practice, "audit", layout.trail(here, 1), change)
    with pytest.raises(Damaged):
        trail.load(practice.vault, here, 1)
    assert {finding.kind for finding in verify(practice.vault)} >= {Kind.DAMAGED}


def test_an_unknown_stations_note_counts_for_nothing(practice: Practice) -> None:
    """A trail of somebody whom the roster does not list cannot be loaded, and is reported."""
    name = layout.trail("e" * 32, 1)
    practice.vault.store.publish(name, practice.vault.roster.note.encode())
    with pytest.raises(Damaged):
        trail.load(practice.vault, "e" * 32, 1)
    assert [finding.kind for finding in verify(practice.vault)] == [Kind.UNEXPECTED]
