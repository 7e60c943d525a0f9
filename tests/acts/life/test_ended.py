"""What a moved record kept under a legal hold: it stays until the hold is lifted and two persons destroy it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import pytest

from imgfile.acts.check.gone_keys import clean_gone_keys
from imgfile.acts.life import destroy, hold
from imgfile.acts.life.certificate import certificate
from imgfile.clinical.record.additions import Said
from imgfile.errors import Damaged, RefusedByRule, UsageError
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import ended
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.contents import open_old_answers
from imgfile.vault.life.open import open_record
from imgfile.vault.life.signers import Signer
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role
from imgfile.vault.store.directory import Store
from imgfile.vault.thing_key import ThingKey
from kit.vault.destroying import LATER, WHY, Two, forge_proposal, held_records, text_of
from kit.vault.filings import MOLE
from kit.vault.lives import HOLD, NOTE, Life
from kit.vault.moving import Died, Scene
from kit.vault.practice import Practice


@dataclass
class Kept:
    """A record that moved under a legal hold, and two who may destroy it."""

    two: Two
    old: Manifest
    new: Manifest

    @property
    def history(self) -> life.History:
        """Its old place as it is now."""
        return life.load(self.two.vault, self.old)

    def lift(self) -> life.History:
        """Lift the hold of its old place."""
        return hold.lift(self.two.vault, self.history, "claim settled", self.two.founder, at=LATER)

    def propose(self) -> destroy.Pending:
        """Propose to destroy what it kept."""
        destroy.propose(self.two.vault, [self.old], WHY, self.two.founder, at=LATER)
        (pending,) = [each for each in destroy.waiting(self.two.vault) if not each.is_done]
        return pending

    def approve(self) -> destroy.Destroyed:
        """Approve it, as another person."""
        (pending,) = destroy.waiting(self.two.vault)
        return destroy.approve(self.two.vault, pending, self.two.second, at=LATER)

    def has_key(self) -> bool:
        """Return whether its old key is there."""
        assert isinstance(self.old.key, ThingKey)
        return self.two.vault.store.exists(self.old.key.name)

    def found(self) -> list[tuple[Kind, str]]:
        """Return what `verify` finds."""
        return [(each.kind, each.where) for each in verify(self.two.practice.reopened())]


def kept_by(practice: Practice, *said: Said) -> Kept:
    """Move a record to which these were added, one of them a hold."""
    two = Two.of(practice)
    scene = Scene(Life.begin(two.practice))
    for each in said:
        scene.life.add(each, *([Effect.HELD] if each is HOLD else []))
    done = scene.move()
    return Kept(two, scene.old, scene.new(done))


@pytest.fixture
def kept(practice: Practice) -> Kept:
    """Move a record under a hold."""
    return kept_by(practice, NOTE, HOLD)


def test_it_goes_once_the_hold_is_lifted_and_two_persons_agreed(kept: Kept) -> None:
    """The old keys go, the old answers and the photo in its new place stay; verify has nothing to say at any step."""
    assert held_records(kept.two.vault) == {kept.old.record, kept.new.record}
    assert not kept.lift().is_held
    assert held_records(kept.two.vault) == {kept.new.record}
    assert kept.has_key()
    assert clean_gone_keys(kept.two.vault) == 0
    assert kept.found() == []
    kept.propose()
    done = kept.approve()
    history = kept.history
    assert history.ended is not None
    assert history.gone is not None
    assert not kept.has_key()
    assert all(each.key and not kept.two.vault.store.exists(each.key.name) for each in history.additions)
    assert open_old_answers(kept.two.vault, history.gone, kept.two.founder.practice)
    assert open_record(kept.two.vault, kept.new, kept.two.founder.practice)
    assert kept.found() == []
    text = certificate(kept.two.vault, done)
    assert kept.old.reference in text
    assert f"the photo is {kept.new.reference} now, and stays" in " ".join(text.split())
    assert history.ended.digest in text
    assert all(each.is_done for each in destroy.waiting(kept.two.vault))
    assert kept.approve().records == done.records  # the certificate again


@pytest.mark.parametrize("step", [1, -1])
def test_what_was_added_in_a_row_counts_whatever_the_ids_are(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """A lifted hold leaves the old keys where they are, and `verify` says nothing of them, also where ids run back."""
    numbers = itertools.count(1 << 64, step)
    monkeypatch.setattr(layout, "new_id", lambda: f"{next(numbers):032x}")
    kept = kept_by(practice, NOTE, HOLD, NOTE, NOTE)
    assert kept.lift().is_kept
    assert kept.found() == []


def test_nothing_of_it_goes_while_the_hold_stands(kept: Kept) -> None:
    """R18: neither proposed nor approved, nor by a hold that came between; the new place has its own."""
    with pytest.raises(RefusedByRule, match="under a legal hold"):
        kept.propose()
    kept.lift()
    with pytest.raises(UsageError, match="under no legal hold"):
        kept.lift()
    with pytest.raises(RefusedByRule, match="it is"):
        hold.hold(kept.two.vault, kept.old, "too late", None, at=LATER)
    assert life.load(kept.two.vault, kept.new).is_held
    assert kept.has_key()


def test_one_that_moved_without_a_hold_has_nothing_to_end(practice: Practice) -> None:
    """It is where it moved to."""
    two = Two.of(practice)
    scene = Scene(Life.begin(two.practice))
    scene.move()
    with pytest.raises(RefusedByRule, match="filed for the wrong patient"):
        destroy.propose(two.vault, [scene.old], WHY, two.founder, at=LATER)


def test_whatever_dies_the_same_approval_finishes_it(kept: Kept) -> None:
    """At each change of the vault."""
    kept.lift()
    kept.propose()
    for at in range(1, 30):
        seen = 0
        with pytest.MonkeyPatch.context() as patch:
            for name in ("create", "publish", "burn"):
                real = getattr(Store, name)

                def changed(*given: object, real: object = real, at: int = at, **named: object) -> object:
                    nonlocal seen
                    seen += 1
                    if seen == at:
                        raise Died
                    return real(*given, **named)  # type: ignore[operator]

                patch.setattr(Store, name, changed)
            try:
                kept.approve()
            except Died:
                assert kept.has_key() or kept.history.ended is not None
                continue
        break
    assert not kept.has_key()
    assert [kind for kind, _ in kept.found() if kind is not Kind.UNFINISHED] == []


def test_an_end_that_two_persons_signed_while_the_hold_stands_ends_nothing(kept: Kept) -> None:
    """The keys stay, whoever cleans up; what it would have destroyed is proposed anew once the hold is lifted."""
    stone, vault = kept.history.gone, kept.two.vault
    assert stone is not None
    text = text_of(vault, kept.old)
    signatures = tuple(forge_proposal(vault, text, each.key) for each in (kept.two.founder, kept.two.second))
    stated = ended.Ended(
        folder=stone.folder, record=stone.record, gone=stone.digest, proposals=signatures, at=LATER, signer=Signer("")
    )
    vault.store.publish(stated.note, ended.sign(vault, stated, kept.two.founder.key).encode())
    assert kept.history.ended is not None
    assert kept.history.is_kept
    assert not kept.history.is_over
    assert not kept.history.is_destroyed
    assert held_records(vault) == {kept.old.record, kept.new.record}
    assert clean_gone_keys(vault) == 0
    assert kept.has_key()
    with pytest.raises(RefusedByRule, match="under a legal hold"):
        kept.propose()
    assert (Kind.DAMAGED, stated.note) in kept.found()
    kept.lift()
    assert (kept.history.is_kept, kept.history.is_destroyed) == (False, True)


# --- what verify finds ------------------------------------------------------------------------------------------


def test_keys_that_a_hold_kept_and_that_are_missing_are_damage(kept: Kept) -> None:
    """Somebody destroyed what nobody agreed to."""
    assert isinstance(kept.old.key, ThingKey)
    kept.two.vault.store.burn(kept.old.key.name)
    assert (Kind.MISSING, kept.old.key.name) in kept.found()


def test_an_end_taken_away_or_forged_is_found(kept: Kept) -> None:
    """It counts with two persons' signatures over one text about this record, and with its own tombstone alone."""
    kept.lift()
    kept.propose()
    kept.approve()
    end, stone = kept.history.ended, kept.history.gone
    assert end is not None
    assert stone is not None
    path = kept.two.practice.folder / end.note
    genuine = path.read_bytes()
    path.unlink()
    kinds = {kind for kind, _ in kept.found()}
    assert Kind.MISSING in kinds
    signs = kept.two.founder.key
    forged = [
        replace(end, proposals=(end.proposals[0], layout.new_id())),
        replace(end, gone=kept.old.digest),
        replace(end, record=kept.new.record, folder=kept.new.folder),
    ]
    for each in forged:
        path.write_bytes(ended.sign(kept.two.vault, each, signs).encode())
        with pytest.raises(Damaged) as caught:
            life.load(kept.two.practice.reopened(), kept.old)
        assert layout.GONE not in caught.value.message
        assert (Kind.DAMAGED, end.note) in kept.found()
    path.write_bytes(ended.sign(kept.two.vault, end, kept.two.vault.station.signing_key).encode())
    assert any(kind is Kind.DAMAGED for kind, _ in kept.found())
    path.write_bytes(genuine)
    assert kept.found() == []


