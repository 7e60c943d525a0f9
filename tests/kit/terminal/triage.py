"""A triage mailbox of some days, and scans of it: photos, a logo in each mail, something cut short or encrypted."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.desk import ndjson
from kit.terminal.processes import Argument, Outcome, imgfile

LOGO = photos.png(photos.pixels(90, 30))
ATTACK = "=1+1 \x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}rash"
ANSWERS = {
    "patient": "943 476 5870", "dob": "03/03/1971", "body_site": "left shoulder", "purpose": "diagnosis",
    "basis": "patient_capacity_16plus", "form": "phone", "obtained_at": "20/11/2026",
    "rationale": "New pigmented lesion, triage for 2WW",
}  # fmt: skip


def shot(number: int) -> bytes:
    """Make a photo of a telephone's, taken before the first of the mails was sent; another one for each number."""
    made = photos.phone_jpeg(width=200 + number, height=150)
    return made.replace(b"2026:11:21", b"2026:11:11").replace(b"2026-11-21", b"2026-11-11")


def mail(number: int, *parts: mailboxes.Part, subject: str = "", sender: str = "parent@example.org") -> bytes:
    """Make a mail of the day with this number of November 2026."""
    made = mailboxes.mail(mailboxes.text(), *parts, subject=subject or f"pic {number}", number=number)
    dated = made.replace(b"Date: Sat, 21 Nov 2026", f"Date: {number} Nov 2026".encode())
    return dated.replace(b"A Parent <parent@example.org>", f"<{sender}>".encode())


def photo(data: bytes) -> mailboxes.Part:
    """Attach a photo."""
    return mailboxes.photo(data, kind="image/jpeg", name="IMG_0042.jpg")


def fill(folder: Path) -> None:
    """Put `triage.mbox` into a folder."""
    logo = mailboxes.photo(LOGO, content_id="logo", disposition="inline")
    sealed = mailboxes.Part(("Content-Type: application/pkcs7-mime; smime-type=enveloped-data",), b"AAAA")
    mails = [
        mail(11, photo(shot(1)), logo),
        mail(12, photo(shot(2)), logo, sender="granny@example.net"),
        mail(13, photo(shot(3)), logo, subject=ATTACK),
        mail(14, photo(shot(4)), logo, photo(photos.jpeg()[:-100])),
        mail(15, sealed),
    ]
    (folder / "triage.mbox").write_bytes(mailboxes.mbox(mails))


def scan(folder: Path, *words: Argument, env: dict[str, str | None] | None = None) -> Outcome:
    """Scan in a folder, without a terminal."""
    return imgfile("scan", *words, cwd=folder, env={"TZ": "UTC"} | (env or {}))


def photo_lines(outcome: Outcome) -> list[dict[str, Any]]:
    """Return what NDJSON tells of photos."""
    return [line for line in ndjson(outcome) if line["type"] == "photo"]


def rows_in(path: Path) -> list[dict[str, str]]:
    """Read a table that a scan wrote."""
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
