"""What ingest reports of each photo: a few lines of a single one, one line of several, one object for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from imgfile.acts.ingest.plan import Item
from imgfile.acts.outcome import (
    Failed,
    Filed,
    NotFiled,
    Outcome,
    Ready,
    Refused,
    SetAside,
    Skipped,
    Undecided,
    in_brackets,
)
from imgfile.acts.sources.source import MailPart, Source
from imgfile.clinical.proofs import Erasure, Evidence
from imgfile.clinical.rules import CONCERN_LEFT_OPEN
from imgfile.clinical.vocabulary import Disposition
from imgfile.errors import AnswerInvalid, Error, RefusedByRule
from imgfile.terminal import sanitise

MAX_NAME_CHARACTERS: Final = 100
"""How much of a stranger's text is shown: a name, a sender, a subject."""
EVIDENCE: Final = {
    Evidence.E3: "overwritten in place, same disk blocks (E3)",
    Evidence.E2: "overwritten; that the same disk blocks were hit cannot be proven here (E2)",
    Evidence.E1: "no longer readable there; this disk writes elsewhere, so old blocks may remain (E1)",
    Evidence.E0: "but another copy of its blocks remains on this disk (E0)",
}


# --- for people -----------------------------------------------------------------------------------------


def single_lines(item: Item, outcome: Outcome) -> Iterator[str]:
    """Yield, for a person, what became of the only photo of a run."""
    if not isinstance(outcome, Filed | NotFiled):
        yield from several_lines(item, outcome)
        return
    yield _filed_sentence(outcome) if isinstance(outcome, Filed) else _NOT_FILED[outcome.how]
    if isinstance(outcome, Filed) and outcome.handed_over:
        yield f"Handed over: {sanitise(outcome.handed_over)}. That copy is outside the vault."
    if isinstance(outcome, NotFiled) and outcome.text:
        yield f"For the sender:  {outcome.text}"
    if outcome.erasure is not None:
        where = f"from {item.source.export.path.name}" if isinstance(item.source, MailPart) else _name(item)
        yield erased_sentence(where, outcome.erasure)


def is_held(error: Error) -> bool:
    """Return whether a photo is left as it is because there may be a safeguarding concern (R9)."""
    return error.message == CONCERN_LEFT_OPEN


def hold_lines(error: Error) -> Iterator[str]:
    """Yield what to do by hand about a photo that is held: at every door, for no other line says it."""
    if is_held(error):
        yield from (f"  {line}" for line in error.hint.splitlines())


def several_lines(item: Item, outcome: Outcome) -> Iterator[str]:
    """Yield, for a person, on one line what became of one photo of several; more lines only of wrong answers."""
    name = _name(item)
    if isinstance(item.source, MailPart):  # a message may have several
        name += f" ({item.source.part})"
    match outcome:
        case Filed():
            yield f"{name}: {filed_words(outcome)}."
        case Ready():
            yield f"{name}: ready to be filed{in_brackets(outcome.since)}."
        case Skipped():
            yield f"{name}: left as it is."
        case Undecided():
            yield f"{name}: undecided, left as it is."
        case NotFiled() | SetAside():
            yield from (f"{name}: {line}" if at == 0 else line for at, line in enumerate(not_filed_lines(outcome)))
        case Refused(error=error):
            yield f"{name}: refused by {error.rule}: {error.message}"
            yield from hold_lines(error)
        case Failed(error=error):
            yield f"{name}: not filed: {error.message}"
            yield from problem_lines(error)
        case _:
            assert_never(outcome)


def _name(item: Item) -> str:
    return named(item.source) if item.source else item.named


def problem_lines(error: Error) -> Iterator[str]:
    """Yield what is wrong with each answer that was given."""
    for problem in error.problems if isinstance(error, AnswerInvalid) else ():
        if not problem.is_missing:
            yield f"  {problem.flag}: {problem.message}"


def _filed_sentence(filed: Filed) -> str:
    if filed.is_item:
        return f"Put into the inbox as {filed.reference}. Read back and matched. A clinician files it."
    if filed.is_new:
        return f"Filed {filed.reference}{_follows(filed)}. Read back and matched."
    proven = " The filed copy was proven again." if filed.reached else ""
    return f"Filed already as {filed.reference}{in_brackets(filed.since)}.{proven}"


