"""`imgfile people role`: say what a person may do in the practice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from imgfile.acts.practice.administrator import admit_administrator, expect_format_2
from imgfile.acts.practice.people import change_roles, find_person
from imgfile.cli.acting.administrator import expect_administrator
from imgfile.cli.commands.people.remove import PersonArgument
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.vocabulary import AttesterRole
from imgfile.errors import UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Role

_ROLES: Final = (
    f"What they may do from now on: {', '.join(role.value for role in Role)}; a clinician also as "
    f"{', '.join(role.value for role in AttesterRole)}, as which they attest."
)
RolesArgument = Annotated[
    list[str],
    typer.Argument(metavar="ROLE...", help=_ROLES),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("role", help="Say what a person may do in the practice, from now on.")(role_)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def role_(
    *, who: PersonArgument, roles: RolesArgument, vault: Vault, identities: Identities, terminal: Terminal
) -> None:
    """Sign the roster that gives somebody these roles, and no others."""
    person = find_person(vault.roster, who)
    attester, wanted = _attester(roles), [_role(word) for word in roles]
    expect_format_2(vault)
    expect_administrator(vault, identities)
    is_so = set(wanted) == set(person.roles) and attester in {"", person.attester}
    if is_so:
        now = person
    else:
        refuse([identities.problem()], "people role")
        by = admit_administrator(vault, identities.unlock())
        changed = change_roles(vault, by, person.who, wanted, attester=attester, at=datetime.now(UTC))
        now = find_person(changed.roster, person.who)
    if terminal.is_json:
        facts = {"person": now.who, "name": now.name, "registration": now.registration, "attester": now.attester}
        terminal.data({"type": "person", **facts, "roles": [role.value for role in now.roles]})
    attests = f"; attests as {now.attester.replace('_', ' ')}" if now.attester else ""
    already = " already. Nothing was changed" if is_so else ""
    terminal.say(f"{now.title}: {', '.join(role.value for role in now.roles)}{attests}{already}.")


def _role(word: str) -> Role:
    if _plain(word) in set(AttesterRole):
        return Role.CLINICIAN
    try:
        return Role(_plain(word))
    except ValueError:
        known = ", ".join([*Role, *AttesterRole])
        raise UsageError(f"{word} is no role.", f"One of: {known}.") from None


def _attester(words: list[str]) -> str:
    """Return as what somebody attests, where that is said: a doctor or a nurse is a clinician, as which one."""
    said = [_plain(word) for word in words if _plain(word) in set(AttesterRole)]
    if len(set(said)) > 1:
        raise UsageError(f"{' and '.join(said)}: a person attests as one of them.", "Give one.")
    return said[0] if said else ""


def _plain(word: str) -> str:
    return word.strip().casefold().replace(" ", "_").replace("-", "_")
