"""`imgfile scan`: what photos are in an export, and which messages photos were filed from. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile.acts.scan import Entry, entry_of, filed_messages, with_holds
from imgfile.acts.sources.filters import Criteria
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Found, Scope, Sighting
from imgfile.acts.sources.source import read
from imgfile.acts.tables.write import refuse_unwritable, write_worksheet
from imgfile.cli.formats import shell_quoted
from imgfile.cli.leftovers import warn_leftovers
from imgfile.cli.options import RecursiveOption
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.cli.search.part_words import folder_facts, left_over
from imgfile.cli.search.scan_output import entry_lines, print_entries, print_filed, print_mailboxes
from imgfile.cli.search.search_report import (
    contents,
    group_by_name,
    left_out_counts,
    report_folders,
    report_mailboxes,
    report_repeated,
    warn_unsearched,
)
from imgfile.cli.search_options import Search, waiting, watching, with_search_options
from imgfile.counts import counted
from imgfile.errors import BatchIncomplete, Error, UnreadableMail, UnsupportedImage, UsageError
from imgfile.terminal import Terminal, sanitise

SCHEMA: Final = 1
"""The version of what --json prints (docs/reference/json.md)."""
PREVIEW_PIXELS: Final = 32
"""Width and height of a preview: columns, and half as many lines."""

ExportArguments = Annotated[
    list[str] | None,
    typer.Argument(metavar="EXPORT...", help="Mailboxes (.eml, mbox, .msg, Maildir, ...), folders, or photos."),
]
TableOption = Annotated[
    Path | None,
    typer.Option(
        "--table",
        metavar="FILE",
        help="Write a table to complete for  ingest --table: .xlsx, .csv or .ndjson by its name.",
    ),
]
FiledOption = Annotated[
    bool, typer.Option("--filed", help="List the messages that photos were filed from: delete them in the account.")
]
PreviewOption = Annotated[
    bool,
    typer.Option(
        "--preview",
        help="Show each photo small on this screen, an intimate one too: imgfile cannot tell. Never on a disk.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("scan", help="List the photos in an export, and change nothing. Needs no vault.")(scan)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """What one scan is to look through, and what it is to do with what it finds."""

    export: ExportArguments = None
    recursive: RecursiveOption = False
    table: TableOption = None
    filed: FiledOption = False
    preview: PreviewOption = False

    @property
    def named(self) -> list[str]:
        """The exports that were named, each once."""
        return list(dict.fromkeys(self.export or []))

    def refuse_nonsense(self, criteria: Criteria | None, terminal: Terminal) -> None:
        """Raise `UsageError` or `NotWritable` for what cannot be, before anything is searched."""
        if not self.named or "" in self.named:
            raise UsageError("there is nothing to look through.", "Name a mailbox or a folder:  imgfile scan Inbox")
        if "-" in self.named:
            raise UsageError("a mailbox is not read from a pipe.", "Name its file.")
        if self.filed and (self.table or self.preview or (criteria and criteria.min_pixels is not None)):
            raise UsageError("--filed lists messages, not photos.", "Leave out --table, --preview and --min-pixels.")
        if self.preview:
            self._refuse_preview(terminal)
        if self.table is not None:
            refuse_unwritable(self.table)

    def _refuse_preview(self, terminal: Terminal) -> None:
        if self.table or terminal.is_json:
            raise UsageError("--preview is for the screen alone.", "Leave out --table and --json.")
        if not terminal.can_show_pictures:
            raise UsageError(
                "a preview needs a terminal with colours, as standard output.",
                "If yours has 24-bit colour, say so:  COLORTERM=truecolor",
            )


@with_argument("asked", ScanOptions)
@with_search_options
@with_terminal("no_input", "json", "quiet")
def scan(*, asked: ScanOptions, search: Search, terminal: Terminal) -> int:
    """Look through what was named, report what is there, and return the exit code."""
    asked.refuse_nonsense(search.criteria, terminal)
    scope = Scope(
        is_recursive=asked.recursive,
        with_logos=search.with_logos or asked.table is not None,
        criteria=search.criteria,
        only_looks=True,
        with_looks=not asked.filed,
        seeks_taken_out=asked.filed,
        watch=watching(terminal),
        wait=waiting(terminal) if terminal.can_ask else None,
    )
    if terminal.is_json:
        terminal.data({"type": "run", "schema": SCHEMA, "sources": len(asked.named)})
    with ExitStack() as held:
        found = find(asked.named, scope, held)
        warn_leftovers(terminal, [*asked.named, *found.folders, *([asked.table] if asked.table else [])])
        report_repeated(terminal, found)
        if asked.filed:
            return _report_filed(terminal, found, asked.named)
        return _report_photos(terminal, found, asked, scope)


# --- the photos -----------------------------------------------------------------------------------------------


def _report_photos(terminal: Terminal, found: Found, asked: ScanOptions, scope: Scope) -> int:
    entries = with_holds([entry_of(photo) for photo in found.photos])
    if terminal.is_json:
        print_mailboxes(terminal, found.mailboxes)
        for facts in (each for folder in found.named_folders for each in folder_facts(folder)):
            terminal.data(facts)
    report_folders(terminal, found)
    if asked.table is None:
        report_mailboxes(terminal, found, scope.criteria, with_logos=scope.with_logos)
    elif found.mailboxes or found.photos:  # nothing is made of nothing
        write_worksheet(asked.table, entries, shown=sanitise)
        _report_table(terminal, found, asked.table, len(entries), scope.criteria)
    if asked.preview:
        _show_previews(terminal, found.photos, entries)
    elif asked.table is None or terminal.is_json:
        print_entries(terminal, entries)
    code = _report_failures(terminal, found, asked.named)
    if terminal.is_json:
        terminal.data(_summary(found, entries, code))
    elif entries and asked.table is None and terminal.has_screen:
        names = " ".join([*map(shell_quoted, asked.named), *(["--recursive"] if asked.recursive else [])])
        terminal.say("")
        terminal.say(f"To file them one by one:  imgfile ingest {names}")
        terminal.say(f"To file many at once:     imgfile scan {names} --table photos.csv")
    return code


def _report_table(terminal: Terminal, found: Found, table: Path, rows: int, criteria: Criteria | None) -> None:
    """Report what was found and where it was written, on one line if one export was named."""
    lines = []
    for boxes in group_by_name(found.mailboxes):
        logos = sum(box.likely_logos for box in boxes)
        parts = [contents(boxes), *([f'{counted(logos, "likely logo")} (action "skip")'] if logos else [])]
        unsearched = left_over(part for box in boxes for part in box.unsearched)
        lines.append(f"{', '.join([*parts, *left_out_counts(boxes, criteria), *unsearched])}.")
    *above, last = lines or [counted(rows, "photo") + "."]
    for line in above:
        terminal.say(line)
    terminal.say(f"{last}  -> {table}, {counted(rows, 'row')}")
    if rows:
        terminal.say(f"Complete its right half, then:  imgfile ingest --table {shell_quoted(str(table))} --dry-run")
    warn_unsearched(terminal, found.mailboxes)


def _show_previews(terminal: Terminal, photos: Sequence[Sighting], entries: Sequence[Entry]) -> None:
    """Show one photo after the other: only one is ever in memory."""
    from imgfile.images.preview.thumbnail import thumbnail  # noqa: PLC0415 - only a preview needs it

    for photo, entry in zip(photos, entries, strict=True):
        picture, problem = None, []
        try:
            if photo.look and photo.look.glance:
                picture = thumbnail(read(photo.source).data, photo.look.glance, side=PREVIEW_PIXELS)
        except UnsupportedImage as error:
            problem = [f"it {error.message}"]
        terminal.beside_picture(picture, [*entry_lines(entry), *problem])


def _summary(found: Found, entries: Sequence[Entry], code: int) -> dict[str, object]:
    boxes = found.mailboxes
    return {
        "type": "summary",
        "mailboxes": len(boxes),
        "messages": sum(box.messages for box in boxes),
        "images": sum(box.images for box in boxes),
        "photos": len(entries),
        "likely_logos": sum(box.likely_logos for box in boxes),
        "not_asked_for": sum(box.mismatches.total() for box in boxes),
        "unsearched": sum(not part.is_absent for box in boxes for part in box.unsearched)
        + sum(len(folder.strange) for folder in found.named_folders),
        "absent": sum(part.is_absent for box in boxes for part in box.unsearched),
        "failed": len(found.failures),
        "exit": code,
    }


# --- the messages that photos were filed from -----------------------------------------------------------------


def _report_filed(terminal: Terminal, found: Found, named: Sequence[str]) -> int:
    count = print_filed(terminal, filed_messages(found.mailboxes))
    code = _report_failures(terminal, found, named)
    if terminal.is_json:
        terminal.data({"type": "summary", "filed": count, "failed": len(found.failures), "exit": code})
    elif count:
        if terminal.has_screen:
            terminal.say("")
        messages = "This message's photo was" if count == 1 else f"The photos of these {count:,} messages were"
        terminal.say(f"{messages} filed. If not done yet, delete {'it' if count == 1 else 'them'} in the mail account.")
    elif found.mailboxes:
        terminal.say("No photo was taken out of any message here.")
    return code


# --- what could not be looked through -------------------------------------------------------------------------


def _report_failures(terminal: Terminal, found: Found, named: Sequence[str]) -> int:
    """Report each; return the exit code: a single source's own, or that of a batch."""
    for name, error in found.failures:
        if (
            isinstance(error, UnreadableMail) and Path(name).name not in error.message
        ):  # what unpacks a file knows no name
            error.message = f"{name}: {error.message}"
        if terminal.is_json:
            facts = {"source": name, "slug": error.slug, "exit": error.exit_code, "message": error.message}
            terminal.data({"type": "failed", **facts})
        terminal.error(error)
    return _code(found.failures, named)


def _code(failures: Sequence[tuple[str, Error]], named: Sequence[str]) -> int:
    if not failures:
        return 0
    is_one = len(named) == 1 and failures[0][0] == named[0]
    return failures[0][1].exit_code if is_one else BatchIncomplete.exit_code
