"""`imgfile join`: make this computer, and the person at it, part of a practice's vault (dialogue D4)."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile.acts.practice import join as act
from imgfile.acts.practice.join import Found, Joiner, Joining
from imgfile.cli.formats import shell_quoted
from imgfile.cli.founding import joining as questions
from imgfile.cli.founding.answers import Answers, person
from imgfile.cli.founding.keys_place import take_keys
from imgfile.cli.founding.passphrase import ask_passphrase, from_command
from imgfile.cli.founding.vault_folder import take_vault_folder
from imgfile.cli.options import IdentityCommandOption, KeysFolderOption
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.text import check_line
from imgfile.errors import AnswerInvalid, Cancelled, NoVault, UsageError, WrongKey
from imgfile.state import Pin
from imgfile.station import Station
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import open_vault
from imgfile.vault.choose import choose_known
from imgfile.vault.joining.grant import spelt
from imgfile.vault.roster.model import Person, Roster, Use, fingerprint_of, is_fingerprint, words_slip

TRIES: Final = 3
WAIT_SECONDS: Final = 600
"""How long somebody who has just asked waits, while an administrator types eight words."""
LOOK_AGAIN_SECONDS: Final = 60
"""How long a share may still list what it listed before: only then is it said that no approval is there."""
_POLL_SECONDS: Final = 2
_NOBODY: Final = ("", "")
"""Stands in where an answer is missing: nothing is written then."""
_NO_REGISTRATION: Final = frozenset({"none", "no registration", "-"})
"""What is typed for a registration by who has none; the administrator types it anew, as they know the person."""

FolderArgument = Annotated[
    Path | None, typer.Argument(metavar="[FOLDER]", help="The folder of your practice's vault.", show_default=False)
]
FingerprintOption = Annotated[
    str | None,
    typer.Option(
        "--fingerprint", metavar="WORDS", help="The eight words that `imgfile roster fingerprint` shows a colleague."
    ),
]
ReceptionOption = Annotated[
    bool | None,
    typer.Option("--reception/--no-reception", help="Only file at this computer: no key here opens a record."),
]
NameOption = Annotated[str | None, typer.Option("--name", metavar="TEXT", help='Your name: "Dr B. Colleague".')]
RegistrationOption = Annotated[
    str | None, typer.Option("--registration", metavar="TEXT", help='Your registration: "GMC 7111111"; or none.')
]
StationOption = Annotated[
    str | None, typer.Option("--station-name", metavar="TEXT", help="What this computer is called.")
]
WaitOption = Annotated[
    int | None,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        min=0,
        max=86_400,
        help="How long to look for the approval; at a terminal ten minutes, when run again a minute.",
    ),
]
AgainOption = Annotated[
    bool, typer.Option("--again", help="Ask anew, with new keys; a retired computer gets a new id.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("join", help="Ask to join your practice's vault from this computer; run it again to go on.")(join)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinOptions:
    """What is known beforehand; the rest is asked, or has a default."""

    fingerprint: FingerprintOption = None
    reception: ReceptionOption = None
    name: NameOption = None
    registration: RegistrationOption = None
    station_name: StationOption = None
    wait: WaitOption = None
    again: AgainOption = False
    keys: KeysFolderOption = None
    identity_command: IdentityCommandOption = None


@with_argument("given", JoinOptions)
@with_terminal("no_input", "json", "quiet")
def join(*, folder: FolderArgument = None, given: JoinOptions, terminal: Terminal) -> None:
    """Ask to join, or go on with what was asked."""
    if folder is None and given.again:
        folder = _known_folder()
    folder, found = take_vault_folder(folder, terminal, "join", act.look)
    pin = act.pinned(found)
    if pin is not None and (number := act.retired_by(found, pin)):
        _leave_retired(pin, number, given, terminal)
    elif pin is not None:
        act.refuse_enrolled(found, pin, is_again=given.again)
    joining = None if given.again else act.resumed(found, given.keys)
    roster = None
    if joining is not None:
        roster = act.approval(joining)
        if roster is None and joining.is_outdated:
            terminal.say("What this computer asked is older than a removal, or a change of who decides: it asks anew.")
            joining = None
    is_new = joining is None
    if joining is None:
        joining = _asked(found, given, terminal)
    if roster is None:
        _show_request(joining, terminal)
        roster = _waited(joining, _patience(given, terminal, is_new=is_new), terminal)
    if roster is None:
        _not_yet(folder, is_new=is_new, terminal=terminal)
        return
    _report(act.enrol(joining, roster), joining, terminal)


def _known_folder() -> Path | None:
    """Return the folder of the vault that this computer knows, or of several the default; None where neither is."""
    try:
        return choose_known(None).folder
    except NoVault:
        return None


def _leave_retired(pin: Pin, number: int, given: JoinOptions, terminal: Terminal) -> None:
    """Have it confirmed that a retired computer joins again under a new id, and set its state aside."""
    was = f"this computer was retired from that vault, by roster {number}."
    if not given.again:
        if not terminal.can_ask:
            raise UsageError(was, "To join again, under a new id:  imgfile join FOLDER --again")
        terminal.show(f"{was[0].upper()}{was[1:]}")
        typed = asking.answer(terminal, "Join again, under a new id? [y/N]:", questions.RETIRED).strip().casefold()
        if typed not in {"y", "yes"}:
            raise Cancelled(asking.NOTHING_CHANGED)
    kept = act.leave_retired(pin, at=datetime.now(UTC))
    terminal.say(f"What this computer was in that vault is kept in {kept}; what it remembers of its photos goes on.")


def _patience(given: JoinOptions, terminal: Terminal, *, is_new: bool) -> int:
    if given.wait is not None:
        return given.wait
    if not is_new:
        return LOOK_AGAIN_SECONDS
    return WAIT_SECONDS if terminal.can_ask else 0


# --- asking ------------------------------------------------------------------------------------------------


def _asked(found: Found, given: JoinOptions, terminal: Terminal) -> Joining:
    """Have the vault's words typed, then ask who joins, and write the request."""
    answers = Answers(terminal, command="join")
    if (pin := act.pinned(found)) is not None:
        found = _with_keys(found, given.keys or pin.keys, answers)  # what is pinned needs no words
    elif given.fingerprint is not None or terminal.can_ask:
        _expect_words(found, given.fingerprint, terminal)
        found = _with_keys(found, given.keys, answers)
    else:
        answers.miss(questions.FINGERPRINT.slug, questions.FINGERPRINT.flag)
    use = _use(given, answers) if pin is None else Use.CLINICAL
    name, registration = _who(given, answers) if use is Use.CLINICAL else _named(given)
    station_name = _station_name(given)
    passphrase = ""
    if use is Use.CLINICAL:
        passphrase = _passphrase(given, answers)
    elif given.identity_command is not None:
        raise UsageError("a reception computer has no passphrase.", "Leave out --identity-command, or --reception.")
    answers.refuse_problems()
    joiner = Joiner(name, registration, station_name, use, passphrase)
    return act.ask(found, joiner, at=datetime.now(UTC))


