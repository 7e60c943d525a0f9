"""Where a new recovery key is written: asked alike by every command that makes one."""

from __future__ import annotations

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


def place_outside(vault: Vault) -> Callable[[str], Path]:
    """Return what reads a place for a recovery key that works beside this vault, so that a slip is asked again."""

    def place(typed: str) -> Path:
        path = Path(typed).expanduser()
        try:
            recovery_key.check_place(vault, path)
        except (UsageError, NotWritable) as error:
            raise AnswerInvalid(f"{error.message} {error.hint}") from error
        return path

    return place
