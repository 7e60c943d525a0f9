"""Who imports whom within the package, read from the text: imports inside functions and for types alone count too."""

from __future__ import annotations

import ast
import functools
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from kit.tools import REPOSITORY

SOURCE = REPOSITORY / "src"
PACKAGE = "imgfile"

Graph = Mapping[str, Collection[str]]
"""What each name imports: names of modules, or of parts, without `imgfile.` before them."""


@functools.cache
def modules() -> Mapping[str, Path]:
    """Return every module's file by its dotted name below the package; a folder's docstring by the folder's name."""
    found = {}
    for path in sorted((SOURCE / PACKAGE).rglob("*.py")):
        parts = path.relative_to(SOURCE / PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def syntax_tree(path: Path) -> ast.Module:
    """Return a file's syntax tree: read once, whoever looks at it."""
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports() -> Graph:
    """Return what each module imports of the package: the module that defines a name, not the name."""
    return {name: set(_imported(name, path)) - {name} for name, path in modules().items()}


def _imported(name: str, path: Path) -> Iterator[str]:
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.Import):
            yield from (_module(alias.name) for alias in node.names if _is_ours(alias.name))
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports relatively, which this reader does not follow"
            if node.module and _is_ours(node.module):
                yield from (_module(f"{node.module}.{alias.name}") for alias in node.names)


def _is_ours(dotted: str) -> bool:
    return dotted.partition(".")[0] == PACKAGE


def _module(dotted: str) -> str:
    """Return the module that a dotted name leads to: itself, or the one that defines its last part."""
    inner = dotted.partition(".")[2]
    return inner if inner in modules() else inner.rpartition(".")[0]


def parts(room: str) -> Graph:
    """Return who imports whom among the parts of a room: its files, and its folders as one each. "" is the package."""
    prefix = f"{room}." if room else ""
    graph: dict[str, set[str]] = {}
    for name, imported in imports().items():
        part = _part(name, prefix)
        if part:
            others = {_part(other, prefix) for other in imported}
            graph.setdefault(part, set()).update(others - {part, ""})
    return graph


def _part(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).partition(".")[0] if name.startswith(prefix) else ""


def without_detours(graph: Graph) -> Graph:
    """Return a graph without the arrows that a longer way makes needless; it must have no circle."""

    @functools.cache
    def reached(name: str) -> frozenset[str]:
        return frozenset(graph[name]).union(*(reached(other) for other in graph[name]))

    return {name: {one for one in to if not any(one in reached(other) for other in to)} for name, to in graph.items()}


def circle(graph: Graph) -> list[str]:
    """Return the names along one circle, the first again at the end; nothing if there is none."""
    done: set[str] = set()

    def search(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        found = next(filter(None, (search(other, [*way, name]) for other in sorted(graph[name]))), [])
        done.add(name)
        return found

    return next(filter(None, (search(name, []) for name in sorted(graph))), [])


def levels(graph: Graph) -> list[list[str]]:
    """Return the names in levels, each above all that its names import, and none with more names than it must have.

    Raises:
        ValueError: for a graph with a circle.
    """
    if found := circle(graph):
        raise ValueError(" imports ".join(found))

    @functools.cache
    def height(name: str) -> int:
        return max((height(other) + 1 for other in graph[name]), default=0)

    rows: list[list[str]] = [[] for _ in range(max(map(height, graph)) + 1)]
    ceiling = dict.fromkeys(graph, len(rows))
    for name in sorted(graph, key=lambda name: (-height(name), name)):
        level = min(range(ceiling[name] - 1, height(name) - 1, -1), key=lambda level: len(rows[level]))
        rows[level].append(name)
        for other in graph[name]:
            ceiling[other] = min(ceiling[other], level)
    return [sorted(row) for row in reversed(rows)]
