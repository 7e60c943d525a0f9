"""`imgfile destroy list`: what is proposed to be destroyed, and what of it was; needs no passphrase."""

from __future__ import annotations

from typing import Final

import typer

from imgfile.acts.life.destroy import DamagedProposal, Pending, expect_sound, proposed
from imgfile.cli.formats import output_moment
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.terminal import Terminal
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.times import format_time

COLUMNS: Final = ("proposal", "made", "signed by", "records", "state")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help="List what is proposed to be destroyed. Needs no passphrase.")(list_)


@with_terminal("json", "quiet")
@with_vault
def list_(*, vault: Vault, terminal: Terminal) -> None:
    """List the proposals, oldest first."""
    found = proposed(vault)
    if terminal.is_json:
        for each in found:
            terminal.data(_facts(vault, each))
    else:
        terminal.table(COLUMNS, [_row(vault, each, terminal) for each in found if isinstance(each, Pending)])
        if not found:
            terminal.say("Nothing is proposed to be destroyed.")
    expect_sound(found)


def _row(vault: Vault, each: Pending, terminal: Terminal) -> tuple[str, ...]:
    made = output_moment(each.first.made, terminal)
    return each.reference, made, "; ".join(_signed(vault, each)), " ".join(_records(each)), _state(each)


def _facts(vault: Vault, each: Pending | DamagedProposal) -> dict[str, object]:
    if isinstance(each, DamagedProposal):
        return {"type": "damaged", "where": each.where, "message": each.message}
    return {
        "type": "proposal",
        "proposal": each.reference,
        "made": format_time(each.first.made),
        "signed": _signed(vault, each),
        "records": _records(each),
        "state": _state(each),
    }


def _signed(vault: Vault, pending: Pending) -> list[str]:
    names = (vault.roster.title_of(each.signer.name) or each.signer.name for each in pending.signed)
    return list(dict.fromkeys(names))


def _records(pending: Pending) -> list[str]:
    return [layout.reference(each.record) for each in pending.first.things]


def _state(pending: Pending) -> str:
    if pending.is_done:
        return "destroyed"
    if pending.otherwise:
        return "void"
    return "begun" if pending.gone or len(pending.signed) > 1 else "waiting"
