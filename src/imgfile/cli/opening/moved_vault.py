"""Asking whether a vault that was found elsewhere is used there from now on; its rule is in `imgfile.acts.moved`.

`--vault FOLDER` has answered that already, and skips the question, never the rule.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from imgfile.acts.moved import Moved, found_elsewhere, is_away, moved_to
from imgfile.cli.opening.agreed import is_agreed
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import Error, NoVault
from imgfile.station import Station
from imgfile.terminal import Terminal
from imgfile.vault.choose import choose_known

_QUESTION: Final = Explanation(
    "The vault is known by its fingerprint, and nothing is missing of what this computer has seen of it. Y: it is "
    "looked for there from now on. n: nothing is changed.",
    "Whoever knows that the vault was moved, and that this is no copy of it.",
    "y",
)


def station_there(named: Path | None, error: Error, terminal: Terminal, *, may_follow: bool) -> Station:
    """Return the station in a vault that was moved, its pin having followed; raise `error` where none was.

    Without `may_follow` nothing is asked and nothing is written. Raises `NoVault`, `Damaged`, `Cancelled`.
    """
    try:
        pin = choose_known(named)
    except NoVault:  # no vault is called so, and none is pinned there; the folder may still hold one
        moved = moved_to(named) if named is not None else None
        is_meant = True
    else:
        moved = found_elsewhere(pin)
        is_meant = False
        if moved is None and is_away(pin):
            raise type(error)(error.message, f"{error.hint}\nIf it was moved, name its new folder:  --vault FOLDER")
    if moved is None:
        raise error
    if is_meant and not may_follow:
        return moved.opened_there()
    if is_meant:
        terminal.say(
            f"The vault that was at {moved.pin.folder} is used at {moved.folder} from now on: nothing is missing."
        )
    elif not (may_follow and terminal.can_ask and _is_agreed(moved, terminal)):
        raise NoVault(
            f"the vault is not at {moved.pin.folder}; {moved.folder} holds it, and nothing is missing.",
            f"To use it there from now on, add:  --vault {moved.folder}",
        )
    return Station(moved.pin).follow(moved.folder)


def _is_agreed(moved: Moved, terminal: Terminal) -> bool:
    words = (
        f"{moved.folder} holds the vault that was at {moved.pin.folder}: roster {moved.roster}, nothing missing. "
        "Use it from now on?"
    )
    return is_agreed(terminal, words, _QUESTION)
