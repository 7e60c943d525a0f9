"""`imgfile policy check`: whether a file can be a policy, each problem with its line and key; needs no vault."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from imgfile.cli.commands.policy.show import settings, show_settings
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.policy import MAX_POLICY_BYTES, Policy
from imgfile.clinical.practice import file
from imgfile.errors import SourceUnavailable
from imgfile.terminal import Terminal

PolicyArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A policy, in TOML; - reads standard input.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check", help="See whether a file can be the practice's policy; changes nothing.")(check)


@with_terminal("json", "quiet")
def check(*, policy_file: PolicyArgument, terminal: Terminal) -> None:
    """Read a file strictly, and show what it would mean."""
    policy = read_policy(policy_file)
    if terminal.is_json:
        terminal.data({"type": "policy", "format": policy.format, "settings": settings(policy)})
        return
    if not terminal.is_quiet:
        show_settings(policy, terminal)
    terminal.say(f"{policy_file} can be a policy. {format_words(policy)}To sign it:  imgfile policy edit --file FILE")


def format_words(policy: Policy) -> str:
    """Return what the format of a policy means to other computers; nothing of the first."""
    if policy.format == 1:
        return ""
    return f"It is of format {policy.format}: a computer whose imgfile does not know that stops filing until updated. "


def read_policy(path: Path) -> Policy:
    """Read a policy from a file, or from standard input for `-`. Raises `AnswerInvalid`, `SourceUnavailable`."""
    if str(path) == "-":
        return file.read(sys.stdin.buffer.read(MAX_POLICY_BYTES + 1), "what came on standard input")
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_POLICY_BYTES + 1)
    except OSError as error:
        raise SourceUnavailable(f"{path} cannot be read: {error.strerror}.", "Nothing was changed.") from error
    return file.read(data, str(path))
