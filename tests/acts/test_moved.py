"""A vault that was moved is known by its first roster, and followed only where nothing is missing of what was seen."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from imgfile import notes, state, station
from imgfile.acts import moved
from imgfile.acts.moved import found_elsewhere, moved_to, on_other_drives, on_other_mounts, places
from imgfile.errors import Damaged, NotWritable, NoVault
from imgfile.notes import SigningKey
from imgfile.state import Pin
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.choose import choose
from imgfile.vault.trail import chain
from kit.vault.erasure import ERRORS, FailingSystem, dying_at, failing_at, stand_in
from kit.vault.practice import Practice, forge_roster, resigned


def pin() -> Pin:
    """Return the only pin there is, as the next command finds it."""
    (found,) = station.known_vaults()
    return found


def follow(where: Path) -> Practice:
    """Move the pin, as `--vault` does; return the vault as it is opened then."""
    found = moved_to(where)
    assert found is not None
    vault = open_vault(Station(found.pin).follow(found.folder))
    return Practice(vault, where, where.with_name("recovery.txt"))


@pytest.fixture
def used(practice: Practice) -> Practice:
    """Give a vault with two rosters and three notes of the trail, all of which this station has seen."""
    forge_roster(practice)
    vault = practice.reopened()
    for _ in range(3):
        chain.append(vault, [{"act": "tried"}])
    return replace(practice, vault=vault)


# --- what is followed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["beside", "deeper/down", "ünïcode folder"])
def test_a_moved_vault_is_followed_with_everything_that_was_seen(used: Practice, tmp_path: Path, where: str) -> None:
    """The pin alone changes: the roster, the heads and the keys are what they were."""
    before = pin()
    heads = used.vault.station.seen_heads()
    (tmp_path / where).parent.mkdir(exist_ok=True)
    used.folder.rename(tmp_path / where)
    there = follow(tmp_path / where)
    assert pin() == replace(before, folder=tmp_path / where)
    assert there.vault.station.seen_heads() == heads
    assert chain.append(there.vault, [{"act": "tried"}]).body["number"] == 4
    assert choose(None).pin.folder == choose(tmp_path / where).pin.folder == tmp_path / where


def test_a_vault_that_has_grown_meanwhile_is_followed(used: Practice, tmp_path: Path) -> None:
    """Newer rosters and newer notes are no loss."""
    shutil.copytree(used.folder, tmp_path / "grown")
    grown = replace(
        used, folder=tmp_path / "grown", vault=open_vault(Station(replace(pin(), folder=tmp_path / "grown")))
    )
    forge_roster(grown)
    shutil.rmtree(used.folder)
    there = follow(tmp_path / "grown")
    assert there.vault.roster.number == 3
    assert pin().highest == 3


def test_a_folder_that_holds_no_pinned_vault_is_none(used: Practice, tmp_path: Path) -> None:
    """An empty one, a file, another vault, a roster 1 that only says it is the same, one that is cut or a link."""
    first = used.folder / layout.roster(1)
    body = notes.parse(first.read_bytes()).body
    forger, version = SigningKey.generate(used.founder), used.vault.roster.format
    forged = forger.sign("roster", used.vault.id, {**body, "founded": ""}, version=version)
    for name, data in (("cut", first.read_bytes()[:99]), ("empty", b""), ("forged", forged.encode())):
        path = tmp_path / name / layout.roster(1)
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    (tmp_path / "linked" / "roster").mkdir(parents=True)
    (tmp_path / "linked" / layout.roster(1)).symlink_to(first)
    (tmp_path / "nothing").mkdir()
    for name in ("cut", "empty", "forged", "linked", "nothing", "absent", "recovery.txt"):
        assert moved_to(tmp_path / name) is None, name


# --- what is refused ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loss:
    """What a copy lacks, and how that is said."""

    happens: Callable[[Practice], object]
    said: str


def _head(practice: Practice) -> str:
    return layout.trail(practice.vault.here.station, 3)


def _another_roster(practice: Practice) -> None:
    (practice.folder / layout.roster(2)).unlink()
    at_copy = Station(replace(practice.vault.station.pin, folder=practice.folder))
    forge_roster(replace(practice, vault=replace(practice.vault, station=at_copy)), lambda body: {**body, "more": 1})


def _linked_trail(practice: Practice) -> None:
    trails = practice.folder / layout.AUDIT
    trails.rename(practice.folder.with_name("out"))
    trails.symlink_to(practice.folder.with_name("out"))


LOSSES = {
    "an older roster": Loss(lambda copy: (copy.folder / layout.roster(2)).unlink(), "is older than the one"),
    "another roster": Loss(_another_roster, "not the one this computer saw before"),
    "no roster but the first, broken": Loss(
        lambda copy: (copy.folder / layout.roster(2)).write_bytes(b"-"), "not laid out as one"
    ),
    "a shorter trail": Loss(lambda copy: (copy.folder / _head(copy)).unlink(), "is missing, which this computer saw"),
    "no trail": Loss(lambda copy: shutil.rmtree(copy.folder / layout.AUDIT), "is missing, which this computer saw"),
    "another note": Loss(
        lambda copy: resigned(copy, "audit", _head(copy), lambda body: {**body, "entries": []}),
        "is not the note that this computer saw",
    ),
    "a broken note": Loss(lambda copy: (copy.folder / _head(copy)).write_bytes(b"\0" * 50), "not laid out as one"),
    "a link for the trail": Loss(_linked_trail, "no file that imgfile wrote"),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
@pytest.mark.parametrize("is_named", [True, False], ids=["--vault", "found"])
def test_an_older_or_diverged_copy_is_refused(used: Practice, tmp_path: Path, loss: Loss, *, is_named: bool) -> None:
    """Whichever way it came into view; the pin stays, and the message names what is missing, and both places."""
    copy = replace(used, folder=tmp_path / "copy")
    shutil.copytree(used.folder, copy.folder)
    used.folder.rename(tmp_path.parent / f"{tmp_path.name} away")
    before = pin()
    loss.happens(replace(copy, vault=replace(used.vault, store=replace(used.vault.store, root=copy.folder))))
    with pytest.raises(Damaged, match="holds an older copy of the vault that was at") as caught:
        moved_to(copy.folder) if is_named else found_elsewhere(before)
    assert loss.said in caught.value.message
    assert str(copy.folder) in caught.value.message
    assert str(used.folder) in caught.value.message
    assert "Nothing was changed" in caught.value.hint
    assert pin() == before


def test_a_copy_is_refused_as_long_as_the_old_place_holds_the_vault(used: Practice, tmp_path: Path) -> None:
    """At two places it would go two ways. When the old one is away, or holds another vault, it may be followed."""
    shutil.copytree(used.folder, tmp_path / "copy")
    with pytest.raises(NoVault, match="holds a copy of the vault at") as caught:
        moved_to(tmp_path / "copy")
    assert "rename it, or disconnect its disk" in caught.value.hint
    assert found_elsewhere(pin()) is None
    shutil.rmtree(used.folder)
    used.folder.mkdir()  # a mount point without its disk
    assert moved_to(tmp_path / "copy")


def test_an_old_place_that_cannot_be_read_is_not_taken_for_away(used: Practice, tmp_path: Path) -> None:
    """A share that fails for a moment comes back."""
    shutil.copytree(used.folder, tmp_path / "copy")
    (used.folder / "roster").rename(tmp_path / "out")
    (used.folder / "roster").symlink_to(tmp_path / "out")
    with pytest.raises(Damaged):
        moved_to(tmp_path / "copy")
    assert found_elsewhere(pin()) is None


def test_without_a_memory_nothing_is_followed(used: Practice, tmp_path: Path) -> None:
    """There is nothing to compare a folder with."""
    used.folder.rename(tmp_path / "moved")
    for name in state.SLOTS:
        (used.vault.station.folder / name).unlink()
    with pytest.raises(Damaged, match="lost its memory"):
        moved_to(tmp_path / "moved")
    with pytest.raises(Damaged, match="lost its memory"):
        found_elsewhere(pin())


# --- where it is looked for -----------------------------------------------------------------------------------------


def test_a_renamed_folder_is_found_beside_its_old_place(used: Practice, tmp_path: Path) -> None:
    """Links to it are the same folder; two that hold it are both named."""
    used.folder.rename(tmp_path / "renamed")
    (tmp_path / "link").symlink_to(tmp_path / "renamed")
    found = found_elsewhere(pin())
    assert found is not None
    assert found.folder.samefile(tmp_path / "renamed")
    assert (found.roster, found.pin) == (2, pin())
    shutil.copytree(tmp_path / "renamed", tmp_path / "second")
    with pytest.raises(NoVault, match="several folders hold it") as caught:
        found_elsewhere(pin())
    assert f"--vault {tmp_path / 'second'}" in caught.value.hint


def test_an_older_copy_beside_it_is_passed_over(used: Practice, tmp_path: Path) -> None:
    """Backups lie beside what they are of; where nothing but one of them is found, that is said."""
    shutil.copytree(used.folder, tmp_path / "backup of last week")
    (tmp_path / "backup of last week" / _head(used)).unlink()
    used.folder.rename(tmp_path / "renamed")
    found = found_elsewhere(pin())
    assert found is not None
    assert found.folder == tmp_path / "renamed"
    shutil.rmtree(tmp_path / "renamed")
    with pytest.raises(Damaged, match="backup of last week holds an older copy"):
        found_elsewhere(pin())


def test_a_vault_on_another_mount_is_found_by_the_end_of_its_path(
    used: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One or two levels below where systems mount disks."""
    monkeypatch.setattr(moved, "MOUNT_FOLDERS", (str(tmp_path / "media"),))
    for where in ("media/stick/vault", f"media/somebody/disk/{tmp_path.name}/vault"):
        (tmp_path / where).parent.mkdir(parents=True)
        Station(pin()).follow(tmp_path / where)
        (used.folder if used.folder.exists() else tmp_path / "media/stick/vault").rename(tmp_path / where)
        station.pin(replace(pin(), folder=tmp_path / "nowhere" / tmp_path.name / "vault"))
        found = found_elsewhere(pin())
        assert found is not None
        assert found.folder == tmp_path / where


