"""Write the reference pages that the code itself knows: commands, questions, rules, vocabulary.

PYTHONPATH=tests python -m kit.reference_pages
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final

from imgfile.cli.registry import FAMILIES, every_command
from imgfile.clinical import other_rules, statements, vocabulary
from imgfile.clinical.interview import questions
from imgfile.clinical.patient import MAX_LOCAL_CHARACTERS, MIN_LOCAL_CHARACTERS
from imgfile.clinical.practice import words
from imgfile.images import refusals
from imgfile.images.formats.jpeg import truncation
from imgfile.images.identify import Foreign
from kit.architecture.imports import syntax_tree
from kit.manual_page import manual_page
from kit.rules_table import MARK, kept
from kit.terminal.processes import imgfile
from kit.tools import REPOSITORY

FOLDER: Final = REPOSITORY / "docs" / "reference"
_COLUMNS: Final = "100"

_COMMANDS: Final = """\
# Commands

Made from the help pages by `tests/kit/reference_pages.py`; a test compares the two. Results go to standard output,
words for people to standard error; see [exit codes](exit-codes.md), [JSON](json.md) and [environment](environment.md).
The `Answers` of `imgfile ingest` are explained one by one in [questions](questions.md).
"""

_QUESTIONS: Final = """\
# Questions

Everything that is asked about a photo, in the order of asking. The same question is answered at the terminal, by its
flag, by the key of that name in `--answers` (a JSON object), or by the column of that name in a
[table](../how-to/batch-import.md), where the table below says that there is one. Each answer is recorded with where it
came from.

Never defaulted, and never taken over from another photo: the number, the birth date, basis, giver, form, rationale and
safeguards. Photos of one message alone may share answers, at the terminal, where somebody says that they are of one
patient, and confirms what they share; the body site, whether a photo is intimate, safeguards, attestation and objection
are each photo's own even then. Codes, which a table and `--answers` take as well as words, are in the
[vocabulary](vocabulary.md).

"""

_RULES: Final = """\
# Rules

What imgfile refuses, and what it demands. imgfile supports a clinician's decision; no rule here says that a photo is
lawful. A refusal ends with exit code 17 and leaves the source untouched. Numbers that are missing belong to
what is not there yet.

## On filing

"""

_REFUSED: Final = """\
# Refusals

Why a photo is not stripped, and so not filed: exit code 14, and nothing was changed. Made from the calls that refuse by
`tests/kit/reference_pages.py`; a test compares the two. The photo's name stands before each sentence, and the way on
behind it.
"""
_REFUSALS: Final = {
    "truncated": "Cut short",
    "damaged": "Damaged",
    "unknown": "Not understood",
    "too_large": "Too large",
}

_VOCABULARY: Final = """\
# Vocabulary

The codes that a record may hold. Where a question is asked in words, its code is understood too.

"""


def commands() -> str:
    """Return the page of all help pages."""
    pages = sorted([*every_command(), *FAMILIES], key=_place)
    sections = [_block("imgfile", _help()), *(_block(f"imgfile {name}", _help(*name.split())) for name in pages)]
    return "\n".join([_COMMANDS, *sections])


def _place(words: str) -> tuple[int, int]:
    """Return a command's place in the table: a family's own page stands before its commands'."""
    own = every_command()
    return (own.index(words), 1) if words in own else (own.index(f"{words} {next(iter(FAMILIES[words]))}"), 0)


def rules_page() -> str:
    """Return the page of all rules."""
    after = "".join(f"| {number} | {statement} |\n" for number, statement in other_rules.STATEMENTS.items())
    page = (
        f"{_RULES}{statements.reference()}\n## On everything after\n\n| rule | what it says |\n| --- | --- |\n{after}"
    )
    return page + MARK + kept()  # which takes a minute: kit.rules_table writes it, and a test of its own compares it


def _help(*command: str) -> str:
    shown = imgfile(*command, "--help", env={"COLUMNS": _COLUMNS})
    assert shown.status == 0, shown.words
    return shown.stdout.decode()


def _block(title: str, text: str) -> str:
    lines = "".join(f"{line.rstrip()}\n" for line in text.strip("\n").splitlines())
    return f"## {title}\n\n```text\n{lines}```\n"


