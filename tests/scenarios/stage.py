"""The stage of a scenario: files made from short recipes, a vault beside them, and the program as it is really run.

A recipe is a word and, behind a colon, its argument:

    photo               a telephone's JPEG, full of metadata      text:…      words; {digest:a}: a SHA-256
    photo png           a PNG likewise                            hex:…       these bytes
    cut:N               the JPEG's first N bytes                  empty       nothing
    giant:N             a JPEG, and zeros up to N bytes           folder      an empty folder
    bomb                a PNG of 900 million pixels in 400 kB     fifo        a named pipe
    mbox:a,b / eml:a    a mailbox whose mails have these photos   link:NAME   a symbolic link
    base64 broken       a mail whose photo's coding is broken
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import stat
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.processes import IMGFILE, Outcome, run
from kit.tools import tool

NUMBER: Final = "9434765870"
CHILD: Final = "9990000018"
ADULT: Final = {
    "patient": NUMBER,
    "dob": "3/3/71",
    "body-site": "left shoulder",
    "purpose": "diagnosis",
    "basis": "patient_capacity_16plus",
    "form": "verbal_telephone",
    "obtained-at": "20/11/2026",
    "rationale": "New pigmented lesion, triage for 2WW, patient 40 miles away",
}
"""Every answer to an adult's photo."""
CANARIES: Final = (NUMBER, "943 476 5870", CHILD, "999 000 0018", "3/3/71", "3 Mar 1971", "Traceback", *photos.CANARIES)
"""What no output may hold: identifiers, values of metadata, and a traceback."""
_CAPABILITIES: Final = "-dac_override,-dac_read_search"


def adult_flags(answers: Mapping[str, str] = ADULT) -> list[str]:
    """Spell answers as flags; the number is a synthetic one."""
    return ["--allow-test-id"] + [word for name, answer in answers.items() for word in (f"--{name}", answer)]


def make(path: Path, recipe: str) -> None:
    """Make one file of a scenario."""
    word, _, argument = recipe.partition(":")
    path.parent.mkdir(parents=True, exist_ok=True)
    match word:
        case "folder":
            path.mkdir(exist_ok=True)
        case "fifo":
            os.mkfifo(path)  # type: ignore[attr-defined,unused-ignore]
        case "link":
            path.symlink_to(argument)
        case "giant":
            with path.open("wb") as stream:
                stream.write(photos.phone_jpeg())
                stream.truncate(int(argument))
        case _:
            path.write_bytes(_bytes(word, argument))


def _bytes(word: str, argument: str) -> bytes:
    if word in _FIXED:
        return _FIXED[word]()
    match word:
        case "text":
            return filled(argument).encode()
        case "hex":
            return bytes.fromhex(argument)
        case "cut" | "cut png":
            return _FIXED["photo" + word.removeprefix("cut")]()[: int(argument)]
        case "eml":
            return _mail(1, argument)
    if word != "mbox":
        raise ValueError(word)
    return mailboxes.mbox([_mail(number, name) for number, name in enumerate(argument.split(","), 1)])


def filled(text: str) -> str:
    """Put in what is known of the photos that a text names: `{digest:a}`, `{size:a}`."""
    known = {"digest": lambda data: hashlib.sha256(data).hexdigest(), "size": lambda data: str(len(data))}
    return re.sub(r"\{(digest|size):(\w)\}", lambda match: known[match[1]](photo_called(match[2])), text)


def _broken_mail() -> bytes:
    coded = photo_part("photo").body
    return mailboxes.mbox([_mail(1, "photo").replace(coded, coded[:4001])])


def _bomb() -> bytes:
    side = 30_000
    header = photos.chunk(b"IHDR", side.to_bytes(4) + side.to_bytes(4) + bytes([8, 0, 0, 0, 0]))
    packer = zlib.compressobj(9)
    row = bytes(side + 1)
    pixels = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    return b"\x89PNG\r\n\x1a\n" + header + photos.chunk(b"IDAT", pixels) + photos.chunk(b"IEND", b"")


