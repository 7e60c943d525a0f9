"""The chain of rosters: pinned at its first, signed from one to the next, never rolled back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from imgfile import notes, sealing, station
from imgfile.errors import Damaged, NoVault
from imgfile.notes import Body, PublicKeys, SigningKey
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.roster.chain import load_pinned
from imgfile.vault.roster.model import Credential, Person, Role
from imgfile.vault.store.directory import Store
from kit.vault.practice import (
    Practice,
    administrator_of,
    change_roster,
    enrol_second_station,
    forge_roster,
    of_each_format,
)


def test_a_second_roster_is_followed_and_remembered(practice: Practice, tmp_path: Path) -> None:
    """Opening the vault walks on to roster 2 and raises the pin."""
    enrol_second_station(practice, tmp_path / "second")
    vault = practice.reopened()
    assert vault.roster.number == 2
    assert [entry.name for entry in vault.roster.stations] == ["RECEPTION-3", "ROOM-2"]
    assert station.known_vaults()[0].highest == 2
    assert list(verify(vault)) == []


def test_a_rolled_back_roster_is_refused(practice: Practice, tmp_path: Path) -> None:
    """Whoever takes roster 2 away gains nothing once it was seen."""
    enrol_second_station(practice, tmp_path / "second")
    practice.reopened()
    (practice.folder / layout.roster(2)).unlink()
    with pytest.raises(Damaged, match="older"):
        practice.reopened()


def test_another_second_roster_is_refused(practice: Practice, tmp_path: Path) -> None:
    """A different roster of the same number, however well signed, is not the one that was seen."""
    enrol_second_station(practice, tmp_path / "second")
    practice.reopened()
    (practice.folder / layout.roster(2)).unlink()
    enrol_second_station(practice, tmp_path / "third")
    with pytest.raises(Damaged, match="saw before"):
        practice.reopened()


@of_each_format
def test_a_roster_signed_by_nobody_listed_is_refused(practice: Practice) -> None:
    """Write access to the share makes no administrator."""
    forge_roster(practice, signer=SigningKey.generate(practice.founder))
    with pytest.raises(Damaged, match="valid signatures"):
        practice.reopened()
    (practice.folder / layout.roster(2)).unlink()
    forge_roster(practice, signer=SigningKey.generate("f" * 32))
    with pytest.raises(Damaged, match="does not list"):
        practice.reopened()


@pytest.mark.parametrize("change", [{"previous": "0" * 64}, {"number": 3}])
@of_each_format
def test_a_roster_that_does_not_follow_is_refused(practice: Practice, change: Body) -> None:
    """Even an administrator's roster must name the one before it and count on."""
    forge_roster(practice, lambda body: {**body, **change})
    with pytest.raises(Damaged, match="does not follow"):
        practice.reopened()


def test_a_folder_with_another_vault_is_refused(practice: Practice) -> None:
    """The pin is to one roster 1, whatever lies at its place."""
    pin = practice.vault.station.pin
    for other in (replace(pin, first_digest="0" * 64), replace(pin, vault="0" * 32)):
        with pytest.raises(Damaged, match="another vault"):
            open_vault(station.Station(other))


def test_a_chain_is_walked_to_its_newest(practice: Practice) -> None:
    """However long it has become since this station looked last; and what is highest is remembered."""
    written = [change_roster(practice).note for _ in range(3)]
    old = practice.vault.station.pin
    roster = practice.reopened().roster
    assert (roster.number, roster.note.digest) == (4, written[-1].digest)
    seen = practice.vault.station.pin
    assert (seen.highest, seen.highest_digest) == (4, written[-1].digest)
    first, store = practice.vault.roster.note, practice.vault.store
    for highest, digest in ((1, first.digest), (2, written[0].digest), (4, written[2].digest)):
        assert load_pinned(store, old.vault, first.digest, highest, digest) == roster


