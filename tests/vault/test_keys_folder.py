"""Keys in a folder of their own: nothing is filed without it, nor into another one, and `verify` says what is wrong."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from imgfile import beneath, station
from imgfile.acts.moved_keys import follow_keys, keys_at, keys_found_elsewhere
from imgfile.acts.practice import join, recover
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.join import Joiner
from imgfile.acts.practice.recover import Newcomer
from imgfile.acts.restore.acceptance import accept
from imgfile.acts.restore.put_back import put_back
from imgfile.errors import Damaged, Error, NotWritable, NoVault, UsageError
from imgfile.notes import SigningKey
from imgfile.practice_state.founding import FoundingNote
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.outdated_keys import expect_named, expect_newest
from imgfile.vault.checks.verify import verify
from imgfile.vault.life.burn import burn_keys
from imgfile.vault.life.gone import How
from imgfile.vault.roster.model import Use
from kit.tools import tool
from kit.vault.filings import MOLE, filed
from kit.vault.joining import account, enrolled, let_in
from kit.vault.lives import Life
from kit.vault.practice import (
    NOON,
    Practice,
    change_roster,
    clinician_of,
    enrol_second_station,
    found_practice,
    light_passphrases,
    with_own_keys_folder,
)


@pytest.fixture
def apart(practice: Practice, tmp_path: Path) -> Practice:
    """Give a vault whose keys lie in the folder `keys` beside it, with one record."""
    made = with_own_keys_folder(practice, tmp_path / "disk" / "keys")
    made.file_decided(filed(MOLE), b"first")
    return made


def keys_of(practice: Practice) -> Path:
    """Return the keys' folder, as the station has it pinned."""
    folder = practice.vault.station.pin.keys
    assert folder is not None
    return folder


def found_in(practice: Practice) -> list[tuple[str, str, str]]:
    """Return what `verify` finds: weight, kind, where."""
    found = verify(anew(practice).vault)
    return [*dict.fromkeys((each.kind.weight.value, each.kind.value, each.where) for each in found)]


def anew(practice: Practice) -> Practice:
    """Return it as the next command opens it, by the pin on this computer."""
    (known,) = station.known_vaults()
    return replace(practice, vault=open_vault(station.Station(known)))


def names_below(folder: Path) -> set[str]:
    """Return the names of all files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_every_key_lies_there_and_none_in_the_vault(apart: Practice) -> None:
    """The marker beside them; nothing else is found, and a second computer's keys go there too."""
    enrol_second_station(apart, apart.folder.with_name("other"))
    apart = replace(apart, vault=apart.reopened())
    apart.file_decided(filed(MOLE), b"second")
    assert found_in(apart) == []
    assert not (apart.folder / "keys").exists()
    tops = {name.partition("/")[0] for name in names_below(keys_of(apart))}
    assert tops == {"root.note", "practice", "signers", "stations", "things"}
    assert apart.vault.store.contains(keys_of(apart) / "x")
    assert not apart.vault.store.contains(keys_of(apart).parent / "x")


# --- what may have become of it -------------------------------------------------------------------------------------


def _away(practice: Practice) -> None:
    keys_of(practice).rename(practice.folder.with_name("elsewhere"))


def _emptied(practice: Practice) -> None:
    _away(practice)
    keys_of(practice).mkdir()


def _marked_by(practice: Practice, vault: str) -> None:
    note = SigningKey.generate(practice.founder).sign("root", vault, {"root": "keys"}, version=2)
    (keys_of(practice) / "root.note").write_bytes(note.encode())


def _linked(practice: Practice, name: str) -> None:
    there, outside = keys_of(practice) / name, practice.folder.with_name("outside")
    there.rename(outside)
    there.symlink_to(outside)


def _planted(practice: Practice) -> None:
    shutil.copytree(keys_of(practice), practice.folder / "keys")


def _linked_into_the_vault(practice: Practice) -> None:
    (practice.folder / "keys").symlink_to(keys_of(practice))


