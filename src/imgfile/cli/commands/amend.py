"""`imgfile amend RECORD`: correct an answer of a filed photo; what was said before stays in its history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import typer

from imgfile.acts.disclosure.open import expect_looking
from imgfile.acts.life import amend as act
from imgfile.acts.life.concern import heeded
from imgfile.acts.life.person import admit_person, expect_open_to_additions, person_here
from imgfile.cli.acting.sitting_here import expect_role_here
from imgfile.cli.acting.who_reads import read_by
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.life.prompts import asker, take_confirmation
from imgfile.cli.options import RecordArgument
from imgfile.cli.purpose import ReasonOption, about, problem_with, refuse, stated_reason
from imgfile.cli.question_options import with_question_flags
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.confirmation import Confirmation, confirmation
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.interview.filed import FIXED
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.interview.shown import Shown, answers, title, words_for
from imgfile.clinical.permitted_uses import lacks_attestation
from imgfile.clinical.text import parse_line
from imgfile.errors import AnswerInvalid, Problem, RefusedByRule, UsageError
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life.standing import find_here
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role, Use

AMENDABLE: Final = tuple(question for slug, question in QUESTIONS.items() if slug not in FIXED)
_WHICH: Final = "Change which (Enter ends, q quits and changes nothing):"
_NOTHING: Final = "Nothing was changed."
_REASON: Final = "Why was it wrong:"
_ATTEST: Final = "Last four digits of the patient number to attest and amend (q quit):"
_CONFIRM: Final = "Amend it? (y amend, q quit):"
_EXPLAINED: Final = Explanation(
    "Each answer can be changed by its number; what rests on it is asked again, and every rule judges all of it anew. "
    "A photo of another patient is not amended but moved. What is not listed, such as the origin or what was "
    "explained, is amended by its flag:  imgfile amend --help",
    "A clinician.",
    "3",
)
_EXPLAINED_CONFIRM: Final = Explanation(
    "What is above is added to the record, signed by you. What was said before stays, and show --history lists both.",
    "Whoever signs.",
    "y",
)
_EXPLAINED_ATTEST: Final = Explanation(
    "The last four digits of the patient's number, read once more from the record, attest what is above, and add it "
    "to the record, signed by you. What was said before stays, and show --history lists both.",
    "The clinician who attests.",
    "0018",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("amend", help="Correct an answer of a filed photo. What was said before stays in its history.")(amend)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
@with_question_flags(AMENDABLE)
def amend(  # noqa: PLR0913 - a group of options each
    *,
    record: RecordArgument,
    vault: Vault,
    answers: Mapping[str, Given],
    reason: ReasonOption = None,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Amend one or more answers of a record."""
    vault.station.require_memory()
    of = find_here(vault.enrolled(), record)
    expect_open_to_additions(vault, of)
    missing = None if answers or terminal.can_ask else Problem("answer", "an answer", "is missing", is_missing=True)
    stated = problem_with("reason", reason, parse_line, terminal)
    if _only_tightens(vault, answers, identities):
        refuse([stated], "amend")
        _mark_intimate(vault, of, reason, terminal)
        return
    expect_looking(vault)
    expect_role_here(vault, identities, frozenset({Role.CLINICIAN}), "amend a record")
    if missing is not None or identities.problem() is not None:
        refuse([missing, stated, identities.problem()], "amend")
    by = admit_person(vault, identities.unlock(), frozenset({Role.CLINICIAN}), "amend a record")
    from imgfile.vault.life.open import open_record  # noqa: PLC0415 - behind the passphrase

    draft = act.begin(vault, open_record(vault, of, by.practice), by.person)
    if terminal.can_ask:
        terminal.show(f"  {of.reference}: {about(draft.opened.facts)}")
    try:
        draft = _amended(draft, answers, terminal, stated)
    except RefusedByRule as refusal:
        if refusal.rule == "R12":  # an objection that is said of a filed photo is a withdrawal (R24)
            refusal.hint = f"{_NOTHING} To stop its use, or destroy it:  imgfile consent withdraw {of.reference}"
        raise heeded(vault, of, refusal, by.person, at=datetime.now(UTC)) from None
    refuse([stated], "amend")
    if not draft.changes or draft.filing is None:
        raise UsageError("nothing is amended: every answer is as it was.", _NOTHING)
    said = stated_reason(reason, _REASON, terminal, example="the wrong side was typed")
    _confirm(draft, confirmation(draft.filing), terminal)
    act.amend(vault, draft, said, by, at=datetime.now(UTC))
    _report(vault, of, sorted(_changed(draft)), terminal, act.born_otherwise_too(vault, draft))


