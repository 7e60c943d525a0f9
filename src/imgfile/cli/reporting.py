"""What ingest tells of each photo's outcome: one line for people, one object for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from imgfile.acts.outcomes import Failed, Filed, Outcome, Ready, Refused, Skipped, Tally, Undecided
from imgfile.acts.sources import MailPart, Source
from imgfile.cli.dialogue import named, show_moment
from imgfile.clinical.proofs import Erasure, Evidence
from imgfile.errors import AnswerInvalid, Error

SCHEMA: Final = 1

_EVIDENCE: Final = {
    Evidence.E3: "overwritten in place, same disk blocks (E3)",
    Evidence.E2: "overwritten; that the same disk blocks were hit cannot be proven here (E2)",
    Evidence.E1: "no longer readable there; this disk writes elsewhere, so old blocks may remain (E1)",
    Evidence.E0: "but another copy of its blocks remains on this disk (E0)",
}


def outcome_lines(source: Source | None, outcome: Outcome) -> Iterator[str]:
    """Tell a person what became of one photo."""
    match outcome:
        case Filed():
            yield from _filed_lines(source, outcome)
        case Ready():
            yield f"{_name(source)}: ready to be filed."
        case Skipped():
            yield f"{_name(source)}: left as it is."
        case Undecided():
            yield f"{_name(source)}: undecided, left as it is."
        case Refused(error=error):
            yield f"{_name(source)}: refused by {error.rule}: {error.message}"
        case Failed(error=error):
            yield f"{_name(source)}: not filed: {error.message}"
        case _:
            assert_never(outcome)


def _filed_lines(source: Source | None, filed: Filed) -> Iterator[str]:
    follows = f", follows {filed.follows}" if filed.follows else ""
    if filed.is_new:
        yield f"Filed {filed.reference}{follows}. Read back and matched."
    else:
        yield f"Filed already as {filed.reference}. The filed copy was proven again."
    if filed.erasure is not None:
        yield from _erased_lines(source, filed.erasure)
    if isinstance(source, MailPart) and filed.erasure is not None:
        message = source.attachment.message
        when = f", {show_moment(message.sent_at.astimezone())}" if message.sent_at else ""
        yield f"Still in your mail account: delete {named(source)}{when}, there too."
    if filed.erasure is not None:
        for sentence in filed.erasure.out_of_reach:
            yield f"Out of reach: {sentence}"


def _erased_lines(source: Source | None, erasure: Erasure) -> Iterator[str]:
    where = f"from {source.export.path.name}" if isinstance(source, MailPart) else _name(source)
    copies = f" And: {', '.join(erasure.leftovers)}." if erasure.leftovers else ""
    yield f"Erased {where}: {_EVIDENCE[erasure.evidence]}.{copies}"


def _name(source: Source | None) -> str:
    return named(source) if source is not None else "the photo"


def outcome_facts(outcome: Outcome) -> dict[str, object]:
    """Tell a script what became of one photo (docs/reference/json.md)."""
    facts: dict[str, object] = {"type": "photo", "outcome": _word(outcome)}
    match outcome:
        case Filed(erasure=erasure, remains=remains):
            facts |= {"record": outcome.reference, "read_back": outcome.reached, "erased": erasure is not None}
            if outcome.follows:
                facts["follows"] = outcome.follows
            if erasure is not None:
                facts |= {
                    "evidence": erasure.evidence.name,
                    "leftovers": list(erasure.leftovers),
                    "out_of_reach": list(erasure.out_of_reach),
                }
            if remains is not None:
                facts |= _error_facts(remains)
        case Refused(error=error):
            facts |= {**_error_facts(error), "rule": error.rule, "erased": False}
        case Failed(error=error):
            facts |= {**_error_facts(error), "erased": False}
        case Ready() | Skipped() | Undecided():
            facts["erased"] = False
        case _:
            assert_never(outcome)
    return facts


def _error_facts(error: Error) -> dict[str, object]:
    facts: dict[str, object] = {"slug": error.slug, "exit": error.exit_code, "message": error.message}
    if isinstance(error, AnswerInvalid) and error.problems:
        facts["problems"] = [
            {"question": problem.question, "flag": problem.flag, "message": problem.message}
            for problem in error.problems
        ]
    return facts


def _word(outcome: Outcome) -> str:
    match outcome:
        case Filed(is_new=is_new):
            return "filed" if is_new else "already_filed"
        case Ready():
            return "ready"
        case Skipped():
            return "skipped"
        case Undecided():
            return "undecided"
        case Refused():
            return "refused"
        case Failed():
            return "failed"
        case _:
            assert_never(outcome)


def summary_facts(tally: Tally) -> dict[str, object]:
    """Sum a run up for a script."""
    words = [_word(outcome) for outcome in tally.outcomes]
    counted = ("filed", "already_filed", "ready", "failed", "refused", "skipped", "undecided")
    erased = sum(isinstance(outcome, Filed) and outcome.erasure is not None for outcome in tally.outcomes)
    return {
        "type": "summary",
        **{word: words.count(word) for word in counted},
        "erased": erased,
        "exit": tally.exit_code,
    }


def summary_line(tally: Tally) -> str:
    """Sum a run of several photos up for a person."""
    facts = summary_facts(tally)
    told = [f"{facts[word]} {word.replace('_', ' ')}" for word in ("filed", "already_filed", "ready") if facts[word]]
    told += [f"{facts[word]} {word}" for word in ("failed", "refused", "skipped", "undecided") if facts[word]]
    return f"{', '.join(told) or 'nothing to do'}; {facts['erased']} erased."