def _reached_by_a_link(practice: Practice) -> None:
    _away(practice)
    keys_of(practice).symlink_to(practice.folder.with_name("elsewhere"))


def _unmarked(practice: Practice) -> None:
    (keys_of(practice) / "root.note").unlink()


def _marked_by_a_folder(practice: Practice) -> None:
    _unmarked(practice)
    (keys_of(practice) / "root.note").mkdir()


def _litter(practice: Practice) -> None:
    (keys_of(practice) / "Thumbs.db").write_bytes(b"")
    (keys_of(practice) / "notes.txt").write_bytes(b"")


def _untold(practice: Practice) -> None:
    station.pin(replace(practice.vault.station.pin, keys=None))


@dataclass(frozen=True)
class Case:
    """What becomes of the keys' folder, what `verify` finds then, and how filing ends; "" where it goes on."""

    happens: Callable[[Practice], object]
    found: list[tuple[str, str, str]]
    error: type[Error] | None = None
    said: str = ""


DAMAGED, MISSING = ("damage", "damaged", "keys"), ("damage", "missing", "keys")
PLANTED = ("damage", "unexpected", "keys")
CASES = {
    "away": Case(_away, [MISSING], NotWritable, "is not there"),
    "a file in its place": Case(
        lambda it: (keys_of(it).rename(it.folder.with_name("x")), keys_of(it).write_bytes(b"")),
        [MISSING],
        NotWritable,
        "is not there",
    ),
    "empty, as a mount point is": Case(_emptied, [MISSING], NotWritable, r"holds no root\.note"),
    "without its marker": Case(_unmarked, [MISSING], NotWritable, r"holds no root\.note"),
    "this computer was not told": Case(_untold, [MISSING], NotWritable, "was not told where"),
    "another vault's": Case(
        lambda it: _marked_by(it, "a" * 32), [DAMAGED], Damaged, "is the keys folder of another vault, aaaaaaaa"
    ),
    "a marker of no note": Case(
        lambda it: (keys_of(it) / "root.note").write_bytes(b"keys\n"), [DAMAGED], Damaged, "is damaged"
    ),
    "a marker that is a link": Case(lambda it: _linked(it, "root.note"), [DAMAGED], Damaged, "is a link"),
    "a marker that is a folder": Case(_marked_by_a_folder, [DAMAGED], Damaged, "cannot be read"),
    "the marker signed by another key": Case(
        lambda it: _marked_by(it, it.vault.id), [("damage", "damaged", "keys/root.note")]
    ),
    "a link for the folder of stations": Case(
        lambda it: _linked(it, "stations"), [("damage", "damaged", "keys/stations")], Damaged, "is a link"
    ),
    "a link for the folder of things": Case(
        lambda it: _linked(it, "things"), [("damage", "damaged", "keys/things")], NotWritable, "is a link"
    ),
    "a copy of it in the vault's folder": Case(_planted, [PLANTED]),
    "a link to it in the vault's folder": Case(_linked_into_the_vault, [PLANTED]),
    "reached by a link that somebody chose": Case(_reached_by_a_link, []),
    "litter and another file": Case(
        _litter, [("notice", "litter", "keys/Thumbs.db"), ("warning", "foreign", "keys/notes.txt")]
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_becomes_of_the_folder_is_found_and_files_nothing(apart: Practice, case: Case) -> None:
    """Nothing appears in it, in the vault's folder, or where a link leads; what needs no key goes on."""
    case.happens(apart)
    assert [each for each in found_in(apart) if each[2].count("/") < 2] == case.found
    before = names_below(apart.folder.parent) - names_below(apart.folder.parent / "state")
    opened = anew(apart)
    if case.error is None:
        opened.file_decided(filed(MOLE), b"second")
        return
    with pytest.raises(case.error, match=case.said) as caught:
        opened.file_decided(filed(MOLE), b"second")
    after = names_below(apart.folder.parent) - names_below(apart.folder.parent / "state")
    assert {name for name in after - before if "/audit/" in name or "manifest" in name or "keys" in name} == set()
    if not opened.vault.store.has_keys:
        assert "no source is touched" in caught.value.hint
        assert "imgfile vault keys FOLDER" in caught.value.hint


def test_a_disk_that_goes_while_photos_are_filed_takes_nothing(apart: Practice) -> None:
    """The marker is looked at again each time: what is left of a mount point gets no key."""
    apart.file_decided(filed(MOLE), b"second")
    _emptied(apart)
    with pytest.raises(NotWritable, match=r"holds no root\.note"):
        apart.file(b"third")
    assert names_below(keys_of(apart)) == set()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Mount a folder over itself, read-only."""
    subprocess.run([tool("mount"), "--bind", folder, folder], check=True)
    try:
        subprocess.run([tool("mount"), "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run([tool("umount"), folder], check=True)


def test_a_read_only_folder_is_read_and_takes_nothing(apart: Practice) -> None:
    """What is filed opens; filing says that nothing can be written there."""
    with read_only(keys_of(apart)):
        assert found_in(apart) == []
        with pytest.raises(NotWritable) as caught:
            apart.file(b"second")
        assert "read-only" in caught.value.hint
    assert found_in(apart) == []


# --- moved ----------------------------------------------------------------------------------------------------------


def test_a_folder_that_was_moved_is_found_and_followed(apart: Practice) -> None:
    """Beside its old place, or beside the vault; both of them moved at once too."""
    for old, new in ((keys_of(apart), keys_of(apart).with_name("moved")), (None, apart.folder.with_name("near"))):
        there = keys_of(replace(apart, vault=apart.reopened())) if old is None else old
        there.rename(new)
        (known,) = station.known_vaults()
        vault = open_vault(station.Station(known))
        found = keys_found_elsewhere(vault)
        assert found is not None
        assert follow_keys(found).station.pin == replace(known, keys=new)
        apart = anew(apart)
        assert found_in(apart) == []
        apart.file_decided(filed(MOLE), bytes(new))


def test_the_vault_moves_and_its_keys_stay(apart: Practice) -> None:
    """The pin of the one says nothing of the other."""
    apart.folder.rename(apart.folder.with_name("moved"))
    moved = apart.vault.station.follow(apart.folder.with_name("moved"))
    assert (moved.pin.keys, [*verify(open_vault(moved))]) == (keys_of(apart), [])


def _copied(practice: Practice) -> Path:
    copy = keys_of(practice).with_name("copy")
    shutil.copytree(keys_of(practice), copy)
    return copy


def test_of_two_copies_neither_is_followed(apart: Practice) -> None:
    """While the old place holds the keys, nobody goes on in another; where two new ones do, one must be named."""
    copy = _copied(apart)
    with pytest.raises(NoVault, match="holds a copy of the keys"):
        keys_at(apart.vault, copy)
    keys_of(apart).rename(apart.folder.with_name("another"))
    with pytest.raises(NoVault, match="several folders hold them"):
        keys_found_elsewhere(apart.reopened())
    assert keys_at(apart.vault, copy).store.keys_place == str(copy)


def _with_another_record(practice: Practice) -> None:
    practice.file_decided(filed(MOLE), b"later")


def _with_another_station(practice: Practice) -> None:
    enrol_second_station(practice, practice.folder.with_name("other"))


@pytest.mark.parametrize("later", [_with_another_record, _with_another_station])
def test_an_older_copy_is_not_followed(apart: Practice, later: Callable[[Practice], object]) -> None:
    """It lacks what came later: the key of a record, or one that the newest roster names."""
    copy = _copied(apart)
    later(apart)
    apart = replace(apart, vault=apart.reopened())
    shutil.rmtree(keys_of(apart))
    with pytest.raises(Damaged, match="is an older copy of the vault's keys"):
        keys_at(apart.vault, copy)
    assert keys_found_elsewhere(apart.vault) is None


def test_a_copy_of_which_only_what_is_gone_is_missing_is_followed(apart: Practice) -> None:
    """The newest record was destroyed, and its key with it: the one before says how new the copy is."""
    gone = Life.begin(apart)
    copy = _copied(apart)
    gone.go(How.WITHDRAWN)
    burn_keys(apart.vault, gone.history)
    (copy / layout.thing_key(gone.of.folder, gone.of.record).removeprefix("keys/")).unlink()
    shutil.rmtree(keys_of(apart))
    assert keys_at(apart.vault, copy).store.keys_place == str(copy)


@pytest.mark.parametrize(
    ("named", "error"), [("empty", NotWritable), ("absent", NotWritable), ("vault/patients", NotWritable)]
)
def test_a_folder_without_the_marker_is_not_followed(apart: Practice, named: str, error: type[Error]) -> None:
    """Whatever else lies there."""
    (apart.folder.parent / "empty").mkdir()
    with pytest.raises(error):
        keys_at(apart.vault, apart.folder.parent / named)


def test_keys_that_lie_with_the_rest_have_no_other_place(practice: Practice, tmp_path: Path) -> None:
    """There is nothing to say of them."""
    with pytest.raises(UsageError, match="in its own folder"):
        keys_at(practice.vault, tmp_path)
    assert keys_found_elsewhere(practice.vault) is None
    assert follow_keys(practice.vault) is practice.vault


# --- joined and recovered -------------------------------------------------------------------------------------------


def test_a_computer_joins_with_both_folders(apart: Practice, tmp_path: Path) -> None:
    """It is told where the keys are, remembers that while it waits, and pins it; without it nothing is asked."""
    with account(tmp_path / "joining"):
        found = join.look(apart.folder)
        roster = join.newest_roster(found)
        assert join.has_own_keys_folder(roster)
        for wrong in (None, apart.folder, tmp_path / "absent"):
            with pytest.raises(NotWritable):
                join.with_keys(found, roster, wrong)
        there = join.with_keys(found, roster, keys_of(apart))
        asked = join.ask(there, Joiner("Dr B. Colleague", "GMC 7111111", "LAPTOP-9", Use.CLINICAL, "x y z"), at=NOON)
    let_in(apart, asked.request)
    keys_of(apart).rename(tmp_path / "moved")
    with account(tmp_path / "joining"):
        with pytest.raises(NotWritable, match="is not there"):
            join.resumed(join.look(apart.folder))
        resumed = join.resumed(join.look(apart.folder), tmp_path / "moved")
        assert resumed is not None
        vault = enrolled(resumed)
        assert vault.station.pin.keys == tmp_path / "moved"
        replace(apart, vault=vault).file_decided(filed(MOLE), b"second")
        assert [*verify(vault)] == []


def test_keys_that_lie_with_the_rest_are_not_asked_for(practice: Practice, tmp_path: Path) -> None:
    """A folder that somebody names all the same is refused: it would mean nothing."""
    found = join.look(practice.folder)
    roster = join.newest_roster(found)
    assert join.with_keys(found, roster, None) is found
    with pytest.raises(UsageError, match="in its own folder"):
        join.with_keys(found, roster, tmp_path)


def test_a_bare_machine_recovers_with_both_folders(
    apart: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recovery key opens nothing before the keys are found; then filing works there too."""
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "bare"))
    vault = recover.look(apart.folder, recover.first_roster(apart.folder))
    with pytest.raises(NotWritable, match="was not told where"):
        recover.admit_recovery(vault, apart.recovery[0])
    with pytest.raises(NotWritable):
        recover.with_keys(vault, tmp_path)
    vault = recover.with_keys(vault, keys_of(apart))
    by = recover.admit_recovery(vault, apart.recovery[0])
    with light_passphrases():
        vault = recover.recover(vault, by, Newcomer("Dr C. New", "GMC 7222222", "LAPTOP-9", "x y z"), at=NOON)
    replace(apart, vault=vault).file_decided(filed(MOLE), b"second")
    assert ([*verify(vault)], station.known_vaults()[0].keys) == ([], keys_of(apart))


