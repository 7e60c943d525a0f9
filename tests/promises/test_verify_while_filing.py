"""Checking a vault while others file into it finds nothing: no damage, nothing missing, nothing unfinished."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from kit.photos import jpeg_png as photos
from kit.table_rows import MOLE_ROW
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import IMGFILE, environment

COUNT = 60


def test_verify_is_quiet_while_a_batch_is_filed(desk: Desk, tmp_path: Path) -> None:
    """As often as it can be run until the batch is done; and once more after it."""
    rows = []
    for number in range(COUNT):
        source = tmp_path / f"{number}.jpg"
        source.write_bytes(photos.jpeg(photos.pixels(200 + number, 150)))
        rows.append({**MOLE_ROW, "source": str(source)})
    table = tmp_path / "t.ndjson"
    table.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    command = [*IMGFILE, "ingest", "--table", str(table), "--yes", "--allow-test-id", "--quiet"]
    found = []
    runs = 0
    with subprocess.Popen(command, env=environment(desk.environment)) as filing:
        while filing.poll() is None:
            verify = subprocess.run(
                [*IMGFILE, "verify", "--json"], env=environment(desk.environment), stdout=subprocess.PIPE, check=True
            )  # a Python of its own, which waits as long as users' do for what a share would show late
            found += [each for each in map(json.loads, verify.stdout.splitlines()) if each["type"] == "finding"]
            runs += 1
    assert filing.returncode == 0
    assert found == []
    assert runs > 1
    *findings, summary = ndjson(desk.run("verify", "--json"))
    assert (findings, summary["records"]) == ([], COUNT)
