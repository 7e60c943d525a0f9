"""A practice of three people at two computers, in memory or on a disk, that begins many histories from one start."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.acts.ingest.context import Run
from imgfile.acts.life.person import Actor
from imgfile.acts.options import Wishes
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove
from imgfile.acts.practice.people import change_roles
from imgfile.clinical.facts import Person
from imgfile.notes import SigningKey
from imgfile.station import Station, known_vaults
from imgfile.vault import access
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role
from kit.photos.jpeg_png import jpeg
from kit.vault.filings import MOLE, filed
from kit.vault.joining import joined
from kit.vault.life_model import FOUNDER, MANAGER, SENIOR
from kit.vault.memory_store import MemoryStore
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, Practice, administrator_of, clinician_of
from kit.vault.remaining import objects_below

LATER = NOON + timedelta(hours=3)
A_JPEG = jpeg()
FIRST_PHOTO = A_JPEG + b"the first photo"


@dataclass
class World:
    """A vault, the two computers that see it, and whoever may sign."""

    start: Practice
    store: MemoryStore | None
    """Where the vault lies; None on a disk."""
    states: tuple[Path, Path]
    people: dict[str, tuple[sealing.KeyIdentity, SigningKey]]
    first: Manifest
    vaults: list[Vault] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)
    _practice: dict[int, PracticeKeys] = field(default_factory=dict)

    @contextmanager
    def at(self, computer: int) -> Iterator[Vault]:
        """Be one of the computers, at the begin of a run: what another run read of the trails it reads itself."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("IMGFILE_STATE", str(self.states[computer]))
            if self.store is not None:
                patch.setattr(access, "Store", lambda _folder: self.store)
            vault = self.vaults[computer]
            vault.trails_read.clear()
            vault.stated_then.clear()
            yield vault

    @contextmanager
    def practice(self, computer: int) -> Iterator[Practice]:
        """Be one of the computers, with all that the founder holds."""
        with self.at(computer) as vault:
            yield replace(self.start, vault=vault)

    def run(self, vault: Vault) -> Run:
        """Begin a run, as accepting from the inbox does."""
        wishes = Wishes(is_confirmed=True, is_source_kept=True, allow_test=True)
        return Run(vault, wishes, lambda: LATER)

    def keys(self, vault: Vault) -> PracticeKeys:
        """Return the practice's keys, as the founder opens them."""
        number = vault.roster.generation.number
        if number not in self._practice:
            self._practice[number] = open_practice(vault, [self.people[FOUNDER][0]])[0]
        return self._practice[number]

    def actor(self, vault: Vault, who: str) -> Actor:
        """Return somebody as their identity would let them in."""
        key = self.people[who][1]
        listed = vault.roster.person(key.name)
        assert listed is not None
        person = Person(listed.name, listed.registration)
        return Actor(key.name, person, frozenset(listed.roles), self.keys(vault), key)

    def remove(self, computer: int, who: str) -> None:
        """Remove somebody, as the founder; both computers open the vault anew."""
        with self.at(computer) as vault:
            by = admit_administrator(vault, [self.people[FOUNDER][0]])
            leaver = vault.roster.person(self.people[who][1].name)
            assert leaver is not None
            remove(vault, by, Leaver(leaver), at=LATER)
        self._open()

    def change_roles(self, computer: int, who: str, roles: frozenset[Role]) -> None:
        """Give somebody other roles, as the founder; both computers open the vault anew."""
        with self.at(computer) as vault:
            by = admit_administrator(vault, [self.people[FOUNDER][0]])
            listed = vault.roster.person(self.people[who][1].name)
            assert listed is not None
            change_roles(vault, by, listed.name, sorted(roles), at=LATER)
        self._open()

    def _open(self) -> None:
        opened = []
        for computer in (0, 1):
            with self.at(computer):
                (pin,) = known_vaults()
                opened.append(open_vault(Station(pin)))
        self.vaults = opened

    def objects(self) -> dict[str, bytes]:
        """Return what lies in the vault, by name."""
        return dict(self.store.objects) if self.store is not None else objects_below(self.start.folder)

    def keep(self) -> None:
        """Keep the vault, and what each computer remembers, as they are before any history."""
        self.kept = self.objects()
        for state in self.states:
            shutil.copytree(state, state.with_name(f"{state.name}-kept"))

    def anew(self) -> None:
        """Begin another history of the same vault."""
        if self.store is not None:
            self.store.objects.clear()
            self.store.objects.update(self.kept)
        else:
            shutil.rmtree(self.start.folder)
            for name, data in self.kept.items():
                (self.start.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.start.folder / name).write_bytes(data)
        for state in self.states:
            shutil.rmtree(state)
            shutil.copytree(state.with_name(f"{state.name}-kept"), state)
        self._practice.clear()
        self.vaults = [self.start.vault, self.start.vault]  # to be anywhere at all
        self._open()


@contextmanager
def a_world(practice: Practice, tmp_path: Path, *, is_in_memory: bool = True) -> Iterator[World]:
    """File a photo, let in a senior clinician, a manager and a second computer."""
    done = practice.file_decided(filed(MOLE), FIRST_PHOTO)
    founder = clinician_of(practice), administrator_of(practice)
    practice, senior = enrol_person(practice, "Dr S. Senior", "GMC 7333333", Role.SENIOR_CLINICIAN, Role.CLINICIAN)
    practice, manager = enrol_person(practice, "Ms M. Manager", "", Role.PRIVACY_LEAD)
    joined(practice, tmp_path / "second")
    practice = replace(practice, vault=practice.reopened())
    people = {
        FOUNDER: founder,
        SENIOR: (senior.identity, senior.key),
        MANAGER: (manager.identity, manager.key),
    }
    store = MemoryStore.copy_of(practice.vault.store) if is_in_memory else None
    first = manifest.load(practice.vault, done.patient, done.record)
    world = World(practice, store, (tmp_path / "state", tmp_path / "second"), people, first)
    world.keep()
    yield world
