"""A small world to file in, put back as it was before each command: a vault, a station's state, and one source."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import pytest

from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.findings import Finding
from imgfile.vault.checks.verify import verify
from imgfile.vault.choose import choose
from imgfile.vault.records.find import is_published, patients, record_names
from imgfile.vault.trail import read as trail
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.processes import environment
from kit.vault.practice import Practice, copy_practice

ANSWERS: Final = {
    "patient": "9434765870",
    "dob": "3/3/71",
    "body-site": "left shoulder",
    "purpose": "diagnosis",
    "basis": "patient_capacity_16plus",
    "form": "verbal_telephone",
    "obtained-at": f"{date.today():%d/%m/%Y}",  # noqa: DTZ011 - the day on the clinician's own calendar
    "rationale": "New pigmented lesion, triage for 2WW, patient 40 miles away",
}
UNATTENDED: Final = ("--allow-test-id", "--no-input", "--yes")
CHILD: Final = Path(__file__).with_name("child.py")


def flags(answers: Mapping[str, str] = ANSWERS) -> list[str]:
    """Spell answers as flags."""
    return [word for name, answer in answers.items() for word in (f"--{name}", answer)]


@dataclass(frozen=True, slots=True)
class Call:
    """One call through the seam: the phase of filing it belongs to, when it began, its name, and on what."""

    phase: str
    nanoseconds: int
    name: str
    path: str
    is_change: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one command: its exit status, negative for a signal, what it said, and its calls."""

    status: int
    said: str
    calls: tuple[Call, ...]


def read_calls(log: Path) -> tuple[Call, ...]:
    """Read what a run logged of its calls; none where it made none."""
    if not log.exists():
        return ()
    lines = (line.split("\t") for line in log.read_text("utf-8", "surrogateescape").splitlines())
    return tuple(
        Call(phase, int(moment), name, path, change == "change") for phase, moment, name, change, path in lines
    )


