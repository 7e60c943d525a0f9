"""What a run of imgfile that was ended from outside left in a folder: reported by the next run there, never removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from imgfile import files
from imgfile.terminal import Terminal


def folders_of(named: Iterable[str | Path]) -> list[Path]:
    """Return the folders that a command is about: those that were named, and those that hold the files named."""
    paths = [Path(name) for name in named if str(name) != "-"]
    return list(dict.fromkeys(path if files.is_folder(path) else path.parent for path in paths))


def warn_leftovers(terminal: Terminal, named: Iterable[str | Path]) -> None:
    """Warn of what lies unfinished in each folder that a command is about."""
    for folder in folders_of(named):
        left = files.leftovers_in(folder)
        if left:
            terminal.warn(_words(folder, left))


def _words(folder: Path, left: Sequence[Path]) -> str:
    if len(left) == 1:
        what, it, may = str(left[0]), "it", "may be a photo"
    else:
        what, it, may = f"{len(left):,} files in {folder} ({left[0].name}, …)", "them", "may be photos"
    was = "was" if len(left) == 1 else "were"
    return (
        f"{what} {was} left by an imgfile that was ended from outside, {may} in clear, and {was} not looked into. "
        f"imgfile check --clean removes what is known as its own; if no imgfile is at work there, delete {it} by hand."
    )
