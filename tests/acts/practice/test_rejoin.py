"""A retired computer joins again under a new id, and what it remembers of what it filed holds (R24, R25)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import state, station
from imgfile.acts.ingest.already_filed import FiledHere, Memory
from imgfile.acts.practice import join
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.restore.acceptance import accept
from imgfile.acts.restore.put_back import put_back
from imgfile.clinical.proofs import Digest, Verified
from imgfile.errors import Busy, Damaged, UsageError
from imgfile.notes import SigningKey
from imgfile.practice_state import retired, stored_keys
from imgfile.practice_state.stored_keys import MAX_KEYS_BEFORE
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.roster.model import ClosedStation, Roster
from imgfile.vault.trail import permissions
from kit.vault.joining import account, ask, enrolled, joined, let_in
from kit.vault.practice import NOON, OTHER_PATIENT, PHOTO, Practice, change_roster, clinician_of

SAID = {"site": "left forearm"}
DIGEST = Digest(hashlib.sha256(PHOTO).hexdigest())


def filed_here(practice: Practice, vault: Vault) -> Verified:
    """File a photo as the station of a vault, and remember it as ingest does."""
    filed = replace(practice, vault=vault).file()
    memory = Memory(vault)
    line = FiledHere(memory.photo(DIGEST), filed.patient, filed.record, (memory.said(filed.record, SAID),))
    with vault.station.locked():
        memory.remember([line])
        permissions.release(vault, [filed], at=NOON)
    return filed


def remembers(vault: Vault, filed: Verified) -> tuple[bool, bool, list[str]]:
    """Return whether the same answers are known, whether others are, and as what the photo is filed for others."""
    memory, other = Memory(vault), open_pseudonyms(vault).folder(OTHER_PATIENT)
    return (
        memory.was_said(filed.record, SAID),
        memory.was_said(filed.record, {"site": "right forearm"}),
        [each.record for each in memory.others(DIGEST, other)],
    )


def retire(practice: Practice, who: Vault) -> Roster:
    """Close a computer where its trail ends now."""
    head = who.station.seen_heads().get(who.here.station, (0, ""))
    own = who.here

    def closing(newest: Roster) -> Roster:
        closed = ClosedStation(own.station, own.name, own.keys, newest.number + 1, head)
        stations = tuple(entry for entry in newest.stations if entry.station != own.station)
        return replace(newest, stations=stations, closed=replace(newest.closed, stations=(closed,)))

    return change_roster(practice, closing)


def test_a_retired_computer_joins_again_and_remembers(practice: Practice, tmp_path: Path) -> None:
    """Its keys and memory are kept beside by the day; the new id reads what the old one wrote, and goes on."""
    theirs = tmp_path / "theirs"
    before = joined(practice, theirs)
    with account(theirs):
        filed = filed_here(practice, before)
        assert remembers(before, filed) == (True, False, [filed.record])
    number = retire(practice, before).number
    with account(theirs):
        found = join.look(practice.folder)
        pin = join.pinned(found)
        assert pin is not None
        assert join.retired_by(found, pin) == number
        secret = (Station(pin).folder / "signing.key").read_bytes()
        kept = join.leave_retired(pin, at=NOON)
        assert kept == theirs / "retired" / f"{found.vault}-2026-11-22"
        assert (kept / "signing.key").read_bytes() == secret
        assert {"pin.json", "filed", "identity.age", "memory.0"} <= {path.name for path in kept.iterdir()}
        assert station.known_vaults() == []
        again = ask(practice)
    let_in(practice, again.request)
    with account(theirs):
        after = enrolled(again)
        assert after.here.station != before.here.station
        assert remembers(after, filed) == (True, False, [filed.record])
        assert secret not in (after.station.folder / "keys.before").read_bytes()
        own = filed_here(practice, after)
        assert remembers(after, own)[:2] == (True, False)
        assert join.retired_by(found, after.station.pin) == 0


def test_what_was_set_aside_twice_in_a_day_is_kept_twice(practice: Practice, tmp_path: Path) -> None:
    """No copy takes the place of another."""
    theirs = tmp_path / "theirs"
    vault = joined(practice, theirs)
    with account(theirs):
        first = retired.set_aside(vault.station, "2026-11-22")
        station.pin(vault.station.pin)
        second = retired.set_aside(vault.station, "2026-11-22")
    assert (first.name, second.name) == (f"{vault.id}-2026-11-22", f"{vault.id}-2026-11-22.1")


def test_an_unfinished_erasure_keeps_the_state_where_it_is(practice: Practice) -> None:
    """Only that state can say which source it was; nothing is changed, and where the note lies is said."""
    here = practice.vault.station
    with here.locked():
        here.write({"source": "a photo"})
    with pytest.raises(UsageError, match="before it had finished an erasure") as refused:
        retired.set_aside(here, "2026-11-22")
    assert refused.value.hint is not None
    assert str(here.folder / "pending") in refused.value.hint
    assert station.known_vaults() == [here.pin]
    assert not (state.state_folder() / "retired").exists()


def test_a_state_that_is_in_use_or_cannot_be_read_stays(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another imgfile of this account waits for nobody here; a file that cannot be copied keeps the pin."""
    here = practice.vault.station
    with monkeypatch.context() as patch:
        patch.setattr(state, "LOCK_TIMEOUT_SECONDS", 0)
        with here.locked(), pytest.raises(Busy):
            retired.set_aside(Station(here.pin), "2026-11-22")
    (here.folder / "filed").symlink_to(here.folder / "filed-target")
    (here.folder / "filed-target").mkdir()
    real = Path.read_bytes

    def failing(path: Path) -> bytes:
        if path.name == "station.txt":
            raise OSError(5, "Input/output error")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", failing)
    with pytest.raises(Damaged, match=r"station\.txt cannot be read: Input/output error"):
        retired.set_aside(here, "2026-11-22")
    assert (here.folder / "pin.json").exists()


