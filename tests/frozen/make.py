"""Freeze a vault of the present format, once: what today's imgfile wrote, every later one must open.

    python tests/frozen/make.py v1-classic
    python tests/frozen/make.py v1-pq

A small photo is filed, filed again, and exported, so that every kind of object is there. Beside the vault lie its
recovery identity (it protects an invented patient) and `expected.json`: what must be found. Never made anew: a format
that cannot open these is another format, and gets a folder of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from imgfile.images.strip import strip
from imgfile.vault.access import open_vault
from imgfile.vault.choose import choose
from kit.photos import jpeg_png as photos
from kit.vault.practice import PASSPHRASE
from promises.world import UNATTENDED, flags

HERE = Path(__file__).parent
PHOTO = photos.phone_jpeg(width=16, height=12)
FOUNDER = (
    *("--nation", "england", "--intimate-under-18", "clinician_attested"),
    *("--clinician", "Dr A. Example, GMC 7654321", "--station-name", "RECEPTION-3"),
)
RECOVERY_FILE = "recovery.txt"


def _imgfile(*words: str | Path) -> str:
    """Run a command; return what it printed."""
    done = subprocess.run([sys.executable, "-m", "imgfile", *words], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def freeze(name: str) -> None:
    """Make one frozen vault beside this file."""
    folder = HERE / name
    folder.mkdir()
    vault, recovery = folder / "vault", folder / RECOVERY_FILE
    suite = ["--classic"] if name.endswith("classic") else []
    identity = ["--identity-command", f"echo {PASSPHRASE}"]
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["IMGFILE_STATE"] = str(Path(temporary) / "state")
        _imgfile("init", vault, *suite, *FOUNDER, "--recovery-file", recovery, *identity)
        photo = Path(temporary) / "photo.jpg"
        for _ in range(2):  # the second time it is filed already
            photo.write_bytes(PHOTO)
            reported = json.loads(_imgfile("ingest", photo, *UNATTENDED, "--json", *flags()).splitlines()[1])
        why = ["--purpose", "referral_advice", "--reason", "dermatology asks for a copy"]
        _imgfile("export", reported["record"], "-o", Path(temporary) / "copy.jpg", *why, "--identity-file", recovery)
        pinned = open_vault(choose(None))
        expected = {
            "vault": pinned.id,
            "fingerprint": pinned.roster.note.digest,
            "record": reported["record"],
            "photo": hashlib.sha256(strip(photos.photo(PHOTO)).data).hexdigest(),
            "number": "9434765870",
            "acts": ["filed", "erased", "matched", "erased", "exported"],
            "objects": sorted(path.relative_to(vault).as_posix() for path in vault.rglob("*") if path.is_file()),
        }
    (folder / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        freeze(wanted)