@pytest.mark.parametrize("highest", [2, 3])
def test_each_roster_seen_before_must_be_the_one_that_was_seen(practice: Practice, highest: int) -> None:
    """In the midst of the chain as well as at its end."""
    for _ in range(2):
        change_roster(practice)
    pin, store = practice.vault.station.pin, practice.vault.store
    with pytest.raises(Damaged, match=r"^the vault.s roster is not the one this computer saw before\.$") as caught:
        load_pinned(store, pin.vault, pin.first_digest, highest, "0" * 64)
    assert caught.value.hint == ROLLBACK
    with pytest.raises(
        Damaged, match=r"^the vault.s roster is older than the one this computer saw before\.$"
    ) as caught:
        load_pinned(store, pin.vault, pin.first_digest, 4, "0" * 64)
    assert caught.value.hint == ROLLBACK


ROLLBACK = (
    "Somebody restored or replaced it. File nothing until your administrator knows why.\n"
    "A backup was restored, and there is no newer one?  imgfile vault accept-loss"
)


def test_what_is_wrong_with_a_chain_is_said(practice: Practice) -> None:
    """Where there is no vault, its place; where it is another one, or does not follow, whom to ask."""
    pin, store = practice.vault.station.pin, practice.vault.store
    for vault, first in ((pin.vault, "0" * 64), ("0" * 32, pin.first_digest)):
        with pytest.raises(
            Damaged, match=r"^the folder holds another vault than the one this computer is pinned to\.$"
        ) as caught:
            load_pinned(store, vault, first, 1, pin.first_digest)
        assert caught.value.hint == ROLLBACK
    forge_roster(practice, lambda body: {**body, "previous": "0" * 64})
    with pytest.raises(
        Damaged, match=r"^roster 2 does not follow the one before: it names another one before it\.$"
    ) as caught:
        practice.reopened()
    assert caught.value.hint == ROLLBACK
    (practice.folder / layout.roster(1)).unlink()
    with pytest.raises(NoVault, match=f"^there is no vault at {practice.folder}") as missing:
        practice.reopened()
    assert missing.value.hint == "Check that the disk or share is connected."


def test_roster_1_carries_its_own_administrators_signatures(practice: Practice) -> None:
    """The pin is of its text alone: the signatures are checked as well, and its kind."""
    path = practice.folder / layout.roster(1)
    kept = path.read_bytes()
    first = practice.vault.roster
    signer = SigningKey.generate(practice.founder)
    path.write_bytes(signer.sign("roster", practice.vault.id, first.note.body, version=first.format).encode())
    with pytest.raises(Damaged, match="valid signatures"):
        practice.reopened()
    path.write_bytes(kept.replace(b"imgfile/roster/", b"imgfile/rosters/"))
    with pytest.raises(Damaged):
        practice.reopened()


def test_only_an_administrator_of_the_roster_before_signs_the_next(practice: Practice) -> None:
    """A clinician who is listed, and whose signature holds, is not enough; who lost the role signs no more."""
    colleague, key = somebody()
    change_roster(practice, lambda newest: replace(newest, people=(*newest.people, colleague)))
    change_roster(
        practice,
        lambda newest: replace(
            newest,
            people=(
                replace(newest.people[0], roles=(Role.CLINICIAN,)),
                replace(newest.people[1], roles=(Role.ADMINISTRATOR,)),
            ),
        ),
    )
    assert practice.reopened().roster.people[0].roles == (Role.CLINICIAN,)
    assert practice.reopened().roster.administrators == {key.name: key.public}
    forge_roster(practice)
    with pytest.raises(Damaged, match="whom the roster does not list for that"):
        practice.reopened()


def somebody() -> tuple[Person, SigningKey]:
    """Make a clinician with a credential, and return also the key that they sign with."""
    key, identity = SigningKey.generate(layout.new_id()), sealing.generate_identity(post_quantum=False)
    credential = Credential(key.name, str(identity.recipient), key.public, "0" * 64)
    return Person(layout.new_id(), "Dr B. Colleague", "GMC 7111111", (Role.CLINICIAN,), (credential,)), key


def test_a_roster_of_another_kind_or_vault_does_not_follow(practice: Practice) -> None:
    """An administrator's signature beneath another word, or about another vault, makes no roster here."""
    note = change_roster(practice).note
    path = practice.folder / layout.roster(2)
    real = path.read_bytes()
    for change in ((b"imgfile/roster/", b"imgfile/policy/"), (note.vault.encode(), b"0" * 32)):
        path.write_bytes(real.replace(*change, 1))
        with pytest.raises(Damaged, match="where a roster was expected"):
            practice.reopened()
    path.write_bytes(real)
    assert practice.reopened().roster.note.digest == note.digest


