"""Workbooks completed in a real LibreOffice."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from kit.tools import tool

DEBIAN_PYTHON = "/usr/bin/python3"
PATIENCE_SECONDS = 120
TRIES = 3


def completed(workbook: Path, cells: dict[str, str], *, folder: Path) -> tuple[Path, Path, dict[str, Any]]:
    """Open a workbook, type into its cells, save it as .xlsx and as CSV; return both, and what LibreOffice reports."""
    for _ in range(TRIES - 1):
        try:
            return _completed(workbook, cells, folder=folder)
        except OfficeDied:
            continue
    return _completed(workbook, cells, folder=folder)


class OfficeDied(AssertionError):
    """LibreOffice ended by itself, as it does now and then on a busy machine."""


def _completed(workbook: Path, cells: dict[str, str], *, folder: Path) -> tuple[Path, Path, dict[str, Any]]:
    office = tool("soffice")
    pipe = f"imgfile-{folder.name}"
    profile = (folder / "office-profile").absolute()
    as_xlsx, as_csv = folder / "completed.xlsx", folder / "completed.csv"
    with subprocess.Popen(
        [
            office,
            "--headless",
            "--norestore",
            f"--accept=pipe,name={pipe};urp;",
            f"-env:UserInstallation={profile.as_uri()}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            done = subprocess.run(
                [
                    DEBIAN_PYTHON,
                    Path(__file__).with_name("fill.py"),
                    pipe,
                    *map(str, (workbook.absolute(), as_xlsx.absolute(), as_csv.absolute())),
                ],
                input=json.dumps(cells),
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE_SECONDS,
                env={"PATH": "/usr/bin:/bin"},
            )
            if "DisposedException" in done.stderr:
                raise OfficeDied(done.stderr)
            assert done.returncode == 0, done.stderr
        finally:
            running.terminate()
            running.wait(PATIENCE_SECONDS)
    return as_xlsx, as_csv, json.loads(done.stdout)
