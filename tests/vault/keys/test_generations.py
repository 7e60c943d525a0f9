"""A new generation of the practice's key: for those who stay, under a number that nobody else has."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from imgfile import beneath, sealing
from imgfile.errors import NotWritable, WrongKey
from imgfile.vault import layout
from imgfile.vault.keys import generations
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.roster.model import Generation
from imgfile.vault.store.directory import Store
from kit.vault.erasure import refusing
from kit.vault.practice import Practice, clinician_of

STAYS = sealing.generate_identity(post_quantum=False)


def begun(practice: Practice) -> Generation:
    """Begin one for somebody who stays and for the recovery key."""
    roster = practice.vault.roster
    holders = {"a" * 32: str(STAYS.recipient), roster.recovery.holder: str(practice.recovery[0].recipient)}
    return generations.begin(practice.vault, open_practice(practice.vault, practice.recovery)[0], holders)


def test_those_who_stay_open_it_and_what_was_before(practice: Practice) -> None:
    """Whoever leaves does not; nor does any roster name it yet."""
    made, store = begun(practice), practice.vault.store
    assert (made.number, {*made.holders}) == (2, {"a" * 32, practice.vault.roster.recovery.holder})
    sealed = store.read_matching(layout.practice_key(2, "a" * 32), made.holders["a" * 32], "it")
    (newest,) = sealing.parse_identity_file(sealing.unseal_bytes(sealed, [STAYS]))
    assert str(newest.recipient) == made.recipient
    previous = store.read_matching(layout.previous_practice_key(2), made.previous_digest, "it")
    (before,) = sealing.parse_identity_file(sealing.unseal_bytes(previous, [newest]))
    assert str(before.recipient) == practice.vault.roster.generation.recipient
    for file in (sealed, previous):
        with pytest.raises(WrongKey):
            sealing.unseal_bytes(file, [clinician_of(practice)])
    assert practice.reopened().roster.generation.number == 1


class _ShowsLate(Store):
    """A share that does not show what another computer wrote a moment ago."""

    __slots__ = ()

    def names(self, folder: str) -> Iterator[str]:
        """Show nothing."""
        assert folder == layout.PRACTICE_KEYS
        return iter(())


def test_a_number_that_somebody_else_has_is_left_to_them(practice: Practice) -> None:
    """Whether it shows before or only when it is taken; what lies there stays."""
    store = practice.vault.store
    for number in (2, 3):
        store.publish(layout.previous_practice_key(number), b"theirs")
    assert begun(practice).number == 4
    late = replace(practice, vault=replace(practice.vault, store=_ShowsLate(store.root)))
    assert begun(late).number == 5
    assert store.read(layout.previous_practice_key(2)) == store.read(layout.previous_practice_key(3)) == b"theirs"


def test_a_share_that_answers_nonsense_is_not_asked_for_ever(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After so many numbers in a row that are all somebody else's."""
    asked = count()

    def publish(_store: Store, name: str, _data: bytes) -> None:
        next(asked)
        raise NotWritable(f"{name} exists.") from FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    monkeypatch.setattr(Store, "publish", publish)
    with pytest.raises(NotWritable, match="others always were first"):
        begun(practice)
    assert next(asked) == generations.MAX_TRIES


def test_a_full_disk_is_no_number_that_is_taken(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said at once, and nothing of the generation is there."""
    before = sorted(practice.folder.rglob("*.age"))
    monkeypatch.setattr(beneath, "os", refusing("mkdir", errno.ENOSPC))
    with pytest.raises(NotWritable, match="No space left"):
        begun(practice)
    assert sorted(practice.folder.rglob("*.age")) == before
