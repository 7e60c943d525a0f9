"""What a station keeps beside its memory: its keys, aside or in place, and what was written under earlier ones."""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import canonical_json, state, station
from imgfile.errors import Damaged, NotWritable, typed_folder
from imgfile.files import TEMPORARY_PREFIX
from imgfile.notes import SECRET_BYTES, SigningKey
from imgfile.practice_state import stored_keys
from imgfile.practice_state.founding import FoundingNote
from imgfile.state import Pin
from imgfile.station import FILED_PURPOSE, MAILS_PURPOSE, Station

VAULT = "5" * 32
NAME = "a" * 32
FIRST, SECOND, THIRD = (SigningKey(NAME, bytes([number]) * SECRET_BYTES) for number in range(3))
TRUSTED = Pin(VAULT, Path("/vault"), "0" * 64, 1, "0" * 64, station=NAME)


@pytest.fixture
def here(state: Path) -> Station:
    """Give a computer that signs with the first key."""
    assert not state.exists()
    stored_keys.store_keys(VAULT, FIRST, b"identity")
    return station.pin(TRUSTED)


def of(key: SigningKey, purpose: bytes) -> bytes:
    """Return the key that is derived from a signing key."""
    return hmac.digest(key.secret, purpose, "sha256")


# --- keys, in place and aside ---------------------------------------------------------------------------------


def test_keys_that_lie_aside_count_for_nothing_until_they_take_their_place(here: Station) -> None:
    """They are read from where they are asked for alone; forgetting them, twice, leaves those that count."""
    assert stored_keys.kept_keys(VAULT, is_aside=True) is None
    stored_keys.store_keys(VAULT, SECOND, b"new identity", is_aside=True)
    assert stored_keys.kept_keys(VAULT, is_aside=True) == (SECOND.secret, b"new identity")
    assert stored_keys.kept_keys(VAULT) == (FIRST.secret, b"identity")
    assert Station(here.pin).signing_key.public == FIRST.public
    for _ in range(2):
        stored_keys.drop_keys_aside(VAULT)
        assert stored_keys.kept_keys(VAULT, is_aside=True) is None
    assert (stored_keys.kept_keys(VAULT), here.identity) == ((FIRST.secret, b"identity"), b"identity")


@pytest.mark.parametrize("left", [None, b"", b"*", b"\xff\0"])
@pytest.mark.parametrize("name", ["signing.key", "station.txt"])
def test_keys_that_are_not_whole_are_none(here: Station, name: str, left: bytes | None) -> None:
    """As a power cut or a hand may leave them; of the identity, any text is one to whoever reads it."""
    path = here.folder / name
    path.unlink()
    if left is not None:
        path.write_bytes(left)
    is_whole = name == "station.txt" and bool(left)
    assert stored_keys.kept_keys(VAULT) == ((FIRST.secret, left) if is_whole else None)


@pytest.mark.parametrize("left", [None, b"", b"*", base64.b64encode(bytes(63)), base64.b64encode(bytes(65))])
def test_a_signing_key_that_is_no_key_is_told_as_that(here: Station, left: bytes | None) -> None:
    """However it was cut: that no record is affected, and where the state lies."""
    path = here.folder / "signing.key"
    path.unlink()
    if left is not None:
        path.write_bytes(left)
    with pytest.raises(Damaged, match=r"^this computer's own signing key is missing or damaged\.$") as caught:
        assert Station(here.pin).signing_key
    assert caught.value.hint == f"No record is affected. Restore {state.state_folder()} from a backup."


# --- what was written under earlier keys ----------------------------------------------------------------------


def test_what_is_remembered_stays_readable_under_keys_that_follow(here: Station) -> None:
    """Of what there is alone, newest first; storing the same keys again changes nothing, nor do keys aside."""
    here.add_filed([b"line"])
    stored_keys.store_keys(VAULT, FIRST, b"identity")
    stored_keys.store_keys(VAULT, SECOND, b"identity", is_aside=True)
    assert not (here.folder / "keys.before").exists()
    for key in (SECOND, THIRD):
        stored_keys.store_keys(VAULT, key, b"identity")
    assert Station(here.pin).derived_keys(FILED_PURPOSE) == [of(key, FILED_PURPOSE) for key in (THIRD, SECOND, FIRST)]
    assert Station(here.pin).derived_keys(MAILS_PURPOSE) == [of(THIRD, MAILS_PURPOSE)]
    stored_keys.store_keys(VAULT, SECOND, b"identity")  # back again: no key stands twice behind the newest
    keys = Station(here.pin).derived_keys(FILED_PURPOSE)
    assert keys == [of(key, FILED_PURPOSE) for key in (SECOND, THIRD, SECOND, FIRST)]


