"""Somebody leaves: what is filed afterwards does not open with what they hold, for new patients and old ones."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.disclosure.open import name_of
from imgfile.acts.list import Listed, list_records
from imgfile.acts.practice.administrator import Administrator, admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove, retire
from imgfile.errors import Closed, NotWritable, UsageError, WrongKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.records import find as records
from imgfile.vault.records.open import open_facts
from imgfile.vault.roster.model import Person
from kit.vault.filings import MOLE, filed
from kit.vault.people import Newcomer, enrol_person
from kit.vault.practice import NOON, Practice, clinician_of


@pytest.fixture
def locum(practice: Practice) -> tuple[Practice, Newcomer]:
    """Give a practice with a locum, and what they hold."""
    return enrol_person(practice, "Dr L. Locum", "GMC 7222222")


def administrator(practice: Practice) -> Administrator:
    """Admit the founder."""
    return admit_administrator(practice.vault, [clinician_of(practice)])


def person_of(vault: Vault, name: str) -> Person:
    """Return somebody by name."""
    return next(one for one in vault.roster.people if one.name == name)


def test_a_leaver_opens_nothing_that_is_filed_afterwards(locum: tuple[Practice, Newcomer]) -> None:
    """Before they leave they do: the same patient's record, filed the moment before."""
    practice, newcomer = locum
    practice.file_decided(filed(MOLE), b"before")
    keys, who = open_practice(practice.vault, [newcomer.identity])
    assert who == newcomer.holder
    assert [*verify_openings(practice.vault, keys)] == []
    vault = remove(practice.vault, administrator(practice), Leaver(person_of(practice.vault, "Dr L. Locum")), at=NOON)
    after = replace(practice, vault=vault)
    after.file_decided(filed(MOLE), b"after")
    newest = replace(vault, roster=replace(vault.roster, generations=vault.roster.generations[-1:]))
    with pytest.raises(WrongKey):
        open_practice(newest, [newcomer.identity])
    for record in records.Catalogue().records_of(vault, next(iter(records.patients(vault)))):
        if record.key.generation == vault.roster.generation.number:  # type: ignore[union-attr]
            with pytest.raises(Closed):
                open_facts(vault, record, keys)
    for identities in ([clinician_of(after)], after.recovery):
        assert [*verify_openings(vault, open_practice(vault, identities)[0])] == []
    assert [*verify(vault)] == []


def test_their_keys_are_closed_with_the_ends_of_the_trails(locum: tuple[Practice, Newcomer]) -> None:
    """And they sign no roster any more, whatever their role was."""
    practice, newcomer = locum
    practice.file_decided(filed(MOLE))
    vault = remove(practice.vault, administrator(practice), Leaver(person_of(practice.vault, "Dr L. Locum")), at=NOON)
    (closed,) = vault.roster.closed.credentials
    assert (closed.holder, closed.name, closed.registration) == (newcomer.holder, "Dr L. Locum", "GMC 7222222")
    assert closed.heads[vault.here.station][0] == 1
    with pytest.raises((UsageError, WrongKey)):
        admit_administrator(vault, [newcomer.identity])


def test_a_new_recovery_key_where_they_may_have_held_the_old(locum: tuple[Practice, Newcomer], tmp_path: Path) -> None:
    """In the same roster; the new generation is sealed to the new one alone."""
    practice, _ = locum
    leaver = Leaver(person_of(practice.vault, "Dr L. Locum"), recovery_file=tmp_path / "recovery-2.txt")
    vault = remove(practice.vault, administrator(practice), leaver, at=NOON)
    after = replace(practice, vault=vault, recovery_file=tmp_path / "recovery-2.txt")
    after.file_decided(filed(MOLE))
    assert [*verify_openings(vault, open_practice(vault, after.recovery)[0])] == []
    old, _ = open_practice(vault, practice.recovery)
    assert vault.roster.generation.number not in old.by_generation
    assert [*verify(vault)] == []


def test_nobody_removes_themselves_and_one_administrator_remains(practice: Practice) -> None:
    """Not even with the recovery key."""
    founder = practice.vault.roster.people[0]
    with pytest.raises(UsageError, match="nobody removes themselves"):
        remove(practice.vault, administrator(practice), Leaver(founder), at=NOON)
    recovery = admit_administrator(practice.vault, practice.recovery)
    with pytest.raises(UsageError, match="one administrator must remain"):
        remove(practice.vault, recovery, Leaver(founder), at=NOON)
    assert practice.reopened().roster.number == 1


