"""`imgfile consent withdraw RECORD`: the patient, or who speaks for them, takes their agreement back (R24).

Its use stops, or a clinician destroys it alone where the rule lets them. Without a terminal its use is stopped and
nothing is ever destroyed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from imgfile.acts.life import withdraw as act
from imgfile.acts.life.concern import keep_for_concern
from imgfile.acts.life.disclosures import copies_left
from imgfile.acts.life.person import Actor, admit_person, person_here
from imgfile.acts.life.withdraw import Stated
from imgfile.acts.practice.administrator import expect_format_2
from imgfile.cli.acting.sitting_here import expect_role_here
from imgfile.cli.acting.who_reads import read_by
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.life.copies import named
from imgfile.cli.options import RecordArgument
from imgfile.cli.purpose import problem_with, refuse, stated_yes
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.dates import show_date
from imgfile.clinical.facts import Facts
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.choices import pick
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.interview.lines import CONSENTED
from imgfile.clinical.interview.typed import split
from imgfile.clinical.text import parse_line
from imgfile.clinical.vocabulary import ConsentForm, WithdrawalOutcome
from imgfile.errors import AnswerInvalid, Damaged, Problem, RefusedByRule
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.early_end import Bar, bars
from imgfile.vault.life.gone import How
from imgfile.vault.life.history import History
from imgfile.vault.life.open import open_record
from imgfile.vault.records.find import find
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role, Use

GIVERS: Final = choices.AGREEING
"""Who can withdraw: whoever can agree. It only tightens, so nobody has to be the one who agreed."""
FORMS: Final = tuple(choice for choice in choices.FORMS if choice.code in act.HOW_WITHDRAWN)

_WHO: Final = "Who withdraws, and how:"
_CONCERN: Final = "Any safeguarding concern? (y/n):"
_DIGITS: Final = "Last four digits of the patient number to destroy (k keep it unused, q quit):"
_STOP: Final = "Stop its use? (y stop, q quit):"
_DIGIT_COUNT: Final = 4
_HOLDS: Final = frozenset({Bar.HELD, Bar.SAFEGUARDED})
"""What keeps two persons from destroying it too (R18, R21)."""
_ALONE: Final = (
    "Nobody has looked at it, exported it or handed it over, and it was filed today: you can destroy it alone (R24). "
    "Backups made before now still open it."
)

_ANYBODY: Final = "Anybody of the practice who was told."
_EXPLAINED_WHO: Final = Explanation(
    "Who takes the agreement back, and how they told the practice: the patient, or who speaks for them. "
    f"Who: {', '.join(choice.label for choice in GIVERS)}. How: {', '.join(choice.label for choice in FORMS)}.",
    _ANYBODY,
    "mother phone",
)
_EXPLAINED_CONCERN: Final = Explanation(
    "Whether anything about the photo, or about who withdraws, makes you think of harm. With y nothing is destroyed.",
    _ANYBODY,
    "n",
)
_EXPLAINED_DIGITS: Final = Explanation(
    "The digits, and your passphrase, destroy the photo and all that is sealed of it; a tombstone stays that says so. "
    "k keeps it as a record of care, and nobody uses it for anything more.",
    "A clinician.",
    "0018",
)
_EXPLAINED_STOP: Final = Explanation(
    "With y nobody exports it for anything, and whoever opens it reads first that consent was withdrawn. It stays "
    "filed: two persons may destroy it.",
    _ANYBODY,
    "y",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawOptions:
    """What can be said beforehand."""

    giver: Annotated[
        str | None, typer.Option("--giver", metavar="WHO", help="Who withdraws: patient | mother | father | ...")
    ] = field(default=None, repr=False)
    form: Annotated[
        str | None,
        typer.Option("--form", metavar="HOW", help="How they told you: phone | in person | email ..."),
    ] = field(default=None, repr=False)
    concern: Annotated[
        bool | None, typer.Option("--concern/--no-concern", help="Whether there is any safeguarding concern.")
    ] = None
    keep: Annotated[
        bool, typer.Option("--keep", help="Stop its use and keep it, without being asked; needed without a terminal.")
    ] = False
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="In their words, if they gave any; sealed.")
    ] = field(default=None, repr=False)


_MAY_DESTROY: Final = frozenset({Role.CLINICIAN})
_DESTROY: Final = "destroy a photo on a withdrawal"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "withdraw", help="Record that consent was withdrawn: stop the photo's use, or destroy it the same day."
    )(withdraw)


@with_argument("given", WithdrawOptions)
@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def withdraw(
    *, record: RecordArgument, given: WithdrawOptions, vault: Vault, identities: Identities, terminal: Terminal
) -> None:
    """Stop a photo's use, or destroy it."""
    vault.station.require_memory()
    of = find(vault.enrolled(), record)
    expect_format_2(vault)
    refuse(_problems(given, terminal), "consent withdraw")
    history = life.load(vault, of)
    if history.gone is not None and history.gone.how is How.WITHDRAWN:
        _finish(vault, of, terminal)
        return
    history.expect_here()
    history.expect_whole()
    if terminal.can_ask and history.is_use_stopped:
        terminal.show(f"  Its use was stopped on {show_date(_stopped_on(history))} already.")
    stated = _stated(vault, given, terminal)
    has_concern = given.concern if given.concern is not None else stated_yes(_CONCERN, _EXPLAINED_CONCERN, terminal)
    if has_concern:
        _say_hold(vault, terminal)
    if given.keep or not terminal.can_ask:
        _stop(vault, of, stated, terminal, has_concern=has_concern)
    elif has_concern or not _may_destroy(vault, history, identities, terminal):
        _ask_to_stop(terminal)
        _stop(vault, of, stated, terminal, has_concern=has_concern)
    else:
        _destroy_or_stop(vault, of, stated, identities, terminal)