def test_the_places_where_it_is_looked_for() -> None:
    """The same path on every other letter; the last parts of it, the longest first, on other mounts."""
    drives = [str(path) for path in on_other_drives(PureWindowsPath(r"s:\practice\clinical"))]
    assert len(drives) == 23
    assert r"T:\practice\clinical" in drives
    assert not [drive for drive in drives if drive[0] in "ABS"]
    assert list(on_other_drives(PureWindowsPath(r"\\server\share\clinical"))) == []
    assert list(on_other_drives(PurePosixPath("/srv/clinical"))) == []


def test_mounts_are_walked_two_levels_deep(tmp_path: Path) -> None:
    """And no file is taken for one."""
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "file").touch()
    looked = list(on_other_mounts(Path("/mnt/nas/clinical"), [tmp_path, tmp_path / "absent"]))
    tails = ("mnt/nas/clinical", "nas/clinical", "clinical")
    assert looked == [tmp_path / place / tail for place in ("a", "a/b") for tail in tails]


def test_looking_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: Practice) -> None:
    """After so many folders, and so many seconds."""
    for number in range(20):
        (tmp_path / f"many-{number}").mkdir()
    monkeypatch.setattr(moved, "MOST_FOLDERS", 5)
    monkeypatch.setattr(moved, "MOUNT_FOLDERS", ())
    assert len(list(places(tmp_path / "vault"))) == 5
    monkeypatch.setattr(moved, "MOST_SECONDS", -1.0)
    used.folder.rename(tmp_path / "renamed")
    assert found_elsewhere(pin()) is None


