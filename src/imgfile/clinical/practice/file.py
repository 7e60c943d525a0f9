"""The policy as a file that people write: read strictly, each problem with its line and key; and one to begin from.

1. A key that is not known, which `load` keeps as one of a later version, is a slip of the hand here: it is refused,
   with the likeliest that was meant.
2. Settings that contradict one another, or that could never hold, are refused: better now than when somebody files.
3. `format` may be left out; what is signed states the format that the settings need.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from typing import Any, Final

from imgfile.clinical.patient import Scheme, numbers_in
from imgfile.clinical.policy import FORMAT, MAX_POLICY_BYTES, SETTINGS, Policy, spelled
from imgfile.clinical.practice.words import WORDS
from imgfile.clinical.sites.match import SiteKind, classify, site_lists
from imgfile.clinical.vocabulary import WhoMayAsk
from imgfile.errors import AnswerInvalid, Problem

_COLUMNS: Final = 78
_HINT: Final = "Nothing was changed. Every key is in docs/reference/policy.md; imgfile policy show --toml prints yours."


def read(data: bytes, name: str = "the policy") -> Policy:
    """Read a policy that somebody wrote, in a file of this name.

    Raises AnswerInvalid with a problem for each line that cannot stand.
    """
    text, document = _document(data, name)
    problems = list(_format_problems(document))
    values: dict[str, Any] = {}  # a key is a field of Policy, and its setting makes that field's type
    for key, value in document.items():
        if key not in SETTINGS:
            problems += [] if key == "format" else [(key, _unknown(key))]
            continue
        try:
            values[key] = SETTINGS[key].read(value)
        except AnswerInvalid as error:
            problems.append((key, error.message))
    problems += [(key, "is missing") for key, each in SETTINGS.items() if each.is_required and key not in document]
    if not problems:
        policy = Policy(**values)
        problems = [(key, reason) for key, is_wrong, reason in _CONTRADICTIONS if is_wrong(policy)]
    if problems:
        raise AnswerInvalid(
            f"{name} cannot be used.", _HINT, tuple(_problem(text, key, reason) for key, reason in problems)
        )
    return policy


def _document(data: bytes, name: str) -> tuple[str, dict[str, object]]:
    if len(data) > MAX_POLICY_BYTES:
        raise AnswerInvalid(f"{name} is longer than a policy; the most is {MAX_POLICY_BYTES:,}.", _HINT)
    try:
        text = data.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError:
        raise AnswerInvalid(f"{name} is not UTF-8 text.", _HINT) from None
    except (ValueError, RecursionError) as error:  # a number of many digits and deep brackets escape tomllib's own
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = f"line {found.group(1)}" if found else "the file"
        raise AnswerInvalid(
            f"{name} cannot be used.", _HINT, (Problem("toml", line, 'is not TOML; a line is:  key = "text"'),)
        ) from None


def _format_problems(document: dict[str, object]) -> Iterator[tuple[str, str]]:
    stated = document.get("format", 1)
    if type(stated) is not int or stated < 1:
        yield "format", "is no number; it may be left out"
    elif stated > FORMAT:
        yield "format", f"is of a newer imgfile than this, which knows {FORMAT}: update imgfile on this computer"


def _unknown(key: str) -> str:
    import difflib  # noqa: PLC0415 - only a slip of the hand needs it

    near = difflib.get_close_matches(key, SETTINGS, n=1)
    return f"is no setting{f'; did you mean {near[0]}?' if near else ''}"


def _problem(text: str, key: str, reason: str) -> Problem:
    quoted = re.escape(key)
    pattern = re.compile(rf"""\s*(?:\[+\s*)?["']?{quoted}["']?\s*[=.\]]""")
    at = next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), None)
    return Problem(key, f"line {at}, {key}" if at else key, reason)


# --- settings that contradict one another -----------------------------------------------------------------------


def _has_intimate_as_ordinary(policy: Policy) -> bool:
    lists = site_lists(policy.intimate_sites)
    return any(classify(site, lists).kind is SiteKind.INTIMATE for site in policy.ordinary_sites)


def _is_local(policy: Policy) -> bool:
    return Scheme.LOCAL in policy.schemes


def _is_listed(policy: Policy) -> bool:
    return policy.who_may_ask is WhoMayAsk.LISTED


_CONTRADICTIONS: Final[tuple[tuple[str, Callable[[Policy], bool], str], ...]] = (
    (
        "schemes",
        lambda policy: _is_local(policy) and not policy.local_number,
        'has "local" without a pattern: add local_number = "T-####"',
    ),
    (
        "local_number",
        lambda policy: bool(policy.local_number) and not _is_local(policy),
        'is given, and schemes has no "local": add it there, or take this out',
    ),
    (
        "who_may_ask",
        lambda policy: _is_listed(policy) and not policy.may_ask,
        'is "listed", and may_ask lists nobody: then nobody could ask',
    ),
    (
        "may_ask",
        lambda policy: bool(policy.may_ask) and not _is_listed(policy),
        'counts only with who_may_ask = "listed"',
    ),
    (
        "ordinary_sites",
        _has_intimate_as_ordinary,
        "has a site that counts as intimate, or is like one that does; that never changes",
    ),
    (
        "rationale_phrases",
        lambda policy: any(phrase[0].isdigit() or phrase[0] == "+" for phrase in policy.rationale_phrases),
        "has a phrase that begins with a digit or a plus, as picking one does",
    ),
    (
        "rationale_phrases",
        lambda policy: any(map(numbers_in, policy.rationale_phrases)),
        "has a phrase with a patient's number in it",
    ),
)


# --- the file to begin from --------------------------------------------------------------------------------------


def template(policy: Policy) -> str:
    """Write a policy with a word on every setting, those that are left out behind a #."""
    opening = "The practice's policy. A line behind # counts for nothing; take the # away to set it. Save, and close."
    parts = [_comment(opening)]
    for key, setting in SETTINGS.items():
        value = getattr(policy, key)
        line = f"{key} = {spelled(value)}"
        if value == setting.default:
            example = WORDS[key].example
            line = f"# {key} = {spelled(tuple(example) if isinstance(example, list) else example)}"
        parts.append(f"{_comment(WORDS[key].says.replace('`', ''))}\n{line}")
    return "\n\n".join(parts) + "\n"


def _comment(text: str) -> str:
    return "\n".join(textwrap.wrap(text, _COLUMNS, initial_indent="# ", subsequent_indent="# "))
