"""The store: what is not there, what cannot be read, and what is not ours."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from imgfile import beneath
from imgfile.errors import Damaged, NotWritable
from imgfile.notes import MAX_NOTE_BYTES
from imgfile.vault.records import find as records
from imgfile.vault.store import keys_root, patience
from imgfile.vault.store.directory import MAX_OBJECT_BYTES, MAX_SMALL_BYTES, KeysRoot, Store
from kit.vault.erasure import refusing
from kit.vault.power import watched_power
from kit.vault.practice import Practice


def test_the_store_names_what_is_wrong(practice: Practice) -> None:
    """Missing, unreadable, too long and unsyncable objects are distinguished, by their name in the vault."""
    store = practice.vault.store
    with pytest.raises(Damaged, match="nowhere is missing"):
        store.read("nowhere")
    with pytest.raises(Damaged, match="nowhere is missing"):
        store.read_back("nowhere")
    with pytest.raises(Damaged, match="keys in the vault is no file that imgfile wrote: it is a folder"):
        store.read("keys")
    with pytest.raises(Damaged, match=r"roster/1\.note in the vault is no folder"):
        list(store.names("roster/1.note"))
    with pytest.raises(Damaged, match="cannot be read"):
        list(store.names("n" * 999))
    assert list(store.names("nowhere")) == list(store.unfinished("nowhere")) == []
    with pytest.raises(NotWritable, match="nowhere"):
        store.sync("nowhere")
    with (practice.folder / "huge").open("wb") as stream:
        stream.truncate(MAX_OBJECT_BYTES + 1)
    with pytest.raises(Damaged, match="File too large"):
        store.read("huge")


def test_a_share_that_fails_for_a_moment_is_not_an_empty_one(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a photo would be filed twice, and a trail begun anew."""
    filed = practice.file()
    assert records.is_published(practice.vault, filed.patient, filed.record)
    monkeypatch.setattr(beneath, "os", refusing("lstat", errno.ESTALE))
    with pytest.raises(Damaged, match=r"cannot be read: Stale"):
        records.is_published(practice.vault, filed.patient, filed.record)


