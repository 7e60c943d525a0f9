"""`imgfile recover FOLDER`: get back in with the recovery key, on a computer that knows nothing of the vault."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile import files, notes, sealing
from imgfile.acts.practice import recover as act
from imgfile.acts.practice.recovery_key import MAX_FILE_BYTES
from imgfile.cli.formats import show_day
from imgfile.cli.founding import answers as questions
from imgfile.cli.founding.answers import Answers, Question, Uncounted
from imgfile.cli.founding.keys_place import take_keys
from imgfile.cli.founding.passphrase import ask_passphrase, from_command
from imgfile.cli.founding.vault_folder import take_vault_folder
from imgfile.cli.options import AgreeOption, ClinicianOption, IdentityCommandOption, KeysFolderOption, StationNameOption
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import AnswerInvalid, Cancelled, UsageError, typed_folder
from imgfile.practice_state import maintenance
from imgfile.station import known_vaults
from imgfile.terminal import CANCELLED_WORDS, Terminal
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import is_fingerprint, words_slip

FolderArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FOLDER]", help="The vault's folder, such as a restored backup.", show_default=False),
]
RecoveryFileOption = Annotated[
    Path | None, typer.Option("--recovery-file", metavar="FILE", help="The recovery file, as init wrote it.")
]
FingerprintOption = Annotated[
    str | None,
    typer.Option("--fingerprint", metavar="WORDS", help="The vault's words, where the recovery file names no roster."),
]

_WHO: Final = "Whoever holds the recovery key, for the practice."
_FILE: Final = Question(
    "recovery_file",
    "--recovery-file",
    "Recovery file:",
    Explanation(
        "The file that init wrote, or its print typed into a file. It opens every record, and lets somebody in again.",
        _WHO,
        "E:/recovery.txt",
    ),
)
_WORDS: Final = Question(
    "fingerprint",
    "--fingerprint",
    "The vault's eight words, as they were written down:",
    Explanation(
        "This recovery file is of an older imgfile, and does not say which vault it is of. The words do: without them "
        "somebody could have put another vault into the folder. The first six do, where only those were written down.",
        _WHO,
        "tiger armour lemon ninety orbit gentle swan cradle",
    ),
)
_GO_ON: Final = Question(
    "yes",
    "--yes",
    "Are these the people as you know them, and is nobody missing? (y go on, q quit):",
    Explanation(
        "A computer that knows nothing cannot know whether somebody restored an older state of the vault here. You "
        "may: who joined or left last, and when.",
        _WHO,
        "y",
    ),
)
_LEAST_WORDS: Final = 6
"""What 0.1.0 showed of a fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverOptions:
    """What is known beforehand; the rest is asked, or has a default."""

    recovery_file: RecoveryFileOption = None
    fingerprint: FingerprintOption = None
    clinician: ClinicianOption = None
    station_name: StationNameOption = None
    keys: KeysFolderOption = None
    yes: AgreeOption = False
    identity_command: IdentityCommandOption = None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("recover", help="Get back in with the recovery key, on a computer that knows nothing.")(recover)


@with_argument("given", RecoverOptions)
@with_terminal("no_input", "json", "quiet")
def recover(*, folder: FolderArgument = None, given: RecoverOptions, terminal: Terminal) -> None:
    """Find out which vault it is, show who belongs to it, and let one person in."""
    folder, first = take_vault_folder(folder, terminal, "recover", act.first_roster)
    _refuse_known(first, folder)
    answers = Answers(terminal, "recover")
    identity = answers.take(_FILE, questions.given_path(given.recovery_file), lambda text: _recovery(text, first))
    answers.refuse_problems()
    if not identity.is_checked:
        answers.take(_WORDS, given.fingerprint, lambda typed: _same_words(typed, first), tries=questions.TRIES)
        answers.refuse_problems()
    vault = _with_keys(act.look(folder, first), given.keys, answers)
    by = act.admit_recovery(vault, identity.key)
    _show(vault, terminal)
    answers.take(_GO_ON, "y" if given.yes else None, _agreed)
    person = answers.take(questions.CLINICIAN, given.clinician, questions.person)
    if given.identity_command is None and not terminal.can_ask:
        answers.miss("passphrase", "--identity-command")
    answers.refuse_problems()
    command = given.identity_command
    newcomer = act.Newcomer(
        name=person.name,
        registration=person.registration,
        station_name=given.station_name or platform.node() or "this computer",
        passphrase=ask_passphrase(terminal) if command is None else from_command(command),
    )
    now = datetime.now(UTC)
    recovered = act.recover(vault, by, newcomer, at=now)
    maintenance.note_recovery_tested(recovered.station, now.astimezone().date())
    _report(recovered, newcomer, terminal)


