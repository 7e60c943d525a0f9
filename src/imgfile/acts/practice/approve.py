"""Approving a request to join: an administrator's act, of two small key files, one roster and one entry in the trail.

1. The request is judged (`vault.joining.judge`) before anything is written, and again with each newer roster.
2. The practice's key is sealed to the credential, the pseudonym key to the station and to the practice. What is about
   to be written is noted on this computer first: a run that died is gone on with, by the same command, and a file that
   lies under such a name and is not the one of the note is never taken for it.
3. The roster that names them comes last. An approval that died behind it gets its entry from the same command.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NoReturn

from imgfile import sealing
from imgfile.acts.practice.administrator import Administrator, expect_format_2, finish_signed, sign_roster
from imgfile.acts.practice.place_once import placed
from imgfile.errors import Damaged, UsageError
from imgfile.frozen import dataclass
from imgfile.practice_state.joining import Approval
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.joining.grant import Opened, Whose, granted, listed, spelt
from imgfile.vault.joining.judge import approved_in, judge, lists
from imgfile.vault.joining.request import Request
from imgfile.vault.keys.enrol import pseudonym_key
from imgfile.vault.keys.generations import practice_file
from imgfile.vault.roster.model import Role, Roster

_ELSEWHERE: Final = (
    "Where an approval was begun on another computer, finish it there. Else, on the new computer:  imgfile join "
    "FOLDER --again"
)


@dataclass(frozen=True, slots=True)
class Approved:
    """What became of an approval: the vault as it is now, and in which roster."""

    vault: Vault
    number: int


def check(vault: Vault, request: Request) -> list[Roster]:
    """See that a request may be approved, before anybody is asked whose it is; return the rosters that say so.

    Raises `Damaged`, `UsageError`.
    """
    expect_format_2(vault)
    vault.station.require_memory()
    rosters = list(vault.rosters())
    if not _is_to_be_finished(vault, request, rosters):
        judge(vault.store, request, rosters)
    return rosters


def check_whose(vault: Vault, request: Request, whose: Whose | None) -> None:
    """See that it can be this person's. Raises `UsageError`."""
    looks = request.credential is not None
    if whose is None:
        if looks:
            raise UsageError("a key that opens records is somebody's.", "Nothing was changed. Say whose it is.")
        return
    person = listed(vault.roster, whose)
    roles = person.roles if person is not None else whose.roles
    if not roles:
        _refuse_half_a_name(vault.roster, whose)
    if looks and set(roles) == {Role.RECEPTION}:
        raise UsageError(
            "reception files and does not look (R26), and that computer asks for a key that opens records.",
            "Nothing was changed. On the new computer:  imgfile join FOLDER --again --reception",
        )


def _refuse_half_a_name(roster: Roster, whose: Whose) -> NoReturn:
    """Refuse who is named by a name or a registration alone, or is not listed and has no role. Raises `UsageError`."""
    half = spelt(whose.name)
    for person in roster.people:
        if half in {spelt(person.name), spelt(person.registration)} and person.registration:
            raise UsageError(
                f"{whose.name} is listed by name and registration: type both, as in Dr B. Colleague, GMC 7111111.",
                "Nothing was changed. How they are listed:  imgfile people list",
            )
    raise UsageError(
        f"{whose.name} is not listed yet, and needs a role between name and registration, such as doctor, nurse, "
        "reception or administrator.",
        "Nothing was changed. Say name, role and registration: Dr B. Colleague, doctor, GMC 7111111",
    )


def approve(  # noqa: PLR0913 - a request, whose it is, and how far it is let in
    vault: Vault,
    request: Request,
    whose: Whose | None,
    by: Administrator,
    *,
    at: datetime,
    into_inbox: bool = False,
) -> Approved:
    """Approve a request, or finish an approval that died.

    `into_inbox`: the computer gets no key that names patients' directories, and files into the inbox alone. Raises
    `Damaged` for what is forged, `UsageError` for what may not be, `NotWritable`.
    """
    rosters = check(vault, request)
    check_whose(vault, request, whose)
    note = Approval.of(vault.id, request.name)
    done = approved_in(request, rosters)
    if done is not None:
        finish_signed(vault, at=at)
        note.drop()
        return Approved(open_vault(vault.station), done.number)
    opened = _open_to(vault, request, by, note, into_inbox=into_inbox)
    new_person = layout.new_id()

    def apply(newest: Roster) -> Roster:
        judge(vault.store, request, [each for each in vault.rosters() if each.number <= newest.number])
        return granted(newest, request, whose, opened, new_person)

    newer = sign_roster(vault, by, "approved", apply, at=at)
    note.drop()
    approved = approved_in(request, list(newer.rosters()))
    if approved is None:
        raise Damaged("the roster that was just signed does not list what was approved.", "Run it again.")
    return Approved(newer, approved.number)


def _is_to_be_finished(vault: Vault, request: Request, rosters: Sequence[Roster]) -> bool:
    """Return whether this computer approved it, and died before it was done."""
    return Approval.of(vault.id, request.name).is_begun and lists(rosters[-1], request)


def _open_to(vault: Vault, request: Request, by: Administrator, note: Approval, *, into_inbox: bool = False) -> Opened:
    """Write the key files that the new roster will name, durably. Raises `NotWritable`, `Damaged`."""
    generation = vault.roster.generation
    practice = by.practice.by_generation.get(generation.number)
    if practice is None or str(practice.recipient) != generation.recipient:
        raise Damaged("the practice's newest key does not open with this identity.", "imgfile verify says more.")
    to_credential = to_station = ""
    if (one := request.credential) is not None:
        name, plaintext = layout.practice_key(generation.number, one.holder), practice_file(vault, practice)
        to_credential = placed(
            vault.store, note, name, plaintext, [sealing.parse_recipient(one.recipient)], elsewhere=_ELSEWHERE
        )
    if (asked := request.station) is not None and not into_inbox:
        readers = [sealing.parse_recipient(asked.recipient), practice.recipient]
        name = layout.station_key(asked.station)
        to_station = placed(vault.store, note, name, pseudonym_key(vault, by.practice), readers, elsewhere=_ELSEWHERE)
    return Opened(generation.number, to_credential, to_station)