def test_many_names_are_looked_for_at_once(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each as by itself: what is missing is not there, nor an empty file, and what cannot be known names itself."""
    store = practice.vault.store
    for name in ("a/b/1.note", "a/b/3.note", "a/c/1.note", "a/d"):
        store.publish(name, b"one")
    (practice.folder / "a/b/2.note").touch()
    names = ["b/1.note", "b/2.note", "b/3.note", "c/1.note", "c/2.note", "none/1.note", "d", "d/1.note"]
    there = {"b/1.note", "b/3.note", "c/1.note", "d"}
    assert store.standing("a", names) == there == {name for name in names if store.exists(f"a/{name}")}
    assert store.standing("nowhere", names) == set()
    monkeypatch.setattr(beneath, "_HAS_DESCRIPTORS", False)
    assert store.standing("a", names) == there
    monkeypatch.undo()
    (practice.folder / "a/e").symlink_to(practice.folder / "a/b")
    with pytest.raises(Damaged, match=r"^a/e/1\.note in the vault is no file that imgfile wrote: it is a link"):
        store.standing("a", ["b/1.note", "e/1.note"])


def test_an_object_is_written_once(practice: Practice) -> None:
    """Whichever way it came, nobody writes over it."""
    store = practice.vault.store
    store.publish("a/published", b"one")
    store.create("a/created", [b"o", b"ne"])
    for name in ("a/published", "a/created"):
        with pytest.raises(NotWritable, match="File exists"):
            store.publish(name, b"two")
        with pytest.raises(NotWritable, match="File exists"):
            store.create(name, [b"two"])
        assert store.read(name) == b"one"


def test_what_is_published_or_created_and_synced_survives_a_power_cut(practice: Practice) -> None:
    """With every folder above it that was made for it."""
    with watched_power(practice.folder) as power:
        practice.vault.store.publish("a/b/c", b"one")
        assert power.survives("a/b/c")
        practice.vault.store.create("d/e/f", [b"one"])
        assert not power.survives("d/e/f")
        practice.vault.store.sync("d/e")
        assert power.survives("d/e/f")


def test_of_two_who_claim_a_name_one_is_told_so(practice: Practice) -> None:
    """The other's stays, whole; whatever else keeps one from writing is no claim that was lost."""
    store = practice.vault.store
    assert store.claim("a/b", b"one")
    assert not store.claim("a/b", b"two")
    assert store.read("a/b") == b"one"
    with pytest.raises(NotWritable):
        store.claim("a/b/c", b"three")
    assert list(store.names("a")) == ["b"]


def test_a_burnt_object_is_gone_and_burning_it_again_changes_nothing(practice: Practice) -> None:
    """A link in its place is no key of ours: what it leads to stays, byte for byte."""
    store, mine = practice.vault.store, practice.folder.with_name("mine")
    store.publish("a/key", b"one")
    for _ in range(2):
        store.burn("a/key")
        assert not store.exists("a/key")
    store.burn("nowhere/key")
    mine.write_bytes(b"mine")
    (practice.folder / "a/link").symlink_to(mine)
    with pytest.raises(NotWritable, match="a/link"):
        store.burn("a/link")
    assert (mine.read_bytes(), (practice.folder / "a/link").is_symlink()) == (b"mine", True)


def test_what_stands_behind_a_link_is_not_called_absent(practice: Practice) -> None:
    """A folder that is reached by one might hold anything."""
    store = practice.vault.store
    store.publish("a/b/c", b"one")
    (practice.folder / "link").symlink_to(practice.folder / "a")
    for asked in (store.is_folder, store.exists, store.read, store.read_back, lambda name: [*store.names(name)]):
        with pytest.raises(Damaged, match=r"^link/b in the vault is no file that imgfile wrote: it is a link"):
            asked("link/b")


def test_an_object_is_read_as_what_names_it_states(practice: Practice) -> None:
    """By its digest; another's words and advice go with it."""
    store = practice.vault.store
    store.publish("a/b", b"one")
    digest = hashlib.sha256(b"one").hexdigest()
    assert store.read_matching("a/b", digest, "the one") == b"one"
    assert store.holds("a/b", digest)
    for other in ("0" * 64, digest[:-1], digest.upper(), ""):
        assert not store.holds("a/b", other)
        with pytest.raises(Damaged, match=r"^a/b is not the one\.$") as caught:
            store.read_matching("a/b", other, "the one")
        assert caught.value.hint == "Restore it from a backup."
    with pytest.raises(Damaged) as caught:
        store.read_matching("a/b", "0" * 64, "the one", "Ask.")
    assert caught.value.hint == "Ask."
    assert not store.holds("a/c", digest)
    with pytest.raises(Damaged, match="a/c is missing"):
        store.read_matching("a/c", digest, "the one")


def test_names_are_listed_sorted_and_unfinished_ones_apart(practice: Practice) -> None:
    """A folder that is a link, or that a file stands for, is none."""
    store = practice.vault.store
    for name in ("b", "a", ".imgfile-1"):
        store.create(f"x/{name}", [b"-"])
    assert list(store.names("x")) == ["a", "b"]
    assert list(store.unfinished("x")) == [".imgfile-1"]
    (practice.folder / "y").symlink_to(practice.folder / "x")
    assert store.is_folder("x")
    assert not any(map(store.is_folder, ("y", "x/a", "z")))
    assert store.exists("y")
    assert store.exists("x/a")
    assert not any(map(store.exists, ("x/c", "x/a/b", "z/a")))


def test_a_store_knows_its_place_and_what_lies_in_it(practice: Practice, tmp_path: Path) -> None:
    """By whatever links a path leads there; a neighbour whose name begins alike is outside."""
    store = practice.vault.store
    (tmp_path / "link").symlink_to(practice.folder / "keys")
    assert (store.place, store.is_connected()) == (str(practice.folder), True)
    assert not Store(tmp_path / "away").is_connected()
    assert all(map(store.contains, (practice.folder / "x", practice.folder / "keys/x", tmp_path / "link/x")))
    assert not any(map(store.contains, (practice.folder, tmp_path / "x", tmp_path / "vault-2/x")))


def test_a_folder_that_nobody_may_look_into_is_not_called_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a vault that is there would be searched for elsewhere. A file in its place, or an odd name, is no vault."""
    (tmp_path / "file").touch()
    assert not any(
        Store(place).is_connected() for place in (tmp_path / "file", tmp_path / "a\0b", tmp_path / "n" / "n")
    )
    monkeypatch.setattr(Path, "stat", _forbidden)
    with pytest.raises(NotWritable, match="may not be looked into by this account: Permission denied") as caught:
        Store(tmp_path).is_connected()
    assert "Nothing was changed" in caught.value.hint


def _forbidden(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_keys_that_lie_with_the_rest_have_no_place_of_their_own(practice: Practice) -> None:
    """Nothing is marked or missed then; where this computer was not told of theirs, that is said at every use."""
    store = practice.vault.store
    before = sorted(practice.folder.rglob("*"))
    store.mark_keys(b"marker")
    store.expect_keys()
    assert (store.keys_place, store.has_keys, sorted(practice.folder.rglob("*"))) == ("", True, before)
    untold = store.with_keys(KeysRoot(None, "0" * 64))
    untold.mark_keys(b"marker")
    assert (untold.keys_place, untold.has_keys, sorted(practice.folder.rglob("*"))) == ("", False, before)
    with pytest.raises(NotWritable, match="was not told where the vault's keys folder is"):
        untold.publish("keys/a", b"one")
    apart = store.with_keys(KeysRoot(practice.folder / "roster/1.note", "0" * 64))
    assert apart.keys_place == str(practice.folder / "roster/1.note")
    with pytest.raises(NotWritable, match=r"keys folder .*roster/1\.note is not there"):
        apart.expect_keys()


def test_a_keys_folder_that_fails_for_a_moment_is_not_called_another(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is one whose marker is a link known for ours."""
    apart = practice.folder.with_name("apart")
    store = practice.vault.store.with_keys(KeysRoot(apart, "0" * 64))
    apart.mkdir()
    assert not keys_root.holds(apart, "0" * 64)
    (apart / "root.note").symlink_to(practice.folder / "roster/1.note")
    with pytest.raises(Damaged, match="apart cannot be looked into: Too many levels"):
        keys_root.holds(apart, "0" * 64)
    with pytest.raises(Damaged, match=r"root\.note in the keys folder .*apart is a link"):
        store.expect_keys()
    monkeypatch.setattr(beneath, "os", refusing("open", errno.ESTALE))
    with pytest.raises(Damaged, match=r"^keys in the vault cannot be read: Stale"):
        store.expect_keys()


def test_a_name_that_shows_late_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as there is patience for it, and no longer than until it shows."""
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0)
    answers = iter((False, False, True))
    assert patience.until(lambda: next(answers), 60)
    assert not patience.until(lambda: False, 0)


def test_clearing_reaches_no_deeper_than_a_vault_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies deeper nobody's init wrote; and what cannot be removed is said by its name."""
    store, deep = Store(tmp_path / "vault"), "a/b/c/d/e/f"
    for name in (deep, "a/b/own"):
        store.publish(name, b"one")
    store.remove_unfounded()
    assert sorted(path.name for path in (tmp_path / "vault").rglob("*") if path.is_file()) == ["f"]
    store.publish("a/b/own", b"two")
    monkeypatch.setattr(beneath, "os", refusing("unlink", errno.EIO))
    with pytest.raises(Damaged, match=r"^a/b/own in the vault cannot be read: Input/output error"):
        store.remove_unfounded()
    assert store.read("a/b/own") == b"two"


def test_what_never_came_to_be_a_vault_is_cleared_without_following_links(tmp_path: Path) -> None:
    """Files go, folders stay; what a link leads to is somebody else's."""
    store, mine = Store(tmp_path / "vault"), tmp_path / "mine"
    mine.write_bytes(b"mine")
    store.publish("keys/a/b.age", b"one")
    store.publish("policy/c", b"two")
    (tmp_path / "vault/keys/link").symlink_to(mine)
    store.remove_unfounded()
    assert mine.read_bytes() == b"mine"
    assert [path.name for path in (tmp_path / "vault").rglob("*") if not path.is_dir()] == ["link"]


def test_clearing_follows_no_link_to_a_folder(tmp_path: Path) -> None:
    """Whoever may write there can put one in the place of a folder while a vault is being founded."""
    store, mine = Store(tmp_path / "vault"), tmp_path / "mine"
    mine.mkdir()
    (mine / "letter").write_bytes(b"mine")
    store.publish("policy/c", b"two")
    (tmp_path / "vault/policy/link").symlink_to(mine)
    store.remove_unfounded()
    (tmp_path / "vault/keys").symlink_to(mine)
    with pytest.raises(Damaged, match="keys in the vault is no file that imgfile wrote: it is a link"):
        store.remove_unfounded()
    assert (mine / "letter").read_bytes() == b"mine"
    assert [path.name for path in (tmp_path / "vault/policy").iterdir()] == ["link"]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("roster/2.note", MAX_NOTE_BYTES),
        ("requests/x.note", MAX_NOTE_BYTES),
        ("keys/practice/1/x.age", MAX_SMALL_BYTES),
        ("policy/x.toml", MAX_SMALL_BYTES),
    ],
)
def test_nothing_is_read_beyond_what_its_name_can_hold(tmp_path: Path, name: str, most: int) -> None:
    """A hole of a terabyte costs whoever puts it there nothing: it is refused by its length, here and read back."""
    store = Store(tmp_path / "vault")
    store.publish(name, b"x")
    with (tmp_path / "vault" / name).open("r+b") as stream:
        for length in (most + 1, 1 << 40):
            stream.truncate(length)
            for read in (store.read, store.read_back):
                with pytest.raises(Damaged, match="File too large"):
                    read(name)
        stream.truncate(most)
    assert len(store.read(name)) == most
