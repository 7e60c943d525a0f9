"""One photo as a whole process: imgfile beside what a careful person would type in a shell.

    python tests/benchmarks/one_photo.py [ROUNDS]

In each round every contender files the same fresh photo, one after the other, so that whatever else the machine
does hits them alike; medians and ratios are printed. Nothing here passes or fails: see docs/explanation/speed.md.

(a) strip, encrypt, shred: no proof of the copy, no consent, no record, nothing synced.
(b) the same with guarantees nearer to imgfile's: digest on the way, everything synced, decrypted and compared.
"""

from __future__ import annotations

import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 3024, 4032
IMGFILE = str(Path(sys.executable).with_name("imgfile"))
ANSWERS = [
    *("--allow-test-id", "--no-input", "--yes", "--patient", "9434765870", "--dob", "1971-03-03"),
    *("--body-site", "left shoulder", "--purpose", "diagnosis", "--basis", "patient_capacity_16plus"),
    *("--form", "verbal_telephone", "--obtained-at", "2026-11-20"),
    *("--rationale", "New pigmented lesion, triage for 2WW, patient 40 miles away"),
]
PIPELINES = {
    "(a) exiftool | age, shred": 'exiftool -q -all= -o - F.jpg | age -r "$R" -o OUT && shred -u F.jpg',
    "(b) the same, synced, read back, compared": (
        'exiftool -q -all= -o - F.jpg | tee >(sha256sum >SUM) | age -r "$R" -o OUT && sync OUT . '
        "&& age -d -i key.txt OUT | cmp - <(exiftool -q -all= -o - F.jpg) && shred -u F.jpg && sync ."
    ),
}


def photo(seed: int) -> bytes:
    """Make a photo of about 4 MB, different for each seed."""
    noise = Image.effect_noise((WIDTH // 2, HEIGHT // 2), 64).resize((WIDTH, HEIGHT))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Maker", f"Model {seed}", "2026:11:20 18:40:00"
    stream = io.BytesIO()
    Image.merge("RGB", (noise, noise, noise)).save(stream, "JPEG", quality=80, exif=exif)
    return stream.getvalue()


def prepared(folder: Path) -> dict[str, str]:
    """Set up a vault and an age key; return the environment that every contender gets."""
    environment = {**os.environ, "IMGFILE_STATE": str(folder / "state")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    subprocess.run(["age-keygen", "-o", "key.txt"], cwd=folder, check=True, capture_output=True)
    key = subprocess.run(["age-keygen", "-y", "key.txt"], cwd=folder, check=True, capture_output=True, text=True)
    environment["R"] = key.stdout.strip()
    founding = [IMGFILE, "init", "vault", "-q", "--nation", "england", "--intimate-under-18", "refuse"]
    founding += ["--clinician", "Dr A. Example, GMC 7654321", "--recovery-file", "recovery.txt"]
    subprocess.run(
        [*founding, "--identity-command", "echo harbour-velvet-onion"], cwd=folder, env=environment, check=True
    )
    return environment


def timed(run: Callable[[], object]) -> float:
    """Return how long a call takes, in milliseconds."""
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def file_one(folder: Path, environment: dict[str, str], data: bytes, command: list[str]) -> float:
    """Put the photo in place, run one contender, and see that the source is gone."""
    source = folder / "F.jpg"
    source.write_bytes(data)
    subprocess.run(["sync"], check=True)  # what is not on the disk yet is nobody's in particular
    spent = timed(lambda: subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True))
    if source.exists():
        raise SystemExit(f"{command[0]} left its source")
    (folder / "OUT").unlink(missing_ok=True)
    return spent


def main(rounds: int) -> None:
    """Run and print."""
    contenders: dict[str, list[str]] = {"imgfile ingest": [IMGFILE, "ingest", "F.jpg", "-q", *ANSWERS]}
    contenders |= {name: ["bash", "-euo", "pipefail", "-c", script] for name, script in PIPELINES.items()}
    spent: dict[str, list[float]] = {name: [] for name in contenders}
    start: dict[str, list[float]] = {"python -c pass": [], "imgfile --version": []}
    folder = Path(tempfile.mkdtemp(prefix="imgfile-benchmark-", dir=os.environ.get("BENCHMARK_FOLDER")))
    try:
        environment = prepared(folder)
        for number in range(rounds + 1):
            data = photo(number)
            for name, command in contenders.items():
                spent[name].append(file_one(folder, environment, data, command))
            for name, command in (
                ("python -c pass", [sys.executable, "-c", "pass"]),
                ("imgfile --version", [IMGFILE, "--version"]),
            ):
                start[name].append(
                    timed(lambda command=command: subprocess.run(command, check=True, capture_output=True))  # type: ignore[misc]
                )
    finally:
        shutil.rmtree(folder)
    print(f"one photo of {len(data) / 1e6:.1f} MB, a whole process each; medians of {rounds} rounds after a first")
    report(spent, "imgfile ingest")
    report(start, "imgfile --version")


def report(spent: dict[str, list[float]], ours: str) -> None:
    """Print medians, and ours as a ratio to each."""
    medians = {name: statistics.median(times[1:]) for name, times in spent.items()}
    for name, median in medians.items():
        ratio = "" if name == ours else f"   {ours} takes {medians[ours] / median:.2f} of it"
        print(f"  {name:44} {median:7.1f} ms{ratio}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
