"""Freeze a vault whose records had a life: of everything that is added, moved, withdrawn, held, ended, one at least.

PYTHONPATH=tests python -m kit.vault.frozen_lives FOLDER    makes it, and beside it what must be found

Made once for each format, with classic keys, and never again once it was released: what today's imgfile wrote, every
later one must open. What is said of it is written here by hand, before it is made: `statements.txt` has a line for each
command, and below it what must be among its words.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from imgfile import sealing
from imgfile.acts.disclosure import view as viewing
from imgfile.acts.disclosure.entry import enter_viewed
from imgfile.acts.disclosure.open import admit, read_facts
from imgfile.acts.life import destroy
from imgfile.acts.life.withdraw import destroy_early
from imgfile.acts.practice import approve
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove
from imgfile.images.strip import strip
from imgfile.vault import layout
from imgfile.vault.life.history import load as load_history
from imgfile.vault.life.open import open_record
from imgfile.vault.records import find as records
from imgfile.vault.records import item as items
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role, Use
from imgfile.vault.trail import read as trail
from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import Argument, Outcome
from kit.vault.destroying import Two
from kit.vault.inbox import reject
from kit.vault.joining import account, administrator, ask, enrolled
from kit.vault.life_acts import BY_PHONE
from kit.vault.people import enrol_person
from kit.vault.practice import Practice, clinician_of, found_practice

STATEMENTS_FILE, EXPECTED_FILE, RECOVERY_FILE = "statements.txt", "expected.json", "recovery.txt"
PACKED = "vault.tar.xz"
TEMPORARY, TRACED, RIGHT = "9990000034", "9990000042", "9990000026"
NUMBERS: Final = {"rekeyed": TEMPORARY}
"""The number that each photo is filed for; else one person's."""
EVERYBODYS: Final = "9434765870"
UNATTENDED: Final = ("--keep-source", "--yes", "--no-input", "--json")
FORM: Final = b"%PDF-1.7\nI agree to teaching\n%%EOF\n"
LATER_FORM: Final = b"%PDF-1.7\nI agree to research\n%%EOF\n"
REASONS: Final = ("2WW clinic", "seen again in clinic", "two charts open", "number traced")
"""Why photos left and were looked at, and why they went elsewhere."""

STATEMENTS: Final = """\
imgfile verify --decrypt
: 12 records
: opened
: nothing is damaged

imgfile show {corrected}
: left knee
not: left shoulder

imgfile show {corrected} --history
: left shoulder
: left knee
: sides mixed up
: Seen face to face; settling
: Excised on Tuesday
: claim of 2026
: claim settled
: EMIS, 28 Nov
: Dr A. Example

imgfile consent show {corrected}
: research

imgfile consent show {formed}
: teaching

imgfile show {formed}
: signed form

imgfile consent show {stopped}
: withdr

imgfile show {stopped}
: left ankle

imgfile show {stopped} --history
: Dr L. Locum
: it is the ankle

imgfile show {kept} status 17
: wrong patient
: {kept_now}

imgfile show {ended} status 17
: wrong patient
: {ended_now}

imgfile show {rekeyed} status 17
: number changed
: {rekeyed_now}

imgfile show {withdrawn} status 17
: withdr

imgfile show {destroyed} status 17
: two persons destroyed it

imgfile show {kept_now}
: left forearm

imgfile show {accepted}
: left elbow

imgfile list --json
: {corrected}
: {kept_now}
: {ended_now}
: {rekeyed_now}
: {destroyed}
: {withdrawn}

imgfile inbox list --json
: {waiting}
not: {was_accepted}
not: {was_rejected}

imgfile destroy list --json
: {open_proposal}
: waiting
: destroyed

imgfile legal-hold list --json
: {kept}
: {kept_now}
not: {corrected}
"""


@dataclass
class Making:
    """A frozen vault under way: who sits where, and what each thing is called."""

    desk: Desk
    aside: Path
    named: dict[str, str] = field(default_factory=dict)
    """The references of records, items and proposals, by the name that the statements have for them."""
    stripped: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of each filed photo, by name."""

    @property
    def practice(self) -> Practice:
        """The practice, as the next command opens it."""
        return replace(self.desk.practice, vault=self.desk.practice.reopened())

    def photo(self, name: str) -> Path:
        """Save a small photo that is like no other."""
        width = 16 + 2 * len(self.stripped)
        data = photos.phone_jpeg(width=width, height=12)
        self.stripped[name] = hashlib.sha256(strip(photos.photo(data)).data).hexdigest()
        path = self.aside / f"{name}.jpg"
        path.write_bytes(data)
        return path

    def file(self, name: str, *more: Argument) -> str:
        """File a photo as people do; return its reference."""
        number = NUMBERS.get(name, EVERYBODYS)
        kept = UNATTENDED[name == "rekeyed" :]  # the source of one is erased
        done = self.desk.run("ingest", self.photo(name), *answers(number, *more), *kept)
        line = next(line for line in said(done) if line["type"] == "photo")
        self.named[name] = str(line["record"] if "record" in line else line["item"])
        return self.named[name]

    def do(self, *words: Argument, stdin: bytes | None = None) -> list[dict[str, object]]:
        """Run a command that needs no identity."""
        return said(self.desk.run(*words, "--no-input", "--json", stdin=stdin))

    def sign(self, *words: Argument, stdin: bytes | None = None) -> list[dict[str, object]]:
        """Run a command as the founder."""
        return self.do(*words, "--identity-file", self.desk.identity, stdin=stdin)

    def of(self, name: str) -> Manifest:
        """Return a record's manifest."""
        return records.find(self.practice.vault, self.named[name])


