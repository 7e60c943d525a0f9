"""`imgfile init`: set up the practice's vault, at the terminal or wholly by flags (dialogues: docs/tutorial.md)."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from imgfile.acts import init as act
from imgfile.cli.identity import has_keyring, keep_secret, run_command, spellings
from imgfile.cli.options import IdentityCommandOption
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.codes import Code
from imgfile.clinical.facts import Person
from imgfile.clinical.policy import Policy
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from imgfile.errors import AnswerInvalid, Problem, UsageError
from imgfile.station import Station
from imgfile.terminal import Terminal
from imgfile.vault.access import open_vault
from imgfile.vault.founding import Founder

MIN_PASSPHRASE_CHARACTERS: Final = 12

_Value = TypeVar("_Value")
_Code = TypeVar("_Code", bound=Code)

VaultArgument = Annotated[
    Path | None, typer.Argument(metavar="[VAULT]", help="An empty or new folder, backed up and shared with colleagues.")
]
NationOption = Annotated[
    str | None, typer.Option("--nation", metavar="NATION", help=" | ".join(nation.value for nation in Nation))
]
IntimateOption = Annotated[
    str | None,
    typer.Option(
        "--intimate-under-18",
        metavar="POLICY",
        help="Intimate photos of under-18s: " + " | ".join(choice.value for choice in IntimateUnder18),
    ),
]
ClinicianOption = Annotated[
    str | None,
    typer.Option("--clinician", metavar="TEXT", help='Your name and registration: "Dr A. Example, GMC 7654321".'),
]
RecoveryOption = Annotated[
    Path | None, typer.Option("--recovery-file", metavar="FILE", help="Where the recovery key is written.")
]
StationOption = Annotated[
    str | None, typer.Option("--station-name", metavar="TEXT", help="What this computer is called.")
]
KeyringOption = Annotated[
    bool | None,
    typer.Option("--keyring/--no-keyring", help="Keep the passphrase in this computer's keyring, if it has one."),
]
ClassicOption = Annotated[
    bool, typer.Option("--classic", help="X25519 keys, which every age tool reads, instead of post-quantum ones.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init", help="Set up the practice's vault, once.")(init)


@dataclass(frozen=True, slots=True, kw_only=True)
class InitOptions:
    """What is known of the vault beforehand; the rest is asked, or has a default."""

    vault: VaultArgument = None
    nation: NationOption = None
    intimate_under_18: IntimateOption = None
    clinician: ClinicianOption = None
    recovery_file: RecoveryOption = None
    station_name: StationOption = None
    classic: ClassicOption = False
    keyring: KeyringOption = None
    identity_command: IdentityCommandOption = None


@with_argument("given", InitOptions)
@with_terminal("no_input", "json", "quiet")
def init(*, given: InitOptions, terminal: Terminal) -> None:
    """Found a vault from what was given and what is asked."""
    answers = _Answers(terminal)
    if given.vault is not None:
        act.refuse_taken(given.vault)
    folder = answers.take("vault", "VAULT", _FOLDER_WORDS, str(given.vault) if given.vault else None, _free_folder)
    chosen_nation = answers.take("nation", "--nation", _listed("Nation", Nation), given.nation, _picker(Nation))
    intimate = answers.take(
        "intimate_under_18",
        "--intimate-under-18",
        _listed("Intimate photos of under-18s", IntimateUnder18),
        given.intimate_under_18,
        _picker(IntimateUnder18),
    )
    person = answers.take("clinician", "--clinician", "Your name and registration number:", given.clinician, _person)
    passphrase = answers.passphrase(given.identity_command)
    recovery = answers.take(
        "recovery_file",
        "--recovery-file",
        _RECOVERY_WORDS,
        str(given.recovery_file) if given.recovery_file else None,
        Path if given.recovery_file else _place_beside(folder),
    )
    answers.refuse_problems()
    act.check_places(folder, recovery)
    policy = Policy(nation=chosen_nation, intimate_under_18=intimate)
    name = given.station_name or platform.node() or "this computer"
    plan = act.Plan(
        folder=folder,
        founder=Founder(person.name, person.registration, name, policy, is_post_quantum=not given.classic),
        passphrase=passphrase,
        recovery_file=recovery,
    )
    founded = act.found(plan, at=datetime.now(UTC))
    _report(terminal, plan, founded)
    _offer_keyring(terminal, founded, passphrase, wanted=given.keyring)
    terminal.say("Next: imgfile ingest rash.jpg")


_FOLDER_WORDS: Final = "Vault folder (backed up, reachable by colleagues; not this laptop alone)"
_RECOVERY_WORDS: Final = "Recovery key, the only way back if every passphrase is lost. Write it to"
_TO_MAKE_ONE: Final = "Passphrase. You need it to look at photos, not to file them. Enter makes one:"


@dataclass
class _Answers:
    """What was given and asked; without a terminal, everything that is missing is reported at once."""

    terminal: Terminal
    problems: list[Problem] = field(default_factory=list)

    def take(self, slug: str, flag: str, words: str, given: str | None, parse: Callable[[str], _Value]) -> _Value:
        """Parse what was given, or ask until it parses. A stand-in is returned after a problem was noted."""
        text = given
        while True:
            if text is None and not self.terminal.can_ask:
                self.problems.append(Problem(slug, flag, "is missing", is_missing=True))
                break
            try:
                return parse(text if text is not None else self._asked(words))
            except AnswerInvalid as error:
                if given is not None or not self.terminal.can_ask:
                    self.problems.append(Problem(slug, flag, error.message))
                    break
                self.terminal.show(f"  {error.message}")
                text = None
        return None  # type: ignore[return-value] # refuse_problems comes before any use

    def _asked(self, words: str) -> str:
        typed = self.terminal.ask(words)
        if not typed:
            raise AnswerInvalid("an answer is needed")
        return typed

    def passphrase(self, command: str | None) -> str:
        """Take the passphrase from a command, or ask for it; offer to make one."""
        if command is not None:
            return _passphrase_from(command)
        if not self.terminal.can_ask:
            self.problems.append(Problem("passphrase", "--identity-command", "is missing", is_missing=True))
            return ""
        while True:
            typed = self.terminal.ask(_TO_MAKE_ONE, secret=True)
            if not typed:
                return self._made()
            if len(typed) < MIN_PASSPHRASE_CHARACTERS:
                self.terminal.show(f"  At least {MIN_PASSPHRASE_CHARACTERS} characters; several words are easiest.")
            elif typed in spellings(self.terminal.ask("Once more:", secret=True)):
                return typed
            else:
                self.terminal.show("  Those two are not the same.")

    def _made(self) -> str:
        from imgfile.sealing.words import make_passphrase  # noqa: PLC0415 - a word list, wanted once in a practice's life

        made = make_passphrase()
        self.terminal.show(f"  {made}      write it down now")
        while made not in spellings(self.terminal.ask("Type it:")):
            self.terminal.show("  That is not it. It is still on the screen.")
        return made

    def refuse_problems(self) -> None:
        """Raise everything that is missing or invalid at once."""
        if not self.problems:
            return
        raise AnswerInvalid.of(self.problems, "imgfile init --help explains them.")


def _passphrase_from(command: str) -> str:
    passphrase = run_command(command).decode("utf-8", "surrogateescape").rstrip("\r\n")
    if len(passphrase) < MIN_PASSPHRASE_CHARACTERS:
        raise AnswerInvalid(f"the identity command prints fewer than {MIN_PASSPHRASE_CHARACTERS} characters.")
    return passphrase


def _free_folder(text: str) -> Path:
    folder = Path(text).expanduser()
    try:
        act.refuse_taken(folder)
    except UsageError as error:
        raise AnswerInvalid(error.message) from error
    return folder


def _place_beside(vault: Path) -> Callable[[str], Path]:
    """Take a place for the recovery key that works beside this vault, so that a person is asked again at once."""

    def place(text: str) -> Path:
        path = Path(text).expanduser()
        try:
            act.check_places(vault, path)
        except UsageError as error:
            raise AnswerInvalid(f"{error.message} {error.hint}") from error
        return path

    return place


def _listed(title: str, codes: type[Code]) -> str:
    return f"{title}: " + "  ".join(f"{number} {code.label}" for number, code in enumerate(codes, 1))


def _picker(codes: type[_Code]) -> Callable[[str], _Code]:
    def pick(text: str) -> _Code:
        typed = text.strip().casefold()
        for number, code in enumerate(codes, 1):
            if typed in {str(number), code.value, code.label.casefold()}:
                return code
        raise AnswerInvalid(f"is none of: {', '.join(code.value for code in codes)}")

    return pick


def _person(text: str) -> Person:
    name, _, registration = text.partition(",")
    if not registration.strip():
        raise AnswerInvalid("needs a registration too, after a comma: Dr A. Example, GMC 7654321")
    return Person(name.strip(), registration.strip())


def _report(terminal: Terminal, plan: act.Plan, station: Station) -> None:
    vault = open_vault(station)
    if terminal.is_json:
        terminal.data(
            {
                "type": "vault",
                "vault": vault.id,
                "folder": str(station.pin.folder),
                "station": vault.here.station,
                "fingerprint": vault.roster.fingerprint,
                "identity_file": str(station.identity_file),
                "recovery_file": str(plan.recovery_file),
            }
        )
    here, folder = vault.here.name, station.pin.folder
    for line in (
        "  Written, and tested: it opens this vault. Print it and lock it away; do not",
        "  leave the file on a disk that is backed up.",
        f'Vault ready: {folder}, {vault.policy.nation.label}, 1 clinician; this computer files as "{here}".',
        f"Fingerprint: {vault.roster.fingerprint}",
        "  (say it when enrolling another computer)",
        f"Back up {folder}. Without its keys folder nothing can be opened.",
    ):
        terminal.say(line)
    from imgfile.erase.filesystem import synced_by  # noqa: PLC0415 - once in a practice's life

    synced = synced_by(station.pin.folder)
    if synced:
        terminal.warn(f"the vault lies in a folder that {synced} copies elsewhere; copies cannot be erased from here.")


def _offer_keyring(terminal: Terminal, station: Station, passphrase: str, *, wanted: bool | None) -> None:
    """Keep the passphrase where the system keeps others, so that looking does not ask for it each time."""
    if wanted is False or not has_keyring():
        return
    if wanted is None:
        words = "Keep the passphrase in this computer's keyring, so that looking does not ask for it? [y/N]:"
        wanted = terminal.can_ask and terminal.ask(words).casefold() in {"y", "yes"}
    if wanted and not keep_secret(station.pin.vault, passphrase):
        terminal.warn("the keyring is locked, or refuses; the passphrase is not in it.")
