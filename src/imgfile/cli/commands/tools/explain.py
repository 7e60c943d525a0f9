"""`imgfile explain`: what a question, a rule, a code, a body site or a setting means; needs no vault.

Where this computer knows a vault, its policy says by which nation's law, and which sites the practice has of its own;
elsewhere `--nation` does, or every nation is listed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imgfile.cli.options import VaultOption
from imgfile.cli.registry import COMMANDS, FAMILIES
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.explain.topics import Page, explain, topics
from imgfile.clinical.interview.choices import Choice, is_choice
from imgfile.clinical.policy import Policy
from imgfile.clinical.vocabulary import Nation
from imgfile.errors import Busy, Damaged, NotWritable, NoVault, UsageError
from imgfile.terminal import Terminal, asking

TopicArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[TOPIC]...",
        help="A question (basis, giver, safeguards), rule 9, site left shoulder, a code, a setting; none lists them.",
        show_default=False,
    ),
]
NationOption = Annotated[
    str | None,
    typer.Option("--nation", metavar="NATION", help=f"By whose law: {' | '.join(Nation)}. Else the practice's."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain", help="Explain a question, a rule, a code, a body site or a setting.")(explain_)


@with_terminal("json", "quiet")
def explain_(
    *,
    topic: TopicArgument = None,
    nation: NationOption = None,
    vault: VaultOption = None,
    terminal: Terminal,
) -> None:
    """Explain one topic, or list what there is."""
    if not topic:
        _list(terminal)
        return
    policy = _policy(vault)
    nations = [_nation(nation)] if nation is not None else list(Nation) if policy is None else [policy.nation]
    try:
        page = explain(topic, nations, policy)
    except UsageError as error:
        raise _as_command(topic) or error from None
    if terminal.is_json:
        terminal.data({"type": "explanation", "topic": page.topic, **page.facts})
    else:
        _print(page, terminal)


def _as_command(topic: list[str]) -> UsageError | None:
    """Return the error for a topic that is a command: its help explains that, and none of its words are repeated."""
    words = [each for one in topic for each in one.casefold().replace("_", " ").split()]
    name = {("hand", "over"): "handed", ("handover",): "handed"}.get(tuple(words), words[0] if words else "")
    if name not in COMMANDS:
        return None
    family = FAMILIES.get(name, {})
    command = f"{name} {words[1]}" if len(words) > 1 and words[1] in family else name
    return UsageError(f"{command} is a command, and no topic.", f"What it does:  imgfile {command} --help")


def _list(terminal: Terminal) -> None:
    if terminal.is_json:
        for name, says in topics():
            terminal.data({"type": "topic", "topic": name, "what": says.replace("`", "")})
        return
    terminal.table(("topic", "what it is"), [(name, says.replace("`", "")) for name, says in topics()])


def _print(page: Page, terminal: Terminal) -> None:
    import textwrap  # noqa: PLC0415 - only for people

    width = min(terminal.columns, asking.MAX_COLUMNS)
    room = max((len(label) for label, _ in page.lines if label), default=0) + 2
    written = []
    for label, text in page.lines:
        opening = f"{label:{room}}" if label else "  "
        indent = " " * (room if label else 4)
        written += textwrap.wrap(text, width, initial_indent=opening, subsequent_indent=indent)
    terminal.page("\n".join(written) + "\n")


def _policy(named: Path | None) -> Policy | None:
    """Return the policy of the vault that this computer knows; None where there is none, or it cannot be read now.

    A vault that was named must be there.
    """
    from imgfile.vault.access import open_vault  # noqa: PLC0415 - what is explained needs no vault
    from imgfile.vault.choose import choose  # noqa: PLC0415 - ditto

    try:
        return open_vault(choose(named), remembers=False).policy
    except (NoVault, NotWritable, Damaged, UsageError, Busy):
        if named is not None:
            raise
        return None


def _nation(text: str) -> Nation:
    for nation in Nation:
        if is_choice(text, [Choice(nation, nation.label)]):
            return nation
    raise UsageError(f"{text} is no nation of these.", f"One of: {', '.join(Nation)}")
