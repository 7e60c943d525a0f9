"""After an older backup was restored: what is known is put back, what is lost is accepted, and filing goes on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from imgfile import kept_notes as kept
from imgfile.acts.practice.administrator import Administrator, admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove, renew_recovery, retire
from imgfile.acts.restore.acceptance import accept
from imgfile.acts.restore.put_back import Loss, put_back
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life.addition import Effect
from imgfile.vault.roster.chain import ROLLBACK_HINT
from imgfile.vault.roster.model import Roster
from imgfile.vault.store.directory import Store
from imgfile.vault.trail import chain
from imgfile.vault.trail.chain import append, newest_heads
from kit.vault.filings import MOLE, filed
from kit.vault.inbox import put
from kit.vault.lives import NOTE, WITHDRAWN, Life
from kit.vault.people import enrol_person
from kit.vault.practice import (
    NOON,
    Practice,
    change_roster,
    clinician_of,
    enrol_second_station,
    of_format_1,
    resigned,
)


def backup_of(practice: Practice) -> Path:
    """Copy a vault aside."""
    copy = practice.folder.with_name("backup")
    shutil.copytree(practice.folder, copy)
    return copy


def restored(practice: Practice, copy: Path) -> Loss:
    """Put a backup in the vault's place; see that nothing is filed there; put back what this computer keeps."""
    shutil.rmtree(practice.folder)
    shutil.copytree(copy, practice.folder)
    with pytest.raises(Damaged, match=r"saw before|is missing"):
        newest_heads(practice.reopened())
    return put_back(practice.vault.station)


def administrator(loss: Loss, practice: Practice) -> Administrator:
    """Admit the founder to what is there then."""
    return admit_administrator(loss.vault, [clinician_of(practice)])


def test_what_this_computer_wrote_is_put_back(practice: Practice) -> None:
    """Rosters and its own trail; the record that the backup lacks is named, since its source may be erased."""
    practice.file_decided(filed(MOLE), b"before")
    copy = backup_of(practice)
    lost = practice.file_decided(filed(MOLE), b"after")
    change_roster(practice)
    practice = replace(practice, vault=practice.reopened())
    loss = restored(practice, copy)
    assert loss.put_back == (layout.roster(2), layout.trail(practice.vault.here.station, 2))
    assert ([one.reference for one in loss.missing], loss.short) == ([layout.reference(lost.record)], {})
    vault = accept(loss, administrator(loss, practice), at=NOON)
    replace(practice, vault=vault).file_decided(filed(MOLE), b"again")
    (found,) = verify(vault)
    assert (found.kind, found.kind.weight.value, found.where) == ("lost", "notice", lost.record)
    assert put_back(vault.station).is_nothing