def test_an_end_of_what_no_hold_kept_is_found(practice: Practice) -> None:
    """Two persons agreed about it, and there was nothing to end."""
    two = Two.of(practice)
    scene = Scene(Life.begin(two.practice))
    stone, text = scene.move().tombstone, text_of(two.vault, scene.old)
    stated = ended.Ended(
        folder=stone.folder,
        record=stone.record,
        gone=stone.digest,
        proposals=tuple(forge_proposal(two.vault, text, each.key) for each in (two.founder, two.second)),
        at=LATER,
        signer=Signer(""),
    )
    two.vault.store.publish(stated.note, ended.sign(two.vault, stated, two.founder.key).encode())
    assert (Kind.UNEXPECTED, stated.note) in {(each.kind, each.where) for each in verify(two.practice.reopened())}


def test_an_end_beside_a_record_that_did_not_move_is_found(practice: Practice) -> None:
    """There is nothing that it could end."""
    two = Two.of(practice, Role.SENIOR_CLINICIAN)
    other = Life.begin(two.practice, MOLE)
    stated = ended.Ended(
        folder=other.of.folder,
        record=other.of.record,
        gone=other.of.digest,
        proposals=(layout.new_id(), layout.new_id()),
        at=LATER,
        signer=Signer(""),
    )
    (two.practice.folder / stated.note).write_bytes(ended.sign(two.vault, stated, two.founder.key).encode())
    found = [(each.kind, each.where) for each in verify(two.practice.reopened())]
    assert (Kind.DAMAGED, stated.note) in found
    assert manifest.load(two.vault, other.of.folder, other.of.record) == other.of
