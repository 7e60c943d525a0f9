"""A run that died once its roster was published: the same act again finds it done, and the trail says so once.

Which calls of a whole command may fail is tried in processes of their own (`tests/promises/test_survives_practice.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from imgfile.acts.practice import administrator as administering
from imgfile.acts.practice import approve, recover, recovery_key, upgrade
from imgfile.acts.practice.former_people import find_gone, finish_removal
from imgfile.acts.practice.leaving import Leaver, remove, renew_recovery
from imgfile.acts.practice.recover import Newcomer
from imgfile.errors import NotWritable, UsageError
from imgfile.practice_state.begun_acts import BegunFile, BegunRoster
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.roster.model import Roster
from imgfile.vault.trail import read as trail
from kit.vault.filings import MOLE, filed
from kit.vault.joining import COLLEAGUE, Asker, administrator
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, PASSPHRASE, Practice, as_format_1, light_passphrases


class Dead(BaseException):
    """Stands for a SIGKILL: nothing that the act would do afterwards is done."""


def die(*_: object, **__: object) -> None:
    """End a run here."""
    raise Dead


def died_before_its_trail(act: Callable[[], object]) -> None:
    """Run an act that dies when its roster is published, and before this station's trail enters it."""
    died_at(act, "imgfile.acts.practice.administrator.chain.append")


def died_at(act: Callable[[], object], name: str) -> None:
    """Run an act that dies where it would call something."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name, die)
        with pytest.raises(Dead):
            act()


def entries_of(vault: Vault, roster: Roster) -> int:
    """Count how often this station's trail enters a roster."""
    entries = [each for note in trail.walk(vault, vault.here.station) for each in note.entries]
    return sum(each["act"] == "roster" and each["digest"] == roster.note.digest for each in entries)


def expect_entered_once(vault: Vault) -> None:
    """See that the newest roster stands in the trail once, that no note is left, and that nothing is wrong."""
    assert entries_of(vault, vault.roster) == 1
    assert BegunRoster.of(vault.id).seen is None
    assert [*verify(vault)] == []


def test_an_approval(practice: Practice) -> None:
    """The one who was let in is let in once; whether the trail says so is looked up as far back as may be."""
    asked, by = Asker(practice).made(), administrator(practice)
    again = partial(approve.approve, request=asked, whose=COLLEAGUE, by=by, at=NOON)
    died_before_its_trail(partial(again, practice.vault))
    replace(practice, vault=practice.reopened()).file_decided(filed(MOLE))  # its note knows of the roster
    done = again(practice.reopened())
    assert done.number == done.vault.roster.number == 2
    expect_entered_once(done.vault)
    with pytest.raises(UsageError, match="approved already, in roster 2"):
        again(done.vault)
    expect_entered_once(done.vault)


def test_a_trail_that_says_so_already(practice: Practice) -> None:
    """Dead behind the entry, and before its note was dropped: nothing is entered again."""
    asked = Asker(practice).made()
    by = administrator(practice)
    act = partial(approve.approve, practice.vault, asked, COLLEAGUE, by, at=NOON)
    died_at(act, "imgfile.acts.practice.administrator.BegunRoster.drop")
    administering.finish_signed(practice.reopened(), at=NOON)
    expect_entered_once(practice.reopened())


def test_a_new_recovery_key(practice: Practice, tmp_path: Path) -> None:
    """Its file is the one that was written; then it is refused like any file that is there."""
    file, by = tmp_path / "recovery-2.txt", administrator(practice)
    died_before_its_trail(partial(renew_recovery, practice.vault, by, file, at=NOON))
    written = file.read_bytes()
    vault = renew_recovery(practice.reopened(), by, file, at=NOON)
    assert (vault.roster.number, file.read_bytes()) == (2, written)
    expect_entered_once(vault)
    assert not BegunFile.of(vault.id).is_begun
    with pytest.raises(NotWritable, match="is the recovery key of this vault already"):
        renew_recovery(vault, by, file, at=NOON)


