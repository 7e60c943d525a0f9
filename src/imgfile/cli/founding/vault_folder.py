"""The folder of a vault that this computer does not know yet: an argument, or asked for where nobody gave it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from imgfile.cli.founding.answers import Answers
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import NotWritable, NoVault
from imgfile.terminal import Terminal, asking

_Found = TypeVar("_Found")

_EXPLAINED: Final = Explanation(
    "The folder on the server, share or disk that holds `roster`, `policy` and `keys`. A colleague whose imgfile works "
    "sees it with  imgfile vault list. Vaults that lie near are listed; which one is yours, you know.",
    "Whoever looks after the practice's server, or a colleague.",
    "S:/clinical-photos",
)


def take_vault_folder(
    given: Path | None, terminal: Terminal, command: str, accept: Callable[[Path], _Found]
) -> tuple[Path, _Found]:
    """Return a vault's folder as it was given or typed, and what `accept` finds in it; a slip is asked again.

    `accept` raises `NoVault` or `NotWritable` for a folder that holds none. Raises `AnswerInvalid`, `Cancelled`.
    """
    if given is None and not terminal.can_ask:
        answers = Answers(terminal, command)
        answers.miss("folder", "FOLDER")
        answers.refuse_problems()
    if given is not None:
        return given, accept(given)
    return _asked(terminal, accept)


def _asked(terminal: Terminal, accept: Callable[[Path], _Found]) -> tuple[Path, _Found]:
    from imgfile.acts.nearby import vaults_near  # noqa: PLC0415 - nearly everybody names the folder

    near = vaults_near(Path.cwd())
    only = str(near[0]) if len(near) == 1 else ""
    if not only:
        asking.show(terminal, (f"{number} {folder}" for number, folder in enumerate(near, 1)))
    words = f"Folder of the vault{' (its number, or another one)' if len(near) > 1 else ''}:"
    while True:
        typed = asking.answer(terminal, words, _EXPLAINED, default=only)
        try:
            if typed:
                return (folder := _named(typed, near)), accept(folder)
        except (NoVault, NotWritable) as error:
            asking.show(terminal, (f"{error.message} {error.hint}",))


def _named(typed: str, near: Sequence[Path]) -> Path:
    if typed.isdecimal() and 1 <= int(typed) <= len(near):
        return near[int(typed) - 1]
    return Path(typed).expanduser()
