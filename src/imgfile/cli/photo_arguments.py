"""Photos that are named on the command line without a vault, and the files beside them: for `strip` and `inspect`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from imgfile.acts import strip as act
from imgfile.acts.sources import sidecars as companions
from imgfile.acts.sources.sidecars import Companion
from imgfile.cli.leftovers import warn_leftovers
from imgfile.cli.sidecars import listed
from imgfile.errors import Error, UsageError
from imgfile.terminal import Terminal

PhotoArguments = Annotated[list[str] | None, typer.Argument(metavar="PHOTO...", help="Photos or folders; - is a pipe.")]


def named_photos(
    terminal: Terminal, photos: list[str] | None, *, is_recursive: bool, output: Path | None = None
) -> list[str]:
    """Return every photo that was named, folders as the photos in them. Raises `UsageError` for none.

    What an earlier run left unfinished there, and where the output goes, is warned of.
    """
    names = list(act.named_photos(photos or [], is_recursive=is_recursive))
    warn_leftovers(terminal, [*(photos or []), *names, *([output] if output else [])])
    if not names:
        raise UsageError("no photo was named.", "Name a photo, a folder, or - for a pipe.")
    return names


def sidecars_beside(names: Sequence[str]) -> dict[str, tuple[Companion, ...]]:
    """Find what lies beside each photo that was named, and was not named itself."""
    found = {name: () if name == act.PIPE else companions.find(Path(name)) for name in names}
    return {name: tuple(each for each in some if str(each.path) not in found) for name, some in found.items()}


def report_failure(terminal: Terminal, name: str, error: Error, *, is_only: bool) -> None:
    """Report a photo that failed; raise the error of the only one, which ends the command by its own code."""
    if terminal.is_json:
        terminal.data({"type": "failed", "source": name, "slug": error.slug, "message": error.message})
    if is_only:
        raise error
    terminal.error(error)


def report_sidecars(terminal: Terminal, shown: str, beside: tuple[Companion, ...]) -> None:
    """Report what lies beside a photo and was left as it is."""
    if beside:
        terminal.say(f"{shown}: left as it is beside it: {listed(beside)}")