def _problems(given: WithdrawOptions, terminal: Terminal) -> list[Problem | None]:
    found = [
        problem_with("giver", given.giver, _giver, terminal),
        problem_with("form", given.form, _form, terminal),
        problem_with("reason", given.reason, parse_line, terminal) if given.reason is not None else None,
    ]
    if not terminal.can_ask and given.concern is None:
        found.append(Problem("concern", "--no-concern (or --concern)", "is missing", is_missing=True))
    if not terminal.can_ask and not given.keep:
        found.append(Problem("keep", "--keep", "is missing: nothing is destroyed without a terminal", is_missing=True))
    return found


def _giver(text: str) -> ConsentGiver:
    return ConsentGiver(pick(text, GIVERS))


def _form(text: str) -> ConsentForm:
    return ConsentForm(pick(text, FORMS))


def _stated(vault: Vault, given: WithdrawOptions, terminal: Terminal) -> Stated:
    """Return who withdraws and how, by the flags, and asked for what they leave out."""
    said = {slug: text for slug, text in (("giver", given.giver), ("form", given.form)) if text is not None}
    reason = "" if given.reason is None else parse_line(given.reason)
    before = Facts(policy=vault.policy, today=datetime.now(UTC).date())
    while True:
        try:
            if "giver" in said and "form" in said:
                return Stated(giver=_giver(said["giver"]), form=_form(said["form"]), reason=reason)
            words = _WHO if not said else "Who withdraws:" if "form" in said else "How did they tell you:"
            typed = asking.answer(terminal, words, _EXPLAINED_WHO).strip()
            if not typed:
                terminal.show("  An answer is needed; ? explains.")
                continue
            if "giver" in said:
                said["form"] = _form(typed)
            else:
                parts = split(CONSENTED, typed, before, givers=GIVERS)
                said = {**said, **{slug: _READ[slug](text) for slug, text in parts.items()}}
        except AnswerInvalid as error:
            terminal.show(f"  That {error.message}.")


_READ: Final = {"giver": _giver, "form": _form}


def _say_hold(vault: Vault, terminal: Terminal) -> None:
    say = terminal.show if terminal.can_ask else terminal.say
    lines = [
        "Nothing is destroyed. Do not forward the photo, and tell whoever leads on safeguarding in the practice now.",
        *vault.policy.safeguarding_contact.splitlines(),
        "Where a child is in danger, call 999.",
    ]
    for line in lines:
        say(f"  {line}")


def _stopped_on(history: History) -> datetime:
    from imgfile.vault.life.addition import Effect  # noqa: PLC0415 - of a second withdrawal alone

    return max(each.at for each in history.standing(Effect.USE_STOPPED)).astimezone()


def _may_destroy(vault: Vault, history: History, identities: Identities, terminal: Terminal) -> bool:
    """Return whether a clinician may destroy it alone, as far as that is seen without a key; say what keeps it."""
    if vault.here.use is Use.RECEPTION:
        asking.show(
            terminal, ["This is a reception computer: its use is stopped here, and a clinician may destroy it."]
        )
        return False
    try:
        expect_role_here(vault, identities, _MAY_DESTROY, _DESTROY)
    except RefusedByRule as error:
        asking.show(terminal, [f"R26: {error.message}", "Its use can be stopped."])
        return False
    against = bars(vault, history, datetime.now(UTC))
    if not against:
        asking.show(terminal, [_ALONE])
        return True
    _say_kept(against, terminal)
    return False