def test_keys_that_nothing_was_written_under_leave_nothing(here: Station) -> None:
    """No file of keys is made for a computer that remembered nothing."""
    stored_keys.store_keys(VAULT, SECOND, b"identity")
    assert not (here.folder / "keys.before").exists()
    assert Station(here.pin).derived_keys(FILED_PURPOSE) == [of(SECOND, FILED_PURPOSE)]


@pytest.mark.parametrize(
    "left",
    [
        b"",
        b"{",
        b"[]",
        b'{"imgfile/filed-here/v1":3}',
        b'{"imgfile/filed-here/v1":["xy"]}',
        b'{"imgfile/filed-here/v1":[3]}',
    ],
)
def test_damaged_keys_of_before_read_nothing_and_stop_nothing(here: Station, left: bytes) -> None:
    """What was written under them is forgotten; filing goes on."""
    (here.folder / "keys.before").write_bytes(left)
    assert here.derived_keys(FILED_PURPOSE) == [of(FIRST, FILED_PURPOSE)]


# --- what was filed here --------------------------------------------------------------------------------------


def test_lines_about_what_was_filed_are_added_read_and_replaced(here: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """A torn last one stands alone; of a file beyond the bound the newest are read."""
    assert here.filed_lines() == []
    here.add_filed([b"one", b"two"])
    path = here.folder / "filed"
    path.write_bytes(path.read_bytes() + b"\nto")
    here.add_filed([b"three"])
    assert here.filed_lines() == [b"one", b"two", b"to", b"three"]
    monkeypatch.setattr(station, "MAX_FILED_BYTES", len(b"three\n"))
    assert here.filed_lines() == [b"three"]
    here.replace_filed([b"two"])
    assert here.filed_lines() == [b"two"]
    here.replace_filed([])
    assert here.filed_lines() == []


def test_lines_that_cannot_be_read_are_not_taken_for_none(here: Station) -> None:
    """Else a photo would be filed twice."""
    (here.folder / "filed").mkdir()
    with pytest.raises(Damaged, match=r"^this computer's own memory of what was filed here is missing or damaged\.$"):
        here.filed_lines()


def test_whether_photos_were_set_aside_is_known_without_a_key(here: Station) -> None:
    """Of this vault, and of any."""
    assert (here.has_set_aside, station.has_set_aside()) == (False, False)
    (here.folder / "aside").touch()
    assert (here.has_set_aside, station.has_set_aside()) == (True, True)
    other = Station(replace(here.pin, vault="6" * 32))
    assert (other.has_set_aside, station.has_set_aside()) == (False, True)


def test_an_identity_that_was_joined_anew_is_known(here: Station) -> None:
    """By the one that it replaced, which lies beside it."""
    assert not here.has_other_identity
    (here.folder / "identity.old.age").touch()
    assert here.has_other_identity


# --- where the vault lies -------------------------------------------------------------------------------------


def test_a_folder_that_moved_is_followed_and_nothing_else_changes(here: Station, tmp_path: Path) -> None:
    """The vault's and the keys' own, each from now on; what is remembered stays."""
    before = here.memory
    moved = here.follow(tmp_path / "new").follow_keys(tmp_path / "keys")
    assert moved.pin == replace(here.pin, folder=tmp_path / "new", keys=tmp_path / "keys")
    (known,) = station.known_vaults()
    assert (known, Station(known).memory) == (moved.pin, before)


def test_a_station_without_keys_remembers_rosters_in_its_pin(state: Path) -> None:
    """It only reads, and has nothing to sign a memory with; nor does it ever take a roster back."""
    assert not state.exists()
    reads = station.pin(replace(TRUSTED, station=""))
    reads.raise_pin(3, "3" * 64)
    reads.raise_pin(2, "2" * 64)
    (known,) = station.known_vaults()
    assert (known.highest, known.highest_digest) == (3, "3" * 64)
    assert not (reads.folder / "memory.0").exists()
    moved = reads.follow(Path("/elsewhere"))
    assert station.known_vaults() == [replace(known, folder=Path("/elsewhere"))]
    assert not Station(moved.pin).has_lost_memory


def test_a_folder_with_a_space_is_typed_in_quotes() -> None:
    """As a shell would take it for one."""
    assert typed_folder(Path("/practice/photos")) == "/practice/photos"
    assert typed_folder(Path("/our practice/photos")) == '"/our practice/photos"'


# --- what cannot be looked at ---------------------------------------------------------------------------------


def test_a_lock_that_cannot_be_had_is_said_with_its_place(here: Station) -> None:
    """Not that somebody else is filing: waiting would not help."""
    (here.folder / "lock").mkdir()
    with pytest.raises(NotWritable, match="/lock cannot be had: Is a directory") as caught:
        here.locked().__enter__()
    assert caught.value.hint == "Check this disk."


@pytest.mark.parametrize("left", [b"", b"{", b"[]", None])
def test_a_pin_that_cannot_be_read_is_not_taken_for_none(here: Station, left: bytes | None) -> None:
    """Else a memory that was lost would pass for one that never began. Without any, nothing is trusted yet."""
    path = here.folder / "pin.json"
    path.unlink()
    assert not here.has_lost_memory
    path.mkdir() if left is None else path.write_bytes(left)
    with pytest.raises(Damaged, match=r"^this computer's own pin is missing or damaged\.$"):
        assert here.has_lost_memory


def test_a_state_that_cannot_be_looked_into_is_said(state: Path) -> None:
    """No vault is a different answer; where it is a file, there is none."""
    state.mkdir()
    folder = state / "vaults"
    folder.touch()
    assert station.known_vaults() == []
    folder.unlink()
    folder.symlink_to(folder)
    with pytest.raises(Damaged, match=r"^this computer's own state is missing or damaged\.$"):
        station.known_vaults()


def test_a_note_that_cannot_be_removed_leaves_the_next_run_to_do_so(here: Station) -> None:
    """What a run that died while writing one left is no erasure, and stops none."""
    folder = here.folder / "pending"
    (folder / f"{TEMPORARY_PREFIX}stays").mkdir(parents=True)
    (folder / f"{TEMPORARY_PREFIX}goes").touch()
    (folder / "other").touch()
    assert (here.pending(), here.has_pending) == ([], False)
    assert sorted(path.name for path in folder.iterdir()) == [f"{TEMPORARY_PREFIX}stays", "other"]


def test_what_a_run_began_is_read_or_said_never_taken_for_absent(tmp_path: Path) -> None:
    """Of what only saves time, what cannot be read is none."""
    path = tmp_path / "begun"
    assert (state.read_begun(path, 3), state.read_kept(path, 3)) == (b"", b"")
    path.write_bytes(b"begun")
    assert (state.read_begun(path, 3), state.read_kept(path, 3)) == (b"beg", b"beg")
    path.unlink()
    path.mkdir()
    assert state.read_kept(path, 3) == b""
    with pytest.raises(NotWritable, match="/begun cannot be read: Is a directory") as caught:
        state.read_begun(path, 3)
    assert "run the same command again: it goes on from there" in caught.value.hint


@pytest.mark.parametrize("facts", [b"{", b"{}", canonical_json.encode({"keys": 3, "vault": VAULT}), None])
def test_a_founding_note_that_is_damaged_is_told_as_that(state: Path, facts: bytes | None) -> None:
    """Were it taken for none, an init that is not finished would be somebody else's vault."""
    note = FoundingNote.of(state)
    assert (note.vault(), note.keys()) == (None, None)
    note.write(VAULT)
    assert (note.vault(), note.keys()) == (VAULT, None)
    note.write(VAULT, Path("/keys"))
    assert (note.vault(), note.keys()) == (VAULT, Path("/keys"))
    note.drop()
    note.path.mkdir() if facts is None else note.path.write_bytes(facts)
    with pytest.raises(Damaged, match=r"^this computer's own note of an unfinished init is missing or damaged\.$"):
        note.keys()
