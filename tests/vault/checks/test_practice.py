"""What `verify` says of rosters and requests where a file changed while it looked, or asks for little."""

from __future__ import annotations

from pathlib import Path

from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.roster.model import Use
from kit.vault.joining import account, ask
from kit.vault.practice import Practice, administrator_of, change_roster


def test_a_computer_of_reception_that_asks_to_join_is_a_notice(practice: Practice, tmp_path: Path) -> None:
    """It brings no key that opens records, so none of it lies there."""
    with account(tmp_path / "reception"):
        asked = ask(practice, use=Use.RECEPTION)
    (found,) = verify(practice.reopened())
    where = layout.request(asked.request.name)
    assert (found.kind, found.where, found.message) == (
        Kind.UNFINISHED,
        where,
        "A computer asks to join, and is not approved.",
    )


def test_a_roster_put_in_the_place_of_the_one_that_was_opened_is_damage(practice: Practice) -> None:
    """An administrator signed both; this computer goes by the one that it verified."""
    change_roster(practice)
    vault = practice.reopened()
    body = {**vault.roster.note.body, "change": "another"}
    note = administrator_of(practice).sign("roster", vault.id, body, version=vault.roster.format)
    (practice.folder / layout.roster(2)).write_bytes(note.encode())
    found = {(one.kind, one.where, one.message) for one in verify(vault)}
    message = "It is not the roster that this computer verified before."
    assert (Kind.DAMAGED, layout.roster(2), message) in found
