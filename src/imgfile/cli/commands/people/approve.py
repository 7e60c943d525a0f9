"""`imgfile people approve`: let a new computer, and the person at it, into the vault (dialogue D4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from imgfile.acts.practice import approve as act
from imgfile.acts.practice.administrator import admit_administrator, expect_format_2
from imgfile.acts.practice.people import plain
from imgfile.cli.acting.administrator import expect_administrator
from imgfile.cli.formats import show_local_moment
from imgfile.cli.founding import joining as questions
from imgfile.cli.founding.answers import Answers
from imgfile.cli.founding.whose import whose as parse_whose
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.errors import AnswerInvalid, Problem, UsageError
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.joining.grant import Whose, spelt
from imgfile.vault.joining.judge import find
from imgfile.vault.joining.request import Request
from imgfile.vault.roster.model import Person, Roster, Use, words_slip
from imgfile.vault.times import parse_time

TRIES: Final = 3
_NOTICEABLE: Final = timedelta(hours=1)
"""A request is approved while two people talk; an older one is said to be, and decides nothing."""

WordsOption = Annotated[
    str | None, typer.Option("--words", metavar="WORDS", help="The eight words that the new computer shows.")
]
PersonOption = Annotated[
    str | None,
    typer.Option(
        "--person", metavar="TEXT", help='Whose it is, as you know them: "Dr B. Colleague, doctor, GMC 7111111".'
    ),
]
InboxOnlyOption = Annotated[
    bool,
    typer.Option(
        "--inbox-only", help="It gets no key that names patients' directories, and files into the inbox alone."
    ),
]
NobodyOption = Annotated[bool, typer.Option("--nobody", help="It is nobody's: a computer that several people file at.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("approve", help="Let a new computer, and the person at it, into the vault.")(approve)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is known beforehand; the rest is asked."""

    words: WordsOption = None
    person: PersonOption = None
    nobody: NobodyOption = False
    inbox_only: InboxOnlyOption = False


@with_argument("given", Given)
@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def approve(*, vault: Vault, given: Given, identities: Identities, terminal: Terminal) -> None:
    """Approve what was asked."""
    if given.person is not None and given.nobody:
        raise UsageError("--person and --nobody were both given.", "Give one of them.")
    expect_format_2(vault)
    expect_administrator(vault, identities)
    if given.words is None and not terminal.can_ask:
        refuse([Problem("words", "--words", "is missing", is_missing=True), identities.problem()], "people approve")
    request = _request(vault, given.words, terminal)
    act.check(vault, request)
    terminal.say(_described(request))
    _warn_of_namesake(vault, request, terminal)
    answers = Answers(terminal, command="people approve")
    whose = None if given.nobody else _whose(vault, request, given.person, answers)
    problem = identities.problem()
    refuse([*answers.problems, problem], "people approve")
    act.check_whose(vault, request, whose)
    _compare(request, whose, terminal)
    by = admit_administrator(vault, identities.unlock())
    approved = act.approve(vault, request, whose, by, at=datetime.now(UTC), into_inbox=given.inbox_only)
    _report(approved, request, terminal)


def _request(vault: Vault, given: str | None, terminal: Terminal) -> Request:
    """Find the request by its words, given or typed. Raises `AnswerInvalid`, `Damaged`."""
    left = 1 if given is not None else TRIES
    while True:
        typed = given
        if typed is None:
            typed = questions.eight_words(terminal, questions.WORDS)
        elif slip := words_slip(typed):
            raise AnswerInvalid(f"{slip} Nothing was changed.", 'Give all of them:  --words "WORDS"')
        found = find(vault.store, vault.id, typed)
        if found is not None:
            return found
        left -= 1
        if not left:
            raise AnswerInvalid(
                "no request in this vault has these words: it is another vault's, was altered, or is not here yet.",
                "Nothing was changed. Have the words read out again. On the new computer:  imgfile join FOLDER",
            )
        terminal.show("  No request in this vault has these words (yet).")


