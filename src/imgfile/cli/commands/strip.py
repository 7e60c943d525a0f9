"""`imgfile strip` and `imgfile inspect`: the images room as tools of their own, for pipelines without a vault."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile.acts import strip as act
from imgfile.acts.sources import sidecars as companions
from imgfile.acts.sources.sidecars import Companion
from imgfile.cli.options import JsonOption, OutputOption, QuietOption, RecursiveOption
from imgfile.cli.sidecars import companion_facts, listed
from imgfile.clinical.proofs import Removed
from imgfile.errors import BatchIncomplete, Error, UsageError
from imgfile.images.inspect import Finding, Findings
from imgfile.images.metadata.summary import describe, size
from imgfile.terminal import Terminal

PhotoArguments = Annotated[list[str] | None, typer.Argument(metavar="PHOTO...", help="Photos or folders; - is a pipe.")]
InPlaceOption = Annotated[
    bool, typer.Option("--in-place", help="Replace each file by its stripped copy; the disk may keep old blocks.")
]
CheckOnlyOption = Annotated[bool, typer.Option("--check-only", help="Strip and check, and write nothing.")]
ValuesOption = Annotated[bool, typer.Option("--values", help="Show the values too: place, names, serial numbers.")]

_GROUPS: Final = ("where", "when", "who", "device", "hidden", "history", "words")
_FLAG: Final = False


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("strip", help="Copy a photo without its metadata, every pixel unchanged.")(strip)
    app.command("inspect", help="Tell what a photo gives away besides the picture.")(inspect)


def strip(  # noqa: PLR0913 - one parameter an option
    *,
    photo: PhotoArguments = None,
    output: OutputOption = None,
    in_place: InPlaceOption = _FLAG,
    check_only: CheckOnlyOption = _FLAG,
    recursive: RecursiveOption = _FLAG,
    json: JsonOption = _FLAG,
    quiet: QuietOption = _FLAG,
) -> int:
    """Strip, check, and write each photo; return the exit code."""
    terminal = Terminal(json=json, quiet=quiet)
    names = _named(photo, is_recursive=recursive)
    jobs = [act.Job(name) for name in names] if check_only else act.plan(names, output, is_in_place=in_place)
    if not check_only and jobs[0].target is None:
        if json:
            raise UsageError("--json and the photo cannot share standard output.", "Give -o FILE.")
        return _strip_to_pipe(terminal, names[0])
    beside = _beside(names)  # now: a folder that is written to is another one each time
    failed = 0
    for job, outcome in act.strip_all(jobs, is_in_place=in_place, with_digests=json):
        if isinstance(outcome, Error):
            _tell_failure(terminal, job.name, outcome, is_only=len(jobs) == 1)
            failed += 1
        else:
            _tell_stripped(terminal, job, outcome, beside[job.name])
    return BatchIncomplete.exit_code if failed else 0


def inspect(
    *,
    photo: PhotoArguments = None,
    values: ValuesOption = _FLAG,
    recursive: RecursiveOption = _FLAG,
    json: JsonOption = _FLAG,
    quiet: QuietOption = _FLAG,
) -> int:
    """Tell of each photo what it gives away; return the exit code."""
    terminal = Terminal(json=json, quiet=quiet)
    names = _named(photo, is_recursive=recursive)
    beside = _beside(names)
    failed = 0
    for name in names:
        try:
            _tell_findings(terminal, name, act.inspect_named(name), beside[name], with_values=values)
        except Error as error:
            _tell_failure(terminal, name, error, is_only=len(names) == 1)
            failed += 1
    return BatchIncomplete.exit_code if failed else 0


def _named(photos: list[str] | None, *, is_recursive: bool) -> list[str]:
    names = list(act.named_photos(photos or [], is_recursive=is_recursive))
    if not names:
        raise UsageError("no photo was named.", "Name a photo, a folder, or - for a pipe.")
    return names


def _beside(names: Sequence[str]) -> dict[str, tuple[Companion, ...]]:
    """Find what lies beside each photo that was named, and was not named itself."""
    found = {name: () if name == act.PIPE else companions.find(Path(name)) for name in names}
    return {name: tuple(each for each in some if str(each.path) not in found) for name, some in found.items()}


def _tell_failure(terminal: Terminal, name: str, error: Error, *, is_only: bool) -> None:
    """Tell of a photo that failed; raise the error of the only one, which ends the command by its own code."""
    if terminal.is_json:
        terminal.data({"type": "failed", "source": name, "slug": error.slug, "message": error.message})
    if is_only:
        raise error
    terminal.error(error)


def _strip_to_pipe(terminal: Terminal, name: str) -> int:
    stripped = act.strip_named(name)
    terminal.raw(stripped.data)
    _tell_stripped(terminal, act.Job(name), act.Cleaned.of(stripped, with_digests=False), _beside([name])[name])
    return 0


def _tell_stripped(terminal: Terminal, job: act.Job, stripped: act.Cleaned, beside: tuple[Companion, ...]) -> None:
    name, target = job.name, job.target
    if terminal.is_json:
        terminal.data(
            {
                "type": "stripped",
                "source": name,
                "output": str(target) if target else None,
                "media_type": stripped.media_type.value,
                "original_sha256": stripped.original_digest,
                "sha256": stripped.digest,
                "width": stripped.width,
                "height": stripped.height,
                "orientation": stripped.orientation,
                "removed": [
                    {"block": removed.block, "bytes": removed.length, "kinds": list(removed.kinds)}
                    for removed in stripped.removed
                ],
                "warnings": list(stripped.warnings),
                "companions": [companion_facts(each) for each in beside],
            }
        )
    shown = "standard input" if name == act.PIPE else name
    terminal.say(f"{shown}: stripped {_amount(stripped.removed)}; no pixel changed")
    for warning in stripped.warnings:
        terminal.warn(f"{shown}: {warning}")
    _tell_beside(terminal, shown, beside)


def _amount(removed: Sequence[Removed]) -> str:
    """Say what was removed and how much it was, once."""
    words, total = describe(removed), f" ({size(sum(entry.length for entry in removed))})"
    return words if not removed or words.endswith(total) else words + total


def _tell_beside(terminal: Terminal, shown: str, beside: tuple[Companion, ...]) -> None:
    if beside:
        terminal.say(f"{shown}: left as it is beside it: {listed(beside)}")


def _tell_findings(
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
    terminal.say(f"{name}: {kind} {findings.width} x {findings.height}, {_told(findings)}")
    for warning in findings.warnings:
        terminal.warn(f"{name}: {warning}")
    _tell_beside(terminal, name, beside)


def _group(findings: Findings, group: str) -> tuple[Finding, ...]:
    found: tuple[Finding, ...] = getattr(findings, group)
    return found


def _told(findings: Findings) -> str:
    told = [group for group in _GROUPS if _group(findings, group)]
    return f"tells {', '.join(told)}" if told else "tells nothing besides the picture"


def _findings_facts(name: str, findings: Findings, *, with_values: bool) -> dict[str, object]:
    facts: dict[str, object] = {
        "type": "findings",
        "source": name,
        "media_type": findings.media_type.value,
        "width": findings.width,
        "height": findings.height,
        "unread_bytes": findings.unread,
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