def test_a_move_to_format_2(practice: Practice, tmp_path: Path) -> None:
    """It is finished once; a vault that no such run was begun in has nothing to finish."""
    old = as_format_1(practice)
    file = tmp_path / "recovery-2.txt"
    died_before_its_trail(partial(upgrade.upgrade_anew, old.vault, administrator(old), file, at=NOON))
    assert upgrade.finish(old.reopened(), at=NOON)
    vault = old.reopened()
    expect_entered_once(vault)
    assert not BegunFile.of(vault.id).is_begun
    assert not upgrade.finish(vault, at=NOON)


def test_a_removal(practice: Practice) -> None:
    """What is asked of it beyond what it did is refused, with the command that does it."""
    practice, _ = enrol_person(practice, "Dr L. Locum", "GMC 7222222")
    (locum,) = (one for one in practice.vault.roster.people if one.name == "Dr L. Locum")
    died_before_its_trail(partial(remove, practice.vault, administrator(practice), Leaver(locum), at=NOON))
    vault = practice.reopened()
    assert find_gone(vault, "Dr N. Obody") is None
    gone = find_gone(vault, "gmc 7222222")
    assert gone is not None
    with pytest.raises(UsageError, match="ROOM-2 was not retired by then") as kept:
        finish_removal(vault, gone, ["ROOM-2"], is_recovery_renewed=False, at=NOON)
    assert kept.value.hint == "Retire it:  imgfile station retire ROOM-2"
    with pytest.raises(UsageError, match="without a new recovery key") as old:
        finish_removal(vault, gone, [], is_recovery_renewed=True, at=NOON)
    assert old.value.hint == "Make one:  imgfile keys recovery new"
    finish_removal(vault, gone, [], is_recovery_renewed=False, at=NOON)
    expect_entered_once(vault)


def test_getting_back_in(practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same passphrase nobody is let in a second time; with another one somebody is, beside them."""
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "bare"))
    newcomer = Newcomer("Dr B. Colleague", "GMC 7111111", "LAPTOP-9", "some other passphrase")

    def again(newcomer: Newcomer = newcomer) -> Vault:
        vault = recover.look(practice.folder, recover.first_roster(practice.folder))
        return recover.recover(vault, recover.admit_recovery(vault, practice.recovery[0]), newcomer, at=NOON)

    with light_passphrases():
        died_at(again, "imgfile.acts.practice.recover.station.pin")
        vault = again()
        assert (vault.roster.number, len(vault.roster.stations)) == (2, 2)
        assert vault.is_enrolled
        other = again(replace(newcomer, passphrase=PASSPHRASE))
    assert (other.roster.number, len(other.roster.stations)) == (3, 3)


def test_a_place_that_will_not_do_for_a_recovery_file(practice: Practice, tmp_path: Path) -> None:
    """Nothing is written by then: not into the vault, not over a folder, not over somebody's file."""
    other = tmp_path / "other.txt"
    other.write_text("somebody's\n")
    for path, kind, words in (
        (practice.folder / "recovery.txt", UsageError, "would lie inside the vault"),
        (tmp_path, UsageError, "is a folder"),
        (other, NotWritable, "exists already, and is left as it is"),
    ):
        with pytest.raises(kind, match=words):
            recovery_key.check_place(practice.vault, path)
    BegunFile.of(practice.vault.id).expect(b"what a run that died would have written")
    assert recovery_key.begun_file(practice.vault, tmp_path / "none.txt") is None
    assert recovery_key.begun_file(practice.vault, other) is None


def test_a_computer_that_is_not_listed_enters_nothing(practice: Practice) -> None:
    """Its note is dropped: the roster that it was to enter, if there is one, was another computer's."""
    BegunRoster.of(practice.vault.id).expect(*practice.vault.roster.seen)
    unlisted = Station(replace(practice.vault.station.pin, station=""))
    stranger = Vault(practice.vault.store, practice.vault.roster, unlisted)
    administering.finish_signed(stranger, at=NOON)
    assert BegunRoster.of(practice.vault.id).seen is None
    assert entries_of(practice.vault, practice.vault.roster) == 0
    assert not (practice.folder / layout.roster(2)).exists()