def said(done: Outcome) -> list[dict[str, object]]:
    """Return what a command said that ended well."""
    assert done.status == 0, done.words
    return ndjson(done)


def answers(number: str, *more: Argument, site: str = "left shoulder") -> list[Argument]:
    """Spell the answers of an ordinary photo of an adult as flags."""
    given = {
        "patient": number,
        **fresh(site),
        "form": "phone",
        "purpose": "diagnosis",
    }
    for flag, text in zip(more[::2], more[1::2], strict=True):
        given[str(flag).removeprefix("--")] = str(text)
    return ["--allow-test-id", *(word for name, text in given.items() for word in (f"--{name}", text))]


def fresh(site: str) -> dict[str, str]:
    """Return the answers but number, form and purpose."""
    return {
        "dob": "3/3/1971",
        "body-site": site,
        "basis": "patient_capacity_16plus",
        "obtained-by": "Dr A. Example",
        "obtained-at": f"{datetime.now(UTC).astimezone():%d/%m/%Y}",
        "rationale": "New pigmented lesion, triage for 2WW, patient 40 miles away",
    }


# --- the lives --------------------------------------------------------------------------------------------------


def corrected(making: Making) -> None:
    """One record with an addition of each kind that leaves it standing; looked at, exported, handed over, searched."""
    of = making.file("corrected")
    form = making.aside / "research.pdf"
    form.write_bytes(LATER_FORM)
    agreed = ("--purpose", "research", "--giver", "patient", "--form", "signed", "--asked-by", "Dr A. Example")
    today = fresh("")["obtained-at"]
    making.do("note", of, "--text", "Seen face to face; settling", "--by", "Dr A. Example")
    making.do("note", of, "--text", "Excised on Tuesday", "--outcome")
    making.sign("amend", of, "--body-site", "left knee", "--reason", "sides mixed up")
    making.sign("consent", "add", of, "--consent-document", form, *agreed, "--asked-on", today, "--anonymised")
    making.do("legal-hold", "add", of, "--reason", "claim of 2026, solicitor's letter")
    making.sign("legal-hold", "lift", of, "--reason", "claim settled, letter of May")
    making.do("handed", of, "--where", "EMIS, 28 Nov")
    why = ("--purpose", "referral_advice", "--reason", REASONS[0])
    making.sign("export", of, "-o", making.aside / "copy.jpg", *why)
    look(making, "corrected")
    making.sign("find", "--site", "knee")


def look(making: Making, name: str) -> None:
    """Look at a photo as `view` does: offered, and loaded."""
    vault, at = making.practice.vault, datetime.now(UTC)
    reader = admit(vault, [clinician_of(making.practice)])
    opened = read_facts(vault, making.of(name), reader)
    ready = [each for each in viewing.prepare(vault, [opened], reader) if isinstance(each, viewing.Ready)]
    viewing.view(vault, ready, reader, reason=REASONS[1], at=at)
    enter_viewed(vault, [opened], reader, at=at)


def consented(making: Making) -> None:
    """One that was filed with a signed form, and one whose use was stopped."""
    form = making.aside / "teaching.pdf"
    form.write_bytes(FORM)
    making.file("formed", "--form", "signed", "--purpose", "teaching_internal", "--consent-document", form)
    of = making.file("stopped")
    making.do("consent", "withdraw", of, "--giver", "patient", "--form", "phone", "--no-concern", "--keep")


def moved(making: Making) -> None:
    """Two that moved under a hold, of which one keeps its keys and one is to be ended; one whose number changed."""
    for name in ("kept", "ended"):
        of = making.file(name)
        making.do("legal-hold", "add", of, "--reason", "claim of May")
        given = {**fresh("left forearm"), "dob": "3/3/1951", "form": "phone", "purpose": "diagnosis"}
        words = [word for slug, text in given.items() for word in (f"--{slug}", text)]
        why = ("--reason", REASONS[2], "--yes", "--allow-test-id")
        (line,) = making.sign("move", of, "--patient", "-", *words, *why, stdin=f"{RIGHT}\n".encode())
        making.named[f"{name}_now"] = str(line["now"])
    making.sign("legal-hold", "lift", making.named["ended"], "--reason", "claim settled")
    making.file("rekeyed")
    numbers = f"{TEMPORARY}\n{TRACED}\n".encode()
    why = ("--reason", REASONS[3], "--yes", "--allow-test-id")
    making.sign("rekey", "--patient", "-", *why, stdin=numbers)
    gone = load_history(making.practice.vault, making.of("rekeyed")).gone
    assert gone is not None
    assert gone.to is not None
    making.named["rekeyed_now"] = layout.reference(gone.to[1])


