"""`imgfile vault list`: the vaults that this computer knows, and where they lie. Nothing of a vault is opened."""

from __future__ import annotations

import os
from typing import Final

import typer

from imgfile.cli.scaffold import with_terminal
from imgfile.practice_state import vault_names
from imgfile.state import Pin
from imgfile.station import Station
from imgfile.terminal import Terminal
from imgfile.vault.access import kept_roster
from imgfile.vault.choose import usable_pins
from imgfile.vault.roster.model import fingerprint_of

COLUMNS: Final = ("vault", "name", "default", "roster", "computer", "folder", "fingerprint")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help="List the vaults that this computer knows, and where they lie.")(list_)


@with_terminal("json", "quiet")
def list_(*, terminal: Terminal) -> None:
    """List the vaults."""
    pins = usable_pins()
    default = vault_names.default_vault()
    if terminal.is_json:
        for pin in pins:
            terminal.data(_facts(pin, is_default=pin.vault == default))
    else:
        terminal.table(COLUMNS, [_row(pin, is_default=pin.vault == default) for pin in pins])
    if not pins:
        terminal.say("This computer does not know a vault yet.")


def _row(pin: Pin, *, is_default: bool) -> tuple[object, ...]:
    short, mark = pin.vault[: vault_names.SHORT_ID_DIGITS], "yes" if is_default else ""
    name, fingerprint = vault_names.name_of(pin.vault), fingerprint_of(pin.first_digest)
    return short, name, mark, pin.highest, _computer(pin), os.fspath(pin.folder), fingerprint


def _facts(pin: Pin, *, is_default: bool) -> dict[str, object]:
    return {
        "type": "known_vault",
        "vault": pin.vault,
        "name": vault_names.name_of(pin.vault),
        "is_default": is_default,
        "roster": pin.highest,
        "station": _computer(pin),
        "folder": os.fspath(pin.folder),
        **({} if pin.keys is None else {"keys": os.fspath(pin.keys)}),
        "fingerprint": fingerprint_of(pin.first_digest),
    }


def _computer(pin: Pin) -> str:
    """Return what this computer is called in a vault, by the newest roster that it verified; "" where none is kept."""
    roster = kept_roster(Station(pin))
    entry = roster.station(pin.station) if roster is not None else None
    return entry.name if entry is not None else ""