def filed_words(filed: Filed) -> str:
    """Return as what a photo is filed, and what became of its source, in half a sentence."""
    if filed.is_item:
        return _with_fate(f"in the inbox as {filed.reference}, read back", filed)
    words = f"filed {'' if filed.is_new else 'already '}as {filed.reference}{_follows(filed)}{in_brackets(filed.since)}"
    if filed.reached:
        words += ", read back" if filed.is_new else ", proven again"
    if filed.handed_over is not None:
        words += ", handed over" if filed.handed_over else ", NOT handed over"
    return _with_fate(words, filed)


def _with_fate(words: str, filed: Filed) -> str:
    if filed.erasure is None:
        return f"{words}, not erased" if filed.remains else words
    if filed.erasure.evidence is Evidence.E0:
        return f"{words}, {EVIDENCE[Evidence.E0]}"
    return ", ".join((f"{words}, erased ({filed.erasure.evidence.name})", *filed.erasure.leftovers))


_NOT_FILED: Final = {
    Disposition.DESCRIBE_AND_DESTROY: "Not filed: described in words, sealed. To read them:  imgfile audit --reasons",
    Disposition.REJECT_RETURN: "Not filed: rejected. Nothing of it was kept.",
}


def not_filed_lines(outcome: NotFiled | SetAside) -> Iterator[str]:
    """Yield what became of a photo that somebody decided not to file, what to do about it, and what to send."""
    if isinstance(outcome, SetAside):
        yield f"not filed: {outcome.error.message}"
        yield from (f"  {line}" for line in outcome.error.hint.splitlines())
        return
    yield f"{not_filed_words(outcome)}."
    if outcome.text:
        yield f"  for the sender:  {outcome.text}"


def not_filed_words(outcome: NotFiled) -> str:
    """Return what became of a photo that is not filed, and of its source, in half a sentence."""
    words = "described, not filed" if outcome.how is Disposition.DESCRIBE_AND_DESTROY else "rejected, nothing kept"
    if outcome.erasure is None:
        return f"{words}, not erased: {outcome.remains.message}" if outcome.remains else f"{words}, left there"
    return f"{words}, erased ({outcome.erasure.evidence.name})"


def _follows(filed: Filed) -> str:
    return f", follows {filed.follows}" if filed.follows else ""


def erased_sentence(where: str, erasure: Erasure) -> str:
    """Return where something was erased from, and how much of that is proven."""
    copies = f" And: {', '.join(erasure.leftovers)}." if erasure.leftovers else ""
    return f"Erased {where}: {EVIDENCE[erasure.evidence]}.{copies}"


def named(source: Source) -> str:
    """Name a source as a person would: a path, or a message by subject and sender; what is in none by its own name."""
    if not isinstance(source, MailPart):
        return sanitise(source.shown)
    message, name = source.attachment.message, source.attachment.name
    if not message.is_one:
        return f"{sanitise(name or f'part {source.part}')} in {sanitise(source.export.path.name)}"
    if not (message.subject or message.sender):
        return f"a message without a subject in {sanitise(source.export.path.name)}"
    subject = f'"{shortened(message.subject)}"' if message.subject else "a message without a subject"
    return f"{subject} from {shortened(message.sender)}" if message.sender else subject


def shortened(text: str, characters: int = MAX_NAME_CHARACTERS) -> str:
    """Make a stranger's text harmless, and leave out the middle of one that is longer than anybody reads."""
    shown = sanitise(text)
    half = characters // 2
    return shown if len(shown) <= characters else f"{shown[:half]} ... {shown[-half:]}"


def message_name(source: MailPart) -> str:
    """Name a message so that it can be found in a mail account: subject, sender, date."""
    from imgfile.cli.formats import show_local_moment  # noqa: PLC0415 - a photo in a file of its own has no message

    sent = source.attachment.message.sent_at
    return f"{named(source)}{f', {show_local_moment(sent)}' if sent else ''}"


def error_of(outcome: Outcome) -> Error | None:
    """Return what went wrong, if anything did."""
    match outcome:
        case Filed(remains=error) | Ready(remains=error) | NotFiled(remains=error):
            return error
        case Refused(error=error) | Failed(error=error) | SetAside(error=error):
            return error
        case Skipped() | Undecided():
            return None
        case _:
            assert_never(outcome)


def warnings_of(item: Item, outcome: Outcome) -> tuple[str, ...]:
    """Return what stripping a photo lost besides metadata, what rules remark on it, and why to look twice."""
    remarks = item.remarks if isinstance(outcome, Filed | Ready) else ()
    return (*remarks, *outcome.warnings) if isinstance(outcome, Filed | Ready | Failed) else ()


