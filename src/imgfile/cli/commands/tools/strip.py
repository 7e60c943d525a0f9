"""`imgfile strip`: copy photos without their metadata, for pipelines without a vault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from imgfile.acts import strip as act
from imgfile.acts.sources.sidecars import Companion
from imgfile.cli.options import OutputOption, RecursiveOption
from imgfile.cli.photo_arguments import (
    PhotoArguments,
    named_photos,
    report_failure,
    report_sidecars,
    sidecars_beside,
)
from imgfile.cli.scaffold import with_terminal
from imgfile.cli.sidecars import companion_facts
from imgfile.clinical.proofs import Removed
from imgfile.errors import BatchIncomplete, Error, UsageError
from imgfile.images.metadata.summary import describe, size
from imgfile.terminal import Terminal

InPlaceOption = Annotated[
    bool, typer.Option("--in-place", help="Replace each file by its stripped copy; the disk may keep old blocks.")
]
CheckOnlyOption = Annotated[bool, typer.Option("--check-only", help="Strip and check, and write nothing.")]
ProveOption = Annotated[
    bool,
    typer.Option("--prove", help="Look behind the end of each picture too, by decoding it: seconds a photo."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("strip", help="Copy a photo without its metadata, every pixel unchanged.")(strip)


@with_terminal("json", "quiet")
def strip(  # noqa: PLR0913 - five options of its own beside what it works with
    *,
    photo: PhotoArguments = None,
    output: OutputOption = None,
    in_place: InPlaceOption = False,
    check_only: CheckOnlyOption = False,
    prove: ProveOption = False,
    recursive: RecursiveOption = False,
    terminal: Terminal,
) -> int:
    """Strip, check, and write each photo; return the exit code."""
    names = named_photos(terminal, photo, is_recursive=recursive, output=None if check_only else output)
    jobs = [act.Job(name) for name in names] if check_only else act.plan(names, output, is_in_place=in_place)
    if not check_only and jobs[0].target is None:
        if terminal.is_json:
            raise UsageError("--json and the photo cannot share standard output.", "Give -o FILE.")
        return _strip_to_pipe(terminal, names[0], with_trial=prove)
    beside = sidecars_beside(names)  # now: a folder that is written to is another one each time
    failed = 0
    for job, outcome in act.strip_all(jobs, is_in_place=in_place, with_digests=terminal.is_json, with_trial=prove):
        if isinstance(outcome, Error):
            report_failure(terminal, job.name, outcome, is_only=len(jobs) == 1)
            failed += 1
        else:
            _report_stripped(terminal, job, outcome, beside[job.name])
    return BatchIncomplete.exit_code if failed else 0


def _strip_to_pipe(terminal: Terminal, name: str, *, with_trial: bool) -> int:
    stripped = act.strip_named(name, with_trial=with_trial)
    terminal.raw(stripped.data)
    _report_stripped(
        terminal, act.Job(name), act.Cleaned.of(stripped, with_digests=False), sidecars_beside([name])[name]
    )
    return 0


def _report_stripped(terminal: Terminal, job: act.Job, stripped: act.Cleaned, beside: tuple[Companion, ...]) -> None:
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
    report_sidecars(terminal, shown, beside)


def _amount(removed: Sequence[Removed]) -> str:
    """Return what was removed and how much it was, once."""
    length = sum(entry.length for entry in removed)
    words, total = describe(removed), f" ({size(length)})"
    is_said = words.endswith(total) or words.startswith(f"{size(length)} ")
    return words if not length or is_said else words + total
