"""A vault whose records had a life stays readable: as the imgfile of its day wrote it, opened by today's.

`tests/frozen/v2-lives` has of all that is added, moved, withdrawn, held and ended one at least; beside it lies
`statements.txt`, which says what each command must say of it. `kit.vault.frozen_lives` made it, once.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from imgfile import sealing, station
from imgfile.clinical.proofs import PatientFolder
from imgfile.state import Pin
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.gone import How
from imgfile.vault.records import find as records
from imgfile.vault.records import item as items
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail import read as trail
from imgfile.vault.trail.reasons import stated_reason
from kit.terminal.desk import Desk
from kit.tools import REPOSITORY
from kit.vault.frozen_lives import EXPECTED_FILE, FORM, LATER_FORM, PACKED, REASONS, RECOVERY_FILE, STATEMENTS_FILE
from kit.vault.practice import Practice
from promises.opening import everything_opened, identities_in, with_node, with_ours, with_stock_age

FROZEN: Final = REPOSITORY / "tests" / "frozen" / "v2-lives"
STANDING: Final = (*("corrected", "formed", "stopped", "accepted", "kept_now", "ended_now", "rekeyed_now"),)
GONE: Final = {
    "kept": How.MOVED, "ended": How.MOVED, "rekeyed": How.MOVED,
    "withdrawn": How.WITHDRAWN, "destroyed": How.DESTROYED,
}  # fmt: skip


@dataclass(frozen=True)
class Lives:
    """A copy of the frozen vault, as a computer that only reads has it."""

    practice: Practice
    expected: dict[str, Any]

    @property
    def vault(self) -> Vault:
        """The vault."""
        return self.practice.vault

    @property
    def recovery(self) -> set[str]:
        """The recovery identity."""
        return identities_in(self.practice.recovery_file.read_bytes())

    def of(self, name: str) -> Manifest:
        """Return a record's manifest by the name that it has in the statements."""
        return records.find(self.vault, self.expected["named"][name])


@pytest.fixture
def lives(tmp_path: Path, state: Path) -> Lives:
    """Copy the frozen vault, and trust it, on a computer that knew nothing of it."""
    assert not state.exists()
    folder = tmp_path / "frozen"
    with tarfile.open(FROZEN / PACKED) as packed:
        packed.extractall(folder, filter="data")
    shutil.copy(FROZEN / RECOVERY_FILE, folder)
    expected = json.loads((FROZEN / EXPECTED_FILE).read_bytes())
    pin = Pin(expected["vault"], folder / "vault", expected["fingerprint"], 1, expected["fingerprint"])
    vault = open_vault(station.pin(pin))
    return Lives(Practice(vault, pin.folder, folder / RECOVERY_FILE), expected)


def statements() -> Iterator[tuple[str, int, list[str], list[str]]]:
    """Read `statements.txt`: a command, its exit status, what is among its words, and what is not."""
    for block in (FROZEN / STATEMENTS_FILE).read_text(encoding="utf-8").strip().split("\n\n"):
        first, *lines = block.splitlines()
        command, _, status = first.partition(" status ")
        words = [line.removeprefix(": ") for line in lines if line.startswith(": ")]
        never = [line.removeprefix("not: ") for line in lines if line.startswith("not: ")]
        assert words, first
        assert len(words) + len(never) == len(lines), first
        yield command.removeprefix("imgfile "), int(status or 0), words, never


def test_every_command_says_of_it_what_it_should(lives: Lives, tmp_path: Path) -> None:
    """Each line of `statements.txt`, with the recovery identity where one is needed; nothing in the vault changes."""
    desk = Desk(lives.practice, tmp_path / "state", lives.practice.recovery_file)
    before = {path: path.read_bytes() for path in lives.practice.folder.rglob("*") if path.is_file()}
    wrong = []
    for command, status, words, never in statements():
        needs_none = command.split()[-1] == "--json"
        done = (desk.run if needs_none else desk.as_clinician)(*command.split())
        said = " ".join(f"{done.stdout.decode()} {done.words}".split())
        wrong += [f"{command}: {done.status}"] if done.status != status else []
        wrong += [f"{command}: no {word!r} in {said}" for word in words if word not in said]
        wrong += [f"{command}: {word!r} in {said}" for word in never if word in said]
    assert not wrong, "\n".join(wrong)
    assert {path: path.read_bytes() for path in lives.practice.folder.rglob("*") if path.is_file()} == before


