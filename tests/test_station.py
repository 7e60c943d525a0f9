"""This machine's own state: private, chosen without guessing, and distinguished from the vault when it is damaged."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest

from imgfile import notes, state, station
from imgfile.errors import Busy, Damaged
from imgfile.practice_state import stored_keys
from imgfile.practice_state.founding import FoundingNote
from imgfile.state import Pin
from imgfile.station import Station
from kit.vault.power import watched_power
from kit.vault.practice import Practice


def test_the_state_lies_where_the_variable_or_the_platform_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """$IMGFILE_STATE wins; otherwise the platform's place, named after the program."""
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path))
    assert state.state_folder() == tmp_path
    monkeypatch.delenv("IMGFILE_STATE")
    assert state.state_folder().name == "imgfile"
    assert state.config_file().name == "config.toml"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs itself is asked")
@pytest.mark.parametrize("named", ["{}/else where", "relative", "", None])
@pytest.mark.parametrize("home", ["{}/home", None])
def test_on_linux_the_places_are_those_that_every_program_uses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str | None, home: str | None
) -> None:
    """As platformdirs spells the specification: a variable counts only as a whole path."""
    monkeypatch.delenv("IMGFILE_STATE", raising=False)
    for variable, text in (("XDG_STATE_HOME", named), ("XDG_CONFIG_HOME", named), ("HOME", home)):
        if text is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, text.format(tmp_path))
    assert state.state_folder() == platformdirs.user_state_path("imgfile", appauthor=False)
    assert state.config_file() == platformdirs.user_config_path("imgfile", appauthor=False) / "config.toml"


def test_elsewhere_the_platforms_own_places_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Linux asks for counts for nothing there: platformdirs knows the system's customs."""
    monkeypatch.delenv("IMGFILE_STATE", raising=False)
    monkeypatch.setattr(state, "_IS_LINUX", False)
    monkeypatch.setattr(
        platformdirs, "user_state_path", lambda name, *, appauthor: Path("/state", name, str(appauthor))
    )
    monkeypatch.setattr(platformdirs, "user_config_path", lambda name, *, appauthor: Path("/own", name, str(appauthor)))
    assert state.state_folder() == Path("/state/imgfile/False")
    assert state.config_file() == Path("/own/imgfile/False/config.toml")


def test_everything_in_the_state_is_private(practice: Practice, state: Path) -> None:
    """Owner only, folders and files, whatever the umask was."""
    assert practice
    practice.vault.station.write({"a": 1})
    for path in state.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_a_pin_is_never_lowered(practice: Practice) -> None:
    """Two commands at once, of which the slower saw less: else a rollback to what it saw would pass."""
    slower, quicker = Station(practice.vault.station.pin), Station(practice.vault.station.pin)
    quicker.raise_pin(3, "c" * 64)
    slower.raise_pin(2, "b" * 64)
    (kept,) = station.known_vaults()
    assert (kept.highest, kept.highest_digest) == (3, "c" * 64) == (slower.pin.highest, slower.pin.highest_digest)


def test_a_vault_whose_folder_is_no_text_is_remembered(state: Path) -> None:
    """Paths are bytes; a surrogate in one survives the pin."""
    assert state
    folder = Path(os.fsdecode(b"/vault-\xff"))
    station.pin(Pin("1" * 32, folder, "0" * 64, 1, "0" * 64))
    assert station.known_vaults()[0].folder == folder


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("signing.key", lambda here: here.signing_key),
        ("station.txt", lambda here: here.identity),
        ("pin.json", lambda _: station.known_vaults()),
    ],
)
def test_damaged_state_is_told_as_that(practice: Practice, name: str, use) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """The message says that no record is affected, and where the state lies."""
    here = Station(practice.vault.station.pin)
    path = here.folder / name
    path.write_bytes(b"{\xff")
    if name == "station.txt":
        path.unlink()
    with pytest.raises(Damaged, match="his computer's own") as caught:
        use(here)
    assert "No record is affected" in caught.value.hint


def test_pending_notes_are_signed_and_go_when_they_are_dropped(practice: Practice) -> None:
    """A note planted or changed by somebody else is not believed."""
    here = practice.vault.station
    assert here.pending() == []
    note = here.write({"phase": "noted"})
    note.update({"phase": "erased"})
    [read] = here.pending()
    assert read.facts == {"phase": "erased"}
    assert here.has_pending
    (path,) = (here.folder / "pending").iterdir()
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"erased", b"nothing"))
    with pytest.raises(Damaged):
        here.pending()
    path.write_bytes(notes.SigningKey.generate(here.pin.station).sign("pending", here.pin.vault, {}).encode())
    with pytest.raises(Damaged):
        here.pending()
    path.write_bytes(kept)
    read.drop()
    read.drop()
    assert not here.has_pending


def test_one_imgfile_at_a_time_writes(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process waits, and gives up with its own exit code."""
    here = practice.vault.station
    monkeypatch.setattr(state, "LOCK_TIMEOUT_SECONDS", 0.2)
    held = (
        "import sys, pathlib, imgfile.process_lock\n"
        "with imgfile.process_lock.locked(pathlib.Path(sys.argv[1]), patience_seconds=0):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", held, here.folder / "lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Busy):
            here.locked().__enter__()
        other.communicate()
    with here.locked():
        pass


def test_secrets_stay_out_of_reprs(practice: Practice) -> None:
    """A station shows its ids."""
    here = practice.vault.station
    assert repr(here) == f"Station({here.pin.station!r} in {here.pin.vault!r})"


def test_what_a_station_relies_on_would_survive_a_power_cut(practice: Practice, state: Path) -> None:
    """Its keys, its pin and its pending notes, in folders made for them, and its memory."""
    here, other = practice.vault.station, "0" * 32
    with watched_power(state) as power:
        stored_keys.store_keys(other, here.signing_key, b"identity")
        stored_keys.store_identity(other, b"sealed")
        station.pin(replace(here.pin, vault=other))
        here.raise_pin(2, "0" * 64)
        note = here.write({"phase": "noted"})
        note.update({"phase": "erased"})
        FoundingNote.of(state).write(other)
        kept = {path.relative_to(state).as_posix() for path in state.rglob("*") if path.is_file()}
        assert [name for name in kept if not power.survives(name)] == []
        assert {name.rpartition("/")[2] for name in kept if other in name} == {
            *("signing.key", "station.txt", "identity.age", "pin.json"),
            *("memory.0", "memory.1", "memory.lock"),
        }
