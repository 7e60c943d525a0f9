"""What two persons destroyed opens with no key that is left: of the vault, of any clinician, nor the recovery key.

The patients' folder is copied before, as a backup of it alone or a thief would have it. The same procedure opened
everything in it before: every sealed file is tried against every key file that the vault holds and everything those
open in turn, beginning with everybody's identity. Other records open as before.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from imgfile import sealing
from imgfile.acts.disclosure.entry import Act, Statement
from imgfile.acts.disclosure.open import Reader
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import Damaged, WrongKey
from imgfile.vault import layout
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.life.proposals import Proposal
from imgfile.vault.records.manifest import Manifest
from kit.vault.destroying import Two
from kit.vault.filings import RASH
from kit.vault.leaving import disclose
from kit.vault.lives import NOTE, Life, amended_site
from kit.vault.practice import NOON, Practice, clinician_of


def identities(vault: Path, held: list[sealing.KeyIdentity]) -> list[sealing.KeyIdentity]:
    """Return every identity that the vault's keys give to whoever holds some, until nothing new opens."""
    found, tried = list(held), set[Path]()
    while True:
        opened: list[sealing.KeyIdentity] = []
        for path in sorted((vault / layout.KEYS).rglob("*.age")):
            if path in tried:
                continue
            try:
                text = sealing.unseal_bytes(path.read_bytes(), found)
            except WrongKey:
                continue
            tried.add(path)
            if b"AGE-SECRET-KEY-" in text:
                opened += sealing.parse_identity_file(text)
        if not opened:
            return found
        found += opened


def opens(copy: Path, keys: list[sealing.KeyIdentity]) -> set[str]:
    """Return the names of the sealed files of a copy that any of these keys opens."""
    names = set()
    for path in sorted(copy.rglob("*.age")):
        try:
            sealing.unseal_bytes(path.read_bytes(), keys)
        except (WrongKey, Damaged):
            continue
        names.add(path.relative_to(copy).as_posix())
    return names


def look(record: Life, two: Two) -> None:
    """Look at a record, so that a reason for that lies sealed."""
    reader = Reader(two.founder.holder, two.founder.practice)
    stated = Statement(Act.OFFERED, Purpose.DIAGNOSIS, "before the clinic", NOON)
    disclose(two.vault, record.opened(), reader, stated)


def sealed_of(copy: Path, of: Manifest, proposal: Proposal) -> set[str]:
    """Return the sealed files of a record, and of the reasons for which it was looked at."""
    folder = copy / of.folder
    kept = layout.reason(of.folder, proposal.reason.name.rpartition("/")[2].removesuffix(".age"))
    found = {path.relative_to(copy).as_posix() for path in folder.rglob("*.age")}
    return found - {kept.removeprefix(f"{layout.PATIENTS}/")}


def test_nothing_of_what_was_destroyed_opens(practice: Practice, tmp_path: Path) -> None:
    """Image, facts, an amendment, a note, the reason for which it was looked at: none; of another record, all."""
    two = Two.of(practice)
    record, other = Life.begin(two.practice), Life.begin(two.practice, RASH)
    for each in (record, other):
        each.add(NOTE)
        each.add(amended_site("left knee"), key=each.founder)
        look(each, two)
    pending = two.propose(record.of)
    copy, folder = tmp_path / "copied", two.practice.folder
    shutil.copytree(folder / layout.PATIENTS, copy)
    everybody = [clinician_of(practice), two.senior.identity, *practice.recovery]
    gone = sealed_of(copy, record.of, pending.first)
    assert {path.rpartition("/")[2] for path in gone} >= {layout.IMAGE, layout.FACTS}
    assert len(gone) == 5
    everything = {path.relative_to(copy).as_posix() for path in copy.rglob("*.age")}
    assert opens(copy, identities(folder, everybody)) == everything  # positive control

    two.destroy(record.of)
    assert opens(copy, identities(folder, everybody)) == everything - gone
    assert list(verify(two.vault)) == []
    assert list(verify_openings(two.vault, two.founder.practice)) == []
    assert other.opened().facts.decision.body_site == "left knee"
