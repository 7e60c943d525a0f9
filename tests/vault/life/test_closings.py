"""What somebody signs who was closed since counts only where a trail stated it by then.

The thief has the key of a clinician who was removed, writes into the vault's folder as they like, and names the roster
in which that clinician was open.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.errors import Damaged
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.gone import How
from imgfile.vault.roster.model import ClosedStation, Roster
from imgfile.vault.trail import chain
from kit.vault.lives import HOLD, LIFTED, Life, amended_site, as_intimate, senior_of, with_senior
from kit.vault.people import close_person, enrol_person
from kit.vault.practice import Practice, change_roster, enrol_second_station

Forge = Callable[[Life, SigningKey], object]


def _lifts_the_hold(of: Life, key: SigningKey) -> object:
    ends = tuple(each.digest for each in of.history.standing(Effect.HELD))
    return of.add(LIFTED, Effect.RELEASED, ends=ends, key=key)


def _amends(of: Life, key: SigningKey) -> object:
    return of.add(amended_site("left knee"), key=key)


def _marks(of: Life, key: SigningKey) -> object:
    return of.add(as_intimate(), Effect.INTIMATE, key=key)


def _moves_away(of: Life, key: SigningKey) -> object:
    return of.move_away(key)


FORGED: dict[str, Forge] = {
    "lifts a hold": _lifts_the_hold,
    "amends": _amends,
    "marks it": _marks,
    "moves it away": _moves_away,
}


def _without_entry(of: Life, forge: Forge, key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write as the thief does: a note, by an imgfile that enters nothing, on a computer that forgets it."""
    with monkeypatch.context() as patch:
        patch.setattr(chain, "append", lambda *_, **__: None)
        forge(of, key)
    shutil.rmtree(of.practice.vault.station.folder / "records")


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_stolen_key_states_nothing_after_its_owner_was_removed(
    practice: Practice, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody uses the record, and verify names the note; the same, entered before the removal, counts for good."""
    practice, leaver = enrol_person(practice, "Dr L. Leaver", "GMC 7222222")
    stolen, genuine = Life.begin(practice), Life.begin(practice)
    for each in (stolen, genuine):
        each.add(HOLD, Effect.HELD)
    forge(genuine, leaver.key)
    expected = genuine.history
    _without_entry(stolen, forge, leaver.key, monkeypatch)
    after = close_person(practice, leaver)
    assert life.load(after.vault, genuine.of) == expected
    with pytest.raises(Damaged, match="is signed by somebody who was closed"):
        life.load(after.vault, stolen.of)
    (found,) = (finding for finding in verify(after.vault) if finding.kind.is_damage)
    assert (found.kind, found.where.split("/")[2]) == (Kind.DAMAGED, stolen.of.record)
    assert "no audit trail up to then states it" in found.message


def _lies_kept(of: Life) -> None:
    """Move a record away under a hold that is lifted then: what it kept may be ended."""
    of.add(HOLD, Effect.HELD)
    of.move_away()
    _lifts_the_hold(of, of.founder)


@pytest.mark.parametrize("is_kept", [False, True], ids=["a record", "what a moved one kept"])
def test_two_of_whom_one_was_closed_destroy_nothing_that_no_trail_states(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, *, is_kept: bool
) -> None:
    """Whoever has the key of one who left signs what somebody else proposed long ago; what was done then counts."""
    practice = with_senior(practice)
    stolen, genuine = Life.begin(practice), Life.begin(practice)
    for each in (stolen, genuine) if is_kept else ():
        _lies_kept(each)

    def destroys(of: Life, _key: SigningKey) -> object:
        return of.end_kept() if is_kept else of.go(How.DESTROYED)

    destroys(genuine, genuine.founder)
    expected = genuine.history
    assert expected.is_destroyed
    _without_entry(stolen, destroys, stolen.founder, monkeypatch)
    after = close_person(practice, senior_of(practice))
    assert life.load(after.vault, genuine.of) == expected
    with pytest.raises(Damaged, match="is signed by somebody who was closed"):
        life.load(after.vault, stolen.of)


def test_an_entry_beyond_the_ends_of_then_states_nothing(practice: Practice) -> None:
    """The thief has a computer of the practice too: what it enters comes after the removal."""
    practice, leaver = enrol_person(practice, "Dr L. Leaver", "GMC 7222222")
    record = Life.begin(practice)
    before, late = practice.vault, close_person(practice, leaver)
    record = replace(record, practice=replace(practice, vault=before))
    record.add(amended_site("left knee"), key=leaver.key)  # it names the roster that it knew
    with pytest.raises(Damaged, match="was closed"):
        life.load(late.vault, record.of)
    assert Kind.DAMAGED in {finding.kind for finding in verify(late.vault)}


def test_what_an_administrator_accepted_by_name_counts(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a manifest of a closed computer does."""
    practice, leaver = enrol_person(practice, "Dr L. Leaver", "GMC 7222222")
    record = Life.begin(practice)
    _without_entry(record, _amends, leaver.key, monkeypatch)
    digest = record.history.additions[0].digest
    practice = close_person(practice, leaver)
    change_roster(practice, lambda newest: replace(newest, accepted=(digest,)))
    vault = practice.reopened()
    assert [each.digest for each in life.load(vault, record.of).additions] == [digest]
    assert not [finding for finding in verify(vault) if finding.kind.is_damage]


def _retired(practice: Practice, second: Vault) -> Vault:
    """Close the second computer at the end of its trail."""
    head = chain.newest_heads(practice.reopened())[second.here.station]

    def applied(newest: Roster) -> Roster:
        here = second.here
        shut = ClosedStation(here.station, here.name, here.keys, newest.number + 1, head)
        stations = tuple(one for one in newest.stations if one.station != here.station)
        return replace(newest, stations=stations, closed=replace(newest.closed, stations=(shut,)))

    change_roster(practice, applied)
    return practice.reopened()


def test_a_retired_computer_states_what_it_entered_and_nothing_else(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both computers wrote a mark of their own; the thief's came without an entry."""
    record, other = Life.begin(practice), Life.begin(practice)
    station = enrol_second_station(practice, tmp_path / "second")
    with monkeypatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        second = open_vault(station)
        theirs = replace(record, practice=replace(practice, vault=second))
        genuine = theirs.add(as_intimate(), Effect.INTIMATE)
        _without_entry(replace(other, practice=theirs.practice), _marks, station.signing_key, monkeypatch)
    vault = _retired(practice, second)
    assert life.load(vault, record.of).additions == genuine.additions
    with pytest.raises(Damaged, match="was closed"):
        life.load(vault, other.of)
    (found,) = (finding for finding in verify(vault) if finding.kind.is_damage)
    assert found.where.startswith(layout.record(other.of.folder, other.of.record))


def test_what_was_stated_before_a_trail_was_damaged_counts(practice: Practice) -> None:
    """A trail that does not hold further on hides nothing of what it states; one that does not come to it does."""
    practice, leaver = enrol_person(practice, "Dr L. Leaver", "GMC 7222222")
    record = Life.begin(practice)
    expected = record.add(amended_site("left knee"), key=leaver.key)
    with practice.vault.station.locked():
        chain.append(practice.vault, [])
    practice = close_person(practice, leaver)
    here, (number, _) = practice.vault.here.station, practice.vault.station.seen_heads()[practice.vault.here.station]
    for damaged, is_stated in ((number, True), (number - 1, False)):
        (practice.folder / layout.trail(here, damaged)).write_bytes(b"damaged")
        vault = practice.reopened()
        if is_stated:
            assert life.load(vault, record.of) == expected
            continue
        with pytest.raises(Damaged) as caught:
            life.load(vault, record.of)
        assert layout.trail(here, damaged) in caught.value.message
