"""What kept a photo goes along when it moves; where that is damaged, both places are named."""

from __future__ import annotations

from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.history import load
from kit.vault.lives import HOLD, Life
from kit.vault.moving import Scene
from kit.vault.practice import Practice


def test_a_hold_that_went_along_and_is_damaged_there_holds_nothing_there(practice: Practice) -> None:
    """Nobody can know what it said: the record is damaged, and so is what leads to it."""
    scene = Scene(Life.begin(practice))
    scene.life.add(HOLD, Effect.HELD)
    done = scene.move()
    new = scene.new(done)
    (held,) = load(practice.vault, new).additions
    assert [*verify(practice.reopened())] == []
    (practice.folder / held.note).write_bytes(b"damaged")
    found = {(one.kind, one.where, one.message) for one in verify(practice.reopened())}
    message = "It leads to a record to which a legal hold did not go along."
    assert (Kind.DAMAGED, layout.tombstone(scene.old.folder, scene.old.record), message) in found
    assert (Kind.DAMAGED, held.note) in {(kind, where) for kind, where, _ in found}
