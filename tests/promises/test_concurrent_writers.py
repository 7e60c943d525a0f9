"""Concurrent writers lose nothing: ten processes of one station file into one vault at the same moment."""

from __future__ import annotations

import subprocess
from pathlib import Path

from imgfile.vault import layout
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.records.find import patients, record_names
from imgfile.vault.trail import read as trail
from kit.photos import jpeg_png as photos
from kit.terminal.processes import IMGFILE, environment
from kit.vault.practice import Practice, of_each_format
from promises.world import UNATTENDED, flags

WRITERS = 8
TIMEOUT_SECONDS = 120


def _photos(folder: Path) -> list[Path]:
    """Make a photo for each writer, and two more copies of one of them."""
    folder.mkdir()
    pictures = [photos.phone_jpeg(width=64 + 16 * number) for number in range(WRITERS)]
    paths = []
    for number, data in enumerate([*pictures, pictures[0], pictures[0]]):
        paths.append(folder / f"photo {number}.jpg")
        paths[-1].write_bytes(data)
    return paths


@of_each_format
def test_simultaneous_filings_are_each_filed_once(practice: Practice, tmp_path: Path) -> None:
    """Every record opens, the trail is one chain, one photo in three files is one record, and every source is gone."""
    sources = _photos(tmp_path / "sources")
    running = [
        subprocess.Popen(
            [*IMGFILE, "ingest", path, *UNATTENDED, *flags()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment({"IMGFILE_STATE": str(tmp_path / "state")}),
            start_new_session=True,
        )
        for path in sources
    ]
    for process in running:
        said, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        assert process.returncode == 0, said.decode()
    assert not [path for path in sources if path.exists()]

    vault = practice.reopened()
    assert [*verify(vault)] == []
    (folder,) = patients(vault)
    assert len([*record_names(vault, folder)]) == WRITERS
    if vault.roster.is_format_1:
        assert len([name for name in vault.store.names(layout.patient(folder)) if layout.is_key_note(name)]) == 1
    else:
        assert len([*vault.store.names(f"{layout.THING_KEYS}/{folder}")]) == WRITERS
    identity, _ = open_practice(vault, practice.recovery)
    assert [*verify_openings(vault, identity)] == []
    acts = [entry["act"] for note in trail.walk(vault, vault.here.station) for entry in note.entries]
    assert (acts.count("filed"), acts.count("matched"), acts.count("erased")) == (WRITERS, 2, WRITERS + 2)
    assert not vault.station.has_pending
