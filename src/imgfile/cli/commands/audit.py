"""`imgfile audit`: print and check the trail of what was done; with --reasons, why photos were looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Final

import typer

from imgfile.acts.audit import Entry, read_trails
from imgfile.acts.disclosure.open import Reader, admit, expect_looking
from imgfile.cli.findings import finding_facts, refuse_damage
from imgfile.cli.formats import output_moment_text
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.errors import Damaged, UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Weight

_COLUMNS: Final = ("time", "computer", "act", "record", "evidence", "who")

ReasonsOption = Annotated[bool, typer.Option("--reasons", help="Open the sealed reasons too; takes an identity.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit", help="Print and check the trail of what was done. It names no patient.")(audit)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def audit(*, vault: Vault, reasons: ReasonsOption = False, identities: Identities, terminal: Terminal) -> None:
    """Print every entry, oldest first, and report what is wrong with the trail."""
    if not reasons and identities.is_named:
        raise UsageError("an identity is for --reasons, which was not given.", "The trail itself needs none.")
    reader = _reader(vault, identities) if reasons else None
    sifted = _Sifted(read_trails(vault, reader))
    if terminal.is_json:
        for entry in sifted:
            terminal.data(_facts(entry))
        for finding in sifted.findings:
            terminal.data(finding_facts(finding))
        terminal.data(sifted.summary())
    else:
        columns = (*_COLUMNS, "reason") if reasons else _COLUMNS
        terminal.table(columns, (_row(entry, terminal)[: len(columns)] for entry in sifted))
        for finding in sifted.findings:
            line = f"{finding.kind}: {finding.where}: {finding.message}"
            if finding.kind.weight is Weight.NOTICE:
                terminal.say(f"notice: {line}")
            else:
                terminal.warn(line)
    terminal.say(sifted.certainty())
    refuse_damage(sifted.damage)


def _reader(vault: Vault, identities: Identities) -> Reader:
    expect_looking(vault)
    refuse([identities.problem()], "audit")
    return admit(vault, identities.unlock())


@dataclass
class _Sifted:
    """The entries, counted as they pass, and the findings, kept for the end."""

    found: Iterator[Entry | Finding]
    entries: int = 0
    findings: list[Finding] = field(default_factory=list)

    def __iter__(self) -> Iterator[Entry]:
        for item in self.found:
            if isinstance(item, Finding):
                self.findings.append(item)
            else:
                self.entries += 1
                yield item

    @property
    def damage(self) -> int:
        return sum(finding.kind.is_damage for finding in self.findings)

    def summary(self) -> dict[str, object]:
        return {
            "type": "summary",
            "entries": self.entries,
            "damage": self.damage,
            "notices": len(self.findings) - self.damage,
            "exit": Damaged.exit_code if self.damage else 0,
        }

    def certainty(self) -> str:
        entries = "1 entry" if self.entries == 1 else f"{self.entries:,} entries"
        holds = f"{self.damage} damaged" if self.damage else "every signature holds and no link is missing"
        return f"{entries}: {holds}. Against the records:  imgfile verify"


def _row(entry: Entry, terminal: Terminal) -> tuple[str, ...]:
    details = ", ".join(_detail(name, text) for name, text in entry.details.items())
    when = output_moment_text(entry.at, terminal)
    return when, entry.station, entry.act, entry.record, details, entry.actor, entry.reason or ""


def _detail(name: str, text: str) -> str:
    if name == "roster":
        return f"roster {text}"
    return f"{text} {name}" if text.isdigit() else text


def _facts(entry: Entry) -> dict[str, object]:
    facts = {"record": entry.record, **entry.details, "actor": entry.actor, "reason": entry.reason}
    known = {name: value for name, value in facts.items() if value}
    return {
        "type": "entry",
        "at": entry.at,
        "station": entry.station,
        "note": entry.number,
        "act": entry.act,
        **known,
    }
