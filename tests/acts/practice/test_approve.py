"""Letting a computer in: what it costs, two at once, and what is never taken for an approval's own file."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.acts.practice import approve, join
from imgfile.acts.practice.join import Joining
from imgfile.errors import Damaged, UsageError
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.joining.grant import Opened, Whose
from imgfile.vault.joining.judge import lists
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.roster.model import Credential, Person, Role, Roster, Use
from kit.tools import tool
from kit.vault.filings import MOLE, filed
from kit.vault.joining import COLLEAGUE, Asker, account, administrator, ask, enrolled, identity_at, joined, let_in
from kit.vault.practice import Practice, as_format_1, change_roster


def files(practice: Practice) -> set[str]:
    """Name every file of the vault."""
    return {str(path.relative_to(practice.folder)) for path in practice.folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("people", [2, 30])
def test_an_approval_is_four_small_files(practice: Practice, people: int) -> None:
    """However many patients, records and people there are; the roster alone grows, by what it lists of each."""
    change_roster(practice, lambda newest: replace(newest, people=(*newest.people, *_others(newest, people - 1))))
    practice = replace(practice, vault=practice.reopened())
    assert len(practice.vault.roster.people) == people
    made = Asker(practice).made()
    practice.file_decided(filed(MOLE), b"before")
    before = files(practice)
    let_in(practice, made)
    new = files(practice) - before
    assert sorted("/".join(name.split("/")[:2]) for name in new) == [
        f"audit/{practice.vault.here.station}",
        "keys/practice",
        "keys/stations",
        layout.roster(3),
    ]
    sizes = {name: (practice.folder / name).stat().st_size for name in new}
    assert sizes.pop(layout.roster(3)) < (people + 2) * 8 << 10
    assert sum(sizes.values()) < 32 << 10


def _others(newest: Roster, count: int) -> list[Person]:
    """Make people who hold a credential each, as a roster lists them."""
    keys = [SigningKey.generate(layout.new_id()) for _ in range(count)]
    recipient = newest.generation.recipient
    return [
        Person(
            layout.new_id(),
            f"Dr {number}",
            f"GMC {7300000 + number}",
            (Role.CLINICIAN,),
            (Credential(key.name, recipient, key.public, "0" * 64),),
        )
        for number, key in enumerate(keys)
    ]


def test_two_approvals_at_once_both_end_in_the_roster(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slower one signs the roster after the other's."""
    first, second = Asker(practice).made(), Asker(practice).made()
    honest = approve._open_to

    def overtaken(vault: Vault, *rest: object, **kept: bool) -> Opened:
        monkeypatch.setattr(approve, "_open_to", honest)
        let_in(practice, second, Whose("Dr L. Locum", "GMC 7222222", (Role.CLINICIAN,)))
        return honest(vault, *rest, **kept)  # type: ignore[arg-type]

    monkeypatch.setattr(approve, "_open_to", overtaken)
    roster = let_in(practice, first).roster
    assert roster.number == 3
    assert lists(roster, first)
    assert lists(roster, second)
    assert [person.name for person in roster.people] == ["Dr A. Example", "Dr L. Locum", "Dr B. Colleague"]
    assert list(verify(practice.reopened())) == []


@pytest.mark.parametrize("place", ["practice", "stations"])
def test_a_file_that_somebody_put_there_is_never_named(practice: Practice, place: str) -> None:
    """Nobody but the newcomer could see what is in it."""
    made = Asker(practice).made()
    assert made.station is not None
    assert made.credential is not None
    names = {
        "practice": layout.practice_key(1, made.credential.holder),
        "stations": layout.station_key(made.station.station),
    }
    practice.vault.store.publish(names[place], b"age-encryption.org/v1\nsomething")
    with pytest.raises(Damaged, match="did not write it"):
        let_in(practice, made)
    assert practice.reopened().roster.number == 1


