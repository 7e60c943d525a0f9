"""Which keys go with a record: never before its tombstone, and none that an entry names which says nothing."""

from __future__ import annotations

import pytest

from imgfile.errors import UsageError
from imgfile.vault.life.burn import burn_keys
from imgfile.vault.life.gone import How
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail import chain
from imgfile.vault.trail.reasons import seal_reason, stated_reason
from kit.vault.lives import NOTE, Life
from kit.vault.practice import Practice


def test_no_key_goes_before_the_tombstone_and_then_all_that_are_known(practice: Practice) -> None:
    """An entry of a station gone bad whose reason could be none ends nothing, nor does one sealed to its patient."""
    life, vault = Life.begin(practice), practice.vault
    (added,) = life.add(NOTE).additions
    with pytest.raises(UsageError, match="no key is removed before its tombstone"):
        burn_keys(vault, life.history)
    assert isinstance(life.of.key, ThingKey)
    viewed = {"act": "viewed", "record": life.of.record, "patient": life.of.folder}
    with vault.station.locked():
        reason = seal_reason(vault, life.of.folder, "before the clinic")
        chain.append(vault, [{**viewed, "reason": each} for each in (3, "0" * 64, reason)])
    stated = stated_reason(life.of.folder, reason).key
    assert stated is not None
    keys = [life.of.key.name, added.key.name, stated.name]
    assert all(map(vault.store.exists, keys))
    life.go(How.WITHDRAWN)
    assert burn_keys(vault, life.history) == keys
    assert burn_keys(vault, life.history) == []