def _with_keys(found: Found, named: Path | None, answers: Answers) -> Found:
    """Have the folder named that the vault's keys have to themselves, if its newest roster says so."""
    roster = act.newest_roster(found)
    if not act.has_own_keys_folder(roster):
        return act.with_keys(found, roster, named)
    return take_keys(answers, named, lambda folder: act.with_keys(found, roster, folder))


def _expect_words(found: Found, given: str | None, terminal: Terminal) -> None:
    """See that the words of the vault's first roster are those that were read out. Raises `WrongKey`."""
    wrong = WrongKey(
        "those are not the words of the vault in that folder. Nothing was written.",
        "Have them read out once more. If they are right, the folder holds another vault: tell your administrator.",
    )
    if given is not None:
        if slip := words_slip(given):
            raise WrongKey(f"{slip} Nothing was written.", 'Give all of them:  --fingerprint "WORDS"')
        if not is_fingerprint(given, found.first_digest):
            raise wrong
        return
    terminal.show("Ask a colleague whose imgfile works to run  imgfile roster fingerprint")
    for left in reversed(range(TRIES)):
        typed = questions.eight_words(terminal, questions.FINGERPRINT)
        if is_fingerprint(typed, found.first_digest):
            return
        if left:
            terminal.show(f"  Those are not this vault's words. {left} more {'tries' if left > 1 else 'try'}.")
    raise wrong


def _use(given: JoinOptions, answers: Answers) -> Use:
    if given.reception is not None:
        return Use.RECEPTION if given.reception else Use.CLINICAL
    if given.name is not None or given.identity_command is not None:
        return Use.CLINICAL
    return answers.take(questions.USE, None, questions.use) or Use.CLINICAL


def _who(given: JoinOptions, answers: Answers) -> tuple[str, str]:
    """Return who joins, as they type it, name and registration: on one line, or by two flags."""
    if given.name is None and given.registration is None:
        typed = answers.take(questions.PERSON, None, _person)
        return _NOBODY if answers.problems else typed
    if given.name is None or given.registration is None:
        if answers.terminal.can_ask:
            return answers.take(questions.PERSON, None, _person)
        flag = "--name" if given.name is None else "--registration"
        answers.miss(flag.removeprefix("--"), flag)
        return _NOBODY
    text = f"{given.name.replace(',', ' ')}, {given.registration}"
    typed = answers.take(questions.PERSON, text, _person)
    return _NOBODY if answers.problems else typed


def _person(text: str) -> tuple[str, str]:
    """Read a name and a registration, or that there is none: a practice manager has none. Raises `AnswerInvalid`."""
    name, _, registration = text.rpartition(",")
    if name.strip() and registration.strip().casefold() in _NO_REGISTRATION:
        return name.strip(), ""
    try:
        typed = person(text)
    except AnswerInvalid as error:
        raise AnswerInvalid(f"{error.message}. Who has none: Ms P. Manager, none") from None
    return typed.name, typed.registration


