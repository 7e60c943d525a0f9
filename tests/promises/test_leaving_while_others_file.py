"""Stations join and file while an administrator removes a person: nothing is lost, and the leaver opens nothing new."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from imgfile.errors import WrongKey
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.keys.thing_key import ThingKey
from imgfile.vault.records import manifest
from imgfile.vault.records.find import patients, record_names
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.open import open_facts
from imgfile.vault.roster.model import Role
from imgfile.vault.trail.read import walk
from kit.photos import jpeg_png as photos
from kit.terminal.processes import Outcome, imgfile
from kit.vault.people import Newcomer, enrol_person
from kit.vault.practice import Practice, clinician_of
from promises.world import UNATTENDED, flags

TIMEOUT_SECONDS = 300
LOCUM = "GMC 7222222"
MOST_TRIES = 4
"""How often a station asks anew: a request from before a removal is refused."""


class Office:
    """An administrator's computer, and the stations that join from their own."""

    def __init__(self, practice: Practice, folder: Path) -> None:
        self.practice, self.folder = practice, folder
        self.identity = folder / "clinician.txt"
        self.identity.write_text(str(clinician_of(practice)))
        self.words = practice.vault.rosters().__next__().note.digest
        self.files = Event()

    def run(self, state: str, *arguments: str) -> Outcome:
        """Run a command as one account, in a process of its own."""
        env = {"IMGFILE_STATE": str(self.folder / state)}
        return imgfile(*arguments, "--no-input", env=env, timeout=TIMEOUT_SECONDS)

    def administers(self, *arguments: str) -> Outcome:
        """Run a command as the administrator."""
        return self.run("state", "people", *arguments, "--identity-file", str(self.identity))

    def joins(self, name: str) -> None:
        """Ask, be let in, and belong to the vault; ask anew where somebody was removed meanwhile."""
        told = self.run("state", "roster", "fingerprint").stdout.decode().strip().splitlines()[-1].strip()
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
        """Join, then file photos one after the other."""
        self.joins(name)
        for number in range(count):
            source = self.folder / f"{name}-{number}.jpg"
            source.write_bytes(photos.phone_jpeg(width=64 + 16 * number, height=64 + 16 * int(name[-1])))
            filed = self.run(name, "ingest", str(source), *UNATTENDED, *flags(), "--obtained-by", "Dr A. Example")
            assert filed.status == 0, filed.words
            assert not source.exists()
            self.files.set()

    def removes(self) -> None:
        """Remove the locum as soon as one station files."""
        assert self.files.wait(TIMEOUT_SECONDS)
        removed = self.administers("remove", LOCUM, "--keep-computers", "--held-recovery-key", "n", "--confirm", LOCUM)
        assert removed.status == 0, removed.words


@pytest.mark.parametrize(
    ("stations", "count"), [(2, 3), pytest.param(8, 6, marks=pytest.mark.long)], ids=["two", "eight"]
)
def test_nothing_filed_after_a_removal_opens_for_the_leaver(
    practice: Practice, tmp_path: Path, stations: int, count: int
) -> None:
    """Eight stations: `python -m pytest -n 0 -m long tests/promises/test_leaving_while_others_file.py`."""
    practice, locum = enrol_person(practice, "Dr L. Locum", LOCUM, Role.CLINICIAN)
    office = Office(practice, tmp_path)
    with ThreadPoolExecutor(stations + 1) as at_once:
        working = [at_once.submit(office.works, f"ROOM-{number}", count) for number in range(stations)]
        working.append(at_once.submit(office.removes))
        for each in working:
            each.result()
    vault = practice.reopened()
    records = [manifest.load(vault, folder, one) for folder in patients(vault) for one in record_names(vault, folder)]
    assert len(records) == stations * count
    for identity in (*practice.recovery, clinician_of(practice)):
        assert [*verify_openings(vault, open_practice(vault, [identity])[0])] == []
    _leaver_opens_what_is_old_alone(vault, locum, records)
    found = {one.where.rpartition("/")[2] for one in verify(vault) if one.kind is Kind.OLD_KEY}
    assert found == _filed_late(vault, records)
    assert not [one for one in verify(vault) if one.kind.is_damage]


def _leaver_opens_what_is_old_alone(vault: Vault, locum: Newcomer, records: list[Manifest]) -> None:
    """See that what a station filed that had seen the removal stays shut for the leaver, and what came before opens."""
    (closed,) = vault.roster.closed.credentials
    before = replace(vault, roster=next(one for one in vault.rosters() if one.number == closed.roster - 1))
    held, _ = open_practice(before, [locum.identity])
    opened = {one.record for one in records if _opens(vault, one, held)}
    assert opened == {one.record for one in records if one.roster[0] < closed.roster}
    assert opened != {one.record for one in records}


def _opens(vault: Vault, one: Manifest, keys: PracticeKeys) -> bool:
    try:
        open_facts(vault, one, keys)
    except WrongKey:
        return False
    return True


def _filed_late(vault: Vault, records: list[Manifest]) -> set[str]:
    """Return what trails state beyond the ends that the removal recorded, and is sealed to the older generation."""
    (closed,) = vault.roster.closed.credentials
    late = {
        str(entry.get("record"))
        for entry in vault.roster.stations
        for note in walk(vault, entry.station)
        if note.number > closed.heads.get(entry.station, (0, ""))[0]
        for entry in note.entries
        if entry["act"] == "filed"
    }
    old = {one.record for one in records if isinstance(one.key, ThingKey) and one.key.generation == 1}
    return late & old
