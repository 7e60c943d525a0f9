"""Outside programs and samples that tests use: absent ones skip on a desk and fail in CI."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY.parent / "shared" / "samples"
NODE_MODULES = Path(os.environ.get("IMGFILE_TEST_NODE_MODULES", REPOSITORY / "node_modules"))


def tool(name: str) -> str:
    """Return the path of a program; without it skip, or fail where everything must be installed."""
    found = shutil.which(name)
    return found if found is not None else _absent(f"the program {name} is not installed")


def node_module(name: str) -> Path:
    """Return the folder of an npm package; without it skip, or fail in CI."""
    tool("node")
    folder = NODE_MODULES / name
    return folder if folder.is_dir() else Path(_absent(f"the npm package {name} is not in {NODE_MODULES}"))


def samples(folder: str) -> list[Path]:
    """Return the real photographs or mails that lie beside the repository, if any; tests are complete without."""
    found = sorted((SAMPLES / folder).glob("*"))
    return found or [Path(_absent(f"no samples in {SAMPLES / folder}", is_required=False))]


def _absent(reason: str, *, is_required: bool = True) -> str:
    if is_required and os.environ.get("CI"):
        pytest.fail(f"CI must not skip: {reason}")
    pytest.skip(reason)
