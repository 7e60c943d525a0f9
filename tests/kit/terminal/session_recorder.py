"""Record the sessions that README.md and docs/tutorial.md show: real programs, at a real pseudo-terminal.

    PYTHONPATH=tests python -m kit.terminal.session_recorder      writes those anew that are stale

A session stands in a page between `<!-- recorded: name -->` and the end of the fenced block below it. The desk that
they are recorded at is a temporary folder; its path is shown as `/home/gp`. `settled` replaces what no two
recordings share, so that a test can tell when a page shows what imgfile no longer says.
"""

from __future__ import annotations

import csv
import io
import random
import re
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from PIL import Image

from imgfile.acts.demonstration.mailbox import mailbox_with
from imgfile.acts.demonstration.photo import telling_photo
from imgfile.errors import BatchIncomplete
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.processes import IMGFILE, TIMEOUT_SECONDS, Session, as_text
from kit.tools import REPOSITORY

HOME: Final = "/home/gp"
BLOCK: Final = re.compile(r"<!-- recorded: (?P<name>[a-z-]+) -->\n```console\n(?P<text>.*?)```\n", re.DOTALL)
_SHELL: Final = ("sh", "-c")
_PASSPHRASE: Final = "harbour-velvet-onion-quartz-tunnel-maple"
_WIDE_COLUMNS: Final = "160"  # no line of a page hangs on how long a temporary folder's path is

_VOLATILE: Final = (
    (re.compile(r"(?<=Fingerprint: )[a-z]+( [a-z]+){3} / [a-z]+( [a-z]+){3}"), "WORDS"),
    (re.compile(r"\b[0-9a-z]{4}-[0-9a-z]{4}\b"), "REFERENCE"),
    (re.compile(r"(?<=imgfile (?:view|show) )[0-9a-z]{4}\b"), "REFE"),
    (re.compile(r"\b[0-9a-f]{32,64}\b"), "ID"),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?=\d)"), ""),
    (re.compile(r"\b\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}( \d\d:\d\d)?"), "DATE"),
    (re.compile(r"\b\d{1,2}/\d{1,2}/\d{4}\b"), "DATE"),
    (re.compile(r"\d{4}-\d\d-\d\dT[0-9:]+([+-][0-9:]+|Z)?"), "MOMENT"),
    (re.compile(r"(?<=: )(overwritten|no longer readable|but another copy).*?\(E\d\)"), "EVIDENCE"),
    (re.compile(r"\bE[0-3]\b"), "EVIDENCE"),
    (re.compile(r"^Out of reach: .*\n", re.MULTILINE), ""),
    (re.compile(r"(?<=sha256 )[0-9a-f]{8}\b"), "ID"),
    (re.compile(r"(?<=, )\d+ kB$", re.MULTILINE), "SIZE"),
    (re.compile(r"(?<=filed)( +REFERENCE +)(device|reopened)\b"), r"\1REACHED"),
    (re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d"), "MOMENT"),
    (re.compile(r"\b\d+ years\b"), "AGE"),
    (re.compile(r"http://127\.0\.0\.1:\d+/\S+"), "ADDRESS"),
    (re.compile(r"[ \t]+"), " "),
)


_CLEARED: Final = tuple(
    map(re.compile, (r"\x1b\[\?25l", r"[^\n]*\r\n\x1b\[\?25h\r\x1b\[1A\x1b\[2K", r"[^\n]*\r\x1b\[2K"))
)
"""What a bar writes: the cursor hidden; its last line, cleared when it ends; a line, cleared to be written again."""


def without_bars(raw: bytes) -> str:
    """Return what a terminal received, but for the lines that were cleared again: bars, where a machine is slow.

    What was said above a bar while it stood there stays.
    """
    text = raw.decode()
    for each in _CLEARED:
        text = each.sub("", text)
    return text


def settled(text: str) -> str:
    """Replace references, dates, fingerprints, addresses and what the disk decides; fold runs of spaces."""
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return text


