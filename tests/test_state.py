"""What a station remembers of a vault: in two slots, of which one is whole whatever happens, and never taken back."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import canonical_json, station
from imgfile.errors import Damaged, NotWritable
from imgfile.state import SLOTS, Memory
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.trail import chain
from kit.terminal.desk import Desk, reference
from kit.terminal.processes import Outcome
from kit.vault.erasure import ERRORS, FailingSystem, dying_at, failing_at, stand_in
from kit.vault.filings import MOLE, filed
from kit.vault.power import Power, watched_power
from kit.vault.practice import Practice, enrol_second_station

A, B = "a" * 32, "b" * 32


def head(number: int) -> tuple[int, str]:
    """Make the head of a trail."""
    return number, f"{number:064x}"


def known() -> Station:
    """Return the only station there is, as the next command finds it."""
    (pin,) = station.known_vaults()
    return Station(pin)


def slots(here: Station) -> list[Path]:
    """Return where the slots lie."""
    return [here.folder / name for name in SLOTS]


# --- what is remembered, and what is left when something is lost --------------------------------------------------


def test_everything_that_was_seen_comes_back(practice: Practice) -> None:
    """The highest roster, every head, every tombstone; by another process too."""
    here = practice.vault.station
    assert here.seen_heads() == {}
    here.remember_heads({A: head(3), B: (0, "")})
    here.raise_pin(7, "7" * 64)
    here.remember(lambda seen: replace(seen, gone={A: "1" * 64}))
    again = known()
    assert (again.pin.highest, again.pin.highest_digest) == (7, "7" * 64)
    assert again.seen_heads() == {A: head(3), B: (0, "")}
    assert again.memory.gone == {A: "1" * 64}


def test_writing_takes_turns_and_reading_takes_the_newest(practice: Practice) -> None:
    """A shorter memory after a longer one leaves nothing of it."""
    here, written = practice.vault.station, []
    for number, heads in enumerate(({A: head(1), B: head(1)}, {A: head(2)}, {}, {B: head(4)})):
        before = [path.read_bytes() for path in slots(here)]
        here.remember_heads(heads)
        changed = [at for at, path in enumerate(slots(here)) if path.read_bytes() != before[at]]
        written += changed
        assert known().seen_heads() == heads, number
    assert written in ([0, 1, 0, 1], [1, 0, 1, 0])


@pytest.mark.parametrize("lost", ["gone", "empty", "zeros", "half", "one bit", "another's"])
@pytest.mark.parametrize("number", [0, 1])
def test_losing_one_slot_falls_back(practice: Practice, tmp_path: Path, lost: str, number: int) -> None:
    """To what stood there before the last write at worst; in silence, and the next write makes it whole."""
    here = practice.vault.station
    for count in range(3):
        here.remember_heads({A: head(count)})
    spoil(practice, tmp_path, number, lost)
    assert known().slots.sound == 1
    assert not known().has_lost_memory
    assert known().seen_heads()[A] in {head(1), head(2)}
    known().require_memory()
    known().remember_heads({A: head(9)})
    assert known().slots.sound == 2
    assert known().seen_heads() == {A: head(9)}


def spoil(practice: Practice, tmp_path: Path, number: int, how: str) -> None:
    """Spoil one slot."""
    path = slots(practice.vault.station)[number]
    whole = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "another's":
        stranger = enrol_second_station(practice, tmp_path / f"second {number}")
        os.environ["IMGFILE_STATE"] = str(tmp_path / f"second {number}")
        theirs = (stranger.folder / SLOTS[number]).read_bytes()
        os.environ["IMGFILE_STATE"] = str(tmp_path / "state")
        path.write_bytes(theirs)
    else:
        flipped = bytes([whole[len(whole) // 2] ^ 1])
        middle = len(whole) // 2
        path.write_bytes(
            {
                "empty": b"",
                "zeros": bytes(len(whole)),
                "half": whole[:middle],
                "one bit": whole[:middle] + flipped + whole[middle + 1 :],
            }[how]
        )


def test_every_changed_byte_of_a_slot_is_noticed(practice: Practice) -> None:
    """A slot counts whole or not at all, whatever stands in it: no exception but ours comes of it."""
    here = practice.vault.station
    here.remember_heads({A: head(1)})
    path = max(slots(here), key=lambda slot: slot.stat().st_mtime_ns)
    whole = path.read_bytes()
    for at in range(len(whole)):
        for byte in (whole[at] ^ 1, 0xFF, 0x0A):
            if byte != whole[at]:
                path.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
                assert known().slots.sound == (2 if at == len(whole) - 1 and byte == 0x0A else 1), at
    for old in (b"", b"old" * 9999, whole):
        path.write_bytes(whole + old)  # what a longer memory left behind it
        assert known().seen_heads() == {A: head(1)}


def test_a_slot_of_another_vault_is_none_of_this_one(practice: Practice) -> None:
    """The keyed digest says whose it is, and what stands beneath it which vault's."""
    key = practice.vault.station.signing_key.secret
    slot = Memory(3, "3" * 64, {A: head(1)}).encode(A, key)
    assert Memory.decode(slot, A, key) == Memory(3, "3" * 64, {A: head(1)})
    assert Memory.decode(slot, B, key) is None
    assert Memory.decode(slot, A, b"another key") is None


