"""A short run of the fuzzer finds nothing; the long run is documented in `fuzz/fuzz_strip.py`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FUZZER = Path(__file__).parent / "fuzz" / "fuzz_strip.py"


def test_a_short_fuzzing_run_finds_nothing(tmp_path: Path) -> None:
    """A short fuzzing run finds nothing."""
    if importlib.util.find_spec("atheris") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("atheris is not installed")
    command = [sys.executable, str(FUZZER), "-runs=3000", f"-artifact_prefix={tmp_path}/"]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode("utf-8", "replace")[-4000:]
