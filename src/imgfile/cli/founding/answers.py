"""The answers that `init` and `join` need, given by flags or asked, with what `?` says of each question.

A slip is asked again, `?` explains, `q` leaves. Without a terminal everything that is missing or wrong is reported at
once (exit code 13).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from imgfile.clinical.codes import Code
from imgfile.clinical.facts import Person
from imgfile.clinical.interview.choices import Choice, NotOffered, is_choice, pick_by_number
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from imgfile.errors import AnswerInvalid, Problem
from imgfile.terminal import Terminal, asking

_Value = TypeVar("_Value")
_Code = TypeVar("_Code", bound=Code)


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its slug, the flag that answers it too, its words, and what `?` says."""

    slug: str
    flag: str
    words: str
    explanation: Explanation


def _listed(title: str, codes: type[Code]) -> str:
    return f"{title}: " + "  ".join(f"{number} {code.label}" for number, code in enumerate(codes, 1))


_FOUNDER: Final = "Whoever sets the vault up, with whoever answers for the practice's records."

FOLDER: Final = Question(
    "vault",
    "VAULT",
    "Vault folder (backed up, reachable by colleagues; not this laptop alone)",
    Explanation(
        "Where the sealed records of the whole practice will lie: an empty or new folder. Without a backup of it, and "
        "of the recovery key, a lost disk is the loss of every record.",
        _FOUNDER,
        "S:/clinical-photos",
    ),
)
NATION: Final = Question(
    "nation",
    "--nation",
    _listed("Nation", Nation),
    Explanation(
        "Whose law and whose patient numbers the practice works with. It says which consents are offered.",
        _FOUNDER,
        "1, or England",
    ),
)
INTIMATE: Final = Question(
    "intimate_under_18",
    "--intimate-under-18",
    _listed("Intimate photos of under-18s", IntimateUnder18),
    Explanation(
        "Whether the practice files intimate photos of children at all. With 1 a clinician attests each one at the "
        "terminal; with 2 each one is refused, and described in words instead.",
        "Whoever answers for safeguarding in the practice.",
        "2, or refuse",
    ),
)
CLINICIAN: Final = Question(
    "clinician",
    "--clinician",
    "Your name and registration number:",
    Explanation(
        "Under which name looks, copies and attestations are entered. The number comes after a comma.",
        "The clinician whose passphrase will open the records.",
        "Dr A. Example, GMC 7654321",
    ),
)
RECOVERY: Final = Question(
    "recovery_file",
    "--recovery-file",
    "Recovery key, the only way back if every passphrase is lost. Write it to",
    Explanation(
        "A new file outside of the vault, on a stick or where it can be printed from. Whoever has it opens every "
        "record: print it, lock it away, and leave it on no disk that is backed up.",
        _FOUNDER,
        "E:/recovery.txt",
    ),
)


TRIES: Final = 3
"""How often an answer may be wrong that shows that somebody means what they do, as a passphrase may."""


class Uncounted(AnswerInvalid):
    """What was typed is no whole answer yet: it is asked again, and costs no try."""


@dataclass
class Answers:
    """What was given and asked; without a terminal, everything that is missing is reported at once."""

    terminal: Terminal
    command: str = "init"
    """Whose `--help` explains what is missing."""
    problems: list[Problem] = field(default_factory=list)

    def take(
        self, question: Question, given: str | None, parse: Callable[[str], _Value], *, tries: int | None = None
    ) -> _Value:
        """Parse what was given, or ask until it parses, at most `tries` times where there is a number.

        A stand-in is returned after a problem was noted. Raises `AnswerInvalid` after the last try, `Cancelled`.
        """
        text, wrong = given, 0
        while True:
            if text is None and not self.terminal.can_ask:
                self.miss(question.slug, question.flag)
                break
            try:
                return parse(text if text is not None else self._asked(question))
            except AnswerInvalid as error:
                if given is not None or not self.terminal.can_ask:
                    self.problems.append(Problem(question.slug, question.flag, error.message))
                    break
                reason = "is none of the answers; ? explains them" if isinstance(error, NotOffered) else error.message
                wrong += not isinstance(error, Uncounted)
                if tries is not None and wrong >= tries:
                    raise AnswerInvalid(reason, f"That were {tries} tries. Nothing was changed.") from None
                self.terminal.show(f"  {reason}")
                text = None
        return None  # type: ignore[return-value] # refuse_problems comes before any use

    def _asked(self, question: Question) -> str:
        typed = asking.answer(self.terminal, question.words, question.explanation)
        if not typed:
            raise Uncounted("an answer is needed")
        return typed

    def miss(self, slug: str, flag: str) -> None:
        """Note that an answer is missing, and nobody can be asked."""
        self.problems.append(Problem(slug, flag, "is missing", is_missing=True))

    def refuse_problems(self) -> None:
        """Raise everything that is missing or invalid at once."""
        if self.problems:
            raise AnswerInvalid.of(self.problems, f"imgfile {self.command} --help explains them.")


def picker(codes: type[_Code]) -> Callable[[str], _Code]:
    """Return what reads a code by its number, by itself, or by its words, down to the first comma or all of them."""
    choices = tuple(Choice(code, code.label, (code.label.partition(",")[0],)) for code in codes)

    def pick(text: str) -> _Code:
        try:
            typed = pick_by_number(text.strip(), choices)
        except AnswerInvalid:
            typed = ""
        for code, choice in zip(codes, choices, strict=True):
            if is_choice(typed, [choice]):
                return code
        raise NotOffered(f"is none of: {', '.join(code.value for code in codes)}")

    return pick


_REGISTERED: Final = re.compile(
    r"(?P<name>\S.*?)\s+(?P<registration>(?:GMC|NMC|GPhC|GDC|HCPC|SCW)\s*(?=\w*\d)\w{4,12})", re.IGNORECASE
)
"""A name and a registration without a comma: which body's it is says where it begins."""


def person(text: str) -> Person:
    """Read a name and a registration, with a comma between, or before a body's letters. Raises `AnswerInvalid`."""
    name, _, registration = text.partition(",")
    if not registration and (unmarked := _REGISTERED.fullmatch(text.strip())):
        name, registration = unmarked["name"], unmarked["registration"]
    if not registration.strip():
        raise AnswerInvalid("needs a name and a registration, a comma between: Dr A. Example, GMC 7654321")
    return Person(name.strip(), registration.strip())


def given_path(path: Path | None) -> str | None:
    """Return a path that was given as it was spelled."""
    return str(path) if path else None
