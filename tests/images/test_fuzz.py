"""A short run of the fuzzer finds nothing; the long run is documented in `fuzz/fuzz_strip.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZER = Path(__file__).parent / "fuzz" / "fuzz_strip.py"


def test_a_short_fuzzing_run_finds_nothing(tmp_path: Path) -> None:
    """A short fuzzing run finds nothing."""
    pytest.importorskip("atheris", reason="atheris has wheels for Linux and CPython 3.11 to 3.13 only")
    command = [sys.executable, str(FUZZER), "-runs=3000", f"-artifact_prefix={tmp_path}/"]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode("utf-8", "replace")[-4000:]
