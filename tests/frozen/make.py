"""Freeze a vault of the present format, once: what today's imgfile wrote, every later one must open.

    python tests/frozen/make.py v2-classic
    python tests/frozen/make.py v2-pq

A small photo is filed, filed again, looked at, and exported; a second computer files another one; somebody who was
let in leaves, and a third photo is filed to the new generation of the practice's key. Beside the vault lie its recovery
identity (it protects invented patients) and `expected.json`: what must be found. Never made anew once it was released:
a format that cannot open these is another format, and gets a folder of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from imgfile.acts.disclosure import view as viewing
from imgfile.acts.disclosure.entry import enter_viewed
from imgfile.acts.disclosure.open import admit, read_facts
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove
from imgfile.images.strip import strip
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.choose import choose
from imgfile.vault.records import find as records
from imgfile.vault.trail import read as trail
from kit.photos import jpeg_png as photos
from kit.vault.people import enrol_person
from kit.vault.practice import PASSPHRASE, Practice, clinician_of, enrol_second_station
from promises.world import UNATTENDED, flags

HERE = Path(__file__).parent
PHOTOS = tuple(photos.phone_jpeg(width=width, height=12) for width in (16, 24, 32))
FOUNDER = (
    *("--nation", "england", "--intimate-under-18", "clinician_attested"),
    *("--clinician", "Dr A. Example, GMC 7654321", "--station-name", "RECEPTION-3"),
)
RECOVERY_FILE = "recovery.txt"
COPY_FOR, LOOKED_FOR = "dermatology asks for a copy", "seen again with her mother"


def _imgfile(*words: str | Path) -> str:
    """Run a command; return what it printed."""
    done = subprocess.run([sys.executable, "-m", "imgfile", *words], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


@dataclass
class Making:
    """One frozen vault under way."""

    folder: Path
    temporary: Path

    @property
    def vault(self) -> Path:
        """Where it is made."""
        return self.folder / "vault"

    @property
    def recovery(self) -> Path:
        """Where its recovery identity is kept."""
        return self.folder / RECOVERY_FILE

    def sit(self, station: str) -> Vault | None:
        """Sit down at a computer; return the vault as it is opened there, if it is known."""
        os.environ["IMGFILE_STATE"] = str(self.temporary / station)
        return open_vault(choose(None)) if (self.temporary / station).exists() else None

    def practice(self) -> Practice:
        """Return the vault with all that its founder holds, at the computer that founded it."""
        vault = self.sit("state")
        assert vault is not None
        return Practice(vault, self.vault, self.recovery)

    def ingest(self, photo: bytes) -> str:
        """File a photo as people do; return its reference."""
        path = self.temporary / "photo.jpg"
        path.write_bytes(photo)
        reported = json.loads(_imgfile("ingest", path, *UNATTENDED, "--json", *flags()).splitlines()[1])
        reference: str = reported["record"]
        return reference


def freeze(name: str) -> None:
    """Make one frozen vault beside this file."""
    folder = HERE / name
    folder.mkdir()
    with tempfile.TemporaryDirectory() as temporary:
        making = Making(folder, Path(temporary))
        references = _made(making, ["--classic"] if name.endswith("classic") else [])
        expected = _expected(making, references)
    (folder / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")


def _made(making: Making, suite: list[str]) -> list[str]:
    """Found a vault, and do in it one of everything; return the references of its records."""
    making.sit("state")
    identity = ["--identity-command", f"echo {PASSPHRASE}"]
    _imgfile("init", making.vault, *suite, *FOUNDER, "--recovery-file", making.recovery, *identity)
    first, again = making.ingest(PHOTOS[0]), making.ingest(PHOTOS[0])  # the second time it is filed already
    assert first == again
    why = ["--purpose", "referral_advice", "--reason", COPY_FOR]
    _imgfile("export", first, "-o", making.temporary / "copy.jpg", *why, "--identity-file", making.recovery)
    _look(making.practice().vault, first, making.practice())
    enrol_second_station(making.practice(), making.temporary / "second")
    making.sit("second")
    second = making.ingest(PHOTOS[1])
    practice, _ = enrol_person(making.practice(), "Dr L. Locum", "GMC 7222222")
    founder = admit_administrator(practice.vault, [clinician_of(practice)])
    remove(practice.vault, founder, Leaver(practice.vault.roster.people[-1]), at=datetime.now(UTC))
    return [first, second, making.ingest(PHOTOS[2])]


def _look(vault: Vault, reference: str, practice: Practice) -> None:
    """Look at a photo as `view` does."""
    reader = admit(vault, [clinician_of(practice)])
    opened = read_facts(vault, records.find(vault, reference), reader)
    ready = [each for each in viewing.prepare(vault, [opened], reader) if isinstance(each, viewing.Ready)]
    viewing.view(vault, ready, reader, reason=LOOKED_FOR, at=datetime.now(UTC))
    enter_viewed(vault, [opened], reader, at=datetime.now(UTC))


def _expected(making: Making, references: list[str]) -> dict[str, object]:
    """Return what must be found."""
    vault = making.practice().vault
    stations = vault.roster.stations
    return {
        "vault": vault.id,
        "fingerprint": vault.station.pin.first_digest,
        "roster": vault.roster.number,
        "records": {
            reference: hashlib.sha256(strip(photos.photo(photo)).data).hexdigest()
            for reference, photo in zip(references, PHOTOS, strict=True)
        },
        "number": "9434765870",
        "reasons": sorted([COPY_FOR, LOOKED_FOR]),
        "acts": {
            entry.name: [each["act"] for note in trail.walk(vault, entry.station) for each in note.entries]
            for entry in stations
        },
        "objects": sorted(
            path.relative_to(making.vault).as_posix() for path in making.vault.rglob("*") if path.is_file()
        ),
    }


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        freeze(wanted)
