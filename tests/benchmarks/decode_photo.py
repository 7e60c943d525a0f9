"""One HEIC of twelve megapixels made a JPEG, and six at once, beside a bare Python that does the same.

    python tests/benchmarks/decode_photo.py [ROUNDS]

In each round both decode the same photo, one after the other, so that whatever else the machine does hits them alike;
medians of the time on the clock and of the processors' time are printed. Nothing here passes or fails. The bare one has
pillow-heif alone: no process apart, no profile applied, nothing given up. See docs/explanation/speed.md.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pillow_heif
from PIL import Image

from imgfile.clinical.proofs import MediaType
from imgfile.images.decode.child.made_profiles import of_code_points
from imgfile.images.decode.decode import decode, decode_small

WIDTH, HEIGHT = 4032, 3024
SIX = 6
BARE = (
    "import io, sys, pillow_heif; picture = pillow_heif.open_heif(sys.argv[1]).to_pillow();"
    "picture.save(io.BytesIO(), 'JPEG', quality=92)"
)


def photo(kind: str = "HEIF") -> bytes:
    """Make a photo of about 2 MB in Display P3, as a phone's is."""
    pillow_heif.register_heif_opener()
    bands = [Image.effect_noise((WIDTH // 8, HEIGHT // 8), 64).resize((WIDTH, HEIGHT)) for _ in range(3)]
    page = io.BytesIO()
    Image.merge("RGB", bands).save(page, kind, quality=60, icc_profile=of_code_points((12, 13)))
    return page.getvalue()


def decode_six(heic: bytes) -> None:
    """Decode one six times, as many at once as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(lambda _: decode(heic, MediaType.HEIC), range(SIX)))


def spent(act: Callable[[], object]) -> tuple[float, float]:
    """Return seconds on the clock, and of this process and those that it waited for."""
    before, begun = os.times(), time.perf_counter()
    act()
    seconds, after = time.perf_counter() - begun, os.times()
    return seconds, sum(after[:4]) - sum(before[:4])


def main(rounds: int) -> None:
    """Print a line for each, with its ratio to the bare one."""
    heic, jpeg = photo(), photo("JPEG")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.heic"
        path.write_bytes(heic)
        acts: dict[str, Callable[[], object]] = {
            "bare": lambda: subprocess.run([sys.executable, "-c", BARE, path], check=True),
            "decode": lambda: decode(heic, MediaType.HEIC),
            "decode six": lambda: decode_six(heic),
            "a look at a HEIC": lambda: decode_small(heic, MediaType.HEIC, width=160, height=80),
            "a look at a JPEG": lambda: decode_small(jpeg, MediaType.JPEG, width=160, height=80),
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
        for _ in range(rounds):
            for name, act in acts.items():
                taken[name].append(spent(act))
    base = [statistics.median(column) for column in zip(*taken["bare"], strict=True)]
    for name, times in taken.items():
        clock, processors = (statistics.median(column) for column in zip(*times, strict=True))
        print(
            f"{name:18} {clock:6.2f} s on the clock ({clock / base[0]:4.2f})"
            f" {processors:6.2f} s of processors ({processors / base[1]:4.2f})"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
