"""Stations join and file while an administrator removes a person: nothing is lost, and the leaver opens nothing new."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from imgfile.errors import Closed
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.records import manifest
from imgfile.vault.records.find import patients, record_names
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.objects import open_object
from imgfile.vault.roster.model import Role, fingerprint_of
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail.read import walk
from kit.photos import jpeg_png as photos
from kit.terminal.processes import Outcome, imgfile
from kit.vault.filings import MOLE, filed
from kit.vault.people import Newcomer, enrol_person
from kit.vault.practice import Practice, clinician_of
from promises.world import UNATTENDED, flags

TIMEOUT_SECONDS = 120
LOCUM = "GMC 7222222"
MOST_TRIES = 4
"""How often a station asks anew: a request from before a removal is refused."""


class Office:
    """An administrator's computer, and the stations that join from their own."""

    def __init__(self, practice: Practice, folder: Path, identity: bytes) -> None:
        self.practice, self.folder = practice, folder
        self.identity = folder / "clinician.txt"
        self.identity.write_bytes(identity)
        self.one_files, self.is_removed, self.is_broken = Event(), Event(), Event()

    def at_once(self, acts: Sequence[Callable[[], None]]) -> None:
        """Act at once; as soon as one act fails the others end, and its error is raised."""
        with ThreadPoolExecutor(len(acts)) as pool:
            done, _ = wait([pool.submit(act) for act in acts], return_when=FIRST_EXCEPTION)
            failures = [error for each in done if (error := each.exception()) is not None]
            if failures:
                for waited_for in (self.is_broken, self.one_files, self.is_removed):
                    waited_for.set()
        for failure in failures:
            raise failure

    def run(self, state: str, *arguments: str) -> Outcome:
        """Run a command as one account, in a process of its own."""
        assert not self.is_broken.is_set(), "another act has failed"
        env = {"IMGFILE_STATE": str(self.folder / state)}
        return imgfile(*arguments, "--no-input", env=env, timeout=TIMEOUT_SECONDS)

    def administers(self, *arguments: str) -> Outcome:
        """Run a command as the administrator."""
        return self.run("state", "people", *arguments, "--identity-file", str(self.identity))

    def joins(self, name: str) -> None:
        """Ask, be let in, and belong to the vault; ask anew where somebody was removed meanwhile."""
        told = fingerprint_of(self.practice.vault.station.pin.first_digest)
        asking = ["join", str(self.practice.folder), "--reception", "--station-name", name, "--wait", "0"]
        for number in range(MOST_TRIES):
            again = ["--again"] if number else []
            asked = self.run(name, *asking, "--fingerprint", told, "--json", *again)
            assert asked.status == 0, asked.words
            words = json.loads(asked.stdout.splitlines()[0])["words"]
            approved = self.administers("approve", "--words", words, "--nobody")
            if approved.status == 0:
                break
            assert "older than the last removal" in approved.words
        joined = self.run(name, *asking, "--fingerprint", told)
        assert joined.status == 0, joined.words

    def works(self, name: str, count: int) -> None:
        """Join, then file photos one after the other, the last one when somebody has left."""
        self.joins(name)
        for number in range(count):
            if number == count - 1:
                assert self.is_removed.wait(TIMEOUT_SECONDS)
            source = self.folder / f"{name}-{number}.jpg"
            source.write_bytes(photos.phone_jpeg(width=64 + 16 * number, height=64 + 16 * int(name[-1])))
            done = self.run(name, "ingest", str(source), *UNATTENDED, *flags(), "--obtained-by", "Dr A. Example")
            assert done.status == 0, done.words
            assert not source.exists()
            self.one_files.set()

    def removes(self) -> None:
        """Remove the locum as soon as one station files."""
        assert self.one_files.wait(TIMEOUT_SECONDS)
        removed = self.administers("remove", LOCUM, "--keep-computers", "--held-recovery-key", "n", "--confirm", LOCUM)
        assert removed.status == 0, removed.words
        self.is_removed.set()


@pytest.mark.parametrize(
    ("stations", "count"), [(2, 2), pytest.param(8, 6, marks=pytest.mark.long)], ids=["two", "eight"]
)
def test_nothing_filed_after_a_removal_opens_for_the_leaver(
    practice: Practice, clinician: bytes, tmp_path: Path, stations: int, count: int
) -> None:
    """Eight stations: `python -m pytest -n 0 -m long tests/promises/test_leaving_while_others_file.py`."""
    practice, locum = enrol_person(practice, "Dr L. Locum", LOCUM, Role.CLINICIAN)
    practice.file_decided(filed(MOLE), b"before")
    office = Office(practice, tmp_path, clinician)
    names = [f"ROOM-{number}" for number in range(stations)]
    office.at_once([office.removes, *(partial(office.works, name, count) for name in names)])
    unaware = practice.file_decided(filed(MOLE), b"by one that had not seen who left").record
    vault = practice.reopened()
    records = [manifest.load(vault, folder, one) for folder in patients(vault) for one in record_names(vault, folder)]
    assert len(records) == 2 + stations * count
    for identity in (*practice.recovery, clinician_of(practice)):
        assert [*verify_openings(vault, open_practice(vault, [identity])[0])] == []
    _leaver_opens_what_is_old_alone(vault, locum, records)
    found = {one.where.rpartition("/")[2] for one in verify(vault) if one.kind is Kind.OLD_KEY}
    assert found == _filed_late(vault, records)
    assert unaware in found
    assert not [one for one in verify(vault) if one.kind.is_damage]


def _leaver_opens_what_is_old_alone(vault: Vault, locum: Newcomer, records: list[Manifest]) -> None:
    """See that what a station filed that had seen the removal stays shut for the leaver, and what came before opens."""
    (closed,) = vault.roster.closed.credentials
    before = replace(vault, roster=next(one for one in vault.rosters() if one.number == closed.roster - 1))
    held, _ = open_practice(before, [locum.identity])
    opened = {one.record for one in records if _opens(vault, one, held)}
    assert opened == {one.record for one in records if one.roster[0] < closed.roster}
    assert opened != {one.record for one in records}
    assert len(opened) > 1, "nothing was filed before somebody left"


def _opens(vault: Vault, one: Manifest, keys: PracticeKeys) -> bool:
    try:
        open_object(vault, one, layout.FACTS, keys)
    except Closed:
        return False
    return True


def _filed_late(vault: Vault, records: list[Manifest]) -> set[str]:
    """Return what trails state beyond the ends that the removal recorded, and is sealed to the older generation."""
    (closed,) = vault.roster.closed.credentials
    late = {
        str(entry.get("record"))
        for each in vault.roster.stations
        for note in walk(vault, each.station)
        if note.number > closed.heads.get(each.station, (0, ""))[0]
        for entry in note.entries
        if entry["act"] == "filed"
    }
    old = {one.record for one in records if isinstance(one.key, ThingKey) and one.key.generation == 1}
    return late & old