def test_a_newcomer_opens_what_was_filed_before_and_after(practice: Practice, tmp_path: Path) -> None:
    """With stock age too; a reception computer opens its pseudonym key and nothing else."""
    practice.file_decided(filed(MOLE), b"before")
    vault = joined(practice, tmp_path / "colleague")
    replace(practice, vault=practice.reopened()).file_decided(filed(MOLE), b"after")
    with account(tmp_path / "colleague"):
        identity = identity_at(vault.station)
        keys, holder = open_practice(vault, [identity])
        assert [*verify_openings(vault, keys)] == []
    key = tmp_path / "colleague.txt"
    key.write_bytes(sealing.render_identity_file(identity))
    name = practice.folder / layout.practice_key(1, holder)
    opened = subprocess.run([tool("age"), "-d", "-i", key, name], capture_output=True, check=True).stdout
    assert str(sealing.parse_identity_file(opened)[0].recipient) == vault.roster.generation.recipient
    desk = joined(practice, tmp_path / "desk", None, Use.RECEPTION)
    machine = tmp_path / "machine.txt"
    with account(tmp_path / "desk"):
        assert not desk.station.identity_file.exists()
        machine.write_bytes(desk.station.identity)
    own = practice.folder / layout.station_key(desk.here.station)
    for path in (practice.folder / "keys").rglob("*.age"):
        done = subprocess.run([tool("age"), "-d", "-i", machine, path], capture_output=True, check=False)
        assert (done.returncode == 0) == (path == own), path


def test_reception_does_not_look_and_a_key_is_somebodys(practice: Practice) -> None:
    """R26, whoever administers."""
    made = Asker(practice).made()
    for whose in (None, Whose("R. Desk", "", (Role.RECEPTION,)), Whose("Dr C.", "GMC 7333333", ())):
        with pytest.raises(UsageError):
            let_in(practice, made, whose)
    assert practice.reopened().roster.number == 1


def test_a_vault_of_format_1_is_upgraded_first(practice: Practice, tmp_path: Path) -> None:
    """The new computer says so, before it asks anything."""
    old = as_format_1(practice)
    with account(tmp_path / "new"), pytest.raises(UsageError, match="format 1") as asked:
        ask(old)
    assert "imgfile vault upgrade" in asked.value.hint


def test_a_joiner_takes_no_roster_that_lists_other_keys(practice: Practice, tmp_path: Path) -> None:
    """Under its own ids: whoever signed that approved something else."""
    with account(tmp_path / "new"):
        asked = ask(practice)
    other, own = Asker(practice).station_key.public, asked.request.station
    assert own is not None
    listed = replace(own, keys=replace(other, name=own.station), pseudonym_digest="0" * 64)
    change_roster(practice, lambda newest: replace(newest, stations=(*newest.stations, listed)))
    with account(tmp_path / "new"), pytest.raises(Damaged, match="keys that are not its own"):
        join.approval(asked)


def test_a_joiner_takes_no_older_vault_than_it_asked(practice: Practice, tmp_path: Path) -> None:
    """Somebody puts back a roster from before."""
    joined(practice, tmp_path / "first")
    with account(tmp_path / "new"):
        ask(practice)
        (practice.folder / layout.roster(2)).unlink()
        with pytest.raises(Damaged, match="older"):
            join.resumed(join.look(practice.folder))


def is_outdated(joining: Joining) -> bool:
    """Return whether a request must be made anew by now."""
    return joining.is_outdated


def test_an_outdated_request_is_known_as_such_to_its_own_computer(practice: Practice, tmp_path: Path) -> None:
    """So that it asks anew by itself."""
    with account(tmp_path / "new"):
        asked = ask(practice)
        assert not is_outdated(asked)
    joined(practice, tmp_path / "colleague")
    change_roster(
        practice,
        lambda newest: replace(
            newest, people=tuple(replace(one, roles=(Role.ADMINISTRATOR, Role.CLINICIAN)) for one in newest.people)
        ),
    )
    with account(tmp_path / "new"):
        assert is_outdated(asked)
        again = ask(practice)
        assert not is_outdated(again)
    let_in(practice, again.request, COLLEAGUE)
    with account(tmp_path / "new"):
        assert enrolled(again).here.name == "LAPTOP-9"


def test_an_approval_is_entered_once(practice: Practice) -> None:
    """By whoever signed, in the trail of the computer that they sat at."""
    vault = let_in(practice, Asker(practice).made())
    (note,) = (practice.folder / layout.AUDIT / vault.here.station).iterdir()
    assert note.read_bytes().count(b'"act":"roster"') == 1
    assert administrator(practice).holder.encode() in note.read_bytes()
