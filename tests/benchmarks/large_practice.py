"""One photo filed in a large practice, beside one filed in a practice that was founded just now.

    PYTHONPATH=tests python tests/benchmarks/large_practice.py [ROUNDS [RECORDS [ROSTERS [PEOPLE [STATIONS]]]]]

By default 10,000 records, 200 rosters, 30 people and 60 stations. Both vaults are of the same suite and lie on the same
disk. In each round both file the same fresh photo as a whole process, one after the other; medians and their ratio are
printed, of processor time and by the clock, for the first run (which reads what was filed since this computer looked
last) and for those after it. At the end, where strace and valgrind are installed, one further photo is filed in each
under either: the calls that it made on files, its syncs, and its instructions. Nothing here passes or fails: see
docs/explanation/speed.md.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.one_photo import ANSWERS, IMGFILE, photo, timed
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Credential, Person, Role, Roster, StationEntry
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.times import format_time
from kit.vault.practice import NOON, Practice, change_roster, found_practice

RECORDS_A_NOTE = 50
"""How many records one entry of a trail states, about as a batch does."""
RECORDS_A_PATIENT = 3


def main(rounds: int = 15, records: int = 10_000, rosters: int = 200, people: int = 30, stations: int = 60) -> None:
    """Build both practices, file in turn, and print what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        both = {"small": _founded(folder / "small"), "large": _founded(folder / "large")}
        _fill(both["large"], records, rosters, people, stations)
        subprocess.run(["sync"], check=True)
        print(f"{records:,} records, {rosters} rosters, {people} people, {stations} stations; {rounds} rounds")
        _print_times({each: [] for each in both}, both, rounds)
        for title, counted in (("calls on files, syncs", _counted_calls), ("instructions", _counted_instructions)):
            data = photo(rounds + 1)
            for each, practice in both.items():
                print(f"one further photo, {each}: {title}: {counted(practice, data)}")


def _print_times(took: dict[str, list[tuple[float, float]]], both: dict[str, Practice], rounds: int) -> None:
    for number in range(rounds + 1):
        data = photo(number)
        for each, practice in both.items():
            took[each].append(_filed(practice, data))
    for kind, name in enumerate(("processor", "clock")):
        first = {each: times[0][kind] for each, times in took.items()}
        middle = {each: statistics.median(time[kind] for time in times[1:]) for each, times in took.items()}
        for title, times in (("the first run there", first), ("each run after it, median", middle)):
            print(
                f"{title}, {name}: {times['small']:.0f} ms, {times['large']:.0f} ms, ratio "
                f"{times['large'] / times['small']:.2f}"
            )


def _founded(folder: Path) -> Practice:
    folder.mkdir()
    os.environ["IMGFILE_STATE"] = str(folder / "state")
    return found_practice(folder, is_post_quantum=True, is_light=False)


