"""`imgfile init`: set up the practice's vault, at the terminal or wholly by flags (dialogues: docs/tutorial.md)."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile.acts import init as act
from imgfile.cli.founding import answers as questions
from imgfile.cli.founding.answers import Answers, given_path, person, picker
from imgfile.cli.founding.passphrase import ask_passphrase, from_command
from imgfile.cli.founding.recovery_place import recovery_path
from imgfile.cli.identity import has_keyring, keep_secret
from imgfile.cli.options import ClinicianOption, IdentityCommandOption, StationNameOption
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.policy import Policy
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from imgfile.errors import AnswerInvalid, Cancelled, UsageError
from imgfile.station import Station
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import open_vault
from imgfile.vault.choose import usable_pins
from imgfile.vault.founding import Founder

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
RecoveryOption = Annotated[
    Path | None, typer.Option("--recovery-file", metavar="FILE", help="Where the recovery key is written.")
]
KeysOption = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        metavar="DIR",
        help="A folder of their own for the vault's keys, on another disk or share: without it nothing opens, and "
        "neither is of use alone. It cannot be changed later.",
    ),
]
KeyringOption = Annotated[
    bool | None,
    typer.Option("--keyring/--no-keyring", help="Keep the passphrase in this computer's keyring, if it has one."),
]
ClassicOption = Annotated[
    bool,
    typer.Option(
        "--classic",
        help="Keys that older age programs open too, such as Debian's age 1.1.1. Without it they are post-quantum, for "
        "age 1.3 and newer. It cannot be changed later.",
    ),
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
    keys: KeysOption = None
    station_name: StationNameOption = None
    classic: ClassicOption = False
    keyring: KeyringOption = None
    identity_command: IdentityCommandOption = None


@with_argument("given", InitOptions)
@with_terminal("no_input", "json", "quiet")
def init(*, given: InitOptions, terminal: Terminal) -> None:
    """Found a vault from what was given and what is asked."""
    answers = Answers(terminal)
    if given.vault is not None:
        act.refuse_taken(given.vault, given.keys)
    elif terminal.can_ask:
        _show_known(terminal)
    folder = answers.take(questions.FOLDER, given_path(given.vault), _free_folder(given.keys))
    nation = answers.take(questions.NATION, given.nation, picker(Nation))
    intimate = answers.take(questions.INTIMATE, given.intimate_under_18, picker(IntimateUnder18))
    founder = answers.take(questions.CLINICIAN, given.clinician, person)
    passphrase = _passphrase(answers, given.identity_command)
    place = recovery_path if given.recovery_file else _place_beside(folder, given.keys)
    recovery = answers.take(questions.RECOVERY, given_path(given.recovery_file), place)
    answers.refuse_problems()
    act.check_places(folder, recovery, given.keys)
    policy = Policy(nation=nation, intimate_under_18=intimate)
    name = given.station_name or platform.node() or "this computer"
    plan = act.Plan(
        folder=folder,
        founder=Founder(founder.name, founder.registration, name, policy, is_post_quantum=not given.classic),
        passphrase=passphrase,
        recovery_file=recovery,
        keys=given.keys,
    )
    founded = _found(plan)
    _report(terminal, plan, founded)
    _offer_keyring(terminal, founded, passphrase, wanted=given.keyring)
    terminal.say("Next: imgfile ingest PHOTO")


def _show_known(terminal: Terminal) -> None:
    """Show, before anything is asked, into which vault this computer files: a second one is seldom meant."""
    known = usable_pins()
    if known:
        where = str(known[0].folder) if len(known) == 1 else f"{len(known)} vaults"
        terminal.show(f"This computer files into {where} already. Go on for another practice alone; q quits.")


def _passphrase(answers: Answers, command: str | None) -> str:
    """Take the passphrase from a command, or ask for it; offer to make one."""
    if command is not None:
        return from_command(command)
    if answers.terminal.can_ask:
        return ask_passphrase(answers.terminal)
    answers.miss("passphrase", "--identity-command")
    return ""


def _found(plan: act.Plan) -> Station:
    try:
        return act.found(plan, at=datetime.now(UTC))
    except KeyboardInterrupt:
        raise Cancelled(
            f"you stopped it while the vault was being made: {plan.folder} is unfinished, and holds no photo.",
            "Run imgfile init again, with the same folder: it finishes or clears what is begun.",
            is_chosen=False,
        ) from None


def _free_folder(keys: Path | None) -> Callable[[str], Path]:
    """Take a folder for a vault that can be founded there, with its keys where they are to go."""

    def folder(text: str) -> Path:
        path = Path(text).expanduser()
        try:
            act.refuse_taken(path, keys)
        except UsageError as error:
            raise AnswerInvalid(error.message) from error
        return path

    return folder


def _place_beside(vault: Path, keys: Path | None) -> Callable[[str], Path]:
    """Take a place for the recovery key that works beside this vault, so that a person is asked again at once."""

    def place(text: str) -> Path:
        path = recovery_path(text)
        try:
            act.check_places(vault, path, keys)
        except UsageError as error:
            raise AnswerInvalid(f"{error.message} {error.hint}") from error
        return path

    return place


_POST_QUANTUM: Final = (
    "Without imgfile, age 1.3 and newer open it. Older ones cannot, such as Debian's",
    "  1.1.1: for these a vault is made with --classic, which gives post-quantum keys up.",
)
_CLASSIC: Final = ("Without imgfile, any version of age opens it (--classic: no post-quantum keys).",)


def _report(terminal: Terminal, plan: act.Plan, station: Station) -> None:
    vault = open_vault(station)
    if terminal.is_json:
        terminal.data(
            {
                "type": "vault",
                "vault": vault.id,
                "folder": str(station.pin.folder),
                **({"keys": str(station.pin.keys)} if station.pin.keys is not None else {}),
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
        "  (to be read out when another computer joins)",
        *(_POST_QUANTUM if vault.roster.is_post_quantum else _CLASSIC),
        *_to_back_up(station),
    ):
        terminal.say(line)
    from imgfile.erase.filesystem import synced_by  # noqa: PLC0415 - once in a practice's life

    places = {"the vault lies": station.pin.folder, "the vault's keys lie": station.pin.keys}
    for what, place in places.items():
        if place is not None and (synced := synced_by(place)):
            terminal.warn(f"{what} in a folder that {synced} copies elsewhere; copies cannot be erased from here.")


def _to_back_up(station: Station) -> tuple[str, ...]:
    if station.pin.keys is None:
        return (f"Back up {station.pin.folder}. Without its keys folder nothing can be opened.",)
    return (
        f"Its keys: {station.pin.keys}. Without that folder nothing is filed, and nothing can be opened.",
        f"Back up {station.pin.folder} and {station.pin.keys}, the keys last.",
    )


_KEYRING: Final = Explanation(
    "y keeps it where the system keeps other passwords, and looking asks for it no more. Whoever is logged in on this "
    "account can look at photos then. Anything else leaves it out: the vault is made by now.",
    "The clinician.",
    "n",
)


def _offer_keyring(terminal: Terminal, station: Station, passphrase: str, *, wanted: bool | None) -> None:
    """Keep the passphrase where the system keeps others, so that looking does not ask for it each time."""
    if wanted is False or not has_keyring():
        return
    if wanted is None:
        words = "Keep the passphrase in this computer's keyring, for looking? [y/N]:"
        wanted = terminal.can_ask and asking.ask(terminal, words, _KEYRING).casefold() in {"y", "yes"}
    if wanted and not keep_secret(station.pin.vault, passphrase):
        terminal.warn("the keyring is locked, or refuses; the passphrase is not in it.")
