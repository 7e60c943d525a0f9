"""`imgfile status`: in one line, what is filed and what waits."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime

import typer

from imgfile.acts.check.status import Status, status_of
from imgfile.cli.scaffold import warn_retired, with_terminal, with_vault
from imgfile.counts import counted
from imgfile.terminal import Terminal, sanitise
from imgfile.vault.access import Vault


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status", help="Say in one line what is filed, and what waits. Needs no passphrase.")(status)


@with_terminal("no_input", "json", "quiet")
@with_vault
def status(*, vault: Vault, terminal: Terminal) -> None:
    """Report what there is."""
    warn_retired(vault, terminal)
    found = status_of(vault, datetime.now(UTC))
    if terminal.is_json:
        terminal.data(_facts(vault, found))
        return
    waits = [*_away(vault), *_waiting(found)]
    if terminal.is_quiet and not waits:
        return
    waits += _not_handed(found)
    line = f"Practice vault at {sanitise(vault.store.place)}, {counted(found.records, 'record', 'records')}."
    line = " ".join([line, *([f"{', '.join(waits)}."] if waits else [])])
    lines = _folded(line, terminal.columns) if terminal.has_screen else [line]
    terminal.page("".join(f"{each}\n" for each in lines))


def _away(vault: Vault) -> Iterator[str]:
    """Yield that the vault's keys cannot be reached, where they have a folder of their own and that is so."""
    if not vault.store.has_keys:
        yield "Its keys cannot be reached (imgfile check)"


def _not_handed(found: Status) -> Iterator[str]:
    """Yield how many photos may be unseen in the clinical system; none is late by that: --quiet leaves it out."""
    if found.not_handed:
        was = "photo was" if found.not_handed == 1 else "photos were"
        yield f"{found.not_handed:,} {was} filed and never handed over (imgfile handed)"


def _waiting(found: Status) -> Iterator[str]:
    """Yield what waits, each with what to type."""
    if found.items:
        overdue = f", {found.overdue:,} past the deadline" if found.overdue else ""
        yield f"{counted(found.items, 'photo waits', 'photos wait')} in the inbox{overdue} (imgfile inbox)"
    if found.mails:
        yield f"{counted(found.mails, 'mail waits', 'mails wait')} to be ticked off (imgfile mail)"
    if found.waiting:
        late = f", {found.late:,} past the deadline" if found.late else ""
        yield f"{counted(found.waiting, 'photo is', 'photos are')} set aside{late} (imgfile check)"
    if found.held:
        yield f"{counted(found.held, 'photo is', 'photos are')} on a safeguarding hold (imgfile safeguarding list)"
    if found.proposals:
        wait = counted(found.proposals, "proposal waits", "proposals wait")
        yield f"{wait} for another person to destroy records (imgfile destroy list)"
    if found.erasures:
        yield f"{counted(found.erasures, 'erasure is', 'erasures are')} unfinished (imgfile check)"
    if found.leftovers:
        yield f"{counted(found.leftovers, 'copy in clear was', 'copies in clear were')} left (imgfile check)"


def _facts(vault: Vault, found: Status) -> dict[str, object]:
    return {
        "type": "status",
        "vault": vault.id,
        "folder": vault.store.place,
        "records": found.records,
        "inbox": found.items,
        "mails": found.mails,
        "erasures": found.erasures,
        "leftovers": found.leftovers,
        "set_aside": found.waiting,
        "late": found.late,
        "held": found.held,
        **({} if found.not_handed is None else {"not_handed": found.not_handed}),
        **({"overdue": found.overdue} if found.overdue else {}),
        **({"proposals": found.proposals} if found.proposals else {}),
        **({} if vault.store.keys is None else {"keys": vault.store.keys_place, "has_keys": vault.store.has_keys}),
    }


def _folded(line: str, columns: int) -> list[str]:
    return textwrap.wrap(line, max(columns - 1, 20), break_long_words=False, break_on_hyphens=False)