# --- beginning at the newest that was seen ----------------------------------------------------------------


def lengthened(practice: Practice, number: int) -> None:
    """Publish rosters up to this number, as the administrator would; nobody has looked yet."""
    vault, signer = practice.vault, administrator_of(practice)
    newest = max(int(name.partition(".")[0]) for name in vault.store.names(layout.ROSTER))
    last = notes.parse(vault.store.read(layout.roster(newest)))
    while last.body["number"] < number:
        body = {**last.body, "number": last.body["number"] + 1, "previous": last.digest}
        last = signer.sign("roster", vault.id, body, version=last.version)
        vault.store.publish(layout.roster(body["number"]), last.encode())


@dataclass
class Counted:
    """What was read of the vault, and what was verified."""

    read: list[str]
    verified: list[str]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Count the objects that are read, and the notes whose signatures are checked."""
    counted = Counted([], [])
    read, verified = Store.read, notes.verified_note

    def reading(store: Store, name: str) -> bytes:
        counted.read.append(name)
        return read(store, name)

    def verifying(data: bytes, signers: Mapping[str, PublicKeys], *, kind: str, vault: str) -> notes.Note:
        counted.verified.append(kind)
        return verified(data, signers, kind=kind, vault=vault)

    monkeypatch.setattr(Store, "read", reading)
    monkeypatch.setattr(notes, "verified_note", verifying)
    return counted


def test_two_hundred_rosters_cost_nothing(practice: Practice, counted: Counted) -> None:
    """Those that were seen are not verified again; the newest of them is read, once, to see that it is that one."""
    lengthened(practice, 200)
    assert practice.reopened().roster.number == 200
    assert len(counted.verified) == 199  # the first was verified when the vault was founded
    for more in (0, 0, 3):
        lengthened(practice, 200 + more)
        counted.read.clear()
        counted.verified.clear()
        (pin,) = station.known_vaults()
        vault = open_vault(station.Station(pin))
        assert vault.roster.number == 200 + more
        assert counted.verified == ["roster"] * more
        assert counted.read == [layout.roster(200 + number) for number in range(more + 1)]
    counted.read.clear()
    assert list(verify(vault)) == []
    assert counted.read.count(layout.roster(100)) == 1


@pytest.mark.parametrize("kept", [b"", b"garbage", b"another"])
def test_without_the_kept_roster_all_are_verified_again(practice: Practice, counted: Counted, kept: bytes) -> None:
    """It only saves time; whatever stands there, the same roster is found, and is kept then."""
    lengthened(practice, 4)
    practice.reopened()
    here = practice.vault.station
    newest = here.kept_roster()
    (here.folder / "roster.note").write_bytes(
        practice.vault.store.read(layout.roster(3)) if kept == b"another" else kept
    )
    counted.verified.clear()
    (pin,) = station.known_vaults()
    assert open_vault(station.Station(pin)).roster.number == 4
    assert len(counted.verified) == 4
    assert here.kept_roster() == newest


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_kept_roster_lets_no_other_pass(practice: Practice, number: int) -> None:
    """Gone, changed, or with other signatures: the newest is noticed when the vault is opened, any by verify."""
    lengthened(practice, 4)
    vault = practice.reopened()
    path = practice.folder / layout.roster(number)
    whole = path.read_bytes()
    stranger = SigningKey.generate(practice.founder)
    body = notes.parse(whole).body
    others = (
        whole.replace(b"RECEPTION-3", b"RECEPTION-4"),
        stranger.sign("roster", vault.id, body, version=vault.roster.format).encode(),
        b"",
        None,
    )
    for other in others:
        path.unlink()
        if other is not None:
            path.write_bytes(other)
        (pin,) = station.known_vaults()
        if number == 4:
            with pytest.raises(Damaged):
                open_vault(station.Station(pin))
        else:
            opened = open_vault(station.Station(pin))
            assert opened.roster.note.digest == vault.roster.note.digest
            assert [each.where for each in verify(opened)] == [layout.roster(number)]
        path.write_bytes(whole)
    assert list(verify(practice.reopened())) == []
