"""What must be true once the photo is filed, established without imgfile's own reading code."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

from imgfile.acts.demonstration.mailbox import Mailbox
from imgfile.errors import Error

_AGE_SECONDS: Final = 30
_CODED_LINE: Final = 76


def is_same_outside(before: Mailbox, after: bytes) -> bool:
    """Return whether every byte outside the photo's own part is what it was, where it was."""
    start, end = before.part.start, before.part.stop
    return len(after) == len(before.data) and after[:start] == before.data[:start] and after[end:] == before.data[end:]


def count_lines_left(before: Mailbox, after: bytes) -> int:
    """Count the lines of the coded photo that still stand anywhere in the mailbox."""
    part = before.data[before.part.start : before.part.stop]
    return sum(line in after for line in part.splitlines() if len(line) == _CODED_LINE)


def age_program() -> str | None:
    """Return where the stock `age` program is, if it is installed."""
    return shutil.which("age")


def open_with_age(age: str, vault: Path, recovery_file: Path) -> bytes:
    """Walk from the recovery key to the vault's only photo with nothing but `age`. Raises `Error`.

    No opened key touches the disk: each goes from one `age` to the next through a pipe.
    """
    (manifest,) = vault.glob("patients/*/*/manifest.note")
    stated = json.loads(manifest.read_text(encoding="utf-8").splitlines()[1])
    record_key = vault / "keys" / "things" / stated["patient"] / f"{stated['record']}.age"
    practice = _first_opened(age, sorted(vault.glob("keys/practice/1/*.age")), recovery_file)
    record = _opened(age, record_key, "-", practice)
    return _opened(age, manifest.with_name("image.age"), "-", record)


def _first_opened(age: str, sealed: list[Path], identity: Path) -> bytes:
    for path in sealed[:-1]:
        try:
            return _opened(age, path, str(identity))
        except Error:  # the clinician's, not the recovery key's
            continue
    return _opened(age, sealed[-1], str(identity))


def _opened(age: str, sealed: Path, identity: str, piped: bytes = b"") -> bytes:
    command = [age, "--decrypt", "--identity", identity, str(sealed)]
    done = subprocess.run(command, input=piped, capture_output=True, timeout=_AGE_SECONDS, check=False)  # noqa: S603 - the program that was found
    if done.returncode:
        raise Error(f"age did not open {sealed.name}.")
    return done.stdout
