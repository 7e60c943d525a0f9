"""`imgfile people role`: say what a person may do in the practice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.people import change_roles, find_person
from imgfile.cli.commands.people.remove import PersonArgument
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.errors import UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Role

RolesArgument = Annotated[
    list[str],
    typer.Argument(metavar="ROLE...", help=f"What they may do from now on: {', '.join(role.value for role in Role)}."),
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
    person, wanted = find_person(vault.roster, who), [_role(word) for word in roles]
    refuse([identities.problem()], "people role")
    changed = change_roles(
        vault, admit_administrator(vault, identities.unlock()), person.who, wanted, at=datetime.now(UTC)
    )
    now = find_person(changed.roster, person.who)
    if terminal.is_json:
        terminal.data({"type": "person", "person": now.who, "roles": [role.value for role in now.roles]})
    terminal.say(f"{now.title}: {', '.join(role.value for role in now.roles)}.")


def _role(word: str) -> Role:
    try:
        return Role(word.strip().casefold().replace(" ", "_").replace("-", "_"))
    except ValueError:
        raise UsageError(f"{word} is no role.", f"One of: {', '.join(role.value for role in Role)}.") from None