# --- both lost ------------------------------------------------------------------------------------------------------


def lose(here: Station) -> None:
    """Lose both slots."""
    for path in slots(here):
        path.unlink()


def test_losing_both_is_said_and_remembers_nothing_new(practice: Practice) -> None:
    """Neither a new head nor a roster begins a memory by itself; that is for somebody who approves it."""
    here = practice.vault.station
    here.remember_heads({A: head(3)})
    lose(here)
    assert known().has_lost_memory
    assert known().pin == replace(here.pin, highest=1, highest_digest=here.pin.first_digest)
    with pytest.raises(Damaged, match="lost its memory") as caught:
        known().require_memory()
    assert "No record is affected" in caught.value.hint
    assert str(here.folder) in caught.value.hint
    with pytest.raises(Damaged, match="lost its memory"):
        known().remember_heads({})
    known().raise_pin(2, "2" * 64)
    with pytest.raises(Damaged, match="lost its memory"):
        chain.append(open_vault(known()), [])
    assert not any(path.exists() for path in slots(here))
    known().slots.begin(Memory(1, here.pin.first_digest, {A: head(4)}))
    assert not known().has_lost_memory
    assert (known().slots.sound, known().seen_heads()) == (2, {A: head(4)})


def test_losing_the_signing_key_loses_the_memory_too(practice: Practice) -> None:
    """Nothing that stands there can be known for this station's own."""
    here = practice.vault.station
    (here.folder / "signing.key").unlink()
    assert known().has_lost_memory


REFUSED = {
    "ingest": ["ingest", "rash.jpg", "--no-input"],
    "ingest --dry-run": ["ingest", "rash.jpg", "--dry-run"],
    "ingest --table": ["ingest", "--table", "t.csv", "--yes"],
    "ingest -": ["ingest", "-"],
    "view": ["view", "{}", "--reason", "care"],
    "export": ["export", "{}", "-o", "copy.jpg", "--purpose", "diagnosis", "--reason", "2WW"],
    "export -": ["export", "{}", "-o", "-", "--purpose", "diagnosis", "--reason", "2WW"],
}


