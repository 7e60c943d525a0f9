"""Help pages: as wide as the screen, never wider; and every example in them is one that the command takes."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest
from typer import TyperException

from imgfile import errors
from imgfile.cli.app import _command
from imgfile.cli.examples import EXAMPLES
from imgfile.cli.registry import FAMILIES, command_of, every_command, with_unsaid
from kit.architecture.imports import syntax_tree
from kit.terminal.processes import IMGFILE, environment, imgfile, terminal_pair
from kit.tools import REPOSITORY

SOURCE = REPOSITORY / "src" / "imgfile"
HINTED = re.compile(r"(?:(?<=  )|(?<=\())imgfile ((?:(?!  )[^\n()`,;|<>])+)(?=  |[\n),]|$)")
WIDTHS = (40, 60, 80, 100)
PAGES = [("--help",), *((*name.split(), "--help") for name in (*every_command(), *FAMILIES))]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen(width: int) -> None:
    """The overview and every command's page, with $COLUMNS."""
    for arguments in PAGES:
        page = imgfile(*arguments, env={"COLUMNS": str(width)}).stdout.decode()
        assert page
        assert [line for line in page.splitlines() if len(line) > width] == [], arguments


@pytest.mark.parametrize("width", [40, 80])
def test_a_real_terminal_is_as_wide_as_it_says(width: int) -> None:
    """Without $COLUMNS, by the terminal itself."""
    for arguments in (("--help",), ("ingest", "--help"), ("init", "--help")):
        master, terminal = terminal_pair()
        termios.tcsetwinsize(terminal, (24, width))  # type: ignore[attr-defined,unused-ignore]
        with subprocess.Popen(
            [*IMGFILE, *arguments], stdin=terminal, stdout=terminal, stderr=terminal, env=environment()
        ) as process:
            os.close(terminal)
            page = b""
            try:
                while part := os.read(master, 65536):
                    page += part
            except OSError:  # EIO: the program has ended
                pass
            os.close(master)
        assert process.returncode == 0
        lines = page.decode().splitlines()
        assert max(map(len, lines)) <= width
        assert max(map(len, lines)) > width - 12


def test_a_narrow_page_says_everything_that_a_wide_one_does() -> None:
    """Word for word, but for how examples are broken."""
    for arguments in PAGES:
        wide, narrow = (
            imgfile(*arguments, env={"COLUMNS": str(width)}).stdout.decode().replace("\\\n", " ").split()
            for width in (100, 40)
        )
        assert wide == narrow, arguments


@pytest.mark.parametrize("name", every_command())
def test_every_command_has_examples_that_it_takes(name: str) -> None:
    """Each is parsed by the command itself; what follows a pipe or a redirection is the shell's."""
    assert EXAMPLES[name]
    for _, typed in EXAMPLES[name]:
        words = shlex.split(typed.rpartition("| ")[2])
        words = words[: next((at for at, word in enumerate(words) if word in {">", "<"}), len(words))]
        own = ["imgfile", *name.split()]
        words = ["imgfile", *with_unsaid(command_of(words[1:]), words[1:])]
        assert words[: len(own)] == own, typed
        _command(name).make_context(name, words[len(own) :])  # raises for an option that there is not


def hinted() -> dict[str, str]:
    """Return each command that a sentence of the source says to run, behind two blanks or in brackets, and its file."""
    found: dict[str, str] = {}
    for path in (each for each in sorted(SOURCE.rglob("*.py")) if HINTED.search(each.read_text("utf-8"))):
        nodes = list(ast.walk(syntax_tree(path)))
        parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in nodes:
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(each.value) if isinstance(each, ast.Constant) else "X" for each in node.values)
            elif isinstance(node, ast.Constant) and id(node) not in parts:
                text = str(node.value)
            else:
                continue
            found |= dict.fromkeys((typed.rstrip(".") for typed in HINTED.findall(text)), path.name)
    return found


def test_every_command_that_a_sentence_says_to_run_can_be_run() -> None:
    """With all that it takes, by whatever word: none is refused for the record or the file that was left out."""
    refused, parsed, known = [], 0, set(every_command())
    for typed, where in hinted().items():
        words = typed.split()
        with suppress(errors.UsageError):  # "(imgfile mail lists them)" is a sentence
            name = command_of(words)
            if name in known and "--help" not in words:
                parsed += 1
                try:
                    _command(name).make_context(name, with_unsaid(name, words)[len(name.split()) :])
                except TyperException as error:
                    refused.append((where, typed, error.format_message()))
    assert (refused, parsed > 50) == ([], True)


def test_an_example_can_be_copied_from_a_narrow_page() -> None:
    """A shell reads the lines that a backslash joins as one."""
    page = imgfile("export", "--help", env={"COLUMNS": "40"}).stdout.decode()
    start = page.index("    imgfile export 7f3k -o -")
    echoed = subprocess.run(
        ["sh", "-c", "imgfile() { printf '%s\\n' \"$@\"; }\n" + page[start:].replace("> rash.jpg", "")],
        capture_output=True,
        text=True,
        check=True,
    )
    (_, typed) = EXAMPLES["export"][-1]
    assert echoed.stdout.splitlines() == shlex.split(typed)[1:-2]


def test_help_is_there_when_the_screen_has_no_size() -> None:
    """Neither zero columns nor very few break it."""
    for columns in ("0", "1", "x", "100000"):
        outcome = imgfile("list", "--help", env={"COLUMNS": columns})
        assert (outcome.status, outcome.words) == (0, "")
        assert max(map(len, outcome.stdout.decode().splitlines())) <= 100
    assert sys.platform


def test_words_fit_the_terminal_that_they_go_to_wherever_the_results_go(tmp_path: Path) -> None:
    """Standard output is a pipe, and standard error a terminal of 40 columns."""
    master, terminal = terminal_pair()
    termios.tcsetwinsize(terminal, (24, 40))  # type: ignore[attr-defined,unused-ignore]
    with subprocess.Popen(
        [*IMGFILE, "verify"],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env=environment({"IMGFILE_STATE": str(tmp_path), "NO_COLOR": "1"}),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read() == b""
    os.close(terminal)
    lines = os.read(master, 65536).decode().splitlines()
    os.close(master)
    assert len(lines) > 3
    words = [line for line in lines if "  imgfile " not in line]  # a command stays whole, to be copied
    assert max(map(len, words)) <= 40