def test_a_run_that_died_is_repeated(locum: tuple[Practice, Newcomer], monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had begun is left where it lies, and the next number taken."""
    practice, _ = locum
    leaver = Leaver(person_of(practice.vault, "Dr L. Locum"))
    real = type(practice.vault.store).claim

    def full(_store: object, name: str, _data: bytes) -> bool:
        raise NotWritable(f"{name}: {errno.ENOSPC}")

    monkeypatch.setattr(type(practice.vault.store), "claim", full)
    with pytest.raises(NotWritable):
        remove(practice.vault, administrator(practice), leaver, at=NOON)
    monkeypatch.setattr(type(practice.vault.store), "claim", real)
    assert {finding.kind.weight.value for finding in verify(practice.reopened())} == {"notice"}
    vault = remove(practice.reopened(), administrator(practice), leaver, at=NOON)
    assert [one.number for one in vault.roster.generations] == [1, 3]
    after = replace(practice, vault=vault)
    after.file_decided(filed(MOLE))
    assert [*verify_openings(vault, open_practice(vault, after.recovery)[0])] == []


def test_numbers_that_somebody_takes_keep_nobody_from_being_removed(locum: tuple[Practice, Newcomer]) -> None:
    """Whoever writes to the share can put any number of folders there, and files with any names."""
    practice, _ = locum
    taken = practice.folder / layout.PRACTICE_KEYS
    for number in range(2, 200):
        (taken / str(number)).mkdir()
    (taken / "200").write_bytes(b"x")
    (taken / ("9" * 30)).mkdir()
    vault = remove(practice.vault, administrator(practice), Leaver(person_of(practice.vault, "Dr L. Locum")), at=NOON)
    assert [one.number for one in vault.roster.generations] == [1, 201]
    after = replace(practice, vault=vault)
    after.file_decided(filed(MOLE))
    assert len(open_practice(vault, after.recovery)[0].by_generation) == len([1, 201])


def test_two_removals_at_once_both_count(practice: Practice) -> None:
    """The slower one seals its generation to those who are left then."""
    one, first = enrol_person(practice, "Dr L. Locum", "GMC 7222222")
    both, second = enrol_person(one, "Dr M. Mover", "GMC 7333333")
    stale = both.vault
    by = admit_administrator(stale, [clinician_of(both)])
    remove(both.reopened(), by, Leaver(person_of(stale, "Dr L. Locum")), at=NOON)
    vault = remove(stale, by, Leaver(person_of(stale, "Dr M. Mover")), at=NOON)
    assert [person.name for person in vault.roster.people] == ["Dr A. Example"]
    assert len(vault.roster.generations) == 3
    for gone in (first, second):
        keys, _ = open_practice(vault, [gone.identity])
        assert vault.roster.generation.number not in keys.by_generation
    assert [*verify(vault)] == []


def test_a_retired_computer_counts_up_to_its_end(practice: Practice) -> None:
    """What it filed before stays valid; it is not enrolled any more."""
    practice.file_decided(filed(MOLE))
    vault = retire(practice.vault, administrator(practice), practice.vault.here, at=NOON)
    assert not vault.is_enrolled
    assert [*verify(vault)] == []
    name = layout.trail(practice.vault.here.station, 2)
    head = vault.roster.closed.stations[0].head
    body = {"number": 2, "previous": head[1], "heads": {}, "entries": [], "roster": [1, "0" * 64]}
    note = practice.vault.sign("audit", body)
    vault.store.publish(name, note.encode())
    assert {finding.where for finding in verify(vault) if finding.kind.is_damage} == {name}


def test_what_is_filed_to_the_old_key_afterwards_is_named(locum: tuple[Practice, Newcomer]) -> None:
    """By a computer that has not seen the removal; it is a warning, and the vault is sound."""
    practice, _ = locum
    stale = practice.vault
    practice.file_decided(filed(MOLE), b"before")
    vault = remove(stale, administrator(practice), Leaver(person_of(stale, "Dr L. Locum")), at=NOON)
    assert [*verify(vault)] == []
    late = replace(practice, vault=stale).file_decided(filed(MOLE), b"late")
    replace(practice, vault=vault).file_decided(filed(MOLE), b"after")
    (found,) = verify(vault)
    assert (found.kind, found.kind.weight.value) == ("old-key", "warning")
    assert found.where.endswith(late.record)
    assert "Dr L. Locum" in found.message


def test_what_a_retired_computer_filed_is_listed_with_its_name(practice: Practice) -> None:
    """And who looked who has left is still called by name in the trail."""
    practice, locum = enrol_person(practice, "Dr L. Locum", "GMC 7222222")
    practice.file_decided(filed(MOLE))
    by = administrator(practice)
    leaver = Leaver(person_of(practice.vault, "Dr L. Locum"), [practice.vault.here.station])
    vault = remove(practice.vault, by, leaver, at=NOON)
    (listed,) = list_records(vault)
    assert isinstance(listed, Listed)
    assert listed.station == "RECEPTION-3"
    assert name_of(vault, locum.holder) == "Dr L. Locum, GMC 7222222"
    assert name_of(vault, vault.roster.recovery.holder) == "recovery"
