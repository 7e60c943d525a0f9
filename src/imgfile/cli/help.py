"""A command's help page in plain text: its options in the sections that they name as `rich_help_panel`, then examples.

Typer draws sections only with Rich, which costs 60 ms a page and breaks long lines in a pipe; and no page of its own is
narrower than 50 columns. Here every page fits the screen from 40 columns on, and is at most 100 wide.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final

import typer
from typer.core import TyperCommand

from imgfile.cli.examples import lines_of

MIN_COLUMNS: Final = 40
MAX_COLUMNS: Final = 100
_NARROW: Final = 60
"""Below so many columns what an option does stands beneath it."""
_MAX_TERM: Final = 32
"""Options that are longer than this have what they do beneath them, on a page of any width."""


class SectionedCommand(TyperCommand):
    """A command that lists arguments first, then its own options, then each section in order of appearance."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - classes of Typer's inside
        """Return the page, for the screen as it is."""
        width = columns()
        ctx.default_map = None  # help is there for whoever broke the configuration file, too
        usage = " ".join([f"Usage: {ctx.command_path}", *self.collect_usage_pieces(ctx)])
        paragraphs = [
            _wrapped(usage, width, "", "  "),
            _wrapped(self.help or "", width, "  ", "  "),
            *(_section(title, rows, width) for title, rows in self._sections(ctx).items() if rows),
        ]
        examples = lines_of(ctx.command_path.partition(" ")[2], width)
        if examples:
            paragraphs.append(["Examples:", *examples])
        return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)

    def _sections(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:  # noqa: ANN401 - the same
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            plain = "Arguments" if parameter.param_type_name == "argument" else "Options"
            rows = sections.setdefault(getattr(parameter, "rich_help_panel", None) or plain, [])
            rows += filter(None, [parameter.get_help_record(ctx)])  # a hidden one has none
        return sections


def columns() -> int:
    """Return how wide a page may be: as the screen is, within bounds."""
    return max(MIN_COLUMNS, min(shutil.get_terminal_size().columns, MAX_COLUMNS))


def _section(title: str, rows: Iterable[tuple[str, str]], width: int) -> list[str]:
    rows = list(rows)
    lines = _wrapped(f"{title}:", width, "", "  ")
    beside = [len(term) for term, _ in rows if len(term) <= _MAX_TERM]
    indent = 0 if width < _NARROW else max(beside, default=0) + 4
    for term, does in rows:
        lines += _row(term, does, width, indent)
    return lines


def _row(term: str, does: str, width: int, indent: int) -> Iterator[str]:
    """Yield an option and what it does: beside it, or beneath it where there is no room."""
    if not indent or len(term) > _MAX_TERM:
        yield from _wrapped(term, width, "  ", "    ")
        yield from _wrapped(does, width, " " * (indent or 6), " " * (indent or 6))
        return
    first, *others = _wrapped(does, width, " " * indent, " " * indent) or [""]
    yield f"  {term:{indent - 2}}{first[indent:]}".rstrip()
    yield from others


def _wrapped(text: str, width: int, first: str, later: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False
    )


def use_sections(app: typer.Typer) -> None:
    """Make every command of an application, and of the families in it, a `SectionedCommand`."""
    for command in app.registered_commands:
        command.cls = SectionedCommand
    for family in filter(None, (group.typer_instance for group in app.registered_groups)):
        use_sections(family)
