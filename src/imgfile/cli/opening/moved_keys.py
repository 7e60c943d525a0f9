"""Asking whether keys that were found elsewhere are used there from now on; the rule is in `imgfile.acts.moved_keys`.

`imgfile vault keys FOLDER` has answered that already, and skips the question, never the rule.
"""

from __future__ import annotations

from typing import Final

from imgfile.acts.moved_keys import follow_keys, keys_found_elsewhere
from imgfile.cli.opening.agreed import is_agreed
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import Damaged, NotWritable, NoVault
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault

_USE: Final = "nothing missing. Use it from now on?"
_QUESTION: Final = Explanation(
    "The folder has the marker that the vault's roster names, and no key is missing that the vault speaks of. Y: the "
    "keys are looked for there from now on. n: nothing is changed.",
    "Whoever knows that the folder was moved, and that this is no copy of it.",
    "y",
)


def with_keys(vault: Vault, terminal: Terminal, *, may_follow: bool) -> Vault:
    """Return a vault with its keys where they were, or where somebody agrees that they are now.

    Where they are away the vault is returned as it is: much needs no key, and what does says so. Raises `Cancelled`.
    """
    if vault.store.has_keys or not (may_follow and terminal.can_ask):
        return vault
    try:
        there = keys_found_elsewhere(vault)
    except (NoVault, NotWritable, Damaged) as error:
        terminal.warn(f"{error.message} {error.hint}")
        return vault
    return follow_keys(there) if there is not None and _is_agreed(vault, there, terminal) else vault


def _is_agreed(vault: Vault, there: Vault, terminal: Terminal) -> bool:
    was = f" that were at {vault.store.keys_place}" if vault.store.keys_place else ""
    return is_agreed(terminal, f"{there.store.keys_place} holds the vault's keys{was}: {_USE}", _QUESTION)
