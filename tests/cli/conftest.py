"""Commands that exist only for a test, in the table like any other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from imgfile.cli.registry import COMMANDS
from kit.terminal import triage

PLANTED_MODULE = "imgfile.cli.planted"

Plant = Callable[..., None]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Add functions as commands, under their own names, to the table of commands."""

    def add(*functions: Callable[..., Any], **families: typer.Typer) -> None:
        module = ModuleType(PLANTED_MODULE)

        def register(app: typer.Typer) -> None:
            for function in functions:
                app.command(function.__name__)(function)
            for name, family in families.items():
                app.add_typer(family, name=name)

        module.register = register  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, PLANTED_MODULE, module)
        for name in (*(function.__name__ for function in functions), *families):
            monkeypatch.setitem(COMMANDS, name, ("Tools", PLANTED_MODULE, "Planted"))

    return add


@pytest.fixture(autouse=True)
def _away_from_home(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - a Path
    """Keep this account's own configuration out."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("IMGFILE_VAULT", "IMGFILE_JSON", "IMGFILE_QUIET", "IMGFILE_NO_INPUT", "IMGFILE_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Give a folder with a triage mailbox."""
    folder = tmp_path / "here"
    folder.mkdir()
    triage.fill(folder)
    return folder