def test_what_was_filed_here_is_remembered_after_the_trail_was_lost(practice: Practice) -> None:
    """Accepting the loss gives this computer another id, and its memory goes on with it."""
    before = practice.vault
    filed = filed_here(practice, before)
    here = before.here.station
    (practice.folder / layout.trail(here, 1)).unlink()
    for path in (before.station.folder / "kept" / "trail").iterdir():
        path.unlink()
    loss = put_back(before.station)
    assert loss.short.keys() == {here}
    after = accept(loss, admit_administrator(loss.vault, [clinician_of(practice)]), at=NOON)
    assert after.here.station != here
    assert Memory(after).was_said(filed.record, SAID)
    assert [each.record for each in Memory(after).others(DIGEST, open_pseudonyms(after).folder(OTHER_PATIENT))] == [
        filed.record
    ]


def test_keys_of_before_are_kept_only_for_what_they_read(practice: Practice) -> None:
    """Of many askings no more are kept than could be needed, and damage there loses no more than the memory."""
    here, vault = practice.vault.station, practice.vault.id
    purpose = station.FILED_PURPOSE
    own = here.derived_keys(purpose)
    assert len(own) == 1
    identity = here.identity
    stored_keys.store_keys(vault, SigningKey.generate(here.pin.station), identity)
    assert not (here.folder / "keys.before").exists()
    (here.folder / "filed").write_bytes(b"")
    stored_keys.store_keys(vault, SigningKey(here.pin.station, Station(here.pin).signing_key.secret), identity)
    assert not (here.folder / "keys.before").exists()
    for _ in range(MAX_KEYS_BEFORE + 3):
        last = Station(here.pin).derived_keys(purpose)[0]
        stored_keys.store_keys(vault, SigningKey.generate(here.pin.station), identity)
    keys = Station(here.pin).derived_keys(purpose)
    assert (len(keys), keys[1]) == (MAX_KEYS_BEFORE + 1, last)
    assert len(Station(here.pin).derived_keys(station.MAILS_PURPOSE)) == 1
    for damaged in (b"{", b"[]", b'{"imgfile/filed-here/v1":["xy"]}', b'{"imgfile/filed-here/v1":1}'):
        (here.folder / "keys.before").write_bytes(damaged)
        assert len(Station(here.pin).derived_keys(purpose)) == 1
