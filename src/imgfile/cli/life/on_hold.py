"""What is said where the photo of a record is on a safeguarding hold (R21)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from imgfile.acts.disclosure.on_hold import on_hold
from imgfile.cli.life.policy_today import policy_today
from imgfile.clinical.policy import Policy
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord

HOLDS_UNKNOWN: Final = (
    "an audit trail does not hold, so nobody can know whether a photo is on a safeguarding hold:  imgfile verify"
)
_ASK_FIRST: Final = "nothing of it is destroyed; before any copy leaves, ask whoever leads on safeguarding"


def hold_rows(where: str | None, policy: Policy | None) -> Iterator[tuple[str, str]]:
    """Yield a label and a text each: at which computer a photo is on hold, and whom to call; nothing of most."""
    if where is None:
        yield "safeguarding", f"not known: {HOLDS_UNKNOWN}"
    elif where:
        yield "safeguarding", f"ON HOLD at {where}: {_ASK_FIRST}"
        if policy is not None and policy.safeguarding_contact:
            yield "whom to call", policy.safeguarding_contact


def warn_on_hold(vault: Vault, opened: Iterable[OpenedRecord], terminal: Terminal) -> dict[str, str | None]:
    """Warn of each photo that is on hold, or may be; return where, by the record's reference."""
    holds = on_hold(vault)
    found = {each.manifest.reference: holds.where(each) for each in opened}
    policy = policy_today(vault, terminal) if any(found.values()) else None
    called = policy.safeguarding_contact.split() if policy is not None else []
    for reference, where in found.items():
        if where:
            words = f"{reference} is on a safeguarding hold, at {where}: {_ASK_FIRST}."
            terminal.warn(" ".join([words, *called]))
    if None in found.values():
        terminal.warn(HOLDS_UNKNOWN)
    return found