def _say_kept(against: Sequence[Bar], terminal: Terminal) -> None:
    kept = f"One person cannot destroy it (R24): {'; '.join(against)}."
    when = "" if _HOLDS.isdisjoint(against) else " once no hold is"
    asking.show(terminal, [f"{kept} Its use can be stopped; two persons may destroy it{when}."])


def _ask_to_stop(terminal: Terminal) -> None:
    while asking.answer(terminal, _STOP, _EXPLAINED_STOP).strip().casefold() not in {"y", "yes", "k"}:
        terminal.show("  y stops its use; q quits and changes nothing.")


def _destroy_or_stop(vault: Vault, of: Manifest, stated: Stated, identities: Identities, terminal: Terminal) -> None:
    digits = _digits(terminal)
    if not digits:
        _stop(vault, of, stated, terminal)
        return
    by = admit_person(vault, identities.unlock(), _MAY_DESTROY, _DESTROY)
    opened = open_record(vault, of, by.practice)
    while digits and digits != opened.facts.patient.last_four:
        terminal.show("  Those are not the last four digits of this photo's patient.")
        digits = _digits(terminal)
    against = act.bars_against(vault, opened, by, at=datetime.now(UTC)) if digits else []
    if against:
        _say_kept(against, terminal)
        _ask_to_stop(terminal)
    if against or not digits:
        _stop(vault, of, stated, terminal, by)
        return
    gone = act.destroy_early(vault, opened, stated, by, at=datetime.now(UTC))
    if terminal.is_json:
        _data(of, How.WITHDRAWN.value, WithdrawalOutcome.DESTROYED_EARLY, terminal)
    terminal.say(f"Destroyed: {gone.reference}. Its keys are gone; backups made before now still open it.")
    if opened.facts.decision.shows_another:
        terminal.say("It showed another patient too: their own record of it is as it was.")


def _digits(terminal: Terminal) -> str:
    """Return four digits; "" where it is to be kept."""
    while True:
        typed = asking.answer(terminal, _DIGITS, _EXPLAINED_DIGITS).strip()
        if typed.casefold() in {"k", "keep"}:
            return ""
        if len(typed) == _DIGIT_COUNT and typed.isascii() and typed.isdecimal():
            return typed
        terminal.show("  Four digits, k or q.")


def _stop(  # noqa: PLR0913 - of what, on whose word, by whom, and because of what
    vault: Vault,
    of: Manifest,
    stated: Stated,
    terminal: Terminal,
    by: Actor | None = None,
    *,
    has_concern: bool = False,
) -> None:
    who = by.person if by else person_here(vault)
    kept = keep_for_concern(vault, of, who, at=datetime.now(UTC)) if has_concern else ""
    outcome = act.stop_use(vault, of, stated, who, at=datetime.now(UTC))
    if terminal.is_json:
        _data(of, "use_stopped", outcome, terminal)
    terminal.say(f"Use stopped: {of.reference} leaves for nothing any more, and says so wherever it is opened.")
    if kept:
        terminal.say(kept)
    _say_left(vault, of, outcome, terminal)


def _say_left(vault: Vault, of: Manifest, outcome: WithdrawalOutcome, terminal: Terminal) -> None:
    """Name the copies that left before: they are outside the vault, and stopping its use does not reach them."""
    try:
        copies = copies_left(vault, of)
    except Damaged:  # `verify` reports it; the use is stopped all the same
        copies = []
    is_published = outcome is WithdrawalOutcome.PUBLISHED_CANNOT_RECALL
    if copies:
        beyond = f" One was {outcome.label}." if is_published else ""
        terminal.say(f"Copies that left before are still out there: {named(copies)}.{beyond}")
        command = f"imgfile audit --record {of.reference} --reasons"
        terminal.say(read_by(vault, "See to each where it is; who got it", command))
    elif outcome is not WithdrawalOutcome.RETAINED_AS_RECORD_OF_CARE:
        terminal.say(f"Copies left before now: {outcome.label}. Which:  imgfile audit")


def _finish(vault: Vault, of: Manifest, terminal: Terminal) -> None:
    """Remove what a run that died left of a withdrawn record's keys."""
    with vault.station.locked():
        act.finish(vault, life.load(vault, of))
    if terminal.is_json:
        _data(of, How.WITHDRAWN.value, WithdrawalOutcome.DESTROYED_EARLY, terminal)
    terminal.say(f"{of.reference} was withdrawn and destroyed already; none of its keys is left.")


def _data(of: Manifest, how: str, outcome: WithdrawalOutcome, terminal: Terminal) -> None:
    terminal.data({"type": "withdrawn", "record": of.reference, "how": how, "outcome": outcome.value})