_FIXED: Final[Mapping[str, Callable[[], bytes]]] = {
    "empty": bytes,
    "photo": photos.phone_jpeg,
    "photo png": photos.png_with_metadata,
    "bomb": _bomb,
    "base64 broken": _broken_mail,
}


def _mail(number: int, holds: str) -> bytes:
    """Make a mail that holds a photo (`a`, `b`, … are different ones), the same in a signed message, or none."""
    subject = f"pic {number}"
    if holds == "none":
        return mailboxes.mail(mailboxes.text(), subject=subject, number=number)
    is_signed = holds.startswith("signed ")
    part = photo_part(holds.removeprefix("signed "))
    if not is_signed:
        return mailboxes.mail(mailboxes.text(), part, subject=subject, number=number)
    signature = mailboxes.Part(("Content-Type: application/pkcs7-signature; name=smime.p7s",), b"AAAA")
    whole = mailboxes.multipart([mailboxes.multipart([mailboxes.text(), part], boundary="inner"), signature], "signed")
    return mailboxes.message(whole, subject=subject, number=number).render()


def photo_part(name: str) -> mailboxes.Part:
    """Make the part with a photo that this name stands for, always the same."""
    return mailboxes.photo(photo_called(name), kind="image/jpeg", name="IMG_0042.jpg")


def photo_called(name: str) -> bytes:
    """Make a photo of noise, another one for each name."""
    noise = random.Random(name).randbytes(120 * 90 * 3)  # noqa: S311 - filler, no secret
    return photos.jpeg(Image.frombytes("RGB", (120, 90), noise), exif=photos.exif())


@dataclass(frozen=True)
class Stage:
    """A folder to work in, the vault and the state beside it, and what all of it held at first."""

    here: Path
    vault: Path
    state: Path

    def run(self, *argv: str | bytes, stdin: bytes = b"", env: Mapping[str, str | None] | None = None) -> Outcome:
        """Run imgfile in the folder, bound by permissions as everybody but root is."""
        return run([*bound(), *IMGFILE, *argv], stdin, env=self.environment | dict(env or {}), cwd=self.here)

    @property
    def environment(self) -> dict[str, str | None]:
        """What this stage passes to imgfile."""
        return {"IMGFILE_STATE": str(self.state), "HOME": str(self.here.parent), "TZ": "UTC"}

    def records(self) -> list[str]:
        """Name what is visible in the vault: a record exists when its manifest does."""
        return sorted(str(path.relative_to(self.vault)) for path in self.vault.rglob("manifest.note"))


def bound() -> list[str]:
    """Return what to put before a command so that permissions bind it although the tests run as root."""
    if os.geteuid():  # type: ignore[attr-defined,unused-ignore]
        return []
    return [tool("setpriv"), f"--bounding-set={_CAPABILITIES}", f"--inh-caps={_CAPABILITIES}"]


def snapshot(folder: Path) -> dict[str, str]:
    """Return what a folder holds: each name with its kind, permissions, and the digest of its bytes."""
    return {os.fsencode(path.relative_to(folder)).hex(): _kind(path) for path in sorted(folder.rglob("*"))}


def _kind(path: Path) -> str:
    facts = path.lstat()
    content = ""
    if stat.S_ISREG(facts.st_mode) and facts.st_size < 64 << 20:  # a sparse giant is known by its size
        mode = stat.S_IMODE(facts.st_mode)
        path.chmod(0o600)
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        path.chmod(mode)
    return f"{stat.filemode(facts.st_mode)} {facts.st_size if content else ''} {content}"


def leaks(outcome: Outcome) -> list[str]:
    """Return what an outcome's two streams hold and must not."""
    said = (outcome.stdout + outcome.stderr).decode("utf-8", "backslashreplace")
    return [canary for canary in CANARIES if canary in said]
