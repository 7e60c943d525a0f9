"""What ingest tells of each photo's outcome: a few lines for people, one object for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from imgfile.acts.outcomes import Failed, Filed, Outcome, Ready, Refused, Skipped, Tally, Undecided
from imgfile.acts.planning import Item
from imgfile.acts.sources import MailPart, Source
from imgfile.cli.dialogue import named, show_moment
from imgfile.clinical.proofs import Erasure, Evidence
from imgfile.errors import AnswerInvalid, Error, RefusedByRule

_EVIDENCE: Final = {
    Evidence.E3: "overwritten in place, same disk blocks (E3)",
    Evidence.E2: "overwritten; that the same disk blocks were hit cannot be proven here (E2)",
    Evidence.E1: "no longer readable there; this disk writes elsewhere, so old blocks may remain (E1)",
    Evidence.E0: "but another copy of its blocks remains on this disk (E0)",
}


# --- for people -----------------------------------------------------------------------------------------


def outcome_lines(item: Item, outcome: Outcome) -> Iterator[str]:
    """Tell a person what became of one photo."""
    name = named(item.source) if item.source else item.named
    match outcome:
        case Filed():
            yield from _filed_lines(item.source, name, outcome)
        case Ready():
            yield f"{name}: ready to be filed."
        case Skipped():
            yield f"{name}: left as it is."
        case Undecided():
            yield f"{name}: undecided, left as it is."
        case Refused(error=error):
            yield f"{name}: refused by {error.rule}: {error.message}"
        case Failed(error=error):
            yield f"{name}: not filed: {error.message}"
            yield from problem_lines(error)
        case _:
            assert_never(outcome)


def problem_lines(error: Error) -> Iterator[str]:
    """Tell what is wrong with each answer that was given."""
    for problem in error.problems if isinstance(error, AnswerInvalid) else ():
        if not problem.is_missing:
            yield f"  {problem.flag}: {problem.message}"


def _filed_lines(source: Source | None, name: str, filed: Filed) -> Iterator[str]:
    follows = f", follows {filed.follows}" if filed.follows else ""
    if filed.is_new:
        yield f"Filed {filed.reference}{follows}. Read back and matched."
    else:
        proven = " The filed copy was proven again." if filed.reached else ""
        yield f"Filed already as {filed.reference}.{proven}"
    if filed.erasure is not None:
        yield from _erased_lines(source, name, filed.erasure)
    yield f"Look at it: imgfile view {filed.reference}"


def _erased_lines(source: Source | None, name: str, erasure: Erasure) -> Iterator[str]:
    where = f"from {source.export.path.name}" if isinstance(source, MailPart) else name
    copies = f" And: {', '.join(erasure.leftovers)}." if erasure.leftovers else ""
    yield f"Erased {where}: {_EVIDENCE[erasure.evidence]}.{copies}"
    if isinstance(source, MailPart):
        yield f"Still in your mail account: delete {message_name(source)}, there too."
        yield "Out of reach: the mail provider's backups, the sender's phone."
    for sentence in erasure.out_of_reach:
        yield f"Out of reach: {sentence}"


def message_name(source: MailPart) -> str:
    """Name a message so that it can be found in a mail account: subject, sender, date."""
    sent = source.attachment.message.sent_at
    return f"{named(source)}{f', {show_moment(sent.astimezone())}' if sent else ''}"


def summary_line(tally: Tally) -> str:
    """Sum a run of several photos up for a person."""
    facts = summary_facts(tally, tally.exit_code)
    told = [f"{facts[word]} {word.replace('_', ' ')}" for word in _COUNTED if facts[word]]
    return f"{', '.join(told)}; {facts['erased']} erased." if told else "nothing to file."


def error_of(outcome: Outcome) -> Error | None:
    """Return what went wrong, if anything did."""
    match outcome:
        case Filed(remains=error):
            return error
        case Refused(error=error) | Failed(error=error):
            return error
        case Ready() | Skipped() | Undecided():
            return None
        case _:
            assert_never(outcome)


# --- for scripts (docs/reference/json.md) ---------------------------------------------------------------

_COUNTED: Final = ("filed", "already_filed", "ready", "failed", "refused", "skipped", "undecided")


def outcome_facts(item: Item, outcome: Outcome) -> dict[str, object]:
    """Tell a script what became of one photo."""
    place: dict[str, object] = {"row": item.row} if item.row else {"source": item.named}
    facts: dict[str, object] = {"type": "photo", **place, "outcome": _word(outcome)}
    error = error_of(outcome)
    if isinstance(outcome, Filed):
        facts |= _filed_facts(item.source, outcome)
    if error is not None:
        facts |= _error_facts(error, is_row=bool(item.row))
    if not isinstance(outcome, Filed):
        facts["erased"] = False
    return facts


def _filed_facts(source: Source | None, filed: Filed) -> dict[str, object]:
    facts: dict[str, object] = {"record": filed.reference, "read_back": filed.reached}
    if filed.follows:
        facts["follows"] = filed.follows
    facts["erased"] = filed.erasure is not None
    if filed.erasure is not None:
        facts |= {
            "evidence": filed.erasure.evidence.name,
            "leftovers": list(filed.erasure.leftovers),
            "out_of_reach": list(filed.erasure.out_of_reach),
        }
        if isinstance(source, MailPart):
            facts["message_id"] = source.attachment.message.message_id
    return facts


def _error_facts(error: Error, *, is_row: bool) -> dict[str, object]:
    facts: dict[str, object] = {"slug": error.slug, "exit": error.exit_code}
    problems = error.problems if isinstance(error, AnswerInvalid) else ()
    if isinstance(error, RefusedByRule):
        facts["rule"] = error.rule
    if is_row and len(problems) == 1:
        facts |= {"column": problems[0].question, "message": problems[0].message}
    else:
        facts["message"] = error.message
    if problems:
        facts["problems"] = [
            {"question": problem.question, "flag": problem.flag, "message": problem.message} for problem in problems
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


def summary_facts(tally: Tally, code: int) -> dict[str, object]:
    """Sum a run up for a script."""
    words = [_word(outcome) for outcome in tally.outcomes]
    erased = sum(isinstance(outcome, Filed) and outcome.erasure is not None for outcome in tally.outcomes)
    return {"type": "summary", **{word: words.count(word) for word in _COUNTED}, "erased": erased, "exit": code}
