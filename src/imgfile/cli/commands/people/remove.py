"""`imgfile people remove`: somebody leaves the practice, and what is filed from then on is closed to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile.acts.practice.administrator import admit_administrator, expect_format_2
from imgfile.acts.practice.computers_behind import Behind, stations_behind
from imgfile.acts.practice.former_people import find_gone, finish_removal
from imgfile.acts.practice.leaving import Leaver, remove
from imgfile.acts.practice.people import find_person, find_station, is_listed, plain
from imgfile.cli.acting.administrator import expect_administrator, refuse_oneself
from imgfile.cli.founding.answers import TRIES, Answers, Question, given_path
from imgfile.cli.founding.recovery_place import NEW_RECOVERY, place_outside
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import NewRecoveryOption
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.interview.explanations import Explanation
from imgfile.counts import counted
from imgfile.errors import AnswerInvalid
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.records.find import everything
from imgfile.vault.roster.model import Person, StationEntry

PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="Their name, or their registration number.")]
RetireOption = Annotated[
    list[str] | None,
    typer.Option("--retire", metavar="COMPUTER", help="A computer that goes with them; may be given several times."),
]
KeepOption = Annotated[
    bool, typer.Option("--keep-computers", help="Their computers stay with the practice and go on filing.")
]
HeldOption = Annotated[
    str | None,
    typer.Option("--held-recovery-key", metavar="y|n|u", help="Whether they ever held the recovery key; u: not known."),
]
ConfirmOption = Annotated[
    str | None, typer.Option("--confirm", metavar="REGISTRATION", help="Their registration number, once more.")
]

_WHO: Final = "An administrator."
_HELD: Final = Question(
    "held_recovery_key",
    "--held-recovery-key",
    "Did they ever hold the recovery key? (y, n, u not known):",
    Explanation(
        "Whoever has held it, or a copy of it, opens every record with it, those of the future too. With y or u a new "
        "one is made now, and what is filed from now on opens with that alone.",
        _WHO,
        "u, when nobody can say for sure",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveOptions:
    """What is said of the leaver beforehand; the rest is asked."""

    retire: RetireOption = None
    keep_computers: KeepOption = False
    held_recovery_key: HeldOption = None
    new_recovery_file: NewRecoveryOption = None
    confirm: ConfirmOption = None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("remove", help="Remove somebody who leaves: what is filed from then on is closed to them.")(remove_)


@with_argument("given", RemoveOptions)
@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def remove_(
    *, who: PersonArgument, given: RemoveOptions, vault: Vault, identities: Identities, terminal: Terminal
) -> None:
    """Ask what is not known, and sign the roster that closes their keys."""
    expect_format_2(vault)
    if _was_removed(vault, who, given, terminal):
        return
    person = find_person(vault.roster, who)
    expect_administrator(vault, identities)
    refuse_oneself(vault, identities, person)
    for line in _before(vault, person):
        terminal.show(line) if terminal.can_ask else terminal.say(line)
    answers = Answers(terminal, "people remove")
    stations = _stations(vault, person, given, answers)
    recovery = _recovery(vault, given, answers)
    answers.take(_confirmation(person), given.confirm, lambda typed: _confirmed(person, typed), tries=TRIES)
    answers.refuse_problems()
    refuse([identities.problem()], "people remove")
    leaver = Leaver(person, [entry.station for entry in stations], recovery)
    removed = remove(vault, admit_administrator(vault, identities.unlock()), leaver, at=datetime.now(UTC))
    _report(removed, person, stations, recovery, terminal)


def _was_removed(vault: Vault, who: str, given: RemoveOptions, terminal: Terminal) -> bool:
    """Return whether it was done before; what a run that died left of it is done now."""
    gone = None if is_listed(vault.roster, who) else find_gone(vault, who)
    if gone is None:
        return False
    held = given.held_recovery_key
    is_renewed = given.new_recovery_file is not None or (held is not None and _is_not_no(held))
    finish_removal(vault, gone, given.retire or (), is_recovery_renewed=is_renewed, at=datetime.now(UTC))
    if terminal.is_json:
        retired = [entry.name for entry in gone.stations if entry.roster == gone.roster]
        behind = [each.name for each in stations_behind(vault)]
        terminal.data(
            {"type": "removed", "person": gone.who, "roster": gone.roster, "retired": retired, "behind": behind}
        )
    terminal.say(f"{gone.name} was removed already, by roster {gone.roster}. Nothing is left to do.")
    return True


def _before(vault: Vault, person: Person) -> Sequence[str]:
    count = sum(1 for _ in everything(vault))
    holds = f"can open {count:,} record{'s' if count != 1 else ''} today" if person.credentials else "opens no record"
    closed = "cannot be opened with their key, for new patients and old ones."
    return (
        f"{person.title} {holds}. What a computer files once it has seen this {closed}",
        "What they could read until now must be presumed read; their passphrase still opens copies they made.",
    )


def _stations(vault: Vault, person: Person, given: RemoveOptions, answers: Answers) -> list[StationEntry]:
    """Return the computers that go with them: those named; or of theirs, those that do not stay."""
    named = [find_station(vault.roster, name) for name in given.retire or ()]
    if named or given.keep_computers:
        return named
    theirs = [entry for entry in vault.roster.stations if entry.person == person.who]
    return [entry for entry in theirs if answers.take(_leaves(entry), None, _is_yes)]


def _leaves(entry: StationEntry) -> Question:
    return Question(
        "computers",
        "--retire (or --keep-computers)",
        f"{entry.name} is theirs. Does it go with them? (y, n it stays and files on):",
        Explanation(
            "A computer that goes with them is closed too: what it files from now on counts for nothing. One that "
            "stays goes on filing; whoever uses it next joins with a passphrase of their own.",
            _WHO,
            "y, for a laptop of theirs",
        ),
    )


def _recovery(vault: Vault, given: RemoveOptions, answers: Answers) -> Path | None:
    if given.new_recovery_file is None and answers.take(_HELD, given.held_recovery_key, _is_not_no) is False:
        return None
    return answers.take(NEW_RECOVERY, given_path(given.new_recovery_file), place_outside(vault))


def _confirmation(person: Person) -> Question:
    what = "registration number" if person.registration else "name"
    return Question(
        "confirm",
        "--confirm",
        f"Type their {what} to go on (q quit):",
        Explanation(
            "So that nobody is removed by a slip. They can be let in again later, as on their first day.",
            _WHO,
            person.registration or person.name,
        ),
    )


def _confirmed(person: Person, typed: str) -> str:
    wanted = person.registration or person.name
    digits = "".join(each for each in wanted if each.isdigit())
    if not plain(typed) or plain(typed) not in {plain(wanted), digits}:
        raise AnswerInvalid(f"That is not theirs. The roster has {wanted}.")
    return typed


def _is_yes(typed: str) -> bool:
    match typed.strip().casefold():
        case "y" | "yes":
            return True
        case "n" | "no":
            return False
    raise AnswerInvalid("Type y or n.")


def _is_not_no(typed: str) -> bool:
    return True if typed.strip().casefold() in {"u", "unknown", "not known"} else _is_yes(typed)


def _report(
    vault: Vault, person: Person, stations: Sequence[StationEntry], recovery: Path | None, terminal: Terminal
) -> None:
    behind = [*stations_behind(vault)]
    if terminal.is_json:
        terminal.data(
            {
                "type": "removed",
                "person": person.who,
                "roster": vault.roster.number,
                "retired": [entry.name for entry in stations],
                "behind": [each.name for each in behind],
            }
        )
    terminal.say(f"Removed. From roster {vault.roster.number} on what is filed is closed to {person.name}.")
    if stations:
        terminal.say(f"Retired with them: {', '.join(entry.name for entry in stations)}.")
    if recovery is not None:
        terminal.say(f"{recovery} is the recovery key now, tested. Print it, lock it away; destroy the old one.")
    if behind:
        terminal.say(f"Not used since, and filing to the old key until then: {', '.join(map(_seen, behind))}.")
    terminal.say("They keep what links a patient's number to their records, if they kept a computer or a copy of one.")


def _seen(behind: Behind) -> str:
    if behind.at is None:
        return f"{behind.name} (never used)"
    days = (datetime.now(UTC) - behind.at).days
    return f"{behind.name} ({'seen today' if days < 1 else counted(days, 'day ago', 'days ago')})"