def test_it_is_whole_and_every_record_is_as_it_was_left(lives: Lives) -> None:
    """`verify` finds nothing, opening everything; each record stands or is gone as it should be; the trails tell it."""
    vault = lives.vault
    practice, _ = open_practice(vault, [sealing.parse_identity(each) for each in lives.recovery])
    assert [*verify(vault)] == []
    assert [*verify_openings(vault, practice)] == []
    for name in STANDING:
        assert life.load(vault, lives.of(name)).gone is None, name
    for name, how in GONE.items():
        gone = life.load(vault, lives.of(name)).gone
        assert gone is not None, name
        assert gone.how is how, name
        if f"{name}_now" in lives.expected["named"]:
            now = lives.of(f"{name}_now")
            assert gone.to == (now.folder, now.record), name
    assert life.load(vault, lives.of("ended")).ended is not None
    assert life.load(vault, lives.of("kept")).is_kept
    assert life.load(vault, lives.of("stopped")).is_use_stopped
    assert life.load(vault, lives.of("kept_now")).standing(Effect.HELD)
    assert not life.load(vault, lives.of("corrected")).is_held
    assert {
        entry.name: [each["act"] for note in trail.walk(vault, entry.station) for each in note.entries]
        for entry in vault.roster.stations
    } == lives.expected["acts"]
    assert len(vault.roster.generations) == 2
    assert [one.name for one in vault.roster.closed.credentials] == ["Dr L. Locum"]


def test_it_holds_one_of_every_kind(lives: Lives) -> None:
    """Of each addition, tombstone, proposal, item, sealed form and entry of a trail: else it would prove less."""
    names = {path.name for path in lives.practice.folder.rglob("*") if path.is_file()}
    assert {layout.GONE, layout.ENDED, layout.FORM, layout.FACTS, layout.IMAGE, layout.MANIFEST} <= names
    acts = Counter(act for each in lives.expected["acts"].values() for act in each)
    assert acts.keys() >= {
        *("filed", "erased", "roster", "added", "gone", "proposed", "item", "settled", "disposed"),
        *("searched", "offered", "viewed", "exported"),
    }  # fmt: skip
    assert len([*items.items(lives.vault)]) == 3
    assert len([*(lives.practice.folder / layout.PROPOSALS).iterdir()]) == 5


def test_elsewhere_all_opens_that_has_a_key_and_nothing_that_was_destroyed(lives: Lives) -> None:
    """Debian's `age` opens each sealed object that has a key left, npm's a sample; no key opens what was destroyed."""
    folder, destroyed = lives.practice.folder, _destroyed(lives)
    opened = everything_opened(folder, lives.recovery, with_ours)
    keys = lives.recovery | {key for data in opened.values() for key in identities_in(data)}
    sealed = {path.relative_to(folder).as_posix() for path in folder.rglob("*.age")}
    assert {name for name in sealed - opened.keys() if not name.startswith(f"{layout.KEYS}/")} == destroyed
    for name in opened.keys() | destroyed:
        assert with_stock_age((folder / name).read_bytes(), keys) == opened.get(name), name
    of = lives.of("corrected")
    for name in (layout.IMAGE, layout.FACTS):
        sample = f"{layout.record(of.folder, of.record)}/{name}"
        key = identities_in(opened[of.key.name]) if isinstance(of.key, ThingKey) else set()
        assert with_node((folder / sample).read_bytes(), key) == opened[sample]
    photos = lives.expected["photos"]
    gone = {photos[name] for name in ("withdrawn", "destroyed", "was_rejected")}
    found = {hashlib.sha256(data).hexdigest() for name, data in opened.items() if name.endswith(f"/{layout.IMAGE}")}
    assert found == set(photos.values()) - gone
    assert FORM in opened.values()
    assert any(data.endswith(LATER_FORM) for data in opened.values())
    said = b"\n".join(data for name, data in opened.items() if not name.endswith(f"/{layout.IMAGE}"))
    assert [reason for reason in REASONS if reason.encode() not in said] == []


def _destroyed(lives: Lives) -> set[str]:
    """Return the sealed objects whose keys went: of records, but their old answers; of reasons; of settled items."""
    folder, vault = lives.practice.folder, lives.vault
    found, records_gone = set[str](), set[str]()
    for name in GONE.keys() - {"kept"}:
        of = lives.of(name)
        gone = life.load(vault, of).gone
        assert gone is not None
        here = folder / layout.record(of.folder, of.record)
        found |= {each.relative_to(folder).as_posix() for each in here.glob("*.age")}
        if gone.key is not None:
            found.discard(layout.addition_object(of.folder, of.record, gone.key.thing))
        records_gone.add(of.record)
    for station_entry in vault.roster.stations:
        for entry in (entry for note in trail.walk(vault, station_entry.station) for entry in note.entries):
            if entry["act"] == "offered" and entry["record"] in records_gone:
                found.add(stated_reason(PatientFolder(entry["patient"]), entry["reason"]).name)
    for name in ("was_accepted", "was_rejected"):
        item = items.find(vault, lives.expected["named"][name])
        found |= {f"{layout.item(item.item)}/{each}" for each in item.objects}
    return found
