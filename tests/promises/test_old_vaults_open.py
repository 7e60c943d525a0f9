"""Old vaults stay readable: one of each format and suite lies in tests/frozen, as the imgfile of its day wrote it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imgfile import sealing
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record import json as record_json
from imgfile.station import Pin, Station
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.records import find as records
from imgfile.vault.records.objects import open_object
from imgfile.vault.trail import read as trail
from kit.tools import REPOSITORY
from promises.opening import everything_opened, identities_in, with_node, with_stock_age

FROZEN = REPOSITORY / "tests" / "frozen"
NAMES = [f"v{number}-{suite}" for number in range(1, layout.FORMAT_VERSION) for suite in ("classic", "pq")]
"""One vault for every format that was ever released, in both suites."""


@dataclass(frozen=True)
class Frozen:
    """A frozen vault, pinned by what was written down when it was made."""

    folder: Path
    expected: dict[str, Any]

    @classmethod
    def named(cls, name: str) -> Frozen:
        """Read one."""
        return cls(FROZEN / name, json.loads((FROZEN / name / "expected.json").read_bytes()))

    def opened(self) -> Vault:
        """Open it as a station that only reads."""
        digest = self.expected["fingerprint"]
        return open_vault(Station(Pin(self.expected["vault"], self.folder / "vault", digest, 1, digest)))

    @property
    def recovery(self) -> set[str]:
        """The recovery identity."""
        return identities_in((self.folder / "recovery.txt").read_bytes())


@pytest.fixture(params=NAMES)
def frozen(request: pytest.FixtureRequest, state: Path) -> Frozen:
    """Give each frozen vault; this machine knows nothing of it."""
    assert not state.exists()
    return Frozen.named(request.param)


def test_a_frozen_vault_is_whole(frozen: Frozen) -> None:
    """Every object of its day is there, and `verify` finds nothing."""
    vault = frozen.folder / "vault"
    assert (
        sorted(path.relative_to(vault).as_posix() for path in vault.rglob("*") if path.is_file())
        == (frozen.expected["objects"])
    )
    assert [*verify(frozen.opened())] == []


def test_a_frozen_record_opens(frozen: Frozen) -> None:
    """The recovery identity opens the photo and its facts, which are read strictly; the trail tells what was done."""
    vault = frozen.opened()
    practice, who = open_practice(vault, [sealing.parse_identity(each) for each in frozen.recovery])
    assert who == vault.roster.recovery.holder
    assert [*verify_openings(vault, practice)] == []
    found = records.find(vault, frozen.expected["record"])
    photo = open_object(vault, found, layout.IMAGE, practice)
    assert hashlib.sha256(photo).hexdigest() == frozen.expected["photo"]
    facts = open_object(vault, found, layout.FACTS, practice)
    record = record_json.load(facts)
    assert record_json.dump(record) == facts
    (station,) = vault.roster.stations
    acts = [entry["act"] for note in trail.walk(vault, station.station) for entry in note.entries]
    assert acts == frozen.expected["acts"]


def test_every_sealed_object_of_a_frozen_vault_opens_elsewhere(frozen: Frozen) -> None:
    """With stock `age`, or npm's where Debian's is too old for the suite: all but what the clinician alone opens."""
    opener = with_node if frozen.folder.name.endswith("pq") else with_stock_age
    opened = everything_opened(frozen.folder / "vault", frozen.recovery, opener)
    (person,) = frozen.opened().roster.people
    of_the_clinician = {layout.practice_key(1, person.who), layout.signer_key(person.who)}
    sealed = {name for name in frozen.expected["objects"] if name.endswith(".age")}
    assert opened.keys() == sealed - of_the_clinician
    (image,) = (data for name, data in opened.items() if name.endswith(layout.IMAGE))
    assert Digest(hashlib.sha256(image).hexdigest()) == frozen.expected["photo"]
    (reason,) = (data for name, data in opened.items() if f"/{layout.REASONS}/" in name)
    assert reason == b"dermatology asks for a copy"