@pytest.mark.parametrize("command", REFUSED.values(), ids=REFUSED.keys())
def test_every_door_that_files_views_or_exports_is_shut(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """Exit code 16, before anything is asked or opened; what only looks goes on."""
    done = desk.practice.file_decided(filed(MOLE))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rash.jpg").write_bytes(b"never read")
    lose(desk.practice.vault.station)
    words = [word.format(reference(done)) for word in command]
    opening = ["--identity-file", str(desk.identity)] if command[0] in {"view", "export"} else []
    outcome = desk.run(*words, *opening)
    assert (outcome.status, outcome.stdout) == (16, b"")
    assert "lost its memory" in outcome.words
    assert (tmp_path / "rash.jpg").read_bytes() == b"never read"
    assert not (tmp_path / "copy.jpg").exists()
    looks = [desk.run("list"), desk.run("verify"), desk.run("audit"), desk.as_clinician("show", reference(done))]
    assert [each.status for each in looks] == [0, 0, 0, 0]
    assert not any(path.exists() for path in slots(desk.practice.vault.station))


# --- dying, failing, power cuts -------------------------------------------------------------------------------------


def in_a_child(act: Callable[[], object], number: int) -> bool:
    """Do something in a child that is killed at one call to the file system; return whether it was."""
    child = os.fork()  # type: ignore[attr-defined,unused-ignore]
    if child == 0:  # pragma: no cover - it is killed
        stand_in(FailingSystem(dying_at(number)))
        act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL  # type: ignore[attr-defined,unused-ignore]
    return status != 0


CHANGES: dict[str, Callable[[], object]] = {
    "heads": lambda: known().remember_heads({A: head(3)}),
    "evidence": lambda: known().remember_heads({A: head(3)}, is_durable=False),
    "roster": lambda: known().raise_pin(3, "3" * 64, b"a note"),
    "pin": lambda: station.pin(known().pin),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("is_old", [False, True], ids=["0.2", "0.1.0"])
def test_death_at_every_call_leaves_what_was_or_what_was_to_be(
    practice: Practice, tmp_path: Path, change: Callable[[], object], *, is_old: bool
) -> None:
    """And the same again completes it. So it is while a state of 0.1.0 is taken over."""
    here = practice.vault.station
    here.remember_heads({A: head(1)})
    here.raise_pin(2, "2" * 64)
    if is_old:
        make_old(here)
    clean, kept = tmp_path / "clean", here.folder
    kept.rename(clean)
    before = None
    for number in range(1, 60):
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(clean, kept)
        before = before or seen()
        was_killed = in_a_child(change, number)
        left = seen()
        assert not known().has_lost_memory
        change()
        assert left in {before, seen()}
        if not was_killed:
            break
    else:
        pytest.fail("it never ended")
    assert number > 3
    assert known().slots.sound == 2


def seen() -> tuple[object, ...]:
    """Return what the next command finds remembered."""
    memory = known().memory
    return memory.highest, memory.highest_digest, tuple(sorted(memory.heads.items()))


@pytest.mark.parametrize("code", ERRORS)
def test_what_cannot_be_written_is_said_and_takes_nothing_back(practice: Practice, code: int) -> None:
    """At every call, for a full disk, a broken one, and one that is not ours to write to."""
    here = practice.vault.station
    here.remember_heads({A: head(1)})
    for number in range(1, 30):
        with pytest.MonkeyPatch.context() as patch:
            system = FailingSystem(failing_at(number, code))
            stand_in(system, patch.setattr)
            with contextlib.suppress(NotWritable):
                known().remember_heads({A: head(number + 1)})
        assert known().seen_heads() in ({A: head(number)}, {A: head(number + 1)})
        known().remember_heads({A: head(number + 1)})
        if len(system.calls) < number:
            break
    assert number > 3


def test_a_power_cut_leaves_a_whole_slot_at_every_call(practice: Practice, state: Path) -> None:
    """Even if whatever was not synced is garbage then; and what was durable is what it leaves."""
    here = practice.vault.station
    here.remember_heads({A: head(0)})
    newest = [0]

    def look(power: Power) -> None:
        counts = [count_left(power, here, path, state) for path in slots(here)]
        assert max(counts) >= newest[0], counts

    with watched_power(state, look):
        for number in range(1, 12):
            here.remember_heads({A: head(number)}, is_durable=number % 3 == 1)
            if number % 3 == 1:
                newest[0] = number


def count_left(power: Power, here: Station, path: Path, state: Path) -> int:
    """Return up to which head a slot would be left; -1 where it has bytes that are not synced."""
    name = path.relative_to(state).as_posix()
    if not power.survives(name):
        return -1
    read = [slot for slot in here.slots.read() if slot and path.read_bytes().startswith(line_of(here, slot))]
    return read[0].heads.get(A, (-1, ""))[0] if read else -1


def line_of(here: Station, slot: Memory) -> bytes:
    """Return a slot's line."""
    return slot.encode(here.pin.vault, here.slots.key())


def test_of_two_notes_for_one_photo_one_is_synced(practice: Practice) -> None:
    """The note that lets a source go, before it goes; that it went, with the next: one sync of the state a photo."""
    chain.append(practice.vault, [{"act": "tried"}])
    with pytest.MonkeyPatch.context() as patch:
        synced: list[str] = []

        def watch(_: int, name: str, real, arguments, named):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            if name == "fsync":
                synced.append(Path(f"/proc/self/fd/{arguments[0]}").readlink().name)
            return real(*arguments, **named)

        stand_in(FailingSystem(watch), patch.setattr)
        for _ in range(3):
            chain.append(practice.vault, [{"act": "tried"}])
            chain.append(practice.vault, [{"act": "tried"}], is_evidence=True)
    assert len([name for name in synced if name in SLOTS]) == 3
    assert known().seen_heads() == {practice.vault.here.station: (7, last_digest(practice))}


def last_digest(practice: Practice) -> str:
    """Return the digest of the newest note of this station's trail."""
    vault = practice.reopened()
    return chain._newest(vault, vault.here.station, (0, ""))[1]


def test_two_at_once_lose_nothing_of_each_other(practice: Practice, state: Path) -> None:
    """One raises the pin while the other remembers heads, forty times each."""
    here = practice.vault.station
    raising = (
        "from imgfile.station import known_vaults, Station\n"
        "for number in range(2, 42): Station(known_vaults()[0]).raise_pin(number, f'{number:064x}')"
    )
    environment = {**os.environ, "IMGFILE_STATE": str(state)}
    with subprocess.Popen([sys.executable, "-c", raising], env=environment) as other:
        for number in range(40):
            here.remember_heads({A: head(number)})
        assert other.wait() == 0
    assert known().seen_heads() == {A: head(39)}
    assert (known().pin.highest, known().pin.highest_digest) == head(41)


# --- a state of 0.1.0 -----------------------------------------------------------------------------------------------


def make_old(here: Station) -> None:
    """Spell what is remembered as imgfile 0.1.0 did."""
    memory = here.memory
    pin = json.loads((here.folder / "pin.json").read_bytes())
    old = {**pin, "highest": memory.highest, "digest": memory.highest_digest}
    heads = {station_id: list(seen_head) for station_id, seen_head in memory.heads.items()}
    for path in slots(here):
        path.unlink()
    (here.folder / "memory.lock").unlink()
    (here.folder / "pin.json").write_bytes(canonical_json.encode(old))
    (here.folder / "trail.json").write_bytes(canonical_json.encode(heads))


def test_a_state_of_0_1_0_is_taken_over_once(practice: Practice) -> None:
    """By the first write; from then on what stood in its files counts for nothing, so losing the slots is noticed."""
    here = practice.vault.station
    here.raise_pin(2, "2" * 64)
    here.remember_heads({A: head(3)})
    make_old(here)
    assert (known().pin.highest, known().pin.highest_digest, known().seen_heads()) == (2, "2" * 64, {A: head(3)})
    assert (known().has_lost_memory, known().slots.sound) == (False, 0)
    known().remember_heads({A: head(4)})
    assert (known().slots.sound, known().seen_heads(), known().pin.highest) == (2, {A: head(4)}, 2)
    (here.folder / "trail.json").write_bytes(canonical_json.encode({A: list(head(99))}))
    assert known().seen_heads() == {A: head(4)}
    lose(here)
    assert known().has_lost_memory
    assert known().seen_heads() == {}


@pytest.mark.parametrize("left", [None, b"", bytes(99)])
def test_heads_of_0_1_0_that_a_power_cut_took_are_none(practice: Practice, left: bytes | None) -> None:
    """They were never synced: the trails are walked from their start."""
    here = practice.vault.station
    make_old(here)
    path = here.folder / "trail.json"
    path.unlink() if left is None else path.write_bytes(left)
    assert known().seen_heads() == {}


@pytest.mark.parametrize("left", [b"{\xff", b'{"a":3}', b"[]"])
def test_damaged_heads_of_0_1_0_are_told_as_that(practice: Practice, left: bytes) -> None:
    """No power cut writes anything else."""
    make_old(practice.vault.station)
    (practice.vault.station.folder / "trail.json").write_bytes(left)
    with pytest.raises(Damaged, match="this computer's own memory of the audit trails"):
        station.known_vaults()


def test_a_whole_session_works_on_a_state_of_0_1_0(desk: Desk) -> None:
    """Filed, listed, verified; and nothing is lost on the way."""
    done = desk.practice.file_decided(filed(MOLE))
    here = desk.practice.vault.station
    before = here.seen_heads()
    make_old(here)
    looked: list[Outcome] = [desk.run("list"), desk.run("verify")]
    assert [each.status for each in looked] == [0, 0]
    stated = ["--purpose", "diagnosis", "--reason", "2WW"]
    exported = desk.as_clinician("export", reference(done), "-o", desk.state.parent / "copy.jpg", *stated)
    assert exported.status == 0, exported.words
    assert known().slots.sound == 2
    own = desk.practice.vault.here.station
    assert known().seen_heads()[own][0] == before[own][0] + 1


# --- the newest roster, kept ----------------------------------------------------------------------------------------


def test_a_completing_shell_writes_nothing(practice: Practice, state: Path, tmp_path: Path) -> None:
    """Neither a newer roster nor a note is kept by what may not write."""
    enrol_second_station(practice, tmp_path / "second")
    os.environ["IMGFILE_STATE"] = str(state)
    (practice.vault.station.folder / "roster.note").unlink(missing_ok=True)
    before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    assert open_vault(known(), remembers=False).roster.number == 2
    assert {path: path.read_bytes() for path in state.rglob("*") if path.is_file()} == before
    assert open_vault(known()).roster.number == 2
    assert (known().pin.highest, known().kept_roster()) == (2, practice.vault.store.read(layout.roster(2)))
