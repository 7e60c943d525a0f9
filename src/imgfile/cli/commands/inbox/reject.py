"""`imgfile inbox reject ITEM`: a clinician decides that a photo that waits is not filed."""

from __future__ import annotations

from typing import Final

import typer

from imgfile.acts.disclosure.open import expect_looking
from imgfile.acts.inbox import reject as act
from imgfile.acts.inbox.held import expect_no_hold, hold
from imgfile.acts.inbox.open import open_waiting
from imgfile.acts.inbox.settle import expect_waiting, was_source_erased
from imgfile.acts.ingest.context import Run
from imgfile.acts.life.person import admit_person
from imgfile.acts.options import Wishes
from imgfile.cli.acting.sitting_here import expect_role_here
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import ItemArgument, YesOption
from imgfile.cli.purpose import ReasonOption, about, problem_with, refuse, stated_reason, stated_yes
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.interview import not_filing as asked
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.text import parse_line
from imgfile.errors import Cancelled, Problem, RefusedByRule
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life.settled import MAY_SETTLE
from imgfile.vault.records import item as items
from imgfile.vault.records.item import Item
from imgfile.vault.records.open_item import OpenedItem

_ONLY_COPY: Final = "Its source was erased: no other copy is known here."
_CONFIRM: Final = "Destroy it here? (y destroy, q quit):"
_REASON: Final = "Why it is not kept:"
_EXPLAINED: Final = Explanation(
    "The item's key is removed, and nothing opens it any more. Where its source was erased when it was put here, no "
    "other copy is left; the sender may have one.",
    "A clinician, who has asked whether there is any safeguarding concern: then it stays where it is.",
    "y",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reject", help="Destroy a photo that waits in the inbox, and file nothing.")(reject)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def reject(  # noqa: PLR0913 - a reason and a confirmation beside what it works with
    *,
    item: ItemArgument,
    vault: Vault,
    reason: ReasonOption = None,
    yes: YesOption = False,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Reject an item."""
    vault.station.require_memory()
    of = items.find(vault.enrolled(), item)
    expect_looking(vault)
    expect_role_here(vault, identities, MAY_SETTLE, "reject from the inbox")
    if act.finish(vault, of):
        _report(of, terminal)
        return
    expect_waiting(vault, of)
    is_only_copy = was_source_erased(vault, of)
    if is_only_copy and not terminal.can_ask:  # nothing that could be given would do
        raise _unasked(of)
    missing = None
    if not (yes or terminal.can_ask):
        missing = Problem("confirmation", "--yes", "is missing", is_missing=True)
    refuse([missing, problem_with("reason", reason, parse_line, terminal), identities.problem()], "inbox reject")
    by = admit_person(vault, identities.unlock(), MAY_SETTLE, "reject from the inbox")
    run = Run(vault, Wishes())
    opened = open_waiting(vault, of, by.practice)
    expect_no_hold(run, opened)
    if terminal.can_ask:
        terminal.show(f"  {of.reference}: {about(opened.facts, waits=True)}")
        _expect_unneeded(run, opened, terminal)
    why = stated_reason(reason, _REASON, terminal, example="blurred, and sent again")
    if terminal.can_ask:
        asking.show(terminal, [_ONLY_COPY] if is_only_copy else [])
    if not yes and asking.answer(terminal, _CONFIRM, _EXPLAINED).strip().casefold() not in {"y", "yes", "destroy"}:
        raise Cancelled(asking.NOTHING_CHANGED)
    act.reject(run, opened, by, why)
    _report(of, terminal)


def _report(of: Item, terminal: Terminal) -> None:
    if terminal.is_json:
        terminal.data({"type": "rejected", "item": of.reference})
    terminal.say(f"{of.reference} was rejected, and its key is gone. Backups made before now still open it.")


def _unasked(of: Item) -> RefusedByRule:
    return RefusedByRule(
        "R28",
        f"the source of {of.reference} was erased, and the only copy is destroyed by a clinician's typed act alone.",
        "Nothing was removed. Run it at a terminal; --yes does not stand for it.",
    )


def _expect_unneeded(run: Run, opened: OpenedItem, terminal: Terminal) -> None:
    """Ask first what keeps a photo: a safeguarding concern, or a decision that rested on it. Raises `RefusedByRule`."""
    if stated_yes(asked.CONCERN.words, asked.CONCERN.explained, terminal):
        raise hold(run, opened)
    if stated_yes(asked.DECISION.words, asked.DECISION.explained, terminal):
        raise RefusedByRule(
            "R28",
            "a decision rested on it, so it is part of the patient's record; it waits on.",
            f"File it:  imgfile inbox accept {opened.item.reference}",
        )
