"""Every reference leads somewhere: what docstrings, comments and pages name of this repository is there."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from kit.architecture.imports import modules, syntax_tree
from kit.tools import REPOSITORY

pytestmark = pytest.mark.slow

SOURCE, TESTS = REPOSITORY / "src" / "imgfile", REPOSITORY / "tests"
CODE = [*sorted(SOURCE.rglob("*.py")), *sorted(TESTS.rglob("*.py"))]
PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md"))]
RULES = REPOSITORY / "docs" / "reference" / "rules.md"
ROOMS = {name.partition(".")[0] for name in modules() if name}

COMMENT = re.compile(r"(?:^ *|  )# (.*)$", re.MULTILINE)
QUOTED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
OUR_FILE = re.compile(r"(?<![\w./*<>{-])(?:[\w.-]+/)*[\w-]+\.(?:py|md)(?!\w)")
FOLDER = re.compile(r"(?:\w+/)+")
DOTTED = re.compile(r"[a-z_]\w*(?:\.\w+)+")
NAME = re.compile(r"[a-z_][a-z0-9_]*")
RULE = re.compile(r"\bR[1-9]\d?\b")

ELSEWHERE = {
    "img_e1234": "an example's",
    "filelock": "a package that imgfile does without",
    "g_filename_to_uri": "GLib's, which names thumbnails",
    "jp2": "a subtype of pictures",
    "und": "ISO 639's undetermined language",
    "vulv": "an example's",
}
"""Names in backticks that are neither our code's, nor Python's, nor in any string of the code.

What parsers quote of their standards, field by field, is not looked up, but for the docstrings that say what they are.
"""


def described(path: Path) -> Iterator[ast.Constant]:
    """Yield the docstrings of a module and of all in it, and the strings that describe its constants."""
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


@cache
def said(path: Path) -> str:
    """Return what a file says to its reader: a page whole; of code its docstrings and comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    return "\n".join([*(str(one.value) for one in described(path)), *COMMENT.findall(text)])


@cache
def names(path: Path) -> frozenset[str]:
    """Return the names that a module defines or uses, and the words of its strings."""
    words: set[str] = set()
    prose = set(map(id, described(path)))
    for node in ast.walk(syntax_tree(path)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                words.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                words.add(name)
            case ast.alias(name=name):
                words.update(name.split("."))
            case ast.keyword(arg=str(name)):
                words.add(name)
            case ast.Constant(value=str(text)) if id(node) not in prose:
                words.update(re.findall(r"\w+", text))
            case ast.Constant(value=bytes(raw)):
                words.update(re.findall(r"\w+", raw.decode("latin-1")))
            case _:
                pass
    return frozenset(words)


@cache
def vocabulary() -> frozenset[str]:
    """Return every name that a docstring may put in backticks."""
    known = {*ELSEWHERE, *keyword.kwlist, *dir(builtins), *sys.stdlib_module_names}
    return frozenset(known).union(*map(names, modules().values()), *(name.split(".") for name in modules()))


def is_there(name: str, near: Path) -> bool:
    """Return whether a path leads somewhere: from the top, the package, the tests, or where it is named."""
    return any((place / name).exists() for place in (REPOSITORY, SOURCE, TESTS, near.parent, near.parent.parent))


def leads_to_code(dotted: str) -> bool:
    """Return whether a dotted name is a module of ours, or a name in one."""
    inner = dotted.removeprefix("imgfile.")
    if inner in modules():
        return True
    module, _, name = inner.rpartition(".")
    return module in modules() and name in names(modules()[module])


def lost(paths: Iterable[Path], find: Callable[[Path], Iterable[str]]) -> dict[str, list[str]]:
    """Return what `find` reports of each file, without the files of which it reports nothing."""
    return {path.relative_to(REPOSITORY).as_posix(): found for path in paths if (found := sorted(set(find(path))))}


def quoted(path: Path) -> list[str]:
    """Return what stands in backticks; of a call its name."""
    return [one.removesuffix("()") for one in QUOTED.findall(said(path))]


def test_every_file_named_is_there() -> None:
    """By its path from the top or from the package, or by its name beside where it is named."""
    assert (
        lost([*CODE, *PAGES], lambda path: (one for one in OUR_FILE.findall(said(path)) if not is_there(one, path)))
        == {}
    )


def test_every_folder_named_is_there() -> None:
    """Those that begin with a room of ours, or with one of the repository's folders."""
    ours = ROOMS | {"src", "tests", "docs"}

    def gone(path: Path) -> Iterator[str]:
        folders = (one for one in quoted(path) if FOLDER.fullmatch(one) and one.partition("/")[0] in ours)
        return (one for one in folders if not is_there(one, path))

    assert lost([*CODE, *PAGES], gone) == {}


def test_every_module_named_is_there() -> None:
    """A dotted name that begins with a room of ours leads to a module, or to a name in it."""
    ours = ROOMS | {"imgfile"}

    def gone(path: Path) -> Iterator[str]:
        dotted = (one for one in quoted(path) if DOTTED.fullmatch(one) and one.partition(".")[0] in ours)
        return (one for one in dotted if not leads_to_code(one) and not is_there(one, path))

    assert lost([*CODE, *PAGES], gone) == {}


def test_every_name_in_backticks_is_known() -> None:
    """A module's, a name in the code, a word in one of its strings, or Python's own."""

    def unknown(path: Path) -> Iterator[str]:
        is_parser = path.is_relative_to(SOURCE / "images") or path.is_relative_to(SOURCE / "mail")
        text = (ast.get_docstring(syntax_tree(path)) or "") if is_parser else said(path)
        names_said = (one.removesuffix("()") for one in QUOTED.findall(text))
        return (one for one in names_said if NAME.fullmatch(one) and one not in vocabulary())

    assert lost(sorted(SOURCE.rglob("*.py")), unknown) == {}


def test_a_folders_docstring_names_its_files() -> None:
    """Where it lists what lies in the folder, a line each, that lies there."""

    def gone(path: Path) -> Iterator[str]:
        listed = re.findall(r"^ *([\w/]+(?:\.py|/))(?= |$)", said(path), re.MULTILINE)
        return (name for name in listed if not (path.parent / name).exists())

    assert lost(SOURCE.rglob("__init__.py"), gone) == {}


def test_every_rule_cited_is_in_the_reference() -> None:
    """By the number that refusals show."""
    known = set(RULE.findall(RULES.read_text(encoding="utf-8")))
    assert lost([*CODE, *PAGES], lambda path: set(RULE.findall(said(path))) - known) == {}


def test_a_reference_that_leads_nowhere_is_noticed() -> None:
    """The checks above would see a file, a folder, a module and a name that are gone."""
    assert OUR_FILE.findall("see `mail/pst.py`, or pst.py") == ["mail/pst.py", "pst.py"]
    assert not is_there("mail/pst.py", SOURCE / "mail" / "search.py")
    assert not leads_to_code("images.recheck")
    assert leads_to_code("clinical.proofs.Release")
    assert "whereabouts" not in vocabulary()