def _named(given: JoinOptions) -> tuple[str, str]:
    """Return who sits at a reception computer, name and registration, where that was said."""
    for text in filter(None, (given.name, given.registration)):
        check_line(text)
    return given.name or "", given.registration or ""


def _station_name(given: JoinOptions) -> str:
    name = given.station_name or platform.node() or "this computer"
    try:
        check_line(name)
    except AnswerInvalid as error:
        raise AnswerInvalid(f"--station-name {error.message}.", "Give a short one.") from error
    return name


def _passphrase(given: JoinOptions, answers: Answers) -> str:
    if given.identity_command is not None:
        return from_command(given.identity_command)
    if answers.terminal.can_ask:
        return ask_passphrase(answers.terminal)
    answers.miss("passphrase", "--identity-command")
    return ""


# --- waiting -----------------------------------------------------------------------------------------------


def _show_request(joining: Joining, terminal: Terminal) -> None:
    if terminal.is_json:
        terminal.data(
            {
                "type": "request",
                "request": joining.request.name,
                "vault": joining.found.vault,
                "folder": str(joining.found.folder),
                "station_name": joining.request.station.name if joining.request.station else "",
                "words": joining.request.words,
            }
        )
    elif terminal.is_quiet:
        terminal.page(f"{joining.request.words}\n")
    for line in (
        "Asked to join. Your words:",
        f"  {joining.request.words}",
        "Read them to an administrator, who runs:  imgfile people approve",
    ):
        terminal.say(line)


def _waited(joining: Joining, seconds: int, terminal: Terminal) -> Roster | None:
    """Look for the approval, again and again; None where it has not come in time. Raises `Cancelled`."""
    deadline = time.monotonic() + seconds
    try:
        with terminal.progress("waiting (Ctrl-C ends it)", seconds) as advance:
            while (roster := act.approval(joining)) is None and (left := deadline - time.monotonic()) > 0:
                pause = min(_POLL_SECONDS, left)
                time.sleep(pause)
                advance(round(pause))
    except KeyboardInterrupt:
        raise Cancelled(
            "you stopped waiting. What was asked stands.",
            f"When it is approved:  imgfile join {shell_quoted(str(joining.found.folder))}",
            is_chosen=False,
        ) from None
    return roster


def _not_yet(folder: Path, *, is_new: bool, terminal: Terminal) -> None:
    """Report that no approval is there; no failure of the run that asked. Raises `NoVault`."""
    typed = shell_quoted(str(folder))
    if is_new:
        terminal.say(f"Not approved yet. When it is, run this again:  imgfile join {typed}")
        return
    raise NoVault(
        "no approval is there yet.",
        f"When an administrator has run imgfile people approve:  imgfile join {typed}\n"
        f"To ask anew, with other words:  imgfile join {typed} --again",
    )


def _report(station: Station, joining: Joining, terminal: Terminal) -> None:
    vault = open_vault(station)
    here, credential = vault.here, joining.request.credential
    whose = vault.roster.person(credential.holder if credential is not None else here.person)
    if terminal.is_json:
        terminal.data(
            {
                "type": "joined",
                "vault": vault.id,
                "folder": str(station.pin.folder),
                "roster": vault.roster.number,
                "fingerprint": fingerprint_of(joining.found.first_digest),
                "station": here.station,
                "station_name": here.name,
                "use": here.use.value,
                "person": whose.title if whose is not None else "",
                "identity_file": str(station.identity_file) if credential is not None else "",
            }
        )
    _warn_of_another(joining, whose, terminal)
    if joining.request.station is None and whose is not None:
        terminal.say(
            f"Approved. {whose.title} can look at photos here with the new passphrase. The key before it is kept"
        )
        terminal.say(f"beside it, as {station.folder / 'identity.old.age'}.")
    elif credential is not None and whose is not None:
        terminal.say(f"Approved. {whose.title} can look at photos from now on, and {here.name} can file.")
    else:
        where = "" if here.pseudonym_digest else " into the inbox"
        terminal.say(f"Approved. {here.name} can file{where} from now on; nothing here opens a record.")
    terminal.say(f"Next: imgfile ingest {'' if here.pseudonym_digest else '--inbox '}PHOTO")


def _warn_of_another(joining: Joining, whose: Person | None, terminal: Terminal) -> None:
    """Warn where the administrator let this computer in as somebody else's than was typed here: by a slip, perhaps."""
    typed = ", ".join(filter(None, (joining.request.says_name, joining.request.says_registration)))
    if whose is not None and typed and spelt(typed) != spelt(whose.title):
        terminal.warn(
            f"this computer was let in as {whose.title}'s; here somebody typed: {typed}. If that is not the same "
            "person, file nothing and tell the administrator, who runs:  imgfile people remove PERSON"
        )
