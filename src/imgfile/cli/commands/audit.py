"""`imgfile audit`: print and check the trail of what was done; with --reasons, why photos were looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Final

import typer

from imgfile.acts.audit import Entry, Which, of_patient, of_record, read_trails
from imgfile.acts.disclosure.open import Reader, admit, expect_looking
from imgfile.cli.findings import CLOSED_HINT, finding_facts, refuse_damage
from imgfile.cli.formats import output_moment_text
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import OfPatientOption
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.counts import counted
from imgfile.errors import Closed, Damaged, UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Weight
from imgfile.vault.records.find import parse_reference

_COLUMNS: Final = ("time", "computer", "act", "record", "evidence", "who")
_CLOSED: Final = "(closed to this identity)"

RecordOption = Annotated[
    str | None, typer.Option("--record", metavar="RECORD", help="Of one photo, or item of the inbox: 7f3k.")
]
ActorOption = Annotated[
    str | None, typer.Option("--actor", metavar="NAME", help="By this person, or at this computer: part of a name.")
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DAY", help="Then or later: yesterday, 21/11/2026.")
]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Until the end of that day.")]
ReasonsOption = Annotated[bool, typer.Option("--reasons", help="Open the sealed reasons too; takes an identity.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit", help="Print and check the trail of what was done. It names no patient.")(audit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which entries are asked for, as the options have it."""

    record: RecordOption = None
    patient: OfPatientOption = None
    actor: ActorOption = None
    since: SinceOption = None
    until: UntilOption = None

    @property
    def is_everything(self) -> bool:
        """Whether none was given."""
        return all(getattr(self, each.name) is None for each in fields(self))


@with_argument("asked", Asked)
@with_terminal("no_input", "json", "quiet", "no_pager")
@with_vault_and_identities
def audit(
    *, vault: Vault, asked: Asked, reasons: ReasonsOption = False, identities: Identities, terminal: Terminal
) -> None:
    """Print the entries that are asked for, oldest first, and report what is wrong with the trail."""
    if not reasons and identities.is_named:
        raise UsageError("an identity is for --reasons, which was not given.", "The trail itself needs none.")
    which = _which(vault, asked, terminal)
    reader = _reader(vault, identities) if reasons else None
    sifted = _Sifted(is_whole=asked.is_everything)
    sifted.found = read_trails(vault, reader, which, sifted.pass_over)
    if terminal.is_json:
        for entry in sifted:
            terminal.data(_facts(entry))
        for finding in sifted.findings:
            terminal.data(finding_facts(finding))
        terminal.data(sifted.summary())
    else:
        columns = (*_COLUMNS, "reason") if reasons else _COLUMNS
        terminal.table(columns, (_row(entry, terminal)[: len(columns)] for entry in sifted), is_long=True)
        for finding in sifted.findings:
            line = f"{finding.kind}: {finding.where}: {finding.message}"
            if finding.kind.weight is Weight.NOTICE:
                terminal.say(f"notice: {line}")
            else:
                terminal.warn(line)
    terminal.say(sifted.certainty())
    refuse_damage(sifted.damage)
    if sifted.closed:
        reasons_are = counted(sifted.closed, "reason is", "reasons are")
        raise Closed(f"{reasons_are} closed to this identity.", CLOSED_HINT)


def _which(vault: Vault, asked: Asked, terminal: Terminal) -> Which:
    """Return what the options ask for. Raises `UsageError`, `AnswerInvalid`, `NoVault`."""
    if asked.is_everything:
        return Which()
    from imgfile.cli.finding.days import parse_ends  # noqa: PLC0415 - most look at all of it
    from imgfile.clinical.sites.match import words_of  # noqa: PLC0415

    days = parse_ends(asked.since, asked.until)
    record = of_record(vault, parse_reference(asked.record)) if asked.record is not None else Which()
    actor = words_of(asked.actor) if asked.actor is not None else ()
    if asked.actor is not None and not actor:
        raise UsageError("--actor has no words.", "Part of a name, or a registration:  imgfile people list")
    of = Which() if asked.patient is None else _of_patient(vault, asked.patient, terminal)
    named = [each for each, given in ((record, asked.record), (of, asked.patient)) if given is not None]
    photos = frozenset.intersection(*(each.photos for each in named)) if named else frozenset()
    holds = frozenset.intersection(*(each.holds for each in named)) if named else frozenset()
    alone = replace(of, record=record.record, before=record.before, photos=photos, holds=holds)
    return replace(alone, actor=actor, days=days)


def _of_patient(vault: Vault, patient: str, terminal: Terminal) -> Which:
    from imgfile.cli.life.number import number_given  # noqa: PLC0415 - where a number is given
    from imgfile.cli.which_records import folders_of_number  # noqa: PLC0415

    return of_patient(vault, folders_of_number(vault, number_given(patient, terminal, "audit")))


def _reader(vault: Vault, identities: Identities) -> Reader:
    expect_looking(vault)
    refuse([identities.problem()], "audit")
    return admit(vault, identities.unlock())


@dataclass
class _Sifted:
    """The entries, counted as they pass, and the findings, kept for the end."""

    is_whole: bool
    """Whether every entry is asked for."""
    found: Iterable[Entry | Finding] = ()
    shown: int = 0
    closed: int = 0
    """Reasons that are closed to whoever reads."""
    entries: int = 0
    findings: list[Finding] = field(default_factory=list)

    def pass_over(self, count: int) -> None:
        """Count entries that are not asked for."""
        self.entries += count

    def __iter__(self) -> Iterator[Entry]:
        for item in self.found:
            if isinstance(item, Finding):
                self.findings.append(item)
            else:
                self.entries += 1
                self.shown += 1
                self.closed += item.is_closed
                yield item

    @property
    def damage(self) -> int:
        return sum(finding.kind.is_damage for finding in self.findings)

    def summary(self) -> dict[str, object]:
        return {
            "type": "summary",
            "entries": self.entries,
            **({} if self.is_whole else {"shown": self.shown}),
            "damage": self.damage,
            "notices": len(self.findings) - self.damage,
            **({"closed": self.closed} if self.closed else {}),
            "exit": Damaged.exit_code if self.damage else Closed.exit_code if self.closed else 0,
        }

    def certainty(self) -> str:
        entries = counted(self.entries, "entry", "entries")
        if not self.is_whole:
            entries = f"{self.shown:,} of {entries}"
        holds = f"{self.damage} damaged" if self.damage else "every signature holds and no link is missing"
        return f"{entries}: {holds}. Against the records:  imgfile verify"


def _row(entry: Entry, terminal: Terminal) -> tuple[str, ...]:
    details = ", ".join(_detail(name, text) for name, text in entry.details.items())
    when = output_moment_text(entry.at, terminal)
    return (
        when,
        entry.station,
        entry.act,
        entry.record,
        details,
        entry.actor,
        entry.reason or (_CLOSED if entry.is_closed else ""),
    )


def _detail(name: str, text: str) -> str:
    if name == "roster":
        return f"roster {text}"
    return f"{text} {name}" if text.isdigit() else text


def _facts(entry: Entry) -> dict[str, object]:
    facts = {"record": entry.record, **entry.details, "actor": entry.actor, "reason": entry.reason}
    known = {name: value for name, value in facts.items() if value} | ({"closed": True} if entry.is_closed else {})
    return {
        "type": "entry",
        "at": entry.at,
        "station": entry.station,
        "note": entry.number,
        "act": entry.act,
        **known,
    }
