"""The policy of today for what shows and changes nothing: where it cannot be read, what it says is not known."""

from __future__ import annotations

from imgfile.clinical.policy import Policy
from imgfile.errors import Damaged
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault


def policy_today(vault: Vault, terminal: Terminal) -> Policy | None:
    """Return the policy; None, with a warning, where it is of a newer imgfile, or damaged."""
    try:
        return vault.policy
    except Damaged as error:
        terminal.warn(f"{error.message} {error.hint}".strip())
        return None
