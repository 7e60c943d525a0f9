"""`imgfile inbox accept ITEM`: a clinician files a photo that waits, every answer judged anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import typer

from imgfile.acts.disclosure.open import expect_looking
from imgfile.acts.inbox import accept as act
from imgfile.acts.inbox.decide import Decided, decide
from imgfile.acts.inbox.look import why_hidden
from imgfile.acts.inbox.open import open_waiting
from imgfile.acts.inbox.settle import expect_waiting, was_source_erased
from imgfile.acts.ingest.context import Run
from imgfile.acts.life.person import admit_person
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Since, in_brackets
from imgfile.cli.acting.sitting_here import expect_role_here
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.life.confirming import is_confirmed, which_to_change
from imgfile.cli.life.prompts import asker
from imgfile.cli.options import ItemArgument, YesOption
from imgfile.cli.purpose import about, refuse
from imgfile.cli.question_options import with_question_flags
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.confirmation import confirmation
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.interview.questions import DISPOSITION, QUESTIONS
from imgfile.clinical.proofs import RecordId
from imgfile.errors import AnswerInvalid, Problem, RefusedByRule
from imgfile.terminal import Terminal, asking
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life.settled import MAY_SETTLE
from imgfile.vault.records import item as items
from imgfile.vault.records.item import Item

ASKED: Final = tuple(question for slug, question in QUESTIONS.items() if slug != DISPOSITION)
"""What is not to be filed is rejected: that is no answer here."""
_EXPLAINED: Final = Explanation(
    "What is above is filed in the patient's record, signed by this computer; the item then goes from the inbox. c "
    "changes an answer. It waits on where you stop.",
    "The clinician whose identity opened it.",
    "y",
)
_EXPLAINED_ATTEST: Final = Explanation(
    "The last four digits of the patient's number, read once more from the record, attest what is above and file it, "
    "signed by this computer; the item then goes from the inbox. c changes an answer. It waits on where you stop.",
    "The clinician who attests.",
    "0018",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("accept", help="File a photo that waits in the inbox; every rule judges it anew.")(accept)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
@with_question_flags(ASKED)
def accept(  # noqa: PLR0913 - a group of options each
    *,
    item: ItemArgument,
    vault: Vault,
    answers: Mapping[str, Given],
    yes: YesOption = False,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Accept an item into its patient's record."""
    vault.station.require_memory()
    of = items.find(vault.enrolled(), item)
    expect_looking(vault)
    expect_role_here(vault, identities, MAY_SETTLE, "accept from the inbox")
    run = Run(vault, Wishes(is_confirmed=yes, is_source_kept=True, allow_test=True))
    if (finished := act.finish(run, of)) is not None:
        is_new = finished.origin is not None and finished.origin.start == of.item
        _report(vault, of, finished.record, terminal, is_new=is_new)
        return
    expect_waiting(vault, of)
    refuse([identities.problem()], "inbox accept")
    by = admit_person(vault, identities.unlock(), MAY_SETTLE, "accept from the inbox")
    opened = open_waiting(vault, of, by.practice)
    if terminal.can_ask:
        terminal.show(f"  {of.reference}: {about(opened.facts, waits=True)}")
    ask = asker(terminal) if terminal.can_ask else None
    decided = decide(run, opened, answers, by.person, ask)
    hidden = why_hidden(vault, opened, by) if decided.filing is not None else ""
    if hidden:
        terminal.warn(f"{of.reference}: {hidden}")
    while slug := _confirm(decided, terminal, is_beforehand=yes):
        decided = decide(run, opened, decided.given, by.person, ask, changing=slug)
    record = act.accept(run, decided, by)
    _report(vault, of, record, terminal, is_new=decided.known is None, since=decided.since, hidden=hidden)


def _report(  # noqa: PLR0913 - of what, where, and what is to be known of it
    vault: Vault,
    of: Item,
    record: RecordId,
    terminal: Terminal,
    *,
    is_new: bool,
    since: Sequence[Since] = (),
    hidden: str = "",
) -> None:
    reference = layout.reference(record)
    if terminal.is_json:
        more: dict[str, object] = {"record_state": list(since)} if since else {}
        more |= {"warnings": [hidden]} if hidden else {}
        terminal.data({"type": "accepted", "item": of.reference, "record": reference, "is_new": is_new, **more})
    words = "filed as" if is_new else "filed already as"
    terminal.say(f"{of.reference} is {words} {reference}{in_brackets(since)}, and has left the inbox.")
    if not was_source_erased(vault, of):
        terminal.say("Its source stays where it was: imgfile ingest of it proves the record, then erases it.")


def _confirm(decided: Decided, terminal: Terminal, *, is_beforehand: bool) -> str:
    """Have what was answered confirmed, and return which answer is to be changed first; "" for none."""
    if decided.filing is None or decided.facts is None:
        return ""
    asked = confirmation(decided.filing)
    if not terminal.can_ask:
        if asked.needs_digits:
            raise RefusedByRule("R9", "an intimate photo of a child is filed by a clinician at the terminal.", "")
        if not is_beforehand:
            problem = Problem("confirmation", "--yes", "is missing", is_missing=True)
            raise AnswerInvalid("everything is answered; the confirmation is missing: --yes", "", (problem,))
        return ""
    if is_beforehand and not asked.needs_digits:
        return ""
    explained = _EXPLAINED_ATTEST if asked.needs_digits else _EXPLAINED
    ask, show = partial(asking.answer, terminal, asked.words, explained), partial(asking.show, terminal)
    while True:
        asking.show(terminal, asked.lines)
        if is_confirmed(asked, ask, show):
            return ""
        if slug := which_to_change(terminal, decided.facts, decided.given):
            return slug
