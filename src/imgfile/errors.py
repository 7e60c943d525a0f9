"""The closed list of what can go wrong, as imgfile tells it.

Every class says in its docstring *what is still true* when it is raised. `message` is one sentence for a
person and names what they typed; `hint` is the next command or step. Neither ever holds patient data,
nor raw text from mail or metadata. `slug` and `exit_code` are stable: scripts rely on them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from imgfile.frozen import dataclass

if TYPE_CHECKING:
    from pathlib import Path


class Error(Exception):
    """A bug or an unforeseen failure of the operating system. The source is untouched unless it was already filed."""

    slug: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(Error):
    """The command line does not make sense. Nothing was read or written."""

    slug = "usage"
    exit_code = 2


class BatchIncomplete(Error):
    """At least one photo of several was not filed. Its own outcome was reported and its source is untouched."""

    slug = "incomplete"
    exit_code = 3


class NoVault(Error):
    """This computer knows no vault, or has no pin for this one. No photo was read."""

    slug = "no-vault"
    exit_code = 10


class Busy(Error):
    """Another imgfile on this computer holds the lock. Nothing was read or written."""

    slug = "busy"
    exit_code = 11


class WrongKey(Error):
    """The passphrase or identity opens nothing here. Nothing was written and nothing was shown."""

    slug = "wrong-key"
    exit_code = 12


class Closed(Error):
    """The identity opens only what was sealed before its holder left. What is closed to it is not damaged by that."""

    slug = "closed"
    exit_code = 12


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer that is missing or invalid: the question's slug, its flag, and what is wrong (no patient data)."""

    question: str
    flag: str
    message: str
    is_missing: bool = False


class AnswerInvalid(Error):
    """Answers are missing or invalid; all of them are listed at once. Nothing was filed; the source is untouched."""

    slug = "answer"
    exit_code = 13

    def __init__(self, message: str, hint: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message, hint)
        self.problems = problems

    @classmethod
    def of(cls, problems: Sequence[Problem], hint: str = "") -> AnswerInvalid:
        """Sum problems up; the message names the missing flags, and leaves what is wrong to the problems themselves."""
        missing = [problem.flag for problem in problems if problem.is_missing]
        unusable = len(problems) - len(missing)
        parts = []
        if missing:
            count = "1 answer is" if len(missing) == 1 else f"{len(missing)} answers are"
            parts.append(f"{count} missing: {' '.join(missing)}")
        if unusable:
            parts.append(f"{unusable} {'answer' if unusable == 1 else 'answers'} cannot be used")
        return cls("; ".join(parts), hint, tuple(problems))


class UnsupportedImage(Error):
    """The bytes are no image that can be stripped and proven. Nothing was filed; the source is untouched."""

    slug = "image"
    exit_code = 14


class UnreadableMail(Error):
    """The file is no mailbox export that can be read. Nothing was filed; the source is untouched."""

    slug = "mail"
    exit_code = 14


class SourceRemains(Error):
    """The photo is filed and proven, but its source can still be read. Running the same command again is safe."""

    slug = "source-remains"
    exit_code = 15


class Damaged(Error):
    """Something in the vault is damaged, missing or forged. Nothing was changed; no source was erased on its word."""

    slug = "damaged"
    exit_code = 16
    record = ""
    """The reference of the record that it was met in; empty where it is of none."""


class RefusedByRule(Error):
    """A clinical rule forbids it; `rule` is its number in docs/reference/rules.md. The source is untouched."""

    slug = "rule"
    exit_code = 17

    def __init__(self, rule: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.rule = rule


class SourceUnavailable(Error):
    """The source is absent, unreadable, in use, or not a regular file. It was not touched."""

    slug = "source"
    exit_code = 18


class SourceInUse(SourceUnavailable):
    """Another program is using the source. It was not touched; close that program and try again."""

    slug = "source-in-use"
    exit_code = 18


class SourceChanged(Error):
    """The source is no longer what was read. It was left exactly as it is now."""

    slug = "source-changed"
    exit_code = 18


class NotWritable(Error):
    """The vault or an output cannot be written. Nothing half-written is visible; the source is untouched."""

    slug = "not-writable"
    exit_code = 19


class Cancelled(Error):
    """The person stopped it. Photos reported as filed stay filed; what was under way is filed, or its source whole."""

    slug = "cancelled"
    exit_code = 130

    def __init__(self, message: str, hint: str = "", *, is_chosen: bool = True) -> None:
        super().__init__(message, hint)
        self.is_chosen = is_chosen
        """Whether somebody chose to stop at a prompt: that is no failure, and is reported as none."""


@contextlib.contextmanager
def damage_at(name: str) -> Iterator[None]:
    """Name the file of a vault that something damaged was read from, where its reader knew the bytes alone."""
    try:
        yield
    except Damaged as error:
        if name not in error.message:
            error.message = f"{name}: {error.message}"
        raise


@contextlib.contextmanager
def damage_in(reference: str) -> Iterator[None]:
    """Note of whatever is damaged in which record or item it was met: people know that one, and no file of a vault."""
    try:
        yield
    except Damaged as error:
        error.record = error.record or reference
        raise


def typed_folder(folder: Path) -> str:
    """Return a folder as it is typed in a command that a hint names."""
    return f'"{folder}"' if " " in str(folder) else str(folder)
