"""Changing the practice's policy: an administrator's act, of one file and one roster that names it.

1. The new policy is written first, under its digest; a run that died leaves a file that no roster names, and the same
   command finishes it.
2. The roster is signed only over the policy that was shown and changed. Of two edits at once the slower one is refused,
   since nobody has seen what the two would be together.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from imgfile.acts.practice.administrator import Administrator, expect_format_2, sign_roster
from imgfile.clinical import policy as practice_policy
from imgfile.clinical.policy import Policy
from imgfile.errors import UsageError
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Roster


def editable(vault: Vault) -> Policy:
    """Return the policy that a new one is made from. Raises `UsageError`, `NotWritable`, `Damaged`."""
    expect_format_2(vault)
    policy = vault.policy
    practice_policy.dump(policy)  # which refuses to write over what this version does not understand
    return policy


def change_policy(vault: Vault, by: Administrator, policy: Policy, *, at: datetime) -> Vault:
    """Sign a roster that names a new policy instead of the one that was read. Raises `UsageError`, `NotWritable`."""
    expect_format_2(vault)
    data = practice_policy.dump(policy)
    before, wanted = vault.roster.policy_digest, hashlib.sha256(data).hexdigest()

    def applied(newest: Roster) -> Roster:
        if newest.policy_digest == before:
            return replace(newest, policy_digest=wanted)
        if newest.policy_digest == wanted:
            raise UsageError("a roster that came first names this very policy.", "Nothing is left to do.")
        raise UsageError(
            f"the policy was changed meanwhile, by roster {newest.number} or one before it.",
            "Nothing was changed. See what it says now:  imgfile policy show",
        )

    name = layout.policy(wanted)
    if not vault.store.claim(name, data):  # an earlier policy, or one of a run that died
        vault.store.read_matching(name, wanted, "the policy of that digest")
    return sign_roster(vault, by, "policy", applied, at=at)
