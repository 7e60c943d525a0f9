"""`imgfile people list`: who belongs to the vault, with which roles, and on which computers they can look."""

from __future__ import annotations

from typing import Final

import typer

from imgfile.acts.practice.members import Member, members
from imgfile.cli.formats import output_moment_text
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.terminal import Lines, Terminal
from imgfile.vault.access import Vault

COLUMNS: Final = ("name", "registration", "roles", "looks at", "since")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help="List the people of the vault: their roles, and where they can look.")(list_)


@with_terminal("json", "quiet")
@with_vault
def list_(*, vault: Vault, terminal: Terminal) -> None:
    """List the people."""
    listed = list(members(list(vault.rosters())))
    if terminal.is_json:
        for member in listed:
            terminal.data(_facts(member))
    else:
        terminal.table(COLUMNS, [_row(member, terminal) for member in listed])


def _row(member: Member, terminal: Terminal) -> tuple[object, ...]:
    person = member.person
    places = Lines(held.station or held.credential.holder[:8] for held in member.held)
    since = Lines(output_moment_text(held.since, terminal) for held in member.held)
    return person.name, person.registration, _roles(member), places, since


def _roles(member: Member) -> str:
    return ", ".join(role.value for role in member.person.roles)


def _facts(member: Member) -> dict[str, object]:
    person = member.person
    return {
        "type": "person",
        "person": person.who,
        "name": person.name,
        "registration": person.registration,
        "roles": [role.value for role in person.roles],
        "attester": person.attester,
        "credentials": [
            {"credential": held.credential.holder, "station_name": held.station, "since": held.since}
            for held in member.held
        ],
    }
