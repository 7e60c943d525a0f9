"""A share's listing and its files disagree: a name is listed and nothing is found, or found and not listed.

Every reader of names then answers without what it cannot find, or with one sentence of ours; it calls nothing sound
that it has not read, and remembers nothing that is not so: once the share agrees with itself, the answer is the first.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from imgfile.acts.inbox.list import waiting
from imgfile.acts.life import destroy
from imgfile.acts.list import list_records
from imgfile.errors import Error
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.joining.judge import posted
from imgfile.vault.life import history
from imgfile.vault.records.find import patients, record_names
from imgfile.vault.store import patience
from imgfile.vault.trail.chain import newest_heads
from kit.vault.destroying import Two
from kit.vault.inbox import put
from kit.vault.joining import account, ask
from kit.vault.lives import NOTE, Life
from kit.vault.practice import Practice, change_roster
from kit.vault.share import Share, on

FOREVER: Final = 1 << 30


@dataclass(frozen=True)
class Scene:
    """A vault with something under every name that is listed."""

    practice: Practice
    life: Life

    @classmethod
    def begin(cls, practice: Practice, tmp_path: Path) -> Scene:
        """File, add, propose, ask to join, and let a photo wait."""
        two = Two.of(practice)
        life = Life.begin(two.practice)
        life.add(NOTE)
        two.propose(life.of)
        put(two.practice)
        with account(tmp_path / "laptop"):
            ask(two.practice)
        change_roster(two.practice)
        return cls(two.practice, life)

    def named(self, pattern: str) -> list[Path]:
        """Return what is called so."""
        return sorted(self.practice.folder.glob(pattern))


def _records(_scene: Scene, vault: Vault) -> object:
    return [(folder, [*record_names(vault, folder)]) for folder in patients(vault)]


def _listed(_scene: Scene, vault: Vault) -> object:
    return [str(each) for each in list_records(vault)]


HEX: Final = "[0-9a-f]" * 32
READERS: dict[str, tuple[str, Callable[[Scene, Vault], object]]] = {
    "roster": (f"{layout.ROSTER}/3.note", lambda _scene, vault: vault.newest_by_now().number),
    "trail": (f"{layout.AUDIT}/{HEX}/*.note", lambda _scene, vault: newest_heads(vault)),
    "patients": (f"{layout.PATIENTS}/{HEX}", _records),
    "records": (f"{layout.PATIENTS}/{HEX}/{HEX}", _listed),
    "additions": (
        f"{layout.PATIENTS}/{HEX}/{HEX}/{HEX}.note",
        lambda scene, vault: [each.digest for each in history.load(vault, scene.life.of).additions],
    ),
    "requests": (f"{layout.REQUESTS}/{HEX}.note", lambda _scene, vault: [*map(str, posted(vault.store, vault.id))]),
    "proposals": (
        f"{layout.PROPOSALS}/{HEX}.note",
        lambda _scene, vault: [each.reference for each in destroy.waiting(vault)],
    ),
    "inbox": (f"{layout.INBOX}/{HEX}", lambda _scene, vault: [*map(str, waiting(vault))]),
    "verify": (f"{layout.PATIENTS}/{HEX}/{HEX}", lambda _scene, vault: [*map(str, verify(vault))]),
}
"""What lists names: which of them another computer's change shows half, and the reader."""
LISTS_NOTHING: Final = {"roster", "trail"}
"""Whose notes are numbered: each is looked up by its name."""


def answer(read: Callable[[Scene, Vault], object], scene: Scene, vault: Vault) -> object:
    """Return what a reader answers, or the sentence in which it refuses."""
    try:
        return read(scene, vault)
    except Error as error:
        return error.message


@pytest.fixture
def scene(practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Furnish it, and let nobody wait for a share."""
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0)
    return Scene.begin(practice, tmp_path)


def test_what_is_listed_and_gone_is_nobodys_word(scene: Scene, tmp_path: Path) -> None:
    """Listings still have the name. No answer is the one from before, but of names alone, which say nothing."""
    folder, aside = scene.practice.folder, tmp_path / "aside"
    shutil.copytree(folder, aside)
    for kind, (pattern, read) in READERS.items():
        vault = open_vault(scene.practice.vault.station, remembers=False)
        wanted = read(scene, scene.practice.reopened())
        share = Share([folder], lag=FOREVER)
        gone = scene.named(pattern)
        for path in gone:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        with on(share):
            found = answer(read, scene, vault)
        assert gone, kind
        assert found != wanted or kind in LISTS_NOTHING, kind
        assert not isinstance(found, str) or ". " not in found, found
        assert ("listed and gone" in share.met) is (kind not in LISTS_NOTHING), kind
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        assert read(scene, scene.practice.reopened()) == wanted, kind


def test_what_is_there_and_not_listed_is_missed_and_never_misread(scene: Scene, tmp_path: Path) -> None:
    """Opening finds it, and no listing shows it yet."""
    folder, aside = scene.practice.folder, tmp_path / "aside"
    shutil.copytree(folder, aside)
    for kind, (pattern, read) in READERS.items():
        vault = open_vault(scene.practice.vault.station, remembers=False)
        wanted = read(scene, scene.practice.reopened())
        for path in scene.named(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        share = Share([folder], lag=FOREVER, opens_at_once=True)
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        with on(share):
            found = answer(read, scene, vault)
        assert not isinstance(found, str) or ". " not in found, found
        assert ("unlisted" in share.met) is (kind not in LISTS_NOTHING), kind
        assert (found == wanted) is (kind in LISTS_NOTHING), kind
        assert read(scene, scene.practice.reopened()) == wanted, kind