class Children:
    """The process that forks a child for every command."""

    def __init__(self) -> None:
        paths = os.pathsep.join([str(CHILD.parent.parent), *filter(None, sys.path)])
        # A killed child could not tell what it covered, so none is measured.
        quiet = dict.fromkeys(("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"))
        self.environment = environment({"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **quiet})
        self._process = subprocess.Popen(
            [sys.executable, CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment
        )

    def run(self, job: Mapping[str, Any]) -> int:
        """Run one job; return its status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the children's parent died"
        return int(json.loads(answer)["status"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)


@dataclass(frozen=True)
class World:
    """A folder with `vault`, `state` and `sources`, of which `clean` keeps a copy."""

    folder: Path
    clean: Path
    source: Path
    is_mailbox: bool
    children: Children

    @property
    def home(self) -> Path:
        """The commands' home and folder for temporary files; what they say is there too."""
        return self.clean.parent / "home"

    @cached_property
    def data(self) -> bytes:
        """The source's bytes before anything happened."""
        return (self.clean / "sources" / self.source.name).read_bytes()

    def reset(self) -> None:
        """Put everything back as it was."""
        for name in ("vault", "state", "sources"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            shutil.copytree(self.clean / name, self.folder / name)

    @property
    def goes_whole(self) -> bool:
        """Whether the source is an archive, which is erased when its photo is filed."""
        return self.source.suffix == ".zip"

    def command(self, *more: str) -> list[str]:
        """Spell the filing of the source; an archive, of which nothing can be taken out, goes whole."""
        whole = ["--destroy-export"] if self.goes_whole else []
        return ["ingest", str(self.source), *UNATTENDED, *flags(), *whole, *more]

    def job(self, *more: str, **fault: Any) -> dict[str, Any]:  # noqa: ANN401 - numbers of several kinds
        """Describe the filing of the source as a job for the children."""
        return {
            "argv": self.command(*more),
            "cwd": str(self.folder),
            "state": str(self.folder / "state"),
            "home": str(self.home),
            "log": str(self.home / "log"),
            "fault": fault,
        }

    def ingest(self, *more: str, **fault: Any) -> Ran:  # noqa: ANN401 - as above
        """File the source, with a fault."""
        for name in ("log", "out", "err"):
            (self.home / name).unlink(missing_ok=True)
        status = self.children.run(self.job(*more, **fault))
        said = "".join((self.home / name).read_text("utf-8", "backslashreplace") for name in ("out", "err"))
        return Ran(status, said, self.calls())

    def calls(self) -> tuple[Call, ...]:
        """Read the log of the last run."""
        return read_calls(self.home / "log")

    # --- what is true afterwards --------------------------------------------------------------------------

    def now(self) -> bytes | None:
        """Read the source, if it is there."""
        return self.source.read_bytes() if self.source.exists() else None

    def is_untouched(self) -> bool:
        """Return whether the source is what it was, byte for byte."""
        return self.now() == self.data

    def is_erased(self) -> bool:
        """Return whether the photo is out of the source: no file, or a mailbox of the same length without the part."""
        now = self.now()
        if not self.is_mailbox:
            return now is None
        return now is not None and len(now) == len(self.data) and mailboxes.encode(PHOTO, "base64")[:60] not in now

    def vault(self) -> Vault:
        """Open the vault as the next command would."""
        return open_vault(choose(None))

    def records(self) -> int:
        """Count the records that exist."""
        vault = self.vault()
        return sum(
            is_published(vault, folder, record) for folder in patients(vault) for record in record_names(vault, folder)
        )

    def damage(self) -> list[Finding]:
        """List what `verify` finds that is damage."""
        return [finding for finding in verify(self.vault()) if finding.kind.is_damage]

    def pending(self) -> int:
        """Count the erasures that are begun and not finished."""
        return len(self.vault().station.pending())

    def trail(self) -> list[str]:
        """List the acts of this station's trail."""
        vault = self.vault()
        return [str(entry["act"]) for note in trail.walk(vault, vault.here.station) for entry in note.entries]

    def lost(self) -> Iterator[str]:
        """Yield what must never be: a damaged vault, or a source changed without a record and an end in sight."""
        yield from (f"verify finds {finding}" for finding in self.damage())
        if not self.is_untouched():
            if self.records() != 1:
                yield f"the source was touched, and {self.records()} records exist"
            if not self.is_erased() and not self.pending():
                yield "the source was touched, is not erased, and no note knows of it"

    def unfinished(self) -> Iterator[str]:
        """Yield what a finished job would not leave: the source, a note, no record or two, a trail without its end."""
        yield from self.lost()
        if not self.is_erased():
            yield "the photo is still in its source"
        if self.pending():
            yield "an erasure is pending"
        if self.records() != 1:
            yield f"{self.records()} records exist"
        if "erased" not in self.trail():
            yield "the trail does not say that the source was erased"
        if strays := [path.name for path in self.source.parent.iterdir() if path != self.source]:
            yield f"beside the source lies {strays}"


PHOTO: Final = photos.phone_jpeg(width=320, height=240)


def mailbox() -> bytes:
    """Make an mbox of three mails, the second with the photo."""
    mails = [
        mailboxes.mail(mailboxes.text("Before.\n" * 900), number=1, subject="prescription"),
        mailboxes.mail(mailboxes.text(), mailboxes.photo(PHOTO, kind="image/jpeg"), number=2),
        mailboxes.mail(mailboxes.text("After.\n" * 900), number=3, subject="thank you"),
    ]
    return mailboxes.mbox(mails)


def archive() -> bytes:
    """Make a zip archive of that mbox."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr(zipfile.ZipInfo("Inbox.mbox"), mailbox(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


SOURCES: Final = {"photo.jpg": PHOTO, "Inbox": mailbox(), "export.zip": archive()}


def make_world(practice: Practice, name: str, children: Children, aside: Path | None = None) -> World:
    """Furnish a practice's folder with one source; nothing was filed in it yet. What is no part of it goes aside."""
    folder = practice.folder.parent
    aside = aside or folder
    (folder / "sources").mkdir()
    (folder / "sources" / name).write_bytes(SOURCES[name])
    clean = aside / "clean"
    clean.mkdir()
    (aside / "home").mkdir()
    for part in ("vault", "state", "sources"):
        shutil.copytree(folder / part, clean / part)
    return World(folder, clean, folder / "sources" / name, name == "Inbox", children)


@contextmanager
def warm_children(folder: Path, template: Path) -> Iterator[Children]:
    """Start the children's parent, and let it file one photo by itself, so that everything is imported."""
    with Children() as children, pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(folder / "state"))
        world = make_world(copy_practice(template, folder, folder / "state"), "Inbox", children)
        assert children.run({**world.job(), "log": ""}) == 0
        patch.undo()
        yield children