def refusals_page() -> str:
    """Return the page of all reasons for which a photo is refused, with what to do, by the calls that raise them."""
    said: dict[str, set[str]] = {kind: set() for kind in _REFUSALS}
    said["truncated"] = {truncation.DETAIL, "the lower … % is missing"}
    for path in sorted((REPOSITORY / "src" / "imgfile" / "images").rglob("*.py")):
        for node in ast.walk(syntax_tree(path)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            is_refusal = isinstance(node.func.value, ast.Name) and node.func.value.id == "refusals"
            if is_refusal and node.func.attr in said and node.args:
                said[node.func.attr] |= {*_sentences(node.args[0])}
    sections = [_REFUSED]
    for kind, title in _REFUSALS.items():
        refusal = getattr(refusals, kind)("…")
        listed = "".join(f"- {sentence}\n" for sentence in sorted(said[kind]))
        sections.append(f"## {title}\n\n`{refusal.message}` What to do: {refusal.hint}\n\n{listed}")
    others = (refusals.not_an_image(), refusals.empty(), refusals.apples_png(), *(each.refusal() for each in Foreign))
    rows = "".join(f"| {each.message} | {each.hint} |\n" for each in others)
    return "\n".join([*sections, f"## What it is instead\n\n| what is said | what to do |\n| --- | --- |\n{rows}"])


def _sentences(argument: ast.expr) -> Iterator[str]:
    """Yield the sentences of a call's argument; what a number or a size stands in has `…` there."""
    if isinstance(argument, ast.IfExp):
        yield from (*_sentences(argument.body), *_sentences(argument.orelse))
    elif isinstance(argument, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in argument.values)  # type: ignore[misc]
    elif isinstance(argument, ast.Constant):
        yield str(argument.value)


_POLICY: Final = """\
# The policy

What a practice decides once, for all its photos. `imgfile policy show` shows it, `imgfile policy edit` changes it
([change the policy](../how-to/change-the-policy.md)); it lies in the vault as TOML, in `policy/`, under its own
SHA-256, and the newest roster names it. Each setting holds wherever an answer comes from: at the prompt, by flags, from
a table or a document of answers.

`format` says what a computer must understand to file at all. It is 1 where no setting asks for more than the first
imgfile did; a setting with a number in the last column raises it. A computer whose imgfile does not know the format
says so and files nothing until it is updated; `list`, `show`, `view` and `verify` go on working there. Without a line
of its own each setting is as the third column has it. A key that is not known is one of a newer imgfile: it counts for
nothing here, and such a policy is not changed.

Made from `clinical/practice/words.py` by `tests/kit/reference_pages.py`; a test compares the two.

"""


def policy_page() -> str:
    """Return the page of the policy's settings."""
    return f"{_POLICY}{words.reference()}{_PATTERNS}"


_PATTERNS: Final = f"""
## Numbers of the practice's own

A pattern is read from left to right: `#` is one digit, `@` one letter A to Z, and A to Z, 0 to 9, `-` and `/` stand
for themselves. Behind `#` or `@`, `{{4}}` says how many there are, `{{4,8}}` how few and how many. Nothing else is in
it. Each number has {MIN_LOCAL_CHARACTERS} to {MAX_LOCAL_CHARACTERS} characters, with a digit among them, and none is
ten digits: those are an NHS, CHI or H&C number, and stay one.

A number of the practice's own is always said to be one: `local T-1234` at the prompt and with `--patient`, or
`local` in the column or key `scheme`. No digits are ever taken for one. Its letters are stored in upper case.
"""

PAGES: Final[dict[str, Callable[[], str]]] = {
    "cli.md": commands,
    "imgfile.1": manual_page,
    "policy.md": policy_page,
    "questions.md": lambda: _QUESTIONS + questions.reference(),
    "refusals.md": refusals_page,
    "rules.md": rules_page,
    "vocabulary.md": lambda: f"{_VOCABULARY}{vocabulary.reference().strip()}\n",
}
"""Each page's name, and how it is written."""

if __name__ == "__main__":
    for name, render in PAGES.items():
        (FOLDER / name).write_text(render(), encoding="utf-8")
