"""Mailboxes: how fast imgfile finds the photos beside what else can, and what taking one out costs in a large one.

    python tests/benchmarks/one_mailbox.py [--megabytes 670] [--rounds 3] [--character mixed] [--folder DIR]
    python tests/benchmarks/one_mailbox.py removal [--megabytes 2000] [--folder DIR]

The mailboxes are made here, of three characters (see tests/kit/mail/practice_mailboxes.py). In each round every
contender searches the same file, one after the other, as a process of its own; processor time is what counts, for that
is what a busy machine leaves alone. Python's own parsers decode every leaf and look at its first bytes, which is what
it takes to find as many photos; a contender that is not installed is left out. Nothing here passes or fails: see
docs/explanation/speed.md.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for what tests share

_PICTURE: Final = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF.{4}WEBP", re.DOTALL)
_MESSAGE: Final = re.compile(rb"^From [^\n]*\n(?=[!-9;-~]+:)", re.MULTILINE)
_SMALL: Final = "small.mbox"
"""A mailbox of one message that every contender searches first, so that no start is measured."""
_MU_MAILS: Final = 200
"""`mu` takes one process a mail: so many of them tell enough."""


# --- contenders: each searches a mailbox and returns how many images it found ---


def imgfile_scan(path: Path) -> int:
    """Find every photo and where it lies."""
    from imgfile.mail.mailbox import open_export  # noqa: PLC0415 - a contender loads only what it needs

    with open_export(path) as export:
        return sum(1 for _ in export.attachments())


def imgfile_decode(path: Path) -> int:
    """Find every photo and decode it."""
    from imgfile.mail.mailbox import open_export  # noqa: PLC0415 - the same

    with open_export(path) as export:
        return sum(1 for photo in export.attachments() if photo.decode())


def _standard_library(path: Path, policy_name: str) -> int:
    import email.policy  # noqa: PLC0415 - the same
    import mailbox  # noqa: PLC0415 - the same
    from email.parser import BytesParser  # noqa: PLC0415 - the same

    parser = BytesParser(policy=getattr(email.policy, policy_name))
    box, found = mailbox.mbox(path, create=False), 0
    for key in box.iterkeys():
        for part in parser.parse(box.get_file(key)).walk():  # type: ignore[arg-type] # a file in all but name
            data = None if part.is_multipart() else part.get_payload(decode=True)
            found += isinstance(data, bytes) and _PICTURE.match(data) is not None
    return found


def compat32(path: Path) -> int:
    """Python's mailbox and email, with the policy that is quicker."""
    return _standard_library(path, "compat32")


def policy_default(path: Path) -> int:
    """Python's mailbox and email, with the policy that its manual recommends."""
    return _standard_library(path, "default")


def fast_mail_parser(path: Path) -> int:
    """Give one message after another to a parser in Rust."""
    import fast_mail_parser as library  # noqa: PLC0415 - the same

    found = 0
    for message in _messages(path.read_bytes()):
        try:
            attachments = library.parse_email(message).attachments
        except library.ParseError:
            continue
        found += sum(_PICTURE.match(bytes(attachment.content)) is not None for attachment in attachments)
    return found


