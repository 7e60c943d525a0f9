"""A key a thing: made for it alone, sealed to the practice of today, read back, and opened as its note states it."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest

from imgfile import beneath, sealing
from imgfile.clinical.proofs import PatientFolder
from imgfile.device import ReadBack
from imgfile.errors import Closed, Damaged, NotWritable, WrongKey
from imgfile.vault import layout
from imgfile.vault.keys import things
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.thing_key import ThingKey
from kit.vault.erasure import refusing, stand_in
from kit.vault.power import watched_power
from kit.vault.practice import Practice, begin_generation, clinician_of

FOLDER, THING = PatientFolder("a" * 32), "b" * 32


def opened(practice: Practice) -> PracticeKeys:
    """Open the practice's keys."""
    return open_practice(practice.vault, practice.recovery)[0]


def test_a_key_is_what_its_thing_will_state(practice: Practice) -> None:
    """Its place, its generation, the digest of its sealed identity, which says in words whose it is."""
    made = things.make(practice.vault, FOLDER, THING)
    sealed = (practice.folder / f"keys/things/{FOLDER}/{THING}.age").read_bytes()
    assert made.stated == ThingKey(FOLDER, THING, 1, hashlib.sha256(sealed).hexdigest())
    assert made.stated.name == f"keys/things/{FOLDER}/{THING}.age"
    text = sealing.unseal_bytes(sealed, [opened(practice).newest])
    assert text.decode().splitlines()[:3] == [
        f"# imgfile key of {THING}",
        f"# vault {practice.vault.id}",
        f"# folder {FOLDER}",
    ]
    (identity,) = sealing.parse_identity_file(text)
    assert str(identity.recipient) == str(made.recipient)
    assert str(made.recipient).startswith("age1")
    assert not str(made.recipient).startswith("age1pq1")


def test_no_two_things_have_one_key(practice: Practice) -> None:
    """Of one patient or of two: to destroy one is to destroy nobody else's."""
    made = [things.make(practice.vault, folder, layout.new_id()) for folder in (FOLDER, FOLDER, things.INBOX_FOLDER)]
    assert len({str(one.recipient) for one in made}) == len({one.stated.digest for one in made}) == 3
    assert made[2].stated.name.startswith("keys/things/inbox/")


def test_a_key_of_a_vault_for_decades_is_post_quantum(practice: Practice) -> None:
    """The roster says which suite."""
    roster = replace(practice.vault.roster, is_post_quantum=True)
    made = things.make(replace(practice.vault, roster=roster), FOLDER, THING)
    assert str(made.recipient).startswith("age1pq1")


def test_only_the_practice_opens_it(practice: Practice) -> None:
    """Neither this station, which made it, nor any holder without the practice's own identity."""
    made = things.make(practice.vault, FOLDER, THING)
    sealed = practice.vault.store.read(made.stated.name)
    (machine,) = sealing.parse_identity_file(practice.vault.station.identity)
    assert sealed.count(b"\n-> X25519 ") == 1, "sealed to one reader"
    for outsider in (machine, *practice.recovery, clinician_of(practice)):
        with pytest.raises(WrongKey):
            sealing.unseal_bytes(sealed, [outsider])


def test_it_opens_with_the_generation_that_its_note_states_and_no_other(practice: Practice) -> None:
    """A new generation closes what is made from then on to whoever holds the old one alone."""
    old = opened(practice)
    before = things.make(practice.vault, FOLDER, THING).stated
    practice, new = begin_generation(practice)
    after = things.make(practice.vault, FOLDER, "c" * 32).stated
    assert (before.generation, after.generation) == (1, 2)
    for key in (before, after):
        assert things.open_identity(practice.vault, key, opened(practice))
    with pytest.raises(Closed, match="is closed to this identity") as caught:
        things.open_identity(practice.vault, after, old)
    assert "listed today" in caught.value.hint
    with pytest.raises(WrongKey):
        sealing.unseal_bytes(practice.vault.store.read(after.name), [old.newest])
    for lie in (replace(before, generation=2), replace(after, generation=1)):
        with pytest.raises(WrongKey):
            things.open_identity(practice.vault, lie, PracticeKeys({1: old.newest, 2: new}))


