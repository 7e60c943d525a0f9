"""`imgfile verify`: check that every filed photo is there and unaltered; with --decrypt, that it opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from imgfile.acts.disclosure.open import admit
from imgfile.acts.verify import Checked, check
from imgfile.cli.findings import finding_facts, name_records, record_of, refuse_closed, refuse_damage
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import warn_retired, with_terminal
from imgfile.counts import counted
from imgfile.errors import Closed, Damaged, NotWritable, UsageError
from imgfile.practice_state import maintenance
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Kind
from imgfile.vault.keys.practice import PracticeKeys

COLUMNS: Final = ("weight", "kind", "where", "message")

DecryptOption = Annotated[
    bool, typer.Option("--decrypt", help="Open every record too, and compare it with its sealed facts.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify", help="Check that every filed photo is there and unaltered; needs no passphrase.")(verify)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def verify(*, vault: Vault, decrypt: DecryptOption = False, identities: Identities, terminal: Terminal) -> None:
    """Check the vault and report what does not match."""
    if not decrypt and identities.is_named:
        raise UsageError("an identity is for --decrypt, which was not given.", "imgfile verify --decrypt opens all.")
    warn_retired(vault, terminal)
    practice = _practice(vault, identities) if decrypt else None
    checked = Checked()
    with terminal.progress("Checking") as advance:
        damaged = _report(check(vault, practice, checked, advance), terminal)
    if terminal.is_json:
        terminal.data(_summary(checked))
    terminal.say(_certainty(checked, is_decrypted=decrypt))
    _remember(vault, checked, is_decrypted=decrypt)
    if damaged:
        restore = "copy what is named above from a backup, then verify again"
        terminal.warn(f"this concerns {name_records(damaged)}: {restore}.")
    refuse_damage(checked.damage)
    refuse_closed(checked.closed)


def _remember(vault: Vault, checked: Checked, *, is_decrypted: bool) -> None:
    """Leave a note of it for `imgfile check`; a state that cannot be written is no reason to end otherwise."""
    run = maintenance.VerifyRun(
        datetime.now(UTC),
        checked.damage,
        checked.warnings,
        checked.notices,
        is_decrypted=is_decrypted and not checked.closed,
    )
    with suppress(NotWritable):
        maintenance.note_verified(vault.station, run)


def _practice(vault: Vault, identities: Identities) -> PracticeKeys:
    refuse([identities.problem()], "verify")
    return admit(vault, identities.unlock()).practice


def _report(found: Iterator[Finding], terminal: Terminal) -> list[str]:
    """Report findings as they come; on a screen as one table. --quiet leaves litter out: nothing went wrong.

    Return the references of the records that are damaged, each once.
    """
    damaged: dict[str, None] = {}
    found = _noting(found, damaged)
    if terminal.is_json:
        for finding in found:
            terminal.data(finding_facts(finding))
        return list(damaged)
    told = (each for each in found if not (terminal.is_quiet and each.kind is Kind.LITTER))
    terminal.table(COLUMNS, ((each.kind.weight.value, each.kind.value, each.where, each.message) for each in told))
    return list(damaged)


def _noting(found: Iterator[Finding], damaged: dict[str, None]) -> Iterator[Finding]:
    for finding in found:
        reference = record_of(finding.where) if finding.kind.is_damage else None
        if reference:
            damaged[reference] = None
        yield finding


def _summary(checked: Checked) -> dict[str, object]:
    return {
        "type": "summary",
        "records": checked.records,
        "opened": checked.opened,
        **({"closed": checked.closed} if checked.closed else {}),
        "damage": checked.damage,
        "warnings": checked.warnings,
        "notices": checked.notices,
        "exit": Damaged.exit_code if checked.damage else Closed.exit_code if checked.closed else 0,
    }


def _certainty(checked: Checked, *, is_decrypted: bool) -> str:
    records = counted(checked.records, "record")
    left = ((checked.gone, "gone"), (checked.closed, "closed to this identity"))
    but = " and ".join(f"{count:,} that {'is' if count == 1 else 'are'} {why}" for count, why in left if count)
    but = f" but for {but}" if but else ""
    how = (
        f"and opened{but}, each object compared with what was filed"
        if is_decrypted
        else "not opened (--decrypt opens them too)"
    )
    rest = [
        counted(count, what) for count, what in ((checked.warnings, "warning"), (checked.notices, "notice")) if count
    ]
    notices = f"; {' and '.join(rest)}, which is no damage" if rest else ""
    found = "nothing is damaged" if not checked.damage else f"{checked.damage} damaged"
    return f"{records} checked against every signature and digest, {how}: {found}{notices}."
