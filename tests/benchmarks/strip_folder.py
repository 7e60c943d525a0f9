"""A folder of phone photos: imgfile beside what else strips one; and a photo in memory beside a copy of its bytes.

    python tests/benchmarks/strip_folder.py [PHOTOS [ROUNDS]]

In each round every contender strips the same folder, one after the other. Medians and ratios are printed, of the time
that passed and of the processors' time, which other programs on the machine disturb less. exiftool once for each photo
is run on a sample and multiplied. Nothing here passes or fails: see docs/explanation/speed.md.

Only imgfile reads its copies again to check them, and waits until they are on the disk.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import piexif
from PIL import Image

from imgfile.clinical.proofs import Photo
from imgfile.images.strip import strip

WIDTH, HEIGHT, QUALITY = 4032, 3024, 72
SCENES = 8
HDR_EVERY = 4
"""One photo in so many has a second, smaller picture behind it and an index that says so, as HDR phones write them."""
SAMPLE = 20
MEMORY_ROUNDS = 101
IMGFILE = str(Path(sys.executable).with_name("imgfile"))

Spent = dict[str, list[tuple[float, float]]]
"""Of each contender, for each round: seconds that passed, and seconds of processors."""


def scene(seed: int) -> bytes:
    """Encode a picture of twelve megapixels, as JPEG of three to four megabytes without metadata."""
    chance = random.Random(seed)  # noqa: S311 - a picture, not a secret
    grain = Image.effect_noise((WIDTH // 2, HEIGHT // 2), chance.uniform(55, 70)).resize((WIDTH, HEIGHT))
    light = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    stream = io.BytesIO()
    Image.merge("RGB", (grain, Image.blend(grain, light, 0.3), grain)).save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()


def metadata(number: int, thumbnail: bytes) -> bytes:
    """Write what a phone writes: make, model, moment, place, exposure, its own notes, a thumbnail."""
    notes = random.Random(number).randbytes(1800)  # noqa: S311 - as above
    moment = f"2026:11:{number % 28 + 1:02} 08:{number % 60:02}:10"
    return piexif.dump(  # type: ignore[no-any-return]
        {
            "0th": {271: "Maker", 272: f"Model {number}", 274: 1, 305: "17.6.1", 306: moment},
            "Exif": {33434: (1, 120), 36867: moment, 36881: "+01:00", 37500: notes, 42036: "back camera", 40961: 65535},
            "GPS": {1: "N", 2: ((51, 1), (number % 60, 1), (2517, 100)), 3: "W", 4: ((0, 1), (7, 1), (3953, 100))},
            "1st": {259: 6},
            "thumbnail": thumbnail,
        }
    )


def thumbnail(picture: bytes) -> bytes:
    """Make a small picture of a large one."""
    stream = io.BytesIO()
    Image.open(io.BytesIO(picture)).resize((320, 240)).save(stream, "JPEG", quality=50)
    return stream.getvalue()


def segment(marker: int, payload: bytes) -> bytes:
    """Write a JPEG segment."""
    return struct.pack(">BBH", 255, marker, len(payload) + 2) + payload


def index(length: int) -> bytes:
    """Write an MPF index of two pictures, the first of this length (CIPA DC-007)."""
    entries = struct.pack(">HHHLLHHLL", 2, 0xB001, 4, 1, 2, 0xB002, 7, 32, 38) + bytes(4)
    return segment(
        0xE2, b"MPF\0MM\0*" + struct.pack(">L", 8) + entries + struct.pack(">LLLHH", 0x30000, length, 0, 0, 0) * 2
    )


def phone_photo(number: int, picture: bytes, small: bytes) -> bytes:
    """Dress a picture as a phone's photo, different for each number."""
    heads = segment(0xE1, metadata(number, small))
    if number % HDR_EVERY:
        return picture[:2] + heads + picture[2:]
    length = len(picture) + len(heads) + len(index(0))
    return picture[:2] + heads + index(length) + picture[2:] + small


