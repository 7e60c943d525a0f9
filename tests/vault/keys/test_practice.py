"""The practice identity: opened by its holders, and by nobody else."""

from __future__ import annotations

import shutil

import pytest

from imgfile import sealing
from imgfile.errors import Damaged, WrongKey
from imgfile.vault import layout
from imgfile.vault.keys.practice import is_held, open_practice
from kit.vault.practice import Practice, begin_generation, clinician_of


def test_somebody_elses_identity_opens_nothing(practice: Practice) -> None:
    """Nor do the holders' files help when they are missing or changed."""
    stranger = sealing.generate_identity(post_quantum=False)
    with pytest.raises(WrongKey):
        open_practice(practice.vault, [stranger])
    for path in (practice.folder / "keys" / "practice" / "1").iterdir():
        path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(WrongKey):
        open_practice(practice.vault, practice.recovery)
    for path in (practice.folder / "keys" / "practice" / "1").iterdir():
        path.unlink()
    for identity in (*practice.recovery, stranger):  # which of the two it is, nobody can see
        with pytest.raises(Damaged, match=r"keys/practice in the vault holds none of the files that the roster names"):
            open_practice(practice.vault, [identity])


def test_every_holder_opens_the_practice_by_themselves(practice: Practice) -> None:
    """The clinician and the recovery key open the same identity, and each is named."""
    by_recovery, recovery = open_practice(practice.vault, practice.recovery)
    by_clinician, clinician = open_practice(practice.vault, [clinician_of(practice)])
    assert (recovery, clinician) == (practice.vault.roster.recovery.holder, practice.founder)
    for opened in (by_recovery, by_clinician):
        assert str(opened.newest.recipient) == practice.vault.roster.generation.recipient


@pytest.mark.parametrize("lost", ["clinician", "recovery"])
def test_another_holders_file_is_enough_where_one_is_lost_or_changed(practice: Practice, lost: str) -> None:
    """One copy that is missing, or is not the one that the roster names, keeps nobody else out: in either order."""
    roster = practice.vault.roster
    holders: dict[str, tuple[str, sealing.KeyIdentity]] = {
        "clinician": (practice.founder, clinician_of(practice)),
        "recovery": (roster.recovery.holder, practice.recovery[0]),
    }
    loser, identity = holders.pop(lost)
    [(other, other_identity)] = holders.values()
    path = practice.folder / layout.practice_key(1, loser)
    kept = path.read_bytes()
    for harm in (path.unlink, lambda: path.write_bytes(kept[:-1]), lambda: path.write_bytes(b"")):
        harm()
        assert open_practice(practice.vault, [other_identity])[1] == other
        with pytest.raises(WrongKey, match=r"^this identity does not open the vault\.$") as caught:
            open_practice(practice.vault, [identity])
        assert caught.value.hint == "Use a clinician's identity, or the recovery key."
        path.write_bytes(kept)


def test_a_file_that_opens_but_is_not_the_named_one_is_not_believed(practice: Practice) -> None:
    """Anybody can seal an identity of their own to the recovery key: it is in the roster for all to read."""
    name = layout.practice_key(1, practice.vault.roster.recovery.holder)
    mine = sealing.generate_identity(post_quantum=False)
    forged = sealing.seal_bytes(sealing.render_identity_file(mine), [practice.recovery[0].recipient])
    (practice.folder / name).write_bytes(forged)
    with pytest.raises(WrongKey):
        open_practice(practice.vault, practice.recovery)


def test_the_newest_generation_is_opened_first(practice: Practice) -> None:
    """What is filed from now on is sealed to it; the one before serves where the newest is lost."""
    old, _ = open_practice(practice.vault, practice.recovery)
    practice, new = begin_generation(practice)
    opened, who = open_practice(practice.vault, practice.recovery)
    assert (opened.newest, opened.identities, who) == (new, [new, old.newest], practice.vault.roster.recovery.holder)
    shutil.rmtree(practice.folder / "keys/practice/2")
    assert open_practice(practice.vault, practice.recovery) == (old, practice.vault.roster.recovery.holder)


def test_who_holds_the_newest_opens_those_before_through_it(practice: Practice) -> None:
    """A newcomer has no file of an old generation, and needs none; without that way, a holder's own file serves."""
    old, _ = open_practice(practice.vault, practice.recovery)
    practice, new = begin_generation(practice)
    held = [practice.folder / layout.practice_key(1, who) for who in practice.vault.roster.generations[0].holders]
    kept = {path: path.read_bytes() for path in held}
    way = practice.folder / layout.previous_practice_key(2)
    for path in held:
        path.unlink()
    for identity in (practice.recovery[0], clinician_of(practice)):
        assert open_practice(practice.vault, [identity])[0].by_generation == {1: old.newest, 2: new}
    forged = sealing.seal_bytes(
        sealing.render_identity_file(sealing.generate_identity(post_quantum=False)), [new.recipient]
    )
    for harm in (lambda: way.write_bytes(forged), way.unlink):
        harm()
        assert open_practice(practice.vault, practice.recovery)[0].by_generation == {2: new}
    for path, data in kept.items():
        path.write_bytes(data)
    assert open_practice(practice.vault, practice.recovery)[0].by_generation == {1: old.newest, 2: new}


def test_a_generation_is_held_while_a_copy_is_whole(practice: Practice) -> None:
    """One of its own, or that of a later generation with every step from there; nothing else opens anything of it."""
    practice, _ = begin_generation(practice)
    assert is_held(practice.vault, 1)
    assert is_held(practice.vault, 2)
    assert not is_held(practice.vault, 3)
    own = [practice.folder / layout.practice_key(1, who) for who in practice.vault.roster.generations[0].holders]
    own[0].unlink()
    own[1].write_bytes(own[1].read_bytes() + b"x")
    assert is_held(practice.vault, 1)
    way = practice.folder / layout.previous_practice_key(2)
    kept = way.read_bytes()
    way.write_bytes(kept[:-1])
    assert not is_held(practice.vault, 1)
    assert is_held(practice.vault, 2)
    way.write_bytes(kept)
    for path in (practice.folder / "keys/practice/2").iterdir():
        path.write_bytes(b"")
    assert not is_held(practice.vault, 1)
    assert not is_held(practice.vault, 2)
