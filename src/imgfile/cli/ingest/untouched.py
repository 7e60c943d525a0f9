"""What an error of the vault says of the photos that a run is about: that they are as they were, and what to do next.

An error that is about the command, an answer, a rule or the source says that itself. One of the vault, of its rosters
or of this computer is raised far from where anything was named, so it is completed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from imgfile.errors import Busy, Damaged, Error, NotWritable, NoVault
from imgfile.terminal import sanitise

_OF_THE_VAULT: Final = (NoVault, Busy, Damaged, NotWritable)
_NEXT: Final[dict[type[Error], str]] = {
    Damaged: "File nothing until you know why:  imgfile verify",
    NotWritable: "Check the disk or share, then run the same command again: it finishes what is begun.",
}
"""What to do about an error that does not say so itself."""


def photos_named(named: Sequence[str], table: Path | None) -> str:
    """Return what a run is about, as the subject of a sentence; empty of standard input alone."""
    if table is not None:
        return f"What {sanitise(table.name)} names"
    names = [name for name in named if name != "-"]
    return sanitise(names[0]) if len(names) == 1 else "What was named" if names else ""


def saying_untouched(error: Error, what: str) -> None:
    """Let an error of the vault say that what it kept from being filed was not touched, where it does not say so."""
    if not isinstance(error, _OF_THE_VAULT):
        return
    error.hint = error.hint or next((hint for kind, hint in _NEXT.items() if isinstance(error, kind)), "")
    if what and "touched" not in error.message:
        error.message = f"{error.message.rstrip('.')}. {what} was not touched."


def saying_the_rest(error: Error) -> None:
    """Let an error that ends a run in its middle say that the photos without an outcome were not touched."""
    error.message = f"{error.message.rstrip('.')}. What was reported as filed is filed; the rest was not touched."
