"""Whether somebody who may change the roster sits here, seen before anything is asked.

What signs is known for certain only once an identity is opened. Before that it is known of a computer that keeps none,
and of one whose only identity is its person's own: they need not answer four questions to learn that they may not.
"""

from __future__ import annotations

from imgfile.cli.acting.sitting_here import left_from_here, sitting_here
from imgfile.cli.identity import Identities
from imgfile.errors import AnswerInvalid, UsageError
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Person, Role
from imgfile.vault.roster.successor import LET_ADMINISTER


def expect_administrator(vault: Vault, identities: Identities) -> None:
    """Refuse where nobody at this computer may change the roster. Raises `AnswerInvalid`, `UsageError`."""
    if identities.is_named:
        return
    by = " or ".join(one.title for one in vault.roster.people if one.credentials and Role.ADMINISTRATOR in one.roles)
    if not identities.is_kept:
        raise AnswerInvalid(
            "nobody has a key at this computer that could sign this.",
            f"Nothing was changed. An administrator does it, where they look at photos: {by}\n"
            "Here it takes --identity-file FILE, such as the recovery file.",
        )
    if left := left_from_here(vault, identities):
        raise UsageError(
            f"this computer keeps the identity of {left}, who left.",
            f"Nothing was changed. An administrator does it: {by}",
        )
    person = sitting_here(vault, identities)
    if person is not None and not {one.holder for one in person.credentials} & vault.roster.roster_signers.keys():
        raise UsageError(
            f"{person.title} may not change the practice's people, computers or policy.",
            f"Nothing was changed. An administrator does it: {by}",
        )


def refuse_oneself(vault: Vault, identities: Identities, person: Person) -> None:
    """Refuse to remove whoever sits here. Raises `UsageError`."""
    here = sitting_here(vault, identities)
    if here is None or here.who != person.who:
        return
    others = [one for one in vault.roster.people if one.who != here.who and Role.ADMINISTRATOR in one.roles]
    by = " or ".join(one.title for one in others)
    way = f"Another administrator does it: {by}" if others else f"Let somebody else administer first:  {LET_ADMINISTER}"
    raise UsageError("nobody removes themselves.", f"Nothing was changed. {way}")