def warning_lines(item: Item, outcome: Outcome) -> Iterator[str]:
    """Yield what is to be known of a photo besides its outcome, each with the photo's name."""
    name = f"row {item.row}" if item.row else _name(item)
    if isinstance(item.source, MailPart) and not item.row:
        name += f" ({item.source.part})"
    yield from (f"{name}: {warning}" for warning in warnings_of(item, outcome))


# --- for scripts (docs/reference/json.md) ---------------------------------------------------------------


def outcome_facts(item: Item, outcome: Outcome) -> dict[str, object]:
    """Return for a script what became of one photo."""
    facts: dict[str, object] = {"type": "photo", **_place_facts(item), "outcome": word_of(outcome)}
    error = error_of(outcome)
    if isinstance(outcome, Filed):
        facts |= _filed_facts(outcome)
    if isinstance(outcome, NotFiled):
        facts |= erasure_facts(outcome.erasure) | ({"text": outcome.text} if outcome.text else {})
    if isinstance(outcome, Ready) and outcome.since:
        facts["record_state"] = list(outcome.since)
    if isinstance(outcome, SetAside) and outcome.item:
        facts["item"] = outcome.item
    if error is not None:
        facts |= _photo_error_facts(error, is_row=bool(item.row))
    if warnings := warnings_of(item, outcome):
        facts["warnings"] = list(warnings)
    if not isinstance(outcome, Filed | NotFiled):
        facts["erased"] = False
    return facts


def _place_facts(item: Item) -> dict[str, object]:
    place: dict[str, object] = {"row": item.row} if item.row else {"source": _path(item.source) or item.named}
    return place | (part_facts(item.source) if isinstance(item.source, MailPart) else {})


def _path(source: Source | None) -> str:
    return str(source.export.path) if isinstance(source, MailPart) else ""


def part_facts(source: MailPart) -> dict[str, object]:
    """Return for a script which part of a mailbox a photo is, and what its message says."""
    return {"part": source.part, **message_facts(source)}


def message_facts(source: MailPart) -> dict[str, object]:
    """Return for a script what a message says of itself; what it does not say is left out."""
    message = source.attachment.message
    sent = message.sent_at.isoformat() if message.sent_at else ""
    facts = {"sender": message.sender, "sent": sent, "subject": message.subject, "message_id": message.message_id}
    return {name: text for name, text in facts.items() if text}


def _filed_facts(filed: Filed) -> dict[str, object]:
    facts: dict[str, object] = {"record": filed.reference, "read_back": filed.reached}
    if filed.since:
        facts["record_state"] = list(filed.since)
    if filed.follows:
        facts["follows"] = filed.follows
    if filed.handed_over is not None:
        facts["handed_over"] = filed.handed_over or None
    return facts | erasure_facts(filed.erasure)


def erasure_facts(erasure: Erasure | None) -> dict[str, object]:
    """Return for a script whether something was erased, and the evidence."""
    if erasure is None:
        return {"erased": False}
    return {
        "erased": True,
        "evidence": erasure.evidence.name,
        "leftovers": list(erasure.leftovers),
        "out_of_reach": list(erasure.out_of_reach),
    }


def error_facts(error: Error) -> dict[str, object]:
    """Return for a script what went wrong."""
    return {"slug": error.slug, "exit": error.exit_code, "message": error.message}


def _photo_error_facts(error: Error, *, is_row: bool) -> dict[str, object]:
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


def word_of(outcome: Outcome) -> str:
    """Return what a script calls an outcome."""
    match outcome:
        case Filed(is_item=is_item, is_new=is_new):
            return "in_inbox" if is_item else "filed" if is_new else "already_filed"
        case NotFiled(how=how) | SetAside(how=how):
            return _DISPOSED_OF[how]
        case _:
            return _WORDS[type(outcome)]


_DISPOSED_OF: Final = {
    Disposition.DESCRIBE_AND_DESTROY: "described",
    Disposition.REJECT_RETURN: "returned",
    Disposition.QUARANTINE: "quarantined",
    Disposition.SAFEGUARDING_HOLD: "held",
}
_WORDS: Final[dict[type[Outcome], str]] = {
    Ready: "ready",
    Skipped: "skipped",
    Undecided: "undecided",
    Refused: "refused",
    Failed: "failed",
}
