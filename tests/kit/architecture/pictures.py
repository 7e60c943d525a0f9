"""Draw the architecture from the imports, for docs/explanation/architecture.md.

PYTHONPATH=tests python -m kit.architecture.pictures

`architecture.svg` shows the rooms in the levels that pyproject.toml's first contract names; one picture more for each
room with a second level shows its parts. An arrow that a longer way makes needless is left out: whoever may import
what lies beneath, may import what lies beneath that.
"""

from __future__ import annotations

import functools
import sys
import textwrap
import tomllib
from collections.abc import Callable, Mapping
from typing import Final

from kit.architecture.drawing import Box, drawn
from kit.architecture.imports import levels, parts, without_detours
from kit.tools import REPOSITORY

FOLDER: Final = REPOSITORY / "docs" / "explanation"
ROOMS: Final = ("cli", "acts", "vault", "mail", "images", "images.formats", "erase", "clinical", "sealing")
"""The rooms that have a picture of their own."""

_LINE: Final = 28
"""How many characters of its parts stand in a line of a box."""


def contract_layers() -> list[list[str]]:
    """Return the rooms by level, top to bottom, as the contract in pyproject.toml has them."""
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(one["layers"] for one in settings["contracts"] if one.get("containers") == ["imgfile"])
    return [[name.strip() for name in layer.split("|")] for layer in layers]


def rooms() -> str:
    """Return the picture of all rooms."""
    graph = {name: others for name, others in parts("").items() if name != "__main__"}
    boxes = {name: _box("", name) for name in graph}
    return drawn("The rooms of imgfile, and who imports whom", boxes, contract_layers(), without_detours(graph))


def inside(room: str) -> str:
    """Return the picture of the parts of a room."""
    graph = parts(room)
    boxes = {name: _box(f"{room}.", name) for name in graph}
    title = f"Who imports whom inside {room.replace('.', '/')}/"
    return drawn(title, boxes, levels(graph), without_detours(graph))


def _box(prefix: str, name: str) -> Box:
    """Return a box with the name of a file, or of a folder and of what lies in it."""
    within = sorted(parts(prefix + name))
    if not within:
        return Box(f"{name}.py")
    folders = {one for one in within if parts(f"{prefix}{name}.{one}")}
    words = " ".join(f"{one}/" if one in folders else one for one in within)
    return Box(f"{name}/", tuple(textwrap.wrap(words, _LINE, break_on_hyphens=False)))


PICTURES: Mapping[str, Callable[[], str]] = {
    "architecture.svg": rooms,
    **{f"architecture-{room.replace('.', '-')}.svg": functools.partial(inside, room) for room in ROOMS},
}
"""Every picture, by the name of its file."""


def main() -> None:
    """Write all pictures, and name those that changed."""
    for name, draw in PICTURES.items():
        path, text = FOLDER / name, draw()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stderr.write(f"{path.relative_to(REPOSITORY)}\n")


if __name__ == "__main__":
    main()
