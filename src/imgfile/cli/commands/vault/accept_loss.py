"""`imgfile vault accept-loss`: after an older backup was restored, put back what is known and accept what is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile.acts.moved import is_away, restored_at
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.restore.acceptance import accept
from imgfile.acts.restore.put_back import Loss, Missing, put_back
from imgfile.acts.restore.undone import Undone, What
from imgfile.cli.formats import show_moment_text
from imgfile.cli.founding.answers import Answers, Question
from imgfile.cli.identity import Identities
from imgfile.cli.options import AgreeOption, IdentityCommandOption, IdentityFileOption, VaultOption
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.interview.explanations import Explanation
from imgfile.counts import counted
from imgfile.errors import AnswerInvalid, Cancelled, Damaged, NoVault, typed_folder
from imgfile.station import Station
from imgfile.terminal import Terminal
from imgfile.vault import layout
from imgfile.vault.choose import choose

CloseOption = Annotated[
    bool,
    typer.Option("--close-short", help="Close the computers whose trails stay short; they join anew."),
]

_WHO: Final = "An administrator, who knows what was restored and why."
_ACCEPT: Final = Question(
    "yes",
    "--yes",
    "Go on with the vault as it is now? (y, q quit):",
    Explanation(
        "What is listed above is in no copy that this computer knows of. A newer backup may have it: look for one "
        "first. With y it is entered in the trail as lost, and this computer files again.",
        _WHO,
        "q, while a newer backup may be found",
    ),
)
_CLOSE: Final = Question(
    "close_short",
    "--close-short",
    "Close {} here instead? (y, q quit, and run it there first):",
    Explanation(
        "These computers keep what is missing of their own trails, and put it back when this command is run on them. "
        "Closing them is for those that are gone: they would have to join anew.",
        _WHO,
        "q, if these computers still work",
    ),
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("accept-loss", help="Go on after an older backup was restored: put back, list, accept.")(accept_loss)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOptions:
    """What is agreed to beforehand, and where the identity comes from."""

    vault: VaultOption = None
    close_short: CloseOption = False
    yes: AgreeOption = False
    identity_file: IdentityFileOption = None
    identity_command: IdentityCommandOption = None


@with_argument("given", AcceptOptions)
@with_terminal("no_input", "json", "quiet")
def accept_loss(*, given: AcceptOptions, terminal: Terminal) -> None:
    """Put back, and where something stays short have an administrator accept it."""
    here = _station(given.vault, terminal)
    loss = put_back(here)
    for line in _lines(loss):
        terminal.say(line)
    if terminal.is_json:
        terminal.data(_facts(loss))
    now = datetime.now(UTC)
    if loss.is_nothing:
        accept(loss, None, at=now)
        terminal.say("Nothing is lost: the vault holds all that this computer knows of.")
        return
    _agree(loss, given, terminal)
    identities = Identities(here, terminal, given.identity_file, given.identity_command)
    refuse([identities.problem()], "vault accept-loss")
    if loss.vault.roster.is_format_1 and loss.short:
        raise Damaged(
            "a vault of format 1 cannot say that a trail is short and accepted.",
            "Move it to format 2 where nothing is short, or look for a newer backup.",
        )
    accepted = accept(loss, admit_administrator(loss.vault, identities.unlock()), at=now)
    terminal.say(f"Accepted, as roster {accepted.roster.number} and the trail say. This computer files again.")
    terminal.say("Every other computer that has seen more asks this once. Then:  imgfile verify")


def _station(named: Path | None, terminal: Terminal) -> Station:
    """Return this station in the vault: where it is pinned, or where somebody says that a backup of it was restored.

    Raises `NoVault`, `Damaged`.
    """
    try:
        here = choose(named)
    except NoVault:
        there = restored_at(named) if named is not None else None
        if there is None:
            raise
        terminal.say(f"This computer knew the vault elsewhere; it is used at {there.pin.folder} once this is done.")
        return there
    if is_away(here.pin):
        raise NoVault(
            f"the vault is not at {here.pin.folder}.",
            "Check that the disk or share is connected. If a backup was restored elsewhere, name its folder:  imgfile "
            "vault accept-loss --vault FOLDER",
        )
    return here


def _agree(loss: Loss, given: AcceptOptions, terminal: Terminal) -> None:
    """See that somebody agrees to what is to be accepted. Raises `Cancelled`, `AnswerInvalid`."""
    answers = Answers(terminal, "vault accept-loss")
    try:
        if others := [each for each in loss.short if each != loss.vault.station.pin.station]:
            named = ", ".join(_computer(loss, each) for each in others)
            answers.take(replace(_CLOSE, words=_CLOSE.words.format(named)), "y" if given.close_short else None, _agreed)
        answers.take(_ACCEPT, "y" if given.yes else None, _agreed)
    except Cancelled as error:
        if not loss.put_back:
            raise
        raise Cancelled("you stopped it. Nothing was accepted; what was put back stays.", error.hint) from None
    answers.refuse_problems()


def _computer(loss: Loss, station: str) -> str:
    entry = loss.vault.roster.station(station)
    return entry.name if entry is not None else station


def _agreed(typed: str) -> bool:
    if typed.strip().casefold() in {"y", "yes"}:
        return True
    raise AnswerInvalid("Type y, or q to quit.")


def _lines(loss: Loss) -> Iterator[str]:
    if loss.put_back:
        count = len(loss.put_back)
        yield f"Put back: {count} note{'s' if count != 1 else ''} that this computer keeps ({loss.put_back[0]} …)."
    for station, (now, seen) in loss.short.items():
        yield f"The trail of {_computer(loss, station)} ends at note {now[0]}; it was seen up to note {seen[0]}."
    yield from _named([one for one in loss.missing if not one.is_closed], "not there")
    yield from _named([one for one in loss.missing if one.is_closed], "there without the key, and opens no more")
    yield from _undone(loss.undone)
    if loss.unmarked:
        yield "A run that was stopped had accepted statements as lost: what they may have said is stated anew now."
    if loss.has_lost_key:
        yield "The files of the practice's newest key are gone: what was filed to it opens no more. A new one is made."
    if loss.lost_files:
        count = len(loss.lost_files)
        what = counted(count, "key file is", "key files are")
        yield f"{what} not there: whoever joined, or got a new key, after the backup was made joins anew."
    yield from _lost_keys(loss)
    if loss.has_lost_memory:
        yield "This computer has lost its memory of the vault: whether it is an older copy, it cannot tell."
        yield f"  Roster {loss.vault.roster.number}: {', '.join(one.name for one in loss.vault.roster.people)}"


def _lost_keys(loss: Loss) -> Iterator[str]:
    """Yield what people and computers that came since the backup can do no more, and the way on for each."""
    roster = loss.vault.roster
    again = f"imgfile join {typed_folder(loss.vault.station.pin.folder)} --again"
    for person in roster.people:
        if any(layout.signer_key(one.holder) in loss.lost_files for one in person.credentials):
            yield f"A key that {person.title} signs with is gone. Where they look:  {again}"
    for entry in roster.stations:
        if layout.station_key(entry.station) in loss.lost_files:
            yield f"{entry.name} files no more: imgfile station retire {entry.station[:8]}, then it joins anew."
    if layout.signer_key(roster.recovery.holder) in loss.lost_files:
        yield "The recovery key opens records, and lets nobody in any more. Then:  imgfile keys recovery new"


_SHOWN: Final = 20


def _named(missing: Sequence[Missing], how: str) -> Iterator[str]:
    """Yield the records that are lost in one way, with how that is."""
    count = len(missing)
    if not count:
        return
    what = counted(count, "photo was filed and is", "photos were filed and are")
    how = how if count == 1 else how.replace("the key", "their keys").replace("opens", "open")
    yield f"{what} {how}; the source may be erased. Ask again:"
    for one in missing[:_SHOWN]:
        yield f"  {one.reference}, filed {show_moment_text(one.at)}"
    if count > _SHOWN:
        yield f"  and {count - _SHOWN} more: imgfile verify names them all"


_UNDONE: Final = {
    What.STATEMENT: "Something was stated about these photos, and nobody here keeps what. Their use is stopped and "
    "they are held, until a clinician ends that (imgfile consent add RECORD --again, imgfile legal-hold lift RECORD)",
    What.ENDING: "These photos were gone, and nobody here keeps why. They are there again, and their use is stopped",
    What.MOVE: "These photos were moved, and what they became is lost. They are there again under the wrong number; "
    "move them again:  imgfile move RECORD",
    What.KEPT: "What a legal hold kept of these moved photos was destroyed, and nobody here keeps that. Propose it "
    "again:  imgfile destroy propose RECORD",
    What.WORDS: "What was said later about these photos is lost. That it was said holds: a withdrawal, a hold, a "
    "destruction. Ask again what an amendment or a form said",
    What.RECORD: "Something was added to these photos, and neither they nor the entries of their filing are there; the "
    "sources may be erased. Ask again",
    What.DECISION: "What was decided about these photos in the inbox is lost: they wait again",
    What.PROPOSAL: "These proposals to destroy photos are lost. Propose it again:  imgfile destroy propose RECORD",
}
"""What is said of each kind of loss. A reason has no name, and what is lost with its photo needs none."""


def _undone(undone: Sequence[Undone]) -> Iterator[str]:
    """Yield what else is lost, by kind, with its references."""
    for what, words in _UNDONE.items():
        named = list(dict.fromkeys(one.reference for one in undone if one.what is what))
        if named:
            more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
            yield f"{words}: {', '.join(named[:_SHOWN])}{more}"
    if count := sum(one.what is What.REASON for one in undone):
        yield f"{count} sealed reason{'s' if count != 1 else ''} of views, exports and proposals: lost."


def _facts(loss: Loss) -> dict[str, object]:
    return {
        "type": "loss",
        "put_back": len(loss.put_back),
        "short": sorted(loss.short),
        "missing": [one.reference for one in loss.missing],
        "undone": [
            {"what": one.what.value, "reference": one.reference, "at": one.at}
            for one in loss.undone
            if one.what is not What.WITH_RECORD
        ],
        "lost_key": loss.has_lost_key,
        "lost_memory": loss.has_lost_memory,
    }