@dataclass
class Desk:
    """A desk with a home folder, where commands are typed and answered, and everything seen is kept."""

    home: Path
    seen: str = field(default="", repr=False)

    def type(self, command: str, *answers: tuple[str, str], status: int = 0) -> str:
        """Run one command line as a shell would, answer its questions, and return what the screen showed."""
        argv = [*_SHELL, command.replace("imgfile ", " ".join(IMGFILE) + " ", 1)]
        with Session(argv, env=self._environment(), cwd=self.home) as session:
            for question, typed in answers:
                _answer(session, question, typed)
            ended = session.finish()
        assert ended.status == status, session.screen
        return self._keep(command, session)

    def look(self, command: str) -> None:
        """Run `view`, and load its page as a browser would."""
        argv = [*_SHELL, command.replace("imgfile ", " ".join(IMGFILE) + " ", 1)]
        with Session(argv, env=self._environment(), cwd=self.home) as session:
            _answer(session, "Passphrase", _PASSPHRASE)
            _answer(session, "Why", "")
            session.expect("http://")
            address = "http://" + session.expect("\n").strip()
            with urllib.request.urlopen(address) as page:
                assert b"<img" in page.read()
            assert session.finish().status == 0, session.screen
        self._keep(command, session)

    def take(self) -> str:
        """Return what was seen since the last time."""
        seen, self.seen = self.seen.rstrip("\n") + "\n", ""
        return seen

    def _keep(self, command: str, session: Session) -> str:
        shown = as_text(without_bars(session.raw)).replace(str(self.home), HOME)
        self.seen += f"$ {command}\n" + "".join(f"{line.rstrip()}\n" for line in shown.splitlines()) + "\n"
        return shown

    def _environment(self) -> dict[str, str | None]:
        place = {f"XDG_{kind}_HOME": None for kind in ("CACHE", "CONFIG", "DATA", "STATE")}
        return {
            **place,
            "HOME": str(self.home),
            "NO_COLOR": "1",
            "COLUMNS": _WIDE_COLUMNS,
            "BROWSER": None,
            "DISPLAY": None,
            "WAYLAND_DISPLAY": None,
            "TZ": "UTC",
        }


def _answer(session: Session, question: str, typed: str) -> None:
    """Type an answer once the question stands complete: what is typed sooner would be echoed twice."""
    session.expect(question)
    while not session.screen.endswith(("> ", ": ")):
        assert session._receive(TIMEOUT_SECONDS), session.screen
    session.send(typed + "\r")


# --- the sessions ---------------------------------------------------------------------------------------

_RATIONALE: Final = "Worse despite usual care; video failed, family isolating; told mother why; compare in a week"
_ATTESTED: Final = "1 2 3 4 5 6 7"
_ADULT: Final = {
    "patient": "943 476 5870", "dob": "03/03/1971", "body_site": "left forearm", "purpose": "diagnosis",
    "basis": "patient_capacity_16plus", "form": "phone", "obtained_at": "20/11/2026",
    "rationale": "New lesion, patient far away; face to face if it grows",
}  # fmt: skip


def first_day(desk: Desk) -> Iterator[tuple[str, str]]:
    """Yield every session by its name, in the order of a first day."""
    moment = datetime.now().astimezone() - timedelta(hours=3)
    photo = telling_photo(moment.replace(tzinfo=None) - timedelta(hours=1))
    (desk.home / "mole.jpg").write_bytes(telling_photo(moment.replace(tzinfo=None) - timedelta(days=1)))
    (desk.home / "Inbox").write_bytes(mailbox_with(photo, moment).data.replace(b"her arm", b"her rash"))
    born = f"{moment - timedelta(days=430):%d/%m/%Y}"

    desk.type(
        "imgfile init --station-name RECEPTION-3",
        ("Vault folder", "clinical-photos"),
        ("Nation", "1"),
        ("under-18s", "1"),
        ("Your name", "Dr A. Example, GMC 7654321"),
        ("Passphrase", _PASSPHRASE),
        ("Once more", _PASSPHRASE),
        ("Write it to", "recovery.txt"),
    )
    yield "init", desk.take()
    desk.type("imgfile inspect --values mole.jpg")
    yield "inspect", desk.take()
    desk.type(
        "imgfile ingest mole.jpg --allow-test-id",
        ("Patient number", "943 476 5870"),
        ("Date of birth", "3/3/71"),
        ("Body site", "left shoulder"),
        ("Purpose", ""),
        ("Consent basis", "1"),
        ("agree", "phone"),
        ("Asked by", ""),
        ("Rationale", "New pigmented lesion, triage for 2WW, patient 40 miles away"),
        ("File it?", "y"),
    )
    yield "adult", desk.take()
    shown = desk.type(
        "imgfile ingest Inbox --allow-test-id",
        ("Patient number", "999 000 0018"),
        ("Date of birth", born),
        ("Body site", "nappy area"),
        ("Intimate?", ""),
        ("Purpose", ""),
        ("Consent basis", "1"),
        ("Who agreed", "mother phone"),
        ("Asked by", ""),
        ("Rationale", _RATIONALE),
        ("Intimate photo of a child", _ATTESTED),
        ("Last four digits", "0018"),
    )
    yield "child", desk.take()
    found = re.search(r"Filed ([0-9a-z]{4}-[0-9a-z]{4})", shown)
    assert found, shown
    desk.type("imgfile list")
    desk.type(f"imgfile show {found[1][:4]}", ("Passphrase", _PASSPHRASE))
    yield "look", desk.take()
    desk.look(f"imgfile view {found[1][:4]}")
    yield "view", desk.take()
    desk.type("imgfile verify")
    desk.type("imgfile audit")
    yield "check", desk.take()
    desk.type("imgfile verify --decrypt --identity-file recovery.txt")
    yield "restore", desk.take()
    yield from _batch(desk)