# --- restored -------------------------------------------------------------------------------------------------------


def test_an_older_copy_in_its_place_is_accepted_by_name(apart: Practice) -> None:
    """Nothing is filed into it before; the record that opens no more is named, and a notice from then on."""
    own = apart.vault.here.station
    copy = _copied(apart)
    lost = apart.file_decided(filed(MOLE), b"second")
    shutil.rmtree(keys_of(apart))
    copy.rename(keys_of(apart))
    expect_named(apart.vault)
    with pytest.raises(Damaged, match=layout.reference(lost.record)):
        expect_newest(apart.vault, [(own, apart.vault.station.seen_heads()[own])])
    loss = put_back(apart.vault.station)
    assert [(one.reference, one.is_closed) for one in loss.missing] == [(layout.reference(lost.record), True)]
    vault = accept(loss, admit_administrator(loss.vault, [clinician_of(apart)]), at=NOON)
    expect_newest(vault, vault.station.seen_heads().items())
    replace(apart, vault=vault).file_decided(filed(MOLE), b"third")
    (finding,) = verify(vault)
    assert (finding.kind.value, finding.where.rpartition("/")[2]) == ("lost", f"{lost.record}.age")
    assert put_back(vault.station).is_nothing


def test_a_trail_without_records_asks_for_no_key(apart: Practice) -> None:
    """As that of a computer that has filed nothing, or not for long."""
    change_roster(apart)
    expect_newest(apart.vault, [(apart.vault.here.station, (0, ""))])