def _fill(practice: Practice, records: int, rosters: int, people: int, stations: int) -> None:
    keys = [SigningKey.generate(layout.new_id()) for _ in range(stations - 1)]
    change_roster(practice, lambda newest: _with_everybody(newest, keys, people))
    for number in range(rosters - 2):
        change_roster(practice, lambda newest, number=number: _renamed(newest, number))  # type: ignore[misc]
    vault = practice.reopened()
    for index, key in enumerate(keys):
        _file_as(vault, key, records // len(keys) + (index < records % len(keys)))


def _with_everybody(newest: Roster, keys: Sequence[SigningKey], people: int) -> Roster:
    recipient = newest.generation.recipient
    listed = [
        Person(layout.new_id(), f"Dr {n}", f"GMC {7000000 + n}", (Role.CLINICIAN,), (_credential(recipient),))
        for n in range(people - 1)
    ]
    entries = [StationEntry(key.name, f"ROOM-{n}", recipient, key.public, "0" * 64) for n, key in enumerate(keys)]
    return replace(newest, people=(*newest.people, *listed), stations=(*newest.stations, *entries))


def _credential(recipient: str) -> Credential:
    key = SigningKey.generate(layout.new_id())
    return Credential(key.name, recipient, key.public, "0" * 64)


def _renamed(newest: Roster, number: int) -> Roster:
    *others, last = newest.stations
    return replace(newest, stations=(*others, replace(last, name=f"ROOM-A{number}")))


def _file_as(vault: Vault, key: SigningKey, count: int) -> None:
    """File as another station would: manifests that hold, of objects that nobody looks at here, and its trail."""
    previous = ""
    for number, start in enumerate(range(0, count, RECORDS_A_NOTE), 1):
        entries = [_record(vault, key, each) for each in range(start, min(start + RECORDS_A_NOTE, count))]
        body = {
            "number": number,
            "previous": previous,
            "heads": {},
            "entries": entries,
            "roster": list(vault.roster.seen),
        }
        note = key.sign("audit", vault.id, body, version=layout.FORMAT_VERSION)
        _write(vault, layout.trail(key.name, number), note.encode())
        previous = note.digest


def _record(vault: Vault, key: SigningKey, index: int) -> dict[str, object]:
    folder = PatientFolder(f"{int(key.name, 16) ^ (index // RECORDS_A_PATIENT):032x}")
    record = RecordId(layout.new_id())
    body = {
        "patient": folder,
        "record": record,
        "key": ThingKey(folder, record, vault.roster.generation.number, Digest("0" * 64)).to_json(),
        "objects": {name: {"length": 1, "sha256": "0" * 64} for name in (layout.IMAGE, layout.FACTS)},
        "photo": layout.new_id() * 2,
        "same": layout.new_id() * 2,
        "dob": "00",
        "filed": format_time(NOON),
        "roster": list(vault.roster.seen),
    }
    note = key.sign("manifest", vault.id, body, version=layout.FORMAT_VERSION)
    for name in (layout.IMAGE, layout.FACTS):
        _write(vault, f"{layout.record(folder, record)}/{name}", b"x")
    _write(vault, f"{layout.record(folder, record)}/{layout.MANIFEST}", note.encode())
    facts = {"patient": folder, "record": record, "manifest": note.digest, "read_back": "device"}
    return {"act": "filed", "at": format_time(NOON), **facts}


def _write(vault: Vault, name: str, data: bytes) -> None:
    path = vault.store.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _filed(practice: Practice, data: bytes) -> tuple[float, float]:
    """File a photo as a whole process; return its processor time and how long it took, in milliseconds."""
    before = os.times()
    took: float = timed(lambda: _run(practice, data, []))
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent * 1000, took


def _run(practice: Practice, data: bytes, under: Sequence[str]) -> str:
    """File a photo, perhaps under a program that counts; return what that one said."""
    source = practice.folder.parent / "F.jpg"
    source.write_bytes(data)
    environment = {**os.environ, "IMGFILE_STATE": str(practice.folder.parent / "state")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [*under, sys.executable, IMGFILE, "ingest", str(source), "-q", *ANSWERS]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert not source.exists()
    return said.stderr


def _counted_calls(practice: Practice, data: bytes) -> str:
    if shutil.which("strace") is None:
        return "no strace here"
    log = practice.folder.parent / "calls"
    _run(practice, data, ["strace", "-f", "-e", "trace=file,fsync,fdatasync", "-o", str(log)])
    lines = log.read_text().splitlines()
    syncs = sum("fsync(" in line or "fdatasync(" in line for line in lines)
    vault = sum(f"{practice.folder}" in line or ("openat(" in line and "AT_FDCWD" not in line) for line in lines)
    return f"{len(lines):,}, {vault:,} of them by names in the vault; {syncs} syncs"


def _counted_instructions(practice: Practice, data: bytes) -> str:
    if shutil.which("valgrind") is None:
        return "no valgrind here"
    said = _run(practice, data, ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
    found = re.search(r"Collected : (\d+)", said)
    return f"{int(found[1]) / 1e6:,.0f} million" if found else said


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
