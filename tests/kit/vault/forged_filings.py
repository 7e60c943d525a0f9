"""A photo filed and entered in the trail as imgfile never would: by a station that knows another roster, or says so.

Whoever does it holds the station's keys; everything is consistent, signed and sealed, but for the roster that it names.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import station
from imgfile.clinical.proofs import Verified
from imgfile.notes import SigningKey
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Roster
from imgfile.vault.trail import chain, permissions
from kit.vault.practice import NOON, Practice

FORGED = b"forged"


@contextmanager
def _unchecked() -> Iterator[None]:
    """Read and write without the rules that are attacked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Vault, "_expect_open", lambda *_: None)
        patch.setattr(Vault, "_expect_of_format_1", lambda *_: None)
        patch.setattr(chain, "_refuse_outdated", lambda _: None)
        yield


def file_naming(
    practice: Practice, roster: Roster, state: Path | None = None, *, is_entered: bool = True, data: bytes = FORGED
) -> Verified:
    """File a photo as a station that knows this roster; with `state`, as the station whose keys lie there."""
    with _unchecked(), pytest.MonkeyPatch.context() as patch:
        if state is not None:
            taken = state.with_name(f"{state.name}-{layout.new_id()}")  # the thief's own copy
            shutil.copytree(state, taken)
            patch.setenv("IMGFILE_STATE", str(taken))
        pin = next(each for each in station.known_vaults() if each.vault == practice.vault.id)
        forger = replace(practice, vault=replace(practice.vault, roster=roster, station=Station(pin)))
        filed = forger.file(data)
        if is_entered:
            with forger.vault.station.locked():
                permissions.release(forger.vault, [filed], at=NOON)
    return filed


def naming(roster: Roster, other: Roster) -> Roster:
    """Return a roster that lists what one does, and is named as another."""
    return replace(roster, number=other.number, note=other.note)


def of_another_digest(roster: Roster) -> Roster:
    """Return a roster of the same number and with another text."""
    key = SigningKey.generate(layout.new_id())
    return replace(roster, note=key.sign("roster", roster.vault, {**roster.note.body, "change": "x"}, version=2))