def destroyed(making: Making, two: Two) -> None:
    """One that one person destroyed the same day, one that two did, what a moved one kept; and an open proposal."""
    making.file("withdrawn")
    vault = making.practice.vault
    opened = open_record(vault, making.of("withdrawn"), two.founder.practice)
    destroy_early(vault, opened, BY_PHONE, two.founder, at=datetime.now(UTC))
    making.do("note", making.file("destroyed"), "--text", "Not needed after all")
    look(making, "destroyed")
    for name in ("destroyed", "ended"):
        (line,) = making.sign("destroy", "propose", making.named[name], "--reason", "kept by mistake")
        vault = making.practice.vault
        pending = destroy.find(destroy.waiting(vault), str(line["proposal"]))
        destroy.approve(vault, pending, two.second, at=datetime.now(UTC))
    (line,) = making.sign("destroy", "propose", making.named["formed"], "--reason", "filed twice over")
    making.named["open_proposal"] = str(line["proposal"])


def inbox(making: Making, front: Desk, two: Two) -> None:
    """One that waits, one that was accepted, one that was rejected; from a computer that names no patients."""
    waiting = set[str]()
    for name in ("waiting", "was_accepted", "was_rejected"):
        words = answers(EVERYBODYS, site="left elbow")
        said(front.run("ingest", "--inbox", making.photo(name), *words, *UNATTENDED))
        (new,) = {str(line["item"]) for line in said(making.desk.run("inbox", "list", "--json"))} - waiting
        making.named[name] = new
        waiting.add(new)
    (line,) = making.sign("inbox", "accept", making.named["was_accepted"], "--yes")
    making.named["accepted"] = str(line["record"])
    vault = making.practice.vault
    reject(vault, items.find(vault, making.named["was_rejected"]), two.founder, at=datetime.now(UTC))


def by_somebody_who_left(making: Making, two: Two) -> None:
    """One that a clinician amended who is in the roster no more; who signed the destructions too."""
    identity = making.aside / "locum.txt"
    identity.write_bytes(sealing.render_identity_file(two.senior.identity))
    why = ("--reason", "it is the ankle", "--identity-file", identity)
    making.do("amend", making.named["stopped"], "--body-site", "left ankle", *why)
    vault = making.practice.vault
    leaver = vault.roster.person(two.senior.holder)
    assert leaver is not None
    remove(vault, admit_administrator(vault, [clinician_of(making.practice)]), Leaver(leaver), at=datetime.now(UTC))


def a_front_desk(making: Making, state: Path) -> Desk:
    """Let in a computer without the key that names patients."""
    with account(state):
        asked = ask(making.practice, use=Use.RECEPTION, name="FRONT")
    by = administrator(making.practice)
    approve.approve(making.practice.vault, asked.request, None, by, at=datetime.now(UTC), into_inbox=True)
    with account(state):
        vault = enrolled(asked)
    return replace(making.desk, practice=replace(making.desk.practice, vault=vault), state=state)


# --- what is kept -----------------------------------------------------------------------------------------------


def make(folder: Path, aside: Path) -> None:
    """Make the vault in a folder, and beside it what must be found."""
    os.environ["IMGFILE_STATE"] = str(aside / "state")
    os.environ["XDG_CONFIG_HOME"] = str(aside / "config")
    practice = found_practice(folder)
    identity = aside / "clinician.txt"
    identity.write_bytes(sealing.render_identity_file(clinician_of(practice)))
    making = Making(Desk(practice, aside / "state", identity), aside)
    corrected(making)
    consented(making)
    moved(making)
    roles = (Role.CLINICIAN, Role.SENIOR_CLINICIAN)
    two = Two(*enrol_person(making.practice, "Dr L. Locum", "GMC 7222222", *roles))
    destroyed(making, two)
    by_somebody_who_left(making, two)
    inbox(making, a_front_desk(making, aside / "front"), two.reopened())
    (folder / STATEMENTS_FILE).write_text(STATEMENTS.format(**making.named), encoding="utf-8")
    text = json.dumps(expected(making), indent=2, sort_keys=True)
    (folder / EXPECTED_FILE).write_text(f"{text}\n", encoding="utf-8")
    pack(folder)


def pack(folder: Path) -> None:
    """Pack the vault into one file: most of it is signatures, which take a quarter less room so."""
    with tarfile.open(folder / PACKED, "w:xz") as packed:
        packed.add(folder / "vault", "vault")
    shutil.rmtree(folder / "vault")


def expected(making: Making) -> dict[str, object]:
    """Return what the vault is, what each thing in it is called, and what each computer's trail tells."""
    vault = making.practice.vault
    return {
        "vault": vault.id,
        "fingerprint": vault.station.pin.first_digest,
        "roster": vault.roster.number,
        "named": making.named,
        "photos": making.stripped,
        "acts": {
            entry.name: [each["act"] for note in trail.walk(vault, entry.station) for each in note.entries]
            for entry in vault.roster.stations
        },
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(sys.argv[1])
        made.mkdir()
        make(made, Path(temporary))