def _described(request: Request) -> str:
    moment = parse_time(request.asked)
    name = request.station.name if request.station is not None else "a computer that is in already"
    wants = "to look" if request.station is None else "to look and to file" if request.credential else "to file"
    use = ", as a reception computer" if request.use is Use.RECEPTION else ""
    age = datetime.now(UTC) - moment
    remark = ""
    if age > _NOTICEABLE:
        days = age // timedelta(days=1)
        remark = f" ({days} days ago)" if days > 1 else f" ({age // timedelta(hours=1)} hours ago)"
    elif age < -_NOTICEABLE:
        remark = " (its clock is ahead of this one)"
    return f"That is {name}, asked {show_local_moment(moment)}{remark}, {wants}{use}."


def _warn_of_namesake(vault: Vault, request: Request, terminal: Terminal) -> None:
    """Warn where a computer of that name is listed: this one with new keys, or another that nobody can tell from it."""
    asked = request.station
    if asked is None:
        return
    for entry in vault.roster.stations:
        if entry.station != asked.station and plain(entry.name) == plain(asked.name):
            owner = vault.roster.person(entry.person)
            whose = f"{owner.title if owner else 'nobody'}'s"
            terminal.warn(
                f"a computer called {entry.name} is listed already, {whose}. If this is that one with new keys, then:  "
                f"imgfile station retire {entry.station[:8]}"
            )
            terminal.warn(f"else give it another name:  imgfile station rename {entry.station[:8]} NAME")


def _whose(vault: Vault, request: Request, given: str | None, answers: Answers) -> Whose | None:
    """Return whose it is; None for nobody's, which only a computer without a person can be."""
    if given is None and request.credential is None:
        if not answers.terminal.can_ask:
            return None
        words, explained = questions.WHOSE_OR_NOBODYS.words, questions.WHOSE_OR_NOBODYS.explanation
        while typed := asking.answer(answers.terminal, words, explained):
            try:
                return _known(vault, request, typed)
            except AnswerInvalid as error:
                answers.terminal.show(f"  {error.message}")
        return None
    return answers.take(questions.WHOSE, given, lambda text: _known(vault, request, text))


def _known(vault: Vault, request: Request, text: str) -> Whose:
    """Read whose it is, so that a slip is asked about again at once. Raises `AnswerInvalid`."""
    whose = parse_whose(text)
    try:
        act.check_whose(vault, request, whose)
    except UsageError as error:
        raise AnswerInvalid(error.message) from error
    return whose


def _compare(request: Request, whose: Whose | None, terminal: Terminal) -> None:
    """Warn where the person at the other computer typed something else: a slip, or somebody else."""
    typed = ", ".join(filter(None, (request.says_name, request.says_registration)))
    if whose is None or not typed:
        return
    known = ", ".join(filter(None, (whose.name, whose.registration)))
    if spelt(typed) != spelt(known):
        terminal.warn(f"at the new computer they typed: {typed}")


def _owner(roster: Roster, request: Request) -> Person | None:
    """Return whose it is now, if anybody's."""
    if request.credential is not None:
        return roster.person(request.credential.holder)
    entry = roster.station(request.station.station) if request.station is not None else None
    return roster.person(entry.person) if entry is not None and entry.person else None


def _report(approved: act.Approved, request: Request, terminal: Terminal) -> None:
    roster = approved.vault.roster
    entry = roster.station(request.station.station) if request.station is not None else None
    person = _owner(roster, request)
    if terminal.is_json:
        terminal.data(
            {
                "type": "approved",
                "request": request.name,
                "roster": approved.number,
                "person": person.who if person is not None else "",
                "name": person.name if person is not None else "",
                "registration": person.registration if person is not None else "",
                "roles": [role.value for role in person.roles] if person is not None else [],
                "credential": request.credential.holder if request.credential is not None else "",
                "station": entry.station if entry is not None else "",
                "station_name": entry.name if entry is not None else "",
            }
        )
    looks = f"{person.name} can look at photos from now on" if person is not None and request.credential else ""
    where = "" if entry is None or entry.pseudonym_digest else " into the inbox"
    files = f"{entry.name} can file{where}" if entry is not None else ""
    terminal.say(f"Approved. {', and '.join(filter(None, (looks, files)))}.")
