"""A command's help page in plain text, its options in the sections that they name as `rich_help_panel`.

Typer draws sections only with Rich, which costs 60 ms a page and breaks long lines in a pipe.
"""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand


class SectionedCommand(TyperCommand):
    """A command that lists arguments first, then its own options, then each section in order of appearance."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - classes of Typer's inside
        """Write the sections."""
        ctx.default_map = None  # help is there for whoever broke the configuration file, too
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            plain = "Arguments" if parameter.param_type_name == "argument" else "Options"
            rows = sections.setdefault(getattr(parameter, "rich_help_panel", None) or plain, [])
            rows += filter(None, [parameter.get_help_record(ctx)])  # a hidden one has none
        for title in filter(sections.get, sections):
            with formatter.section(title):
                formatter.write_dl(sections[title])


def use_sections(app: typer.Typer) -> None:
    """Make every command of an application, and of the families in it, a `SectionedCommand`."""
    for command in app.registered_commands:
        command.cls = SectionedCommand
    for family in filter(None, (group.typer_instance for group in app.registered_groups)):
        use_sections(family)