def _batch(desk: Desk) -> Iterator[tuple[str, str]]:
    """Yield the sessions of an admin who files what a mailbox holds by a table."""
    logo = mailboxes.photo(photos.png(photos.pixels(90, 30)), content_id="logo", disposition="inline")
    shots = [mailboxes.photo(_shot(number)) for number in range(3)]
    subjects = ("mole", "rash on my arm", "hand, as you asked")
    mails = [
        mailboxes.mail(mailboxes.text(), shot, logo, subject=subject, number=number)
        for number, (shot, subject) in enumerate(zip(shots, subjects, strict=True), 1)
    ]
    (desk.home / "triage.mbox").write_bytes(mailboxes.mbox(mails))
    desk.type("imgfile scan triage.mbox")
    yield "scan", desk.take()
    desk.type("imgfile scan triage.mbox --table triage.csv")
    yield "table", desk.take()
    _complete(desk.home / "triage.csv", {"rash on my arm": "943 476 5871"})
    desk.type("imgfile ingest --table triage.csv --dry-run --allow-test-id", status=BatchIncomplete.exit_code)
    yield "try", desk.take()
    desk.type("imgfile ingest --table triage.csv --yes --allow-test-id", status=BatchIncomplete.exit_code)
    desk.type("imgfile scan triage.mbox --filed")
    yield "batch", desk.take()


def _shot(number: int) -> bytes:
    """Make a photo of coloured clouds, another one for each number and the same in every recording."""
    noise = random.Random(number).randbytes(32 * 24 * 3)  # noqa: S311 - filler, no secret
    picture = Image.frombytes("RGB", (32, 24), noise).resize((640, 480), Image.Resampling.BICUBIC)
    return photos.jpeg(picture, exif=photos.exif())


def _complete(path: Path, mistyped: Mapping[str, str]) -> None:
    """Answer for every photo that is not skipped, as somebody would in a spreadsheet."""
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    for row in rows:
        if not row["action"]:
            row.update(_ADULT, action="file", patient=mistyped.get(row["subject"], _ADULT["patient"]))
    page = io.StringIO(newline="")
    writer = csv.DictWriter(page, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(page.getvalue().encode("utf-8-sig"))


@contextmanager
def a_desk() -> Iterator[Desk]:
    """Give a desk in a new folder, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="desk-") as folder:
        yield Desk(Path(folder).resolve())


def pages() -> list[Path]:
    """Return the pages that may show sessions."""
    return [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def filled(page: str, sessions: dict[str, str]) -> str:
    """Return a page with those of its sessions exchanged that are stale."""

    def fresh(block: re.Match[str]) -> str:
        said = sessions[block["name"]]
        if settled(said) == settled(block["text"]):
            return block[0]
        return f"<!-- recorded: {block['name']} -->\n```console\n{said}```\n"

    return BLOCK.sub(fresh, page)


def main() -> None:
    """Record, and write the pages."""
    with a_desk() as desk:
        sessions = dict(first_day(desk))
    for path in pages():
        before = path.read_text(encoding="utf-8")
        after = filled(before, sessions)
        if after != before:
            path.write_text(after, encoding="utf-8")
            sys.stderr.write(f"{path.relative_to(REPOSITORY)}\n")


if __name__ == "__main__":
    main()
