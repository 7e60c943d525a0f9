"""How much of imgfile one photo needs: the modules it imports, the functions it runs, the types it makes values of.

    python tests/benchmarks/one_photo_counts.py [--names]

One unattended JPEG is filed in this very process, imports included, under `sys.setprofile`. Counted are functions of
imgfile by file and qualified name (bodies of classes, comprehensions and lambdas among them, which are run too), types
of imgfile by which class was instantiated (codes and errors apart), and the modules in `sys.modules` at the end.
`--names` lists them. Nothing here passes or fails; it shows what a reader of one photo's way has to follow.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from enum import Enum
from pathlib import Path
from types import FrameType

from PIL import Image

IMGFILE = str(Path(sys.executable).with_name("imgfile"))
FOUNDING = [
    *("init", "vault", "-q", "--nation", "england", "--intimate-under-18", "refuse"),
    *("--clinician", "Dr A. Example, GMC 7654321", "--recovery-file", "recovery.txt"),
    *("--identity-command", "echo harbour-velvet-onion"),
]
FILING = [
    *("ingest", "F.jpg", "-q", "--allow-test-id", "--no-input", "--yes", "--patient", "9434765870"),
    *("--dob", "1971-03-03", "--body-site", "left shoulder", "--purpose", "diagnosis"),
    *("--basis", "patient_capacity_16plus", "--form", "verbal_telephone", "--obtained-at", "2026-11-20"),
    *("--rationale", "New pigmented lesion, triage for 2WW, patient 40 miles away"),
]
INITIALISERS = {"__init__", "initialise", "__post_init__"}
"""The functions that are called with a new instance first; `initialise` is that of `imgfile.frozen`."""


class Seen:
    """What was called, as `sys.setprofile` reports it."""

    def __init__(self) -> None:
        self.functions: set[tuple[str, str]] = set()
        self.types: set[type] = set()

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note one call."""
        code = frame.f_code
        if event != "call":
            return
        if code.co_name != "<module>":
            self.functions.add((code.co_filename, code.co_qualname))
        if code.co_name in INITIALISERS:
            self.types.add(type(frame.f_locals[code.co_varnames[0]]))


def photo() -> bytes:
    """Make a photo with what a phone writes of itself."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Maker", "Model", "2026:11:20 18:40:00"
    stream = io.BytesIO()
    Image.effect_noise((640, 480), 64).convert("RGB").save(stream, "JPEG", quality=80, exif=exif)
    return stream.getvalue()


def file_one(folder: Path) -> Seen:
    """Found a vault, and file one photo there in this process."""
    os.environ["IMGFILE_STATE"] = str(folder / "state")
    subprocess.run([IMGFILE, *FOUNDING], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (folder / "F.jpg").write_bytes(photo())
    os.chdir(folder)
    seen = Seen()
    sys.setprofile(seen)
    from imgfile.cli import main  # noqa: PLC0415 - what is imported is counted

    status = main(FILING)
    sys.setprofile(None)
    if status or (folder / "F.jpg").exists():
        raise SystemExit(f"the photo was not filed: {status}")
    return seen


def is_value(made: type) -> bool:
    """Return whether a type is one of imgfile's own whose values are handed on, not a code or an error."""
    return made.__module__.startswith("imgfile") and not issubclass(made, Enum | BaseException)


def main(*, with_names: bool) -> None:
    """Count and print."""
    with tempfile.TemporaryDirectory(prefix="imgfile-count-") as folder:
        seen = file_one(Path(folder))
        os.chdir("/")
    modules = sorted(name for name in sys.modules if name.partition(".")[0] == "imgfile")
    root = Path(str(sys.modules["imgfile"].__file__)).parent
    functions = sorted(
        f"{Path(file).relative_to(root)}  {name}" for file, name in seen.functions if Path(file).is_relative_to(root)
    )
    types = sorted(f"{made.__module__}.{made.__qualname__}" for made in seen.types if is_value(made))
    print(f"one unattended JPEG: {len(modules)} modules, {len(functions)} functions, {len(types)} types of values")
    for room, count in Counter(re.split("[/ ]", name)[0] for name in functions).most_common():
        print(f"  {room:20} {count:4} functions")
    for name in (*modules, *functions, *types) if with_names else ():
        print(name)


if __name__ == "__main__":
    main(with_names="--names" in sys.argv[1:])
