"""Where a new recovery key is written: asked alike by every command that makes one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from imgfile.acts.practice import recovery_key
from imgfile.cli.founding.answers import Question
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import AnswerInvalid, NotWritable, UsageError
from imgfile.vault.access import Vault

NEW_RECOVERY: Final = Question(
    "new_recovery_file",
    "--new-recovery-file",
    "Write the new recovery key to",
    Explanation(
        "A new file outside of the vault, on a stick or where it can be printed from. Whoever has it opens every "
        "record: print it, lock it away, and leave it on no disk that is backed up.",
        "An administrator.",
        "E:/recovery-2.txt",
    ),
)


_NO_FILE: Final = re.compile(r"[A-Z]{1,5}\s*\d{4,}\w*|\d[\w ]*|y|yes|n|no|u|unknown", re.IGNORECASE)
"""What answers another question that is asked beside this one: a registration, a number, yes or no."""


def recovery_path(typed: str) -> Path:
    """Read the name of a file for a recovery key. Raises `AnswerInvalid` for what was meant for another question."""
    if _NO_FILE.fullmatch(typed.strip()):
        raise AnswerInvalid(
            f"{typed.strip()} looks like the answer to another question, and not like a file. Name one with its "
            "folder and an ending, such as E:/recovery-2.txt"
        )
    return Path(typed).expanduser()


def place_outside(vault: Vault) -> Callable[[str], Path]:
    """Return what reads a place for a recovery key that works beside this vault, so that a slip is asked again."""

    def place(typed: str) -> Path:
        path = recovery_path(typed)
        try:
            recovery_key.check_place(vault, path)
        except (UsageError, NotWritable) as error:
            raise AnswerInvalid(f"{error.message} {error.hint}") from error
        return path

    return place
