"""What a practice decided once, for all its photos: the nation whose law holds, and intimate photos of under-18s.

Stored as TOML in the vault, named by its digest in the roster. `load` is strict but keeps keys that a later version
may add; `dump` has one spelling for each policy, and refuses to write over what it does not understand.
"""

from __future__ import annotations

import tomllib
from typing import Final

from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from imgfile.errors import Damaged, NotWritable
from imgfile.frozen import dataclass

FORMAT: Final = 1
MAX_POLICY_BYTES: Final = 1 << 16
"""A policy is a handful of lines."""
_KEYS: Final = ("format", "nation", "intimate_under_18", "health_attorney")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A practice's policy. `intimate_under_18` has no default: a practice must decide (R9)."""

    nation: Nation
    intimate_under_18: IntimateUnder18
    health_attorney: bool | None = None
    """Whether health attorneys exist here; None leaves it to the nation. Northern Ireland is taken to have none (R7),
    which could not be checked against its source: hence the key."""
    unknown_keys: tuple[str, ...] = ()
    """Keys of a later version, kept so that this version knows not to write."""

    @property
    def has_health_attorneys(self) -> bool:
        """Whether a health attorney can decide for a patient of this practice."""
        if self.health_attorney is None:
            return self.nation is not Nation.NORTHERN_IRELAND
        return self.health_attorney


def load(data: bytes) -> Policy:
    """Read a policy. Raises Damaged, whatever the bytes."""
    if len(data) > MAX_POLICY_BYTES:
        raise _damaged("it is too large")
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):  # a number of many digits and deep brackets escape tomllib's own error
        raise _damaged("it is not TOML") from None
    if type(document.get("format")) is not int or document["format"] < FORMAT:
        raise _damaged("it states no format")
    if document["format"] > FORMAT:
        raise Damaged("the practice policy was written by a newer imgfile.", "Update imgfile on this computer.")
    attorney = document.get("health_attorney")
    if attorney is not None and not isinstance(attorney, bool):
        raise _damaged("health_attorney is neither true nor false")
    try:
        return Policy(
            nation=Nation(str(document.get("nation"))),
            intimate_under_18=IntimateUnder18(str(document.get("intimate_under_18"))),
            health_attorney=attorney,
            unknown_keys=tuple(sorted(document.keys() - set(_KEYS))),
        )
    except ValueError:
        raise _damaged("nation or intimate_under_18 is missing or unknown") from None


def dump(policy: Policy) -> bytes:
    """Write a policy in its one spelling. Raises NotWritable when it has keys of a later version."""
    if policy.unknown_keys:
        raise NotWritable("this policy has settings of a newer imgfile.", "Update imgfile, then change the policy.")
    lines = [f"format = {FORMAT}", f'nation = "{policy.nation}"', f'intimate_under_18 = "{policy.intimate_under_18}"']
    if policy.health_attorney is not None:
        lines.append(f"health_attorney = {str(policy.health_attorney).lower()}")
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _damaged(reason: str) -> Damaged:
    return Damaged(f"the practice policy cannot be read: {reason}.", "Restore the vault's policy folder from a backup.")
