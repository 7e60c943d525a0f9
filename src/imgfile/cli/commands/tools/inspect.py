"""`imgfile inspect`: report what a photo gives away besides the picture, for pipelines without a vault."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from imgfile.acts import strip as act
from imgfile.acts.sources.sidecars import Companion
from imgfile.cli.options import RecursiveOption
from imgfile.cli.photo_arguments import (
    PhotoArguments,
    named_photos,
    report_failure,
    report_sidecars,
    sidecars_beside,
)
from imgfile.cli.scaffold import with_terminal
from imgfile.cli.sidecars import companion_facts
from imgfile.errors import BatchIncomplete, Error
from imgfile.images.inspect import Finding, Findings
from imgfile.images.metadata.summary import size
from imgfile.terminal import Terminal

ValuesOption = Annotated[bool, typer.Option("--values", help="Show the values too: place, names, serial numbers.")]

_NAMED_BLOCKS: Final = 4
"""How many unread blocks the last line names."""
_GROUPS: Final = ("where", "when", "who", "device", "hidden", "history", "words")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("inspect", help="Show what a photo gives away besides the picture.")(inspect)


@with_terminal("json", "quiet")
def inspect(
    *,
    photo: PhotoArguments = None,
    values: ValuesOption = False,
    recursive: RecursiveOption = False,
    terminal: Terminal,
) -> int:
    """Report what each photo gives away; return the exit code."""
    names = named_photos(terminal, photo, is_recursive=recursive)
    beside = sidecars_beside(names)
    failed = 0
    for name in names:
        try:
            _report_findings(terminal, name, act.inspect_named(name), beside[name], with_values=values)
        except Error as error:
            report_failure(terminal, name, error, is_only=len(names) == 1)
            failed += 1
    return BatchIncomplete.exit_code if failed else 0


def _report_findings(
    terminal: Terminal, name: str, findings: Findings, beside: tuple[Companion, ...], *, with_values: bool
) -> None:
    if terminal.is_json:
        facts = _findings_facts(name, findings, with_values=with_values)
        terminal.data({**facts, "companions": [companion_facts(each) for each in beside]})
        return
    rows = [
        (name, group, finding.block, finding.name, finding.value if with_values else None)
        for group in _GROUPS
        for finding in _group(findings, group)
    ]
    columns = ("photo", "tells", "block", "field", "value")
    terminal.table(columns if with_values else columns[:-1], [row if with_values else row[:-1] for row in rows])
    kind = findings.media_type.value.rpartition("/")[2].upper()
    terminal.say(f"{name}: {kind} {findings.width} x {findings.height}, {_summary(findings)}")
    for warning in findings.warnings:
        terminal.warn(f"{name}: {warning}")
    report_sidecars(terminal, name, beside)


def _group(findings: Findings, group: str) -> tuple[Finding, ...]:
    found: tuple[Finding, ...] = getattr(findings, group)
    return found


def _summary(findings: Findings) -> str:
    """Return in words what was read, and how much was there that nothing here can read."""
    telling = [group for group in _GROUPS if _group(findings, group)]
    total = sum(length for _, length in findings.unread)
    if not total:
        return f"tells {', '.join(telling)}" if telling else "tells nothing besides the picture"
    names = [name for name, _ in findings.unread]
    shown = ", ".join(names[:_NAMED_BLOCKS]) + (f" and {more} more" if (more := len(names) - _NAMED_BLOCKS) > 0 else "")
    read = f"tells {', '.join(telling)}" if telling else "tells nothing that imgfile can read"
    return f"{read}; {size(total)} ({shown}) {'was' if total == 1 else 'were'} not read"


def _findings_facts(name: str, findings: Findings, *, with_values: bool) -> dict[str, object]:
    facts: dict[str, object] = {
        "type": "findings",
        "source": name,
        "media_type": findings.media_type.value,
        "width": findings.width,
        "height": findings.height,
        "unread_bytes": sum(length for _, length in findings.unread),
        "unread": [{"block": name, "bytes": length} for name, length in findings.unread],
        "warnings": list(findings.warnings),
    }
    for group in _GROUPS:
        found = _group(findings, group)
        if found:
            facts[group] = [
                {"block": one.block, "field": one.name, **({"value": one.value} if with_values else {})}
                for one in found
            ]
    return facts