def ripmime(path: Path) -> int:
    """Unpack a whole mailbox."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["ripmime", "--mailbox", "-i", path, "-d", folder], check=False, capture_output=True)
        return _pictures_in(Path(folder))


def munpack(path: Path) -> int:
    """Unpack mails, each a file of its own."""
    return _one_by_one(path, lambda folder, mails: ["munpack", "-q", "-C", str(folder), *mails], at_once=500)


def mu(path: Path) -> int:
    """Unpack mails, each a file and a process of its own."""
    return _one_by_one(path, lambda folder, mails: ["mu", "extract", "-a", f"--target-dir={folder}", *mails], at_once=1)


def _one_by_one(path: Path, command: Callable[[Path, list[str]], list[str]], *, at_once: int) -> int:
    mails = sorted(str(mail) for mail in _split(path).iterdir())
    found = 0
    for start in range(0, len(mails) if at_once > 1 else min(_MU_MAILS, len(mails)), at_once):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                command(Path(folder), mails[start : start + at_once]), check=False, capture_output=True, cwd=folder
            )
            found += _pictures_in(Path(folder))
    return found


def _pictures_in(folder: Path) -> int:
    def head(path: Path) -> bytes:
        with path.open("rb") as file:
            return file.read(16)

    return sum(_PICTURE.match(head(path)) is not None for path in folder.rglob("*") if path.is_file())


def _messages(data: bytes) -> Iterator[bytes]:
    starts = list(_MESSAGE.finditer(data))
    for match, following in zip(starts, [*starts[1:], None], strict=True):
        yield data[match.end() : following.start() if following else len(data)]


def _split(path: Path) -> Path:
    return path.with_suffix(".mails")


CONTENDERS: Final[dict[str, Callable[[Path], int]]] = {
    function.__name__: function
    for function in (
        imgfile_scan,
        imgfile_decode,
        compat32,
        policy_default,
        fast_mail_parser,
        ripmime,
        munpack,
        mu,
    )
}
_CHARACTERS: Final = ("text-heavy", "mixed", "photo-heavy")
_PROGRAMS: Final = ("ripmime", "munpack", "mu")


# --- finding ---


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    mebibytes: int
    images: int
    bytes_read: int


def measured(name: str, path: Path) -> Run:
    """Run one contender as a process; its time is the processor's, without the interpreter's start."""
    command = [sys.executable, __file__, "contend", name, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, mebibytes, images, bytes_read = done.stdout.split()
    return Run(float(seconds), int(mebibytes), int(images), int(bytes_read))


def contend(name: str, path: Path) -> None:
    """Be a contender: print seconds, memory, images."""
    CONTENDERS[name](path.with_name(_SMALL))  # what is imported is imported
    began = _processor_seconds()
    images = CONTENDERS[name](path)
    seconds = _processor_seconds() - began
    size = path.stat().st_size
    if name == "mu":
        mails = sorted(_split(path).iterdir())[:_MU_MAILS]
        size = sum(mail.stat().st_size for mail in mails)
    print(seconds, _peak_mebibytes(name), images, size)


def _peak_mebibytes(name: str) -> int:
    """Return the most memory that the contender had; what a process was forked from does not count."""
    if name in _PROGRAMS and sys.platform != "win32":
        import resource  # noqa: PLC0415 - not everywhere

        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) >> 10


def _processor_seconds() -> float:
    return sum(os.times()[:4])


def is_installed(name: str) -> bool:
    """Return whether a contender can run here."""
    if name == "fast_mail_parser":
        return (
            subprocess.run([sys.executable, "-c", f"import {name}"], check=False, capture_output=True).returncode == 0
        )
    return name not in _PROGRAMS or shutil.which(name) is not None


def compare(path: Path, rounds: int) -> None:
    """Let all contenders search one mailbox, and print medians and ratios."""
    contenders = [name for name in CONTENDERS if is_installed(name)]
    runs = {name: [measured(name, path) for _ in range(0)] for name in contenders}
    for _ in range(rounds):
        for name in contenders:
            runs[name].append(measured(name, path))
    speeds = {name: statistics.median(run.bytes_read / run.seconds for run in some) for name, some in runs.items()}
    print(f"  {'':18}{'MB/s':>8}{'images':>8}{'MiB':>7}   imgfile_scan is faster by")
    for name, some in runs.items():
        ratio = "" if name == "imgfile_scan" else f"{speeds['imgfile_scan'] / speeds[name]:9.1f}"
        memory = max(run.mebibytes for run in some)
        print(f"  {name:18}{speeds[name] / 1e6:8.1f}{some[0].images:8}{memory:7}{ratio}")


def find(folder: Path, character: str, megabytes: int, rounds: int) -> None:
    """Make a mailbox and compare on it."""
    write(folder / _SMALL, character, 1)
    path = folder / f"{character}.mbox"
    count = write(path, character, megabytes * 1_000_000)
    print(f"{character}: {path.stat().st_size / 1e6:.0f} MB, {count:,} messages; medians of {rounds} rounds")
    compare(path, rounds)
    path.unlink()
    shutil.rmtree(_split(path))


def write(path: Path, character: str, size: int) -> int:
    """Make a mailbox, and a folder of its mails; return how many there are."""
    from kit.mail.practice_mailboxes import write_mailbox  # noqa: PLC0415 - no contender shall carry it in its memory

    shutil.rmtree(_split(path), ignore_errors=True)
    _split(path).mkdir()
    write_mailbox(path, character, size)
    count = 0
    for count, message in enumerate(_messages(path.read_bytes()), 1):
        (_split(path) / f"{count:06}.eml").write_bytes(message)
    return count


# --- taking one out ---


def take_out_of(folder: Path, sizes: tuple[int, ...], rounds: int) -> None:
    """Take the last photo out of mailboxes of several sizes: planned, overwritten, synced, verified."""
    from kit.mail.practice_mailboxes import single_photos, write_mailbox  # noqa: PLC0415 - the same

    spent: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
    paths = {size: folder / f"{size}.mbox" for size in sizes}
    photos = list(single_photos(rounds + 1))
    for size, path in paths.items():
        write_mailbox(path, "mixed", size * 1_000_000 - sum(map(len, photos)))
        with path.open("ab") as file:
            file.writelines(photos)
    for number in range(rounds + 1):
        for size, path in paths.items():
            spent[size].append(take_out(path, number, folder))
    print(f"one photo of {len(photos[0]) / 1e6:.1f} MB; medians of {rounds} rounds after a first")
    medians = {
        size: [statistics.median(column) for column in zip(*some[1:], strict=True)] for size, some in spent.items()
    }
    for size, (removal, residue) in medians.items():
        ratio = removal / medians[sizes[0]][0]
        print(
            f"  {size:6} MB: out in {removal * 1000:6.1f} ms, {ratio:.2f} of the first;"
            f" copies sought in {residue:.2f} s"
        )


def take_out(path: Path, number: int, folder: Path) -> tuple[float, float]:
    """Take one photo out; return the seconds that took, and those of looking for further copies afterwards."""
    from imgfile.erase.region import erase_region  # noqa: PLC0415 - the same
    from imgfile.mail.mailbox import open_export  # noqa: PLC0415 - the same
    from imgfile.mail.removal.plan import plan_removal  # noqa: PLC0415 - the same
    from imgfile.mail.removal.residue import find_residue  # noqa: PLC0415 - the same
    from imgfile.mail.removal.traces import choose_traces  # noqa: PLC0415 - the same
    from kit.vault.erasure import Notes, release  # noqa: PLC0415 - only this needs them

    notes = Notes(folder / "notes")
    notes.folder.mkdir(exist_ok=True)
    with open_export(path) as export:
        photos = [one for one in export.attachments() if one.message.subject == f"benchmark {number}"]
        (photo,) = photos
        began = time.perf_counter()
        traces = choose_traces(export, photo)
        data = photo.decode()
        removal = plan_removal(export, photo, reference="7f3k-q2ma", removed_on=date(2026, 11, 22))
        erase_region(release(data), path, export.identity, removal, pending=notes)
        removed = time.perf_counter()
        find_residue(export, [traces] if traces else [])
        return removed - began, time.perf_counter() - removed


def main() -> None:
    """Run and print."""
    if sys.argv[1:2] == ["contend"]:
        contend(sys.argv[2], Path(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="?", choices=("find", "removal"), default="find")
    parser.add_argument("--megabytes", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--character", choices=_CHARACTERS, action="append")
    parser.add_argument("--folder", default=os.environ.get("BENCHMARK_FOLDER"))
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="imgfile-benchmark-", dir=wanted.folder))
    try:
        if wanted.what == "removal":
            take_out_of(folder, (100, wanted.megabytes or 2000), wanted.rounds)
        for character in (wanted.character or _CHARACTERS) if wanted.what == "find" else ():
            find(folder, character, wanted.megabytes or 670, wanted.rounds)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
