"""The walls: arrows point down, each proof has one maker, each outside library one door, each file one seam."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.architecture.imports import circle, levels, parts, syntax_tree, without_detours
from kit.architecture.imports import imports as ours
from kit.architecture.pictures import FOLDER, PICTURES, contract_layers

SOURCE = Path(__file__).resolve().parent.parent / "src" / "imgfile"

FILES_IN_A_FOLDER = 20
"""More than a newcomer reads before opening one: the folder's package docstring is not counted."""

ROOMS = sorted({name.rpartition(".")[0] for name in ours() if name})
"""Every folder, dotted; the package itself is the empty name."""

MAKERS = {
    "Photo": {"acts/sources/source.py"},
    "Stripped": {"images/verify/check.py"},
    "Filing": {"clinical/filing.py"},
    "Refiled": {"vault/records/refile.py"},
    "Verified": {"vault/records/commit.py"},
    "Release": {"vault/trail/permissions.py"},
    "Removal": {"mail/removal/plan.py"},
    "Inventory": {"acts/erasure/whole_export.py"},
    "Agreed": {"acts/erasure/whole_export.py"},
    "Clearance": {"vault/trail/permissions.py"},
    "Disposed": {"vault/trail/permissions.py"},
    "Erasure": {"erase/overwrite.py"},
}
"""Who may call each proof's constructor."""

SOLE_IMPORTERS: dict[str, str | tuple[str, ...]] = {
    "typer": (
        *("cli/app.py", "cli/commands/", "cli/finding/options.py", "cli/handover/handed.py", "cli/help.py"),
        *("cli/ingest/options.py", "cli/options.py"),
        *("cli/photo_arguments.py", "cli/purpose.py", "cli/question_options.py", "cli/search_options.py"),
    ),
    "rich": "terminal/",
    "platformdirs": "state.py",
    "piexif": ("images/", "acts/demonstration/photo.py"),
    "PIL": ("images/", "acts/demonstration/photo.py"),
    "fpdf": "acts/disclosure/handover/page.py",
    "cryptography": ("sealing/", "notes.py"),
}

CHANGING_CALLS = {"write_bytes", "write_text", "unlink", "rename", "mkdir", "rmdir", "touch", "symlink_to", "rmtree"}
"""Names of calls that change a file system whatever their arguments."""

OUTSIDE_THE_SEAM = {
    "mail/locks.py": "a dotlock is a custom among mail programs: it guards a mailbox, and holds nothing",
    "terminal/keyboard.py": "the controlling terminal is opened to be written to",
    "process_lock.py": "a lock's file holds nothing, and no photo rests on it",
    "cli/__init__.py": "a standard stream that nobody reads is pointed elsewhere as Python ends",
}


@functools.cache
def modules() -> list[tuple[str, ast.Module]]:
    """Return every module of the package, by its path below it."""
    paths = sorted(SOURCE.rglob("*.py"))
    return [(path.relative_to(SOURCE).as_posix(), syntax_tree(path)) for path in paths]