def test_what_another_computer_stated_and_this_one_saw_is_put_back(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A withdrawal that a restore undid: whoever read the record keeps its note."""
    station = enrol_second_station(practice, tmp_path / "second")
    record = Life.begin(replace(practice, vault=practice.reopened()))
    copy = backup_of(practice)
    with monkeypatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        theirs = replace(record, practice=replace(practice, vault=open_vault(station)))
        (stop,) = theirs.add(WITHDRAWN, Effect.USE_STOPPED).additions
    record.add(NOTE)
    assert stop.note in restored(record.practice, copy).put_back


def test_where_everything_comes_back_nothing_is_accepted(practice: Practice) -> None:
    """The same rosters and trails as before: no identity is needed."""
    practice.file_decided(filed(MOLE))
    copy = backup_of(practice)
    change_roster(practice)
    loss = restored(replace(practice, vault=practice.reopened()), copy)
    assert (loss.is_nothing, loss.put_back) == (True, (layout.roster(2),))
    assert [*verify(accept(loss, None, at=NOON))] == []


def test_a_removal_that_the_restore_undid_counts_again(practice: Practice) -> None:
    """With its roster. The files of its generation are lost, so another one is made; the leaver opens nothing of it."""
    practice, locum = enrol_person(practice, "Dr L. Locum", "GMC 7222222")
    practice.file_decided(filed(MOLE), b"before")
    copy = backup_of(practice)
    who = next(one for one in practice.vault.roster.people if one.name == "Dr L. Locum")
    by = admit_administrator(practice.vault, [clinician_of(practice)])
    practice = replace(practice, vault=remove(practice.vault, by, Leaver(who), at=NOON))
    loss = restored(practice, copy)
    assert loss.has_lost_key
    vault = accept(loss, administrator(loss, practice), at=NOON)
    assert [one.name for one in vault.roster.people] == ["Dr A. Example"]
    after = replace(practice, vault=vault)
    after.file_decided(filed(MOLE), b"after")
    assert {one.kind for one in verify(vault)} == {"lost"}
    held, _ = open_practice(vault, [locum.identity])
    assert vault.roster.generation.number not in held.by_generation
    assert [*verify_openings(vault, open_practice(vault, after.recovery)[0])] == []


def test_keys_that_came_after_the_backup_are_accepted_with_the_rest(practice: Practice, tmp_path: Path) -> None:
    """A person's and a new recovery key's: verify would call what nobody can bring back damaged for ever."""
    copy = backup_of(practice)
    practice, locum = enrol_person(practice, "Dr L. Locum", "GMC 7222222")
    by = admit_administrator(practice.vault, [clinician_of(practice)])
    renewed = renew_recovery(practice.vault, by, tmp_path / "recovery-2.txt", at=NOON)
    practice = replace(practice, vault=renewed)
    loss = restored(practice, copy)
    (holder,) = (one.holder for person in loss.vault.roster.people[1:] for one in person.credentials)
    lost = {layout.signer_key(holder), layout.signer_key(loss.vault.roster.recovery.holder)}
    assert lost <= loss.lost_files.keys()
    vault = accept(loss, administrator(loss, practice), at=NOON)
    assert {one.kind for one in verify(vault)} == {"lost"}
    assert put_back(vault.station).is_nothing
    assert vault.roster.generation.number in open_practice(vault, [locum.identity])[0].by_generation


def test_a_computer_whose_key_was_accepted_as_lost_waits_for_no_backup(practice: Practice, tmp_path: Path) -> None:
    """It joined after the backup was made. Before the acceptance a backup may have its key; then it joins anew."""
    copy = backup_of(practice)
    second = enrol_second_station(practice, tmp_path / "second")
    practice = replace(practice, vault=practice.reopened())
    loss = restored(practice, copy)
    for vault, way in (
        (loss.vault, "from a backup"),
        (accept(loss, administrator(loss, practice), at=NOON), f"imgfile station retire {second.pin.station[:8]}"),
    ):
        with pytest.MonkeyPatch.context() as at_second:
            at_second.setenv("IMGFILE_STATE", str(tmp_path / "second"))
            with pytest.raises(Damaged) as caught:
                open_pseudonyms(replace(vault, station=second))
        assert way in caught.value.hint


def test_a_trail_that_stays_short_is_closed_and_this_computer_goes_on_anew(practice: Practice) -> None:
    """Under another id; what it filed before the backup stays valid."""
    practice.file_decided(filed(MOLE), b"before")
    copy = backup_of(practice)
    practice.file_decided(filed(MOLE), b"after")
    station = practice.vault.station
    shutil.rmtree(station.folder / "kept")
    loss = restored(practice, copy)
    old = station.pin.station
    assert loss.short == {old: ((1, loss.short[old][0][1]), (2, loss.short[old][1][1]))}
    vault = accept(loss, administrator(loss, practice), at=NOON)
    assert vault.roster.closed_station(old) is not None
    assert vault.here.station != old
    replace(practice, vault=vault).file_decided(filed(MOLE), b"again")
    assert [*verify(vault)] == []


def test_what_a_closed_station_states_beyond_its_end_is_not_lost(practice: Practice, tmp_path: Path) -> None:
    """Whoever kept its keys could have a manifest to come accepted by its digest, and plant it then."""
    second = enrol_second_station(practice, tmp_path / "second")
    practice = replace(practice, vault=practice.reopened())
    entry = practice.vault.roster.station(second.pin.station)
    assert entry is not None
    by = admit_administrator(practice.vault, [clinician_of(practice)])
    vault = retire(practice.vault, by, entry, at=NOON)
    body = {"number": 1, "previous": "", "heads": {}, "roster": list(vault.roster.seen)}
    stated = {"act": "filed", "at": "2026-11-22T12:00:00Z", "patient": "1" * 32, "record": "2" * 32}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        key = second.signing_key
    note = key.sign("audit", vault.id, {**body, "entries": [{**stated, "manifest": "3" * 64}]}, version=2)
    vault.store.publish(layout.trail(second.pin.station, 1), note.encode())
    loss = put_back(vault.station)
    assert loss.is_nothing
    assert loss.ends[second.pin.station] == (0, "")


def test_a_computer_that_was_closed_meanwhile_puts_back_nothing_beyond_its_end(
    practice: Practice, tmp_path: Path
) -> None:
    """An administrator accepted its trail short; a note put back behind that would be called damage for ever."""
    second = enrol_second_station(practice, tmp_path / "second")
    practice = replace(practice, vault=practice.reopened())
    copy = backup_of(practice)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        append(open_vault(second), [{"act": "tried"}])
    append(practice.reopened(), [{"act": "tried"}])
    loss = restored(practice, copy)
    assert loss.short.keys() == {second.pin.station}
    vault = accept(loss, administrator(loss, practice), at=NOON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        there = put_back(second)
    assert (there.put_back, there.is_nothing) == ((), True)
    assert not vault.store.exists(layout.trail(second.pin.station, 1))
    assert {(one.kind, one.where) for one in verify(vault)} == {("lost", f"audit/{second.pin.station}")}


def test_a_cut_trail_that_nobody_accepted_stays_damage(practice: Practice, tmp_path: Path) -> None:
    """Whether its computer was retired at what is left of it, or is open."""
    second = enrol_second_station(practice, tmp_path / "second")
    practice = replace(practice, vault=practice.reopened())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        append(open_vault(second), [{"act": "tried"}])
    append(practice.reopened(), [{"act": "tried"}])  # its heads name the note that is cut off now
    vault = practice.reopened()
    (vault.store.root / layout.trail(second.pin.station, 1)).unlink()
    assert "cut" in {one.kind for one in verify(vault)}


def test_a_copy_that_went_on_by_itself_is_refused(practice: Practice) -> None:
    """Whatever anybody accepts: two notes of one number cannot both be."""
    copy = backup_of(practice)
    practice.file_decided(filed(MOLE), b"here")
    change_roster(practice)
    practice = replace(practice, vault=practice.reopened())
    shutil.rmtree(practice.folder)
    shutil.copytree(copy, practice.folder)
    change_roster(practice, lambda newest: replace(newest, people=(replace(newest.people[0], attester="doctor"),)))
    with pytest.raises(Damaged, match="went on by itself"):
        put_back(practice.vault.station)


def test_a_forged_line_of_rosters_is_named_and_goes_when_its_files_do(practice: Practice) -> None:
    """Its files are named, from the first that is not the one seen here; without them, what was seen is put back."""
    copy = backup_of(practice)
    change_roster(practice)
    practice = replace(practice, vault=practice.reopened())
    genuine = (practice.folder / layout.roster(2)).read_bytes()
    shutil.rmtree(practice.folder)
    shutil.copytree(copy, practice.folder)
    for attester in ("doctor", "nurse", "doctor", "nurse", "doctor", "nurse", "doctor"):
        change_roster(practice, partial(_as, attester))
    with pytest.raises(Damaged, match="went on by itself") as caught:
        put_back(practice.vault.station)
    names = ", ".join(map(layout.roster, range(2, 7)))
    assert f"not the rosters that this computer saw: {names} and 2 later ones. Ask the other" in caught.value.hint
    assert "take these files out of the folder first" in caught.value.hint
    for number in range(2, 9):
        (practice.folder / layout.roster(number)).unlink()
    loss = put_back(practice.vault.station)
    assert (loss.is_nothing, loss.put_back) == (True, (layout.roster(2),))
    assert (practice.folder / layout.roster(2)).read_bytes() == genuine


def _as(attester: str, roster: Roster) -> Roster:
    return replace(roster, people=(replace(roster.people[0], attester=attester),))


def test_a_roster_that_only_another_computer_keeps_is_waited_for(practice: Practice) -> None:
    """This one has seen it and lost its copy."""
    copy = backup_of(practice)
    change_roster(practice)
    practice = replace(practice, vault=practice.reopened())
    shutil.rmtree(practice.vault.station.folder / "kept")
    shutil.rmtree(practice.folder)
    shutil.copytree(copy, practice.folder)
    with pytest.raises(Damaged, match="roster 2 is missing") as caught:
        put_back(practice.vault.station)
    assert "other computers" in caught.value.hint


def test_a_lost_memory_needs_approval(practice: Practice) -> None:
    """Both slots gone: what the vault holds now is taken for the newest once an administrator says so."""
    practice.file_decided(filed(MOLE), b"before")
    station = practice.vault.station
    for slot in ("memory.0", "memory.1"):
        (station.folder / slot).write_bytes(b"gone")
    with pytest.raises(Damaged, match="lost its memory"):
        station.require_memory()
    loss = put_back(station)
    assert loss.has_lost_memory
    assert not loss.is_nothing
    vault = accept(loss, administrator(loss, practice), at=NOON)
    replace(practice, vault=vault).file_decided(filed(MOLE), b"again")
    assert [*verify(vault)] == []


def test_copies_of_notes_prove_nothing_and_are_bounded(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed one is refused; of the own trail the newest are kept."""
    monkeypatch.setattr(kept, "MAX_TRAIL_NOTES", 2)
    for number in range(4):
        practice.file_decided(filed(MOLE), b"photo %d" % number)
    station = practice.vault.station
    assert [bool(kept.kept_trail(station, number)) for number in range(1, 5)] == [False, False, True, True]
    copy = backup_of(practice)
    practice.file_decided(filed(MOLE), b"after")
    path = station.folder / "kept" / "trail" / "5.note"
    path.write_bytes(path.read_bytes().replace(b'"filed"', b'"filer"'))
    shutil.rmtree(practice.folder)
    shutil.copytree(copy, practice.folder)
    with pytest.raises(Damaged, match="valid signatures"):
        put_back(station)
    assert open_vault(station).roster.number == 1


def lost_after(practice: Practice, copy: Path) -> Practice:
    """Put a backup in the vault's place, and go on with what this computer keeps."""
    shutil.rmtree(practice.folder)
    shutil.copytree(copy, practice.folder)
    return practice


def test_where_no_copy_of_a_roster_says_which_is_foreign_none_is_named(practice: Practice) -> None:
    """Nobody is told to take a file out that may be the true one."""
    copy = backup_of(practice)
    change_roster(practice)
    practice = lost_after(replace(practice, vault=practice.reopened()), copy)
    shutil.rmtree(practice.vault.station.folder / "kept")
    change_roster(practice, partial(_as, "doctor"))
    before = sorted(practice.folder.rglob("*"))
    with pytest.raises(Damaged, match="went on by itself") as caught:
        put_back(practice.vault.station)
    assert caught.value.hint == ROLLBACK_HINT
    assert sorted(practice.folder.rglob("*")) == before


def test_a_kept_roster_that_is_another_than_the_one_seen_is_not_taken_for_it(practice: Practice) -> None:
    """However well it follows and is signed."""
    copy = backup_of(practice)
    other = chain_of_another(practice, copy)
    change_roster(practice)
    practice = lost_after(replace(practice, vault=practice.reopened()), copy)
    kept.keep_roster(practice.vault.station, 2, other)
    with pytest.raises(Damaged, match="went on by itself"):
        put_back(practice.vault.station)


def chain_of_another(practice: Practice, copy: Path) -> bytes:
    """Return a roster 2 that was made over another copy, which is the vault's no more."""
    change_roster(practice, partial(_as, "doctor"))
    made = (practice.folder / layout.roster(2)).read_bytes()
    lost_after(practice, copy)
    return made


def test_a_kept_note_of_the_trail_that_does_not_follow_is_not_put_back(practice: Practice) -> None:
    """Signed here, but of another place: what lies there already goes another way."""
    practice.file_decided(filed(MOLE), b"before")
    copy = backup_of(practice)
    practice.file_decided(filed(MOLE), b"after")
    station = practice.vault.station
    kept.keep_trail(station, 2, kept.kept_trail(station, 1))
    before = sorted(lost_after(practice, copy).folder.rglob("*"))
    with pytest.raises(Damaged, match="went on by itself"):
        put_back(station)
    assert sorted(practice.folder.rglob("*")) == before


def test_a_trail_that_was_changed_behind_this_computers_back_is_refused(practice: Practice) -> None:
    """A note that does not follow the one before it, or is another than the one seen here."""
    for number in range(2):
        practice.file_decided(filed(MOLE), b"photo %d" % number)
    vault = practice.vault
    names = [layout.trail(vault.here.station, number) for number in (1, 2)]
    kept_before = {name: vault.store.read(name) for name in names}
    refused = {
        f"{names[1]} does not follow the note before it": (names[1], {"previous": "0" * 64}),
        "the vault went on by itself": (names[1], {"entries": []}),
    }
    for words, (name, change) in refused.items():
        resigned(practice, "audit", name, lambda body, change=change: {**body, **change})  # type: ignore[misc]
        with pytest.raises(Damaged, match=words):
            put_back(vault.station)
        (practice.folder / name).write_bytes(kept_before[name])
    assert put_back(vault.station).is_nothing


def test_a_name_that_somebody_else_has_is_not_written_over(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A share that shows it late, or another note of that name: it stays as it is."""
    copy = backup_of(practice)
    change_roster(practice)
    practice = lost_after(replace(practice, vault=practice.reopened()), copy)
    monkeypatch.setattr(Store, "claim", lambda *_: False)
    with pytest.raises(Damaged, match=r"^roster/2\.note is there, and does not show yet\.$") as caught:
        put_back(practice.vault.station)
    assert "A share can take a minute" in caught.value.hint

    def claim(store: Store, name: str, _note: bytes) -> bool:
        (store.root / name).write_bytes(b"theirs")
        return False

    monkeypatch.setattr(Store, "claim", claim)
    with pytest.raises(Damaged, match="went on by itself"):
        put_back(practice.vault.station)
    assert (practice.folder / layout.roster(2)).read_bytes() == b"theirs"


def test_what_cannot_be_read_is_verifys_to_judge_and_not_lost(practice: Practice) -> None:
    """A manifest, or an item's note, that is damaged: nobody accepts by name what is there."""
    item = put(practice)
    done = practice.file_decided(filed(MOLE), b"photo")
    chain.append(practice.vault, [{"act": "filed", "patient": "x", "record": done.record, "manifest": "0" * 64}])
    things = practice.folder / layout.THING_KEYS
    for name in (
        f"{layout.record(done.patient, done.record)}/manifest.note",
        f"{layout.item(item.item)}/manifest.note",
    ):
        (practice.folder / name).write_bytes(b"damaged")
    shutil.rmtree(things)
    assert put_back(practice.vault.station).missing == ()


@of_format_1
def test_a_record_of_format_1_has_no_key_of_its_own_to_lose(practice: Practice) -> None:
    """It opens with its patient's."""
    practice.file_decided(filed(MOLE), b"photo")
    assert put_back(practice.vault.station).is_nothing
