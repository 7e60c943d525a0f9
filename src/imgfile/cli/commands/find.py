"""`imgfile find`: photos by what their sealed facts say, as they are now. It takes an identity.

What is looked for comes by flags, as words, or is asked for at the terminal. A patient's number stands on standard
input or is typed, never on the command line. A search through every patient's facts is entered in the audit trail
(`acts.finding.search`, 4); one of a single patient is not, as `show` is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import typer

from imgfile.acts.disclosure.open import Reader, admit, expect_looking
from imgfile.acts.finding.criteria import Criteria
from imgfile.acts.finding.search import Search, enter_search
from imgfile.cli.finding.options import FollowsOption, GoneOption, LimitOption, Sought, WordsArgument
from imgfile.cli.finding.report import Report
from imgfile.cli.finding.what import advice, ask_what, said
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.life.number import number_given
from imgfile.cli.life.on_hold import HOLDS_UNKNOWN
from imgfile.cli.options import OfPatientOption
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.cli.which_records import folder_of_number, is_number
from imgfile.clinical.patient import numbers_in
from imgfile.clinical.proofs import PatientFolder
from imgfile.errors import AnswerInvalid, Busy, Damaged, NotWritable, NoVault, UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.records.find import find as find_record
from imgfile.vault.records.find import patients


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose photos are looked through, and how many of those that are found are shown."""

    patient: OfPatientOption = None
    follows: FollowsOption = None
    gone: GoneOption = False
    limit: LimitOption = None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("find", help="Find photos by what was filed with them: whose, of what, when, why, by whom.")(find)


@with_argument("sought", Sought)
@with_argument("scope", Scope)
@with_terminal("no_input", "json", "quiet", "no_pager")
@with_vault_and_identities
def find(  # noqa: PLR0913 - a group of options each
    *,
    words: WordsArgument = None,
    vault: Vault,
    sought: Sought,
    scope: Scope,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Look through one patient's photos, or everybody's."""
    expect_looking(vault)
    today = datetime.now().astimezone().date()
    criteria, folder = _what(vault, words or (), sought, scope, terminal, today)
    refuse([identities.problem()], "find")
    reader = admit(vault, identities.unlock())
    folders = [folder] if folder is not None else _everybody(vault, reader, terminal)
    search = Search(vault, reader, criteria, is_whole=folder is None)
    if not search.knows_holds:
        terminal.warn(HOLDS_UNKNOWN)
    report = Report(terminal, search.tally, scope.limit, with_gone=scope.gone, advice=advice(criteria))
    with terminal.progress("Looking", total=len(folders)) as advance:
        report.print(search.through(folders, advance))


def _what(  # noqa: PLR0913, PLR0917 - everything that says what is looked for
    vault: Vault, words: Sequence[str], sought: Sought, scope: Scope, terminal: Terminal, today: date
) -> tuple[Criteria, PatientFolder | None]:
    """Return what is looked for and, of one patient's photos, where those lie."""
    typed = " ".join(words)
    if is_number(typed) or numbers_in(typed):
        raise UsageError(
            "a number is not taken from the command line, where others see it.",
            "Give it by:  imgfile find --patient - < number.txt",
        )
    criteria = said(sought.criteria(today), typed, today=today)
    if scope.patient is None and scope.follows is None and not typed.strip() and sought.is_nothing:
        if terminal.can_ask:
            return ask_what(vault, terminal, today=today)
        raise AnswerInvalid("what to look for is missing.", "Words, days or flags:  imgfile find --help")
    folder = None
    if scope.patient is not None:
        folder = folder_of_number(vault, number_given(scope.patient, terminal, "find"))
    return _following(vault, criteria, scope.follows, folder)


def _following(
    vault: Vault, criteria: Criteria, reference: str | None, folder: PatientFolder | None
) -> tuple[Criteria, PatientFolder | None]:
    """Add which photo is followed: its patient's are the only ones that can."""
    if reference is None:
        return criteria, folder
    followed = find_record(vault, reference)
    if folder not in {None, followed.folder}:
        raise UsageError(f"{followed.reference} is not a photo of that patient.", "Leave out --patient.")
    return replace(criteria, follows=followed.record), followed.folder


def _everybody(vault: Vault, reader: Reader, terminal: Terminal) -> list[PatientFolder]:
    """Enter in the trail that everybody's facts are looked through; return where they lie."""
    try:
        enter_search(vault, reader, at=datetime.now(UTC))
    except (Busy, Damaged, NoVault, NotWritable) as error:
        terminal.warn(f"this search is not entered in the audit trail: {error.message}")
    return list(patients(vault))