# --- following ------------------------------------------------------------------------------------------------------


def test_death_at_every_call_leaves_the_old_place_or_the_new(used: Practice, tmp_path: Path) -> None:
    """And the same again completes it."""
    here, old = used.vault.station, used.folder
    old.rename(tmp_path / "moved")
    for number in range(1, 30):
        here.follow(old)
        child = os.fork()  # type: ignore[attr-defined,unused-ignore]
        if child == 0:  # pragma: no cover - it is killed
            stand_in(FailingSystem(dying_at(number)))
            Station(pin()).follow(tmp_path / "moved")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL  # type: ignore[attr-defined,unused-ignore]
        assert pin().folder in {old, tmp_path / "moved"}
        assert not Station(pin()).has_lost_memory
        if status == 0:
            break
        if pin().folder == old:
            follow(tmp_path / "moved")
    assert number > 3
    assert pin().folder == tmp_path / "moved"


@pytest.mark.parametrize("code", ERRORS)
def test_a_pin_that_cannot_be_written_stays(used: Practice, tmp_path: Path, code: int) -> None:
    """At every call; and then it is said that the state cannot be written."""
    for number in range(1, 30):
        with pytest.MonkeyPatch.context() as patch:
            system = FailingSystem(failing_at(number, code))
            stand_in(system, patch.setattr)
            try:
                Station(pin()).follow(tmp_path / "moved")
            except NotWritable:
                assert number <= len(system.calls)
            else:
                break
        assert pin().folder in {used.folder, tmp_path / "moved"}
        Station(pin()).follow(used.folder)
    assert number > 3
