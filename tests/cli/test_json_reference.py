"""docs/reference/json.md and what the commands print never disagree."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from desks import Desk, reference, told
from filings import MOLE, RASH, filed
from imgfile.vault import layout
from tools import REPOSITORY

PAGE = REPOSITORY / "docs" / "reference" / "json.md"
FREE = {"facts"}
"""Fields whose content is documented elsewhere."""


def documented() -> dict[str, dict[str, set[str]]]:
    """Read the page's examples: section → type → every field that an example of it has."""
    sections: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for section in PAGE.read_text().split("\n## ")[1:]:
        command = section.splitlines()[0]
        for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL):
            for line in block.splitlines():
                facts = json.loads(line)
                sections[command][facts["type"]] |= facts.keys()
    return sections


@pytest.fixture
def printed(desk: Desk, tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """Print every kind of line: of a vault with two records, an export, and damage."""
    rash, mole = desk.practice.file_decided(filed(RASH)), desk.practice.file_decided(filed(MOLE))
    stated = ["--purpose", "diagnosis", "--reason", "2WW"]
    assert desk.as_clinician("export", reference(mole), "-o", tmp_path / "copy.jpg", *stated).status == 0
    shown = told(desk.as_clinician("show", reference(mole), "--json"))
    (desk.practice.folder / layout.record(rash.patient, rash.record) / layout.MANIFEST).write_bytes(b"")
    trail = desk.practice.folder / layout.trail(desk.practice.vault.here.station, 3)
    trail.rename(trail.with_name("4.note"))
    return {
        "list": told(desk.run("list", "--json")),
        "show": shown,
        "verify": told(desk.run("verify", "--json")),
        "audit": told(desk.run("audit", "--json")),
    }


def test_every_line_printed_is_documented_field_by_field(printed: dict[str, list[dict[str, Any]]]) -> None:
    """And every documented type is printed."""
    known = documented()
    for command, lines in printed.items():
        assert {line["type"] for line in lines} == known[command].keys()
        for line in lines:
            undocumented = line.keys() - known[command][line["type"]] - FREE
            assert not undocumented, f"{command} prints {undocumented} on a line of type {line['type']}"