@functools.cache
def calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    """Return every call with the last part of the called name."""
    return [
        (node.func.id if isinstance(node.func, ast.Name) else node.func.attr, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    ]


@functools.cache
def constructions(tree: ast.Module) -> frozenset[str]:
    """Return the names of all classes constructed, whether by name or as `cls` within them; functions called too."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    within = {node.name for node in classes if any(name == "cls" for name, _ in calls(node))}
    return frozenset({name for name, _ in calls(tree)} | within)


@functools.cache
def imports(tree: ast.Module) -> frozenset[str]:
    """Return the top names of everything a module imports, lazily or not."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return frozenset(names)


@pytest.mark.slow
def test_arrows_point_down() -> None:
    """The import contracts in pyproject.toml hold."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=SOURCE.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_arrow_goes_up_or_sideways() -> None:
    """Read from the text, beside import-linter: each room imports only rooms of lower levels, and each is on one."""
    level = {room: number for number, rooms in enumerate(contract_layers()) for room in rooms}
    graph = parts("")
    assert graph.keys() - level.keys() == {"__main__"}
    wrong = [(room, other) for room in level for other in graph[room] if level[other] <= level[room]]
    assert wrong == []


def test_no_module_leads_back_to_itself() -> None:
    """Not by an import inside a function either."""
    assert circle(ours()) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_part_of_a_room_leads_back_to_itself(room: str) -> None:
    """Files and folders side by side can be read in an order."""
    assert circle(parts(room)) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_folder_is_more_than_can_be_looked_through(room: str) -> None:
    """A folder splits where its tests or its importers differ, before it grows past that."""
    files = [path for path in (SOURCE / room.replace(".", "/")).glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= FILES_IN_A_FOLDER


def test_a_circle_would_be_seen() -> None:
    """The search behind these tests finds one, wherever it begins."""
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == ["b", "c", "b"]
    with pytest.raises(ValueError, match="b imports c imports b"):
        levels({"a": {"b"}, "b": {"c"}, "c": {"b"}})


def test_only_detours_are_left_out_of_a_picture() -> None:
    """An arrow stays unless a longer way leads to the same place."""
    graph = {"a": {"b", "c", "d"}, "b": {"c"}, "c": set(), "d": set()}
    assert without_detours(graph) == {"a": {"b", "d"}, "b": {"c"}, "c": set(), "d": set()}
    assert levels(graph) == [["a"], ["b", "d"], ["c"]]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_imports_say(name: str) -> None:
    """None is stale; `make pages` draws them anew."""
    assert (FOLDER / name).read_text(encoding="utf-8") == PICTURES[name]()


def test_the_architecture_page_names_every_room_and_shows_every_picture() -> None:
    """Each room once, and so does the package's own docstring."""
    page = (FOLDER / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", page, re.MULTILINE)
    rooms = sorted(room for level in contract_layers() for room in level)
    assert sorted(named) == rooms
    docstring = ast.get_docstring(dict(modules())["__init__.py"]) or ""
    assert sorted(re.findall(r"^    (\w+)(?:/|\.py) ", docstring, re.MULTILINE)) == rooms
    assert set(re.findall(r"\(([\w-]+\.svg)\)", page)) == set(PICTURES)


@pytest.mark.parametrize("proof", MAKERS)
def test_each_proof_is_made_in_its_own_place(proof: str) -> None:
    """So that "nothing is erased unless the filed copy is proven" cannot be written any other way."""
    makers = {name for name, tree in modules() if proof in constructions(tree)}
    assert makers == MAKERS[proof]


@pytest.mark.parametrize("library", SOLE_IMPORTERS)
def test_each_library_has_one_door(library: str) -> None:
    """A library that may be exchanged one day is known to one room."""
    doors = {name for name, tree in modules() if library in imports(tree)}
    assert doors
    assert all(name.startswith(SOLE_IMPORTERS[library]) for name in doors)


def test_only_one_module_writes_to_the_file_system() -> None:
    """Every write passes the seam, where faults are planted and durability is kept."""
    writers = {name for name, tree in modules() for called, call in calls(tree) if _changes_files(called, call)}
    assert writers - OUTSIDE_THE_SEAM.keys() == {"files.py", "beneath.py", "renaming.py", "replacing.py", "staging.py"}


def _changes_files(called: str, call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id="files")):
            return False
        case ast.Attribute(attr="replace"):  # str and datetime have one too; a path's takes one argument
            return len(call.args) == 1 and not call.keywords
        case _ if called == "open":
            return re.search(r"O_CREAT|O_WRONLY|O_RDWR|'[rb]*[wax+][b+]*'", ast.unparse(call)) is not None
        case _:
            return called in CHANGING_CALLS


def test_nothing_is_printed_outside_the_terminal() -> None:
    """Library code never prints; `--version` alone is answered before the terminal is imported."""
    printers = {name for name, tree in modules() for _, call in calls(tree) if ast.unparse(call.func) == "print"}
    assert printers <= {"cli/__init__.py"}


STORE = "vault/store/directory.py"
OF_PATHS = {"joinpath", "with_name", "with_suffix", "open", "scandir", "listdir", "join"}
"""Names of calls that make a path of a name, or reach what lies there."""


def test_only_the_store_turns_a_vault_name_into_a_path() -> None:
    """So that another kind of store can take the directory's place, and its rules hold for every name.

    In the vault's other rooms no path is made, and the file system is not spoken to; whoever calls them gives the
    names of `layout` to a store, and joins nothing to the folder that a pin or a store holds.
    """
    for name, tree in modules():
        if name == STORE:
            assert set(_paths_made(tree)), "the search below finds nothing even where paths are made"
        elif name.startswith("vault/"):
            assert not set(_paths_made(tree)), name
            assert not set(imports(tree)) & {"os", "shutil", "glob"}, name
        elif name.startswith(("acts/", "cli/", "practice_state/", "state.py", "station.py")):
            made = list(_paths_made(tree))
            assert not [path for path in made if re.search(r"\blayout\.|\.root\b|pin\.folder|\.store\b", path)], name


def _paths_made(tree: ast.Module) -> Iterator[str]:
    """Yield every expression that joins paths, or reaches for what one names."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.Div()):
                yield ast.unparse(node)
            case ast.Attribute(attr="root"):
                yield ast.unparse(node)
            case ast.Call(func=ast.Name(id="Path"), args=[_, *_]):
                yield ast.unparse(node)
            case ast.Call(func=ast.Attribute(attr=called)) if called in OF_PATHS and not _is_of_text(node):
                yield ast.unparse(node)


def _is_of_text(call: ast.Call) -> bool:
    """Return whether it is a text's `join`."""
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Constant | ast.JoinedStr)
