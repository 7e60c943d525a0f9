"""Who sits at this computer, as far as that is certain before a passphrase is typed: nobody is asked in vain.

It is certain where this computer keeps one identity, its person's own, and no flag names another. What signs and opens
is known only once an identity is opened, so each act judges again then.
"""

from __future__ import annotations

from collections.abc import Iterable

from imgfile.acts.disclosure.open import expect_looking
from imgfile.acts.life.person import expect_role
from imgfile.acts.practice.administrator import expect_format_2
from imgfile.cli.identity import Identities
from imgfile.vault.access import Vault
from imgfile.vault.keys.things import closed
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import ClosedHolder, Person, Role
from imgfile.vault.thing_key import ThingKey


def sitting_here(vault: Vault, identities: Identities) -> Person | None:
    """Return whose identity this computer keeps, where that is certain and they are listed; None otherwise."""
    return vault.roster.person(_who(vault, identities))


def left_from_here(vault: Vault, identities: Identities) -> str:
    """Return who left that had this computer, and whose identity it still keeps; empty where that is nobody."""
    return next((one.title for one in _left(vault, identities)), "")


def expect_role_here(vault: Vault, identities: Identities, roles: frozenset[Role], what: str) -> None:
    """See that whoever sits here may do something; `what` ends "only … may". Raises `RefusedByRule` (R26)."""
    if who := _who(vault, identities):
        expect_role(vault, who, roles, what)


def expect_disclosing(vault: Vault) -> None:
    """See that this computer may look, and can enter in its trail who does, before anybody is asked.

    Raises `RefusedByRule` at reception (R26), `NoVault` where it is not enrolled, or was retired, `Damaged` where it
    lost its memory of the vault.
    """
    vault.station.require_memory()
    expect_looking(vault)
    vault.enrolled()


def expect_stating(vault: Vault) -> None:
    """See that persons may state things of records at this computer, before anybody is asked.

    Raises `UsageError` for format 1, and as `expect_disclosing` does.
    """
    expect_format_2(vault)
    expect_disclosing(vault)


def expect_open_here(vault: Vault, identities: Identities, records: Iterable[Manifest]) -> None:
    """See that not all of these records are closed to whoever sits here, who has left. Raises `Closed`."""
    holders = {one.holder for one in _left(vault, identities)}
    found = list(records)
    if not holders or not found:
        return
    reach = max((one.number for one in vault.roster.generations if holders & one.holders.keys()), default=0)
    if all(isinstance(each.key, ThingKey) and each.key.generation > reach for each in found):
        raise closed(found[0].reference)


def _left(vault: Vault, identities: Identities) -> list[ClosedHolder]:
    """Return the closed credentials of whoever sits here, where they are not listed any more."""
    who = _who(vault, identities)
    if not who or vault.roster.person(who) is not None:
        return []
    return [one for one in vault.roster.closed.credentials if one.person == who]


def _who(vault: Vault, identities: Identities) -> str:
    """Return the id of whoever's identity this computer keeps; empty where that is not certain."""
    if identities.is_named or not vault.is_enrolled or vault.station.has_other_identity:
        return ""
    return vault.here.person