def make_folder(folder: Path, count: int) -> list[Path]:
    """Fill a folder with photos; what is read is in memory afterwards, for every contender alike."""
    folder.mkdir()
    scenes = [scene(seed) for seed in range(SCENES)]
    small = thumbnail(scenes[0])
    paths = [folder / f"IMG_{number:04}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(phone_photo(number, scenes[number % SCENES], small))
    subprocess.run(["sync"], check=True)
    return paths


def run(command: list[str]) -> tuple[float, float]:
    """Run a contender to its end; return seconds passed and seconds of processors."""
    began, before = time.perf_counter(), os.times()
    subprocess.run(command, check=True, capture_output=True)
    passed, after = time.perf_counter() - began, os.times()
    return passed, after.children_user + after.children_system - before.children_user - before.children_system


def each(command: list[str], photos: list[Path], out: Path, count: int) -> tuple[float, float]:
    """Run a command once for each photo of a sample, and multiply."""
    sample = photos[:: max(len(photos) // SAMPLE, 1)][:SAMPLE]
    spent = [run([part.format(photo=photo, out=out / photo.name) for part in command]) for photo in sample]
    passed, busy = (sum(column) / len(sample) * count for column in zip(*spent, strict=True))
    return passed, busy


def contenders(photos: list[Path], folder: Path) -> dict[str, Callable[[Path], tuple[float, float]]]:
    """Name who strips the folder, and how; those that are not installed are left out."""
    count = len(photos)
    found: dict[str, Callable[[Path], tuple[float, float]]] = {
        "imgfile strip": lambda out: run([IMGFILE, "strip", str(folder), "-o", str(out), "-q"]),
        "exiftool, one run": lambda out: run(["exiftool", "-q", "-q", "-all=", "-o", f"{out}/", str(folder)]),
        "exiftool, once a photo": lambda out: each(
            ["exiftool", "-q", "-all=", "-o", "{out}", "{photo}"], photos, out, count
        ),
        "jpegtran, once a photo": lambda out: each(
            ["jpegtran", "-copy", "none", "-outfile", "{out}", "{photo}"], photos, out, count
        ),
        "mat2, once a photo": lambda out: each(["mat2", "--lightweight", "{photo}"], photos, out, count),
    }
    return {
        name: strips for name, strips in found.items() if name == "imgfile strip" or shutil.which(name.split(",")[0])
    }


def strip_folders(count: int, rounds: int) -> None:
    """Let each contender strip the folder in each round, and report."""
    place = Path(tempfile.mkdtemp(prefix="imgfile-strip-folder-", dir=os.environ.get("BENCHMARK_FOLDER")))
    spent: Spent = {}
    try:
        photos = make_folder(place / "phone", count)
        size = sum(path.stat().st_size for path in photos)
        for _ in range(rounds):
            for name, strips in contenders(photos, place / "phone").items():
                (place / "out").mkdir()
                spent.setdefault(name, []).append(strips(place / "out"))
                shutil.rmtree(place / "out")
                for left in (place / "phone").glob("*.cleaned.*"):  # mat2 writes beside
                    left.unlink()
                subprocess.run(["sync"], check=True)  # what is not on the disk yet is the next contender's burden
    finally:
        shutil.rmtree(place)
    print(f"{count} photos of {size / count / 1e6:.1f} MB; medians of {rounds} rounds")
    report(spent, count)


def report(spent: Spent, count: int) -> None:
    """Print medians a photo, and how many times as long as imgfile each takes."""
    medians = {
        name: [statistics.median(column) for column in zip(*rounds, strict=True)] for name, rounds in spent.items()
    }
    passed, busy = medians["imgfile strip"]
    for name, (mine, used) in medians.items():
        print(
            f"  {name:24} {mine / count * 1000:7.2f} ms a photo {mine / passed:6.1f} x"
            f"   processors {used / count * 1000:7.2f} ms {used / busy:6.1f} x"
        )


def strip_in_memory() -> None:
    """Strip one photo again and again, beside copying and hashing it, turn by turn."""
    picture = scene(0)
    photo = Photo(phone_photo(1, picture, thumbnail(picture)))
    kept: list[bytearray] = []
    turns: dict[str, Callable[[], object]] = {
        "strip and check": lambda: strip(photo),
        "copy": lambda: bytearray(photo.data),
        "copy to fresh memory": lambda: kept.append(bytearray(photo.data)),
        "SHA-256": lambda: hashlib.sha256(photo.data).digest(),
    }
    spent: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(MEMORY_ROUNDS):
        for name, turn in turns.items():
            began = time.perf_counter()
            turn()
            spent[name].append((time.perf_counter() - began) * 1000)
        kept[:-20] = []
    print(f"one photo of {len(photo.data) / 1e6:.1f} MB in memory; medians of {MEMORY_ROUNDS} rounds, and the least")
    least = min(spent["strip and check"])
    for name, times in spent.items():
        ratio = f"stripping takes {least / min(times):.1f} of it"
        print(f"  {name:24} {statistics.median(times):7.2f} ms {min(times):7.2f} ms; {ratio}")


if __name__ == "__main__":
    strip_in_memory()
    strip_folders(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
