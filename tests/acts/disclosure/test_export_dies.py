"""A copy whose writing dies at any call of the file system is there whole or not at all, and what is left is known."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from imgfile import draft_notes, files
from imgfile.acts.disclosure.export import Place, write
from imgfile.acts.disclosure.handover.copies import Form
from imgfile.acts.disclosure.handover.put_together import Together
from kit.vault.erasure import FailingSystem, dying_at, stand_in

assert sys.platform != "win32"

KILLED = -9
FILES = {"7f3k-q2ma.pdf": b"%PDF-" + b"page " * 900, "7f3k-q2ma.jpg": b"photo" * 700, "paste.txt": b"lines"}
MOST_CALLS = 200


def dies_at(number: int, together: Together, folder: Path) -> int:
    """Write what leaves in a child that dies at one call; return its status."""
    child = os.fork()
    if not child:
        try:
            stand_in(FailingSystem(dying_at(number)))
            write(together, Place(folder, is_folder=True))
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("form", [Form.PDF, Form.PACK])
def test_nothing_half_written_is_left_under_a_name(state: Path, tmp_path: Path, form: Form) -> None:
    """A document folder's program never takes half a page; a pack's folder is whole. `check --clean` finds the rest."""
    assert state
    wanted = dict(FILES) if form is Form.PACK else {"7f3k-q2ma.pdf": FILES["7f3k-q2ma.pdf"]}
    together = Together(form=form, name="7f3k-q2ma", files=wanted, copies={})
    for at in range(1, MOST_CALLS):
        folder = tmp_path / f"out{at}"
        folder.mkdir()
        status = dies_at(at, together, folder)
        assert status in {0, KILLED}
        draft_notes.clean()
        for path in folder.iterdir():
            inside = list(path.iterdir()) if path.is_dir() else [path]
            if files.is_leftover(path.name):
                assert not any(each.stat().st_size for each in inside), at
            else:
                assert {each.name: each.read_bytes() for each in inside} == wanted, at
        shutil.rmtree(folder)
        if not status:
            break
    assert 3 < at < MOST_CALLS - 1