def _only_tightens(vault: Vault, answers: Mapping[str, Given], identities: Identities) -> bool:
    """Return whether it only makes a photo count as intimate, at reception or where nobody gives an identity."""
    is_upgrade = set(answers) == {"intimate"} and answers["intimate"].text.strip().casefold() in {"y", "yes"}
    return is_upgrade and (vault.here.use is Use.RECEPTION or identities.problem() is not None)


def _mark_intimate(vault: Vault, of: Manifest, reason: str | None, terminal: Terminal) -> None:
    said = stated_reason(
        reason, "Why does it count as intimate:", terminal, example="it shows more than the site that was typed"
    )
    act.mark_intimate(vault, of, said, person_here(vault), at=datetime.now(UTC))
    _report(vault, of, ["intimate"], terminal)


def _amended(
    draft: act.Draft, given: Mapping[str, Given], terminal: Terminal, unsaid: Problem | None = None
) -> act.Draft:
    """Return the answers as they are to be; what these leave missing is reported with what else is unsaid."""
    ask = asker(terminal) if terminal.can_ask else None
    if given:
        try:
            return act.take(draft, given, ask)
        except AnswerInvalid as error:
            if unsaid is None or not error.problems:
                raise
            raise AnswerInvalid.of([*error.problems, unsaid], error.hint) from None
    while ask is not None and (slug := _which(draft, terminal)):
        draft = act.change(draft, slug, ask)
    return draft


def _which(draft: act.Draft, terminal: Terminal) -> str:
    """Return which answer is to be changed; "" where no more is."""
    listed = [each for each in answers(draft.facts, draft.given) if each.slug not in FIXED and each.is_changeable]
    if draft.filing is None and lacks_attestation(draft.opened.facts):
        listed.append(Shown("safeguards", "NOT ATTESTED", is_changeable=True))
    asking.show(terminal, _lines(listed))
    while typed := asking.answer(terminal, _WHICH, _EXPLAINED).strip():
        if typed.isascii() and typed.isdecimal() and 0 < int(typed[:4]) <= len(listed):
            return listed[int(typed[:4]) - 1].slug
        named = next((each.slug for each in listed if each.title.casefold() == typed.casefold()), "")
        if named:
            return named
        asking.show(terminal, ["That is none of the numbers above; Enter ends, ? says how others are amended."])
    return ""


def _lines(listed: list[Shown]) -> list[str]:
    wide = max(len(each.title) for each in listed)
    return [f"{number:2} {each.title:{wide}}  {each.words}" for number, each in enumerate(listed, 1)]


def _changed(draft: act.Draft) -> dict[str, tuple[str, str]]:
    """Return the questions whose answers are others now, each with its words before and after; "" for none."""
    old = {slug: answer.text for slug, answer in draft.before.items()}
    now = {slug: words_for(slug, draft.facts) for slug in draft.given}
    slugs = [slug for slug in QUESTIONS if old.get(slug) != now.get(slug)]
    return {slug: (old.get(slug, ""), now.get(slug, "")) for slug in slugs}


def _confirm(draft: act.Draft, asked: Confirmation, terminal: Terminal) -> None:
    """Show what is amended, and have it confirmed; an intimate photo of a child is attested (R9)."""
    if not terminal.can_ask:
        if asked.needs_digits:
            raise RefusedByRule(
                "R9",
                "an intimate photo of a child is amended by a clinician at the terminal.",
                "Nothing was changed. Run it there.",
            )
        return
    for slug, (old, new) in _changed(draft).items():
        asking.show(terminal, [f"{title(slug)}: {old or 'not said'} -> {new or 'not said any more'}"])
    words, explained = (_ATTEST, _EXPLAINED_ATTEST) if asked.needs_digits else (_CONFIRM, _EXPLAINED_CONFIRM)
    take_confirmation(terminal, asked, words, explained)


def _report(
    vault: Vault, of: Manifest, changed: list[str], terminal: Terminal, born_otherwise: tuple[str, ...] = ()
) -> None:
    if terminal.is_json:
        others = {"born_otherwise": list(born_otherwise)} if born_otherwise else {}
        terminal.data({"type": "amended", "record": of.reference, "answers": changed, **others})
    command = f"imgfile show {of.reference} --history"
    terminal.say(read_by(vault, f"Amended {of.reference}. What was said before stays", command))
    if born_otherwise:
        terminal.say(
            f"With another birth date under this number: {', '.join(born_otherwise)}. Nothing more is filed under"
        )
        terminal.say(f"it until all agree:  imgfile amend {born_otherwise[0]}")
