"""Pages for whoever is stuck: each exit code and error has a way on, and each word of the program has its meaning."""

from __future__ import annotations

import inspect
import re

import pytest

from imgfile import errors
from imgfile.cli import READER_GONE_STATUS
from kit.terminal.processes import run
from kit.tools import REPOSITORY, tool

TROUBLESHOOTING = REPOSITORY / "docs" / "how-to" / "troubleshoot.md"
INDEX = REPOSITORY / "docs" / "README.md"
ALL = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, errors.Error)]
ROW = re.compile(r"^\| (\d+) \|(?: `([a-z-]+)`)? \| (.+?) \| (.+?) \|$", re.MULTILINE)


def test_every_exit_code_and_slug_has_something_to_do() -> None:
    """The table of the troubleshooting page is that of the classes, in their order, and no cell is empty."""
    rows = ROW.findall(TROUBLESHOOTING.read_text(encoding="utf-8"))
    assert [(int(code), slug) for code, slug, _, _ in rows] == [
        (0, ""),
        *((each.exit_code, each.slug) for each in ALL),
        (READER_GONE_STATUS, ""),
    ]
    for code, _, meaning, advice in rows:
        assert len(meaning) > 20, code
        assert len(advice) > 20, code


def test_the_index_leads_to_every_page() -> None:
    """Every page below `docs/` is named in docs/README.md."""
    text = INDEX.read_text(encoding="utf-8")
    pages = [path for path in (REPOSITORY / "docs").rglob("*") if path.suffix in {".md", ".1"} and path != INDEX]
    left_out = [path.name for path in pages if f"({path.relative_to(INDEX.parent).as_posix()}" not in text]
    assert left_out == []


def test_the_glossary_has_each_word_once_and_those_that_the_program_uses() -> None:
    """One word, one thing."""
    text = (REPOSITORY / "docs" / "reference" / "glossary.md").read_text(encoding="utf-8")
    terms = [term.strip() for cell in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE) for term in cell.split(",")]
    words = [term for term in terms if term not in {"word", "---"}]
    assert sorted(words) == sorted(set(words))
    assert {"photo", "source", "record", "vault", "ingest", "strip", "offered", "viewed", "leftover"} <= set(words)


@pytest.mark.slow
def test_man_reads_the_manual_page() -> None:
    """Without a warning, and with what it is about."""
    page = REPOSITORY / "docs" / "reference" / "imgfile.1"
    outcome = run([tool("groff"), "-man", "-Tutf8", "-ww", page])
    assert (outcome.status, outcome.stderr) == (0, b"")
    shown = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", outcome.stdout.decode())
    assert "imgfile export 7f3k -o rash.jpg" in shown.replace("\N{MINUS SIGN}", "-")