def _with_keys(vault: Vault, named: Path | None, answers: Answers) -> Vault:
    if vault.store.keys is None and named is None:
        return vault
    if vault.store.keys is None:
        raise UsageError("that vault's keys lie in its own folder.", "Leave out --keys.")
    return take_keys(answers, named, lambda folder: act.with_keys(vault, folder))


@dataclass(frozen=True, slots=True)
class _Recovery:
    """A recovery file's key, and whether the file itself says that it is of this vault's first roster."""

    key: sealing.KeyIdentity
    is_checked: bool


def _recovery(text: str, first: notes.Note) -> _Recovery:
    path = Path(text).expanduser()
    with files.opened_source(path) as descriptor:
        data = files.read_unchanged(descriptor, path, limit=MAX_FILE_BYTES)
    vault, digest = act.stated_vault(data)
    if (vault and vault != first.vault) or (digest and digest != first.digest):
        raise UsageError(f"{path} is the recovery file of another vault than lies here.", "Nothing was changed.")
    (identity, *_) = sealing.parse_identity_file(data)
    return _Recovery(identity, bool(digest))


def _same_words(typed: str, first: notes.Note) -> str:
    if slip := words_slip(typed, least=_LEAST_WORDS):
        raise Uncounted(slip)
    if not is_fingerprint(typed, first.digest, least=_LEAST_WORDS):
        raise AnswerInvalid("These are not the words of the vault that lies here.")
    return typed


def _agreed(typed: str) -> bool:
    if typed.strip().casefold() in {"y", "yes"}:
        return True
    if typed.strip().casefold() in {"n", "no"}:
        raise Cancelled(CANCELLED_WORDS)
    raise AnswerInvalid("Type y, or q to quit.")


def _refuse_known(first: notes.Note, folder: Path) -> None:
    if any(pin.vault == first.vault and pin.station for pin in known_vaults()):
        raise UsageError(
            "this computer belongs to that vault already.",
            f"Forgot a passphrase? An administrator lets you in anew:  imgfile join {typed_folder(folder)} --again",
        )


def _show(vault: Vault, terminal: Terminal) -> None:
    roster = vault.roster
    show = terminal.show if terminal.can_ask else terminal.say
    made = show_day(roster.made or roster.founded)
    show(f"  Roster {roster.number}, of {made}; its words: {vault_words(vault)}")
    for person in roster.people:
        show(f"  {person.title}: {', '.join(role.value for role in person.roles)}")
    show(f"  Computers: {', '.join(entry.name for entry in roster.stations) or 'none'}")
    show("  This computer cannot know whether a newer roster exists elsewhere.")


def vault_words(vault: Vault) -> str:
    """Return the fingerprint of a vault."""
    from imgfile.vault.roster.model import fingerprint_of  # noqa: PLC0415

    return fingerprint_of(vault.station.pin.first_digest)


def _report(vault: Vault, newcomer: act.Newcomer, terminal: Terminal) -> None:
    if terminal.is_json:
        terminal.data(
            {"type": "recovered", "vault": vault.id, "roster": vault.roster.number, "station": vault.here.station}
        )
    terminal.say(f"{newcomer.name} is let in, as roster {vault.roster.number} says, and may let others in.")
    terminal.say(f'This computer files as "{vault.here.name}". Every other one is going to say that this was done.')
    terminal.say("Next: imgfile verify, then put the recovery key back where it is locked away.")