# --- founded --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", ["vault/keys", ".", "vault", "taken", "state/.."])
def test_places_that_cannot_work_are_refused(tmp_path: Path, state: Path, keys: str) -> None:
    """Inside the vault, around it, or not empty: nothing is written."""
    assert state
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"inside|not empty"):
        found_practice(tmp_path, keys=tmp_path / keys)
    assert names_below(tmp_path) == {"taken/mine"}


class DiedError(BaseException):
    """Not an error that anything would catch."""


@pytest.mark.parametrize("last", [0, 1, 3, 7])
def test_an_init_that_died_is_gone_on_with(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    """Whatever it had written of the keys: the marker, some keys, all but the roster. Elsewhere counts too."""
    assert state
    written = [0]
    real = beneath.Folder.publish

    def dying(folder: beneath.Folder, name: str, data: bytes) -> None:
        if written[0] == last:
            raise DiedError
        written[0] += 1
        real(folder, name, data)

    with monkeypatch.context() as patch:
        patch.setattr(beneath.Folder, "publish", dying)
        with pytest.raises(DiedError):
            found_practice(tmp_path, keys=tmp_path / "keys")
    before = names_below(tmp_path / "keys")
    assert bool(before) == (last > 0)
    again = found_practice(tmp_path, keys=tmp_path / ("keys" if last != 3 else "others"))
    assert [*verify(again.vault)] == []
    assert not before & names_below(tmp_path / "keys") - {"root.note"}


def test_another_vaults_keys_are_not_cleared(tmp_path: Path, state: Path) -> None:
    """A note of an unfinished init says nothing of what somebody else put there since."""
    assert state
    FoundingNote.of(tmp_path / "vault").write("a" * 32, tmp_path / "keys")
    (tmp_path / "keys" / "practice").mkdir(parents=True)
    note = SigningKey.generate("b" * 32).sign("root", "b" * 32, {"root": "keys"}, version=2)
    (tmp_path / "keys" / "root.note").write_bytes(note.encode())
    for keys in (tmp_path / "keys", tmp_path / "others"):
        if keys.name == "keys":
            with pytest.raises(UsageError, match="not empty"):
                found_practice(tmp_path, keys=keys)
        else:
            found_practice(tmp_path, keys=keys)
    assert names_below(tmp_path / "keys") == {"root.note"}
