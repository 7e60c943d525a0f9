"""Which keys go with a record: never before its tombstone, and none that an entry names which says nothing."""

from __future__ import annotations

import pytest

from imgfile.errors import UsageError
from imgfile.vault.life.burn import burn_keys
from imgfile.vault.life.gone import How
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail import chain
from kit.vault.lives import NOTE, Life
from kit.vault.practice import Practice


def test_no_key_goes_before_the_tombstone_and_then_all_that_are_known(practice: Practice) -> None:
    """An entry of a station gone bad whose reason could be none ends nothing, nor does one sealed to its patient."""
    life, vault = Life.begin(practice), practice.vault
    (added,) = life.add(NOTE).additions
    with pytest.raises(UsageError, match="no key is removed before its tombstone"):
        burn_keys(vault, life.history)
    assert isinstance(life.of.key, ThingKey)
    keys = [life.of.key.name, added.key.name]
    assert all(map(vault.store.exists, keys))
    viewed = {"act": "viewed", "record": life.of.record, "patient": life.of.folder}
    with vault.station.locked():
        chain.append(vault, [{**viewed, "reason": 3}, {**viewed, "reason": "0" * 64}])
    life.go(How.WITHDRAWN)
    assert burn_keys(vault, life.history) == keys
    assert burn_keys(vault, life.history) == []