def test_another_key_in_its_place_is_not_believed(practice: Practice) -> None:
    """Whoever may write to the share can seal an identity of their own to the practice; or take one from beside."""
    made, other = (things.make(practice.vault, FOLDER, name).stated for name in (THING, "c" * 32))
    path = practice.folder / made.name
    mine = sealing.render_identity_file(sealing.generate_identity(post_quantum=False))
    recipient = sealing.parse_recipient(practice.vault.roster.generation.recipient)
    for planted in (sealing.seal_bytes(mine, [recipient]), (practice.folder / other.name).read_bytes(), b""):
        path.write_bytes(planted)
        with pytest.raises(Damaged, match=f"^{made.name} is not the key that its note states"):
            things.open_identity(practice.vault, made, opened(practice))
    path.unlink()
    with pytest.raises(Damaged, match=f"^{made.name} is missing"):
        things.open_identity(practice.vault, made, opened(practice))


def test_a_name_that_is_taken_is_not_written_over(practice: Practice) -> None:
    """Names are random: whatever lies there is somebody else's."""
    made = things.make(practice.vault, FOLDER, THING).stated
    kept = (practice.folder / made.name).read_bytes()
    with pytest.raises(NotWritable):
        things.make(practice.vault, FOLDER, THING)
    assert (practice.folder / made.name).read_bytes() == kept


@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_disk_that_fails_makes_no_key(practice: Practice, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """The error is the disk's."""
    stand_in(refusing(call, errno.ENOSPC), monkeypatch.setattr)
    with pytest.raises(NotWritable):
        things.make(practice.vault, FOLDER, THING)


def test_a_key_that_reads_back_otherwise_is_none(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is ever sealed to a recipient whose other half is not known to be there."""
    real = beneath.Folder.read_back

    def rotten(folder: beneath.Folder, name: str, *, limit: int) -> tuple[bytes, ReadBack]:
        data, reached = real(folder, name, limit=limit)
        return data[:-1] + bytes([data[-1] ^ 1]), reached

    with monkeypatch.context() as patch:
        patch.setattr(beneath.Folder, "read_back", rotten)
        with pytest.raises(Damaged):
            things.make(practice.vault, FOLDER, THING)
    monkeypatch.setattr(sealing, "open_with_key", lambda *_: iter([b"something else"]))
    with pytest.raises(Damaged, match=f"^keys/things/{FOLDER}/{'c' * 32}.age does not hold what was written") as caught:
        things.make(practice.vault, FOLDER, "c" * 32)
    assert caught.value.hint == "Check the disk or share, then run it again."


def test_a_key_that_reads_back_in_pieces_is_whole(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are joined as they come."""
    real = sealing.open_with_key

    def pieces(ciphertext: bytes, key: sealing.FileKey) -> Iterator[bytes]:
        whole = b"".join(real(ciphertext, key))
        yield from (whole[:9], whole[9:])

    monkeypatch.setattr(sealing, "open_with_key", pieces)
    assert things.make(practice.vault, FOLDER, THING).stated.thing == THING


def test_a_key_that_is_returned_would_survive_a_power_cut(practice: Practice) -> None:
    """Before anything is sealed to it."""
    with watched_power(practice.folder) as power:
        made = things.make(practice.vault, FOLDER, THING)
        assert power.survives(made.stated.name)


def test_how_a_note_states_it_comes_back() -> None:
    """As JSON; what is another shape is no statement."""
    key = ThingKey(FOLDER, THING, 3, "d" * 64)
    assert key.to_json() == {"generation": 3, "sha256": "d" * 64}
    assert ThingKey.from_json(FOLDER, THING, key.to_json()) == key
    strange: tuple[object, ...] = (
        *(None, [], {}, "d" * 64, [3, "d" * 64], {"generation": 3}, {"sha256": "d" * 64}),
        *({"generation": number, "sha256": "d" * 64} for number in (0, -1, True, "3", None, 3.0)),
        *({"generation": 3, "sha256": digest} for digest in ("D" * 64, "d" * 63, "d" * 65, 3, None, "../" + "d" * 61)),
    )
    for stated in strange:
        with pytest.raises(ValueError, match=r".*"):
            ThingKey.from_json(FOLDER, THING, stated)


def test_no_secret_is_in_a_repr() -> None:
    """What opens stays out of tracebacks; a recipient names nobody, and is long."""
    assert {one.name: one.repr for one in fields(things.NewKey)} == {"stated": True, "recipient": False}
